"""A notebook as the rules see it, and what a rule is."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from nbformat import NotebookNode

from hurdles.errors import HurdlesError
from hurdles.notebooks.normalise import read

__all__ = ["Cell", "Fault", "Finding", "Kind", "Page", "Rule", "cut", "load_pages", "parse_code"]

Kind = Literal["lesson", "master", "release", "index"]
Fault = tuple[str, str]
"""A cell's id (empty for the whole notebook) and a message."""

_FOLDERS: Mapping[str, Kind] = {"lessons": "lesson", "solutions": "master", "exercises": "release"}
_SOLUTION = ("BEGIN SOLUTION", "END SOLUTION")
_HIDDEN = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
_SCHEME = ("BEGIN MARK SCHEME", "END MARK SCHEME")


@dataclass(frozen=True)
class Finding:
    """One fault in one notebook.

    Parameters
    ----------
    path : str
        The notebook, relative to the course's folder.
    cell_id : str
        The cell, or nothing when it is about the whole notebook.
    rule : str
        Name of the rule.
    message : str
        What was found and what to do.
    """

    path: str
    cell_id: str
    rule: str
    message: str

    def __str__(self) -> str:
        place = f"{self.path}, cell '{self.cell_id}'" if self.cell_id else self.path
        return f"{place}: {self.message} [{self.rule}]"


@dataclass(frozen=True)
class Cell:
    """One cell.

    Parameters
    ----------
    id, type, source : str
        As in the notebook.
    metadata : mapping
        As in the notebook.
    """

    id: str
    type: str
    source: str
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str, ...]:
        """The cell's tags."""
        return tuple(self.metadata.get("tags", ()))

    @property
    def nbgrader(self) -> Mapping[str, Any]:
        """What nbgrader knows of the cell; empty for an ordinary one."""
        found: Mapping[str, Any] = self.metadata.get("nbgrader", {})
        return found

    @property
    def source_hidden(self) -> bool:
        """Whether JupyterLab shows the cell without its source."""
        return bool(self.metadata.get("jupyter", {}).get("source_hidden"))

    @cached_property
    def tree(self) -> ast.Module | None:
        """The cell's syntax tree; None when it is not code or not Python."""
        return parse_code(self.source) if self.type == "code" else None

    @cached_property
    def solution(self) -> str:
        """What stands between the markers of a solution."""
        return cut(self.source, _SOLUTION)[0]

    @cached_property
    def hidden(self) -> str:
        """What stands between the markers of hidden tests."""
        return cut(self.source, _HIDDEN)[0]

    @cached_property
    def visible(self) -> str:
        """What a learner gets of a master's cell: neither solution nor hidden tests nor mark scheme."""
        text = self.source
        for markers in (_HIDDEN, _SCHEME, _SOLUTION):
            text = cut(text, markers)[1]
        answer = self.nbgrader.get("solution") and text == self.source
        return "" if answer else text


@dataclass(frozen=True)
class Page:
    """One notebook.

    Parameters
    ----------
    path : str
        Where it lies, relative to the course's folder.
    kind : str
        ``lesson``, ``master`` (of an exercise), ``release`` (what a learner gets of it) or ``index``.
    key : str
        ``AREA/LESSON``.
    facts : mapping
        The notebook's own metadata under ``hurdles``.
    cells : tuple of Cell
        Its cells, in order.
    others : mapping of str to Page
        The notebooks of the same key, by kind.
    """

    path: str
    kind: Kind
    key: str
    facts: Mapping[str, Any]
    cells: tuple[Cell, ...]
    others: Mapping[str, Page] = field(default_factory=dict, repr=False, compare=False)

    @property
    def tasks(self) -> tuple[str, ...]:
        """Names of an exercise's graded functions, as its metadata lists them."""
        return tuple(str(task.get("id", "")) for task in self.facts.get("tasks", ()))

    def cell(self, cell_id: str) -> Cell | None:
        """Return the cell with this id, or None."""
        return next((cell for cell in self.cells if cell.id == cell_id), None)

    def of_type(self, kind: str) -> Iterator[Cell]:
        """Visit the cells of one type."""
        return (cell for cell in self.cells if cell.type == kind)


@dataclass(frozen=True)
class Rule:
    """A named rule.

    Parameters
    ----------
    name : str
        As shown behind a finding.
    kinds : tuple of str
        The kinds of notebook that it looks at.
    check : callable
        Takes a `Page`, yields the faults.
    """

    name: str
    kinds: tuple[Kind, ...]
    check: Callable[[Page], Iterable[Fault]]


def cut(source: str, markers: tuple[str, str]) -> tuple[str, str]:
    """Split a source into what stands between two markers and the rest, the way nbgrader does."""
    begin, end = markers
    inside: list[str] = []
    outside: list[str] = []
    within = False
    for line in source.split("\n"):
        if begin in line:
            within = True
        elif end in line:
            within = False
        else:
            (inside if within else outside).append(line)
    return "\n".join(inside), "\n".join(outside)


@lru_cache(maxsize=4096)
def parse_code(source: str) -> ast.Module | None:
    """Return the syntax tree of a cell's code, IPython's magics and shell lines included; None if it is not Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError):
            pass
        # Only a cell with magics needs IPython, which is slow to import.
        from IPython.core.inputtransformer2 import TransformerManager

        try:
            return ast.parse(TransformerManager().transform_cell(source))  # type: ignore[no-untyped-call]
        except (SyntaxError, ValueError, RecursionError):
            return None


def load_pages(root: Path) -> tuple[list[Page], list[Finding]]:
    """Read all notebooks of a course.

    Parameters
    ----------
    root : pathlib.Path
        Folder with ``lessons/``, ``solutions/`` and ``exercises/``.

    Returns
    -------
    pages : list of Page
        Those that can be read.
    findings : list of Finding
        One for each that cannot.
    """
    pages: list[Page] = []
    findings: list[Finding] = []
    family: dict[str, dict[str, Page]] = {}
    for path in _notebooks(root):
        name = path.relative_to(root).as_posix()
        try:
            nb = read(path)
        except HurdlesError as error:
            findings.append(Finding(name, "", "readable", str(error).replace(str(path), "this file")))
            continue
        folder, *rest = path.relative_to(root).with_suffix("").parts
        kind: Kind = _FOLDERS[folder] if len(rest) == 2 else "index"
        key = "/".join(rest)
        page = page_of(nb, name, kind, key, family.setdefault(key, {}))
        family[key][kind] = page
        pages.append(page)
    return pages, findings


def page_of(nb: NotebookNode, path: str, kind: Kind, key: str, others: Mapping[str, Page] | None = None) -> Page:
    """Return a notebook as a page.

    Parameters
    ----------
    nb : nbformat.NotebookNode
        The notebook.
    path, kind, key : str
        See `Page`.
    others : mapping of str to Page, optional
        The notebooks of the same key; may be filled later.
    """
    cells = tuple(Cell(str(c.get("id", "")), c.cell_type, c.source, c.metadata) for c in nb.cells)
    return Page(path, kind, key, nb.metadata.get("hurdles", {}), cells, {} if others is None else others)


def _notebooks(root: Path) -> Iterator[Path]:
    for folder in _FOLDERS:
        found = sorted((root / folder).glob("*/*.ipynb")) + sorted((root / folder).glob("*.ipynb"))
        yield from (path for path in found if not re.match(r"\.", path.parent.name))
