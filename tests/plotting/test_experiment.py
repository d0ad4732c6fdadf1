import numpy as np
import pytest
from matplotlib.colors import to_rgba

from dataset_cartography.errors import InputError
from dataset_cartography.experiment.table import experiment_table
from dataset_cartography.plotting import CATEGORY_COLORS, plot_experiment
from dataset_cartography.plotting.saving import figure_bytes
from simulated_experiments import CLEANING, SUBSETS, simulate

LEVELS = {"full": 0.85, "random": 0.7, "easy": 0.4, "ambiguous": 0.7}


def experiment(arms=SUBSETS, levels=LEVELS, **options):
    plan, results, scores = simulate(arms, levels=levels, **options)
    return plan, experiment_table(plan, results, scores), results


def labels_of(panel):
    return [label.get_text() for label in panel.get_yticklabels()]


def places_of(panel):
    return dict(zip(labels_of(panel), panel.get_yticks(), strict=True))


def mark_of(panel, y):
    """The large mark at a height: its value and whether it is filled."""
    (found,) = [
        each for each in panel.collections if each.get_sizes()[0] == 46 and each.get_offsets()[0][1] == y
    ]
    return found.get_offsets()[0][0], found.get_facecolors()[0], found.get_edgecolors()[0]


def bars_of(panel):
    """The intervals by height: low, high, and whether they are solid."""
    return {
        line.get_ydata()[0]: (*line.get_xdata(), line.get_linestyle() == "-")
        for line in panel.lines
        if line.get_linewidth() == 2.4
    }


def test_a_panel_per_evaluation_and_a_row_per_arm_and_fraction():
    ax = plot_experiment(*experiment(fractions=[0.33, 0.1], evaluations=["eval", "ood"]))
    assert [panel.get_title(loc="left") for panel in ax.child_axes] == [
        "In domain: eval.jsonl",
        "Out of domain: ood.jsonl",
    ]
    first, second = ax.child_axes
    group = ["random", "easy", "ambiguous"]
    assert labels_of(first) == ["full", *group, *group]
    assert set(labels_of(second)) == {""}
    assert (first.get_ylim(), list(first.get_yticks())) == (second.get_ylim(), list(second.get_yticks()))
    assert [text.get_text() for text in first.texts] == ["33% of the examples", "10% of the examples"]
    assert second.get_xlabel() == "accuracy, %"


def test_every_seed_is_a_dot_and_their_mean_a_mark():
    plan, table, results = experiment()
    (panel,) = plot_experiment(plan, table, results).child_axes
    for arm, y in places_of(panel).items():
        expected = results.loc[results["arm"] == arm, "eval"]
        (dots,) = [
            each.get_offsets()
            for each in panel.collections
            if each.get_sizes()[0] == 11 and np.isclose(each.get_offsets()[0][1], y + 0.26)
        ]
        assert sorted(dots[:, 0]) == sorted(expected)
        assert mark_of(panel, y)[0] == pytest.approx(expected.mean())


def test_an_interval_starts_from_its_control_and_is_filled_where_it_excludes_zero():
    plan, table, results = experiment()
    (panel,) = plot_experiment(plan, table, results).child_axes
    places, bars = places_of(panel), bars_of(panel)
    rows = table.set_index("arm")
    assert set(bars) == {places["easy"], places["ambiguous"]}
    for arm in ("easy", "ambiguous"):
        low, high, solid = bars[places[arm]]
        start = rows.loc["random", "mean"]
        assert (low - start, high - start) == pytest.approx(
            tuple(rows.loc[arm, ["control_low", "control_high"]])
        )
        assert solid
        _, face, edge = mark_of(panel, places[arm])
        assert tuple(edge) == to_rgba(CATEGORY_COLORS[arm])
        assert tuple(face) == (tuple(edge) if arm == "easy" else to_rgba("white"))
    lines = [line for line in panel.lines if line.get_linewidth() == 1]
    control = next(line for line in lines if line.get_linestyle() == "-")
    assert list(control.get_xdata()) == [rows.loc["random", "mean"]] * 2
    assert list(control.get_ydata()) == [places["random"] - 0.4, places["ambiguous"] + 0.4]
    full = next(line for line in lines if line.get_linestyle() == "--")
    assert list(full.get_xdata()) == [rows.loc["full", "mean"]] * 2


def test_what_is_not_finished_is_told_and_its_intervals_are_dotted():
    unfinished = ["easy-0.33-seed1", *(f"ambiguous-0.33-seed{seed}" for seed in range(3))]
    ax = plot_experiment(*experiment(unfinished=unfinished))
    (panel,) = ax.child_axes
    assert labels_of(panel) == ["full", "random", "easy (2 of 3 seeds)", "ambiguous (0 of 3 seeds)"]
    ((_, _, solid),) = bars_of(panel).values()
    assert not solid
    _, face, _ = mark_of(panel, places_of(panel)["easy (2 of 3 seeds)"])
    assert tuple(face) == to_rgba("white")
    assert any("dotted: too few seeds to tell" in text.get_text() for text in ax.texts)


def test_wide_intervals_do_not_hide_the_scores():
    """Of two seeds, Student's t is so large that intervals leave the picture."""
    plan, table, results = experiment(seeds=[0, 1])
    (panel,) = plot_experiment(plan, table.assign(control_high=900.0, control_low=-900.0), results).child_axes
    low, high = panel.get_xlim()
    span = results["eval"].max() - results["eval"].min()
    assert low < results["eval"].min()
    assert results["eval"].max() < high
    assert high - low <= 3.5 * span


def test_arms_without_fractions_and_names_of_any_kind():
    name = "$\\frac{1}{0}$ \n and more " + 60 * "x"
    own = [
        {"name": "random-as-own", "fractions": False, "control": None},
        {"name": name, "fractions": False, "control": "random-as-own"},
    ]
    plan, table, results = experiment([*CLEANING, *own], levels={"full": 0.7, "cleaned": 0.9}, fractions=[])
    plan["evaluations"]["eval"]["dataset"] = "$x$/" + 60 * "y"
    ax = plot_experiment(plan, table, results, title="$t$")
    (panel,) = ax.child_axes
    *_, last = labels_of(panel)
    assert last == r"\$\frac{1}{0}\$ and more " + 24 * "x" + "…"
    assert panel.get_title(loc="left") == "In domain: " + 33 * "y" + "…"
    assert r"\$t\$" in {text.get_text() for text in ax.texts}
    assert not panel.texts
    assert figure_bytes(ax.figure, ".png").startswith(b"\x89PNG")


def test_given_axes_are_returned_and_nothing_finished_is_refused():
    from matplotlib.figure import Figure

    plan, table, results = experiment()
    ax = Figure().subplots()
    assert plot_experiment(plan, table, results, ax) is ax
    with pytest.raises(InputError) as error:
        plot_experiment(plan, table.iloc[:0], results.iloc[:0])
    assert str(error.value) == "No training of the experiment is finished, so there is nothing to draw."
