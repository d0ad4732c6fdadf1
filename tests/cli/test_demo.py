"""`datamap demo`, small: the real encoder on the real demo data, through to the page."""

import pandas as pd
import pytest

from dataset_cartography.cli import datamap, demo


@pytest.mark.slow
def test_the_demo_ends_with_a_map_a_page_and_the_planted_labels(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(demo, "EXAMPLES", 64)
    monkeypatch.setattr(demo, "EPOCHS", 3)
    output_dir = tmp_path / "demo"
    assert datamap.main(["demo", "--output_dir", str(output_dir)]) == 0
    printed = capsys.readouterr().out
    table = pd.read_csv(output_dir / "analysis" / "tables" / "summary_by_category.csv", index_col=0)
    for region in ("easy", "ambiguous", "hard"):
        row = next(line.split() for line in printed.splitlines() if line.split()[:1] == [region])
        assert int(row[1]) == table.loc[region, "count"]
    assert "Wrong labels: 5 were planted among 64 notes." in printed
    for path in ("cartography/cartography_map.png", "analysis/report.html"):
        assert str(output_dir / path) in printed
        assert (output_dir / path).stat().st_size > 10_000

    assert datamap.main(["demo", "--output_dir", str(output_dir)]) == 2
    assert capsys.readouterr().err == (
        f"error: '{output_dir}' already holds a demo; delete it to train anew, or give another --output_dir.\n"
    )
