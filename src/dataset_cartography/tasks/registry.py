"""The tasks that `run.py` knows."""

from dataset_cartography.tasks.base import Task
from dataset_cartography.tasks.causal_lm.task import CausalLanguageModelling
from dataset_cartography.tasks.classification.task import Classification
from dataset_cartography.tasks.dpo.task import PreferenceOptimization
from dataset_cartography.tasks.multi_label.task import MultiLabel
from dataset_cartography.tasks.multiple_choice.task import MultipleChoice
from dataset_cartography.tasks.nli.task import NaturalLanguageInference
from dataset_cartography.tasks.qa.task import QuestionAnswering
from dataset_cartography.tasks.regression.task import Regression
from dataset_cartography.tasks.seq2seq.task import SequenceToSequence
from dataset_cartography.tasks.token_classification.task import TokenClassification

_TASKS: tuple[Task, ...] = (
    QuestionAnswering(),
    Classification(),
    NaturalLanguageInference(),
    MultipleChoice(),
    MultiLabel(),
    Regression(),
    TokenClassification(),
    SequenceToSequence(),
    CausalLanguageModelling(),
    PreferenceOptimization(),
)

TASKS = {task.name: task for task in _TASKS}
