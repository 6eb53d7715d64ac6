"""A small nbgrader course for tests of grading: ten points, of which the honest submission reaches nine."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from hurdles.grading.cohort import CohortReport, Options, SubmissionReport, grade_course

HONEST = 9.0
RIGHT = {
    "double": "def double(x):\n    return 2 * x",
    "tally": "def tally(words):\n    return {word: words.count(word) for word in words}",
    "third": "def third():\n    return 2",
}
TESTS = {
    "double": (
        "assert double(2) == 4\nhidden_expected_value = -7.0  # secret-marker\n"
        "assert double(-3.5) == hidden_expected_value, 'try a negative number'",
        4,
    ),
    "tally": ("assert tally(['a', 'b', 'a']) == {'a': 2, 'b': 1}, 'a word may come twice'", 4),
    "third": ("points = float(third())\npoints", 2),
}
_FACTS = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}


def master() -> Any:
    """Return the author's notebook."""
    cells = [new_markdown_cell("# Problem set", id="header"), new_code_cell("import json", id="setup")]
    for name, (test, points) in TESTS.items():
        head, _, body = RIGHT[name].partition("\n")
        answer = new_code_cell(f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION", id=name)
        answer.metadata["nbgrader"] = _FACTS | {"grade_id": name, "solution": True}
        check = new_code_cell(f"### BEGIN HIDDEN TESTS\n{test}\n### END HIDDEN TESTS", id=f"{name}-test")
        check.metadata["nbgrader"] = _FACTS | {
            "grade_id": f"{name}-test", "grade": True, "locked": True, "points": points
        }  # fmt: skip
        cells += [answer, check]
    essay = new_markdown_cell("### BEGIN SOLUTION\nBecause.\n### END SOLUTION", id="essay")
    essay.metadata["nbgrader"] = _FACTS | {"grade_id": "essay", "grade": True, "solution": True, "points": 5}
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=[*cells, essay], metadata={"kernelspec": spec})


def make_course(course: Path, *, isolated: bool = False) -> Path:
    """Make a course and let nbgrader release its assignment.

    Parameters
    ----------
    course : pathlib.Path
        Where.
    isolated : bool
        Whether its tests are to be run apart from the learner's code.
    """
    (course / "source" / "ps1").mkdir(parents=True)
    made = master()
    if isolated:
        made.metadata["hurdles"] = {"verdict": "isolated"}
    nbformat.write(made, course / "source" / "ps1" / "problem.ipynb")
    (course / "submitted").mkdir()
    (course / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'test'\n")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "nbgrader", "generate_assignment", "ps1"], cwd=course, check=True,
        capture_output=True, env={**os.environ, "PATH": path},
    )  # fmt: skip
    return course


class Cohort:
    """A course with submissions.

    Parameters
    ----------
    course : pathlib.Path
        Its folder.
    """

    def __init__(self, course: Path) -> None:
        self.course = course

    def set(self, line: str) -> None:
        """Add a line to the course's settings."""
        path = self.course / "nbgrader_config.py"
        path.write_text(f"{path.read_text()}{line}\n")

    def notebook(self, answers: Mapping[str, str]) -> Any:
        """Return what a learner hands in who gives these answers."""
        notebook = nbformat.read(self.course / "release" / "ps1" / "problem.ipynb", as_version=4)
        for cell in notebook.cells:
            if cell.id in answers:
                cell.source = answers[cell.id]
        return notebook

    def submit(self, student: str, answers: Mapping[str, str] | Any, *, timestamp: str = "") -> Path:
        """Put a submission where nbgrader collects them; return its folder."""
        folder = self.course / "submitted" / student / "ps1"
        folder.mkdir(parents=True, exist_ok=True)
        notebook = self.notebook(answers) if isinstance(answers, Mapping) and "cells" not in answers else answers
        nbformat.write(notebook, folder / "problem.ipynb")
        if timestamp:
            (folder / "timestamp.txt").write_text(timestamp)
        return folder

    def grade(self, **options: Any) -> CohortReport:
        """Grade what is to be graded."""
        told = options.pop("told", None)
        return grade_course(self.course, Options(**options), told=told)

    def of(self, report: CohortReport, student: str) -> SubmissionReport:
        """Return what became of a student's submission."""
        return next(one for one in report.submissions if one.student == student)

    def scores(self, student: str) -> dict[str, float | None]:
        """Return the points by machine in the gradebook, by cell."""
        with closing(sqlite3.connect(self.course / "gradebook.db")) as db:
            rows = db.execute(
                "SELECT base_cell.name, grade.auto_score FROM grade JOIN base_cell ON base_cell.id = grade.cell_id "
                "JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id JOIN submitted_assignment ON "
                "submitted_assignment.id = submitted_notebook.assignment_id WHERE student_id = ?", (student,),
            ).fetchall()  # fmt: skip
        return dict(rows)

    def score(self, student: str) -> float:
        """Return their sum."""
        return sum(value or 0.0 for value in self.scores(student).values())

    def graded(self, student: str) -> Any:
        """Return the graded notebook."""
        return nbformat.read(self.course / "autograded" / student / "ps1" / "problem.ipynb", as_version=4)

    def files(self) -> dict[str, str]:
        """Return a hash of each file that grading must not change."""
        return {
            str(path.relative_to(self.course)): hashlib.sha256(path.read_bytes()).hexdigest()
            for step in ("source", "release", "submitted")
            for path in sorted((self.course / step).rglob("*"))
            if path.is_file() and not path.is_symlink()
        }

    def book(self) -> list[Any]:
        """Return all grades and comments, in an order of their own."""
        with closing(sqlite3.connect(self.course / "gradebook.db")) as db:
            return sorted(
                db.execute(
                    "SELECT student_id, notebook.name, base_cell.name, auto_score, manual_score, extra_credit, "
                    "needs_manual_grade, late_submission_penalty FROM grade "
                    "JOIN base_cell ON base_cell.id = grade.cell_id "
                    "JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id "
                    "JOIN notebook ON notebook.id = submitted_notebook.notebook_id JOIN submitted_assignment ON "
                    "submitted_assignment.id = submitted_notebook.assignment_id"
                ).fetchall(),
                key=repr,
            )

    def journal_or_nothing(self) -> dict[str, tuple[str, int]]:
        """Return the journal, which a run that was killed early may not have made."""
        try:
            return self.journal()
        except sqlite3.OperationalError:
            return {}

    def forget(self) -> None:
        """Bring the gradebook back to what it was before anything was graded."""
        with closing(sqlite3.connect(self.course / "gradebook.db")) as db, db:
            for table in ("grade", "comment", "submitted_notebook", "submitted_assignment", "student"):
                db.execute(f"DELETE FROM {table}")
            db.execute("DROP TABLE IF EXISTS hurdles_journal")

    def journal(self) -> dict[str, tuple[str, int]]:
        """Return state and number of runs by student."""
        with closing(sqlite3.connect(self.course / "gradebook.db")) as db:
            rows = db.execute("SELECT student, state, runs FROM hurdles_journal").fetchall()
        return {student: (state, runs) for student, state, runs in rows}


def processes(word: str) -> list[str]:
    """Return the command lines of running processes that contain a word."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if word in line:
                found.append(line)
    return found
