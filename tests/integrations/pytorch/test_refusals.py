"""What a loop gives that cannot be recorded is refused in a sentence, and nothing is written."""

import pytest
import torch

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.pytorch import DynamicsRecorder

NEEDS = (
    "DynamicsRecorder records the task 'classification' from logits of shape (batch, labels) and one "
    "whole-number label an example; of two labels one logit will do"
)
LOGITS, LABELS = torch.zeros(2, 3), torch.tensor([0, 1])
REFUSED = {
    "an unknown id": (
        lambda recorder: recorder.record(["a", "x"], LOGITS, LABELS),
        "A batch holds 'x', which is none of the 3 ids of the examples that DynamicsRecorder was given.",
    ),
    "labels of another size": (
        lambda recorder: recorder.record(["a", "b"], LOGITS, torch.tensor([0])),
        NEEDS
        + "; of 2 ids it was given outputs of shape (2, 3) (float32) and targets of shape (1,) (int64).",
    ),
    "more ids than outputs": (
        lambda recorder: recorder.record(["a", "b", "c"], LOGITS, LABELS),
        NEEDS
        + "; of 3 ids it was given outputs of shape (2, 3) (float32) and targets of shape (2,) (int64).",
    ),
    "no logits": (
        lambda recorder: recorder.record(["a", "b"], {"loss": 1}, None),
        NEEDS + "; of 2 ids it was given outputs a dict and targets none.",
    ),
    "ids that are values": (
        lambda recorder: recorder.record(torch.tensor([0.5, 1]), LOGITS, LABELS),
        "record needs one whole number or string of each example, and was given ids of shape (2,) (float32).",
    ),
    "no ids": (
        lambda recorder: recorder.record(None, LOGITS, LABELS),
        "record needs one whole number or string of each example, and was given as ids None.",
    ),
    "numbers for ids that are strings, on a device": (
        lambda recorder: recorder.record(LABELS.to("meta"), LOGITS, LABELS),
        (
            "record was given numbers as ids, and the ids that DynamicsRecorder was given are strings: give record "
            "strings too, or DynamicsRecorder a with_ids dataset and record its rows."
        ),
    ),
    "a window": (
        lambda recorder: recorder.record(["a", "b"], LOGITS, LABELS, window=LABELS),
        (
            "record has no argument 'window' for the task 'classification'; question answering has window, "
            "context_start, context_end, cls_index, gold_spans."
        ),
    ),
    "another state": (
        lambda recorder: recorder.load_state_dict({"step": 3}),
        "This is no state of a DynamicsRecorder: it has 'step', and needs 'run', 'epochs', 'batches'.",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_not_fit_is_refused(what, tmp_path):
    call, message = REFUSED[what]
    recorder = DynamicsRecorder(tmp_path, ["a", "b", "c"], task="classification")
    with pytest.raises(InputError) as caught:
        call(recorder)
    recorder.close()
    assert str(caught.value) == message
    assert not (tmp_path / "dynamics").exists() or not list((tmp_path / "dynamics").iterdir())


def test_arguments_that_do_not_exist(tmp_path):
    for arguments, message in (
        (
            {"task": "vision"},
            (
                "task must be one of qa, classification, nli, multiple-choice, multi-label, regression, "
                "token-classification, seq2seq, causal-lm, dpo, but is 'vision'."
            ),
        ),
        (
            {"task": "nli", "mode": "imported"},
            "mode must be one of in_training, epoch_end, evaluation, but is 'imported'.",
        ),
        (
            {"task": "nli", "on_failure": "ask"},
            "on_failure must be one of continue, stop, but is 'ask'.",
        ),
        (
            {"task": "qa", "examples": ["a"]},
            (
                "Question answering cuts examples into windows: give DynamicsRecorder no dataset or ids, and record "
                "the id of each window's example, with window=… where there are several."
            ),
        ),
    ):
        with pytest.raises(InputError) as caught:
            DynamicsRecorder(tmp_path, **arguments)
        assert str(caught.value) == message


PAIR = torch.zeros(2), torch.zeros(2)
SPANS = torch.zeros(2, 5), torch.zeros(2, 5)
SHAPES = {
    "dpo": ((torch.zeros(2, 3), torch.zeros(2, 3)), PAIR),
    "qa": (SPANS, (torch.tensor([[0], [1]]), torch.tensor([[0], [1]]))),
    "causal-lm": (torch.zeros(2, 4, 7), torch.zeros(2, 4)),
}


@pytest.mark.parametrize("task", SHAPES)
def test_shapes_that_do_not_fit_the_task(task, tmp_path):
    outputs, targets = SHAPES[task]
    with pytest.raises(InputError, match=f"^DynamicsRecorder records the task '{task}' from "):
        DynamicsRecorder(tmp_path, task=task).record([1, 2], outputs, targets)


def test_a_value_of_each_window(tmp_path):
    with pytest.raises(InputError) as caught:
        DynamicsRecorder(tmp_path, task="qa").record([1, 1], SPANS, (LABELS, LABELS), window=LABELS[:1])
    assert str(caught.value) == (
        "record needs a value of 'window' for each of 2 ids, and was given it of shape (1,) (int64)."
    )


def test_a_clean_pass_is_none_of_the_training(tmp_path):
    recorder = DynamicsRecorder(tmp_path, task="nli")
    with pytest.raises(InputError) as caught, recorder.clean_pass(torch.nn.Linear(1, 1)):
        pass
    assert str(caught.value) == (
        "clean_pass is not training's own forward pass, which this DynamicsRecorder records: give it "
        "mode='epoch_end', and record in the clean pass alone."
    )


def test_a_number_that_is_no_id(tmp_path):
    with pytest.raises(InputError, match=r"^A batch holds 7, which is none of the 2 ids"):
        DynamicsRecorder(tmp_path, [1, 2], task="nli").record(torch.tensor([1, 7]), LOGITS, LABELS)
