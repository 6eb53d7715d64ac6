"""The learner's own record: answers, guesses, decisions and attempts, in one SQLite file.

The file is nbgrader's gradebook of the workspace, so that one file holds all progress; the tables here stand
beside nbgrader's own and are never touched by it. This module is a leaf: it needs the standard library only, so
that a widget in a notebook can write an answer without loading the grading rooms.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hurdles.errors import HurdlesError

__all__ = [
    "Answer",
    "Attempt",
    "answers",
    "attempts",
    "database",
    "failures_in_a_row",
    "find_workspace",
    "record_attempt",
    "save_answer",
]

HOME = ".hurdles"
WORKSPACE_VARIABLE = "HURDLES_WORKSPACE"

_FIGURES = re.compile(r"\d[\d.,]*")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS hurdles_answer (
    lesson TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (lesson, name)
);
CREATE TABLE IF NOT EXISTS hurdles_attempt (
    id INTEGER PRIMARY KEY, lesson TEXT NOT NULL, at TEXT NOT NULL, task TEXT NOT NULL, status TEXT NOT NULL,
    score REAL NOT NULL, max_score REAL NOT NULL, source TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX IF NOT EXISTS hurdles_attempt_once ON hurdles_attempt (lesson, at, task);
"""


@dataclass(frozen=True)
class Answer:
    """What a learner answered, guessed or decided.

    Parameters
    ----------
    lesson : str
        Key of the lesson, such as ``01-data/1-quality``.
    name : str
        Name of the question within the lesson.
    value : object
        What was answered: anything JSON can hold.
    at : str
        When, in ISO 8601, UTC.
    """

    lesson: str
    name: str
    value: Any
    at: str


@dataclass(frozen=True)
class Attempt:
    """The result of one task in one check.

    Parameters
    ----------
    lesson, task : str
        Key of the lesson; name of the graded function.
    at : str
        When the check was made, in ISO 8601, UTC.
    status : str
        ``pass``, ``fail``, ``error``, ``timeout`` or ``not-attempted``.
    score, max_score : float
        Points reached and points to be had.
    source : str
        Fingerprint of the code that was checked, so that pressing twice counts once.
    message : str
        What the learner was told.
    """

    lesson: str
    task: str
    at: str
    status: str
    score: float
    max_score: float
    source: str = ""
    message: str = ""


def now() -> str:
    """Return the present moment as ISO 8601 in UTC, with microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def find_workspace(start: Path | None = None) -> Path | None:
    """Find the learner's workspace.

    Parameters
    ----------
    start : pathlib.Path, optional
        Where to look from; the current folder if not given.

    Returns
    -------
    pathlib.Path or None
        ``$HURDLES_WORKSPACE`` if no folder was given and it is set, else the nearest folder at or above `start`
        that holds a ``.hurdles`` folder, else None.
    """
    named = os.environ.get(WORKSPACE_VARIABLE)
    if start is None and named:
        return Path(named)
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / HOME).is_dir():
            return folder
    return None


def database(workspace: Path) -> Path:
    """Return the path of the workspace's gradebook."""
    return workspace / HOME / "gradebook.db"


@contextmanager
def _open(workspace: Path) -> Iterator[sqlite3.Connection]:
    path = database(workspace)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Widgets and a running check may write at the same time: wait for each other instead of failing.
    connection = sqlite3.connect(path, timeout=20)
    try:
        connection.executescript(_SCHEMA)
        _bring_up_to_date(connection)
        with connection:
            yield connection
    except sqlite3.Error as error:
        raise HurdlesError(
            f"Your record {path} cannot be used: {error}. Close what else uses it; if it is damaged, rename it "
            "and start anew, or bring an export back with 'hurdles import'."
        ) from error
    finally:
        connection.close()


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Add what a record made by an older version lacks."""
    there = {row[1] for row in connection.execute("PRAGMA table_info(hurdles_attempt)")}
    if "message" not in there:
        connection.execute("ALTER TABLE hurdles_attempt ADD COLUMN message TEXT NOT NULL DEFAULT ''")


def save_answer(workspace: Path, lesson: str, name: str, value: Any, at: str | None = None) -> None:
    """Keep an answer; a later answer to the same question replaces it, an earlier one (by `at`) does not."""
    with _open(workspace) as db:
        db.execute(
            "INSERT INTO hurdles_answer VALUES (?, ?, ?, ?) ON CONFLICT (lesson, name) DO UPDATE"
            " SET value = excluded.value, at = excluded.at WHERE excluded.at > hurdles_answer.at",
            (lesson, name, json.dumps(value), at or now()),
        )


def answers(workspace: Path, lesson: str | None = None) -> list[Answer]:
    """Return all answers kept, oldest first; of one lesson if it is named."""
    if not database(workspace).exists():
        return []
    with _open(workspace) as db:
        rows = db.execute(
            "SELECT lesson, name, value, at FROM hurdles_answer WHERE ?1 IS NULL OR lesson = ?1 ORDER BY at",
            (lesson,),
        ).fetchall()
    return [Answer(row[0], row[1], json.loads(row[2]), row[3]) for row in rows]


def record_attempt(workspace: Path, attempts_made: list[Attempt]) -> None:
    """Add the results of a check; one already recorded (same lesson, task and time) is left as it is."""
    with _open(workspace) as db:
        db.executemany(
            "INSERT OR IGNORE INTO hurdles_attempt (lesson, at, task, status, score, max_score, source, message)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(a.lesson, a.at, a.task, a.status, a.score, a.max_score, a.source, a.message) for a in attempts_made],
        )


def attempts(workspace: Path, lesson: str | None = None) -> list[Attempt]:
    """Return all recorded attempts, oldest first; of one lesson if it is named."""
    if not database(workspace).exists():
        return []
    with _open(workspace) as db:
        rows = db.execute(
            "SELECT lesson, task, at, status, score, max_score, source, message FROM hurdles_attempt"
            " WHERE ?1 IS NULL OR lesson = ?1 ORDER BY at, id",
            (lesson,),
        ).fetchall()
    return [Attempt(*row) for row in rows]


def failures_in_a_row(workspace: Path, lesson: str, task: str) -> int:
    """Count how many different versions of a task have failed in the same way without a break.

    A pass, an untouched stub or another message begins the count anew: who has mended one mistake and met the next is
    not stuck. Figures in a message do not make it another one.
    """
    sources: list[str] = []
    told = ""
    for attempt in attempts(workspace, lesson):
        if attempt.task != task:
            continue
        message = _FIGURES.sub("", attempt.message)
        if attempt.status in {"pass", "not-attempted"}:
            sources.clear()
        elif not sources or message != told:
            sources = [attempt.source]
        elif sources[-1] != attempt.source:
            sources.append(attempt.source)
        told = message
    return len(sources)
