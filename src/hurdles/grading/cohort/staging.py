"""Putting a graded submission in its place: written beside, then renamed, and after a crash brought to its end."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hurdles.grading.cohort.course import Course, Found

__all__ = ["Staging"]


class Staging:
    """The folder in which a course's graded submissions are prepared.

    Parameters
    ----------
    course : Course
        Whose.
    converter : nbgrader.converters.Autograde
        Knows the rights that files shall have.
    """

    def __init__(self, course: Course, converter: Any) -> None:
        self._course = course
        self._mode = int(str(converter.permissions), 8)
        self._shared = bool(course.directory.groupshared)
        self.folder = course.work / "staged"

    def place(self, found: Found, digest: str) -> Path:
        """Return where a submission is prepared; its name says which version it is of."""
        return self.folder / f"{self._name(found)}{digest[:16]}"

    def _name(self, found: Found) -> str:
        return f"{quote(found.student, safe='')}~{quote(found.assignment, safe='')}~"

    def write(self, found: Found, digest: str, copies: dict[str, Path], contents: dict[str, bytes]) -> None:
        """Write all of a graded submission, down to the disk.

        Parameters
        ----------
        found : Found
            Which.
        digest : str
            Of which version.
        copies : dict of str to path
            Files to copy, by relative name.
        contents : dict of str to bytes
            Files to write, by relative name.
        """
        place = self.place(found, digest)
        _remove(place)
        place.mkdir(parents=True)
        for name, source in copies.items():
            target = place / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        for name, content in contents.items():
            target = place / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        for folder, _, names in os.walk(place, topdown=False):
            for name in names:
                path = Path(folder, name)
                with path.open("rb") as file:
                    os.fsync(file.fileno())
                path.chmod(self._mode)
            if self._shared:
                Path(folder).chmod((Path(folder).stat().st_mode | 0o2770) & 0o2777)
            _sync(Path(folder))
        _sync(self.folder)

    def put(self, found: Found, digest: str) -> None:
        """Move what was prepared to where it belongs; what was there before goes."""
        place, target = self.place(found, digest), self._course.autograded(found)
        target.parent.mkdir(parents=True, exist_ok=True)
        old = place.with_name(f"{place.name}.old")
        _remove(old)
        if target.exists():
            target.rename(old)
        place.rename(target)
        _sync(target.parent)
        _remove(old)

    def drop(self, found: Found, digest: str) -> None:
        """Forget what was prepared."""
        _remove(self.place(found, digest))

    def withdraw(self, found: Found) -> None:
        """Take away what an earlier run put there: it is not what the submission is now."""
        _remove(self._course.autograded(found))

    def is_ready(self, found: Found, digest: str) -> bool:
        """Say whether something is prepared that was not put in its place."""
        return self.place(found, digest).is_dir()

    def is_there(self, found: Found) -> bool:
        """Say whether a graded submission is in its place."""
        return self._course.autograded(found).is_dir()

    def clear(self, found: Found) -> None:
        """Remove what is left of interrupted runs of a submission; others may still have to be put in their place."""
        for place in [path for path in self.folder.glob("*") if path.name.startswith(self._name(found))]:
            _remove(place)
        with suppress(OSError):
            self.folder.rmdir()


def _remove(place: Path) -> None:
    if not place.exists():
        return
    for folder, _, _ in os.walk(place):
        Path(folder).chmod(0o700)
    shutil.rmtree(place)


def _sync(folder: Path) -> None:
    """See that a folder's list of names is on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
