"""The process that prepares, seen from the server: how far it is, and what it has finished."""

import logging
import multiprocessing
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from dataset_cartography.explorer.prepared import steps
from dataset_cartography.explorer.prepared.examples import LoadExamples
from dataset_cartography.explorer.prepared.steps import Report
from dataset_cartography.explorer.prepared.workspace import STEPS, Workspace, remove

logger = logging.getLogger(__name__)


class Preparation:
    """Follows the process, and hands on what becomes ready.

    Args:
        workspace: Where it writes.
        on_ready: Called with a step's name once it is complete: at once for what an earlier session prepared.
    """

    def __init__(self, workspace: Workspace, on_ready: Callable[[str], None]) -> None:
        self._workspace, self._on_ready = workspace, on_ready
        self._reports = {step: Report(step, "waiting", 0.0, "") for step in STEPS}
        self._process: Any = None
        self._closed = False
        sound = True
        for step in STEPS:
            if not (path := workspace.of_step(step)).exists():
                sound = False
            elif not (sound := sound and self._take(Report(step, "ready", 1.0, ""))):
                # Half written when the machine lost its power, or about texts that were: it is made anew.
                remove(path)
                self._reports[step] = Report(step, "waiting", 0.0, "")

    def start(self, directory: Path, key: str, load: LoadExamples) -> None:
        """Start the process, unless nothing is left to do."""
        if self._workspace.complete:
            return
        # Spawned, not forked: a fork would copy the server's threads in whatever state they are.
        context = multiprocessing.get_context("spawn")
        receiver, sender = context.Pipe(duplex=False)
        self._process = context.Process(
            target=steps.run, args=(sender, directory, self._workspace, key, load), daemon=True
        )
        self._process.start()
        sender.close()
        threading.Thread(target=self._follow, args=(receiver,), daemon=True).start()

    def refuse(self, message: str) -> None:
        """Say that there is nothing to prepare from."""
        for step in STEPS:
            self._reports[step] = Report(step, "failed", 0.0, message)

    def _follow(self, receiver: Any) -> None:
        while True:
            try:
                self._take(receiver.recv())
            except (EOFError, OSError):
                break
        self._process.join()
        if not self._closed:
            self._end()

    def _take(self, report: Report) -> bool:
        """Note a report; whether what it says is ready can be opened."""
        if self._reports[report.step].state == "ready":
            return True
        if report.state == "ready":
            try:
                self._on_ready(report.step)
            except (OSError, ValueError, EOFError, sqlite3.Error) as error:  # Arrow's are among these
                logger.warning("cannot open what was prepared: %s", error)
                why = f"What was prepared cannot be opened ({error}). Start `datamap view` again to prepare it anew."
                self._reports[report.step] = replace(report, state="failed", message=why)
                return False
        self._reports[report.step] = report
        return True

    def _end(self) -> None:
        """What is not ready will not become so."""
        failed = [report.message for report in self._reports.values() if report.state == "failed"]
        why = (
            failed[0]
            if failed
            else (
                f"Preparing the examples ended early (exit code {self._process.exitcode}): the terminal says more. "
                "Start `datamap view` again to go on."
            )
        )
        for step, report in self._reports.items():
            if report.state not in ("ready", "failed"):
                self._reports[step] = replace(report, state="failed", message=why)

    def status(self) -> dict[str, dict[str, Any]]:
        """State, progress and a sentence of each step."""
        told = {step: asdict(report) for step, report in self._reports.items()}
        return {step: {name: told[step][name] for name in ("state", "progress", "message")} for step in told}

    def close(self) -> None:
        """End the process; what it has not finished is made anew another time."""
        self._closed = True
        if self._process is not None:
            self._process.terminate()
            self._process.join(5)
