import sys

import matplotlib
import pytest

from dataset_cartography.errors import InputError, MissingExtraError, OutputNotWritableError
from dataset_cartography.plotting import plot_data_map, save_figure


def test_makes_directories_and_changes_no_setting(make_map, tmp_path):
    before = dict(matplotlib.rcParams)
    path = save_figure(plot_data_map(make_map(5)).figure, tmp_path / "a" / "b" / "map.png")
    assert path.read_bytes().startswith(b"\x89PNG")
    assert dict(matplotlib.rcParams) == before


def test_png_carries_neither_time_nor_version(make_map, tmp_path):
    from PIL import Image

    path = save_figure(plot_data_map(make_map(5)).figure, tmp_path / "map.png")
    with Image.open(path) as picture:
        assert set(picture.info) == {"dpi"}


def test_other_suffix(make_map, tmp_path):
    with pytest.raises(InputError) as caught:
        save_figure(plot_data_map(make_map(5)).figure, tmp_path / "map.gif")
    assert str(caught.value) == "Cannot save a picture as 'map.gif'; the suffix must be .png, .svg or .pdf."


def test_place_that_cannot_be_written(make_map, tmp_path):
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "map.png"
    with pytest.raises(OutputNotWritableError) as caught:
        save_figure(plot_data_map(make_map(5)).figure, path)
    assert str(caught.value) == (
        f"Cannot write the picture {path}: File exists. Choose a directory you can write to."
    )


def test_without_matplotlib(make_map, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError) as caught:
        plot_data_map(make_map(5))
    assert str(caught.value) == "Plotting needs an extra: pip install 'dataset-cartography[plot]'"
