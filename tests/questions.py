"""Generated questions, their windows and a small trainer: what end-to-end tests run on."""

import random

import datasets
import torch

from arguments import training_arguments
from dataset_cartography.tasks import qa
from tiny import tiny_qa_model, tiny_tokenizer

WORDS = [f"word{i}" for i in range(40)]
TOKENIZER_TEXT = [" ".join(WORDS), "where is what about in"]


def row(example_id, context, *answers, question="where is it", **columns):
    """A flat row; each answer is (text, occurrence) or text, its offset found in the context."""
    texts, starts = [], []
    for answer in answers:
        text, occurrence = answer if isinstance(answer, tuple) else (answer, 0)
        start = -1
        for _ in range(occurrence + 1):
            start = context.index(text, start + 1)
        texts.append(text)
        starts.append(start)
    answers_column = {"text": texts, "answer_start": starts}
    return {
        "id": example_id,
        "question": question,
        "context": context,
        "answers": answers_column,
        **columns,
    }


def generate(count, *, words=24, seed=0, unanswerable=True, ids=None):
    """Questions of every kind: one or several windows, one or two gold answers, none."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        size = words if number % 3 else words * 2
        context = [draw.choice(WORDS) for _ in range(size)]
        context[size // 2] = "about"  # the one word that stands once
        answers = ["about"]
        if number % 4 == 1:
            answers.append(f"about {context[size // 2 + 1]}")
        if unanswerable and number % 5 == 4:
            answers = []
        name = ids[number] if ids is not None else f"q{number}"
        rows.append(
            row(
                name,
                " ".join(context),
                *answers,
                question=f"where is {context[0]}",
                kind=["odd", "even"][number % 2],
            )
        )
    return rows


def tokenizer():
    return tiny_tokenizer(TOKENIZER_TEXT)


def features_of(rows, *, max_length=32, doc_stride=8):
    """Training features of flat rows."""
    examples = qa.normalize(datasets.Dataset.from_list(rows))
    return qa.prepare_train_features(
        qa.check_rows(examples).kept, tokenizer(), max_length=max_length, doc_stride=doc_stride
    )


def make_trainer(
    folder, train, *, trainer_class=qa.QuestionAnsweringTrainer, collator=None, model=None, **arguments
):
    """A trainer of the tiny model with dropout, its weights the same at every call."""
    torch.set_num_threads(1)
    words = tokenizer()
    extra = {name: arguments.pop(name) for name in ("eval_dataset", "eval_examples") if name in arguments}
    settings = {
        "num_train_epochs": 2,
        "per_device_train_batch_size": 4,
        "learning_rate": 5e-3,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": [],
        "disable_tqdm": True,
        "use_cpu": True,
        "dataloader_pin_memory": False,
    }
    return trainer_class(
        model=model or tiny_qa_model(len(words)),
        args=training_arguments(output_dir=str(folder / "model"), **(settings | arguments)),
        train_dataset=train,
        processing_class=words,
        data_collator=collator or qa.qa_collator(words),
        **extra,
    )


def trained(trainer, **options):
    """Train; the final weights and every logged loss."""
    trainer.train(**options)
    weights = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    losses = [(entry["step"], entry["loss"]) for entry in trainer.state.log_history if "loss" in entry]
    return weights, losses


def assert_same_training(first, second):
    """Bit for bit."""
    assert first[1] == second[1]
    assert first[1], "no loss was logged"
    for name, value in first[0].items():
        assert torch.equal(value, second[0][name]), name
