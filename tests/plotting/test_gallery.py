"""The gallery's pictures are made by the code beside them, which runs without a warning."""

import importlib.util
import re
from pathlib import Path

import pytest

from dataset_cartography import plotting

DOCS = Path(__file__).parents[2] / "docs"
LIMIT = 80_000  # bytes; a page of pictures should load at once


def gallery():
    spec = importlib.util.spec_from_file_location("gallery", DOCS / "gallery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_the_code_makes_the_pictures_that_are_shown(tmp_path):
    drawn = gallery().draw(tmp_path)
    page = (DOCS / "gallery.md").read_text(encoding="utf-8")
    shown = re.findall(r"\(images/(gallery_\w+\.png)\)", page)
    assert sorted(shown) == [path.name for path in drawn]
    assert sorted(shown) == sorted(path.name for path in (DOCS / "images").glob("gallery_*.png"))
    assert all(path.stat().st_size <= LIMIT for path in drawn)
    assert all((DOCS / "images" / name).stat().st_size <= LIMIT for name in shown)


def test_every_picture_can_be_found_there():
    code = "".join(gallery().code_blocks())
    assert [name for name in plotting.__all__ if name.startswith("plot_") and name not in code] == []
