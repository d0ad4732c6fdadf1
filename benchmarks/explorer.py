"""Drive `datamap view` on millions of generated examples, as a person would.

    python benchmarks/explorer.py [--examples 2000000] [--epochs 5] [--repeat 20] [--folder DIR] [--no_browser]

Generates a map, its log and a dataset with text in a temporary folder, starts the command as a process of its own, and
measures in headless Chromium (CHROMIUM names another one; needs playwright) and over HTTP: the first picture, counted
from the start of the command without that of the browser; a pan or zoom's answer; a lasso and its table; a search. Then
it decides 50 examples with one key each, kills the server with SIGKILL, starts it anew and looks for all 50. The memory
is the most that the server's process ever had resident while its examples were prepared and all of this was asked; that
of the process that prepares is told beside it.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

BARS = {"first picture": 5.0, "pan or zoom": 0.3, "lasso to table": 1.0}
MEMORY_BAR = 2.0  # GB
WORDS = 20_000
TRIAGED = 50
START = "from dataset_cartography.cli.datamap import main; raise SystemExit(main())"
LABELS = ("dosage", "history", "date", "reason")


def write_map(folder: Path, examples: int, epochs: int) -> None:
    """A log whose probabilities rise, and its map."""
    from dataset_cartography import compute_metrics
    from dataset_cartography.log import LogPaths, LogWriter, Manifest

    rng = np.random.default_rng(0)
    ids = np.array([f"example-{number:07d}" for number in range(examples)], dtype=object)
    yes = np.ones(examples, bool)
    facts = {"answerable": yes, "has_answer_window": yes, "windows": yes.astype(np.int32)}
    provenance = {"dataset": "generated", "split": "train", "labels": list(LABELS)}
    manifest = Manifest("classification", "in_training", "string", examples, provenance=provenance)
    writer = LogWriter.create(folder, manifest, ids, facts)
    ease = rng.normal(1.0, 2.0, examples)
    for epoch in range(1, epochs + 1):
        logit = ease + 0.5 * epoch + rng.normal(0, 1.2, examples)
        for start in range(0, examples, 131_072):
            part = slice(start, start + 131_072)
            logprob = -np.logaddexp(0, -logit[part])
            rows: dict[str, Any] = {
                "example": np.arange(start, start + len(logprob)),
                "global_step": np.full(len(logprob), epoch - 1),
                "gold_logprob": logprob,
                "margin": logit[part],
                "el2n": 1 - np.exp(logprob),
                "correct": logit[part] > 0,
                "prediction": np.where(logit[part] > 0, 0, 1),
            }
            writer.write_part(epoch, rows)
        writer.close_epoch(epoch, epoch)
    compute_metrics(folder).to_parquet(LogPaths(folder).metrics_parquet)


def write_dataset(path: Path, examples: int) -> None:
    """A Parquet file of notes of some 40 words each, about 250 characters."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(1)
    letters = rng.integers(97, 123, (WORDS, 9)).astype(np.uint8)
    words = [bytes(row[: 3 + number % 7]).decode() for number, row in enumerate(letters)]
    share = 1 / np.arange(1, WORDS + 1)
    schema = pa.schema(
        [("id", pa.string()), ("text", pa.string()), ("label", pa.string()), ("ward", pa.string())]
    )
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for start in range(0, examples, 50_000):
            count = min(50_000, examples - start)
            picked = rng.choice(WORDS, (count, 40), p=share / share.sum()).tolist()
            columns = [
                [f"example-{number:07d}" for number in range(start, start + count)],
                [" ".join(words[place] for place in row) for row in picked],
                [LABELS[number % 4] for number in range(start, start + count)],
                [f"ward {number % 12}" for number in range(start, start + count)],
            ]
            writer.write_table(pa.table(columns, schema=schema))


class Server:
    """`datamap view` as a process; its address, and the memory of it and of the process it prepares with."""

    def __init__(self, folder: Path, dataset: Path, home: Path) -> None:
        self.began = time.perf_counter()
        command = [sys.executable, "-c", START, "view", str(folder)]
        command += ["--dataset", str(dataset), "--no_browser"]
        environment = {**os.environ, "HF_DATASETS_CACHE": str(home), "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True
        )
        lines = self.process.stdout or ()
        self.address = next(line.strip() for line in lines if line.strip().startswith("http"))
        self.listening = time.perf_counter() - self.began
        self.beside = 0  # bytes
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while self.process.poll() is None:
            self.beside = max([self.beside, *(_resident(child) for child in _children(self.process.pid))])
            time.sleep(0.2)

    def peak(self) -> int:
        """The most bytes that the server's process had resident."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return 1024 * int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])

    def ask(self, name: str, body: Any = None) -> Any:
        """One question over HTTP."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.address}api/{name}", data, headers)  # noqa: S310 - our own
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return json.load(answer)

    def wait_until_prepared(self) -> dict[str, float]:
        """Seconds from the start until each step was ready."""
        ready: dict[str, float] = {}
        while len(ready) < 3:
            for step, told in self.ask("status").items():
                if told["state"] == "failed":
                    raise SystemExit(f"{step}: {told['message']}")
                if told["state"] == "ready":
                    ready.setdefault(step, time.perf_counter() - self.began)
            time.sleep(0.5)
        return ready

    def kill(self) -> None:
        """SIGKILL: nothing can be tidied up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _resident(pid: int) -> int:
    with contextlib.suppress(OSError, ValueError):
        return 4096 * int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return 0


def windows() -> Iterator[dict[str, float]]:
    """Ever other parts of the map, wide and narrow."""
    rng = np.random.default_rng(2)
    while True:
        size = float(rng.choice([1.0, 0.6, 0.25, 0.05]))
        x, y = rng.uniform(0, 1 - size, 2) if size < 1 else (0.0, 0.0)
        yield {"x0": 0.5 * x, "x1": 0.5 * (x + size), "y0": float(y), "y1": float(y + size)}


def lassos() -> Iterator[list[list[float]]]:
    """Ever other loops of 120 corners, as a hand draws them."""
    rng = np.random.default_rng(3)
    while True:
        turn = np.linspace(0, 2 * np.pi, 120, endpoint=False)
        radius = rng.uniform(0.08, 0.25) * (1 + 0.2 * np.sin(5 * turn + rng.uniform(0, 6)))
        middle = rng.uniform(0.35, 0.65, 2)
        corners = np.stack([0.5 * (middle[0] + radius * np.cos(turn)), middle[1] + radius * np.sin(turn)], 1)
        yield corners.tolist()


def over_http(server: Server, names: Sequence[str], repeat: int) -> dict[str, list[float]]:
    """Seconds of each question."""
    times: dict[str, list[float]] = {name: [] for name in names}
    grid = {"columns": 220, "rows": 160}
    for word, window, lasso in zip(range(repeat), windows(), lassos(), strict=False):
        page = {"sort": "confidence", "descending": False, "offset": 0, "limit": 50}
        asked = {
            "pan or zoom": ("view", {**window, **grid, "query": {}}),
            "lasso to table": ("select", {"query": {"polygon": lasso}, **page}),
            "search to table": ("select", {"query": {"search": f"example {word:07d}"[:13]}, **page}),
        }
        for name in names:
            begin = time.perf_counter()
            server.ask(*asked[name])
            times[name].append(time.perf_counter() - begin)
    return times


def triage_over_http(server: Server) -> set[str]:
    """Decide 50 examples; their ids."""
    rows = server.ask("select", {"query": {"categories": ["hard"]}, "limit": TRIAGED})["rows"]
    for row in rows:
        server.ask("decide", {"index": row["index"], "decision": "wrong_label"})
    return {row["id"] for row in rows}


class Browser:
    """The explorer's page in headless Chromium, driven by mouse and keyboard.

    Args:
        address: The server's.
    """

    def __init__(self, address: str) -> None:
        from playwright.sync_api import sync_playwright

        chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        self.page = self._browser.new_page(viewport={"width": 1280, "height": 900})
        # The browser itself was started after the server: only what the page takes counts.
        begin = time.perf_counter()
        self.page.goto(address)
        self.page.wait_for_selector('body[data-ready="true"]', timeout=60_000)
        self.first_picture = time.perf_counter() - begin

    def settle(self) -> None:
        """Wait until nothing is asked any more."""
        self.page.wait_for_timeout(20)
        self.page.wait_for_selector('body[data-busy="false"]', timeout=60_000)

    def plot(self) -> dict[str, float]:
        """The plot's rectangle in the window's pixels."""
        script = "const { x, y } = map.getBoundingClientRect(); const d = map.dataset;"
        script += "return {left: x + +d.left, top: y + +d.top, width: +d.width, height: +d.height}"
        found: dict[str, float] = self.page.evaluate(
            f"() => {{ const map = document.querySelector('#map'); {script} }}"
        )
        return found

    def zoom_and_pan(self) -> list[float]:
        """Turn the wheel, then drag; seconds until each sharper picture is there."""
        plot = self.plot()
        x, y = plot["left"] + plot["width"] * 0.3, plot["top"] + plot["height"] * 0.4
        self.page.click("#tool-pan")
        self.page.mouse.move(x, y)
        zoomed = self._answered(lambda: self.page.mouse.wheel(0, -400))
        self.page.mouse.down()
        self.page.mouse.move(x + 80, y + 60, steps=3)
        return [zoomed, self._answered(self.page.mouse.up)]

    def lasso(self, corners: list[list[float]]) -> float:
        """Draw a lasso; seconds from letting go until its table is there."""
        plot = self.plot()
        self.page.click("#tool-lasso")
        places = [
            (plot["left"] + 2 * x * plot["width"], plot["top"] + (1 - y) * plot["height"]) for x, y in corners
        ]
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1::4]:
            self.page.mouse.move(*place)
        begin = time.perf_counter()
        before = self.page.inner_text("#count")
        self.page.mouse.up()
        self.page.wait_for_function("text => document.querySelector('#count').innerText !== text", arg=before)
        taken = time.perf_counter() - begin
        self.settle()
        return taken

    def _answered(self, act: Callable[[], Any]) -> float:
        """Seconds from the page's question for the view that an act asks for to the end of its answer."""
        with self.page.expect_response(lambda answer: "api/view" in answer.url) as answered:
            act()
        answered.value.finished()
        timing = answered.value.request.timing
        self.settle()
        return float(timing["responseEnd"] - timing["requestStart"]) / 1000

    def triage(self) -> set[str]:
        """Decide 50 examples with one key each; their ids."""
        self.page.reload()
        self.page.wait_for_selector('body[data-ready="true"]')
        self.settle()
        ids = self.page.eval_on_selector_all(
            "#table tr[data-index]", "rows => rows.map(row => row.dataset.id)"
        )
        self.page.keyboard.press("j")
        self.settle()
        for _ in range(TRIAGED):
            self.page.keyboard.press("w")
            self.settle()
        return set(ids[:TRIAGED])

    def close(self) -> None:
        """End the browser."""
        self._browser.close()
        self._playwright.stop()


def in_browser(browser: Browser, repeat: int) -> dict[str, list[float]]:
    """Seconds of each act."""
    times: dict[str, list[float]] = {"pan or zoom": [], "lasso to table": []}
    for _, lasso in zip(range(repeat), lassos(), strict=False):
        times["pan or zoom"] += browser.zoom_and_pan()
        browser.page.click("#reset-view")
        browser.settle()
        times["lasso to table"].append(browser.lasso(lasso))
    browser.page.click("#clear-selection")
    browser.settle()
    return times


def report(name: str, values: list[float]) -> None:
    """Print a median beside its bar."""
    bar = f" (bar {BARS[name]:g} s)" if name in BARS else ""
    print(
        f"  {name}: {statistics.median(values):.3f} s{bar}, of {len(values)}: {min(values):.3f} to {max(values):.3f}"
    )


def decided(server: Server, ids: set[str]) -> int:
    """How many of the ids the server says are decided."""
    rows = server.ask("select", {"query": {"decisions": ["wrong_label"]}, "limit": 1000})["rows"]
    return len(ids & {row["id"] for row in rows})


def main() -> None:
    """Generate, start, ask, kill, look again."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--examples", type=int, default=2_000_000)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--folder", type=Path, help="keep what is generated here, and use it if it is there")
    parser.add_argument("--no_browser", action="store_true", help="ask over HTTP only")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        root = arguments.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder, dataset = root / "map", root / "notes.parquet"
        if not dataset.exists():
            write_map(folder, arguments.examples, arguments.epochs)
            write_dataset(dataset, arguments.examples)
        print(f"datamap view on {arguments.examples:,} examples × {arguments.epochs} epochs")
        server = Server(folder, dataset, root / "datasets")
        stack.callback(lambda: server.kill())
        print(f"  listening: {server.listening:.2f} s")
        browser = None
        if not arguments.no_browser:
            browser = Browser(server.address)
            stack.callback(browser.close)
            report("first picture", [server.listening + browser.first_picture])
        names = ["pan or zoom", "lasso to table"]
        print("while the examples are prepared, over HTTP:")
        for name, values in over_http(server, names, arguments.repeat).items():
            report(name, values)
        ready = server.wait_until_prepared()
        print("prepared: " + ", ".join(f"{step} {seconds:.0f} s" for step, seconds in ready.items()))
        print("then, over HTTP:")
        for name, values in over_http(server, [*names, "search to table"], arguments.repeat).items():
            report(name, values)
        if browser is not None:
            print("then, in the browser:")
            for name, values in in_browser(browser, arguments.repeat).items():
                report(name, values)
        ids = browser.triage() if browser else triage_over_http(server)
        print(f"memory of the server: {server.peak() / 1e9:.2f} GB (bar {MEMORY_BAR:g} GB)")
        print(f"memory of the process that prepares: {server.beside / 1e9:.2f} GB")
        server.kill()
        server = Server(folder, dataset, root / "datasets")
        print(f"killed with SIGKILL and started again: listening after {server.listening:.2f} s")
        print(f"decisions still there: {decided(server, ids)} of {TRIAGED} (bar {TRIAGED})")


if __name__ == "__main__":
    main()
