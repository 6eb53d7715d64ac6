"""All rules, and running them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hurdles.notebooks.lint import anatomy, code, facts, leaks, prose, tasks
from hurdles.notebooks.lint.page import Finding, Page, Rule, load_pages

__all__ = ["RULES", "lint", "lint_pages"]

RULES: tuple[Rule, ...] = (
    Rule("lesson-parts", ("lesson",), anatomy.lesson_parts),
    Rule("exercise-parts", ("master",), anatomy.exercise_parts),
    Rule("quiz", ("lesson",), anatomy.quizzes),
    Rule("predict-first", ("lesson",), anatomy.predict_first),
    Rule("instructor-tag", ("lesson",), anatomy.instructor_cells),
    Rule("cell-count", ("lesson", "master"), anatomy.cell_count),
    Rule("headings", ("lesson", "master"), anatomy.headings),
    Rule("empty-cell", ("lesson", "master"), anatomy.empty_cells),
    Rule("minutes", ("lesson", "master"), facts.minutes),
    Rule("catalogue", ("lesson", "master"), facts.catalogue),
    Rule("objectives", ("lesson",), facts.objectives),
    Rule("tasks", ("master",), facts.tasks_listed),
    Rule("pair", ("lesson", "master"), facts.pairs),
    Rule("lesson-length", ("lesson",), prose.lesson_length),
    Rule("part-length", ("lesson",), prose.part_lengths),
    Rule("alt-text", ("lesson", "master", "index"), prose.alt_text),
    Rule("typed-number", ("lesson",), prose.typed_numbers),
    Rule("code-length", ("lesson", "master"), code.code_length),
    Rule("helper", ("lesson",), code.helpers),
    Rule("syntax", ("lesson", "master"), code.syntax),
    Rule("network", ("lesson", "master", "index"), code.network),
    Rule("data-path", ("lesson", "master", "index"), code.data_paths),
    Rule("own-key", ("lesson", "master"), code.opens_itself),
    Rule("nbgrader", ("master",), tasks.nbgrader_cells),
    Rule("solution", ("master",), tasks.solutions),
    Rule("stub-length", ("master",), tasks.stubs),
    Rule("tests", ("master",), tasks.tests),
    Rule("apart", ("master",), tasks.apart),
    Rule("instruction", ("master",), tasks.instructions),
    Rule("hints", ("master",), tasks.hints),
    Rule("explain", ("master",), tasks.explain),
    Rule("answer-in-sight", ("master",), leaks.answer_in_sight),
    Rule("markers-released", ("release",), leaks.markers_released),
    Rule("hidden-released", ("release",), leaks.hidden_released),
    Rule("solution-released", ("release",), leaks.solution_released),
)


def lint_pages(pages: Iterable[Page], rules: Iterable[Rule] = RULES) -> list[Finding]:
    """Apply rules to notebooks.

    Parameters
    ----------
    pages : iterable of Page
        The notebooks, each with those of its key.
    rules : iterable of Rule, optional
        All, unless given.

    Returns
    -------
    list of Finding
        In the order of notebooks, then rules.
    """
    chosen = tuple(rules)
    return [
        Finding(page.path, cell_id, rule.name, message)
        for page in pages
        for rule in chosen
        if page.kind in rule.kinds
        for cell_id, message in rule.check(page)
    ]


def lint(root: Path) -> list[Finding]:
    """Apply all rules to a course.

    Parameters
    ----------
    root : pathlib.Path
        Folder with ``lessons/``, ``solutions/`` and ``exercises/``.

    Returns
    -------
    list of Finding
        Nothing when all is well.
    """
    pages, findings = load_pages(root)
    return [*findings, *lint_pages(pages)]
