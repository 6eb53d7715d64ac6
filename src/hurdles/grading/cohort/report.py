"""What grading a course came to, for the person who asked for it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hurdles.errors import HurdlesError
from hurdles.files import write_atomically

__all__ = ["CohortReport", "SubmissionReport", "TaskReport", "check_report_path", "write_report"]

COLUMNS = ("assignment", "student", "state", "notebook", "task", "status", "score", "max_score", "seconds", "megabytes",
           "message")  # fmt: skip


@dataclass(frozen=True)
class TaskReport:
    """What became of one test cell, or of an answer that waits for a person.

    Parameters
    ----------
    notebook, task : str
        Which.
    status : str
        One of `hurdles.grading.report.STATUSES`, or ``by-hand``.
    score : float or None
        Points; None waits for a person.
    max_score : float
        Points to be had.
    message : str
        Why it did not pass.
    seconds : float
        How long the cell took.
    megabytes : float
        The most memory that its process had until then.
    """

    notebook: str
    task: str
    status: str
    score: float | None
    max_score: float
    message: str = ""
    seconds: float = 0.0
    megabytes: float = 0.0


@dataclass
class SubmissionReport:
    """What became of one submission.

    Parameters
    ----------
    student, assignment : str
        Whose, of what.
    state : str
        ``graded``, ``failed`` (some of it could not be graded), or ``unchanged`` (graded before).
    tasks : list of TaskReport
        In order.
    faults : list of str
        Why it could not be graded, and what to do.
    notes : list of str
        What the instructor should know.
    seconds : float
        How long it took.
    """

    student: str
    assignment: str
    state: str = "graded"
    tasks: list[TaskReport] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return f"{self.student}/{self.assignment}"

    @property
    def score(self) -> float:
        """Points given by machine."""
        return sum(task.score or 0.0 for task in self.tasks)


@dataclass
class CohortReport:
    """What became of all of them.

    Parameters
    ----------
    submissions : list of SubmissionReport
        In the order in which they were done.
    seconds : float
        How long it took.
    sandbox : str
        Which one: ``own``, ``bwrap`` or ``open``.
    cell_seconds : float
        What the cells alone took, all of them together.
    cold_because : str
        Why each notebook had to import its libraries by itself; empty if it had not to.
    """

    submissions: list[SubmissionReport] = field(default_factory=list)
    seconds: float = 0.0
    sandbox: str = ""
    cell_seconds: float = 0.0
    cold_because: str = ""

    @property
    def failed(self) -> list[SubmissionReport]:
        """Those of which something could not be graded."""
        return [one for one in self.submissions if one.state == "failed"]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Return one row for each task, and one for a submission without any."""
        for one in sorted(self.submissions, key=lambda found: (found.assignment, found.student)):
            head = {"assignment": one.assignment, "student": one.student, "state": one.state}
            for task in one.tasks:
                yield {**head, **asdict(task)}
            if not one.tasks:
                yield {**dict.fromkeys(COLUMNS, ""), **head, "message": " ".join(one.faults)}


def check_report_path(path: Path) -> None:
    """See that a report can be written there.

    Raises
    ------
    hurdles.errors.HurdlesError
        If not.
    """
    if path.suffix not in (".csv", ".json"):
        raise HurdlesError(f"The report {path} must end in .csv or .json: the ending says which it is to be.")
    if not path.parent.is_dir():
        raise HurdlesError(f"There is no folder {path.parent} for the report.")


def write_report(report: CohortReport, path: Path) -> None:
    """Write the report, as CSV or JSON by the file's ending."""
    if path.suffix == ".json":
        data = {
            "seconds": report.seconds,
            "cell_seconds": report.cell_seconds,
            "sandbox": report.sandbox,
            "cold_because": report.cold_because,
            "submissions": [asdict(one) | {"score": one.score} for one in report.submissions],
        }
        write_atomically(path, (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode())
        return
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    for row in report.rows():
        table.writerow({name: _safe(value) for name, value in row.items()})
    write_atomically(path, text.getvalue().encode())


def _safe(value: Any) -> Any:
    """Return a value that no spreadsheet takes for a formula; messages hold what learners wrote."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
