import json

import pytest

from dataset_cartography.decisions import read_decisions
from dataset_cartography.errors import InputError, MissingFileError, OutputExistsError
from dataset_cartography.formats.label_studio_annotations import import_label_studio
from reviews import CONTEXT


@pytest.fixture
def decided(tmp_path):
    """Bring (data, regions, …) annotations back; the decisions as (decision, new label) by id."""

    def call(*annotated, **facts):
        tasks = [
            {
                "id": number,
                "data": data,
                "annotations": [
                    {"result": regions, "updated_at": f"2026-01-0{place + 1}", "completed_by": 1, **facts}
                    for place, regions in enumerate(annotations)
                ],
            }
            for number, (data, *annotations) in enumerate(annotated)
        ]
        source = tmp_path / "export.json"
        source.write_text(json.dumps(tasks))
        imported = import_label_studio(source, tmp_path / "decisions.jsonl")
        df = read_decisions(imported.path)
        return {id_: (row["decision"], row["relabel"]) for id_, row in df.to_dict("index").items()}, imported

    return call


def ticked(name, value):
    return {"from_name": name, "type": "choices", "value": {"choices": [value]}}


def marked(start, end, text=None):
    value = {"start": start, "end": end, "labels": ["Answer"]}
    return {
        "from_name": "answer",
        "type": "labels",
        "value": value if text is None else {**value, "text": text},
    }


TEXT = {"example_id": 7, "text": "t", "gold": "no"}
QUESTION = {"example_id": "a", "context": CONTEXT, "gold": "Bob", "gold_places": [[10, 13]]}
CHOICE = {"example_id": "a", "gold": "1", "choice_texts": ["red", "green"]}


@pytest.mark.parametrize(
    ("data", "regions", "decision"),
    [
        (TEXT, [ticked("label", "no")], ("ok", None)),
        (TEXT, [ticked("label", "yes")], ("relabel", "yes")),
        (TEXT, [ticked("judgement", "drop")], ("drop", None)),
        (TEXT, [ticked("label", "yes"), ticked("judgement", "ok")], ("ok", None)),
        (TEXT, [ticked("label", "yes"), ticked("judgement", "ambiguous")], ("ambiguous", None)),
        (TEXT, [ticked("label", "yes"), ticked("judgement", "wrong")], ("relabel", "yes")),
        (TEXT, [ticked("label", "no"), ticked("judgement", "wrong")], ("wrong_label", None)),
        (QUESTION, [marked(10, 13, "Bob")], ("ok", None)),
        (QUESTION, [marked(15, 18, "Bob")], ("relabel", "[15, 18]")),
        (QUESTION, [marked(23, 25, "Cy")], ("relabel", "Cy")),
        (QUESTION, [marked(23, 25)], ("relabel", "Cy")),
        (QUESTION, [marked(24, 26, "Cy")], ("relabel", "Cy")),  # counted in UTF-16, in which the owl is two
        (QUESTION, [ticked("judgement", "no answer")], ("relabel", "(no answer)")),
        ({**QUESTION, "gold_places": []}, [ticked("judgement", "no answer")], ("ok", None)),
        ({**QUESTION, "gold_places": [[10, 13], [23, 25]]}, [marked(10, 13), marked(23, 25)], ("ok", None)),
        (CHOICE, [ticked("label", "1")], ("ok", None)),
        (CHOICE, [ticked("label", "2")], ("relabel", "green")),
    ],
)
def test_an_annotation_becomes_a_decision(decided, data, regions, decision):
    decisions, imported = decided((data, regions))
    assert decisions == {data["example_id"]: decision}
    assert imported.counts == {decision[0]: 1}
    assert (imported.undecided, imported.disagreeing) == ([], [])


def test_what_decides_nothing_is_told(decided):
    decisions, imported = decided(
        ({**TEXT, "example_id": 1}, []),
        ({**QUESTION, "example_id": 2}, [marked(23, 25), marked(15, 18)]),
        ({**TEXT, "example_id": 3},),
        ({**TEXT, "example_id": 4}, [ticked("label", "no")]),
    )
    assert decisions == {4: ("ok", None)}
    assert imported.undecided == [1, 2]


def test_the_latest_of_several_annotations_counts(decided):
    decisions, imported = decided((TEXT, [ticked("label", "yes")], [ticked("label", "no")]))
    assert decisions == {7: ("ok", None)}
    assert imported.disagreeing == [7]
    assert len(imported.path.read_text().splitlines()) == 2


def test_who_and_when_come_along(decided, tmp_path):
    decided((TEXT, [ticked("label", "yes")]), completed_by={"email": "ada@example.org"})
    assert read_decisions(tmp_path / "decisions.jsonl").loc[7].to_dict() == {
        "decision": "relabel",
        "relabel": "yes",
        "time": "2026-01-01",
        "by": "ada@example.org",
    }


def test_skipped_tasks_decide_nothing(decided):
    assert decided((TEXT, [ticked("label", "yes")]), was_cancelled=True)[0] == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "{",
            "Cannot read 'SOURCE': Expecting property name enclosed in double quotes: line 1 column 2 (char 1).",
        ),
        (
            '[{"text": "t", "label": "yes"}]',
            (
                "'SOURCE' is no list of tasks with data and annotations: export the project as JSON, not as JSON-MIN "
                "or anything else."
            ),
        ),
        (
            '[{"id": 3, "data": {"text": "t"}, "annotations": []}]',
            (
                "A task of 'SOURCE' has no example_id in its data, so it was not made by `datamap export "
                "label-studio`: add the example's id under that name (task 3)."
            ),
        ),
        (
            json.dumps([{"data": QUESTION, "annotations": [{"result": [marked(0, 3, "Bob")]}]}]),
            (
                "Cannot read 'SOURCE': the annotation of example 'a' is not of the interface that `datamap export "
                "label-studio` made (the characters 0 to 3 of its context are not 'Bob')."
            ),
        ),
    ],
)
def test_what_is_no_export_is_refused(tmp_path, content, message):
    source = tmp_path / "export.json"
    source.write_text(content)
    with pytest.raises(InputError) as error:
        import_label_studio(source, tmp_path / "decisions.jsonl")
    assert str(error.value).replace(str(source), "SOURCE") == message
    assert not (tmp_path / "decisions.jsonl").exists()


def test_files_that_are_there_and_that_are_not(tmp_path):
    with pytest.raises(MissingFileError) as error:
        import_label_studio(tmp_path / "none.json", tmp_path / "decisions.jsonl")
    assert (
        str(error.value)
        == f"No export of Label Studio at '{tmp_path / 'none.json'}': export the project as JSON."
    )
    (tmp_path / "decisions.jsonl").write_text("")
    with pytest.raises(OutputExistsError):
        import_label_studio(tmp_path / "none.json", tmp_path / "decisions.jsonl")
