"""Feedback pages that give nothing away and in which nothing of a learner's runs.

nbgrader's pages show the source of hidden tests, also in tracebacks, and whatever HTML a learner wrote or printed. The
parts here are nbgrader's and nbconvert's own kind, so that a course can put them into ``nbgrader_config.py``, as
`settings` does, for ``nbgrader generate_feedback`` and formgrader as well as for ``hurdles feedback``.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.preprocessors import ClearHiddenTests, GetGrades
from traitlets.config import Config

from hurdles.errors import HurdlesError

__all__ = ["HideTests", "InertHTML", "generate_feedback", "settings"]

_REMOVED = "[removed: this repeated hidden tests]"
_HIDDEN = "# Further tests ran here; they are not shown."
# A line that says as little as "else:" may stand in anybody's output.
_TELLING = 12
_SCRIPT = re.compile(r"<script(?P<about>[^>]*)>(?P<code>.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_SOURCE = re.compile(r"""src\s*=\s*["'](https?://[^/"']+)""", re.IGNORECASE)


class HideTests(ClearHiddenTests):  # type: ignore[misc]
    """Takes hidden tests out of an autograded notebook: out of the cells, the tracebacks, and what was printed."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Take them out."""
        telling: set[str] = set()
        for cell in nb.cells:
            whole = cell.source
            if self.begin_test_delimeter not in whole or not self._remove_hidden_test_region(cell):
                continue
            telling |= {line.strip() for line in set(whole.splitlines()) - set(cell.source.splitlines())}
            cell.source = cell.source.strip() or _HIDDEN
            for output in cell.get("outputs", []):
                if output.output_type == "error":
                    output.traceback = [f"{output.ename}: {output.evalue}" if output.evalue else output.ename]
        telling = {line for line in telling if len(line) >= _TELLING}
        for cell in nb.cells:
            for output in cell.get("outputs", []):
                self._blacken(output, telling)
        return nb, resources

    def _blacken(self, output: Any, telling: set[str]) -> None:
        def repeats(text: str) -> bool:
            # Printed as a list or a dictionary, a quotation mark in it has a backslash before it.
            return any(line in text or repr(line)[1:-1] in text for line in telling)

        if output.output_type == "stream" and repeats(output.text):
            output.text = _REMOVED
        elif output.output_type == "error":
            output.traceback = [line if not repeats(line) else _REMOVED for line in output.traceback]
            output.evalue = _REMOVED if repeats(output.evalue) else output.evalue
        elif "data" in output and any(isinstance(part, str) and repeats(part) for part in output.data.values()):
            output.data = {"text/plain": _REMOVED}


class InertHTML(HTMLExporter):
    """nbconvert's page, in which HTML of a notebook is cleaned and no script but the page's own is allowed to run."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self.sanitize_html = True
        self._allowed = ""

    def from_notebook_node(  # type: ignore[override]
        self, nb: Any, resources: Any = None, **options: Any
    ) -> tuple[str, Any]:
        """Return the page of a notebook."""
        page, found = super().from_notebook_node(nb, resources, **options)
        if not self._allowed:
            # What a page without any cell holds is the template's own.
            empty, _ = super().from_notebook_node(type(nb)({**nb, "cells": []}), resources, **options)
            self._allowed = _policy(empty)
        head = f'<meta http-equiv="Content-Security-Policy" content="{self._allowed}" />'
        return page.replace("<head>", f"<head>\n{head}", 1), found


def _policy(page: str) -> str:
    """Return the rule that lets the scripts of this page run, and no other."""
    allowed: set[str] = set()
    for script in _SCRIPT.finditer(page):
        origin = _SOURCE.search(script["about"])
        if origin:
            allowed.add(origin[1])
        elif script["code"].strip():
            digest = hashlib.sha256(script["code"].encode()).digest()
            allowed.add(f"'sha256-{base64.b64encode(digest).decode()}'")
    rule = " ".join(sorted(allowed)) or "'none'"
    return f"script-src {rule}; object-src 'none'; base-uri 'none'; form-action 'none'; frame-src 'none'"


def settings(config: Any) -> None:
    """Put the parts into a course's settings; for ``nbgrader_config.py``, with what ``get_config()`` gave there."""
    config.GenerateFeedback.exporter_class = InertHTML
    config.GenerateFeedback.preprocessors = [GetGrades, HideTests, CSSHTMLHeaderPreprocessor]
    # Formgrader makes its pages with nbconvert's own exporter.
    config.HTMLExporter.sanitize_html = True


def generate_feedback(folder: Path, assignment: str = "*", student: str = "*") -> int:
    """Make the feedback pages of a course.

    Parameters
    ----------
    folder : pathlib.Path
        The course.
    assignment, student : str
        Only these; ``*`` stands for all.

    Returns
    -------
    int
        How many pages there are now.

    Raises
    ------
    hurdles.errors.HurdlesError
        If there is nothing to make them from.
    """
    from nbgrader.converters import GenerateFeedback, NbGraderException
    from nbgrader.coursedir import CourseDirectory

    from hurdles.grading.cohort.course import inside, open_course

    course = open_course(folder.resolve())
    config = Config(course.config)
    settings(config)
    config.GenerateFeedback.force = True
    config.CourseDirectory.assignment_id = assignment
    config.CourseDirectory.student_id = student
    config.CourseDirectory.root = str(course.root)
    directory = CourseDirectory(config=config)
    with inside(course.root):
        try:
            GenerateFeedback(coursedir=directory, config=config).start()
        except NbGraderException as error:
            raise HurdlesError(f"No feedback could be made: {error} Grade first, with 'hurdles grade'.") from error
        pattern = directory.format_path(directory.feedback_directory, student, assignment)
        return len(list(Path(pattern).parent.parent.glob("*/*/*.html" if student == "*" else f"{student}/*/*.html")))
