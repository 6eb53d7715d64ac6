"""Rules that keep answers away from learners until they have found them."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterable, Iterator

from hurdles.notebooks.lint.page import Cell, Fault, Page, parse_code

__all__ = ["answer_in_sight", "hidden_released", "markers_released", "solution_released"]

_MARKERS = re.compile(r"(?:BEGIN|END) (?:HIDDEN TESTS|SOLUTION|MARK SCHEME)")
# Below this many nodes an expression is an idiom (`frame.copy()`, `len(x) == 2`), not an answer.
_EXPRESSION_NODES = 11
# What a solution returns is the answer even when it is shorter.
_RETURNED_NODES = 6
_LITERAL_ITEMS = 3
_LITERAL_PARTS = (ast.List, ast.Set, ast.Tuple, ast.Dict, ast.Constant, ast.UnaryOp, ast.USub)
_LINE_LENGTH = 12
_CODE = re.compile(r"```[a-z]*\n(?P<block>.*?)```|`(?P<span>[^`\n]+)`", re.DOTALL)


def answer_in_sight(page: Page) -> Iterator[Fault]:
    """Demand that no cell a learner sees, hints excepted, contains what a solution consists of.

    Two pieces of code are the same answer if they agree up to the names of variables; a list, set or dictionary of
    three or more values that occurs in a solution is an answer too. Prose is searched for code in backticks.
    """
    for task in page.tasks:
        answer = page.cell(task)
        if answer is None or not answer.solution.strip():
            continue
        shapes = _answers(_trees([_dedent(answer.solution)]))
        for cell in page.cells:
            if cell.id.endswith("-hints") or cell.nbgrader.get("grade_id") == "explain":
                continue
            trees = list(_trees(_snippets(cell)))
            shared = shapes.keys() & _shapes(trees)
            if shared:
                shown = max((shapes[shape] for shape in shared), key=len)
                yield (
                    cell.id,
                    f"This cell contains a piece of the solution of '{task}': {_short(shown)}. "
                    "Test what the answer does, not how; show other values.",
                )
            elif _imports(trees, task):
                yield (
                    cell.id,
                    f"This cell imports a ready-made '{task}'. A visible cell must not hold the answer.",
                )


def _snippets(cell: Cell) -> list[str]:
    if cell.type == "code":
        return [cell.visible]
    return [match["block"] or match["span"] for match in _CODE.finditer(cell.visible)]


def _dedent(source: str) -> str:
    # A body may return: only inside a function is that Python.
    lines = source.strip("\n").split("\n")
    return "\n".join(["def answer():", *(f" {line}" for line in lines)])


def _trees(sources: Iterable[str]) -> Iterator[ast.Module]:
    for source in sources:
        tree = parse_code(source) or parse_code(_dedent(source))
        if tree is not None:
            yield tree


def _answers(trees: Iterable[ast.Module]) -> dict[str, str]:
    """Return the expressions of a solution that give it away: by shape, how they read."""
    found: dict[str, str] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.expr) and (_is_logic(node, _EXPRESSION_NODES) or _is_table(node)):
                found[_shape(node)] = ast.unparse(node)
            elif isinstance(node, ast.Return) and node.value and _is_logic(node.value, _RETURNED_NODES):
                found[_shape(node.value)] = ast.unparse(node.value)
    return found


def _shapes(trees: Iterable[ast.Module]) -> set[str]:
    """Return the shapes of all expressions that may be an answer."""
    return {
        _shape(node)
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.expr) and (_is_logic(node, _RETURNED_NODES) or _is_table(node))
    }


def _is_logic(node: ast.expr, fewest: int) -> bool:
    nodes = [part for part in ast.walk(node) if not isinstance(part, ast.expr_context)]
    works = any(isinstance(part, ast.Call | ast.comprehension | ast.Compare | ast.BinOp) for part in nodes)
    # A call that is nothing but literals, such as building a small frame, is data, not logic.
    names = sum(isinstance(part, ast.Name) for part in nodes)
    return works and len(nodes) >= fewest and names >= 2


def _is_table(node: ast.expr) -> bool:
    if not isinstance(node, ast.List | ast.Set | ast.Tuple | ast.Dict):
        return False
    parts = [part for part in ast.walk(node) if not isinstance(part, ast.expr_context)]
    values = sum(isinstance(part, ast.Constant) for part in parts)
    return values >= _LITERAL_ITEMS and all(isinstance(part, _LITERAL_PARTS) for part in parts)


def _shape(node: ast.expr) -> str:
    """Return an expression with its variables numbered in the order they come."""
    numbers: dict[str, str] = {}
    tree = copy.deepcopy(node)
    for part in ast.walk(tree):
        if isinstance(part, ast.Name):
            part.id = numbers.setdefault(part.id, f"v{len(numbers)}")
    return ast.unparse(tree)


def _imports(trees: Iterable[ast.Module], name: str) -> bool:
    return any(
        isinstance(node, ast.ImportFrom) and any(alias.name == name for alias in node.names)
        for tree in trees
        for node in ast.walk(tree)
    )


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"


def markers_released(page: Page) -> Iterator[Fault]:
    """Demand that no marker of a solution or hidden test is left in what learners get."""
    for cell in page.cells:
        if _MARKERS.search(cell.source):
            yield (
                cell.id,
                "A marker of solutions or hidden tests reached learners. Never edit exercises/: run 'hurdles build'.",
            )


def hidden_released(page: Page) -> Iterator[Fault]:
    """Demand that no line of a hidden test is in what learners get."""
    yield from _released(page, "hidden", "A line of a hidden test")


def solution_released(page: Page) -> Iterator[Fault]:
    """Demand that no line of a solution is in what learners get."""
    yield from _released(page, "solution", "A line of a solution")


def _released(page: Page, kept_back: str, what: str) -> Iterator[Fault]:
    master = page.others.get("master")
    if master is None:
        return
    # Hints come near the code on purpose.
    cells = [cell for cell in page.cells if not cell.id.endswith("-hints")]
    open_lines = {line for cell in master.cells for line in _lines(cell.visible)}
    secret = {line for cell in master.cells for line in _lines(getattr(cell, kept_back))} - open_lines
    for cell in cells:
        leaked = sorted(secret & set(_lines(cell.source)), key=len)
        if leaked:
            yield (
                cell.id,
                f"{what} reached learners: {_short(leaked[-1])}. "
                "Run 'hurdles build', and keep such lines between the markers.",
            )


def _lines(source: str) -> list[str]:
    """Return the lines that say something, with blanks evened out."""
    lines = (" ".join(line.split()) for line in source.split("\n"))
    return [line for line in lines if len(line) >= _LINE_LENGTH and not line.startswith("#")]
