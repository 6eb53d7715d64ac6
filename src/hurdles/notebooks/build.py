"""Bring everything that is generated in line with what authors wrote.

`plan` says what would change and why, `build` does it, `check` only looks, and lints.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from hurdles import catalog
from hurdles.errors import HurdlesError
from hurdles.files import write_atomically
from hurdles.notebooks.lint import Finding, lint
from hurdles.notebooks.normalise import normalise, read, to_bytes
from hurdles.notebooks.release import CONFIG, release

__all__ = ["MAP_MARKERS", "Change", "Verdict", "apply", "build", "check", "plan"]

MAP_MARKERS = ("<!-- map:begin -->", "<!-- map:end -->")


@dataclass(frozen=True)
class Change:
    """One file that is not as it should be.

    Parameters
    ----------
    path : str
        The file, relative to the course's folder.
    content : bytes or None
        What it should hold; None if it should not be there.
    why : str
        Why, in a few words.
    """

    path: str
    content: bytes | None
    why: str

    def __str__(self) -> str:
        return self.path


@dataclass(frozen=True)
class Verdict:
    """What `check` found.

    Parameters
    ----------
    changes : tuple of Change
        Files that `build` would change.
    findings : tuple of hurdles.notebooks.lint.Finding
        What breaks a rule; only an author can mend that.
    """

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.changes or self.findings)


def plan(root: Path) -> list[Change]:
    """Work out what is not as it should be; nothing is changed.

    Parameters
    ----------
    root : pathlib.Path
        The clone.

    Returns
    -------
    list of Change
        Sorted by path; nothing when all is as it should be.

    Raises
    ------
    hurdles.errors.HurdlesError
        If a notebook cannot be read, or nbgrader refuses a master; the message names it.
    """
    masters = {f"solutions/{name}": to_bytes(nb) for name, nb in _normal(root / "solutions", master=True)}
    wanted = {
        **{f"lessons/{name}": (to_bytes(nb), "not in normal form") for name, nb in _normal(root / "lessons")},
        **{path: (content, "not in normal form") for path, content in masters.items()},
        **{
            f"exercises/{name}": (content, "does not match its master")
            for name, content in _released(root, masters).items()
        },
        **_from_catalog(root),
    }
    changes = [Change(path, content, why) for path, (content, why) in wanted.items() if _bytes(root / path) != content]
    stale = [Change(path, None, "has no master in solutions/") for path in _files(root, "exercises") - wanted.keys()]
    return sorted([*changes, *stale], key=lambda change: change.path)


def apply(root: Path, changes: list[Change]) -> None:
    """Write and remove files as planned, each in one step."""
    for change in changes:
        path = root / change.path
        if change.content is None:
            path.unlink(missing_ok=True)
        else:
            write_atomically(path, change.content)


def build(root: Path) -> list[Change]:
    """Bring generated files in line with the authors' notebooks.

    Parameters
    ----------
    root : pathlib.Path
        The clone.

    Returns
    -------
    list of Change
        What was changed; nothing when all was as it should be.

    Raises
    ------
    hurdles.errors.HurdlesError
        See `plan`; then nothing was changed.
    """
    changes = plan(root)
    apply(root, changes)
    return changes


def check(root: Path) -> Verdict:
    """Say what `build` would change and which rules are broken; nothing is changed.

    Parameters
    ----------
    root : pathlib.Path
        The clone.

    Returns
    -------
    Verdict

    Raises
    ------
    hurdles.errors.HurdlesError
        See `plan`.
    """
    return Verdict(tuple(plan(root)), (*lint(root), *_missing_markers(root)))


def _normal(folder: Path, *, master: bool = False) -> Iterator[tuple[str, NotebookNode]]:
    """Visit a folder's notebooks, each in its normal form, by relative path."""
    for path in sorted(folder.glob("[!.]*/*.ipynb")):
        nb = normalise(read(path))
        if master and "hurdles" in nb.metadata:
            # A copy that a learner renamed is still known by this.
            nb.metadata["hurdles"]["lesson"] = f"{path.parent.name}/{path.stem}"
        yield path.relative_to(folder).as_posix(), nb


def _released(root: Path, masters: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return what belongs into ``exercises/``. nbgrader copies other files beside a master too."""
    others = {path: (root / path).read_bytes() for path in _files(root, "solutions") - masters.keys()}
    sources = {path.removeprefix("solutions/"): content for path, content in {**masters, **others}.items()}
    return release(root / CONFIG, sources)


def _from_catalog(root: Path) -> dict[str, tuple[bytes, str]]:
    """Return the files that are made from the catalogue: the learner's start page and the README's map."""
    course = catalog.load(root)
    index = normalise(nbformat.from_dict(catalog.render_index(course)))
    files = {"lessons/index.ipynb": (to_bytes(index), "does not match the catalogue")}
    readme = _bytes(root / "README.md")
    if readme is not None and not _missing_markers(root):
        begin, end = MAP_MARKERS
        before, rest = readme.decode("utf-8").split(begin, 1)
        after = rest.split(end, 1)[1]
        text = f"{before}{begin}\n{catalog.render_map(course).strip()}\n{end}{after}"
        files["README.md"] = (text.encode("utf-8"), "its map does not match the catalogue")
    return files


def _missing_markers(root: Path) -> list[Finding]:
    readme = _bytes(root / "README.md")
    if readme is None:
        return []
    begin, end = (readme.decode("utf-8").find(marker) for marker in MAP_MARKERS)
    if 0 <= begin < end:
        return []
    message = f"There is no place for the map of areas. Put the lines {MAP_MARKERS[0]} and {MAP_MARKERS[1]} around it."
    return [Finding("README.md", "", "map", message)]


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise HurdlesError(f"{path} cannot be read: {error.strerror}. Check its permissions.") from error


def _files(root: Path, folder: str) -> set[str]:
    """Return the files below a folder, without hidden ones and what running leaves behind."""
    found = (path.relative_to(root) for path in (root / folder).rglob("*") if path.is_file())
    return {
        path.as_posix() for path in found if not any(part[0] == "." or part == "__pycache__" for part in path.parts)
    }
