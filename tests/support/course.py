"""A small course for tests: one lesson, one exercise with two tasks, made with the project's own release."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from hurdles.notebooks.release import release

AREAS = """
[[area]]
slug = "01-toy"
title = "Toys"
question = "Does it work?"
planned = ["More toys"]
"""
KEY = "01-toy/1-sums"
RIGHT = {
    "double": "def double(x):\n    return 2 * x",
    "tally": "def tally(words):\n    return {word: words.count(word) for word in words}",
}


def code(cell_id: str, source: str, **nbgrader: Any) -> Any:
    """Return a code cell; with keywords, one that nbgrader knows."""
    cell = new_code_cell(dedent(source).strip(), id=cell_id)
    if nbgrader:
        cell.metadata["nbgrader"] = {
            "schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False, **nbgrader
        }  # fmt: skip
    return cell


def task(name: str, stub: str, solution: str, visible: str, hidden: str, points: int) -> list[Any]:
    """Return the cells of one task, as the anatomy wants them."""
    body = f"{stub}\n    ### BEGIN SOLUTION\n    {solution}\n    ### END SOLUTION"
    hints = "\n\n".join(f"<details><summary>Hint {i}: step {i}</summary>{name} hint {i}</details>" for i in (1, 2, 3))
    return [
        new_markdown_cell(f"## {name}", id=f"{name}-task"),
        code(name, body, grade_id=name, solution=True),
        code(f"{name}-visible", visible, grade_id=f"{name}_visible", grade=True, locked=True, points=0),
        code(
            f"{name}-hidden",
            f"### BEGIN HIDDEN TESTS\n{dedent(hidden).strip()}\n### END HIDDEN TESTS",
            grade_id=f"{name}_hidden", grade=True, locked=True, points=points,
        ),
        new_markdown_cell(hints, id=f"{name}-hints"),
    ]  # fmt: skip


def master() -> Any:
    """Return the exercise's master."""
    cells = [new_markdown_cell("# Sums", id="header"), code("setup", "import math")]
    cells += task(
        "double", "def double(x):", "return x + x",
        "assert double(2) == 4, 'double(2) should be twice 2'",
        "assert double(-3) == -6, 'try a negative number'\nassert math.isclose(double(0.1), 0.2), 'try a fraction'",
        3,
    )  # fmt: skip
    cells += task(
        "tally", "def tally(words):", "import collections; return dict(collections.Counter(words))",
        "assert tally(['a']) == {'a': 1}, 'one word counts once'",
        "assert tally(['a', 'b', 'a']) == {'a': 2, 'b': 1}, 'a word may come twice'",
        2,
    )  # fmt: skip
    explain = new_markdown_cell("### BEGIN SOLUTION\nBecause.\n### END SOLUTION", id="explain")
    explain.metadata["nbgrader"] = {
        "schema_version": 3, "grade": True, "solution": True, "locked": False, "task": False,
        "points": 2, "grade_id": "explain",
    }  # fmt: skip
    tasks = [{"id": "double", "objectives": ["o1"]}, {"id": "tally", "objectives": ["o1"]}]
    facts = {
        "kind": "exercise", "lesson": KEY, "title": "Sums", "area": "01-toy",
        "minutes": {"read": 1, "do": 9}, "objectives": ["o1"], "tasks": tasks, "verdict": "isolated",
    }  # fmt: skip
    return _notebook([*cells, explain], facts)


def lesson(text: str = "# Sums") -> Any:
    """Return the lesson."""
    facts = {
        "kind": "lesson", "title": "Sums", "area": "01-toy", "minutes": {"read": 10, "do": 5}, "level": "beginner",
        "objectives": [{"id": "o1", "text": "Add."}], "prerequisites": [], "terms": {},
    }  # fmt: skip
    return _notebook([new_markdown_cell(text, id="header"), code("setup", "1 + 1")], facts)


def _notebook(cells: list[Any], facts: dict[str, Any]) -> Any:
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}, "hurdles": facts}
    return new_notebook(cells=cells, metadata=metadata)


def make_course(root: Path, config: Path) -> Path:
    """Write the course's content below `root` and return it."""
    for folder, notebook in (("lessons", lesson()), ("solutions", master())):
        place = root / folder / f"{KEY}.ipynb"
        place.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, place)
    (root / "lessons" / "areas.toml").write_text(AREAS, encoding="utf-8")
    masters = {f"{KEY}.ipynb": (root / "solutions" / f"{KEY}.ipynb").read_bytes()}
    for name, content in release(config, masters).items():
        place = root / "exercises" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return root


def answer(notebook: Any, sources: dict[str, str]) -> Any:
    """Write answers into a learner's notebook, by grade_id, and return it."""
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in sources:
            cell.source = sources[grade_id]
    return notebook
