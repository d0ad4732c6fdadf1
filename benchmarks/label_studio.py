"""Whether a real Label Studio takes our tasks and gives corrections back: a whole round, outside CI.

    python -m venv label_studio && label_studio/bin/pip install label-studio==1.23.2
    python benchmarks/label_studio.py --label_studio label_studio/bin/label-studio

Label Studio wants an environment of its own (it pins old versions of much), about 1 GB, and no network. The script
records two small runs (the offline encoder), exports their hard examples, starts the server with an SQLite database in
a temporary folder, makes a project of our interface, imports our tasks, annotates one through the API, exports the
project, and brings the correction back with `datamap import` and `datamap apply`. It ends with exit code 1 where
something is not as it should be.
"""

import argparse
import csv
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105 - of a server that lives for a minute
HOSTILE = ['<b>bold</b> & "quoted"', "$price", "{{7*7}}", "]]>", "it's"]
N = 8  # tasks of each project


def write_classification(path: Path) -> None:
    """A dataset of labelled texts, some labels wrong, the labels' names not fit for XML without escaping."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "label"])
        for number in range(60):
            kind = number % len(HOSTILE)
            label = HOSTILE[kind if number % 10 else (kind + 1) % len(HOSTILE)]
            text = f"Note {number} <script>alert(1)</script> tells of subject number {kind}, 🦉 and nothing else."
            writer.writerow([f"c{number}", text, label])


def run(*command: str | Path) -> str:
    """Run a command; its output, or the script ends with what it said."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, env=environment)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def datamap(*words: str | Path) -> str:
    """Run a verb of `datamap`."""
    code = "import sys; from dataset_cartography.cli.datamap import main; sys.exit(main())"
    return run(sys.executable, "-c", code, *words)


def record(folder: Path, dataset: str, task: str) -> Path:
    """Record a small run, where that was not done before; its cartography directory."""
    directory = folder / f"map_{task}"
    if directory.exists():
        return directory
    run(
        *(
            sys.executable,
            ROOT / "run.py",
            "--do_train",
            "--task",
            task,
            "--dataset",
            dataset,
            "--model",
            "demo",
        ),
        *("--output_dir", folder / f"model_{task}", "--num_train_epochs", "3", "--max_length", "128"),
        *("--use_cpu", "True", "--save_strategy", "no", "--enable_cartography"),
        *("--cartography_output_dir", directory),
    )
    return directory


class Server:
    """A running Label Studio."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def ask(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """One request of its API; the parsed answer, or the script ends with what it said."""
        request = urllib.request.Request(  # noqa: S310 - our own address
            self.address + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Token {TOKEN}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            sys.exit(f"{path}: {error.code} {error.read().decode(errors='replace')[:2000]}")


@contextmanager
def serving(executable: Path, folder: Path) -> Iterator[Server]:
    """Start Label Studio with a database of its own, and end it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder),
        "LABEL_STUDIO_USERNAME": "round@example.org",
        "LABEL_STUDIO_PASSWORD": "only-for-this-round",
        "LABEL_STUDIO_USER_TOKEN": TOKEN,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "COLLECT_ANALYTICS": "false",
        "LATEST_VERSION_CHECK": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
        "DJANGO_DB": "sqlite",
    }
    log = folder / "server.log"
    command = [executable, "start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(port)]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    server = Server(port)
    try:
        for _ in range(180):
            if process.poll() is not None:
                sys.exit(f"Label Studio ended:\n{log.read_text()[-3000:]}")
            try:
                version = server.ask("/api/version")["release"]
                print(f"Label Studio {version} is up")
                break
            except OSError:
                time.sleep(1)
        else:
            sys.exit(f"Label Studio did not answer within three minutes:\n{log.read_text()[-3000:]}")
        yield server
    finally:
        process.terminate()
        process.wait()


def check(what: str, found: Any, expected: Any) -> None:
    """Print a finding; the script ends where it is not the expected one."""
    print(f"  {what}: {found}")
    if found != expected:
        sys.exit(f"expected {expected}")


def round_trip(server: Server, folder: Path, directory: Path, dataset: str, task: str) -> None:
    """Export, import, annotate, export, import, apply."""
    print(f"\n{task}")
    review = folder / f"review_{task}"
    datamap("export", "label-studio", directory, review, "--dataset", dataset, "--task", task, "--n", str(N))
    tasks = json.loads((review / "label_studio_tasks.json").read_text())
    config = (review / "label_studio_config.xml").read_text()
    project = server.ask("/api/projects", {"title": f"Round of {task}", "label_config": config})["id"]
    told = server.ask(f"/api/projects/{project}/import", tasks)
    predicted = sum(len(one.get("predictions", [])) for one in tasks)
    check("tasks imported", told["task_count"], N)
    check("predictions imported", told["prediction_count"], predicted)
    listed = server.ask(f"/api/tasks?project={project}&page_size=100&fields=all")["tasks"]
    check("tasks listed", len(listed), N)
    check("scores kept", scores(listed), scores(tasks))

    changed, dropped, agreed = listed[:3]
    expected, result = correction(changed["data"], task)
    annotate(server, changed, [result])
    target = result["to_name"]
    annotate(server, dropped, [choice("judgement", target, "drop")])
    annotate(server, agreed, [choice("judgement", target, "ok")])
    exported = server.ask(f"/api/projects/{project}/export?exportType=JSON&download_all_tasks=true")
    check("tasks exported", len(exported), N)
    (folder / f"{task}.json").write_text(json.dumps(exported))

    decisions, corrected = folder / f"{task}.decisions.jsonl", folder / f"{task}.corrected.jsonl"
    print(
        "  "
        + datamap("import", "label-studio", folder / f"{task}.json", decisions).replace("\n", "\n  ").rstrip()
    )
    told = datamap(
        *(
            "apply",
            directory,
            "--decisions",
            decisions,
            "--dataset",
            dataset,
            "--task",
            task,
            "--output",
            corrected,
        )
    )
    print("  " + told.replace("\n", "\n  ").rstrip())
    rows = {row["id"]: row for row in map(json.loads, corrected.read_text().splitlines())}
    column = "answers" if task == "qa" else "label"
    check("the corrected label", rows[changed["data"]["example_id"]][column], expected)
    check("the dropped example is there", dropped["data"]["example_id"] in rows, False)


def scores(tasks: list[dict[str, Any]]) -> list[float]:
    """The scores of the tasks' predictions, in order."""
    return sorted(round(one["score"], 6) for task in tasks for one in task.get("predictions", []))


def correction(data: dict[str, Any], task: str) -> tuple[Any, dict[str, Any]]:
    """Another label than the one of a task, as the dataset writes it and as Label Studio does."""
    if task == "qa":
        context = data["context"]
        start = context.index(" ") + 1
        end = context.index(" ", start)
        text = context[start:end]
        value = {"start": start, "end": end, "text": text, "labels": ["Answer"]}
        region = {"from_name": "answer", "to_name": "context", "type": "labels", "value": value}
        return {"text": [text], "answer_start": [start]}, region
    label = next(name for name in HOSTILE if name != data["gold"])
    return label, choice("label", "text", label)


def choice(name: str, target: str, value: str) -> dict[str, Any]:
    """One ticked choice as Label Studio writes it."""
    return {"from_name": name, "to_name": target, "type": "choices", "value": {"choices": [value]}}


def annotate(server: Server, task: dict[str, Any], result: list[dict[str, Any]]) -> None:
    """Submit an annotation."""
    server.ask(f"/api/tasks/{task['id']}/annotations/", {"result": result})


def main() -> None:
    """Run both rounds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--label_studio", type=Path, required=True, help="the command label-studio")
    parser.add_argument(
        "--folder", type=Path, help="where everything goes, kept (default: a temporary folder)"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (arguments.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        dataset = folder / "texts.csv"
        write_classification(dataset)
        maps = {"classification": (str(dataset), record(folder, str(dataset), "classification"))}
        maps["qa"] = ("demo:60", record(folder, "demo:60", "qa"))
        with serving(arguments.label_studio, folder) as server:
            for task, (data, directory) in maps.items():
                round_trip(server, folder, directory, data, task)
    print("\nEverything came back as it should.")


if __name__ == "__main__":
    main()
