"""Rules about the parts of a lesson and of an exercise, recognised by their cells' ids."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from hurdles.notebooks.lint.page import Cell, Fault, Page

__all__ = [
    "CODE_SPAN",
    "FENCED",
    "LESSON_PARTS",
    "cell_count",
    "empty_cells",
    "exercise_parts",
    "headings",
    "instructor_cells",
    "lesson_parts",
    "part_of",
    "predict_first",
    "quizzes",
    "text_without_code",
]

# Each part, and how many of it a lesson has; a part that comes in numbers is `PART-1`, `PART-2` and so on.
_ONCE = (1, 1)
LESSON_PARTS: dict[str, tuple[int, int]] = {
    "header": _ONCE,
    "story": _ONCE,
    "objectives": _ONCE,
    "pre-check": _ONCE,
    "setup": _ONCE,
    "data-card": _ONCE,
    "fault": (2, 3),
    "predict": _ONCE,
    "predict-reveal": _ONCE,
    "concept": (3, 4),
    "widget": _ONCE,
    "trade-offs": _ONCE,
    "micro": (2, 2),
    "decision": _ONCE,
    "summary": _ONCE,
    "post-check": _ONCE,
    "terms": _ONCE,
    "further": _ONCE,
    "instructor": (1, 9),
}
_RANK = {part: rank for rank, part in enumerate(LESSON_PARTS)}
_NUMBERED = frozenset(part for part, count in LESSON_PARTS.items() if count != _ONCE)
# The longest name first: `predict-reveal` is not `predict` with something behind it.
_PART = re.compile(
    rf"(?P<part>{'|'.join(sorted(LESSON_PARTS, key=len, reverse=True))})(?:-(?P<number>\d+))?(?:-(?P<rest>[\w-]+))?"
)
_LESSON_CELLS = (22, 44)
_EXERCISE_CELLS = (12, 40)
_QUESTIONS = {"pre-check": 2, "post-check": 3}
_BEFORE_TASKS = ("header", "setup")
_AFTER_TASKS = ("explain", "stretch", "stretch-code", "recap", "check")
_OF_TASK = ("-task", "-example", "", "-visible", "-hidden", "-hints")
_OPTIONAL_OF_TASK = ("-example",)
FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE_SPAN = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)


def text_without_code(source: str) -> str:
    """Return markdown without its fenced blocks and code spans."""
    return CODE_SPAN.sub(" ", FENCED.sub("", source))


def part_of(cell_id: str) -> tuple[str, int] | None:
    """Return the part of a lesson that a cell belongs to, and its number (0 if it has none); None if to no part."""
    match = _PART.fullmatch(cell_id)
    if match is None:
        return None
    part, number = match["part"], int(match["number"] or 0)
    return (part, number) if (part in _NUMBERED) == bool(number) else None


def lesson_parts(page: Page) -> Iterator[Fault]:
    """Demand every part, as often as it should be, and in order."""
    found = [(cell, part_of(cell.id)) for cell in page.cells]
    for cell, place in found:
        if place is None:
            yield (
                cell.id,
                "This id belongs to no part of a lesson. "
                f"Name the cell PART-something, PART one of: {', '.join(_names())}.",
            )
    places = [place for _, place in found if place is not None]
    for part, (fewest, most) in LESSON_PARTS.items():
        numbers = sorted({number for name, number in places if name == part})
        if not fewest <= len(numbers) <= most:
            wanted = "one" if fewest == most == 1 else f"{fewest} to {most}" if fewest < most else str(fewest)
            yield (
                "",
                f"The part '{part}' is there {len(numbers)} times; a lesson has {wanted}. "
                "Add or remove cells with this id.",
            )
        elif part in _NUMBERED and numbers != list(range(1, len(numbers) + 1)):
            yield "", f"The parts '{part}-N' are numbered {numbers}. Number them from 1 without a gap."
    known = [(cell, (_RANK[place[0]], place[1])) for cell, place in found if place is not None]
    for (before, earlier), (cell, later) in pairwise(known):
        if later < earlier:
            yield (
                cell.id,
                f"This cell stands behind '{before.id}' but belongs before it. Move it to its part.",
            )


def _names() -> list[str]:
    return [f"{part}-N" if part in _NUMBERED else part for part in LESSON_PARTS]


def exercise_parts(page: Page) -> Iterator[Fault]:
    """Demand header, set-up, each task's cells in order, then explain, stretch, recap and the button."""
    of_tasks = [f"{task}{suffix}" for task in page.tasks for suffix in _OF_TASK]
    wanted = [*_BEFORE_TASKS, *of_tasks, *_AFTER_TASKS]
    optional = {f"{task}{suffix}" for task in page.tasks for suffix in _OPTIONAL_OF_TASK}
    rank = {cell_id: position for position, cell_id in enumerate(wanted)}
    present = {cell.id for cell in page.cells}
    for cell_id in wanted:
        if cell_id not in present | optional:
            yield (
                "",
                f"The cell '{cell_id}' is missing. Add it where it belongs: {_neighbour(cell_id, wanted)}.",
            )
    places = [(cell, _exercise_rank(cell.id, rank)) for cell in page.cells]
    for cell, place in places:
        if place is None:
            yield (
                cell.id,
                "This id belongs to no part of an exercise. "
                "Name the cell after its task or part, such as 'TASK-task' or 'recap'.",
            )
    known = [(cell, place) for cell, place in places if place is not None]
    for (before, earlier), (cell, later) in pairwise(known):
        if later < earlier:
            yield (
                cell.id,
                f"This cell stands behind '{before.id}' but belongs before it. Move it to its part.",
            )


def _neighbour(cell_id: str, wanted: list[str]) -> str:
    position = wanted.index(cell_id)
    return f"after '{wanted[position - 1]}'" if position else "at the top"


def _exercise_rank(cell_id: str, rank: dict[str, int]) -> int | None:
    """Return a cell's place; `PART-something` counts as its longest part."""
    candidates = [name for name in rank if cell_id == name or cell_id.startswith(f"{name}-")]
    return rank[max(candidates, key=len)] if candidates else None


def quizzes(page: Page) -> Iterator[Fault]:
    """Demand two questions before and three after, each in a cell whose source is folded away."""
    for part, count in _QUESTIONS.items():
        asking = [cell for cell in page.cells if _is_part(cell, part) and _questions(cell)]
        asked = sum(_questions(cell) for cell in asking)
        if asked != count:
            yield (
                part,
                f"This quiz asks {asked} questions; it should ask {count}. "
                f"Use lesson.quiz(…) with {count} ui.Question(…).",
            )
        for cell in asking:
            if not cell.source_hidden:
                yield (
                    cell.id,
                    "A learner sees the answers in this cell's source. Set its metadata jupyter.source_hidden to true.",
                )


def _is_part(cell: Cell, part: str) -> bool:
    place = part_of(cell.id)
    return place is not None and place[0] == part


def _questions(cell: Cell) -> int:
    return sum(_called(node) == "Question" for node in _calls(cell))


def _calls(cell: Cell) -> Iterator[ast.Call]:
    if cell.tree is not None:
        yield from (node for node in ast.walk(cell.tree) if isinstance(node, ast.Call))


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def predict_first(page: Page) -> Iterator[Fault]:
    """Demand that a guess is committed before the answer is shown."""
    guessed: set[str] = set()
    for cell in page.cells:
        for call in _calls(cell):
            name = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None
            # model.predict(X) takes data; only lesson.predict("name", …) takes a text.
            if not isinstance(name, str):
                continue
            if _called(call) == "predict":
                guessed.add(name)
            elif _called(call) == "reveal" and name not in guessed:
                yield (
                    cell.id,
                    f"'{name}' is revealed before any cell asks for a guess. "
                    f"Put lesson.predict({name!r}, …) in a cell above.",
                )
    for part, verb in (("predict", "predict"), ("predict-reveal", "reveal")):
        inside = [cell for cell in page.cells if _is_part(cell, part)]
        if inside and not any(_called(call) == verb for cell in inside for call in _calls(cell)):
            yield (
                part,
                f"This part calls no lesson.{verb}(…). A learner commits a guess, then sees it beside the result.",
            )


def instructor_cells(page: Page) -> Iterator[Fault]:
    """Demand the tag on notes for the instructor, and on nothing else."""
    for cell in page.cells:
        if _is_part(cell, "instructor") != ("instructor" in cell.tags):
            advice = (
                "Add the tag 'instructor'"
                if _is_part(cell, "instructor")
                else "Remove the tag, or name the cell 'instructor-N'"
            )
            yield cell.id, f"The id and the tag 'instructor' do not agree. {advice}."


def cell_count(page: Page) -> Iterator[Fault]:
    """Demand neither too many cells nor too few; notes for the instructor are not counted."""
    fewest, most = _LESSON_CELLS if page.kind == "lesson" else _EXERCISE_CELLS
    count = sum("instructor" not in cell.tags for cell in page.cells)
    if not fewest <= count <= most:
        yield "", f"A learner sees {count} cells; it should be {fewest} to {most}. Split, merge or cut."


def headings(page: Page) -> Iterator[Fault]:
    """Demand one title, at the top, and that no level is skipped on the way down."""
    level = 0
    for cell in page.of_type("markdown"):
        for hashes in re.findall(r"^(#{1,6})[ \t]+\S", FENCED.sub("", cell.visible), re.MULTILINE):
            found = len(hashes)
            if level == 0 and found != 1:
                yield cell.id, "The first heading should be the title. Give it one '#'."
            elif level and found == 1:
                yield cell.id, "There is a second title. Give this heading two '#' or more."
            elif found > level + 1:
                yield (
                    cell.id,
                    f"A heading of level {found} follows one of level {level}. Give it {level + 1} '#'.",
                )
            level = found
    if level == 0:
        yield "", "There is no heading. Give the first cell a title with one '#'."


def empty_cells(page: Page) -> Iterator[Fault]:
    """Demand that no cell is left empty by accident."""
    for cell in page.cells:
        if not cell.source.strip():
            yield cell.id, "This cell is empty. Fill or delete it."
