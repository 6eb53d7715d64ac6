"""Run the command line, as ``hurdles`` or ``python -m hurdles``; grading in a process whose imports are done."""

import sys

__all__ = ["main"]

# jsonschema, which reads notebooks for us, does without this package when it is missing: it checks addresses in other
# alphabets, which no notebook has, and takes a second to import.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

# What a check and the grading of a course import, this module first for the line above. Not the command line itself: it
# looks at the terminal while it is imported.
_GRADER = (
    "hurdles.__main__",
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


def main() -> None:
    """Run what the command line asks for."""
    if sys.argv[1:2] in (["check"], ["grade"]):
        from hurdles.kernels import programs

        code = programs.run("hurdles.cli:main", sys.argv[1:], preload=_GRADER)
        if code is not None:
            sys.exit(code)
    from hurdles import cli

    cli.main()


if __name__ == "__main__":
    main()
