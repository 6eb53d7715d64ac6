"""Reading a learner's record: what is done, how well, and what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from hurdles import ledger
from hurdles.catalog import Catalog, Lesson, load
from hurdles.paths import content_root

__all__ = ["LessonProgress", "Overview", "overview", "show"]


@dataclass(frozen=True)
class LessonProgress:
    """How far a learner is with one lesson.

    Parameters
    ----------
    lesson : hurdles.catalog.Lesson
        The lesson.
    answered : int
        Questions, guesses and decisions answered in the lesson.
    checks : int
        How often its exercise was checked.
    passed, tasks : int
        Tasks ever passed, and how many there are.
    score, max_score : float
        Best points reached, task by task, and points to be had; both 0 before the first check.
    last : str
        When it was last worked on, in ISO 8601, UTC; empty if never.
    """

    lesson: Lesson
    answered: int
    checks: int
    passed: int
    tasks: int
    score: float
    max_score: float
    last: str

    @property
    def state(self) -> str:
        """``done`` when every task has passed, ``started`` after any answer or check, else ``new``."""
        if self.tasks and self.passed == self.tasks:
            return "done"
        return "started" if self.answered or self.checks else "new"

    @property
    def words(self) -> str:
        """The state in a phrase for a table."""
        if self.checks:
            return f"{self.passed} of {self.tasks} tasks, {self.score:g} of {self.max_score:g} points"
        return "lesson begun" if self.answered else "not begun"


@dataclass(frozen=True)
class Overview:
    """All lessons with the learner's progress, and the one to take next.

    Parameters
    ----------
    lessons : tuple of LessonProgress
        In the course's order.
    next_up : hurdles.catalog.Lesson or None
        The lesson last left unfinished, else the first new one, else None.
    """

    lessons: tuple[LessonProgress, ...]
    next_up: Lesson | None


def overview(workspace: Path | None, catalog: Catalog) -> Overview:
    """Read the record of a workspace.

    Parameters
    ----------
    workspace : pathlib.Path or None
        None means that nothing is recorded: every lesson is new.
    catalog : hurdles.catalog.Catalog
        The course.

    Returns
    -------
    Overview
    """
    answers = ledger.answers(workspace) if workspace else []
    attempts = ledger.attempts(workspace) if workspace else []
    lessons = tuple(
        _progress(
            lesson,
            [answer for answer in answers if answer.lesson == lesson.key],
            [attempt for attempt in attempts if attempt.lesson == lesson.key],
        )
        for lesson in catalog.lessons
    )
    return Overview(lessons, _next(lessons))


def _progress(lesson: Lesson, answers: Sequence[ledger.Answer], attempts: Sequence[ledger.Attempt]) -> LessonProgress:
    names = [task.id for task in lesson.tasks]
    mine = [attempt for attempt in attempts if attempt.task in names]
    best: dict[str, float] = {}
    for attempt in mine:
        best[attempt.task] = max(best.get(attempt.task, 0.0), attempt.score)
    worth = {attempt.task: attempt.max_score for attempt in mine}
    return LessonProgress(
        lesson=lesson,
        answered=len(answers),
        checks=len({attempt.at for attempt in mine}),
        passed=len({attempt.task for attempt in mine if attempt.status == "pass"}),
        tasks=len(names),
        score=sum(best.values()),
        max_score=sum(worth.values()),
        last=max([*(a.at for a in answers), *(a.at for a in mine)], default=""),
    )


def _next(lessons: Iterable[LessonProgress]) -> Lesson | None:
    lessons = list(lessons)
    begun = [progress for progress in lessons if progress.state == "started"]
    if begun:
        return max(begun, key=lambda progress: progress.last).lesson
    return next((progress.lesson for progress in lessons if progress.state == "new"), None)


class ProgressTable:
    """An overview that a notebook shows as a table.

    Parameters
    ----------
    view : Overview
        What to show.
    """

    def __init__(self, view: Overview) -> None:
        self.view = view

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{escape(p.lesson.title)}</th>'
            f'<td style="text-align:left">{_MARKS[p.state]} {escape(p.words)}</td>'
            f'<td style="text-align:left">{escape(p.last[:10]) or "–"}</td></tr>'
            for p in self.view.lessons
        )
        return (
            '<table><caption style="text-align:left">Your progress</caption><thead><tr>'
            '<th style="text-align:left">Lesson</th><th style="text-align:left">Exercise</th>'
            f'<th style="text-align:left">Last worked on</th></tr></thead><tbody>{rows}</tbody></table>'
            f"<p>{escape(_advice(self.view))}</p>"
        )

    def __repr__(self) -> str:
        lines = [f"{_MARKS[p.state]} {p.lesson.key}  {p.lesson.title}: {p.words}" for p in self.view.lessons]
        return "\n".join([*lines, _advice(self.view)])


_MARKS = {"done": "✔", "started": "…", "new": "○"}


def _advice(view: Overview) -> str:
    if view.next_up is None:
        return "Every lesson that exists is done."
    return f"Next: {view.next_up.title} ({view.next_up.key})."


def show(workspace: Path | None = None) -> ProgressTable:
    """Show the learner's progress in a notebook.

    Parameters
    ----------
    workspace : pathlib.Path, optional
        The workspace; found from the current folder if not given.

    Returns
    -------
    ProgressTable
        Displays as a table; prints as text.
    """
    return ProgressTable(overview(workspace or ledger.find_workspace(), load(content_root())))
