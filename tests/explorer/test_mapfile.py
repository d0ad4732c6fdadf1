import pytest

from dataset_cartography import compute_metrics
from dataset_cartography.datamap import write_map
from dataset_cartography.errors import LogError, MissingColumnError
from dataset_cartography.explorer import MapFile


@pytest.mark.parametrize("kept", ["parquet", "csv", "json", None])
def test_every_form_of_a_map_gives_the_same(directory, kept):
    whole = compute_metrics(directory)
    for path in directory.glob("cartography_metrics.*"):
        if path.suffix != f".{kept}":
            path.unlink()
    map_file = MapFile(directory)
    assert map_file.columns == list(whole.columns)
    frame = map_file.frame(["confidence", "no such column"])
    assert list(frame.columns) == ["confidence"]
    assert frame.index.tolist() == whole.index.tolist()
    for name in ("confidence", "first_learned_epoch", "never_learned", "presentations"):
        expected = whole[name].to_numpy("float32", na_value=float("nan"))
        assert map_file.numbers(name) == pytest.approx(expected, nan_ok=True, rel=1e-6)
    assert bool(map_file.facts) == (kept in ("parquet", None))


def test_a_map_without_places(directory):
    write_map(compute_metrics(directory, metrics=["confidence", "aum"]), directory)
    with pytest.raises(MissingColumnError) as error:
        MapFile(directory)
    assert str(error.value) == (
        f"Column 'variability' not found in the map in '{directory}'; its columns are: 'confidence', 'aum', "
        "'prediction'. Make it anew: `datamap metrics`."
    )


def test_a_damaged_map_is_one_sentence(directory):
    (directory / "cartography_metrics.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(LogError, match="cannot be read as a map"):
        MapFile(directory)
