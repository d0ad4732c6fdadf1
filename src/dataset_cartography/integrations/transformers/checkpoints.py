"""Which of a Trainer's checkpoints can be resumed from: found by names, sizes, headers, end records and checksums.

Nothing is unpickled, and no more read than `MOST_CHECKED` a file, so that a look is quick whatever the model's size.
Sources: `Trainer._save_checkpoint` and what it calls, and `_load_from_checkpoint`,
`_load_optimizer_and_scheduler`, `_load_rng_state`, in transformers 5; accelerate's `save_fsdp_model`.
"""

import json
import pickletools
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from dataset_cartography.log import CHECKPOINT_MARK

NAME = re.compile(r"checkpoint-(\d+)")
STATE = "trainer_state.json"  # written last
SCHEDULER = "scheduler.pt"
WEIGHTS = (
    "model.safetensors",
    "adapter_model.safetensors",
    "pytorch_model.bin",
    "adapter_model.bin",
    "pytorch_model_fsdp.bin",
    "*/adapter_model.safetensors",  # peft with several adapters
    "*/adapter_model.bin",
    "pytorch_model_fsdp_*/",  # FSDP, a file a rank
    "global_step*/",  # DeepSpeed
)
INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
OPTIMIZER = ("optimizer.pt", "optimizer.bin", "optimizer_*/", "global_step*/")
RNG_OF_ONE, RNG_OF_MANY = "rng_state.pth", "rng_state_{}.pth"
OPTIONAL = ("config.json", "scaler.pt")  # read where they exist
METADATA, SHARD_SUFFIX = ".metadata", ".distcp"  # of torch.distributed.checkpoint
LONGEST_HEADER = 100_000_000  # safetensors' own limit, bytes
# bytes of a zip whose checksums are compared: a quarter of a second at 1 GB/s. All random states and schedules are
# smaller, as is the optimizer of a model with some 30 million parameters; of larger files the end record must do.
MOST_CHECKED = 256_000_000


# What zipfile raises where bytes are wrong: in the end record, the list of members, their headers.
DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, ValueError, RuntimeError, EOFError)


class Skipped(NamedTuple):
    """A checkpoint that cannot be resumed from, and why, as a phrase that fits after a colon."""

    path: Path
    reason: str


def step_of(checkpoint: Path) -> int | None:
    """The optimizer steps that a checkpoint has behind it; None where it does not say."""
    return (_json(checkpoint / STATE) or {}).get("global_step")


def steps_of(output_dir: Path) -> dict[int, Path]:
    """The ``checkpoint-N`` folders of a Trainer's `output_dir`, whole or not, by their steps, ascending."""
    folders = [path for path in output_dir.iterdir() if path.is_dir()] if output_dir.is_dir() else []
    return dict(sorted((int(match[1]), path) for path in folders if (match := NAME.fullmatch(path.name))))


def newest_complete(output_dir: Path, run: str | None = None) -> tuple[Path | None, list[Skipped]]:
    """The checkpoint with the highest step that Trainer can resume from.

    Args:
        output_dir: Trainer's `output_dir`; its ``checkpoint-N`` folders count, and nothing else in it.
        run: Identity of the recorded run to go on with; checkpoints that say they are another's are passed over.

    Returns:
        The folder, or None if there is none; and the newer ones that were passed over, newest first.
    """
    skipped: list[Skipped] = []
    for path in reversed(steps_of(output_dir).values()):
        reason = why_incomplete(path) or why_another_run(path, run)
        if reason is None:
            return path, skipped
        skipped.append(Skipped(path, reason))
    return None, skipped


def why_incomplete(checkpoint: Path) -> str | None:
    """Say what Trainer would miss in resuming exactly from a checkpoint, or None if it is all there.

    Trainer itself would go on without a learning rate schedule, optimizer or random state, quietly and to
    another result: here each of them must be there. Of several ranks' random states the last ones may be
    missing unnoticed, as nothing in the folder says how many ranks there were (one alone is noticed).

    Args:
        checkpoint: A ``checkpoint-N`` folder, or one under another name, whose step is not checked then.

    Returns:
        The first thing wrong, such as "model.safetensors is cut short (1.2 of 90.3 MB)".
    """
    try:
        return next(_faults(checkpoint), None)
    except OSError as error:
        return _unreadable(error)


def why_unloadable(checkpoint: Path) -> str | None:
    """Say why a checkpoint's weights cannot be loaded, or None; nothing else of it need be there.

    Args:
        checkpoint: As of `why_incomplete`.
    """
    try:
        return next(_weights(checkpoint), None)
    except OSError as error:
        return _unreadable(error)


def why_another_run(checkpoint: Path, run: str | None) -> str | None:
    """Say that a checkpoint was made by another recorded run, or None; one that names no run may be any's."""
    path = checkpoint / CHECKPOINT_MARK
    if run is None or not path.is_file():
        return None
    made_by = (_json(path) or {}).get("run")
    return None if made_by in (None, run) else "it was made by another recorded run"


def _unreadable(error: OSError) -> str:
    name = Path(error.filename).name if error.filename else "a file"
    return f"{name} cannot be read ({error.strerror or error})"


def _faults(checkpoint: Path) -> Iterator[str]:
    """What is wrong; each check relies on those before it having found nothing."""
    yield from _file_fault(checkpoint, STATE)
    yield from _wrong_step(checkpoint)
    yield from _each(checkpoint, OPTIONAL)
    yield from _weights(checkpoint)
    optimizer = _present(checkpoint, OPTIMIZER)
    schedule = _present(checkpoint, (SCHEDULER,))
    random_states = _present(checkpoint, ("rng_state*.pth",))
    if not (optimizer or schedule or random_states):
        yield "it holds the model only (save_only_model), no optimizer"
    if not optimizer:
        yield f"{OPTIMIZER[0]} is missing"
    yield from _each(checkpoint, OPTIMIZER)
    if schedule or not _present(checkpoint, ("global_step*/",)):  # DeepSpeed keeps the schedule itself
        yield from _file_fault(checkpoint, SCHEDULER)
    yield from _random_states(checkpoint, random_states)


def _wrong_step(checkpoint: Path) -> Iterator[str]:
    step = step_of(checkpoint)
    if NAME.fullmatch(checkpoint.name) and checkpoint.name != f"checkpoint-{step}":
        yield f"{STATE} is of step {step}"


def _weights(checkpoint: Path) -> Iterator[str]:
    if not _present(checkpoint, (*WEIGHTS, *INDEXES)):
        yield "the model's weights are missing"
    yield from _each(checkpoint, (*WEIGHTS, *INDEXES))
    for index in _present(checkpoint, INDEXES):
        shards = (_json(checkpoint / index) or {}).get("weight_map")
        if not isinstance(shards, dict) or not shards:
            yield f"{index} lists no files"
        else:
            for shard in sorted({str(name) for name in shards.values()}):
                yield from _file_fault(checkpoint, shard)


def _random_states(checkpoint: Path, found: list[str]) -> Iterator[str]:
    if RNG_OF_ONE in found or not found:
        yield from _file_fault(checkpoint, RNG_OF_ONE)
    else:
        for rank in range(max(2, len(found))):  # one process alone writes the other name
            yield from _file_fault(checkpoint, RNG_OF_MANY.format(rank))


def _present(checkpoint: Path, patterns: tuple[str, ...]) -> list[str]:
    """Names in a checkpoint that match, relative to it; patterns that end in a slash match folders only."""
    return [
        path.relative_to(checkpoint).as_posix()
        for pattern in patterns
        for path in sorted(checkpoint.glob(pattern.rstrip("/")))
        if path.is_dir() == pattern.endswith("/")
    ]


def _each(checkpoint: Path, patterns: tuple[str, ...]) -> Iterator[str]:
    for name in _present(checkpoint, patterns):
        if not (checkpoint / name).is_dir():
            yield from _file_fault(checkpoint, name)
        elif name.startswith("global_step"):
            yield from _deepspeed_faults(checkpoint, name)
        else:
            yield from _sharded_faults(checkpoint, name)


def _sharded_faults(checkpoint: Path, folder: str) -> Iterator[str]:
    """What is wrong with a folder of `torch.distributed.checkpoint`, whose ``.metadata`` comes last."""
    yield from _file_fault(checkpoint, f"{folder}/{METADATA}")
    lengths = _shard_lengths((checkpoint / folder / METADATA).read_bytes())
    if not lengths:
        yield f"{folder}/{METADATA} lists no files"
    for name, length in sorted(lengths.items()):
        yield from _file_fault(checkpoint, f"{folder}/{name}")
        size = (checkpoint / folder / name).stat().st_size
        if size < length:
            yield f"{folder}/{name} is cut short ({_size(size, length)})"


def _shard_lengths(metadata: bytes) -> dict[str, int]:
    """The bytes that each shard must have: a pickle, listed operation by operation and never run.

    For each tensor it holds, in this order, "relative_path", the shard, "offset", a number, "length" and a
    number; texts that come again are looked up in the pickle's memo.
    """
    memo: list[Any] = []
    values: list[Any] = []
    value: Any = None
    try:
        for operation, argument, _ in pickletools.genops(metadata):
            if operation.name == "MEMOIZE":
                memo.append(value if isinstance(value, str) else None)
            value = argument
            if operation.name in ("BINGET", "LONG_BINGET"):
                value = memo[value]
            if isinstance(value, (str, int)) and operation.name not in ("PROTO", "FRAME"):
                values.append(value)
    except (ValueError, LookupError):  # cut short, or no pickle
        return {}
    lengths: dict[str, int] = {}
    for name, _, offset, _, length in zip(*(values[start:] for start in range(5)), strict=False):
        if isinstance(name, str) and name.endswith(SHARD_SUFFIX):
            lengths[name] = max(lengths.get(name, 0), offset + length)
    return lengths


def _deepspeed_faults(checkpoint: Path, folder: str) -> Iterator[str]:
    yield from _file_fault(checkpoint, "latest")
    for kind in ("model", "optim"):
        parts = _present(checkpoint, (f"{folder}/*{kind}_states.pt",))
        if not parts:
            yield f"{folder} holds no {kind}_states.pt"
        for part in parts:
            yield from _file_fault(checkpoint, part)


def _file_fault(checkpoint: Path, name: str) -> Iterator[str]:
    """What is wrong with one file; nothing if it is whole."""
    path = checkpoint / name
    if not path.is_file():
        yield f"{name} is missing"
    elif not path.stat().st_size:
        yield f"{name} is empty"
    elif path.suffix == ".json":
        if _json(path) is None:
            yield f"{name} is not a JSON object"
    elif path.suffix == ".safetensors":
        yield from (f"{name} {fault}" for fault in _safetensors_fault(path))
    elif path.suffix in (".pt", ".pth", ".bin") and not _is_whole_archive(path):
        yield f"{name} is cut short or damaged ({_size(path.stat().st_size)})"


def _json(path: Path) -> dict[str, Any] | None:
    """A file's JSON object; None for what is none."""
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _safetensors_fault(path: Path) -> Iterator[str]:
    """Format: 8 bytes little-endian n, n bytes of JSON header with each tensor's place, the tensors."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = file.read(min(length, LONGEST_HEADER))
    if size < 8 or len(header) < length:
        yield f"is cut short ({_size(size)})"
        return
    try:
        ends = [
            entry["data_offsets"][1] for key, entry in json.loads(header).items() if key != "__metadata__"
        ]
        whole = 8 + length + max(ends, default=0)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        yield "has a damaged header"
        return
    if size < whole:
        yield f"is cut short ({_size(size, whole)})"
    elif size > whole:
        yield f"is longer than its header says ({_size(size)})"


def _is_whole_archive(path: Path) -> bool:
    """Whether a file that `torch.save` wrote is a zip with its end record, members and, if small, right checksums."""
    try:
        with zipfile.ZipFile(path) as archive:
            checked = path.stat().st_size <= MOST_CHECKED
            return bool(archive.namelist()) and not (checked and archive.testzip())
    except DAMAGE:
        return False


def _size(size: int, of: int | None = None) -> str:
    """A size in words, such as "1.2 of 90.3 MB"; exact where rounding would hide the difference."""
    largest = size if of is None else of
    factor, unit = next(
        (
            (factor, unit)
            for factor, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))
            if largest >= factor
        ),
        (1, "bytes"),
    )
    shown = [f"{number / factor:.1f}" for number in (size, largest)]
    if factor == 1 or (of is not None and shown[0] == shown[1]):
        shown, unit = [f"{size:,}", f"{largest:,}"], "bytes"
    return f"{shown[0]} {unit}" if of is None else f"{shown[0]} of {shown[1]} {unit}"
