"""Columns packed for a page: each one a block of base64 of gzip, which the front end unpacks (blocks.js)."""

import base64
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
_TAG = '<script type="text/plain" data-block="{name}">{data}</script>\n'
_KEPT_BITS = 14  # of a rounded number: an error of at most 1/16,000 of it


@dataclass
class Packer:
    """Blocks by name; names are ours, never the dataset's."""

    blocks: dict[str, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes that the blocks take in a page."""
        return sum(len(block) + len(_TAG) + len(name) for name, block in self.blocks.items())

    def add(self, name: str, data: bytes) -> None:
        """Pack bytes."""
        packing = zlib.compressobj(6, wbits=31)  # 31: with the header of gzip
        self.blocks[name] = base64.b64encode(packing.compress(data) + packing.flush())

    def add_array(self, name: str, values: Array) -> None:
        """Pack whole numbers, little-endian."""
        self.add(name, np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes())

    def add_floats(self, name: str, values: Array) -> None:
        """Pack numbers as float32: all first bytes, all second ones and so on, which packs better."""
        little = np.ascontiguousarray(values, dtype="<f4").view(np.uint8).reshape(-1, 4)
        self.add(name, np.ascontiguousarray(little.T).tobytes())

    def add_json(self, name: str, value: Any) -> None:
        """Pack anything JSON can hold; half of a surrogate pair, which UTF-8 cannot, becomes a question mark."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        self.add(name, text.encode("utf-8", "replace"))

    def add_column(self, name: str, values: list[Any]) -> None:
        """Pack a value per example, as JSON; where at most half of them are distinct, each only once."""
        keys = [(list, json.dumps(value)) if isinstance(value, list) else value for value in values]
        places: dict[Any, int] = {}
        codes = [places.setdefault(key, len(places)) for key in keys]
        if 2 * len(places) > len(values):
            self.add_json(name, {"values": values})
            return
        distinct: list[Any] = [None] * len(places)
        for code, value in zip(codes, values, strict=True):
            distinct[code] = value
        self.add_json(name, {"values": distinct, "codes": codes})

    def elements(self) -> Iterator[str]:
        """The blocks as HTML; each is let go as it is handed on."""
        while self.blocks:
            name = next(iter(self.blocks))
            yield _TAG.format(name=name, data=self.blocks.pop(name).decode("ascii"))


def rounded(values: Array) -> Array:
    """Numbers kept to about four digits, which take half the room."""
    mantissa, exponent = np.frexp(values)
    kept: Array = np.ldexp(np.round(mantissa * 2**_KEPT_BITS) / 2**_KEPT_BITS, exponent)
    return kept
