"""From an autograded notebook to one result per task."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["STATUSES", "Report", "TaskResult", "fingerprints", "hints", "plain", "status_of", "task_results"]

STATUSES = ("pass", "fail", "error", "timeout", "not-attempted")

_BY_NAME = {
    "NotImplementedError": "not-attempted",
    "NotAttempted": "not-attempted",
    "AssertionError": "fail",
    "CheckFailed": "fail",
    "CellTimeoutError": "timeout",
}
_SENTENCES = ("CallFailed", "KernelDied", "NoVerdict")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_DETAILS = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)


@dataclass(frozen=True)
class TaskResult:
    """What became of one task.

    Parameters
    ----------
    id : str
        The graded function's name.
    status : str
        One of `STATUSES`.
    score, max_score : float
        Points reached and points to be had.
    message : str
        What was seen and what to try next; empty when the task passed.
    hint : str
        The next hint; empty when none is due.
    """

    id: str
    status: str
    score: float
    max_score: float
    message: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Report:
    """The result of checking one notebook.

    Parameters
    ----------
    lesson : str
        Key of the lesson, such as ``01-data/1-quality``.
    score, max_score : float
        Sums over the tasks. Answers graded by hand are not counted.
    tasks : tuple of TaskResult
        One per graded function, in the notebook's order.
    notes : tuple of str
        What else the learner should know, such as points that are given by hand.
    """

    lesson: str
    score: float
    max_score: float
    tasks: tuple[TaskResult, ...]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data, as ``hurdles check --json`` prints it: without the notes."""
        facts = asdict(self) | {"tasks": [asdict(task) for task in self.tasks]}
        del facts["notes"]
        return facts


def hints(cells: Iterable[Mapping[str, Any]], task: str) -> list[str]:
    """Return a task's hints in order, read from the ``<details>`` blocks of its cell ``TASK-hints``."""
    for cell in cells:
        if cell.get("id") == f"{task}-hints":
            return [f"{_label(title)}: {text.strip()}" for title, text in _DETAILS.findall(cell["source"])]
    return []


def _label(summary: str) -> str:
    """Turn the summary ``Hint 1: the concept`` into ``Hint 1 (the concept)``."""
    number, _, about = re.sub(r"<[^>]+>", "", summary).strip().rstrip(":").partition(": ")
    return f"{number} ({about})" if about else number


def fingerprints(cells: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return a short hash of each solution cell's source, by grade_id."""
    found = {}
    for cell in cells:
        facts = cell["metadata"].get("nbgrader", {})
        if facts.get("solution"):
            found[facts["grade_id"]] = hashlib.sha256(cell["source"].encode()).hexdigest()[:16]
    return found


def task_results(cells: Iterable[Mapping[str, Any]], tasks: Iterable[str]) -> list[TaskResult]:
    """Read each task's result from the cells of an autograded notebook.

    Parameters
    ----------
    cells : iterable of notebook cells
        Executed, with outputs.
    tasks : iterable of str
        The graded functions' names.

    Returns
    -------
    list of TaskResult
        Without hints. A task's points are those of its test cells; its message is that of the first test cell that
        did not go through, so the visible test, which the learner can read, speaks first.
    """
    known = {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in cells if "nbgrader" in cell["metadata"]}
    return [
        _task_result(task, known[task], [known[f"{task}_{kind}"] for kind in ("visible", "hidden")]) for task in tasks
    ]


def _task_result(task: str, answer: Mapping[str, Any], tests: list[Mapping[str, Any]]) -> TaskResult:
    max_score = sum(float(test["metadata"]["nbgrader"]["points"]) for test in tests)
    for test in tests:
        error = _first_error(test)
        if error is not None:
            return TaskResult(task, status_of(error), 0.0, max_score, _message(task, answer, error))
        if test.get("execution_count") is None:
            return TaskResult(task, "error", 0.0, max_score, f"The tests of {task} did not run. Run the check again.")
        if any(out["output_type"] == "execute_result" for out in test["outputs"]):
            return TaskResult(task, "error", 0.0, max_score, f"The tests of {task} gave no clear verdict.")
    return TaskResult(task, "pass", max_score, max_score)


def _first_error(test: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the error that ended a test cell; a timeout counts before the interrupt that it caused."""
    errors = [out for out in test["outputs"] if out["output_type"] == "error"]
    return min(errors, key=lambda out: out["ename"] != "CellTimeoutError", default=None)


def status_of(error: Mapping[str, Any]) -> str:
    """Return the status that an error which ended a test cell stands for."""
    return _BY_NAME.get(str(error["ename"]), "error")


def plain(error: Mapping[str, Any]) -> str:
    """Return what an error says, without colours; of our own exceptions the text alone, which is a sentence."""
    name, text = str(error["ename"]), _ANSI.sub("", str(error["evalue"])).strip()
    return text if name in _BY_NAME or name in _SENTENCES else f"{name}: {text}".removesuffix(": ")


def _message(task: str, answer: Mapping[str, Any], error: Mapping[str, Any]) -> str:
    name, text = str(error["ename"]), _ANSI.sub("", str(error["evalue"])).strip()
    status = status_of(error)
    if status == "timeout":
        return f"{task} did not finish in time. Look for a loop that never ends, or work repeated for every row."
    if status == "not-attempted":
        return text or "Not written yet: replace the line that raises NotImplementedError."
    if status == "fail":
        return text or f"A test of {task} failed."
    if name == "NameError" and f"'{task}'" in text:
        return _why_missing(task, answer)
    # What hurdles.checks raises is a sentence already; of any other exception the name is half the message.
    return text if name in _SENTENCES else f"{name}: {text}".removesuffix(": ")


def _why_missing(task: str, answer: Mapping[str, Any]) -> str:
    """Say why there is no function of the task's name: its cell failed, or defines something else."""
    error = _first_error(answer)
    if error is None:
        return f"There is no function {task}: its cell defines none of that name. Was it renamed?"
    text = _ANSI.sub("", str(error["evalue"])).strip()
    return f"There is no function {task}: its cell stopped with {error['ename']}: {text}. Run that cell and mend it."
