"""Checking a learner's notebook: grade it, record the attempt, choose the next hint."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from hurdles import ledger
from hurdles.catalog import Catalog
from hurdles.grading.intake import Submission, changed_tests, graded_cells, read_notebook, read_submission
from hurdles.grading.pipeline import Timings, autograde
from hurdles.grading.report import Report, TaskResult, fingerprints, hints, task_results

__all__ = ["check_notebook"]


def check_notebook(
    path: Path, catalog: Catalog, workspace: Path | None, *, timeout: int = 30, timings: Timings | None = None
) -> Report:
    """Grade a notebook with visible and hidden tests.

    Parameters
    ----------
    path : pathlib.Path
        The learner's notebook. It is only read.
    catalog : hurdles.catalog.Catalog
        The course.
    workspace : pathlib.Path or None
        Where grades and the attempt are recorded; with None nothing is kept.
    timeout : int
        Seconds that one cell may run.
    timings : dict, optional
        Filled with the seconds of each step.

    Returns
    -------
    Report

    Raises
    ------
    hurdles.errors.HurdlesError
        If the notebook could not be graded.
    """
    submission = read_submission(path, catalog)
    if workspace is None:
        with tempfile.TemporaryDirectory(prefix="hurdles-gradebook-") as folder:
            results = _grade(submission, Path(folder) / "gradebook.db", timeout, timings)
        failed = dict.fromkeys((result.id for result in results), 1)
    else:
        results = _grade(submission, ledger.database(workspace), timeout, timings)
        failed = _record(submission, workspace, results)
    return _report(submission, results, failed)


def _grade(submission: Submission, gradebook: Path, timeout: int, timings: Timings | None) -> list[TaskResult]:
    graded = autograde(submission, gradebook, timeout=timeout, timings=timings)
    return task_results(graded.cells, (task.id for task in submission.lesson.tasks))


def _record(submission: Submission, workspace: Path, results: list[TaskResult]) -> dict[str, int]:
    """Record the attempt; return how many different versions of each task failed in a row, this one included."""
    key, at, sources = submission.lesson.key, ledger.now(), fingerprints(submission.notebook.cells)
    ledger.record_attempt(
        workspace,
        [
            ledger.Attempt(key, r.id, at, r.status, r.score, r.max_score, sources.get(r.id, ""), r.message)
            for r in results
        ],
    )
    return {result.id: ledger.failures_in_a_row(workspace, key, result.id) for result in results}


def _report(submission: Submission, results: list[TaskResult], failed: dict[str, int]) -> Report:
    assert submission.lesson.solution_path is not None
    cells = read_notebook(submission.lesson.solution_path).cells
    tasks = []
    for result in results:
        given, count = hints(cells, result.id), failed[result.id]
        due = (
            given[min(count, len(given)) - 1]
            if given and count and result.status not in {"pass", "not-attempted"}
            else ""
        )
        tasks.append(replace(result, hint=due))
    return Report(
        lesson=submission.lesson.key,
        score=sum(task.score for task in tasks),
        max_score=sum(task.max_score for task in tasks),
        tasks=tuple(tasks),
        notes=tuple(_notes(submission)),
    )


def _notes(submission: Submission) -> Iterator[str]:
    """Say what the points do not: answers that wait for a person, and edits that did not count."""
    lesson = submission.lesson
    if lesson.exercise_path is None:
        return
    mine, given = graded_cells(submission.notebook), graded_cells(read_notebook(lesson.exercise_path))
    for grade_id, cell in given.items():
        facts = cell.metadata["nbgrader"]
        if facts["grade"] and facts["solution"]:
            empty = " It is still empty." if mine[grade_id].source == cell.source else ""
            yield f"{facts['points']:g} more points are given by hand for your answer under '{grade_id}'.{empty}"
    changed = changed_tests(mine, given)
    if changed:
        yield f"Graded as given out, without your changes to: {', '.join(changed)}."
