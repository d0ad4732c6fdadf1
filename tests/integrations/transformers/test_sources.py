"""Telling the task: from the model's head, from the columns, or from the user."""

import logging

import pytest
import torch
from transformers import (
    BertForMaskedLM,
    BertForMultipleChoice,
    BertForQuestionAnswering,
    BertForSequenceClassification,
    BertForTokenClassification,
    GPT2Config,
    GPT2LMHeadModel,
    default_data_collator,
)

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.transformers import track
from dataset_cartography.log import LogReader
from dataset_cartography.schema import SCHEMAS
from labels import VOCABULARY, as_dataset, generate, make_trainer
from questions import features_of
from questions import generate as generate_questions
from questions import make_trainer as make_qa_trainer
from sequences import generate_completions, generate_pairs, tiny_decoder, tiny_encoder_decoder
from tiny import tiny_qa_model
from units import generate_tags, generate_topics

pytestmark = pytest.mark.usefixtures("no_map")
PAIR = {"premise": "a", "hypothesis": "b"}
SPAN = {"start_positions": 1, "end_positions": 2}


def config(**facts):
    made = tiny_qa_model(VOCABULARY).config
    for name, value in facts.items():
        setattr(made, name, value)
    return made


class Unnamed(torch.nn.Module):
    """A model whose name tells nothing."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, input_ids, attention_mask, labels):
        raise NotImplementedError


class Wrapper(torch.nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def get_base_model(self):
        return self.inner


class Named(torch.utils.data.IterableDataset):
    """A stream that tells its columns, or does not."""

    def __init__(self, names):
        self.column_names = names

    def __iter__(self):
        raise AssertionError("the stream was begun")


def told(tmp_path, caplog, model, train, **options):
    """The task, and what was logged."""
    arguments = {"max_steps": 1}
    trainer = make_trainer(tmp_path, train, model=model, **arguments)
    with caplog.at_level(logging.INFO, logger="dataset_cartography"):
        tracker = track(trainer, tmp_path / "map", **options)
    return tracker._recording.source.signals.schema.task, [
        record.getMessage() for record in caplog.records if "Recording task" in record.getMessage()
    ]


def examples(**columns):
    return as_dataset([{**example, **columns} for example in generate(4)])


KNOWN = {
    "a head for spans": (
        lambda: BertForQuestionAnswering(config()),
        examples(**SPAN),
        "qa",
        "the model is BertForQuestionAnswering",
    ),
    "a head for choices": (
        lambda: BertForMultipleChoice(config()),
        examples(),
        "multiple-choice",
        "the model is BertForMultipleChoice",
    ),
    "a head for classes": (
        lambda: BertForSequenceClassification(config(num_labels=3)),
        examples(),
        "classification",
        "the model is BertForSequenceClassification",
    ),
    "a head for classes, and pairs": (
        lambda: BertForSequenceClassification(config(num_labels=3)),
        examples(**PAIR),
        "nli",
        "the model is BertForSequenceClassification, and the data has a premise and a hypothesis",
    ),
    "a head for classes, and a list of pairs": (
        lambda: BertForSequenceClassification(config(num_labels=3)),
        list(examples(**PAIR)),
        "nli",
        "the model is BertForSequenceClassification, and the data has a premise and a hypothesis",
    ),
    "a head for tags": (
        lambda: BertForTokenClassification(config()),
        as_dataset(generate_tags(4)),
        "token-classification",
        "the model is BertForTokenClassification",
    ),
    "a decoder": (
        tiny_decoder,
        as_dataset(generate_completions(4)),
        "causal-lm",
        "the model is GPT2LMHeadModel",
    ),
    "an encoder-decoder": (
        tiny_encoder_decoder,
        as_dataset(generate_pairs(4)),
        "seq2seq",
        "the model is T5ForConditionalGeneration",
    ),
    "a head for several labels": (
        lambda: BertForSequenceClassification(
            config(num_labels=4, problem_type="multi_label_classification")
        ),
        as_dataset(generate_topics(4)),
        "multi-label",
        "the model is BertForSequenceClassification, with problem_type 'multi_label_classification'",
    ),
    "a head for classes, and lists of floats": (
        lambda: BertForSequenceClassification(config(num_labels=4)),
        as_dataset(generate_topics(4)),
        "multi-label",
        "the model is BertForSequenceClassification, and the labels are lists of numbers",
    ),
    "a head for a value": (
        lambda: BertForSequenceClassification(config(num_labels=1)),
        examples(labels=0.5),
        "regression",
        "the model is BertForSequenceClassification, with problem_type None and 1 labels",
    ),
    "a head for several values": (
        lambda: BertForSequenceClassification(config(num_labels=3, problem_type="regression")),
        examples(labels=[0.5, 1.0, 2.0]),
        "regression",
        "the model is BertForSequenceClassification, with problem_type 'regression' and 3 labels",
    ),
    "a head for words to come": (
        lambda: GPT2LMHeadModel(GPT2Config(n_embd=8, n_layer=1, n_head=1, vocab_size=VOCABULARY)),
        examples(),
        "causal-lm",
        "the model is GPT2LMHeadModel",
    ),
    "an adapter": (
        lambda: Wrapper(BertForMultipleChoice(config())),
        examples(),
        "multiple-choice",
        "the model is BertForMultipleChoice",
    ),
    "columns of spans": (
        Unnamed,
        examples(**SPAN),
        "qa",
        "the training dataset has start_positions and end_positions",
    ),
    "columns of pairs": (
        Unnamed,
        examples(**PAIR),
        "nli",
        "the training dataset has a premise, a hypothesis and labels",
    ),
    "labels": (Unnamed, examples(), "classification", "the training dataset has labels"),
    "a label": (
        Unnamed,
        examples().rename_column("labels", "label"),
        "classification",
        "the training dataset has labels",
    ),
    "a list of labelled items": (Unnamed, generate(4), "classification", "the training dataset has labels"),
    "lists of floats": (
        Unnamed,
        generate_topics(4),
        "multi-label",
        "the training dataset's labels are lists of numbers",
    ),
    "a stream that tells its columns": (
        Unnamed,
        Named(["id", "label"]),
        "classification",
        "the training dataset has labels",
    ),
}


@pytest.mark.parametrize("name", KNOWN)
def test_the_task_is_told_and_said(name, tmp_path, caplog):
    model, train, task, why = KNOWN[name]
    found, said = told(tmp_path, caplog, model(), train)
    assert found == task
    assert said == [f"Recording task '{task}': {why}. Give task=… if it is another."]


def test_the_user_knows_better(tmp_path, caplog):
    model = BertForSequenceClassification(config(num_labels=3))
    assert told(tmp_path, caplog, model, examples(), task="nli") == ("nli", [])


TASKS = ", ".join(SCHEMAS)
UNKNOWN = {
    "nothing to go by": (
        Unnamed,
        examples().remove_columns("labels"),
        {},
        f"track cannot tell what Unnamed is trained for: give it the task, one of {TASKS}.",
    ),
    "a stream that does not tell": (
        Unnamed,
        Named(None),
        {},
        f"track cannot tell what Unnamed is trained for: give it the task, one of {TASKS}.",
    ),
    "no such task": (
        Unnamed,
        examples(),
        {"task": "summaries"},
        f"There is no task 'summaries'; track records {TASKS}.",
    ),
    "masked language": (
        lambda: BertForMaskedLM(config()),
        examples(),
        {},
        f"track does not record what BertForMaskedLM is trained for yet; it records {TASKS}.",
    ),
    "question answering without positions": (
        lambda: BertForQuestionAnswering(config()),
        examples(),
        {},
        (
            "track records question answering from features with 'start_positions' and 'end_positions', but the "
            "training dataset has the columns id, input_ids, attention_mask, labels."
        ),
    ),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_recorded_is_refused_before_training(name, tmp_path, caplog):
    model, train, options, sentence = UNKNOWN[name]
    with pytest.raises(InputError) as caught:
        told(tmp_path, caplog, model(), train, **options)
    assert str(caught.value) == sentence
    assert not (tmp_path / "map").exists()


def fails_in_training(tmp_path, trainer, **options):
    track(trainer, tmp_path / "map", **options)
    with pytest.raises(InputError) as caught:
        trainer.train()
    return str(caught.value)


def test_lists_of_whole_numbers_are_no_label(tmp_path):
    class Several(Unnamed):
        def forward(self, input_ids, attention_mask, labels):
            logits = self.weight * torch.ones(len(labels), 3)
            return {"loss": (logits * labels).sum(), "logits": logits}

    rows = [{**example, "labels": [0, 1, 1]} for example in generate(4, fixed=8)]
    trainer = make_trainer(tmp_path, rows, model=Several(), data_collator=default_data_collator)
    assert fails_in_training(tmp_path, trainer) == (
        "track records the task 'classification' from one whole-number label an example and logits of shape (batch, "
        "labels); this batch has labels of shape (4, 3) (int64) and outputs 'loss' of shape () (float32), 'logits' "
        "of shape (4, 3) (float32). Give track the task that is trained."
    )


def test_outputs_without_logits(tmp_path):
    class LossOnly(Unnamed):
        def forward(self, input_ids, attention_mask, labels):
            return (self.weight.sum(),)

    trainer = make_trainer(tmp_path, generate(4), model=LossOnly())
    assert fails_in_training(tmp_path, trainer) == (
        "track records the task 'classification' from one whole-number label an example and logits of shape (batch, "
        "labels); this batch has labels of shape (4,) (int64) and outputs a tuple with values of shape () (float32). "
        "Give track the task that is trained."
    )


def test_the_wrong_task_is_said_at_the_first_batch(tmp_path):
    train = features_of(generate_questions(4))
    trainer = make_qa_trainer(tmp_path, train)
    with pytest.raises(InputError):
        track(trainer, tmp_path / "map", task="classification")
    one_window = train.select([0])
    trainer = make_qa_trainer(tmp_path, one_window)
    assert fails_in_training(tmp_path, trainer, task="classification") == (
        "track records the task 'classification' from 'labels', but a batch has 'input_ids', 'token_type_ids', "
        "'attention_mask', 'start_positions', 'end_positions': keep that column, or give track the task that is "
        "trained."
    )


def test_question_answering_from_a_model_of_another_kind(tmp_path):
    class Classes(Unnamed):
        def forward(self, input_ids, attention_mask, token_type_ids, start_positions, end_positions):
            return {"loss": self.weight.sum(), "logits": torch.zeros(len(input_ids), 3)}

    trainer = make_qa_trainer(tmp_path, features_of(generate_questions(4)), model=Classes())
    assert fails_in_training(tmp_path, trainer) == (
        "track records question answering from a model that gives 'start_logits' and 'end_logits'; this one gives "
        "'loss' of shape () (float32), 'logits' of shape (4, 3) (float32). Give track the task that is trained."
    )


def test_the_task_stands_in_the_manifest(tmp_path):
    trainer = make_trainer(tmp_path, generate(4), num_train_epochs=1)
    track(trainer, tmp_path / "map", task="nli")
    trainer.train()
    assert LogReader(tmp_path / "map").manifest.task == "nli"
