"""The grader as a program: `hurdles check` and `hurdles grade`, forked from a process whose imports are done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["begin", "run"]

_ENTRY = "hurdles.cli:main"
# What a check and the grading of a course import. Not the command line itself: it looks at the terminal while it is
# imported.
_PRELOAD = (
    "hurdles.grading.ahead",
    "alembic.script",
    "nbgrader.converters",
    "nbgrader.preprocessors",
    "psutil",
    "pydantic.type_adapter",
    "rich.console",
    "rich.markup",
    "rich.table",
    "typer",
    "typer._adapters",
    "rich.progress",
    "hurdles.catalog",
    "hurdles.grading.cohort.grade",
    "hurdles.grading.cohort.report",
    "hurdles.grading.cohort.prepare",
    "hurdles.grading.cohort.verdict",
    "hurdles.grading.sandbox.enter",
    "hurdles.grading.supervisor",
    "nbgrader.coursedir",
    "hurdles.ledger",
    "hurdles.paths",
)


def run(arguments: Sequence[str]) -> int | None:
    """Run the command line in a forked process.

    Parameters
    ----------
    arguments : sequence of str
        Its arguments.

    Returns
    -------
    int or None
        Its exit code; None if there is no process to fork it from yet, or none can be had.
    """
    from hurdles.kernels import programs

    return programs.run(_ENTRY, arguments, preload=_PRELOAD)


def begin(environment: Mapping[str, str]) -> None:
    """Let the process that it is forked from start as soon as the machine has nothing better to do.

    Parameters
    ----------
    environment : mapping of str to str
        That of the commands to come.
    """
    from hurdles.kernels import programs

    programs.begin(environment, preload=_PRELOAD)
