"""The page's scripts, style sheet and skeleton as text, with the hashes its Content-Security-Policy names.

The one place that reads `static/` and `vendor/`. There is no build step: the files are put into the page as they
are, in the order stated here.
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Source = Literal["embedded", "server"]
"""Where the front end asks: data inside the page (the report), or over HTTP (the explorer)."""

_SHARED = (
    *("text.js", "curve.js", "picture.js", "map.js", "tools.js"),
    *("ranges.js", "filters.js", "table.js", "detail.js"),
)
_SCRIPTS: dict[Source, tuple[str, ...]] = {
    "embedded": (*_SHARED, "download.js", "app.js", "blocks.js", "embedded.js"),
    "server": (*_SHARED, "download.js", "app.js", "triage.js", "server.js"),
}


@dataclass(frozen=True)
class Inline:
    """A script or style sheet to be put into a page as it is.

    Attributes:
        name: of its file.
        text: what stands between the tags, to the letter: the hash is of these bytes.
    """

    name: str
    text: str

    @property
    def csp(self) -> str:
        """The source expression that allows it, quotes included."""
        digest = hashlib.sha256(self.text.encode()).digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def app_scripts(source: Source) -> tuple[Inline, ...]:
    """The scripts in the order in which they must stand, at the end of the body.

    The last one starts the page: the fragment and, in a report, the data must stand before it.
    """
    own = (Inline(name, _read("static", name)) for name in _SCRIPTS[source])
    return (Inline("d3.min.js", _read("vendor", "d3.min.js")), *own)


@cache
def app_style() -> Inline:
    """The style sheet; all its rules lie inside `.explore`."""
    return Inline("app.css", _read("static", "app.css"))


@cache
def app_fragment() -> str:
    """The HTML that the scripts fill, without any variable part: one `<div class="explore">`."""
    return _read("static", "app.html")


def _read(folder: str, name: str) -> str:
    return files("dataset_cartography.pages").joinpath(folder, name).read_text(encoding="utf-8")
