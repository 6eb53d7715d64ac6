"""What the gradebook knows of an assignment, read once instead of once a cell."""

from __future__ import annotations

import ast
import functools
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

__all__ = ["CellFacts", "Master", "MasterNotebook", "read_master"]


@dataclass(frozen=True)
class CellFacts:
    """One cell of the author's, as nbgrader's gradebook describes it.

    Parameters
    ----------
    name : str
        Its grade_id.
    cell_type, source, checksum : str
        As in the author's notebook, hidden tests included.
    locked, grade, solution, task : bool
        What it is.
    max_score : float
        Points; 0 if it has none.
    """

    name: str
    cell_type: str
    source: str
    checksum: str
    locked: bool
    grade: bool
    solution: bool
    task: bool
    max_score: float

    @property
    def gives_points(self) -> bool:
        """Whether a test cell ends in a value that is no call, so that the author means it as points.

        A call may be an assertion, whose value is None; what it gives is taken for points if it is not.
        """
        return _gives_points(self.source)

    @property
    def test(self) -> bool:
        """Whether a machine gives the points."""
        return self.grade and not self.solution and self.cell_type == "code"


@dataclass(frozen=True)
class MasterNotebook:
    """One notebook of an assignment.

    Parameters
    ----------
    name : str
        Without the ending.
    kernelspec : dict
        As in the author's notebook.
    cells : dict of str to CellFacts
        By grade_id, in order.
    modules : tuple of str
        What its code imports.
    isolated : bool
        Whether its tests are run apart from the learner's code.
    author : tuple of (str, str)
        Of its code cells that are no answers, in order: grade_id of a test, else an empty text; and the source.
    """

    name: str
    kernelspec: dict[str, Any]
    cells: dict[str, CellFacts]
    modules: tuple[str, ...] = ()
    isolated: bool = False
    author: tuple[tuple[str, str], ...] = ()

    @property
    def tests(self) -> list[CellFacts]:
        """The cells that a machine gives points for."""
        return [cell for cell in self.cells.values() if cell.test]

    def find_source_cell(self, name: str, *_: str) -> CellFacts:
        """Return a cell; stands in for the method of nbgrader's gradebook."""
        from nbgrader.api import MissingEntry

        if name not in self.cells:
            raise MissingEntry(f"No such source cell: {name}")
        return self.cells[name]

    find_graded_cell = find_source_cell


@dataclass(frozen=True)
class Master:
    """An assignment.

    Parameters
    ----------
    name : str
        Of the assignment.
    notebooks : dict of str to MasterNotebook
        By name.
    digest : str
        Changes when anything of it does.
    """

    name: str
    notebooks: dict[str, MasterNotebook] = field(default_factory=dict)
    digest: str = ""

    @property
    def modules(self) -> tuple[str, ...]:
        """What the author's code in all its notebooks imports."""
        return tuple(sorted({name for one in self.notebooks.values() for name in one.modules}))


def read_master(book: Any, assignment: str, source: Path) -> Master | None:
    """Read an assignment from the gradebook.

    Parameters
    ----------
    book : nbgrader.api.Gradebook
        Open.
    assignment : str
        Its name.
    source : pathlib.Path
        Where the author's notebooks lie, if they are there: what they import is imported ahead.

    Returns
    -------
    Master or None
        None if the gradebook does not know it, or knows no notebook of it.
    """
    from nbgrader.api import MissingEntry

    try:
        entry = book.find_assignment(assignment)
    except MissingEntry:
        return None
    notebooks = {}
    for notebook in entry.notebooks:
        graded = {cell.name: float(cell.max_score) for cell in notebook.grade_cells}
        tasks = {cell.name: float(cell.max_score) for cell in notebook.task_cells}
        solutions = {cell.name for cell in notebook.solution_cells}
        cells = {
            cell.name: CellFacts(
                cell.name, cell.cell_type, cell.source or "", cell.checksum or "", bool(cell.locked),
                cell.name in graded, cell.name in solutions, cell.name in tasks,
                graded.get(cell.name, tasks.get(cell.name, 0.0)),
            )
            for cell in notebook.source_cells
        }  # fmt: skip
        spec = json.loads(notebook.kernelspec) if notebook.kernelspec else {}
        path = source / f"{notebook.name}.ipynb"
        written = _read(path)
        isolated, author = _apart(written, cells)
        notebooks[notebook.name] = MasterNotebook(
            notebook.name, spec or {}, cells, _modules(path, written, cells.values()), isolated, author
        )
    if not notebooks:
        return None
    said = repr(
        [(name, sorted(one.cells.items()), one.kernelspec, one.author) for name, one in sorted(notebooks.items())]
    )
    return Master(assignment, notebooks, hashlib.sha256(said.encode()).hexdigest())


def _read(path: Path) -> Any:
    """Return the author's notebook, or one without cells if there is none."""
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, KeyError, AttributeError):
        return nbformat.v4.new_notebook()


def _apart(written: Any, cells: dict[str, CellFacts]) -> tuple[bool, tuple[tuple[str, str], ...]]:
    """Say whether the author wants the tests run apart, and return what of the notebook is the author's."""
    if written.metadata.get("hurdles", {}).get("verdict") != "isolated":
        return False, ()
    author = []
    for cell in written.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        facts = cells.get(name)
        if cell.cell_type != "code" or (facts is not None and facts.solution):
            continue
        # Of what the gradebook knows, the gradebook's version counts.
        author.append((name if facts is not None and facts.test else "", facts.source if facts else cell.source))
    return True, tuple(author)


@functools.lru_cache(maxsize=1024)
def _gives_points(source: str) -> bool:
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return False
    last = body[-1] if body else None
    if not isinstance(last, ast.Expr) or source.rstrip().endswith(";"):
        return False
    return not isinstance(last.value, ast.Call | ast.Await | ast.Constant | ast.Yield)


def _modules(path: Path, written: Any, cells: Iterable[CellFacts]) -> tuple[str, ...]:
    """Return what the author's code imports: worth having imported ahead, since most submissions will."""
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    sources += [cell.source for cell in written.cells if cell.cell_type == "code"]
    found: set[str] = set()
    for source in sources:
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module)
    # What lies beside the notebooks is not installed, and must come from the submission's own folder.
    beside = {entry.stem for entry in path.parent.glob("*.py")} if path.parent.is_dir() else set()
    return tuple(sorted(name for name in found if name.partition(".")[0] not in beside and not name.startswith("_")))
