"""``hurdles check`` on the exemplar: beside ``nbgrader autograde``, and split into what the time is made of."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.table import Row
from hurdles import catalog, paths

__all__ = ["measure"]

AREA, LESSON = "01-data", "1-quality"
RUNS = 3


def measure() -> list[Row]:
    """Grade the author's own solution, in turn with both tools; then once more with clocks inside."""
    with tempfile.TemporaryDirectory(prefix="hurdles-bench-") as folder:
        course, workspace = _course(Path(folder)), Path(folder) / "workspace"
        (workspace / ".hurdles").mkdir(parents=True)
        notebook = course / "submitted" / "ada" / AREA / f"{LESSON}.ipynb"
        ours: list[float] = []
        stock: list[float] = []
        command = [sys.executable, "-m", "hurdles", "check", str(notebook), "--workspace", str(workspace), "--json"]
        _run(command, course)  # the first check also tells the gradebook of the master, as generate_assignment did
        for _ in range(RUNS):
            ours.append(_run(command, course))
            stock.append(_run([sys.executable, "-m", "nbgrader", "autograde", AREA, "--force"], course))
        title = f"`hurdles check` on {AREA}/{LESSON} (stock: `nbgrader autograde`), median of {RUNS}"
        return [Row(title, statistics.median(ours), statistics.median(stock)), *_split(notebook, workspace)]


def _course(folder: Path) -> Path:
    """Make a course as nbgrader wants it, with one submission that solves everything."""
    root = paths.content_root()
    course = folder / "course"
    course.mkdir()
    shutil.copy(root / "nbgrader_config.py", course)
    shutil.copytree(root / "solutions", course / "solutions")
    submitted = course / "submitted" / "ada" / AREA
    submitted.mkdir(parents=True)
    shutil.copy(root / "solutions" / AREA / f"{LESSON}.ipynb", submitted)
    _run([sys.executable, "-m", "nbgrader", "generate_assignment", AREA], course)
    return course


def _run(command: list[str], folder: Path) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return 1000 * (time.perf_counter() - started)


def _split(notebook: Path, workspace: Path) -> list[Row]:
    """Say what one check is made of. Imports are those of this process and of the notebook's own set-up cell."""
    spent: dict[str, float] = defaultdict(float)
    timings: dict[str, float] = {}
    with _clocks(spent):
        from hurdles.grading import check_notebook

        started = time.perf_counter()
        check_notebook(notebook, catalog.load(paths.content_root()), workspace, timings=timings)
        whole = time.perf_counter() - started
    imports = timings["load"] + spent["first cell"]
    rest = whole - imports - spent["kernel"] - spent["cells"] - spent["database"]
    parts = {
        "kernel start": spent["kernel"],
        "imports (nbgrader here, the notebook's libraries in its first cell)": imports,
        "the other cells": spent["cells"],
        "database": spent["database"],
        "the rest (reading, converting, writing, kernel shutdown)": rest,
    }
    return [Row(f"… of which {name}", 1000 * seconds) for name, seconds in parts.items()]


@contextmanager
def _clocks(spent: dict[str, float]) -> Iterator[None]:
    """Put clocks around starting a kernel, running a cell, and talking to the database."""
    from nbclient import NotebookClient
    from sqlalchemy import event
    from sqlalchemy.engine import Engine
    from sqlalchemy.engine.default import DefaultDialect

    start, run = NotebookClient.start_new_kernel_client, NotebookClient.execute_cell

    def timed_start(self: Any, *arguments: Any, **options: Any) -> Any:
        begun = time.perf_counter()
        try:
            return start(self, *arguments, **options)
        finally:
            spent["kernel"] += time.perf_counter() - begun

    def timed_run(self: Any, cell: Any, *arguments: Any, **options: Any) -> Any:
        begun = time.perf_counter()
        first = cell.cell_type == "code" and not self.code_cells_executed
        try:
            return run(self, cell, *arguments, **options)
        finally:
            spent["first cell" if first else "cells"] += time.perf_counter() - begun

    commit: Callable[[Any, Any], None] = DefaultDialect.do_commit

    def timed_commit(self: Any, connection: Any) -> None:
        begun = time.perf_counter()
        commit(self, connection)
        spent["database"] += time.perf_counter() - begun

    marks: list[float] = []

    def before(*_: Any) -> None:
        marks.append(time.perf_counter())

    def after(*_: Any) -> None:
        if marks:
            spent["database"] += time.perf_counter() - marks.pop()

    pairs = [("before_cursor_execute", before), ("after_cursor_execute", after)]
    for name, listener in pairs:
        event.listen(Engine, name, listener)
    with (
        mock.patch.object(NotebookClient, "start_new_kernel_client", timed_start),
        mock.patch.object(NotebookClient, "execute_cell", timed_run),
        mock.patch.object(DefaultDialect, "do_commit", timed_commit),
    ):
        try:
            yield
        finally:
            for name, listener in pairs:
                event.remove(Engine, name, listener)
