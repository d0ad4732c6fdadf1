"""`datamap view`: what it refuses, what it hands on, and the whole command as a process that is killed."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from dataset_cartography.cli import datamap, view
from dataset_cartography.decisions import read_decisions
from dataset_cartography.explorer import MapFile
from logs import make_log, rows

EXAMPLES = 40


def write_dataset(path, examples=EXAMPLES, word="note"):
    lines = [
        {"id": f"e{k}", "text": f"A {word} about number{k}.", "label": ["yes", "no"][k % 2]}
        for k in range(examples)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture
def recorded(tmp_path):
    """A cartography directory of 40 examples over three epochs, and the dataset that its manifest names."""
    write_dataset(tmp_path / "data.jsonl")
    writer = make_log(tmp_path / "map", EXAMPLES)
    for epoch in (1, 2, 3):
        losses = np.linspace(0.05, 2, EXAMPLES, dtype=np.float32)
        signals = {"gold_logprob": -losses, "correct": losses < 1, "prediction": np.arange(EXAMPLES) % 2}
        writer.write_part(epoch, rows(list(range(EXAMPLES)), epoch) | signals)
        writer.close_epoch(epoch, epoch)
    manifest = json.loads((tmp_path / "map" / "manifest.json").read_text())
    manifest["provenance"] = {"dataset": str(tmp_path / "data.jsonl"), "split": "train"}
    (tmp_path / "map" / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


@pytest.fixture
def served(monkeypatch):
    """What `run_view` hands to `serve_explorer`, which serves nothing here."""
    calls = []

    def serve(directory, load_examples, *, on_ready, **options):
        calls.append({"directory": directory, "load": load_examples, **options})
        on_ready("http://127.0.0.1:1/token/")

    monkeypatch.setattr(view, "serve_explorer", serve)
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    return calls, opened


def run(*argv):
    return datamap.main(["view", *map(str, argv)])


def test_a_directory_without_a_map(refused, tmp_path):
    sentence = refused(datamap.main, "view", tmp_path / "none", "--dataset", "demo")
    assert sentence.startswith(
        "No cartography files found in 'TMP/none': looked for cartography_metrics.parquet"
    )


def test_the_map_does_not_say_which_dataset(refused, recorded):
    manifest = json.loads((recorded / "map" / "manifest.json").read_text())
    (recorded / "map" / "manifest.json").write_text(json.dumps(manifest | {"provenance": {}}))
    assert refused(datamap.main, "view", recorded / "map") == (
        "The map does not say which dataset it was recorded on: name it with --dataset, as given to run.py."
    )


def test_a_port_that_is_taken(refused, recorded):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sentence = refused(datamap.main, "view", recorded / "map", "--no_browser", "--port", port)
    assert sentence.startswith(f"Cannot listen at 127.0.0.1, port {port}: ")
    assert sentence.endswith(". Give another --port or --host.")


def test_decisions_that_cannot_be_written(refused, recorded):
    sentence = refused(datamap.main, "view", recorded / "map", "--decisions", recorded / "no" / "d.jsonl")
    assert sentence == (
        "Cannot write decisions to 'TMP/no/d.jsonl': No such file or directory. Give another file (--decisions)."
    )


def test_the_address_is_printed_and_opened(recorded, served, capsys):
    calls, opened = served
    assert run(recorded / "map", "--by", "Ada", "--title", "Ours") == 0
    assert capsys.readouterr().out == (
        "The explorer is at\n  http://127.0.0.1:1/token/\nCtrl-C ends it; decisions are saved as they are made.\n"
    )
    assert opened == ["http://127.0.0.1:1/token/"]
    call = calls[0]
    assert (call["by"], call["title"], call["host"], call["port"]) == ("Ada", "Ours", "127.0.0.1", 0)
    df = call["categorize"](MapFile(recorded / "map").frame(["confidence", "variability"]))
    assert set(df["category"]) == {"easy", "hard"}
    assert len(call["load"]()) == EXAMPLES
    run(recorded / "map", "--no_browser")
    assert len(opened) == 1


def test_the_key_changes_with_the_dataset(recorded, served):
    calls, _ = served
    run(recorded / "map")
    run(recorded / "map")
    run(recorded / "map", "--label_column", "label")
    write_dataset(recorded / "data.jsonl", word="memo")
    run(recorded / "map")
    keys = [call["examples_key"] for call in calls]
    assert keys[0] == keys[1]
    assert len(set(keys[1:])) == 3


def test_the_key_changes_with_a_file_deep_in_a_folder(recorded, served):
    calls, _ = served
    part = recorded / "saved" / "train" / "part-0.arrow"
    part.parent.mkdir(parents=True)
    for content in ("one", "three"):
        part.write_text(content)
        run(recorded / "map", "--dataset", recorded / "saved")
    assert calls[0]["examples_key"] != calls[1]["examples_key"]


def test_another_host_is_warned_of(recorded, served, caplog):
    run(recorded / "map", "--host", "127.0.0.2")
    run(recorded / "map", "--host", "localhost")
    assert "whoever can reach this machine" not in caplog.text
    run(recorded / "map", "--host", "0.0.0.0")
    assert caplog.messages[-1] == (
        "listening at 0.0.0.0: whoever can reach this machine and has the page's address can read the examples and "
        "decide"
    )


class Process:
    """`datamap view` as a process of its own."""

    def __init__(self, folder, *argv):
        code = "from dataset_cartography.cli.datamap import main; raise SystemExit(main())"
        command = [sys.executable, "-c", code, "view", str(folder / "map"), "--no_browser", *argv]
        environment = {**os.environ, "HF_DATASETS_CACHE": str(folder / "cache"), "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        found = (line.strip() for line in self.process.stdout if line.strip().startswith("http"))
        self.address = next(found, None)

    def ask(self, name, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.address}api/{name}", data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def wait(self):
        """Wait until every step is ready or failed; the states."""
        for _ in range(600):
            status = self.ask("status")
            if all(step["state"] in ("ready", "failed") for step in status.values()):
                return status
            time.sleep(0.1)
        raise AssertionError(status)

    def children(self):
        told = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(child) for child in told.split()]

    def end(self, number=signal.SIGINT):
        """Send a signal; the exit code and what was said on standard error."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said


@pytest.fixture
def start(recorded):
    running = []

    def make(*argv):
        running.append(Process(recorded, *argv))
        return running[-1]

    yield make
    for process in running:
        with contextlib.suppress(ProcessLookupError):
            process.process.kill()
        process.process.communicate()


@pytest.mark.slow
def test_decisions_survive_a_kill_and_what_is_prepared_is_used_again(recorded, start):
    server = start()
    assert {step["state"] for step in server.wait().values()} == {"ready"}
    rows = server.ask("select", {"query": {"search": "number1"}, "limit": 50})["rows"]
    assert {row["id"] for row in rows} == {"e1", *(f"e{k}" for k in range(10, 20))}
    assert rows[0]["text"] == "A note about number1."
    for index in range(EXAMPLES):
        server.ask("decide", {"index": index, "decision": "drop" if index % 2 else "ok"})
    assert server.end(signal.SIGKILL)[0] == -signal.SIGKILL
    server = start()
    assert {step["state"] for step in server.ask("status").values()} == {"ready"}
    assert server.children() == []
    assert server.ask("select", {"query": {"decisions": ["drop"]}})["total"] == EXAMPLES // 2
    assert server.ask("undo", {})["id"] == f"e{EXAMPLES - 1}"
    assert server.end() == (0, "")
    decisions = read_decisions(recorded / "map")
    assert decisions["decision"].value_counts().to_dict() == {"ok": EXAMPLES // 2, "drop": EXAMPLES // 2 - 1}


@pytest.mark.slow
def test_a_kill_while_preparing_leaves_nothing_broken(recorded, start):
    server = start()
    children = server.children()
    assert children
    server.end(signal.SIGKILL)
    for _ in range(100):
        if not any(Path(f"/proc/{child}").exists() for child in children):
            break
        time.sleep(0.1)
    else:
        raise AssertionError(children)
    server = start()
    assert {step["state"] for step in server.wait().values()} == {"ready"}
    assert server.end() == (0, "")
    assert not list((recorded / "map" / "explorer").rglob("*.tmp"))


@pytest.mark.slow
def test_a_dataset_that_changed_is_prepared_anew(recorded, start):
    server = start()
    server.wait()
    server.end()
    before = [path.name for path in (recorded / "map" / "explorer").iterdir() if path.is_dir()]
    write_dataset(recorded / "data.jsonl", word="memo")
    server = start()
    server.wait()
    assert server.ask("select", {"query": {"search": "memo"}})["total"] == EXAMPLES
    server.end()
    after = [path.name for path in (recorded / "map" / "explorer").iterdir() if path.is_dir()]
    assert len(before) == len(after) == 1
    assert before != after


@pytest.mark.slow
def test_a_dataset_that_cannot_be_read_leaves_the_map(recorded, start):
    write_dataset(recorded / "data.jsonl")
    (recorded / "data.jsonl").write_text("{oh\n")
    server = start()
    status = server.wait()
    assert {step["state"] for step in status.values()} == {"failed"}
    assert "data.jsonl" in status["text"]["message"]
    assert status["search"]["message"] == status["text"]["message"]
    assert server.ask("select", {"query": {}, "sort": "confidence"})["total"] == EXAMPLES
    assert server.ask("detail?index=3")["curve"] != []
    server.end()


@pytest.mark.slow
def test_two_explorers_do_not_write_to_one_file(recorded, start):
    first = start()
    second = start()
    assert second.address is None
    _, said = second.process.communicate(timeout=30)
    assert second.process.returncode == 2
    assert said.strip().splitlines()[-1] == (
        f"error: Another explorer is writing decisions to '{recorded / 'map' / 'decisions.jsonl'}': use that one, or "
        "give this one another file (--decisions)."
    )
    third = start("--decisions", str(recorded / "mine.jsonl"))
    assert {step["state"] for step in third.wait().values()} == {"ready"}
    first.end()
    third.end()
