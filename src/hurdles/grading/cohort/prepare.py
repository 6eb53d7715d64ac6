"""From a submitted notebook to one that can be run: the author's cells put back, whatever a learner did to them."""

from __future__ import annotations

import copy
import functools
import json
import logging
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import nbformat
from jsonschema.exceptions import best_match  # type: ignore[import-untyped]
from jsonschema.validators import validator_for  # type: ignore[import-untyped]
from nbgrader import preprocessors as steps
from nbgrader.nbgraderformat import common
from nbgrader.utils import is_grade

from hurdles.errors import HurdlesError
from hurdles.grading.cohort.master import MasterNotebook
from hurdles.grading.intake import read_notebook
from hurdles.grading.jobs import Cell
from hurdles.notebooks.names import taken

__all__ = ["Pipeline", "Prepared", "cells_to_run", "prepare", "written"]


@dataclass
class Prepared:
    """A notebook that is ready to be run.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        With the author's cells as the author wrote them.
    resources : dict
        As nbgrader's preprocessors want it.
    notes : list of str
        What was mended or missing, for the instructor.
    missing : list of str
        Cells of the author's that are not there.
    """

    notebook: Any
    resources: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


class _Overwrite(steps.OverwriteCells):  # type: ignore[misc]
    """Nbgrader's own, with the gradebook's cells read already."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Put the author's cells back."""
        self.notebook_id = resources["nbgrader"]["notebook"]
        self.assignment_id = resources["nbgrader"]["assignment"]
        self.gradebook = resources["hurdles"]
        for index, cell in enumerate(nb.cells):
            nb.cells[index], resources = self.preprocess_cell(cell, resources, index)
        if self.add_missing_cells:
            from nbgrader.api import Gradebook

            with Gradebook(resources["nbgrader"]["db_url"]) as self.gradebook:
                nb, resources = self.add_missing_grade_cells(nb, resources)
                nb, resources = self.add_missing_task_cells(nb, resources)
        return nb, resources


class _Kernelspec(steps.OverwriteKernelspec):  # type: ignore[misc]
    """Nbgrader's own, with the gradebook's entry read already."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Put the author's kernel back."""
        if resources["hurdles"].kernelspec:
            nb.metadata["kernelspec"] = dict(resources["hurdles"].kernelspec)
        return nb, resources


class _Metadata(steps.CheckCellMetadata):  # type: ignore[misc]
    """Nbgrader's own, but its schema is checked once and not again for each cell."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """See that nbgrader's flags are what they can be."""
        before, common.jsonschema = common.jsonschema, _Schemas
        try:
            found: tuple[Any, Any] = super().preprocess(nb, resources)
            return found
        finally:
            common.jsonschema = before


class _Schemas:
    """What nbgrader takes of jsonschema."""

    @staticmethod
    def validate(instance: Any, schema: Any) -> None:
        """Raise ValidationError if it does not fit."""
        error = best_match(_validator(json.dumps(schema, sort_keys=True)).iter_errors(instance))
        if error is not None:
            raise error


@functools.cache
def _validator(schema: str) -> Any:
    data = json.loads(schema)
    kind = validator_for(data)
    kind.check_schema(data)
    return kind(data)


class Pipeline:
    """The steps that a course's settings name, in the order of nbgrader's ``autograde``.

    Parameters
    ----------
    config : traitlets.config.Config
        Of the course.
    log : logging.Logger
        Where nbgrader's steps report.
    """

    _OURS: ClassVar[dict[Any, Any]] = {
        steps.OverwriteCells: _Overwrite,
        steps.OverwriteKernelspec: _Kernelspec,
        steps.CheckCellMetadata: _Metadata,
    }
    # These are replaced: the cells are run elsewhere, and the gradebook has one writer.
    _ELSEWHERE = (steps.Execute, steps.SaveAutoGrades, steps.AssignLatePenalties)

    def __init__(self, config: Any, coursedir: Any, log: logging.Logger) -> None:
        from nbgrader.converters import Autograde

        self.converter = Autograde(coursedir=coursedir, config=config)
        self.converter.log = log
        before: list[Any] = []
        after: list[Any] = []
        late = False
        for kind in self.converter.autograde_preprocessors:
            if kind in self._ELSEWHERE:
                late = late or kind is steps.Execute
            else:
                (after if late else before).append(kind)
        self._before = [self._make(kind) for kind in [*self.converter.sanitize_preprocessors, *before]]
        self._after = [self._make(kind) for kind in after]
        self.penalty = self._make(steps.AssignLatePenalties)
        self.penalises = steps.AssignLatePenalties in self.converter.autograde_preprocessors

    def _make(self, kind: Any) -> Any:
        if isinstance(kind, str):
            from traitlets.utils.importstring import import_item

            kind = import_item(kind)
        step = self._OURS.get(kind, kind)(parent=self.converter)
        step.log = self.converter.log
        return step

    def before(self, notebook: Any, resources: dict[str, Any]) -> Any:
        """Run the steps before the cells."""
        return self._run(self._before, notebook, resources)

    def after(self, notebook: Any, resources: dict[str, Any]) -> Any:
        """Run the steps after the cells."""
        return self._run(self._after, notebook, resources)

    def _run(self, chain: list[Any], notebook: Any, resources: dict[str, Any]) -> Any:
        for step in chain:
            notebook, _ = step(notebook, resources)
        return notebook


def prepare(
    path: Path, master: MasterNotebook, pipeline: Pipeline, names: dict[str, str], notebook: Any = None
) -> Prepared:
    """Read a submitted notebook and put the author's cells back.

    Parameters
    ----------
    path : pathlib.Path
        The notebook's file.
    master : MasterNotebook
        The author's.
    pipeline : Pipeline
        The course's steps.
    names : dict
        ``student``, ``assignment`` and ``db_url``.
    notebook : nbformat.NotebookNode, optional
        The notebook, if it has been read already. It is changed.

    Raises
    ------
    hurdles.errors.HurdlesError
        If it is no notebook, or cannot be mended.
    """
    notebook = read_notebook(path) if notebook is None else notebook
    resources = {
        "nbgrader": {**names, "notebook": master.name},
        "hurdles": master,
        "metadata": {"name": master.name, "path": str(path.parent)},
        "unique_key": master.name,
        "output_files_dir": f"{master.name}_files",
    }
    prepared = Prepared(notebook, resources)
    _set_flags(prepared, master)
    try:
        prepared.notebook = pipeline.before(notebook, resources)
    except Exception as error:  # a step of the course's own may raise anything
        raise HurdlesError(
            f"{path.name} could not be prepared: {type(error).__name__}: {_first_line(error)}"
        ) from error
    there = {cell.metadata.get("nbgrader", {}).get("grade_id") for cell in prepared.notebook.cells}
    prepared.missing = [name for name, cell in master.cells.items() if (cell.grade or cell.task) and name not in there]
    return prepared


def _set_flags(prepared: Prepared, master: MasterNotebook) -> None:
    """Let each cell be to nbgrader what it was when it was given out."""
    seen: set[str] = set()
    for cell in reversed(prepared.notebook.cells):
        facts = cell.metadata.get("nbgrader")
        if facts is None:
            continue
        name = facts.get("grade_id") if isinstance(facts, dict) else None
        if not isinstance(name, str) or name not in master.cells:
            del cell.metadata["nbgrader"]
            prepared.notes.append("a cell claimed to be one of the author's that is not known")
            continue
        if name in seen:
            # The last one counts, as in nbgrader: whoever doubles a cell goes on working below.
            del cell.metadata["nbgrader"]
            prepared.notes.append(f"the cell {name} is there more than once; the last one counts")
            continue
        seen.add(name)
        given = master.cells[name]
        wanted = {
            "schema_version": 3, "grade_id": name, "grade": given.grade, "solution": given.solution, "task": given.task,
            "locked": given.locked, "cell_type": given.cell_type, "checksum": given.checksum,
            **({"points": given.max_score} if given.grade or given.task else {}),
        }  # fmt: skip
        flags = ("grade", "solution", "task", "locked", "points")
        if any(facts.get(flag, False) != wanted.get(flag, False) for flag in flags):
            prepared.notes.append(f"the flags of the cell {name} had been changed")
        if given.locked and cell.cell_type != given.cell_type:
            prepared.notes.append(f"the cell {name} had been turned into a {cell.cell_type} cell")
        cell.metadata["nbgrader"] = nbformat.from_dict(wanted)
    prepared.notes.reverse()


def cells_to_run(notebook: Any, master: MasterNotebook) -> tuple[Cell, ...]:
    """Return the code cells of a prepared notebook, and where each is to be run.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Prepared.
    master : MasterNotebook
        The author's.
    """
    ours = notebook.metadata.get("hurdles", {}).get("kind") == "exercise"
    plain = tuple(
        Cell(index, cell.source, bool(is_grade(cell)), cell.get("id"), _group(cell) if ours else "")
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and cell.source.strip()
    )
    return _apart(notebook, plain, master) if master.isolated else plain


def _apart(notebook: Any, plain: tuple[Cell, ...], master: MasterNotebook) -> tuple[Cell, ...]:
    """Send the test cells to a process of their own, each after what of the author's stands before it."""
    found, before = [], 0
    places = {name: place for place, (name, _) in enumerate(master.author) if name}
    for cell in plain:
        place = places.get(notebook.cells[cell.index].metadata.get("nbgrader", {}).get("grade_id", ""))
        if place is None or not cell.test:
            found.append(cell)
            continue
        # What an earlier test cell defines, a later one may use; a test that is not there is not run for that.
        own = tuple(source for name, source in master.author[before:place] if not name)
        found.append(replace(cell, far=True, names=taken(cell.source), before=own))
        before = max(before, place + 1)
    return tuple(found)


def _group(cell: Any) -> str:
    """Return the task a test cell of ours belongs to: its grade_id is the task's, then ``_visible`` or ``_hidden``."""
    return str(cell.metadata.nbgrader.grade_id).rpartition("_")[0] if is_grade(cell) else ""


def written(notebook: Any) -> bytes:
    """Return a notebook as a file holds it."""
    text: str = nbformat.writes(copy.copy(notebook))
    return (text.rstrip("\n") + "\n").encode("utf-8", "replace")


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else ""
