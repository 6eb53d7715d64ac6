"""Small helpers to write notebooks down as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from textwrap import dedent
from typing import Any

import nbformat
from nbformat import NotebookNode

__all__ = ["code", "fill", "folded", "graded", "markdown", "notebook"]

Cell = dict[str, Any]


def markdown(cell_id: str, text: str, *, tags: Iterable[str] = (), **nbgrader: Any) -> Cell:
    """Return a markdown cell; keywords are nbgrader's metadata."""
    metadata: dict[str, Any] = {"tags": list(tags)} if tags else {}
    if nbgrader:
        metadata["nbgrader"] = _nbgrader(nbgrader)
    return {"cell_type": "markdown", "id": cell_id, "metadata": metadata, "source": dedent(text).strip()}


def code(cell_id: str, text: str) -> Cell:
    """Return a code cell."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": cell_id,
        "metadata": {},
        "outputs": [],
        "source": dedent(text).strip(),
    }


def folded(cell_id: str, text: str) -> Cell:
    """Return a code cell whose source JupyterLab folds away."""
    return code(cell_id, text) | {"metadata": {"jupyter": {"source_hidden": True}}}


def graded(cell_id: str, text: str, grade_id: str, **nbgrader: Any) -> Cell:
    """Return a code cell that nbgrader knows."""
    return code(cell_id, text) | {"metadata": {"nbgrader": _nbgrader({"grade_id": grade_id, **nbgrader})}}


def _nbgrader(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"grade": False, "locked": False, "solution": False, "task": False, "schema_version": 3, **given}


def notebook(facts: Mapping[str, Any], cells: Iterable[Cell]) -> NotebookNode:
    """Return a notebook of these cells, not yet normal."""
    found = {"cells": list(cells), "metadata": {"hurdles": dict(facts)}, "nbformat": 4, "nbformat_minor": 5}
    return nbformat.from_dict(found)  # type: ignore[no-any-return]


def fill(cells: Iterable[Cell], names: Mapping[str, str]) -> list[Cell]:
    """Put a lesson's own names in place of ``@KEY@`` and the like."""
    return [cell | {"source": replaced(cell["source"], names)} for cell in cells]


def replaced(text: str, names: Mapping[str, str]) -> str:
    """Return a text with names put in place of ``@NAME@``."""
    for name, value in names.items():
        text = text.replace(f"@{name}@", value)
    return text
