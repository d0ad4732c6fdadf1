"""`datamap demo`: the whole way on generated clinical notes and the offline encoder, in a few minutes."""

from pathlib import Path

from dataset_cartography.cli.analyze import analyze
from dataset_cartography.cli.examples import Source
from dataset_cartography.cli.run import run
from dataset_cartography.cli.run_arguments import CartographyArguments, RunArguments, RunTrainingArguments
from dataset_cartography.datamap import load_cartography_metrics
from dataset_cartography.errors import OutputExistsError
from dataset_cartography.log import LogPaths
from dataset_cartography.plotting import plot_data_map, save_figure
from dataset_cartography.regions import assign_categories
from dataset_cartography.tasks.noise import planted_report
from dataset_cartography.tasks.qa import load_examples

# Chosen by trying: about two minutes on two cores, with the wrong labels found best.
EXAMPLES = 700
EPOCHS = 4
BATCH = 8
LEARNING_RATE = 2e-4


def run_demo(output_dir: Path) -> None:
    """Train, map, analyse, and say how many planted wrong labels the map points at.

    Args:
        output_dir: Gets `model/`, `cartography/` and `analysis/`.

    Raises:
        OutputExistsError: A demo was run into this directory before.
        MissingExtraError: The offline encoder is not installed.
    """
    dataset = f"demo:{EXAMPLES}"
    cartography_dir = output_dir / "cartography"
    if LogPaths(cartography_dir).manifest.exists():
        raise OutputExistsError(
            f"'{output_dir}' already holds a demo; delete it to train anew, or give another --output_dir."
        )
    print(
        f"Training the offline encoder on {EXAMPLES} generated clinical notes for {EPOCHS} epochs.",
        flush=True,
    )
    run(
        RunArguments(dataset=dataset, model="demo", max_length=128, doc_stride=32),
        CartographyArguments(enable_cartography=True, cartography_output_dir=str(cartography_dir)),
        RunTrainingArguments(
            output_dir=str(output_dir / "model"),
            do_train=True,
            num_train_epochs=EPOCHS,
            per_device_train_batch_size=BATCH,
            learning_rate=LEARNING_RATE,
            save_strategy="no",
        ),
        summarize=False,
    )
    # A new answer head starts near probability 0 on every example, so that in a short run nearly all of them vary
    # much: thresholds would call them ambiguous, and only their ranks tell them apart.
    df = assign_categories(load_cartography_metrics(cartography_dir), "quantile")
    picture = LogPaths(cartography_dir).picture
    save_figure(plot_data_map(df).figure, picture)
    paths = analyze(
        df,
        cartography_dir,
        source=Source(dataset, "train", "qa"),
        output_dir=output_dir / "analysis",
    )
    examples = load_examples(dataset)
    planted = [
        id_ for id_, truth in zip(examples["id"], examples["truth"], strict=True) if truth == "wrong_label"
    ]
    # AUM: how far the gold span's score stays below the best other one (Pleiss et al. 2020).
    report = planted_report(df["aum"].dropna().sort_values(kind="stable").index, planted)
    first = report.at_planted
    print(
        f"\nWrong labels: {report.planted} were planted among {len(examples)} notes. Of the {first.k} examples with "
        f"the lowest AUM, {first.found} are planted wrong labels; chance would find {first.by_chance:.0f}."
    )
    print("Open:")
    print(f"  {picture}\n  {paths.html}")
