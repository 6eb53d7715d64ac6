"""Banks of answers: right ones written in different ways, and named misconceptions.

A bank is a module ``answers/AREA/LESSON.py`` of ordinary functions under `right` or `trap`. `run` puts the source of
some of them in place of the master's solutions and runs the author's cells around them, in this process, with no
kernel; `assemble` makes the notebook a learner with those answers would hand in.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import importlib.util
import inspect
import io
import json
import re
import textwrap
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any, Literal

from threadpoolctl import threadpool_limits

__all__ = [
    "Bank",
    "Result",
    "Variant",
    "assemble",
    "load_bank",
    "load_banks",
    "read_master",
    "right",
    "rounds",
    "run",
    "stub",
    "tasks",
    "trap",
]

ANSWERS = Path(__file__).with_name("answers")
SOLUTIONS = Path(__file__).parents[2] / "solutions"
# How a status follows from the class of the exception that a test cell ended with.
_NOT_ATTEMPTED = {"NotImplementedError", "NotAttempted"}
_FAIL = {"AssertionError", "CheckFailed"}

Function = Callable[..., Any]


@dataclass(frozen=True)
class Variant:
    """One answer to one task.

    Parameters
    ----------
    name : str
        The function's name in the bank.
    task : str
        The graded function's name.
    kind : str
        ``right`` or ``trap``.
    source : str
        A definition of the graded function, under the task's name.
    message : str
        Regular expression that the message to the learner must match; empty for right answers.
    """

    name: str
    task: str
    kind: Literal["right", "trap"]
    source: str
    message: str = ""


@dataclass(frozen=True)
class Bank:
    """All answers for one exercise.

    Parameters
    ----------
    key : str
        Such as ``01-data/1-quality``.
    variants : tuple of Variant
        In the order of the file.
    """

    key: str
    variants: tuple[Variant, ...]

    @property
    def master_path(self) -> Path:
        """The author's notebook."""
        return SOLUTIONS / f"{self.key}.ipynb"

    def of(self, kind: str, task: str | None = None) -> tuple[Variant, ...]:
        """Return the variants of one kind, of one task or of all."""
        return tuple(v for v in self.variants if v.kind == kind and task in {None, v.task})


@dataclass(frozen=True)
class Result:
    """What a task got.

    Parameters
    ----------
    status : str
        ``pass``, ``fail``, ``error`` or ``not-attempted``.
    points, max_points : float
        Points of its test cells: all or nothing.
    message : str
        Of the first test cell that did not go through, as ``hurdles check`` shows it.
    messages : dict of str to str
        By test cell: ``visible`` and ``hidden``; empty text for one that went through.
    """

    status: str
    points: float
    max_points: float
    message: str
    messages: Mapping[str, str] = field(default_factory=dict)


def right(task: str) -> Callable[[Function], Function]:
    """Mark a function as a right answer to a task."""
    return _mark(task, "right", "")


def trap(task: str, message: str) -> Callable[[Function], Function]:
    """Mark a function as a named misconception, with a regular expression for the message it must earn."""
    return _mark(task, "trap", message)


def _mark(task: str, kind: str, message: str) -> Callable[[Function], Function]:
    def decorate(function: Function) -> Function:
        function.__dict__["bank"] = (task, kind, message)
        return function

    return decorate


def load_bank(path: Path) -> Bank:
    """Load a bank by its path (a lesson's slug is no module name)."""
    spec = importlib.util.spec_from_file_location(f"bank_{path.parent.name}_{path.stem}".replace("-", "_"), path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    variants = tuple(_variant(value) for value in vars(module).values() if hasattr(value, "bank"))
    return Bank(f"{path.parent.name}/{path.stem}", variants)


def load_banks() -> tuple[Bank, ...]:
    """Load every bank there is."""
    return tuple(load_bank(path) for path in sorted(ANSWERS.glob("*/*.py")))


def _variant(function: Function) -> Variant:
    task, kind, message = function.__dict__["bank"]
    return Variant(function.__name__, task, kind, _renamed(function, task), message)


def _renamed(function: Function, task: str) -> str:
    """Return a function's source without decorators, under the task's name."""
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    definition = ast.parse("\n".join(lines)).body[0]
    assert isinstance(definition, ast.FunctionDef)
    body = lines[definition.lineno - 1 :]
    body[0] = body[0].replace(f"def {function.__name__}(", f"def {task}(", 1)
    return "\n".join(body)


def read_master(path: Path) -> dict[str, Any]:
    """Read a notebook as plain data."""
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def tasks(master: Mapping[str, Any]) -> list[str]:
    """Return the graded functions' names in order."""
    return [task["id"] for task in master["metadata"]["hurdles"]["tasks"]]


def _grade_id(cell: Mapping[str, Any]) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def assemble(master: Mapping[str, Any], variants: Iterable[Variant]) -> dict[str, Any]:
    """Return the notebook of a learner who gave these answers, and the master's for every other task."""
    notebook = copy.deepcopy(dict(master))
    answers = {variant.task: variant.source for variant in variants}
    for cell in notebook["cells"]:
        if _grade_id(cell) in answers:
            cell["source"] = answers[_grade_id(cell)]
    return notebook


def stub(task: str) -> Variant:
    """Return an untouched stub."""
    return Variant("stub", task, "trap", f'def {task}(*args):\n    raise NotImplementedError("Not written yet")')


def break_hidden(master: Mapping[str, Any], task: str) -> dict[str, Any]:
    """Return the master with a task's hidden test broken on purpose: its body is ``pass``."""
    notebook = copy.deepcopy(dict(master))
    broken = [cell for cell in notebook["cells"] if _grade_id(cell) == f"{task}_hidden"]
    assert len(broken) == 1, f"{task} has {len(broken)} hidden test cells"
    broken[0]["source"] = "pass"
    return notebook


def rounds(master: Mapping[str, Any], bank: Bank) -> list[tuple[Variant, ...]]:
    """Return all answers of a bank, and untouched stubs, in notebooks that hold one a task.

    Each answer stands in one notebook, beside right and wrong answers to the other tasks: what it does to their
    points shows there. One that calls the answer to another task stands beside the master's.
    """
    names = tasks(master)
    calling = [v for v in bank.variants if any(re.search(rf"\b{task}\b", v.source) for task in names if task != v.task)]
    answers = {task: [v for v in bank.variants if v.task == task and v not in calling] for task in names}
    count = 1 + max(map(len, answers.values()))
    columns = []
    for place, task in enumerate(names):
        column = answers[task] + [stub(task)] * (count - len(answers[task]))
        # Banks begin with right answers: moved apart, they meet others' traps.
        shift = place * count // len(names)
        columns.append(column[shift:] + column[:shift])
    return [*zip(*columns, strict=True), *((variant,) for variant in calling)]


def run(
    master: Mapping[str, Any],
    variants: Iterable[Variant] = (),
    *,
    visible: bool = True,
    only: str | None = None,
) -> dict[str, Result]:
    """Run the author's cells around some answers.

    Parameters
    ----------
    master : mapping
        The author's notebook as plain data.
    variants : iterable of Variant
        Answers in place of the master's; at most one a task.
    visible : bool
        Whether to run visible tests, too.
    only : str or None
        Run this task's tests alone.

    Returns
    -------
    dict of str to Result
        By task.
    """
    notebook = assemble(master, variants)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    errors: dict[str, Exception | None] = {}
    points: dict[str, float] = {}
    for cell in notebook["cells"]:
        grade_id, facts = _grade_id(cell), cell["metadata"].get("nbgrader", {})
        if cell["cell_type"] != "code" or not grade_id:
            continue
        if not facts["grade"]:
            _execute(cell, namespace)
            continue
        task, kind = grade_id.rsplit("_", 1)
        points[task] = points.get(task, 0.0) + float(facts["points"])
        if (kind == "visible" and not visible) or only not in {None, task}:
            continue
        try:
            _execute(cell, namespace)
            errors[grade_id] = None
        except Exception as error:  # a learner's code may raise anything
            errors[grade_id] = error
    return {task: _result(task, errors, points[task]) for task in tasks(notebook) if only in {None, task}}


def _execute(cell: Mapping[str, Any], namespace: dict[str, Any]) -> None:
    # One thread: on a busy machine, threads that wait for each other make a small fit take seconds.
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), threadpool_limits(limits=1):
        # A warning in a learner's code is no reason to lose points, whatever this test run makes of warnings.
        warnings.simplefilter("ignore")
        exec(_compiled("".join(cell["source"]), cell["id"]), namespace)


def _compiled(source: str, name: str) -> CodeType:
    return compile(source, f"<{name}>", "exec")


def _result(task: str, errors: Mapping[str, Exception | None], points: float) -> Result:
    found = {kind: errors.get(f"{task}_{kind}") for kind in ("visible", "hidden")}
    messages = {kind: "" if error is None else str(error) for kind, error in found.items()}
    first = next((error for error in found.values() if error is not None), None)
    if first is None:
        return Result("pass", points, points, "", messages)
    name = type(first).__name__
    status = "not-attempted" if name in _NOT_ATTEMPTED else "fail" if name in _FAIL else "error"
    return Result(status, 0.0, points, str(first), messages)
