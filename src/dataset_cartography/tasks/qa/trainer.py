"""The course template's `QuestionAnsweringTrainer`: a Trainer whose evaluation scores answers, not logits."""

from collections.abc import Callable
from typing import Any

from transformers import EvalPrediction

from dataset_cartography.tasks.qa.collate import qa_collator
from dataset_cartography.tasks.qa.decode import Prediction, decode_answers
from dataset_cartography.tasks.qa.score import score_predictions
from dataset_cartography.tasks.trainer import TaskTrainer


class QuestionAnsweringTrainer(TaskTrainer):
    """A `Trainer` that evaluates by decoding answers over all windows of an example.

    Args:
        *args: As for `Trainer`.
        eval_examples: The examples whose prepared features are the `eval_dataset`.
        max_answer_length: Longest answer that is decoded, in tokens.
        **kwargs: As for `Trainer`. A `compute_metrics` is given predictions as a list of
            `{"id", "prediction_text"}` and references as `{"id", "answers"}`, as in the template; without one,
            exact match and F1 are computed.
    """

    # Trainer's own, whose types mypy cannot see.
    compute_metrics: Callable[..., dict[str, float]] | None
    control: Any

    def __init__(
        self, *args: Any, eval_examples: Any = None, max_answer_length: int = 30, **kwargs: Any
    ) -> None:
        # The template's scripts say `tokenizer`, which transformers 5 calls `processing_class`.
        tokenizer = kwargs.pop("tokenizer", None)
        if tokenizer is not None:
            kwargs.setdefault("processing_class", tokenizer)
        if kwargs.get("data_collator") is None and kwargs.get("processing_class") is not None:
            kwargs["data_collator"] = qa_collator(kwargs["processing_class"])
        super().__init__(*args, **kwargs)
        self.eval_examples = eval_examples
        self.max_answer_length = max_answer_length

    def evaluate(
        self,
        eval_dataset: Any = None,
        eval_examples: Any = None,
        ignore_keys: list[str] | None = None,
        metric_key_prefix: str = "eval",
    ) -> dict[str, float]:
        """Decode, score and log; the metrics carry the prefix."""
        examples = self.eval_examples if eval_examples is None else eval_examples
        predictions = self.predict_answers(eval_dataset, examples, ignore_keys)
        if self.compute_metrics is not None:
            metrics = self.compute_metrics(_template_prediction(examples, predictions))
        else:
            metrics, _ = score_predictions(predictions, examples)
        metrics = {f"{metric_key_prefix}_{name}": value for name, value in metrics.items()}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def predict_answers(
        self, eval_dataset: Any = None, eval_examples: Any = None, ignore_keys: list[str] | None = None
    ) -> dict[Any, Prediction]:
        """Answer the examples' questions: predictions keyed by example id."""
        features = self.eval_dataset if eval_dataset is None else eval_dataset
        examples = self.eval_examples if eval_examples is None else eval_examples
        # Scoring happens on answers below, so the loop itself must not compute metrics on logits.
        compute_metrics = self.compute_metrics
        self.compute_metrics = None
        try:
            output = self.evaluation_loop(
                self.get_eval_dataloader(features),
                description="Evaluation",
                prediction_loss_only=False,
                ignore_keys=ignore_keys,
            )
        finally:
            self.compute_metrics = compute_metrics
        start_logits, end_logits = output.predictions[:2]
        return decode_answers(
            examples,
            features,
            start_logits,
            end_logits,
            max_answer_length=self.max_answer_length,
            version_2_with_negative=any(not answers["text"] for answers in examples["answers"]),
        )


def _template_prediction(examples: Any, predictions: dict[Any, Prediction]) -> EvalPrediction:
    return EvalPrediction(
        predictions=[{"id": key, "prediction_text": value.text} for key, value in predictions.items()],
        label_ids=[
            {"id": key, "answers": answers}
            for key, answers in zip(examples["id"], examples["answers"], strict=True)
        ],
    )
