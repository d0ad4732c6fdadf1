import datasets
import pytest
from datasets import ClassLabel, Dataset, Features, Value

from dataset_cartography.tasks.qa.rows import ANSWERS

TOPICS = {
    "cat": ["the cat sleeps", "a cat and its kitten", "the kitten drinks milk", "my cat hunts mice"],
    "kitten": ["the kitten sleeps", "a kitten and its cat", "a kitten drinks milk", "my kitten hunts mice"],
    "stock": [
        "shares fell sharply",
        "the market closed lower",
        "bonds and shares rose",
        "a bank raised rates",
    ],
}


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path_factory.getbasetemp() / "datasets")


@pytest.fixture
def texts():
    """120 labelled texts; cats and kittens are described in the same words."""
    rows = [
        {"id": f"t{number}-{name}", "text": f"{line} {number}", "label": name, "source": number % 2}
        for name, lines in TOPICS.items()
        for number, line in enumerate(lines * 10)
    ]
    features = Features(
        id=Value("string"),
        text=Value("string"),
        label=ClassLabel(names=[*TOPICS, "unused"]),
        source=Value("int64"),
    )
    return Dataset.from_list(rows, features=features)


@pytest.fixture
def questions():
    """40 questions with two answers, 10 without any, 10 whose context is their answer; ids are integers."""
    rows = []
    for number in range(60):
        dose = 10 + number
        context = f"On 3/{1 + number % 28}/2011 Dr. Chen gave {dose} mg of aspirin. Later Ms. Ward took 5 mg instead."
        answers = {
            "text": [f"{dose} mg", f"{dose} mg of aspirin"],
            "answer_start": [context.index(f"{dose} mg")] * 2,
        }
        if number % 6 == 1:
            answers = {"text": [], "answer_start": []}
        elif number % 6 == 2:
            context = f"{dose} mg"
            answers = {"text": [context], "answer_start": [0]}
        rows.append({"id": number, "question": "What dose?", "context": context, "answers": answers})
    features = Features(id=Value("int64"), question=Value("string"), context=Value("string"), answers=ANSWERS)
    return Dataset.from_list(rows, features=features)


@pytest.fixture
def choices():
    """40 questions with choices, of which the second always reads most like the right one."""
    rows = [
        {
            "id": f"c{number}",
            "context": "",
            "question": "Which animal?",
            "choices": [f"black cat {number}", f"black cats {number}", "xylophone", f"Black  cat {number}"],
            "label": 0,
        }
        for number in range(40)
    ]
    return Dataset.from_list(rows)
