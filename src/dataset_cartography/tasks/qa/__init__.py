"""Extractive question answering: rows, windows, batches, decoding, scores."""

from dataset_cartography.tasks.qa.checks import check_rows
from dataset_cartography.tasks.qa.collate import QACollator, qa_collator
from dataset_cartography.tasks.qa.decode import Prediction, decode_answers
from dataset_cartography.tasks.qa.features import (
    examples_without_answer_window,
    prepare_eval_features,
    prepare_train_features,
)
from dataset_cartography.tasks.qa.load import load_examples
from dataset_cartography.tasks.qa.rows import normalize
from dataset_cartography.tasks.qa.score import Scores, exact_match, f1, score_predictions
from dataset_cartography.tasks.qa.trainer import QuestionAnsweringTrainer

__all__ = [
    "Prediction",
    "QACollator",
    "QuestionAnsweringTrainer",
    "Scores",
    "check_rows",
    "decode_answers",
    "exact_match",
    "examples_without_answer_window",
    "f1",
    "load_examples",
    "normalize",
    "prepare_eval_features",
    "prepare_train_features",
    "qa_collator",
    "score_predictions",
]
