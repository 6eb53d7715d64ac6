"""``hurdles check`` on the exemplar: beside ``nbgrader autograde``, and split into what the time is made of."""

from __future__ import annotations

import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.table import Row
from benchmarks.warm import RUNS, STOCK, VARIABLE, home, in_turn, make_course, run
from hurdles import catalog, grader, kernels, paths
from hurdles.kernels import NAME

__all__ = ["measure"]

AREA, LESSON = "01-data", "1-quality"
FIRSTS = 5


def measure() -> list[Row]:
    """Check the author's own solution, warm and stock and with nbgrader, in turn; then once more with clocks inside.

    The warm processes are those that `hurdles lab` starts: what a learner's first check in it takes is measured, too.
    """
    with home(), tempfile.TemporaryDirectory(prefix="hurdles-bench-") as folder:
        master = paths.content_root() / "solutions" / AREA / f"{LESSON}.ipynb"
        course = make_course(Path(folder), AREA, master, 1)
        notebook = course / "submitted" / "student-0" / AREA / f"{LESSON}.ipynb"
        workspaces = (Path(folder) / f"workspace-{number}" for number in itertools.count())
        environment = {**os.environ, VARIABLE: NAME}
        kernels.begin(environment)
        grader.begin(environment)
        _wait_for(2)

        def check(workspace: Path) -> list[str]:
            (workspace / ".hurdles").mkdir(parents=True, exist_ok=True)
            return [sys.executable, "-m", "hurdles", "check", str(notebook), "--workspace", str(workspace), "--json"]

        first, first_stock = in_turn(lambda kind: run(check(next(workspaces)), course, kind), FIRSTS)
        usual = check(next(workspaces))
        run(usual, course, NAME)
        ours, stock = in_turn(lambda kind: run(usual, course, kind))
        grade = [sys.executable, "-m", "nbgrader", "autograde", AREA, "--force"]
        theirs = statistics.median(run(grade, course, STOCK) for _ in range(RUNS))
        return [
            Row(f"`hurdles check` on {AREA}/{LESSON}, the first in a workspace (stock: without warm processes), "
                f"median of {FIRSTS}", first, first_stock),
            Row(f"`hurdles check` on {AREA}/{LESSON} (stock: without warm processes), median of {RUNS}", ours, stock,
                limit=stock / 4),
            Row(f"`hurdles check` on {AREA}/{LESSON} (stock: `nbgrader autograde`), median of {RUNS}", ours, theirs),
            *_split(notebook, next(workspaces)),
        ]  # fmt: skip


def _wait_for(number: int) -> None:
    """Wait until so many warm processes have a child ready, which they begin when the processors are free."""
    command = [sys.executable, "-m", "hurdles.kernels"]
    for _ in range(30):
        time.sleep(2.0)
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        if sum(" ready" in line and " 0 ready" not in line for line in told.splitlines()) == number:
            return
    raise RuntimeError("The warm processes do not become ready.")


def _split(notebook: Path, workspace: Path) -> list[Row]:
    """Say what one check with a warm kernel is made of, once nbgrader is imported."""
    from hurdles.grading import check_notebook

    (workspace / ".hurdles").mkdir(parents=True)
    check_notebook(notebook, catalog.load(paths.content_root()), workspace)
    time.sleep(1.0)
    spent: dict[str, float] = defaultdict(float)
    with _clocks(spent):
        started = time.perf_counter()
        check_notebook(notebook, catalog.load(paths.content_root()), workspace)
        whole = time.perf_counter() - started
    parts = {
        "starting a process in a sandbox": spent["start"],
        "the cells": spent["cells"],
        "ending it": spent["end"],
        "database": spent["database"],
        "the rest (reading, putting the author's cells back, validating, sending)": whole - sum(spent.values()),
    }
    return [Row(f"… of which {name}", 1000 * seconds) for name, seconds in parts.items()]


@contextmanager
def _clocks(spent: dict[str, float]) -> Iterator[None]:
    """Put clocks around starting a process, running a cell, ending the process, and writing the grades."""
    from hurdles.grading import supervisor
    from hurdles.grading.cohort.book import Book
    from hurdles.grading.watch import Watch

    def timed(name: str, function: Any) -> Any:
        async def run(*arguments: Any, **options: Any) -> Any:
            begun = time.perf_counter()
            try:
                return await function(*arguments, **options)
            finally:
                spent[name] += time.perf_counter() - begun

        return run

    record = Book.record

    def timed_record(*arguments: Any, **options: Any) -> None:
        begun = time.perf_counter()
        record(*arguments, **options)
        spent["database"] += time.perf_counter() - begun

    with (
        mock.patch.object(supervisor.Launcher, "start", timed("start", supervisor.Launcher.start)),
        mock.patch.object(Watch, "run_cell", timed("cells", Watch.run_cell)),
        mock.patch.object(Watch, "end", timed("end", Watch.end)),
        mock.patch.object(Book, "record", timed_record),
    ):
        yield
