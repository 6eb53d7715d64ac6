"""One submission through nbgrader's own autograde pipeline, with a gradebook that stays."""

from __future__ import annotations

import hashlib
import importlib
import logging
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
# Small fits are many times slower when threads wait for each other on a busy machine than with one thread.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_MASTERS = "CREATE TABLE IF NOT EXISTS hurdles_master (lesson TEXT PRIMARY KEY, sha256 TEXT NOT NULL)"
Timings = dict[str, float]


def autograde(submission: Submission, gradebook: Path, *, timeout: int = 30, timings: Timings | None = None) -> Any:
    """Grade a submission with nbgrader and return the autograded notebook.

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
        If nbgrader could not do it, with the reason it gave.
    """
    marks = [time.perf_counter()]
    _load_nbgrader()
    marks.append(time.perf_counter())
    gradebook.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hurdles-check-") as folder, _quiet() as said:
        course = Path(folder).resolve()
        config = _config(submission, course, gradebook, timeout)
        _lay_out(submission, course)
        from nbgrader.utils import setenv

        try:
            _know_master(submission, gradebook, config)
            marks.append(time.perf_counter())
            with setenv(**_ONE_THREAD), kernels.as_default():
                _convert("Autograde", config)
        except Exception as error:
            reason = "; ".join(said) or f"{type(error).__name__}: {error}"
            raise HurdlesError(f"{submission.path} could not be graded. nbgrader said: {reason}") from error
        marks.append(time.perf_counter())
        lesson = submission.lesson
        graded = course / "autograded" / LEARNER / lesson.area / f"{lesson.slug}.ipynb"
        if timings is not None:
            timings |= dict(zip(("load", "master", "autograde"), _steps(marks), strict=True))
        return nbformat.read(graded, as_version=4)


def _steps(marks: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(marks)]


def _load_nbgrader() -> None:
    # Imported late: it takes a second that 'hurdles list' and the tests of faulty notebooks need not pay.
    importlib.import_module("nbgrader.converters")


def _config(submission: Submission, course: Path, gradebook: Path, timeout: int) -> Any:
    from nbgrader.converters import Autograde
    from nbgrader.preprocessors import Execute, SaveAutoGrades
    from traitlets.config import Config

    from hurdles.grading.nbgrader_parts import ForgiveWarnings, PatientExecute

    config = Config()
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.db_url = f"sqlite:///{gradebook.resolve()}"
    config.CourseDirectory.assignment_id = submission.lesson.area
    config.CourseDirectory.notebook_id = submission.lesson.slug
    config.CourseDirectory.student_id = LEARNER
    config.PatientExecute.timeout = timeout
    # The kernel's own log would end up on the learner's screen.
    config.PatientExecute.extra_arguments = ["--IPKernelApp.log_level=ERROR"]
    chain: list[type] = []
    for step in Autograde.autograde_preprocessors.default_args[0]:
        if step is SaveAutoGrades:
            chain.append(ForgiveWarnings)
        chain.append(PatientExecute if step is Execute else step)
    config.Autograde.autograde_preprocessors = chain
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
    _extend_submission(lesson.area, lesson.slug, config.CourseDirectory.db_url)
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


def _extend_submission(area: str, slug: str, url: str) -> None:
    """Give the learner's submission a place for this notebook.

    nbgrader makes the places once, when an assignment is first submitted; a lesson added to the area later, or a
    master that was forgotten, would have none.
    """
    from nbgrader.api import Comment, Grade, Gradebook, MissingEntry, SubmittedNotebook

    with Gradebook(url) as book:
        try:
            submission = book.find_submission(area, LEARNER)
        except MissingEntry:
            return
        notebook = book.find_notebook(slug, area)
        if any(place.notebook is notebook for place in submission.notebooks):
            return
        place = SubmittedNotebook(notebook=notebook, assignment=submission)
        book.db.add(place)
        graded, commented = (
            [*notebook.grade_cells, *notebook.task_cells],
            [*notebook.solution_cells, *notebook.task_cells],
        )
        book.db.add_all(Grade(cell_id=cell.id, notebook=place) for cell in graded)
        book.db.add_all(Comment(cell_id=cell.id, notebook=place) for cell in commented)
        book.db.commit()


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
