import json

from dataset_cartography.decisions import Decision, Line, read_decisions, write_lines


def test_written_lines_are_read_back(tmp_path):
    path = tmp_path / "decisions.jsonl"
    lines = [
        Line(7, Decision("relabel", 'a "new" one\u2028'), "2026-01-01T00:00:00Z", "Ada"),
        Line("é", Decision("drop"), "2026-01-02T00:00:00Z"),
    ]
    write_lines(path, lines)
    assert [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").split("\n")[:-1]] == [7, "é"]
    df = read_decisions(path)
    assert df.to_dict("index") == {
        7: {
            "decision": "relabel",
            "relabel": 'a "new" one\u2028',
            "time": "2026-01-01T00:00:00Z",
            "by": "Ada",
        },
        "é": {"decision": "drop", "relabel": None, "time": "2026-01-02T00:00:00Z", "by": None},
    }
