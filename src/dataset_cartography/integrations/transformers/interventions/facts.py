"""What was done to a trainer's training, for its map's provenance, and so that a resumed run does the same."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import Trainer

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.shared.interventions import PROVENANCE

_CHOOSING = ("examples", "filter")  # what says which examples are trained on, and not how
_ATTRIBUTE = "_cartography_interventions"


def note(trainer: Trainer, name: str, facts: Mapping[str, Any], values: NDArray[Any]) -> None:
    """Note an intervention on its trainer.

    Args:
        trainer: The trainer.
        name: What is done ("loss weights").
        facts: How, as JSON can say it.
        values: What is done to which row; told by a digest.

    Raises:
        InputError: It is done already.
    """
    noted = vars(trainer).setdefault(_ATTRIBUTE, {})
    if name in noted:
        raise InputError(f"This trainer has {name} already: give them once.")
    noted[name] = {**facts, "digest": hashlib.blake2b(values.tobytes(), digest_size=8).hexdigest()}


def interventions_of(trainer: Trainer) -> dict[str, Any]:
    """For a manifest's provenance: nothing, or under `PROVENANCE` what was noted."""
    noted = vars(trainer).get(_ATTRIBUTE)
    return {PROVENANCE: json.loads(json.dumps(noted, default=_plain))} if noted else {}


def of_the_choice(provenance: Mapping[str, Any]) -> dict[str, Any]:
    """A run's provenance, for models trained on the same choice of examples, but not weighed, smoothed or ordered."""
    kept = {name: facts for name, facts in provenance.get(PROVENANCE, {}).items() if name in _CHOOSING}
    rest = {name: facts for name, facts in provenance.items() if name != PROVENANCE}
    return rest | ({PROVENANCE: kept} if kept else {})


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)
