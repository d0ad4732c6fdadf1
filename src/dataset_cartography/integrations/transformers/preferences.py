"""What `track` knows about preference pairs, as TRL's `DPOTrainer` trains on them.

Its step asks the policy for the log-probability of every token of both answers, and the reference for the same; both
answers are seen by hooks as they are made, so that no forward pass is added. Ids stay in its dataset by themselves.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from dataset_cartography.errors import InputError
from dataset_cartography.schema import PREFERENCE, TaskSchema
from dataset_cartography.signals import preference_signals, sequence_logprobs


def is_preference_trainer(trainer: Any) -> bool:
    """Whether a trainer is TRL's `DPOTrainer`, which is not imported for the question, or a subclass."""
    return any(kind.__name__ == "DPOTrainer" for kind in type(trainer).__mro__)


def reference_of(signals: Any, trainer: Any) -> torch.nn.Module | None:
    """What is asked about a batch after the policy: another model, or the policy without its adapter; else None."""
    if not isinstance(signals, PreferenceSignals) or signals.precomputed:
        return None
    module: torch.nn.Module = trainer.model if trainer.ref_model is None else trainer.ref_model
    return module


class PreferenceSignals:
    """Signals of a batch of pairs.

    Args:
        trainer: Whose β and α, and whose way of asking the reference.

    Raises:
        InputError: It is no `DPOTrainer`.
    """

    schema: TaskSchema = PREFERENCE

    def __init__(self, trainer: Any) -> None:
        if not is_preference_trainer(trainer):
            raise InputError(
                f"track records the task 'dpo' of TRL's DPOTrainer, and this is a {type(trainer).__name__}."
            )
        self.beta = float(trainer.beta)
        self.ld_alpha: float | None = trainer.ld_alpha
        self.precomputed = bool(trainer.precompute_ref_logps)
        self.options: dict[str, Any] = {"beta": self.beta, "loss_type": list(trainer.loss_types)}

    def __call__(
        self, inputs: Mapping[str, Any], outputs: Any, carried: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Take the batch's signals from its masks and the answers of policy and reference.

        Raises:
            InputError: They are not what TRL's own collator and model make.
        """
        policy, reference = (outputs, None) if self.precomputed else outputs
        chosen, rejected = self._logprobs(inputs, policy)
        if reference is None:
            known = inputs["ref_chosen_logps"], inputs["ref_rejected_logps"]
        else:
            known = self._logprobs(inputs, reference)
        return preference_signals(chosen, rejected, *known, beta=self.beta)

    def _logprobs(self, inputs: Mapping[str, Any], outputs: Any) -> tuple[Tensor, Tensor]:
        """Log-probabilities of the chosen and the rejected answers, each of shape (batch,)."""
        tokens, mask = getattr(outputs, "log_probs", None), inputs.get("completion_mask")
        if not isinstance(tokens, Tensor) or not isinstance(mask, Tensor):
            raise InputError(
                "track records the task 'dpo' from the answers' log-probabilities as the DPOTrainer of trl 1.16 and "
                f"later takes them; this batch has {', '.join(map(repr, inputs))} and the model's answer is a "
                f"{type(outputs).__name__}."
            )
        mask = mask[:, 1:]  # a token is predicted from the one before it
        tokens = tokens[:, -mask.shape[1] :]  # prompt tuning puts tokens of its own before
        chosen, rejected = sequence_logprobs(tokens, mask, self.ld_alpha).chunk(2)
        return chosen, rejected
