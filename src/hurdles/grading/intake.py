"""Taking in a notebook: is it one of our exercises, and is it whole?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import nbformat.v4
import nbformat.validator

from hurdles.catalog import Catalog, Lesson
from hurdles.errors import HurdlesError

__all__ = [
    "Submission",
    "changed_tests",
    "find_faults",
    "graded_cells",
    "read_notebook",
    "read_submission",
    "recognise",
]


@dataclass(frozen=True)
class Submission:
    """A learner's notebook, recognised and whole.

    Parameters
    ----------
    path : pathlib.Path
        Where it lies.
    lesson : hurdles.catalog.Lesson
        The lesson it is the exercise of.
    notebook : nbformat.NotebookNode
        Its content, at nbformat 4.
    """

    path: Path
    lesson: Lesson
    notebook: Any


def read_notebook(path: Path) -> Any:
    """Read a notebook file.

    Raises
    ------
    hurdles.errors.HurdlesError
        If there is no such file or it is not a notebook; the message says which and what to do.
    """
    if not path.exists():
        raise HurdlesError(f"There is no file {path}. Check the spelling, or run 'hurdles list' to see the exercises.")
    if path.is_dir():
        raise HurdlesError(f"{path} is a folder. Name the notebook in it, such as {path / 'NOTEBOOK.ipynb'}.")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise HurdlesError(f"{path} cannot be read as a notebook: {error}.") from error
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise HurdlesError(
            f"{path} is not a notebook: its JSON is broken at line {error.lineno}, column {error.colno}. "
            "If you edited it as text or merged it, undo that; else take an older copy, or rename this file and "
            "run 'hurdles lab' to get a fresh one."
        ) from error
    if not isinstance(data, dict) or "cells" not in data or data.get("nbformat") != 4:
        raise HurdlesError(f"{path} is not a notebook of format 4. Open and save it in JupyterLab, then check again.")
    try:
        notebook = nbformat.v4.upgrade(nbformat.v4.reads(text))
        # An older notebook has no cell ids, a merged one may have some twice: give new ones instead of refusing.
        _, notebook = nbformat.validator.normalize(notebook, relax_add_props=True)
        nbformat.validate(notebook, relax_add_props=True)
    except (nbformat.ValidationError, AttributeError, TypeError, KeyError, ValueError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise HurdlesError(f"{path} is damaged: {reason} Open and save it in JupyterLab, then check again.") from error
    return notebook


def recognise(path: Path, notebook: Any, catalog: Catalog) -> Lesson:
    """Say which lesson's exercise a notebook is.

    The notebook's own metadata decides, so a renamed or copied file is still recognised.

    Raises
    ------
    hurdles.errors.HurdlesError
        If it is none of ours.
    """
    facts = notebook.metadata.get("hurdles", {})
    exercises = [lesson for lesson in catalog.lessons if lesson.solution_path]
    if facts.get("kind") == "lesson":
        raise HurdlesError(
            f"{path} is a lesson: there is nothing to grade in it. Its exercise has the same name in exercises/."
        )
    for lesson in exercises:
        named = facts.get("lesson")
        by_place = (path.resolve().parent.name, path.stem) == (lesson.area, lesson.slug)
        if facts.get("kind") == "exercise" and (named == lesson.key or (named is None and by_place)):
            return lesson
    known = ", ".join(lesson.key for lesson in exercises) or "none"
    raise HurdlesError(f"{path} is not one of our exercises. Exercises that can be checked: {known}.")


def graded_cells(notebook: Any) -> dict[str, Any]:
    """Return the cells that nbgrader knows of (tests, locked cells and solutions), by grade_id."""
    return {
        cell.metadata["nbgrader"]["grade_id"]: cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id")
    }


def find_faults(notebook: Any, master: Any) -> list[str]:
    """Name each cell of the master that is missing, doubled or of another kind in a learner's notebook."""
    count = Counter(cell.metadata["nbgrader"].get("grade_id") for cell in notebook.cells if "nbgrader" in cell.metadata)
    mine = graded_cells(notebook)
    faults = []
    for grade_id, cell in graded_cells(master).items():
        kind = "answer" if cell.metadata["nbgrader"].get("solution") else "test"
        if count[grade_id] == 0:
            faults.append(f"the {kind} cell '{grade_id}' is missing")
        elif count[grade_id] > 1:
            faults.append(f"the {kind} cell '{grade_id}' is there {count[grade_id]} times")
        elif mine[grade_id].cell_type != cell.cell_type:
            faults.append(f"the {kind} cell '{grade_id}' was turned into a {mine[grade_id].cell_type} cell")
    return faults


def changed_tests(mine: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    """Name the test cells whose text differs from what was given out, among those that are there.

    Parameters
    ----------
    mine, given : mapping of str to cell
        By grade_id, as `graded_cells` returns them: of the learner's notebook and of the exercise.

    Returns
    -------
    list of str
        Their grade_ids.
    """
    return [
        grade_id
        for grade_id, cell in given.items()
        if grade_id in mine and not cell.metadata["nbgrader"]["solution"] and mine[grade_id].source != cell.source
    ]


def read_submission(path: Path, catalog: Catalog) -> Submission:
    """Read, recognise and examine a learner's notebook.

    Parameters
    ----------
    path : pathlib.Path
        The notebook.
    catalog : hurdles.catalog.Catalog
        The course.

    Returns
    -------
    Submission

    Raises
    ------
    hurdles.errors.HurdlesError
        If it cannot be graded. The message says why, which cell, and how to get it back.
    """
    notebook = read_notebook(path)
    lesson = recognise(path, notebook, catalog)
    assert lesson.solution_path is not None
    faults = find_faults(notebook, read_notebook(lesson.solution_path))
    if faults and ".before-restore" in path.stem:
        raise HurdlesError(f"{path} is a copy that 'hurdles restore' kept. Check the mended notebook beside it.")
    if faults:
        raise HurdlesError(
            f"{path} cannot be graded: {'; '.join(faults)}. Run 'hurdles restore {path}': it puts the cells back as "
            "they were given out and keeps your code."
        )
    return Submission(path, lesson, notebook)
