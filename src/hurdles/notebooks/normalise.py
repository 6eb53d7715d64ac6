"""One normal form for notebooks, so that two people who write the same notebook write the same bytes.

Normalising is pure and idempotent. It throws away what running or an editor leaves behind (outputs, counts, widget
state, random cell ids, trailing blanks) and keeps what an author meant.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import json
import re
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
import nbformat.v4
from nbformat import NotebookNode

from hurdles.errors import HurdlesError

__all__ = ["KERNELSPEC", "LANGUAGE_INFO", "normalise", "parse", "read", "to_bytes"]

KERNELSPEC: Mapping[str, str] = {
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
    "name": "python3",
}
LANGUAGE_INFO: Mapping[str, str] = {"name": "python"}

_CELL_METADATA = ("deletable", "editable", "hurdles", "nbgrader")
_VALID_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
# What editors and nbformat make up when a cell is added: random hexadecimal, with and without dashes or a prefix.
_RANDOM_ID = re.compile(
    r"[0-9a-f]{8}|[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|cell-[0-9a-f]{16}|[#]?VSC-[0-9a-f]+"
)
_HEADING = re.compile(r"^#{1,6}[ \t]+(?P<text>.+?)[ \t#]*$", re.MULTILINE)


def normalise(nb: NotebookNode) -> NotebookNode:
    """Return the normal form of a notebook; the notebook given is not changed.

    Parameters
    ----------
    nb : nbformat.NotebookNode
        A notebook of format 4 (any minor version).

    Returns
    -------
    nbformat.NotebookNode
        Format 4.5: no outputs, no counts, kernelspec ``python3``, stable cell ids, and only the metadata that an
        author sets on purpose.
    """
    cells = [_cell(cell) for cell in nb.cells]
    for cell, cell_id in zip(cells, _stable_ids(nb.cells, cells), strict=True):
        cell["id"] = cell_id
    metadata: dict[str, Any] = {"kernelspec": dict(KERNELSPEC), "language_info": dict(LANGUAGE_INFO)}
    if nb.metadata.get("hurdles"):
        metadata["hurdles"] = copy.deepcopy(nb.metadata["hurdles"])
    normal = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return nbformat.from_dict(normal)  # type: ignore[no-any-return, no-untyped-call, unused-ignore]


def to_bytes(nb: NotebookNode) -> bytes:
    """Return a notebook as it is written to disk: one space of indent, sorted keys, plain UTF-8, a newline at the end.

    These are the bytes nbgrader and JupyterLab write too, so saving a normal notebook changes nothing in it.
    """
    text: str = nbformat.v4.writes(nb)  # type: ignore[no-untyped-call, unused-ignore]
    return (text.removesuffix("\n") + "\n").encode("utf-8")


def parse(content: bytes, name: str) -> NotebookNode:
    """Read a notebook from the bytes of a file.

    Parameters
    ----------
    content : bytes
        What the file holds.
    name : str
        What to call the file in a message.

    Returns
    -------
    nbformat.NotebookNode
        At format 4, not yet normal.

    Raises
    ------
    hurdles.errors.HurdlesError
        If it is not a notebook; the message says why.
    """
    try:
        data = json.loads(content)
    except ValueError as error:
        raise HurdlesError(
            f"{name} is not a notebook: it is not valid JSON ({error}). Restore it, or save it again."
        ) from error
    if not isinstance(data, dict) or not isinstance(data.get("nbformat"), int):
        raise HurdlesError(f"{name} is not a notebook: it names no notebook format. Restore it, or save it again.")
    try:
        if data["nbformat"] != 4:
            return nbformat.reads(content.decode("utf-8"), as_version=4)  # type: ignore[no-any-return, no-untyped-call, unused-ignore]
        nb = nbformat.v4.to_notebook(data)  # type: ignore[no-untyped-call, unused-ignore]
        # Ids may still be missing or doubled: that is ours to mend, so only the rest of the form is judged.
        nbformat.validate(normalise(nb))
    except (nbformat.ValidationError, AttributeError, KeyError, TypeError, ValueError) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise HurdlesError(
            f"{name} is not a valid notebook: {reason}. Open it in JupyterLab and save it again."
        ) from error
    return nb  # type: ignore[no-any-return, unused-ignore]


def read(path: Path) -> NotebookNode:
    """Read a notebook file; see `parse`."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise HurdlesError(f"{path} cannot be read: {error.strerror}. Check the path and its permissions.") from error
    return parse(content, str(path))


def _cell(cell: NotebookNode) -> dict[str, Any]:
    kind = cell["cell_type"]
    normal: dict[str, Any] = {"cell_type": kind, "metadata": _metadata(cell["metadata"])}
    if kind == "code":
        normal |= {"execution_count": None, "outputs": [], "source": _tidy_code(cell["source"])}
    else:
        normal["source"] = _tidy_text(cell["source"])
        if cell.get("attachments"):
            normal["attachments"] = copy.deepcopy(cell["attachments"])
    return normal


def _metadata(found: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: copy.deepcopy(found[name]) for name in _CELL_METADATA if found.get(name) not in (None, {})}
    if found.get("tags"):
        kept["tags"] = list(dict.fromkeys(found["tags"]))
    if found.get("jupyter", {}).get("source_hidden"):
        kept["jupyter"] = {"source_hidden": True}
    return kept


def _tidy_code(source: str) -> str:
    text = _newlines(source)
    whole = text.rstrip(" \t\n")
    if whole.endswith("\\") and not _same_program(whole, text):
        whole = text  # a line that goes on, and nothing after it but blanks
    stripped = "\n".join(line.rstrip(" \t") for line in whole.split("\n"))
    # A blank at the end of a line inside a triple-quoted string is data, not untidiness.
    return stripped if stripped == whole or _same_program(stripped, whole) else whole


def _same_program(one: str, other: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False


def _tidy_text(source: str) -> str:
    lines = _newlines(source).rstrip(" \t\n").split("\n")
    return "\n".join(_tidy_line(line, after) for line, after in zip(lines, [*lines[1:], ""], strict=True))


def _tidy_line(line: str, after: str) -> str:
    tidy = line.rstrip(" \t")
    # Two blanks before a line of text are markdown's line break.
    return f"{tidy}  " if tidy and line.endswith("  ") and after.strip(" \t") else tidy


def _newlines(source: str) -> str:
    return source.replace("\r\n", "\n").replace("\r", "\n")


def _stable_ids(found: Sequence[Mapping[str, Any]], cells: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Keep each meaningful id where it first stands; name every other cell after what it holds."""
    kept = [cell.get("id") if _is_meaningful(cell.get("id")) else None for cell in found]
    first = {cell_id: kept.index(cell_id) for cell_id in kept if cell_id is not None}
    taken = set(first)
    for position, (cell_id, cell) in enumerate(zip(kept, cells, strict=True)):
        if cell_id is not None and first[cell_id] == position:
            yield cell_id
            continue
        fresh = _unique(_name_for(cell), taken)
        taken.add(fresh)
        yield fresh


def _is_meaningful(cell_id: object) -> bool:
    return isinstance(cell_id, str) and bool(_VALID_ID.fullmatch(cell_id)) and not _RANDOM_ID.fullmatch(cell_id)


def _name_for(cell: Mapping[str, Any]) -> str:
    """Name a cell: by its grade_id, else by its heading, else by its kind and a digest of its source."""
    grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
    name = re.sub(r"_(visible|hidden)$", r"-\1", grade_id)
    if not _is_meaningful(name):
        heading = _HEADING.search(cell["source"]) if cell["cell_type"] == "markdown" else None
        name = _slug(heading["text"]) if heading else ""
    if not _is_meaningful(name):
        digest = hashlib.sha256(cell["source"].encode("utf-8", "surrogatepass")).hexdigest()
        name = f"{cell['cell_type']}-{digest[:6]}"
    return name


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:48].rstrip("-")


def _unique(name: str, taken: Collection[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name[:58]}-{number}" in taken:
        number += 1
    return f"{name[:58]}-{number}"
