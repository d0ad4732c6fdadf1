"""Edge (extra: train): keys for caches, such that other input, options or code never meet an old result."""

import hashlib
from functools import cache
from pathlib import Path


def fingerprint(*parts: object) -> str:
    """A key of 16 hexadecimal digits from the `repr` of each part; fit for `datasets` as a fingerprint."""
    return hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).hexdigest()[:16]


@cache
def code_version(*files: str) -> str:
    """A digest of the source of modules, given their ``__file__``.

    `datasets` hashes an imported function by its name, so that after an upgrade it would serve the results
    of the old code.
    """
    return fingerprint(*(Path(file).read_bytes() for file in files))
