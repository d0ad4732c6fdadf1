"""The Trainer of all tasks: evaluation drops nothing, in order, and a checkpoint that does not fit is refused."""

import json

import pytest
import torch
from transformers import TrainingArguments

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.trainer import TaskTrainer
from tiny import tiny_choice_model, tiny_qa_model

SAME = "Resume with the --task, --model and --dataset that it was made with."


def trainer(folder, model=None, **arguments):
    rows = [
        {"input_ids": [1, 2, 3 + row], "attention_mask": [1, 1, 1], "start_positions": 1, "end_positions": 2}
        for row in range(5)
    ]
    options = {"max_steps": 1, "save_steps": 1, "report_to": [], "use_cpu": True, "disable_tqdm": True}
    options |= {"per_device_train_batch_size": 2, "per_device_eval_batch_size": 2}
    settings = TrainingArguments(str(folder), dataloader_pin_memory=False, **{**options, **arguments})
    return TaskTrainer(model or tiny_qa_model(20), settings, train_dataset=rows, eval_dataset=rows)


def test_evaluation_sees_the_last_batch_that_training_drops(tmp_path):
    tested = trainer(tmp_path, dataloader_drop_last=True)
    assert len(tested.get_eval_dataloader()) == 3
    assert len(tested.get_test_dataloader(tested.eval_dataset)) == 3
    assert len(tested.get_train_dataloader()) == 2
    assert len(tested.predict(tested.eval_dataset).predictions[0]) == 5


def test_evaluation_keeps_the_order_that_training_by_length_does_not(tmp_path):
    tested = trainer(tmp_path, train_sampling_strategy="group_by_length", per_device_eval_batch_size=1)
    for tokens, row in enumerate(tested.eval_dataset, 1):
        row["input_ids"], row["attention_mask"] = [2 + tokens] * tokens, [1] * tokens
    for loader in (tested.get_eval_dataloader(), tested.get_test_dataloader(tested.eval_dataset)):
        assert [batch["attention_mask"].sum().item() for batch in loader] == [1, 2, 3, 4, 5]
    assert tested.args.train_sampling_strategy == "group_by_length"


@pytest.fixture
def checkpoint(tmp_path):
    trainer(tmp_path).train()
    return tmp_path / "checkpoint-1"


def refused(tmp_path, checkpoint, model):
    with pytest.raises(InputError) as caught:
        trainer(tmp_path, model, max_steps=2).train(resume_from_checkpoint=str(checkpoint))
    return str(caught.value).replace(str(tmp_path), "TMP")


def test_a_checkpoint_of_its_own_is_resumed(tmp_path, checkpoint):
    assert trainer(tmp_path, max_steps=2).train(resume_from_checkpoint=str(checkpoint)).global_step == 2


def test_another_size(tmp_path, checkpoint):
    model = tiny_qa_model(30)
    model.config._name_or_path = "other"
    assert refused(tmp_path, checkpoint, model) == (
        "Cannot resume: the weights of the checkpoint 'TMP/checkpoint-1' do not fit the model 'other' "
        "(BertForQuestionAnswering): size mismatch for bert.embeddings.word_embeddings.weight: copying a param with "
        "shape torch.Size([20, 32]) from checkpoint, the shape in current model is torch.Size([30, 32]). "
        + SAME
    )


def test_another_task(tmp_path, checkpoint):
    assert refused(tmp_path, checkpoint, tiny_choice_model(20)) == (
        "Cannot resume: the checkpoint 'TMP/checkpoint-1' holds a BertForQuestionAnswering, but this run has "
        "BertForMultipleChoice for the labels 'LABEL_0', 'LABEL_1'. " + SAME
    )


def test_other_labels(tmp_path, checkpoint):
    path = checkpoint / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "id2label": {"0": "yes", "1": "no"}}))
    assert refused(tmp_path, checkpoint, tiny_qa_model(20)) == (
        "Cannot resume: the checkpoint 'TMP/checkpoint-1' tells the labels 'yes', 'no' apart, but this run has "
        "BertForQuestionAnswering for the labels 'LABEL_0', 'LABEL_1'. " + SAME
    )


def test_an_optimizer_of_another_model(tmp_path, checkpoint):
    state = torch.load(checkpoint / "optimizer.pt", weights_only=True)
    state["param_groups"].pop()
    torch.save(state, checkpoint / "optimizer.pt")
    assert refused(tmp_path, checkpoint, tiny_qa_model(20)) == (
        "Cannot resume: the optimizer of the checkpoint 'TMP/checkpoint-1' does not fit BertForQuestionAnswering: "
        "loaded state dict has a different number of parameter groups. " + SAME
    )


def test_another_optimizer(tmp_path):
    trainer(tmp_path, optim="sgd").train()
    message = refused(tmp_path, tmp_path / "checkpoint-1", None)
    assert message.startswith(
        "Cannot resume: the checkpoint 'TMP/checkpoint-1' was made with another --optim, whose "
    )
    assert "betas" in message
