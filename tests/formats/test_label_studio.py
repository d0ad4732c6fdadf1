import json
from xml.etree import ElementTree

import pytest

from dataset_cartography.errors import InputError, OutputExistsError
from dataset_cartography.formats.label_studio import export_label_studio, labelling_config
from reviews import HOSTILE, choice_review, question_review, text_review


@pytest.fixture
def exported(tmp_path):
    """Export a review; its tasks as they are in the file."""

    def call(review):
        tasks, _ = export_label_studio(review, tmp_path / "review")
        return json.loads(tasks.read_text(encoding="utf-8"))

    return call


def values_of(config, control):
    return [choice.get("value") for choice in ElementTree.fromstring(config).iter() if choice.tag == control]


def test_labels_become_tasks_with_the_prediction(exported):
    first, second, third = exported(text_review())
    assert first == {
        "data": {
            "example_id": 7,
            "text": f"text 0 {HOSTILE}",
            "gold": "no",
            "prediction": HOSTILE,
            "prediction_probability": 0.5,
            "category": "hard",
            "confidence": 0.25,
            "first_learned_epoch": 2,
        },
        "predictions": [
            {
                "model_version": "m",
                "score": 0.5,
                "result": [
                    {
                        "id": "prediction",
                        "from_name": "label",
                        "to_name": "text",
                        "type": "choices",
                        "value": {"choices": [HOSTILE]},
                    }
                ],
            }
        ],
    }
    assert "score" not in second["predictions"][0]
    assert "predictions" not in third


def test_answers_become_spans(exported):
    first, second, third = exported(question_review())
    assert first["data"]["gold"] == "Bob | Ann"
    assert first["data"]["gold_places"] == [[10, 13], [0, 3]]
    assert first["predictions"][0]["result"][0]["value"] == {
        "start": 15,
        "end": 18,
        "text": "Bob",
        "labels": ["Answer"],
    }
    assert second["data"]["gold"] == "(no answer)"
    assert second["predictions"][0]["result"][0] == {
        "id": "prediction",
        "from_name": "judgement",
        "to_name": "context",
        "type": "choices",
        "value": {"choices": ["no answer"]},
    }
    assert "predictions" not in third


def test_choices_are_numbered(exported):
    first, _ = exported(choice_review())
    assert (first["data"]["choices"], first["data"]["gold"]) == ("1. red\n2. green", "1")
    assert first["predictions"][0]["result"][0]["to_name"] == "choices"
    assert first["predictions"][0]["result"][0]["value"] == {"choices": ["2"]}


def test_the_interface_names_every_label_escaped():
    config = labelling_config(text_review())
    assert values_of(config, "Choice") == ["no", HOSTILE, "yes", "ok", "wrong", "ambiguous", "drop"]
    assert values_of(config, "Text") == ["$text"]
    assert HOSTILE not in config
    questions = labelling_config(question_review())
    assert values_of(questions, "Label") == ["Answer"]
    assert values_of(questions, "Header") == [
        "$question",
        "Label now: $gold",
        "Or a judgement, which wins over what is marked",
    ]
    assert values_of(questions, "Choice") == ["ok", "wrong", "ambiguous", "drop", "no answer"]
    assert values_of(labelling_config(choice_review()), "Choice")[:2] == ["1", "2"]


def test_a_dollar_sign_names_no_column():
    config = labelling_config(text_review(labels=("no", "$text", "a $b")))
    choices = [choice.attrib for choice in ElementTree.fromstring(config).iter("Choice")]
    assert choices[:3] == [
        {"value": "no"},
        {"value": "\uff04text", "alias": "$text"},
        {"value": "a \uff04b", "alias": "a $b"},
    ]


def test_many_labels_are_a_list_to_choose_from():
    few = text_review(labels=[f"l{number}" for number in range(12)])
    many = text_review(labels=[f"l{number}" for number in range(13)])
    layouts = [
        next(ElementTree.fromstring(labelling_config(review)).iter("Choices")).get("layout")
        for review in (few, many)
    ]
    assert layouts == ["inline", "select"]


def test_a_label_that_xml_cannot_say_is_refused():
    with pytest.raises(InputError) as error:
        labelling_config(text_review(labels=("no", "a\x00b", "yes")))
    assert str(error.value) == (
        "The label 'a\\x00b' has the character U+0000, which Label Studio's configuration cannot say, being XML: "
        "rename the label."
    )


def test_nothing_is_overwritten(tmp_path):
    _, config = export_label_studio(text_review(), tmp_path)
    with pytest.raises(OutputExistsError) as error:
        export_label_studio(text_review(), tmp_path)
    tasks = tmp_path / "label_studio_tasks.json"
    assert (
        str(error.value) == f"'{tasks}' exists already, and is not overwritten: choose another destination."
    )
    tasks.unlink()
    before = config.read_text()
    with pytest.raises(OutputExistsError):
        export_label_studio(question_review(), tmp_path)
    assert not tasks.exists()
    assert config.read_text() == before
