"""Rules about what learners read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser

from hurdles.notebooks.lint.anatomy import CODE_SPAN, FENCED, part_of, text_without_code
from hurdles.notebooks.lint.page import Cell, Fault, Page

__all__ = ["alt_text", "lesson_length", "part_lengths", "typed_numbers", "words"]

# The design aims at 700 to 900 words; a rule must only catch what is clearly too thin or too long.
_LESSON_WORDS = (600, 1100)
_NOT_COUNTED = ("terms", "further", "instructor")
_PART_WORDS = {"story": (70, 140), "concept": (1, 90)}
_IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\](?=[(\[])")
_TAG = re.compile(r"<[^<>]+>")
_LINK = re.compile(r"\]\([^)]*\)")
_WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
_NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|ninety"
)
_UNITS = (
    "%|‰|per ?cent|percent|percentage points?|points?|pp|times|fold|x|×|thousand|million|billion|"
    "rows?|columns?|cells?|values?|records?|cases?|examples?|labels?|applications?|applicants?|customers?|people|persons?|"
    "men|women|loans?|mortgages?|dollars?|euros?|pounds?|USD|EUR|ms|milliseconds?|s|seconds?|min|minutes?|h|hours?|"
    "days?|weeks?|months?|years?|bytes?|kB|KB|MB|MiB|GB|GiB|kWh|g|kg|km|m"
)
_TYPED = re.compile(
    rf"""(?P<number>
        [$€£]\s?\d[\d.,]*                                # money
      | (?<![\w.])\d[\d,]*\.\d+\b                        # a decimal: results look like that
      | (?<![\w.])(?:\d[\d,.]*|{_NUMBER_WORDS})[\s\u00a0\u202f-]?(?:{_UNITS})(?!\w)
    )""",
    re.VERBOSE | re.IGNORECASE,
)


def words(source: str) -> int:
    """Count the words of a markdown text as a reader meets them.

    Code blocks, tags and the addresses of links are not counted; a piece of code in backticks is one word.
    """
    text = CODE_SPAN.sub(" code ", FENCED.sub("", source))
    return len(_WORD.findall(_LINK.sub("]", _TAG.sub(" ", text))))


def lesson_length(page: Page) -> Iterator[Fault]:
    """Demand prose, not counting glossary, reading list and instructor notes, that is neither thin nor endless."""
    fewest, most = _LESSON_WORDS
    count = sum(words(cell.source) for cell in page.of_type("markdown") if _part(cell) not in _NOT_COUNTED)
    if not fewest <= count <= most:
        yield (
            "",
            f"The lesson has {count} words; it should have {fewest} to {most} (700 to 900 is the aim). "
            f"{'Cut' if count > most else 'Tell more'}.",
        )


def part_lengths(page: Page) -> Iterator[Fault]:
    """Demand that the story and each step of the concept keep to their lengths."""
    for cell in page.of_type("markdown"):
        fewest, most = _PART_WORDS.get(_part(cell), (0, 10**6))
        count = words(cell.source)
        if not fewest <= count <= most and not cell.id.endswith("-reading"):
            yield (
                cell.id,
                f"This cell has {count} words; it should have {fewest} to {most}. "
                f"{'Cut or split it' if count > most else 'Tell more'}.",
            )


def _part(cell: Cell) -> str:
    place = part_of(cell.id)
    return place[0] if place else ""


class _Images(HTMLParser):
    """Collects the pictures of an HTML text that have no alternative text."""

    def __init__(self) -> None:
        super().__init__()
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "img" and not (given.get("alt") or "").strip():
            self.silent.append(given.get("src") or "img")


def _silent_images(html: str) -> list[str]:
    parser = _Images()
    parser.feed(html)
    parser.close()
    return parser.silent


def alt_text(page: Page) -> Iterator[Fault]:
    """Demand an alternative text for every picture."""
    advice = "Say in words what it shows, for those who cannot see it"
    for cell in page.cells:
        if cell.type == "markdown":
            text = text_without_code(cell.source)
            if any(not match["alt"].strip() for match in _IMAGE.finditer(text)):
                yield cell.id, f"A picture has no alternative text. {advice}: ![text](…)."
            if _silent_images(text):
                yield cell.id, f'An <img> has no alternative text. {advice}: <img alt="text" …>.'
        elif cell.tree is not None:
            yield from _code_images(cell, advice)


def _code_images(cell: Cell, advice: str) -> Iterator[Fault]:
    assert cell.tree is not None
    for node in ast.walk(cell.tree):
        if isinstance(node, ast.Call) and _name(node.func) in ("Image", "SVG"):
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            alt = given.get("alt")
            if alt is None or (isinstance(alt, ast.Constant) and not str(alt.value or "").strip()):
                yield (
                    cell.id,
                    f"A picture made by code has no alternative text. {advice}: {_name(node.func)}(…, alt=text).",
                )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _silent_images(node.value):
            yield cell.id, f"An <img> in a text of this code has no alternative text. {advice}."


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def typed_numbers(page: Page) -> Iterator[Fault]:
    """Demand that prose which reads a result shows numbers that a cell computed, never typed ones.

    It looks at cells whose id ends in ``-reading`` and at the parts ``summary`` and ``decision``: their markdown, and
    the texts in the code of ``-reading`` cells. Numbers in backticks are code, not results, and may be typed. The story
    and the data card cite sources, so their numbers are left alone; so are bare whole numbers, which count steps or
    name codes.
    """
    for cell in page.cells:
        reading = cell.id.endswith("-reading")
        if not reading and _part(cell) not in ("summary", "decision"):
            continue
        for text in _texts(cell, reading):
            match = _TYPED.search(text)
            if match:
                yield (
                    cell.id,
                    f"'{' '.join(match['number'].split())}' is typed into prose that reads a result. "
                    "Compute and show it in a cell, or say it without the number.",
                )
                break


def _texts(cell: Cell, reading: bool) -> Iterator[str]:
    if cell.type == "markdown":
        yield _LINK.sub("]", text_without_code(cell.source))
    elif reading and cell.tree is not None:
        yield from (_template(node) for node in _outermost_texts(cell.tree))


def _outermost_texts(tree: ast.AST) -> Iterator[ast.expr]:
    """Visit the texts of some code; an f-string as one, without its pieces and formats."""
    if isinstance(tree, ast.JoinedStr) or (isinstance(tree, ast.Constant) and isinstance(tree.value, str)):
        yield tree
        return
    for child in ast.iter_child_nodes(tree):
        yield from _outermost_texts(child)


def _template(node: ast.expr) -> str:
    """Return a text with a dot in place of what an f-string computes, so that '{x} %' is no typed number."""
    if isinstance(node, ast.JoinedStr):
        pieces = (_template(value) if isinstance(value, ast.Constant) else "…" for value in node.values)
        return "".join(pieces)
    assert isinstance(node, ast.Constant)
    return text_without_code(str(node.value))
