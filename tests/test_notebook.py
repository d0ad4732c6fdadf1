"""The example notebook: committed without outputs, and every cell of it runs."""

import json
import re
from pathlib import Path

import pytest

from dataset_cartography.regions import CATEGORIES

NOTEBOOK = Path(__file__).parents[1] / "examples" / "data_map.ipynb"


def test_no_output_is_committed():
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(code) > 5
    assert [cell["outputs"] for cell in code] == [[]] * len(code)
    assert [cell["execution_count"] for cell in code] == [None] * len(code)
    assert NOTEBOOK.stat().st_size < 30_000


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """The notebook after a run in an empty folder without network, and that folder."""
    import nbclient
    import nbformat

    folder = tmp_path_factory.mktemp("notebook")
    notebook = nbformat.read(NOTEBOOK, 4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(folder / ".ipython"))
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("OMP_NUM_THREADS", "1")
        nbclient.NotebookClient(
            notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
        ).execute()
    return notebook, folder


def results(notebook):
    """What the code cells end in: {MIME type: content} of each, by the last line of its code."""
    return {
        cell.source.splitlines()[-1]: output.data
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "execute_result"
    }


@pytest.mark.slow
def test_the_map_and_the_figures_are_shown(executed):
    notebook, _ = executed
    shown = results(notebook)
    page = shown["first"]["text/html"]
    assert "data:image/png;base64," in page
    assert "Every example was seen once in each of 6 epochs." in page
    assert "600 rows" in page
    figures = [data for data in shown.values() if "image/png" in data]
    assert len(figures) == 2


@pytest.mark.slow
def test_what_the_text_says_of_the_regions_is_so(executed):
    notebook, _ = executed
    table = results(notebook)['pd.crosstab(reviews["planted"], first["category"])']["text/plain"]
    rows = re.findall(r"^(\w[\w ]*?) +(\d+) +(\d+) +(\d+)$", table, re.M)
    counts = {name: dict(zip(CATEGORIES, map(int, numbers), strict=True)) for name, *numbers in rows}
    most = {name: max(regions, key=regions.get) for name, regions in counts.items()}
    assert most == {"sound": "easy", "torn": "ambiguous", "wrong label": "hard"}
    assert max(counts, key=lambda name: counts[name]["hard"]) == "wrong label"


@pytest.mark.slow
def test_the_report_is_written_and_shown(executed):
    notebook, folder = executed
    assert (folder / "report.html").is_file()
    assert "report.html" in notebook.cells[-1].outputs[-1].data["text/html"]
