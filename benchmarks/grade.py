"""``hurdles grade`` beside ``nbgrader autograde`` and ``otter run``, its distance from the limit, and how it grows."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import nbformat

from benchmarks.kernels import small_notebook
from benchmarks.table import Row
from benchmarks.warm import STOCK, VARIABLE, home
from hurdles import paths

__all__ = ["measure"]

AREA, LESSON = "01-data", "1-quality"
SUBMISSIONS = 30
ROUNDS = 3
GROWTH = (10, 100, 1000)
OTTER = "otter-grader[grading]==7.0.0"


def measure() -> list[Row]:
    """Grade the same submissions in turn; each tool has a course, a gradebook and a folder of its own."""
    with home(), tempfile.TemporaryDirectory(prefix="hurdles-bench-") as folder:
        place = Path(folder)
        return [*_against_nbgrader(place), *_on_a_cluster(place), *_against_otter(place), *_growth(place)]


def _against_nbgrader(place: Path) -> list[Row]:
    ours, theirs, single = _course(place / "ours"), _course(place / "theirs"), _course(place / "single", apart=False)
    times: dict[str, list[float]] = {"cold": [], "warm": [], "single": [], "nbgrader": []}
    limits = []
    for _ in range(ROUNDS):
        subprocess.run([sys.executable, "-m", "hurdles.kernels", "stop"], check=True, capture_output=True)
        for name in ("cold", "warm"):
            report = place / "report.json"
            times[name].append(_run(["hurdles", "grade", ".", "--force", "--report", str(report)], ours))
            limits.append(json.loads(report.read_text())["cell_seconds"] / _cores())
        times["single"].append(_run(["hurdles", "grade", ".", "--force"], single))
        times["nbgrader"].append(_run(["nbgrader", "autograde", AREA, "--force"], theirs))
    mine, stock = _scores(ours), _scores(theirs)
    if mine != stock or mine != _scores(single) or len({score for _, score in mine}) < 3:
        raise RuntimeError(f"The scores differ: {set(mine) ^ set(stock)}")
    cold, warm, alone, nbgrader = (1000 * statistics.median(found) for found in times.values())
    what = f"{SUBMISSIONS} submissions of {AREA}/{LESSON}, right and wrong, median of {ROUNDS}"
    return [
        Row(f"`hurdles grade` (stock: `nbgrader autograde`), {what}", warm, nbgrader, limit=nbgrader / 10),
        Row("… the first time, when no process has the libraries imported", cold, nbgrader),
        Row("… (Hurdles) the tests apart from learners' code, (stock) in one process", warm, alone, limit=1.5 * alone),
        Row("… (Hurdles) the cells alone, over the cores, (stock) the whole", 1000 * statistics.median(limits), warm),
    ]


def _on_a_cluster(place: Path) -> list[Row]:
    """Grade the same submissions on a cluster whose workers are all on this machine, one for each of its processors."""
    from distributed import LocalCluster

    made: Any = LocalCluster(n_workers=_cores(), threads_per_worker=1, dashboard_address=None)  # type: ignore[no-untyped-call]
    with made as cluster:
        command = ["hurdles", "grade", ".", "--force", "--scheduler", cluster.scheduler_address]
        times = [_run(command, place / "ours" / "course") for _ in range(ROUNDS + 1)]
    # In the first run the workers import the libraries.
    title = (
        f"`hurdles grade --scheduler`, a Dask cluster of {_cores()} workers on this machine, {SUBMISSIONS} submissions"
    )
    return [Row(f"{title} of {AREA}/{LESSON}, median of {ROUNDS}", 1000 * statistics.median(times[1:]))]


def _against_otter(place: Path) -> list[Row]:
    """Grade one submission with otter, in an environment of its own, and as many as make a difference with ours."""
    environment = place / "otter"
    venv.create(environment, with_pip=True)
    needed = [OTTER, *(f"{name}=={_version(name)}" for name in ("scikit-learn", "pandas", "seaborn", "matplotlib"))]
    subprocess.run([environment / "bin/python", "-m", "pip", "install", "--quiet", *needed], check=True)
    folder = place / "assignment"
    folder.mkdir()
    nbformat.write(_otter_master(), folder / "small.ipynb")
    path = os.pathsep.join([str(environment / "bin"), os.environ["PATH"]])
    quiet: dict[str, Any] = {"capture_output": True, "env": {**os.environ, "PATH": path}}
    subprocess.run(
        [environment / "bin/otter", "assign", "small.ipynb", "dist", "--no-run-tests"], cwd=folder, check=True, **quiet
    )
    archive = next((folder / "dist" / "autograder").glob("*.zip"))
    submission = folder / "dist" / "autograder" / "small.ipynb"
    command = [str(environment / "bin/otter"), "run", str(submission), "-a", str(archive)]
    course = _small_course(place / "small", 20)
    ours, theirs = [], []
    _run(["hurdles", "grade", "."], course)
    for _ in range(ROUNDS):
        ours.append(_run(["hurdles", "grade", ".", "--force"], course) / 20)
        started = time.perf_counter()
        subprocess.run(command, cwd=folder, check=True, **quiet)
        theirs.append(time.perf_counter() - started)
    tests = json.loads((folder / "results.json").read_text())["tests"]
    if [test["score"] for test in tests if "score" in test] != [1.0]:
        raise RuntimeError(f"otter did not grade the notebook: {tests}")
    mine, stock = 1000 * statistics.median(ours), 1000 * statistics.median(theirs)
    title = f"`hurdles grade`, one of 20 submissions of a small notebook (stock: `otter run`), median of {ROUNDS}"
    return [Row(title, mine, stock, limit=stock / 10)]


def _growth(place: Path) -> list[Row]:
    rows = []
    for count in GROWTH:
        course = _small_course(place / f"grow-{count}", count)
        seconds, peak = _with_peak(["hurdles", "grade", "."], course)
        rows.append(Row(f"`hurdles grade`, a submission when there are {count}", 1000 * seconds / count))
        rows.append(Row(f"… its memory at most, with {count} submissions", peak, unit="MB"))
        shutil.rmtree(course)
    return rows


def _run(command: list[str], folder: Path) -> float:
    started = time.perf_counter()
    # Each as its user runs it: nbgrader's kernels are stock ones.
    environment = {**os.environ, VARIABLE: STOCK} if command[0] == "nbgrader" else {**os.environ}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, env=environment, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    return time.perf_counter() - started


def _with_peak(command: list[str], folder: Path) -> tuple[float, float]:
    """Return seconds, and the most memory in MB that the command's own process had."""
    started = time.perf_counter()
    # With stock kernels as the user's wish the command does not hand its work to a process that is warm.
    process = subprocess.Popen(
        [sys.executable, "-m", *command], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, VARIABLE: STOCK},
    )  # fmt: skip
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{command} ended with {status}")
    return time.perf_counter() - started, used.ru_maxrss / 1024


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _version(name: str) -> str:
    from importlib.metadata import version

    return version(name)


def _course(place: Path, *, apart: bool = True) -> Path:
    """Make a course with submissions from the answers bank: all right, or one task wrong.

    Parameters
    ----------
    place : pathlib.Path
        Where.
    apart : bool
        Whether its tests are run apart from learners' code, as the lessons ask for.
    """
    sys.path.insert(0, str(paths.content_root() / "tests"))
    tools: Any = import_module("notebooks.bank")
    bank = next(one for one in tools.load_banks() if one.key == f"{AREA}/{LESSON}")
    master = tools.read_master(bank.master_path)
    variants = [*bank.of("right"), *bank.of("trap")]
    step = max(1, len(variants) // SUBMISSIONS)
    course = _empty(place, AREA, bank.master_path)
    source = course / "solutions" / AREA / f"{LESSON}.ipynb"
    written = json.loads(source.read_text())
    written["metadata"]["hurdles"]["verdict"] = "isolated" if apart else "together"
    source.write_text(json.dumps(written))
    for number in range(SUBMISSIONS):
        target = course / "submitted" / f"student-{number:02}" / AREA / f"{LESSON}.ipynb"
        target.parent.mkdir(parents=True)
        target.write_text(json.dumps(tools.assemble(master, [variants[number * step % len(variants)]])))
    return course


def _small_course(place: Path, count: int) -> Path:
    place.mkdir()
    notebook = place / "small.ipynb"
    nbformat.write(small_notebook(), notebook)
    course = _empty(place, "a1", notebook)
    for number in range(count):
        target = course / "submitted" / f"student-{number:04}" / "a1" / "small.ipynb"
        target.parent.mkdir(parents=True)
        shutil.copy(notebook, target)
    return course


def _empty(place: Path, assignment: str, master: Path) -> Path:
    """Make a course whose gradebook knows the assignment."""
    course = place / "course"
    (course / "solutions" / assignment).mkdir(parents=True)
    shutil.copy(paths.content_root() / "nbgrader_config.py", course)
    shutil.copy(master, course / "solutions" / assignment)
    _run(["nbgrader", "generate_assignment", assignment, "--force"], course)
    return course


def _scores(course: Path) -> list[tuple[str, float]]:
    with closing(sqlite3.connect(course / "gradebook.db")) as db:
        return sorted(
            db.execute(
                "SELECT student_id || ' ' || base_cell.name, auto_score FROM grade "
                "JOIN base_cell ON base_cell.id = cell_id "
                "JOIN submitted_notebook sn ON sn.id = grade.notebook_id "
                "JOIN submitted_assignment sa ON sa.id = sn.assignment_id "
                "WHERE auto_score IS NOT NULL"
            ).fetchall()
        )


def _otter_master() -> Any:
    """Return the small notebook as otter's authors write it."""
    notebook = small_notebook()
    cells = {cell.id: cell for cell in notebook.cells}
    raw: Any = nbformat.v4.new_raw_cell
    code: Any = nbformat.v4.new_code_cell
    solution = cells["fit"].source.replace("### BEGIN SOLUTION", "# BEGIN SOLUTION")
    notebook.cells = [
        raw("# ASSIGNMENT CONFIG\ngenerate: true\nexport_cell: false"),
        code(cells["setup"].source), code(cells["load"].source), code(cells["draw"].source),
        raw("# BEGIN QUESTION\nname: q1\npoints: 1"), raw("# BEGIN SOLUTION"),
        code(solution.replace("### END SOLUTION", "# END SOLUTION")), raw("# END SOLUTION"),
        raw("# BEGIN TESTS"), code("# HIDDEN\n" + cells["test"].source), raw("# END TESTS"), raw("# END QUESTION"),
    ]  # fmt: skip
    return notebook
