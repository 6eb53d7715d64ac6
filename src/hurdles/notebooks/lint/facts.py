"""Rules about the metadata that the catalogue is made from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from hurdles.notebooks.lint.page import Fault, Page

__all__ = ["catalogue", "minutes", "objectives", "pairs", "tasks_listed"]

_LEVELS = ("beginner", "intermediate", "advanced")
_KINDS = {"lesson": "lesson", "master": "exercise"}
_DEMO = re.compile(r"hurdles(\.\w+)+:\w+")
_OBJECTIVES = (3, 5)
_TASKS = (3, 5)


def minutes(page: Page) -> Iterator[Fault]:
    """Demand minutes to read and to do, above zero."""
    given = page.facts.get("minutes", {})
    for what in ("read", "do"):
        value = given.get(what)
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            yield (
                "",
                f"hurdles.minutes.{what} in the metadata is {value!r}. Give a whole number above zero, as measured.",
            )


def catalogue(page: Page) -> Iterator[Fault]:
    """Demand title, area, level, demo and terms, well formed."""
    facts = page.facts
    if facts.get("kind") != _KINDS[page.kind]:
        yield (
            "",
            f"hurdles.kind in the metadata is {facts.get('kind')!r}. It should be {_KINDS[page.kind]!r}.",
        )
    if not str(facts.get("title", "")).strip():
        yield "", "hurdles.title in the metadata is missing. Give the title that the catalogue shows."
    area = page.key.split("/")[0]
    if facts.get("area") != area:
        yield (
            "",
            f"hurdles.area in the metadata is {facts.get('area')!r}, but the folder is {area!r}. Make them agree.",
        )
    if page.kind == "lesson":
        yield from _lesson_catalogue(page)


def _lesson_catalogue(page: Page) -> Iterator[Fault]:
    facts = page.facts
    if facts.get("level") not in _LEVELS:
        yield (
            "",
            f"hurdles.level in the metadata is {facts.get('level')!r}. It is one of {', '.join(_LEVELS)}.",
        )
    if not isinstance(facts.get("prerequisites"), list):
        yield (
            "",
            "hurdles.prerequisites in the metadata is missing. Give a list of sentences; it may be empty.",
        )
    if not _DEMO.fullmatch(str(facts.get("demo", ""))):
        yield (
            "",
            f"hurdles.demo in the metadata is {facts.get('demo')!r}. Name the widget as 'hurdles.ROOM.MODULE:NAME'.",
        )
    terms = facts.get("terms")
    if not isinstance(terms, dict) or not terms or not all(str(text).strip() for text in terms.values()):
        yield "", "hurdles.terms in the metadata should give each new term one sentence."


def objectives(page: Page) -> Iterator[Fault]:
    """Demand three to five objectives, each covered by a task of the exercise."""
    listed = page.facts.get("objectives", [])
    ids = [str(objective.get("id", "")) for objective in listed]
    fewest, most = _OBJECTIVES
    if not fewest <= len(ids) <= most:
        yield "objectives", f"There are {len(ids)} objectives; there should be {fewest} to {most}. Split, merge or cut."
    for repeated, count in Counter(ids).items():
        if count > 1:
            yield "objectives", f"The objective id {repeated!r} is given {count} times. Give each its own."
    for objective in listed:
        if not str(objective.get("text", "")).strip():
            yield (
                "objectives",
                f"The objective {objective.get('id')!r} has no text. Say what a learner can do afterwards.",
            )
    master = page.others.get("master")
    covered = (
        {name for task in master.facts.get("tasks", ()) for name in task.get("objectives", ())} if master else set()
    )
    for name in ids:
        if master and name not in covered:
            yield (
                "objectives",
                f"No task of the exercise covers the objective {name!r}. "
                f"Add it to a task's objectives in {master.path}, or drop it.",
            )


def tasks_listed(page: Page) -> Iterator[Fault]:
    """Demand three to five tasks, and no objective that the lesson does not have."""
    tasks = page.facts.get("tasks", [])
    fewest, most = _TASKS
    if not fewest <= len(tasks) <= most:
        yield "", f"There are {len(tasks)} graded tasks; there should be {fewest} to {most}. Split, merge or cut."
    for name in page.tasks:
        if not name.isidentifier():
            yield "", f"The task {name!r} is not a function's name. Use the name of the graded function."
    lesson = page.others.get("lesson")
    if lesson is None:
        return
    known = {str(objective.get("id")) for objective in lesson.facts.get("objectives", ())}
    named = {name for task in tasks for name in task.get("objectives", ())} | set(page.facts.get("objectives", ()))
    for name in sorted(named - known):
        yield (
            "",
            f"The objective {name!r} is none of the lesson's ({', '.join(sorted(known))}). Use the lesson's ids.",
        )


def pairs(page: Page) -> Iterator[Fault]:
    """Demand an exercise for a lesson and a lesson for an exercise, under one path."""
    missing, folder = ("master", "solutions") if page.kind == "lesson" else ("lesson", "lessons")
    if missing not in page.others:
        yield (
            "",
            f"There is no {folder}/{page.key}.ipynb. "
            "A lesson and its exercise have the same path: write it, or rename this one.",
        )
