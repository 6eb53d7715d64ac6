"""A notebook to be run, and what became of it; plain data, so that it can go to another process or machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Cell", "CellRun", "Job", "NotebookRun"]


@dataclass(frozen=True)
class Cell:
    """A code cell to run.

    Parameters
    ----------
    index : int
        Its position in the notebook.
    source : str
        Its code.
    test : bool
        Whether it is the author's: the shell's hooks are brought back before it.
    id : str or None
        Its id.
    group : str
        Cells of one group that come after one which took too long are not waited for.
    far : bool
        Whether it is run apart from the learner's code, in the process of the tests.
    names : tuple of str
        What it takes from the learner's process.
    before : tuple of str
        The author's cells that come before it, to be run in the process of the tests.
    """

    index: int
    source: str
    test: bool = False
    id: str | None = None
    group: str = ""
    far: bool = False
    names: tuple[str, ...] = ()
    before: tuple[str, ...] = ()


@dataclass(frozen=True)
class Job:
    """All that is needed to run one notebook; plain data, so that it can go to another machine.

    Parameters
    ----------
    cells : tuple of Cell
        In order.
    files : mapping of str to str
        Files beside the notebook, by relative name, in base 64.
    folder : str
        Name of the folder that they lie in.
    modules : tuple of str
        What to have imported ahead.
    """

    cells: tuple[Cell, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    folder: str = "notebook"
    modules: tuple[str, ...] = ()


@dataclass
class CellRun:
    """What became of one cell.

    Parameters
    ----------
    outputs : list of dict
        As a notebook holds them.
    ended : bool
        Whether the cell is over.
    ok : bool
        Whether it ran to its end.
    timed_out, left : bool
        Whether it took too long; whether it asked to end the kernel.
    count : int or None
        Its number.
    seconds : float
        How long it took.
    peak : int
        The most memory its process had until then, in kilobytes.
    tampered : tuple of str
        What of the shell had been changed before it.
    """

    outputs: list[dict[str, Any]] = field(default_factory=list)
    ended: bool = False
    ok: bool = False
    timed_out: bool = False
    left: bool = False
    count: int | None = None
    seconds: float = 0.0
    peak: int = 0
    tampered: tuple[str, ...] = ()


@dataclass
class NotebookRun:
    """What became of a notebook.

    Parameters
    ----------
    cells : dict of int to CellRun
        By position; what did not begin is not there.
    broken : str
        Why it was not run to its end; empty if it was.
    seconds : float
        From the request to the end.
    """

    cells: dict[int, CellRun] = field(default_factory=dict)
    broken: str = ""
    seconds: float = 0.0
