"""``hurdles check`` on the exemplar: beside ``nbgrader autograde``, and split into what the time is made of."""

from __future__ import annotations

import statistics
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
from benchmarks.warm import RUNS, STOCK, home, in_turn, make_course, run
from hurdles import catalog, paths
from hurdles.kernels import NAME

__all__ = ["measure"]

AREA, LESSON = "01-data", "1-quality"


def measure() -> list[Row]:
    """Check the author's own solution, warm and stock and with nbgrader, in turn; then once more with clocks inside."""
    with home(), tempfile.TemporaryDirectory(prefix="hurdles-bench-") as folder:
        master = paths.content_root() / "solutions" / AREA / f"{LESSON}.ipynb"
        course, workspace = make_course(Path(folder), AREA, master, 1), Path(folder) / "workspace"
        (workspace / ".hurdles").mkdir(parents=True)
        notebook = course / "submitted" / "student-0" / AREA / f"{LESSON}.ipynb"
        command = [sys.executable, "-m", "hurdles", "check", str(notebook), "--workspace", str(workspace), "--json"]
        # The first check also tells the gradebook of the master; after the second, both warm processes are there.
        for _ in range(3):
            run(command, course, NAME)
            time.sleep(6.0)
        ours, stock = in_turn(lambda kind: run(command, course, kind))
        grade = [sys.executable, "-m", "nbgrader", "autograde", AREA, "--force"]
        theirs = statistics.median(run(grade, course, STOCK) for _ in range(RUNS))
        return [
            Row(f"`hurdles check` on {AREA}/{LESSON} (stock: without warm processes), median of {RUNS}", ours, stock,
                limit=stock / 4),
            Row(f"`hurdles check` on {AREA}/{LESSON} (stock: `nbgrader autograde`), median of {RUNS}", ours, theirs),
            *_split(notebook, workspace),
        ]  # fmt: skip


def _split(notebook: Path, workspace: Path) -> list[Row]:
    """Say what one check with a warm kernel is made of, once nbgrader is imported."""
    from hurdles.grading import check_notebook

    check_notebook(notebook, catalog.load(paths.content_root()), workspace)
    time.sleep(1.0)
    spent: dict[str, float] = defaultdict(float)
    with _clocks(spent):
        started = time.perf_counter()
        check_notebook(notebook, catalog.load(paths.content_root()), workspace)
        whole = time.perf_counter() - started
    parts = {
        "kernel start": spent["kernel"],
        "the set-up cell": spent["first cell"],
        "the other cells": spent["cells"],
        "database": spent["database"],
        "the rest (reading, converting, validating, writing, kernel shutdown)": whole - sum(spent.values()),
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
