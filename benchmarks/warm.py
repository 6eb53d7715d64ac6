"""What the suites about warm kernels share: a home of their own, and taking turns with stock kernels."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from hurdles import paths
from hurdles.kernels import NAME

__all__ = ["RUNS", "STOCK", "VARIABLE", "home", "in_turn", "make_course", "run"]

STOCK = "local-provisioner"
VARIABLE = "JUPYTER_DEFAULT_PROVISIONER_NAME"
RUNS = 10


@contextmanager
def home() -> Iterator[None]:
    """Let Jupyter and IPython keep their files in a folder that goes away, and warm processes end with it."""
    with tempfile.TemporaryDirectory(prefix="hurdles-bench-") as folder:
        own = {"JUPYTER_RUNTIME_DIR": f"{folder}/runtime", "IPYTHONDIR": f"{folder}/ipython"}
        with mock.patch.dict(os.environ, own):
            try:
                yield
            finally:
                subprocess.run([sys.executable, "-m", "hurdles.kernels", "stop"], check=True, capture_output=True)


def in_turn(measure: Callable[[str], float], runs: int = RUNS) -> tuple[float, float]:
    """Return the medians of warm and of stock, measured one after the other."""
    times: dict[str, list[float]] = {NAME: [], STOCK: []}
    for _ in range(runs):
        for kind, found in times.items():
            found.append(measure(kind))
            time.sleep(0.5)
    return statistics.median(times[NAME]), statistics.median(times[STOCK])


def run(command: list[str], folder: Path, kind: str) -> float:
    """Run a command that starts kernels of this kind; return its milliseconds."""
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env={**os.environ, VARIABLE: kind})
    return 1000 * (time.perf_counter() - started)


def make_course(folder: Path, assignment: str, notebook: Path, students: int) -> Path:
    """Make a course as nbgrader wants it, with submissions that solve everything.

    Parameters
    ----------
    folder : pathlib.Path
        Where to make it.
    assignment : str
        Its name.
    notebook : pathlib.Path
        The master, with its solution.
    students : int
        How many submit it.

    Returns
    -------
    pathlib.Path
        The course's folder; submissions are of ``student-0`` and so on.
    """
    course = folder / "course"
    course.mkdir()
    shutil.copy(paths.content_root() / "nbgrader_config.py", course)
    for target in [course / "solutions", *(course / "submitted" / f"student-{n}" for n in range(students))]:
        (target / assignment).mkdir(parents=True)
        shutil.copy(notebook, target / assignment)
    run([sys.executable, "-m", "nbgrader", "generate_assignment", assignment], course, STOCK)
    return course
