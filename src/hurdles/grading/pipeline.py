"""One learner's notebook: graded as a cohort's submissions are, into nbgrader's gradebook, which stays."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import importlib
import logging
import os
import shutil
import sqlite3
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat

from hurdles import kernels
from hurdles.errors import HurdlesError
from hurdles.grading.intake import Submission

__all__ = ["LEARNER", "Timings", "autograde"]

LEARNER = "learner"
_MASTERS = "CREATE TABLE IF NOT EXISTS hurdles_master (lesson TEXT PRIMARY KEY, sha256 TEXT NOT NULL)"
_LOG = logging.getLogger("hurdles.grading")
Timings = dict[str, float]


def autograde(submission: Submission, gradebook: Path, *, timeout: int = 30, timings: Timings | None = None) -> Any:
    """Grade a submission and return the autograded notebook.

    The same path as that of a cohort: the author's cells are put back, the notebook runs in a process of its own,
    locked in where the machine allows it, and one transaction writes down what it is worth.

    Parameters
    ----------
    submission : Submission
        Whole and recognised.
    gradebook : pathlib.Path
        SQLite file that takes the grades; made if it does not exist.
    timeout : int
        Seconds that one cell may run.
    timings : dict, optional
        Filled with the seconds spent on loading nbgrader (``load``), on the master (``master``) and on
        grading (``autograde``).

    Returns
    -------
    nbformat.NotebookNode
        Executed, with the master's test cells whatever the learner did to their copies.

    Raises
    ------
    hurdles.errors.HurdlesError
        If it could not be done, with the reason.
    """
    marks = [time.perf_counter()]
    _load_nbgrader()
    marks.append(time.perf_counter())
    gradebook.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hurdles-check-") as folder, _quiet() as said:
        course = Path(folder).resolve()
        config = _config(submission, course, gradebook)
        _lay_out(submission, course)
        try:
            _know_master(submission, gradebook, config)
            marks.append(time.perf_counter())
            graded = _grade(submission, config, timeout)
        except Exception as error:
            reason = "; ".join(said) or str(error) or type(error).__name__
            raise HurdlesError(f"{submission.path} could not be graded: {reason}") from error
        marks.append(time.perf_counter())
        if timings is not None:
            timings |= dict(zip(("load", "master", "autograde"), _steps(marks), strict=True))
        return graded


def _grade(submission: Submission, config: Any, timeout: int) -> Any:
    """Run the notebook, and write down what it is worth."""
    from nbgrader.coursedir import CourseDirectory

    from hurdles.grading.cohort.book import Book
    from hurdles.grading.cohort.course import Course
    from hurdles.grading.cohort.master import read_master
    from hurdles.grading.cohort.prepare import Pipeline, cells_to_run, prepare
    from hurdles.grading.cohort.verdict import judge, result_of
    from hurdles.grading.supervisor import Job

    lesson, directory = submission.lesson, CourseDirectory(config=config)
    names = {"student": LEARNER, "assignment": lesson.area, "db_url": directory.db_url}
    with closing(Book(Course(config, directory))) as book:
        known = read_master(book.reader, lesson.area, Path(directory.root, "source", lesson.area))
        assert known is not None
        book.release()
        master, pipeline = known.notebooks[lesson.slug], Pipeline(config, directory, _LOG)
        prepared = prepare(submission.path, master, pipeline, names, copy.deepcopy(submission.notebook))
        run = asyncio.run(_run(Job(cells_to_run(prepared.notebook, master), folder=lesson.area), timeout))
        judge(prepared.notebook, run, master)
        graded = pipeline.after(prepared.notebook, prepared.resources)
        book.record(LEARNER, lesson.area, None, [result_of(graded, master, _LOG)])
    return graded


async def _run(job: Any, timeout: int) -> Any:
    """Run a notebook as well as this machine allows: it is the learner's own, on the learner's own machine."""
    from hurdles import paths
    from hurdles.grading.sandbox import View
    from hurdles.grading.sandbox.enter import possible
    from hurdles.grading.sandbox.limits import Caps
    from hurdles.grading.supervisor import Launcher, Place, run_job
    from hurdles.kernels.channel import RefusedError

    view = View.of_this_interpreter(hidden=[paths.content_root() / "solutions"])
    ways = [(kind, warm) for kind in (["own"] if possible() else []) + ["open"] for warm in (True, False)]
    reasons = []
    for kind, warm in ways:
        if warm and not kernels.allowed(os.environ):
            continue
        launcher = Launcher(Place(kind, view, Caps(cell=float(timeout)), warm), single=True)
        try:
            return await run_job(job, launcher)
        except RefusedError as reason:
            reasons.append(str(reason))
    raise HurdlesError(f"no process could be started to run it in ({'; '.join(reasons)}).")


def _steps(marks: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(marks)]


def _load_nbgrader() -> None:
    # Imported late: it takes a second that 'hurdles list' and the tests of faulty notebooks need not pay.
    importlib.import_module("nbgrader.converters")


def _config(submission: Submission, course: Path, gradebook: Path) -> Any:
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.db_url = f"sqlite:///{gradebook.resolve()}"
    config.CourseDirectory.assignment_id = submission.lesson.area
    config.CourseDirectory.notebook_id = submission.lesson.slug
    config.CourseDirectory.student_id = LEARNER
    return config


def _lay_out(submission: Submission, course: Path) -> None:
    """Make the course folder nbgrader expects, with this one notebook in it."""
    lesson = submission.lesson
    assert lesson.solution_path is not None
    source = course / "source" / lesson.area / f"{lesson.slug}.ipynb"
    submitted = course / "submitted" / LEARNER / lesson.area / f"{lesson.slug}.ipynb"
    for file in (source, submitted):
        file.parent.mkdir(parents=True)
    shutil.copyfile(lesson.solution_path, source)
    nbformat.write(submission.notebook, submitted)


def _know_master(submission: Submission, gradebook: Path, config: Any) -> None:
    """Tell the gradebook of the master's cells, unless it knows this very version of them."""
    lesson = submission.lesson
    assert lesson.solution_path is not None
    digest = hashlib.sha256(lesson.solution_path.read_bytes()).hexdigest()
    with closing(sqlite3.connect(gradebook, timeout=20)) as db, db:
        db.execute(_MASTERS)
        known = db.execute("SELECT sha256 FROM hurdles_master WHERE lesson = ?", (lesson.key,)).fetchone()
    if known == (digest,):
        return
    # From here to the end a crash leaves the old digest or none, so that the next check does it all again.
    _stamp_schema(gradebook)
    _forget(lesson.area, lesson.slug, config.CourseDirectory.db_url)
    _convert("GenerateAssignment", config)
    with closing(sqlite3.connect(gradebook, timeout=20)) as db, db:
        db.execute("INSERT OR REPLACE INTO hurdles_master VALUES (?, ?)", (lesson.key, digest))


def _forget(area: str, slug: str, url: str) -> None:
    """Drop nbgrader's record of an older master: it refuses other cells once there are submissions.

    What the learner reached stays in the ledger; the submission itself is graded anew right after.
    """
    from nbgrader.api import Gradebook, MissingEntry

    with Gradebook(url) as book:
        try:
            book.remove_notebook(slug, area)
        except MissingEntry:
            return


def _stamp_schema(gradebook: Path) -> None:
    """Note nbgrader's schema version before nbgrader makes its tables.

    nbgrader does so itself only for a file without any table, and by starting a program that must be on the PATH;
    this file may hold the learner's answers already, and the environment need not be activated.
    """
    with closing(sqlite3.connect(gradebook, timeout=20)) as db, db:
        db.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)")
        if db.execute("SELECT 1 FROM alembic_version").fetchone() is None:
            db.execute("INSERT INTO alembic_version VALUES (?)", (_schema_version(),))


def _schema_version() -> str | None:
    from alembic.script import ScriptDirectory
    from nbgrader.dbutil import ALEMBIC_DIR

    return ScriptDirectory(ALEMBIC_DIR).get_current_head()


def _convert(converter: str, config: Any) -> None:
    from nbgrader import converters
    from nbgrader.coursedir import CourseDirectory

    getattr(converters, converter)(coursedir=CourseDirectory(config=config), config=config).start()


class _Listener(logging.Handler):
    """Keep the errors nbgrader logs, so that a message can pass them on, without tracebacks."""

    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.ERROR)
        self.said = said

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        lines = text.strip().splitlines()
        self.said.append(lines[-1] if text.startswith("Traceback") else lines[0])


@contextmanager
def _quiet() -> Iterator[list[str]]:
    """Catch what nbgrader and its libraries say: that is for instructors, not for a learner's screen."""
    from sqlalchemy.exc import SAWarning
    from traitlets.log import get_logger

    found = get_logger()
    logger = found.logger if isinstance(found, logging.LoggerAdapter) else found
    said: list[str] = []
    listener = _Listener(said)
    handlers, propagate = list(logger.handlers), logger.propagate
    logger.handlers, logger.propagate = [listener], False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)
            yield said
    finally:
        logger.handlers, logger.propagate = handlers, propagate
