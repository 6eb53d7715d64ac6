"""Writing a new lesson's files into a clone."""

from __future__ import annotations

import re
from pathlib import Path

from hurdles import catalog
from hurdles.errors import HurdlesError
from hurdles.files import write_atomically
from hurdles.notebooks import build
from hurdles.notebooks.normalise import normalise, to_bytes
from hurdles.notebooks.skeleton.cells import replaced
from hurdles.notebooks.skeleton.exercise import exercise_notebook
from hurdles.notebooks.skeleton.lesson import lesson_notebook
from hurdles.notebooks.skeleton.room import BANK, DEMO, ROOM

__all__ = ["new_lesson"]

_NAME = re.compile(r"(?:(?P<number>\d{1,2})-)?(?P<slug>[a-z][a-z0-9]*(?:-[a-z0-9]+)*)")


def new_lesson(root: Path, area: str, name: str) -> list[Path]:
    """Write the skeleton of a lesson: it runs, it is graded, and it passes ``hurdles build --check``.

    Parameters
    ----------
    root : pathlib.Path
        The clone.
    area : str
        The area's folder, such as ``02-people``.
    name : str
        Short name of the lesson, such as ``skills``. It gets the area's next number, unless it brings one
        (``2-skills``).

    Returns
    -------
    list of pathlib.Path
        The files that were written, relative to the clone.

    Raises
    ------
    hurdles.errors.HurdlesError
        If there is no such area, the name will not do, or one of the files exists already; then nothing is written.
    """
    names = _names(root, area, name)
    files = _sources(names)
    present = [path for path in files if (root / path).exists()]
    if present:
        listed = ", ".join(sorted(present))
        raise HurdlesError(
            f"There is a file already: {listed}. Choose another name, or move the file away; nothing was written."
        )
    package = f"src/hurdles/{names['ROOM']}/__init__.py"
    if not (root / package).exists():
        files[package] = replaced(ROOM, names).encode()
    for path, content in files.items():
        write_atomically(root / path, content)
    # Only what this lesson makes necessary: another author's half-done work is left alone.
    follows = {f"exercises/{names['KEY']}.ipynb", "lessons/index.ipynb", "README.md"}
    changes = [change for change in build.plan(root) if change.path in follows]
    build.apply(root, changes)
    return [Path(path) for path in sorted({*files, *(change.path for change in changes)})]


def _names(root: Path, area: str, name: str) -> dict[str, str]:
    course = catalog.load(root)
    areas = [known.slug for known in course.areas]
    if area not in areas:
        raise HurdlesError(f"There is no area {area!r} in lessons/areas.toml. Areas: {', '.join(areas)}.")
    match = _NAME.fullmatch(name)
    if match is None:
        raise HurdlesError(
            f"{name!r} will not do as a name. Use small letters, digits and dashes, such as 'skills' or '2-skills'."
        )
    taken = {path.stem for folder in ("lessons", "solutions") for path in (root / folder / area).glob("*.ipynb")}
    numbers = [int(stem.split("-")[0]) for stem in taken if stem.split("-")[0].isdigit()]
    number = int(match["number"] or max(numbers, default=0) + 1)
    slug = match["slug"]
    return {
        "AREA": area,
        "ROOM": area.split("-", 1)[1].replace("-", "_"),
        "KEY": f"{area}/{number}-{slug}",
        "MODULE": slug.replace("-", "_"),
        "TITLE": slug.replace("-", " ").capitalize(),
    }


def _sources(names: dict[str, str]) -> dict[str, bytes]:
    """Return the files that an author goes on with, by path."""
    key = names["KEY"]
    return {
        f"lessons/{key}.ipynb": to_bytes(normalise(lesson_notebook(names))),
        f"solutions/{key}.ipynb": to_bytes(normalise(exercise_notebook(names))),
        f"tests/notebooks/answers/{key}.py": replaced(BANK, names).encode(),
        f"src/hurdles/{names['ROOM']}/{names['MODULE']}.py": replaced(DEMO, names).encode(),
    }
