"""Edge: what is asked of the Hugging Face hub before a dataset or model is taken from it.

`datasets` and `transformers` retry an unreachable hub for 23 to 46 seconds and end in a traceback. One short
question beforehand decides: reachable, or the local cache, or one sentence.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import datasets
from huggingface_hub import HfApi, constants
from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined] # public, not listed

from dataset_cartography.errors import InputError

log = logging.getLogger(__name__)

REQUEST_TIMEOUT = 4.0  # seconds for connecting and for answering, each
PROBE_TIMEOUT = 5.0  # seconds for the whole question: name resolution obeys no request timeout

Kind = Literal["dataset", "model"]


def why_unreachable(kind: Kind, name: str) -> str | None:
    """Ask the hub about a repository, within `PROBE_TIMEOUT` seconds.

    Honours ``HF_HUB_OFFLINE`` (nothing is asked), ``HF_ENDPOINT`` and proxies, as `huggingface_hub` does.

    Args:
        kind: What the repository holds.
        name: Its name on the hub, ``owner/name`` or ``name``.

    Returns:
        None if the hub knows the repository, else why the hub could not be asked, in a few words.

    Raises:
        InputError: The hub answered that it has no such repository, or the name can be none.
    """
    try:
        validate_repo_id(name)
    except HFValidationError as error:
        raise InputError(
            f"'{name}' is no {kind}: no local path, not 'demo', and no possible name on the hub."
        ) from error
    if constants.HF_HUB_OFFLINE or (kind == "dataset" and datasets.config.HF_HUB_OFFLINE):
        return "offline mode is set"
    failure = _ask(kind, name)
    if failure is None:
        return None
    if isinstance(failure, RepositoryNotFoundError):
        raise InputError(
            f"The hub has no {kind} '{name}' that you may read: check the spelling, or log in with "
            "`hf auth login` if it is private or gated."
        ) from failure
    log.debug("hub probe for %s %s failed", kind, name, exc_info=failure)
    return first_line(failure)


def _ask(kind: Kind, name: str) -> Exception | None:
    """The exception that asking raised, or None; in a daemon thread, which can be left behind when late."""
    outcome: list[Exception | None] = []

    def ask() -> None:
        try:
            HfApi().repo_info(name, repo_type=kind, timeout=REQUEST_TIMEOUT)
        except Exception as error:  # noqa: BLE001 - network stacks raise anything; the caller judges it
            outcome.append(error)
        else:
            outcome.append(None)

    thread = threading.Thread(target=ask, daemon=True, name="hub-probe")
    thread.start()
    thread.join(PROBE_TIMEOUT)
    return outcome[0] if outcome else TimeoutError(f"no answer within {PROBE_TIMEOUT:.0f} s")


@contextmanager
def offline_mode() -> Iterator[None]:
    """Have `datasets` and `huggingface_hub` look in their local caches only, as ``HF_HUB_OFFLINE=1`` does."""
    switches: list[Any] = [constants, datasets.config]
    before = [switch.HF_HUB_OFFLINE for switch in switches]
    for switch in switches:
        switch.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        for switch, value in zip(switches, before, strict=True):
            switch.HF_HUB_OFFLINE = value


def first_line(error: BaseException) -> str:
    """The first line of another library's message, as part of a sentence of ours."""
    return (str(error).strip() or type(error).__name__).split("\n")[0].rstrip(".")[:300]
