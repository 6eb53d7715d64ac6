"""An nbgrader course on disk: its settings, its submissions, and what each of them holds."""

from __future__ import annotations

import fnmatch
import glob
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hurdles.errors import HurdlesError

__all__ = ["Course", "Found", "files_below", "inside", "open_course", "see_submissions"]


@dataclass(frozen=True)
class Found:
    """A submission as it lies on disk.

    Parameters
    ----------
    student, assignment : str
        Whose, of what.
    folder : pathlib.Path
        Where.
    """

    student: str
    assignment: str
    folder: Path

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return f"{self.student}/{self.assignment}"


@dataclass(frozen=True)
class Course:
    """An nbgrader course.

    Parameters
    ----------
    config : traitlets.config.Config
        Its settings.
    directory : nbgrader.coursedir.CourseDirectory
        Where everything lies.
    """

    config: Any
    directory: Any

    @property
    def root(self) -> Path:
        """The course's folder."""
        return Path(self.directory.root)

    @property
    def work(self) -> Path:
        """Where work in progress lies; on the same disk as its place to be, so that a rename can put it there."""
        return self.root / ".hurdles-grade"

    def path(self, step: str, student: str, assignment: str) -> Path:
        """Return the folder of a submission in one of nbgrader's steps."""
        return Path(os.path.normpath(self.directory.format_path(step, student, assignment)))

    def autograded(self, found: Found) -> Path:
        """Return where the graded submission is to lie."""
        return self.path(self.directory.autograded_directory, found.student, found.assignment)

    def source(self, assignment: str) -> Path:
        """Return where the author's own version lies."""
        return self.path(self.directory.source_directory, ".", assignment)

    def submissions(self, assignment: str = "*", student: str = "*") -> list[Found]:
        """Return all submissions, by assignment and student.

        Parameters
        ----------
        assignment, student : str
            Only these; ``*`` stands for all.
        """
        step = self.directory.submitted_directory
        pattern = self.directory.format_path(
            glob.escape(step), *(name if name == "*" else glob.escape(name) for name in (student, assignment))
        )
        shape = re.compile(
            self.directory.format_path(step, "(?P<student>[^/]+)", "(?P<assignment>[^/]+)", escape=True) + "/?$"
        )
        left_out = {name for name in self.directory.student_id_exclude.split(",") if name}
        found = []
        for place in glob.glob(pattern):  # noqa: PTH207 - nbgrader makes absolute patterns
            match = shape.match(place)
            if match and Path(place).is_dir() and match["student"] not in left_out and match["student"] != ".":
                found.append(Found(match["student"], match["assignment"], Path(place)))
        return sorted(found, key=lambda one: (one.assignment, one.student))

    def timestamp(self, found: Found) -> Any:
        """Return when it was handed in, as nbgrader reads it; None if nobody noted it."""
        place = found.folder / "timestamp.txt"
        if place.is_symlink() or not place.is_file():
            return None
        from nbgrader.utils import parse_utc

        try:
            text = place.read_text(encoding="utf-8").strip()
            return parse_utc(text) if text else None
        except (OSError, ValueError, OverflowError):
            return None


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Make a folder the current one for a while."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def open_course(folder: Path) -> Course:
    """Read an nbgrader course's settings.

    Raises
    ------
    hurdles.errors.HurdlesError
        If there is no course.
    """
    if not folder.is_dir():
        raise HurdlesError(f"There is no folder {folder}. Name the folder of an nbgrader course.")
    from nbgrader.apps.baseapp import NbGrader
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    with inside(folder):
        app = NbGrader()
        app.load_config_file()
        config = Config(app.config)
        directory = CourseDirectory(config=config)
        directory.root = directory.root or str(Path.cwd())
    return Course(config, directory)


def see_submissions(course: Course) -> None:
    """See that there is a folder of submissions, before anything is written.

    Raises
    ------
    hurdles.errors.HurdlesError
        If there is none.
    """
    directory = course.directory
    if not (course.root / directory.submitted_directory).is_dir() and directory.directory_structure.startswith(
        "{nbgrader_step}"
    ):
        raise HurdlesError(
            f"{course.root} has no folder {directory.submitted_directory}: is it the folder of an nbgrader course, and "
            "have submissions been collected? (nbgrader collect, or nbgrader zip_collect)"
        )


def files_below(folder: Path, ignored: list[str]) -> tuple[dict[str, Path], list[str]]:
    """Return the files below a folder by relative name, and what is refused there: links, pipes, devices.

    Parameters
    ----------
    folder : pathlib.Path
        Where to look.
    ignored : list of str
        Patterns of names that do not count.
    """
    files: dict[str, Path] = {}
    refused: list[str] = []
    for place, folders, names in os.walk(folder):
        for name in list(folders):
            path = Path(place, name)
            if any(fnmatch.fnmatch(name, pattern) for pattern in ignored):
                folders.remove(name)
            elif path.is_symlink():
                folders.remove(name)
                refused.append(str(path.relative_to(folder)))
        for name in names:
            path = Path(place, name)
            if any(fnmatch.fnmatch(name, pattern) for pattern in ignored):
                continue
            if path.is_symlink() or not path.is_file():
                refused.append(str(path.relative_to(folder)))
            else:
                files[str(path.relative_to(folder))] = path
    return dict(sorted(files.items())), sorted(refused)


def digest_of(files: dict[str, Path], *more: str) -> str:
    """Return a hash of files with their names, and of what else counts."""
    found = hashlib.sha256()
    for text in more:
        found.update(f"{len(text)}:{text};".encode())
    for name, path in files.items():
        found.update(f"{len(name)}:{name};{path.stat().st_size};".encode())
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                found.update(piece)
    return found.hexdigest()
