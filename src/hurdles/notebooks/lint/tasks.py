"""Rules about an exercise's graded tasks."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from hurdles.notebooks.lint.page import Cell, Fault, Page, parse_code
from hurdles.notebooks.lint.prose import words
from hurdles.notebooks.names import defined, taken

__all__ = ["apart", "explain", "hints", "instructions", "nbgrader_cells", "solutions", "stubs", "tests"]

_STUB_LINES = 10
_INSTRUCTION_WORDS = 60
_HINTS = 3
_HEADING = re.compile(r"^#+ .*$", re.MULTILINE)
# The same form that a check reads the next hint from.
_DETAILS = re.compile(r"<details>\s*<summary>(?P<title>.*?)</summary>(?P<text>.*?)</details>", re.DOTALL)
_FLAGS = ("grade", "locked", "solution", "task")
_SCHEMA = 3
_KEYS = {"schema_version", "grade", "locked", "solution", "task", "grade_id", "points", "checksum", "cell_type"}
_GRADE_ID = re.compile(r"[A-Za-z0-9_-]+")


def _graded(page: Page) -> Iterator[tuple[str, Cell | None, dict[str, Any]]]:
    """Visit what each task's cells must say to nbgrader: grade_id, cell, flags."""
    for task in page.tasks:
        yield task, page.cell(task), {"grade": False, "solution": True, "locked": False}
        yield f"{task}_visible", page.cell(f"{task}-visible"), {"grade": True, "solution": False, "locked": True}
        yield f"{task}_hidden", page.cell(f"{task}-hidden"), {"grade": True, "solution": False, "locked": True}


def nbgrader_cells(page: Page) -> Iterator[Fault]:
    """Demand valid nbgrader metadata, the right kind of each task's cells, and points where they belong."""
    for cell in page.cells:
        yield from _valid(cell)
    counted = Counter(cell.nbgrader["grade_id"] for cell in page.cells if cell.nbgrader.get("grade_id"))
    for repeated in (grade_id for grade_id, count in counted.items() if count > 1):
        yield "", f"The grade_id {repeated!r} is there {counted[repeated]} times. Give each cell its own."
    for grade_id, graded, flags in _graded(page):
        if graded is not None:
            yield from _fits(graded, grade_id, flags)
    for task in page.tasks:
        visible, hidden = page.cell(f"{task}-visible"), page.cell(f"{task}-hidden")
        if visible is not None and visible.nbgrader.get("points") != 0:
            yield (
                visible.id,
                "A visible test carries 0 points: the hidden test carries all of the task's. Set points to 0.",
            )
        if hidden is not None and not _number(hidden.nbgrader.get("points")) > 0:
            yield hidden.id, "A hidden test carries the task's points. Set points above 0."
    if page.kind == "master":
        known = {grade_id for grade_id, _, _ in _graded(page)} | {"explain"}
        for cell in page.cells:
            counts = cell.nbgrader.get("grade") or cell.nbgrader.get("solution")
            if counts and cell.nbgrader.get("grade_id") not in known:
                yield (
                    cell.id,
                    f"The cell is graded as {cell.nbgrader.get('grade_id')!r}, which is no task in the metadata. "
                    "List the task, or remove the cell's nbgrader metadata.",
                )


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _valid(cell: Cell) -> Iterator[Fault]:
    found = cell.nbgrader
    if not found:
        return
    if found.get("schema_version") != _SCHEMA:
        yield (
            cell.id,
            f"nbgrader's schema_version is {found.get('schema_version')!r}. "
            f"Run 'nbgrader update' or set it to {_SCHEMA}.",
        )
    unknown = sorted(set(found) - _KEYS)
    if unknown:
        yield (
            cell.id,
            f"nbgrader does not know {', '.join(unknown)}. Remove it from the cell's nbgrader metadata.",
        )
    if not _GRADE_ID.fullmatch(str(found.get("grade_id", ""))):
        yield cell.id, f"The grade_id is {found.get('grade_id')!r}. Use letters, digits, '_' and '-'."
    if not all(isinstance(found.get(flag, False), bool) for flag in _FLAGS):
        yield (
            cell.id,
            "grade, locked, solution and task are true or false. Mend the cell's nbgrader metadata.",
        )
    if found.get("grade") and _number(found.get("points", -1)) < 0:
        yield cell.id, "A graded cell has no points. Give it points of 0 or more."
    if cell.type == "markdown" and bool(found.get("grade")) != bool(found.get("solution")) and not found.get("task"):
        yield cell.id, "A written answer is both graded and a solution. Set grade and solution alike."


def _fits(cell: Cell, grade_id: str, flags: dict[str, Any]) -> Iterator[Fault]:
    if cell.type != "code":
        yield cell.id, "This is no code cell. Make it one."
    found = {flag: cell.nbgrader.get(flag) for flag in flags}
    if cell.nbgrader.get("grade_id") != grade_id or found != flags:
        wanted = ", ".join(f"{flag} {str(value).lower()}" for flag, value in flags.items())
        yield cell.id, f"nbgrader's metadata should be: grade_id {grade_id!r}, {wanted}. Set them so."


def solutions(page: Page) -> Iterator[Fault]:
    """Demand that a solution cell defines its task's function, with only its body between the markers."""
    for task in page.tasks:
        cell = page.cell(task)
        if cell is None or cell.type != "code":
            continue
        named = _definitions(cell.tree, task)
        if len(named) != 1:
            yield cell.id, f"The function '{task}' is not defined here, or twice. Define it once."
            continue
        if not cell.solution.strip():
            yield (
                cell.id,
                "The solution is not marked. "
                "Put '### BEGIN SOLUTION' and '### END SOLUTION' around the function's body.",
            )
        elif f"def {task}" in cell.solution:
            yield (
                cell.id,
                "The markers stand around the def line too. "
                "Put them around the body only, so that learners get the rest.",
            )
        elif not any(ast.get_docstring(stub) for stub in _definitions(parse_code(cell.visible), task)):
            yield (
                cell.id,
                "The function's docstring does not reach learners. Write one above '### BEGIN SOLUTION'.",
            )


def _definitions(tree: ast.Module | None, name: str) -> list[ast.FunctionDef]:
    return [node for node in (tree.body if tree else []) if isinstance(node, ast.FunctionDef) and node.name == name]


def stubs(page: Page) -> Iterator[Fault]:
    """Demand that what is left of a solution for learners is short."""
    for task in page.tasks:
        cell = page.cell(task)
        # One line more: nbgrader puts the NotImplementedError in place of the solution.
        count = len(cell.visible.strip("\n").split("\n")) + 1 if cell else 0
        if count > _STUB_LINES:
            yield (
                task,
                f"The stub has {count} lines; {_STUB_LINES} is the most. Shorten the docstring; "
                "the instruction says the rest.",
            )


def tests(page: Page) -> Iterator[Fault]:
    """Demand a visible test that calls the task, and a hidden test that calls it too and is hidden whole."""
    for task in page.tasks:
        visible, hidden = page.cell(f"{task}-visible"), page.cell(f"{task}-hidden")
        if visible is not None and not _mentions(visible.visible, task):
            yield visible.id, f"This test never uses '{task}'. Call it on a small example."
        if hidden is None:
            continue
        if not _mentions(hidden.hidden, task):
            yield (
                hidden.id,
                f"No hidden test uses '{task}'. Call it between '### BEGIN HIDDEN TESTS' and '### END HIDDEN TESTS'.",
            )
        if not hidden.visible.strip():
            yield (
                hidden.id,
                "Learners would find an empty cell here. Say in a comment above the markers what runs in it.",
            )
        rest = parse_code(hidden.visible)
        if rest is None or rest.body:
            yield (
                hidden.id,
                "Code of this hidden test stands outside the markers and would be released. Move it between them.",
            )


def apart(page: Page) -> Iterator[Fault]:
    """Demand that tests can be run apart from learners' code: what they use is the author's, or a task's function."""
    if page.facts.get("verdict") != "isolated":
        yield "", "The tests are to be run apart from learners' code. Put verdict 'isolated' into the metadata."
        return
    answers = {name for task in page.tasks if (cell := page.cell(task)) for name in defined(cell.source)}
    tests = {f"{task}-{kind}" for task in page.tasks for kind in ("visible", "hidden")}
    last = max((place for place, cell in enumerate(page.cells) if cell.id in tests), default=-1)
    known: set[str] = set()
    for cell in page.cells[: last + 1]:
        if cell.type != "code" or cell.id in page.tasks:
            continue
        used = set(taken(cell.source)) - known
        known |= defined(cell.source)
        if cell.id not in tests and used & answers:
            yield (
                cell.id,
                f"This cell uses {', '.join(sorted(used & answers))}, which learners write, and stands before a "
                "test: it could not be run apart from their code. Move the use into a test cell.",
            )
        elif cell.id in tests and used - answers:
            yield (
                cell.id,
                f"Where does {', '.join(sorted(used - answers))} come from? Neither the author's cells before this "
                "test nor a solution defines it. Define it in the test.",
            )
        elif cell.id in tests and used - set(page.tasks):
            yield (
                cell.id,
                f"This test uses {', '.join(sorted(used - set(page.tasks)))} out of a solution. Learners may write "
                "it in another way: use the tasks' functions only.",
            )


def _mentions(source: str, name: str) -> bool:
    tree = parse_code(source)
    return tree is not None and any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))


def instructions(page: Page) -> Iterator[Fault]:
    """Demand an instruction that is short and names the function."""
    for task in page.tasks:
        cell = page.cell(f"{task}-task")
        if cell is None:
            continue
        count = words(_HEADING.sub("", cell.source))
        if count > _INSTRUCTION_WORDS:
            yield (
                cell.id,
                f"The instruction has {count} words; {_INSTRUCTION_WORDS} is the most. "
                "Cut it, or move detail into a hint.",
            )
        if task not in cell.source:
            yield (
                cell.id,
                f"The instruction does not name '{task}'. Name the function, its inputs and its output.",
            )


def hints(page: Page) -> Iterator[Fault]:
    """Demand three hints a task, each folded away."""
    for task in page.tasks:
        cell = page.cell(f"{task}-hints")
        if cell is None:
            continue
        found = [match for match in _DETAILS.finditer(cell.source) if match["title"].strip() and match["text"].strip()]
        if len(found) != _HINTS:
            yield (
                cell.id,
                f"There are {len(found)} hints; "
                f"there should be {_HINTS}: the concept, the call, nearly the code, each as "
                "<details><summary>Hint N: …</summary>…</details>.",
            )


def explain(page: Page) -> Iterator[Fault]:
    """Demand one question that is answered in words and graded by hand, outlives the release and folds its rubric."""
    cells = [cell for cell in page.cells if cell.nbgrader.get("grade_id") == "explain"]
    if len(cells) != 1:
        yield (
            "explain",
            f"{len(cells)} cells have the grade_id 'explain'; one should. It is the task graded by hand.",
        )
        return
    cell = cells[0]
    found = cell.nbgrader
    by_hand = (found.get("grade") and found.get("solution")) or found.get("task")
    if cell.type != "markdown" or not by_hand or not _number(found.get("points")) > 0:
        yield (
            cell.id,
            "The explain task is a markdown cell with grade and solution true and points above 0. Set them so.",
        )
    parts = [part for part in page.cells if part.id == "explain" or part.id.startswith("explain-")]
    if not any(part.visible.strip() for part in parts):
        yield (
            cell.id,
            "The question would be lost in the release. "
            "Put only the model answer between BEGIN SOLUTION and END SOLUTION.",
        )
    if any(line.startswith("|") for part in parts for line in _DETAILS.sub("", part.visible).splitlines()):
        yield (
            cell.id,
            "The rubric gives the answer away before a learner has thought. Fold it: "
            "<details><summary>How it is graded: …</summary>…</details>, with empty lines around the table.",
        )
