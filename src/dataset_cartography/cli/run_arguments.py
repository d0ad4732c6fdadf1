"""The flags of `run.py`."""

from dataclasses import dataclass, field

from transformers import TrainingArguments

from dataset_cartography.cli.run_steering import SteeringArguments
from dataset_cartography.tasks.noise import KINDS as PLANT_KINDS
from dataset_cartography.tasks.registry import TASKS

OUTPUT_OF_TASK = "./trained_models/TASK"
"""The default of `--output_dir`, where TASK stands for the task's name."""


@dataclass
class RunArguments:
    """What to train on, and what to evaluate."""

    task: str = field(default="qa", metadata={"help": "What is trained.", "choices": list(TASKS)})
    dataset: str = field(
        default="demo",
        metadata={
            "help": "A hub name (name or name:config), a local .json, .jsonl, .csv or .parquet file (for qa: SQuAD's "
            "nested format or flat rows; for token-classification also CoNLL's columns, .conll or .txt), a folder, or "
            "demo (qa)."
        },
    )
    model: str = field(
        default="google/electra-small-discriminator",
        metadata={
            "help": "A hub name, a local folder, or demo (the offline encoder; of language models, a small one with "
            "random weights)."
        },
    )
    lora_r: int | None = field(
        default=None,
        metadata={
            "help": "Train a LoRA adapter of this rank, and not the model's own weights (causal-lm, seq2seq, dpo; "
            "needs peft)."
        },
    )
    train_split: str = field(default="train", metadata={"help": "The split to train on."})
    train_ids: str | None = field(
        default=None,
        metadata={
            "help": "Train only on the examples whose ids are in this file, as `datamap select` writes one: a "
            "JSON list (.json), or an id a line (.txt)."
        },
    )
    eval_dataset: str | None = field(
        default=None, metadata={"help": "What to evaluate on; default: --dataset."}
    )
    eval_split: str | None = field(
        default=None,
        metadata={
            "help": "The split to evaluate on; default: validation. `train` evaluates the training examples, so that "
            "the predictions merge with the map."
        },
    )
    ood_dataset: str | None = field(
        default=None,
        metadata={
            "help": "Evaluate on this dataset too, of another domain say: the same metrics and predictions, as ood_*."
        },
    )
    ood_split: str = field(default="validation", metadata={"help": "The split of --ood_dataset."})
    max_train_samples: int | None = field(
        default=None, metadata={"help": "Train on the first so many examples."}
    )
    max_eval_samples: int | None = field(
        default=None, metadata={"help": "Evaluate on the first so many examples (of each dataset)."}
    )
    max_length: int = field(
        default=384, metadata={"help": "Tokens that the model is given at once; for qa, per window."}
    )
    doc_stride: int | None = field(
        default=None,
        metadata={
            "help": "qa: tokens by which windows overlap; default: 128, or a third of --max_length if less."
        },
    )
    max_answer_length: int = field(
        default=30,
        metadata={"help": "qa: longest answer that is decoded, in tokens, and so can be correct."},
    )
    beta: float = field(
        default=0.1,
        metadata={"help": "dpo: β of the loss; the larger, the closer the model stays to where it began."},
    )
    ablation: str | None = field(
        default=None,
        metadata={
            "help": "Withhold part of the input in training and evaluation alike, to see what the rest gives away: "
            + "; ".join(
                f"{task.name}: {', '.join(task.ablations)}" for task in TASKS.values() if task.ablations
            )
            + "."
        },
    )
    text_column: list[str] = field(
        default_factory=list,
        metadata={
            "help": "The dataset's names for "
            + "; ".join(
                f"{' and '.join(task.text_columns)} ({task.name})"
                for task in TASKS.values()
                if task.text_columns
            )
            + ", if they are none of the usual ones."
        },
    )
    label_column: str | None = field(
        default=None,
        metadata={"help": "The dataset's name for the label, if it is none of the usual ones."},
    )


@dataclass
class CartographyArguments(SteeringArguments):
    """What to record, and what a map made earlier changes."""

    enable_cartography: bool = field(
        default=False, metadata={"help": "Record training dynamics; make a data map."}
    )
    cartography_output_dir: str = field(
        default="./cartography_output", metadata={"help": "Where the log and the map go."}
    )
    cartography_mode: str = field(
        default="in_training",
        metadata={
            "help": "in_training records the passes that training makes anyway; epoch_end makes one clean "
            "pass after each epoch.",
            "choices": ["in_training", "epoch_end"],
        },
    )
    cartography_splits: list[str] = field(
        default_factory=lambda: ["train"],
        metadata={
            "help": "What is recorded: train; with validation also the evaluation after each epoch, as dynamics of "
            "their own.",
            "choices": ["train", "validation"],
        },
    )
    cartography_on_failure: str = field(
        default="continue",
        metadata={
            "help": "When recording fails (a full disk): continue trains on and says which epochs are incomplete; "
            "stop ends the training.",
            "choices": ["continue", "stop"],
        },
    )
    cartography_tokens: bool = field(
        default=False,
        metadata={
            "help": "causal-lm, seq2seq: record every target token by itself, for the report's shading, and not the "
            "sums of each example."
        },
    )
    from_checkpoints: str | None = field(
        default=None,
        metadata={
            "help": "Train nothing, and map a run that was not recorded from the checkpoints that it saved: the folder "
            "that holds them. Give the data as that run did; the model is the checkpoints' own."
        },
    )
    cross_fit: int | None = field(
        default=None,
        metadata={
            "help": "After the run, train so many more models, each on all folds of the data but one, and record how "
            "they answer the fold that they were not trained on: what cleanlab works on, and what no memorised label "
            "can have spoilt. 3 takes twice the training's own time, k takes k - 1 times."
        },
    )
    plant_label_noise: float | None = field(
        default=None,
        metadata={
            "help": "Make this share of the training labels wrong on purpose (0.05), to measure how well the map finds "
            "them; the model learns them too, and the truth is kept beside the log."
        },
    )
    plant_kind: str = field(
        default=PLANT_KINDS[0],
        metadata={
            "help": "confusable: as people err; uniform: any other label, choice, span, value or text; boundary: the "
            "ends of an answer (qa) or an entity (token-classification).",
            "choices": list(PLANT_KINDS),
        },
    )
    plant_seed: int = field(default=0, metadata={"help": "Decides which labels are planted."})
    plant_confusion_from: str | None = field(
        default=None,
        metadata={
            "help": "classification, nli: a recorded run on the same data, whose predictions say what is confused with "
            "what; default: the texts say."
        },
    )


@dataclass
class RunTrainingArguments(TrainingArguments):  # type: ignore[misc] # transformers ships no types
    """All of `TrainingArguments`; three defaults fit short runs."""

    output_dir: str = field(
        default=OUTPUT_OF_TASK, metadata={"help": "Where the model, checkpoints and evaluation go."}
    )
    save_strategy: str = field(
        default="epoch", metadata={"help": "When to save a checkpoint; once an epoch by default."}
    )
    logging_steps: float = field(
        default=50, metadata={"help": "Log the loss every so many steps; 50 by default."}
    )
