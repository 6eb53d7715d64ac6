"""Areas and lessons, read from the notebooks' own metadata: one truth.

A lesson is a notebook in ``lessons/AREA/``; its exercise has the same path in ``exercises/`` and ``solutions/``.
Nothing here executes a notebook or imports an area.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hurdles.errors import HurdlesError

__all__ = ["Area", "Catalog", "Lesson", "Objective", "Task", "load", "render_index", "render_map"]


@dataclass(frozen=True)
class Objective:
    """Something a learner can do after the lesson, observable in an exercise."""

    id: str
    text: str


@dataclass(frozen=True)
class Task:
    """A graded function of an exercise, and the objectives it covers."""

    id: str
    objectives: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """One lesson with its exercise.

    Parameters
    ----------
    key : str
        ``AREA/LESSON``, the path of its notebooks without suffix, such as ``01-data/1-quality``.
    area, slug : str
        The two halves of the key.
    title, level : str
        Title; ``beginner``, ``intermediate`` or ``advanced``.
    minutes_read, minutes_do : int
        Minutes for the lesson and for its exercise.
    objectives, prerequisites, terms : tuple, tuple, dict
        What it teaches, what it builds on, and its glossary.
    demo : str or None
        Its widget, as ``module:attribute``.
    lesson_path, exercise_path, solution_path : pathlib.Path or None
        Its notebooks.
    tasks : tuple of Task
        The exercise's graded functions, in order.
    """

    key: str
    area: str
    slug: str
    title: str
    level: str
    minutes_read: int
    minutes_do: int
    lesson_path: Path
    exercise_path: Path | None = None
    solution_path: Path | None = None
    demo: str | None = None
    objectives: tuple[Objective, ...] = ()
    prerequisites: tuple[str, ...] = ()
    terms: Mapping[str, str] = field(default_factory=dict)
    tasks: tuple[Task, ...] = ()


@dataclass(frozen=True)
class Area:
    """One hurdle: its question, the lessons that exist and those that are planned."""

    slug: str
    title: str
    question: str
    planned: tuple[str, ...]
    lessons: tuple[Lesson, ...]


@dataclass(frozen=True)
class Catalog:
    """All areas of the course, in order."""

    areas: tuple[Area, ...]

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        """All lessons that exist, in order."""
        return tuple(lesson for area in self.areas for lesson in area.lessons)

    def lesson(self, key: str) -> Lesson:
        """Return the lesson with this key.

        Raises
        ------
        hurdles.errors.HurdlesError
            If there is none; the message names those that exist.
        """
        for lesson in self.lessons:
            if lesson.key == key:
                return lesson
        known = ", ".join(lesson.key for lesson in self.lessons) or "none yet"
        raise HurdlesError(f"There is no lesson {key!r}. Lessons that exist: {known}.")


def load(root: Path) -> Catalog:
    """Read the catalogue from a content folder.

    Parameters
    ----------
    root : pathlib.Path
        Folder with ``lessons/`` (see `hurdles.paths.content_root`).

    Returns
    -------
    Catalog

    Raises
    ------
    hurdles.errors.HurdlesError
        If ``areas.toml`` or a notebook cannot be read; the message names the file.
    """
    file = root / "lessons" / "areas.toml"
    try:
        entries = tomllib.loads(file.read_text(encoding="utf-8"))["area"]
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise HurdlesError(f"{file} cannot be read as the list of areas: {error}") from error
    return Catalog(tuple(_area(root, entry) for entry in entries))


def _area(root: Path, entry: Mapping[str, Any]) -> Area:
    slug = str(entry["slug"])
    paths = sorted((root / "lessons" / slug).glob("*.ipynb"), key=_order)
    return Area(
        slug=slug,
        title=str(entry["title"]),
        question=str(entry["question"]),
        planned=tuple(entry.get("planned", ())),
        lessons=tuple(_lesson(root, path) for path in paths),
    )


def _order(path: Path) -> tuple[int, str]:
    number = path.stem.split("-", 1)[0]
    return (int(number) if number.isdigit() else 10**6, path.stem)


def _metadata(path: Path) -> dict[str, Any]:
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        return dict(notebook["metadata"].get("hurdles", {}))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise HurdlesError(f"{path} is not a notebook that can be read: {error}") from error


def _lesson(root: Path, path: Path) -> Lesson:
    facts = _metadata(path)
    area, slug = path.parent.name, path.stem
    exercise = root / "exercises" / area / path.name
    solution = root / "solutions" / area / path.name
    master = _metadata(solution) if solution.is_file() else {}
    return Lesson(
        key=f"{area}/{slug}",
        area=area,
        slug=slug,
        title=str(facts.get("title", slug)),
        level=str(facts.get("level", "")),
        minutes_read=_minutes(facts),
        minutes_do=_minutes(master),
        lesson_path=path,
        exercise_path=exercise if exercise.is_file() else None,
        solution_path=solution if solution.is_file() else None,
        demo=facts.get("demo"),
        objectives=tuple(Objective(o["id"], o["text"]) for o in facts.get("objectives", ())),
        prerequisites=tuple(facts.get("prerequisites", ())),
        terms=dict(facts.get("terms", {})),
        tasks=tuple(Task(t["id"], tuple(t.get("objectives", ()))) for t in master.get("tasks", ())),
    )


def _minutes(facts: Mapping[str, Any]) -> int:
    """Add up a notebook's minutes: time to read and time to do."""
    minutes = facts.get("minutes", {})
    return int(minutes.get("read", 0)) + int(minutes.get("do", 0))


def render_map(catalog: Catalog) -> str:
    """Return the table of areas for the README: what exists and what is planned."""
    rows = ["| Area | Question | Lessons | Planned |", "|---|---|---|---|"]
    for area in catalog.areas:
        lessons = "<br>".join(
            f"[{lesson.title}](lessons/{lesson.key}.ipynb) ({lesson.minutes_read} + {lesson.minutes_do} min)"
            for lesson in area.lessons
        )
        rows.append(
            f"| {area.slug[:2]} {area.title} | {area.question} | {lessons or '–'} | {'; '.join(area.planned) or '–'} |"
        )
    return "\n".join(rows)


def render_index(catalog: Catalog) -> dict[str, Any]:
    """Return the learner's start page as a notebook (nbformat 4.5, as a plain dictionary).

    Its links are relative to the workspace, where ``index.ipynb`` lies beside ``lessons/`` and ``exercises/``.
    """
    cells = [
        _markdown(
            "welcome",
            "# Hurdles: what makes machine learning hard in practice",
            "",
            "Pick a lesson, run it from top to bottom, then solve its exercise. "
            "The last cell of an exercise grades your work.",
        ),
        _code("progress", "from hurdles import progress", "", "progress.show()"),
    ]
    cells += [_area_cell(area) for area in catalog.areas if area.lessons]
    planned = [f"- **{area.title}.** {'; '.join(area.planned)}." for area in catalog.areas if area.planned]
    if planned:
        cells.append(_markdown("planned", "## Planned", "", *planned))
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _area_cell(area: Area) -> dict[str, Any]:
    lines = [
        f"## {area.title}",
        "",
        f"*{area.question}*",
        "",
        "| Lesson | Read | Exercise | Do |",
        "|---|---|---|---|",
    ]
    for lesson in area.lessons:
        exercise = f"[Exercise](exercises/{lesson.key}.ipynb)" if lesson.solution_path else "–"
        lines.append(
            f"| [{lesson.title}](lessons/{lesson.key}.ipynb) | {lesson.minutes_read} min |"
            f" {exercise} | {lesson.minutes_do} min |"
        )
    return _markdown(f"area-{area.slug}", *lines)


def _markdown(cell_id: str, *lines: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": cell_id, "metadata": {}, "source": "\n".join(lines)}


def _code(cell_id: str, *lines: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": cell_id,
        "metadata": {},
        "outputs": [],
        "source": "\n".join(lines),
    }
