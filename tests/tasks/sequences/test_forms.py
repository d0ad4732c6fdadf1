"""Every way in which datasets write prompts and completions becomes the one form; faulty rows are left out."""

import json

import datasets
import pytest

from dataset_cartography.errors import MissingColumnError
from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.causal_lm.task import CausalLanguageModelling
from dataset_cartography.tasks.seq2seq.task import SequenceToSequence

TURNS = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Hello."},
    {"role": "user", "content": "Bye"},
    {"role": "assistant", "content": "Good bye."},
    {"role": "user", "content": "Wait"},
]
SAID = "System: Be brief.\nUser: Hi\nAssistant: Hello.\nUser: Bye\nAssistant: "
SHARED = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello."}]

FORMS = {
    "prompt and completion": ({"prompt": "2 + 2 = ", "completion": "4"}, "2 + 2 = ", "4"),
    "prompt and response, in capitals": ({"Prompt": "2 + 2 = ", "Response": "4"}, "2 + 2 = ", "4"),
    "question and answer": ({"question": "2 + 2?", "answer": "4"}, "2 + 2?\n", "4"),
    "instruction and output": ({"instruction": "Add.", "input": "2, 2", "output": "4"}, "Add.\n2, 2\n", "4"),
    "instruction without input": ({"instruction": "Sing.", "input": "", "output": "La"}, "Sing.\n", "La"),
    "text": ({"text": "All of it."}, "", "All of it."),
    "messages": ({"messages": TURNS}, SAID, "Good bye."),
    "messages as JSON": ({"messages": json.dumps(TURNS)}, SAID, "Good bye."),
    "conversations": ({"conversations": SHARED}, "User: Hi\nAssistant: ", "Hello."),
    "prompt and completion as messages": (
        {"prompt": SHARED[:1], "completion": SHARED[1:]},
        "User: Hi\nAssistant: ",
        "Hello.",
    ),
}


@pytest.fixture
def load(tmp_path):
    def call(task, rows, **options):
        path = tmp_path / "rows.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return task.load(str(path), "train", options=Options(**options))

    return call


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_prompts_and_completions(form, load):
    row, prompt, completion = FORMS[form]
    checked = load(CausalLanguageModelling(), [{**row, "source_of_it": "web"}] * 2)
    assert checked.left_out == []
    assert checked.kept["prompt"][:] == [prompt] * 2
    assert checked.kept["completion"][:] == [completion] * 2
    assert checked.kept["source_of_it"][:] == ["web"] * 2
    assert len(set(checked.kept["id"][:])) == 2
    assert ("messages" in checked.kept.column_names) == (
        "assistant" in json.dumps(row) or "gpt" in json.dumps(row)
    )


def test_a_conversation_keeps_its_messages_up_to_the_answer(load):
    kept = load(CausalLanguageModelling(), [{"id": 7, "messages": TURNS}]).kept
    assert kept["messages"][0] == TURNS[:-1]
    assert kept["id"][:] == [7]


def test_columns_can_be_named(load):
    rows = [{"title": "A", "body": "B", "completion": "other"}]
    named = load(CausalLanguageModelling(), rows, text_columns=("title",), label_column="body").kept
    assert named.remove_columns("id").to_list() == [
        {"prompt": "A", "completion": "B", "completion_": "other"}
    ]
    alone = load(CausalLanguageModelling(), rows, label_column="body").kept
    assert (alone["prompt"][:], alone["completion"][:]) == ([""], ["B"])


def test_rows_without_a_completion_are_left_out(load):
    rows = [{"prompt": "a", "completion": text} for text in ("b", " ", None)] + [
        {"prompt": None, "completion": "c"}
    ]
    checked = load(CausalLanguageModelling(), rows)
    assert checked.kept["completion"][:] == ["b", "c"]
    assert [(fault.row, fault.reason) for fault in checked.left_out] == [
        (1, "the completion is empty"),
        (2, "the completion is empty"),
    ]


def test_a_conversation_without_an_answer_is_left_out(load):
    checked = load(CausalLanguageModelling(), [{"messages": TURNS}, {"messages": TURNS[:2]}])
    assert [fault.reason for fault in checked.left_out] == ["the completion is empty"]


def test_sources_and_targets(load):
    rows = [{"document": "long", "summary": "short"}, {"document": "", "summary": "x"}]
    checked = load(SequenceToSequence(), rows)
    assert checked.kept.remove_columns("id").to_list() == [{"source": "long", "target": "short"}]
    assert checked.left_out[0].reason == "the source is empty"
    named = load(SequenceToSequence(), [{"a": "1", "b": "2"}], text_columns=("b",), label_column="a")
    assert named.kept.remove_columns("id").to_list() == [{"source": "2", "target": "1"}]


def test_what_is_missing_is_named(load):
    message = (
        "Column 'completion' not found in the dataset '.*rows.jsonl'; its columns are: 'title', 'body'. Name the "
        r"columns with --text_column \(the prompt\) and --label_column \(the completion\); a text alone, with "
        "--label_column."
    )
    with pytest.raises(MissingColumnError, match=message):
        load(CausalLanguageModelling(), [{"title": "A", "body": "B"}])


@pytest.mark.parametrize("form", FORMS)
def test_completions_as_labels(form):
    row, _, completion = FORMS[form]
    raw = datasets.Dataset.from_list([row, row])
    labels = CausalLanguageModelling().raw_labels(raw, Options(), where="the dataset")
    assert labels.at(1) == completion
    written = labels.written({1: labels.read(1, "Another.")})
    again = CausalLanguageModelling().raw_labels(written, Options(), where="the dataset")
    assert [again.at(0), again.at(1)] == [completion, "Another."]
    assert written.features == raw.features
    assert written[0] == raw[0]
