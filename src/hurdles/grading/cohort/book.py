"""The one writer of the gradebook: all that belongs to a submission in one transaction, the journal entry with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy
from nbgrader import api
from nbgrader.api import BaseCell, Comment, Grade, Gradebook, SubmittedNotebook

from hurdles.errors import HurdlesError
from hurdles.grading.cohort.course import Course

__all__ = ["Book", "Entry", "NotebookResult"]

# Seconds to wait for somebody else who writes, such as formgrader.
PATIENCE = 30.0
_JOURNAL = sqlalchemy.Table(
    "hurdles_journal",
    sqlalchemy.MetaData(),
    sqlalchemy.Column("student", sqlalchemy.String(128), primary_key=True),
    sqlalchemy.Column("assignment", sqlalchemy.String(128), primary_key=True),
    sqlalchemy.Column("digest", sqlalchemy.String(64), nullable=False),
    sqlalchemy.Column("state", sqlalchemy.String(16), nullable=False),
    sqlalchemy.Column("runs", sqlalchemy.Integer, nullable=False),
)


@dataclass(frozen=True)
class Entry:
    """What the journal says of a submission.

    Parameters
    ----------
    digest : str
        Of what was graded: the submission, the author's version, the settings.
    state : str
        ``done`` or ``failed``.
    """

    digest: str
    state: str


@dataclass
class NotebookResult:
    """What one notebook is worth.

    Parameters
    ----------
    name : str
        Of the notebook.
    scores : dict of str to float or None
        By grade_id; None waits for a person.
    comments : dict of str to str or None
        By grade_id, what is said without a person, such as that an answer is empty.
    failed : bool
        Whether it could not be graded: then it has no points, and a person must look at it.
    """

    name: str
    scores: dict[str, float | None] = field(default_factory=dict)
    comments: dict[str, str | None] = field(default_factory=dict)
    failed: bool = False


class _OneTransaction:
    """A session whose commits wait: nbgrader's methods commit each of their steps."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def commit(self) -> None:
        self._session.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


class Book:
    """A course's gradebook, open for writing.

    Parameters
    ----------
    course : Course
        Whose.

    Raises
    ------
    hurdles.errors.HurdlesError
        If it cannot be opened or written to.
    """

    def __init__(self, course: Course) -> None:
        self.url = course.directory.db_url
        self._course_id = course.directory.course_id
        try:
            self._book = Gradebook(self.url, self._course_id)
            self._engine = self._book.engine
            self._session = self._book.db
            self._attempt(lambda: _JOURNAL.metadata.create_all(self._engine))
            self._attempt(self._may_write)
        except sqlalchemy.exc.SQLAlchemyError as error:
            raise HurdlesError(
                f"The gradebook {_shown(self.url)} cannot be written to: {_reason(error)}. Nothing was graded. "
                "See that its file and folder are yours to write, the disk has room, and that nobody else holds it."
            ) from error

    def _may_write(self) -> None:
        with self._engine.begin() as connection:
            connection.execute(_JOURNAL.delete().where(_JOURNAL.c.student == ""))

    def close(self) -> None:
        """Let the gradebook go."""
        self._book.close()

    @property
    def reader(self) -> Any:
        """Nbgrader's gradebook, to read from."""
        return self._book

    def journal(self, assignment: str) -> dict[str, Entry]:
        """Return what the journal says, by student."""
        with self._engine.connect() as connection:
            rows = connection.execute(sqlalchemy.select(_JOURNAL).where(_JOURNAL.c.assignment == assignment))
            return {row.student: Entry(row.digest, row.state) for row in rows}

    def release(self) -> None:
        """End a transaction that only read, so that nobody waits for us, and forget what was read."""
        self._session.rollback()
        self._session.expunge_all()

    def record(
        self,
        student: str,
        assignment: str,
        entry: Entry | None,
        results: list[NotebookResult],
        *,
        timestamp: Any = None,
        penalty: Callable[[Any, Any], float | None] | None = None,
    ) -> None:
        """Write what a submission is worth, and that it was graded, all or nothing.

        Manual scores, comments and extra credit stay. Where a person has given a score before, a person is asked to
        look again, as nbgrader does.

        Parameters
        ----------
        student, assignment : str
            Whose, of what.
        entry : Entry, optional
            For the journal.
        results : list of NotebookResult
            One for each notebook of the assignment.
        timestamp : datetime, optional
            When it was handed in.
        penalty : callable, optional
            Takes nbgrader's submission and submitted notebook; returns points to take off.

        Raises
        ------
        hurdles.errors.HurdlesError
            If it could not be written. Nothing of it is, then.
        """

        def write() -> None:
            with self._whole() as book:
                book.update_or_create_student(student)
                stamp = {"timestamp": timestamp} if timestamp is not None else {}
                submission = book.update_or_create_submission(assignment, student, **stamp)
                places = _places(book, submission)
                for result in results:
                    if result.name in places:
                        _fill(book.db, places[result.name], result)
                book.db.flush()
                if penalty is not None:
                    for result in results:
                        place = places[result.name]
                        book.db.refresh(place)
                        place.late_submission_penalty = penalty(submission, place)
                if entry is not None:
                    self._note(student, assignment, entry)

        try:
            self._attempt(write)
        except (sqlalchemy.exc.SQLAlchemyError, api.InvalidEntry) as error:
            raise HurdlesError(f"the gradebook did not take it: {_reason(error)}") from error

    def _note(self, student: str, assignment: str, entry: Entry) -> None:
        key = {"student": student, "assignment": assignment}
        same = (_JOURNAL.c.student == student) & (_JOURNAL.c.assignment == assignment)
        runs = self._session.execute(sqlalchemy.select(_JOURNAL.c.runs).where(same)).scalar() or 0
        self._session.execute(_JOURNAL.delete().where(same))
        self._session.execute(_JOURNAL.insert().values(**key, digest=entry.digest, state=entry.state, runs=runs + 1))

    @contextmanager
    def _whole(self) -> Iterator[Any]:
        """Give nbgrader's gradebook, in one transaction."""
        self._session.rollback()
        self._book.db = _OneTransaction(self._session)
        try:
            if self._engine.dialect.name == "sqlite":
                # Taken at once: a reader that wants to become a writer later may be turned away.
                self._session.connection().exec_driver_sql("BEGIN IMMEDIATE")
            yield self._book
            self._session.commit()
        except BaseException:
            self._session.rollback()
            raise
        finally:
            self._book.db = self._session
            self._session.expunge_all()

    def _attempt(self, action: Callable[[], None]) -> None:
        """Do it, and while somebody else holds the gradebook, try again."""
        end, pause = time.monotonic() + PATIENCE, 0.05
        while True:
            try:
                action()
            except sqlalchemy.exc.OperationalError as error:
                if "locked" not in str(error.orig) or time.monotonic() > end:
                    raise
                time.sleep(pause)
                pause = min(2 * pause, 1.0)
            else:
                return


def _places(book: Any, submission: Any) -> dict[str, Any]:
    """Return the submission's notebooks by name, with a place for every cell the assignment has by now."""
    places = {place.notebook.name: place for place in submission.notebooks}
    for notebook in submission.assignment.notebooks:
        place = places.get(notebook.name)
        if place is None:
            place = places[notebook.name] = SubmittedNotebook(notebook=notebook, assignment=submission)
            book.db.add(place)
            book.db.flush()
        known = set(book.db.scalars(sqlalchemy.select(Grade.cell_id).where(Grade.notebook_id == place.id)))
        graded = [*notebook.grade_cells, *notebook.task_cells]
        book.db.add_all(Grade(cell_id=cell.id, notebook=place) for cell in graded if cell.id not in known)
        known = set(book.db.scalars(sqlalchemy.select(Comment.cell_id).where(Comment.notebook_id == place.id)))
        commented = [*notebook.solution_cells, *notebook.task_cells]
        book.db.add_all(Comment(cell_id=cell.id, notebook=place) for cell in commented if cell.id not in known)
    book.db.flush()
    return places


def _fill(session: Any, place: Any, result: NotebookResult) -> None:
    rows = session.execute(
        sqlalchemy.select(Grade, BaseCell.name)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .where(Grade.notebook_id == place.id)
    )
    for grade, name in rows:
        grade.auto_score = result.scores.get(name, 0.0)
        grade.needs_manual_grade = bool(
            grade.manual_score is not None or grade.auto_score is None or result.failed or name not in result.scores
        )
    rows = session.execute(
        sqlalchemy.select(Comment, BaseCell.name)
        .join(BaseCell, BaseCell.id == Comment.cell_id)
        .where(Comment.notebook_id == place.id)
    )
    for comment, name in rows:
        comment.auto_comment = result.comments.get(name)


def _reason(error: Exception) -> str:
    found = getattr(error, "orig", None) or error
    return str(found).strip().splitlines()[0]


def _shown(url: str) -> str:
    """Return an address without the password in it."""
    return sqlalchemy.make_url(url).render_as_string(hide_password=True)
