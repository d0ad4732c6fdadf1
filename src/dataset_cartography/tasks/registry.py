"""The tasks that `run.py` knows."""

from dataset_cartography.tasks.base import Task
from dataset_cartography.tasks.classification.task import Classification
from dataset_cartography.tasks.multiple_choice.task import MultipleChoice
from dataset_cartography.tasks.nli.task import NaturalLanguageInference
from dataset_cartography.tasks.qa.task import QuestionAnswering

_TASKS: tuple[Task, ...] = (
    QuestionAnswering(),
    Classification(),
    NaturalLanguageInference(),
    MultipleChoice(),
)

TASKS = {task.name: task for task in _TASKS}
