"""The course template's helpers under their old names; the package does the work."""

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
    "postprocess_qa_predictions",
    "prepare_train_dataset_qa",
    "prepare_validation_dataset_qa",
]
