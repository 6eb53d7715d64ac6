"""Putting back what an exercise lost, without losing what the learner wrote."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from hurdles.catalog import Catalog
from hurdles.errors import HurdlesError
from hurdles.files import free_name, write_atomically
from hurdles.grading.intake import changed_tests, find_faults, graded_cells, read_notebook, recognise

__all__ = ["Restored", "rebuild", "restore"]


@dataclass(frozen=True)
class Restored:
    """What a restore did.

    Parameters
    ----------
    faults : tuple of str
        What was wrong before.
    backup : pathlib.Path or None
        Where the notebook as it was is kept; None if nothing was wrong.
    """

    faults: tuple[str, ...]
    backup: Path | None


def restore(path: Path, catalog: Catalog) -> Restored:
    """Bring back missing, doubled or changed test cells of an exercise and keep the learner's code.

    Parameters
    ----------
    path : pathlib.Path
        The learner's notebook; replaced, after a copy was put beside it.
    catalog : hurdles.catalog.Catalog
        The course.

    Returns
    -------
    Restored

    Raises
    ------
    hurdles.errors.HurdlesError
        If the file is not one of our exercises or its original is missing.
    """
    notebook = read_notebook(path)
    lesson = recognise(path, notebook, catalog)
    if lesson.exercise_path is None:
        raise HurdlesError(f"The original of {lesson.key} is missing from this installation. Install Hurdles again.")
    release = read_notebook(lesson.exercise_path)
    changed = changed_tests(graded_cells(notebook), graded_cells(release))
    faults = (*find_faults(notebook, release), *(f"the test cell '{name}' was changed" for name in changed))
    if not faults:
        return Restored((), None)
    backup = free_name(path.with_name(f"{path.stem}.before-restore.ipynb"))
    write_atomically(backup, path.read_bytes())
    write_atomically(path, (nbformat.writes(rebuild(notebook, release)) + "\n").encode())
    return Restored(faults, backup)


def rebuild(notebook: Any, release: Any) -> Any:
    """Return the release with the learner's answers and own cells in their places.

    Parameters
    ----------
    notebook, release : nbformat.NotebookNode
        The learner's notebook; the exercise as it was given out.

    Returns
    -------
    nbformat.NotebookNode
        Of an answer cell that is there twice, the first that differs from the stub is taken; the other stays as an
        ordinary cell, so that nothing a learner wrote is lost.
    """
    result = copy.deepcopy(release)
    answers = {
        grade_id: cell for grade_id, cell in graded_cells(result).items() if cell.metadata["nbgrader"].get("solution")
    }
    places = {cell.id: index for index, cell in enumerate(result.cells)}
    own: dict[int, list[Any]] = {}
    taken: set[str] = set()
    place = -1
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in answers and grade_id not in taken and cell.source != answers[grade_id].source:
            answers[grade_id].source = cell.source
            taken.add(grade_id)
        elif _is_own(cell, grade_id, answers, release):
            plain = copy.deepcopy(cell)
            plain.metadata.pop("nbgrader", None)
            own.setdefault(place, []).append(plain)
        place = max(place, places.get(cell.get("id"), place))
    return _merge(result, own)


def _is_own(cell: Any, grade_id: str | None, answers: dict[str, Any], release: Any) -> bool:
    if grade_id is not None:
        return grade_id in answers and cell.source != answers[grade_id].source
    originals = {c.id: c.source for c in release.cells}
    return bool(cell.source.strip()) and originals.get(cell.get("id")) != cell.source


def _merge(result: Any, own: dict[int, list[Any]]) -> Any:
    used = {cell.id for cell in result.cells}
    cells = list(own.get(-1, []))
    for index, cell in enumerate(result.cells):
        cells += [cell, *own.get(index, [])]
    for cell in (c for extra in own.values() for c in extra):
        if cell.get("id") in used or "id" not in cell:
            cell["id"] = nbformat.v4.new_code_cell().id
        used.add(cell["id"])
    result.cells = cells
    return result
