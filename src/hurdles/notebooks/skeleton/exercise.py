"""The skeleton of an exercise: three small tasks that work, to be replaced one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

from nbformat import NotebookNode

from hurdles.notebooks.skeleton.cells import Cell, code, fill, graded, markdown, notebook
from hurdles.notebooks.skeleton.lesson import OBJECTIVES

__all__ = ["exercise_notebook"]


@dataclass(frozen=True)
class _Task:
    """The texts of one graded task."""

    name: str
    objective: str
    points: int
    instruction: str
    example: str
    solution: str
    visible: str
    hidden: str
    hints: tuple[str, str, str]


def exercise_notebook(names: Mapping[str, str]) -> NotebookNode:
    """Return the skeleton of an exercise's master.

    Parameters
    ----------
    names : mapping of str to str
        AREA, KEY and TITLE of the lesson.

    Returns
    -------
    nbformat.NotebookNode
    """
    facts: dict[str, Any] = {
        "kind": "exercise",
        "title": f"{names['TITLE']}: exercise",
        "area": names["AREA"],
        "lesson": names["KEY"],
        "minutes": {"read": 3, "do": 12},
        "objectives": [name for name, _ in OBJECTIVES],
        "tasks": [{"id": task.name, "objectives": [task.objective]} for task in _TASKS],
        "verdict": "isolated",
    }
    cells = [*_opening(), *(cell for task in _TASKS for cell in _task(task)), *_closing()]
    return notebook(facts, fill(cells, names))


def _opening() -> list[Cell]:
    points = sum(task.points for task in _TASKS)
    return [
        markdown(
            "header",
            f"""
            # Exercise: @TITLE@

            **Area** @AREA@ · **Time** 15 minutes · **Points** {points + 2}: {points} by tests, 2 by hand

            Set the scene in three sentences: who needs the functions, and for what. For each task: read, write the
            function, run the test below it. The last cell grades everything, with further tests on other data.
            """,
        ),
        graded(
            "setup",
            """
            import statistics

            import numpy as np

            from hurdles import checks

            print("Ready.")
            """,
            "setup",
            locked=True,
        ),
    ]


def _task(task: _Task) -> list[Cell]:
    call = f"{task.name}({'values, limit' if task.name == 'share_above' else 'values'})"
    hints = "\n\n".join(
        f"<details><summary>Hint {number}: {title}</summary>\n\n{text}\n\n</details>"
        for number, (title, text) in enumerate(
            zip(("the concept", "the call", "nearly the code"), task.hints, strict=True), start=1
        )
    )
    begin, end = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
    return [
        markdown(f"{task.name}-task", f"## `{call}` · {task.points} points\n\n{task.instruction}"),
        graded(f"{task.name}-example", task.example, f"{task.name}_example", locked=True),
        graded(task.name, task.solution, task.name, solution=True),
        graded(f"{task.name}-visible", task.visible, f"{task.name}_visible", grade=True, locked=True, points=0),
        graded(
            f"{task.name}-hidden",
            f"# Tests on other data: they run when you check your work.\n{begin}\n{dedent(task.hidden).strip()}\n{end}",
            f"{task.name}_hidden",
            grade=True,
            locked=True,
            points=task.points,
        ),
        markdown(f"{task.name}-hints", hints),
    ]


def _closing() -> list[Cell]:
    return [
        markdown(
            "explain",
            """
            ## Explain · 2 points, graded by hand

            Ask a question that needs two or three sentences of judgement, such as one a manager would ask.

            <details><summary>How it is graded: open this when you have written your answer</summary>

            | points | answer |
            |---|---|
            | 2 | Say what a full answer contains |
            | 1 | Say what is half of it |
            | 0 | Say what misses the point |

            </details>

            ### BEGIN SOLUTION
            Write the answer that you would give.
            ### END SOLUTION
            """,
            grade_id="explain",
            grade=True,
            solution=True,
            points=2,
        ),
        markdown("stretch", "## Stretch · no points\n\nAsk for something that has no single right answer."),
        code("stretch-code", "print(fill_missing([3, None, 8, 5]))"),
        markdown("recap", "## Recap\n\n- Write one line a task: what to remember, not what was done."),
        code("check", 'import hurdles.ui as ui\n\nui.check_button("@KEY@")'),
    ]


_TASKS = (
    _Task(
        name="count_missing",
        objective="count",
        points=2,
        instruction="Input: a list of numbers in which gaps are `None`. Output: how many gaps it has. "
        "Name inputs and outputs like this, in at most 60 words.",
        example="# count_missing(example) returns 2.\nexample = [3, None, 8, None]",
        solution='''
            def count_missing(values):
                """Return how many of the values are None."""
                ### BEGIN SOLUTION
                return sum(value is None for value in values)
                ### END SOLUTION
            ''',
        visible="""
            count = checks.call(count_missing, example, task="count_missing", unchanged=True)
            count = checks.is_number(count, "count_missing(example)")
            checks.expect(count >= 1, f"count_missing(example) is {count:g}.", "A share is not a count: do not divide.")
            checks.close(count, 2, "count_missing(example)", "Look at each entry once.")
            print("Visible test passed.")
            """,
        hidden="""
            def _count(values):
                answer = checks.call(count_missing, values, task="count_missing", unchanged=True)
                return checks.is_number(answer, f"count_missing({values})")


            checks.expect(
                _count([0, 1, 0]) == 0,
                "count_missing([0, 1, 0]) finds gaps where there are none.",
                "A zero is a value like any other: compare with None itself.",
            )
            checks.expect(
                _count([None, None, None, 5]) != 1,
                "count_missing([None, None, None, 5]) is 1.",
                "It seems to count what is there. Count what is not.",
            )
            checks.expect(
                _count([None, None, 4, 5]) >= 1,
                "count_missing([None, None, 4, 5]) is below 1.",
                "A share is not a count: do not divide.",
            )
            kinds = [None, 0, 1.5, 7]
            many = [kinds[i] for i in np.random.default_rng(17).integers(len(kinds), size=300)]
            wanted = sum(value is None for value in many)
            checks.close(_count(many), wanted, "The count in a list of 300", "Look at each entry once.")
            """,
        hints=(
            "A gap is an entry that is `None`. A zero is not a gap.",
            "`value is None` is true or false, and `sum` counts what is true.",
            "```python\nreturn sum(... for value in values)\n```",
        ),
    ),
    _Task(
        name="share_above",
        objective="compare",
        points=3,
        instruction="Inputs: a list of numbers in which gaps are `None`, and a limit. Output: the share of the "
        "known values that lie above the limit, between 0 and 1.",
        example="# share_above(example, 4) returns 2 of 3 known values, so about 0.67.\nexample = [3, None, 8, 5]",
        solution='''
            def share_above(values, limit):
                """Return the share of known values above the limit: 0 to 1."""
                ### BEGIN SOLUTION
                known = [value for value in values if value is not None]
                return sum(value > limit for value in known) / len(known)
                ### END SOLUTION
            ''',
        visible="""
            share = checks.call(share_above, example, 4, task="share_above", unchanged=True)
            share = checks.is_number(share, "share_above(example, 4)")
            checks.expect(share <= 1, f"share_above(example, 4) is {share:g}.", "Return a share, not a percentage.")
            checks.close(share, 2 / 3, "share_above(example, 4)", "Divide by the number of known values.")
            print("Visible test passed.")
            """,
        hidden="""
            def _share(values, limit):
                answer = checks.call(share_above, values, limit, task="share_above", unchanged=True)
                return checks.is_number(answer, f"share_above({values}, {limit})")


            checks.expect(
                _share([10, 20, 30, 40], 5) <= 1,
                "share_above([10, 20, 30, 40], 5) is above 1.",
                "Return a share between 0 and 1, not a percentage or a count.",
            )
            checks.expect(
                checks.same(_share([10, 20, 20, 30], 20), 0.25),
                "share_above([10, 20, 20, 30], 20) is not right.",
                "A value equal to the limit is not above it.",
            )
            checks.expect(
                checks.same(_share([10, 20, None, None], 15), 0.5),
                "share_above([10, 20, None, None], 15) is not right.",
                "Divide by the number of known values: a gap says nothing about either side.",
            )
            kinds = [None, 0, 1.5, 7, 9]
            many = [kinds[i] for i in np.random.default_rng(23).integers(len(kinds), size=300)]
            known = [value for value in many if value is not None]
            wanted = sum(value > 1 for value in known) / len(known)
            checks.close(_share(many, 1), wanted, "The share in a list of 300", "Leave gaps out first, then compare.")
            """,
        hints=(
            "Only known values can be compared. Leave the gaps out first.",
            "A comprehension with `if value is not None` keeps the known values.",
            "```python\nknown = [...]\nreturn sum(...) / len(known)\n```",
        ),
    ),
    _Task(
        name="fill_missing",
        objective="fill",
        points=3,
        instruction="Input: a list of numbers in which gaps are `None`. Output: a new list of the same length, with "
        "each gap filled by the median of the known values.",
        example="# fill_missing(example) returns [3, 5, 8, 5].\nexample = [3, None, 8, 5]",
        solution='''
            def fill_missing(values):
                """Return a new list with the median of the known values in each gap."""
                ### BEGIN SOLUTION
                middle = statistics.median(value for value in values if value is not None)
                return [middle if value is None else value for value in values]
                ### END SOLUTION
            ''',
        visible="""
            filled = checks.call(fill_missing, example, task="fill_missing", unchanged=True)
            filled = checks.is_list(filled, "fill_missing(example)")
            checks.expect(
                len(filled) == len(example),
                f"fill_missing(example) has {len(filled)} entries; the input has {len(example)}.",
                "Keep every entry: a dropped gap takes along what else is known about its row.",
            )
            checks.expect(not any(checks.is_missing(value) for value in filled), "There are gaps left.", "Fill each.")
            print("Visible test passed.")
            """,
        hidden="""
            def _filled(values):
                answer = checks.call(fill_missing, values, task="fill_missing", unchanged=True)
                return checks.is_list(answer, f"fill_missing({values})")


            small = [10, None, 20, 90]
            filled = _filled(small)
            checks.expect(
                len(filled) == 4,
                f"fill_missing({small}) has {len(filled)} entries; the input has 4.",
                "Keep every entry: a dropped gap takes along what else is known about its row.",
            )
            checks.expect(
                0 not in filled,
                f"fill_missing({small}) puts a 0 into the gap.",
                "Nothing here is near 0. Fill with something typical.",
            )
            checks.expect(
                not checks.same(filled[1], 40),
                f"fill_missing({small}) puts the mean into the gap.",
                "One large value pulls the mean away from what is typical. Use the median.",
            )
            kinds = [None, 2, 3, 5, 400]
            many = [kinds[i] for i in np.random.default_rng(31).integers(len(kinds), size=301)]
            middle = statistics.median(value for value in many if value is not None)
            wanted = [middle if value is None else value for value in many]
            checks.expect(
                checks.same(_filled(many), wanted),
                "A list of 301 is not filled right.",
                "Keep known values as they are, and take the median of those alone.",
            )
            """,
        hints=(
            "Something typical does least harm. One huge value should not move it.",
            "`statistics.median` takes the known values.",
            "```python\nmiddle = statistics.median(...)\nreturn [... for value in values]\n```",
        ),
    ),
)
