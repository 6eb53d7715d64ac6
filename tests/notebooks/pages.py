"""A lesson and its exercise that keep every rule, to be broken one rule at a time."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hurdles.notebooks.lint import RULES, Finding, Page, lint_pages
from hurdles.notebooks.lint.page import Kind, page_of
from hurdles.notebooks.normalise import normalise
from hurdles.notebooks.skeleton.exercise import exercise_notebook
from hurdles.notebooks.skeleton.lesson import lesson_notebook

__all__ = ["Notebooks", "broken", "cell", "findings_of", "good", "make_clone"]

KEY = "02-people/1-skills"
NAMES = {"AREA": "02-people", "KEY": KEY, "TITLE": "Skills", "ROOM": "people", "MODULE": "skills"}
STUB = 'raise NotImplementedError("Not written yet")'
FOLDERS: dict[Kind, str] = {"lesson": "lessons", "master": "solutions", "release": "exercises"}
AREAS = """
[[area]]
slug = "01-data"
title = "Data you can trust"
question = "Is this data good enough?"
planned = ["Joined data"]

[[area]]
slug = "02-people"
title = "From shortage to skill"
question = "Who can do this?"
"""

Notebooks = dict[Kind, Any]


def good() -> Notebooks:
    """Return notebooks that keep every rule; the release is what nbgrader would make, in what the rules look at."""
    master = normalise(exercise_notebook(NAMES))
    return {"lesson": normalise(lesson_notebook(NAMES)), "master": master, "release": _released(master)}


def _released(master: Any) -> Any:
    released = copy.deepcopy(master)
    for place, found in zip(released.cells, page_of(master, "", "master", KEY).cells, strict=True):
        place.source = found.visible + (f"\n    {STUB}" if found.solution else "")
    return released


def cell(nb: Any, cell_id: str) -> Any:
    """Return the cell with this id."""
    return next(found for found in nb.cells if found.id == cell_id)


def findings_of(notebooks: Notebooks) -> list[Finding]:
    """Lint a lesson, its exercise and its release."""
    family: dict[str, Page] = {}
    for kind, nb in notebooks.items():
        family[kind] = page_of(nb, f"{FOLDERS[kind]}/{KEY}.ipynb", kind, KEY, family)
    return lint_pages(family.values(), RULES)


def broken(change: Callable[[Notebooks], object]) -> set[tuple[str, str]]:
    """Change good notebooks and return the rules that notice, each with the cell it names."""
    notebooks = good()
    change(notebooks)
    return {(finding.rule, finding.cell_id) for finding in findings_of(notebooks)}


def make_clone(root: Path, repository: Path) -> Path:
    """Write the least that a clone needs: settings, two areas, a README with a map, and no lesson."""
    (root / "lessons").mkdir(parents=True)
    (root / "solutions").mkdir()
    (root / "src" / "hurdles").mkdir(parents=True)
    shutil.copy(repository / "nbgrader_config.py", root)
    (root / "lessons" / "areas.toml").write_text(AREAS)
    (root / "README.md").write_text("# Course\n\n<!-- map:begin -->\nold\n<!-- map:end -->\n\nThe end.\n")
    return root
