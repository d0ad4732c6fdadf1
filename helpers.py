"""The course template's helpers under their old names; the package does the work."""

from dataset_cartography.tasks.nli.template import compute_accuracy, prepare_dataset_nli
from dataset_cartography.tasks.qa import QuestionAnsweringTrainer
from dataset_cartography.tasks.qa.template import (
    QA_MAX_ANSWER_LENGTH,
    postprocess_qa_predictions,
    prepare_train_dataset_qa,
    prepare_validation_dataset_qa,
)

__all__ = [
    "QA_MAX_ANSWER_LENGTH",
    "QuestionAnsweringTrainer",
    "compute_accuracy",
    "postprocess_qa_predictions",
    "prepare_dataset_nli",
    "prepare_train_dataset_qa",
    "prepare_validation_dataset_qa",
]
