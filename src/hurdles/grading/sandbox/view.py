"""What of the machine is seen from inside a sandbox."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

__all__ = ["HOME", "View"]

HOME = "/home/learner"
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
# Settings of libraries and of the loader; no accounts, no keys, no names of machines.
_SETTINGS = (
    "/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime",
    "/etc/mime.types", "/etc/ssl/certs", "/etc/ssl/openssl.cnf",
)  # fmt: skip
_FACTS = ("/sys/devices/system/cpu",)


@dataclass(frozen=True)
class View:
    """The folders and files that are seen, all of them read-only, and what is covered in them.

    Parameters
    ----------
    shown : tuple of str
        Absolute paths, seen under the same names.
    covered : tuple of str
        Folders that are empty from inside.
    """

    shown: tuple[str, ...]
    covered: tuple[str, ...]

    @classmethod
    def of_this_interpreter(cls, *, more: Iterable[str | Path] = (), hidden: Iterable[str | Path] = ()) -> View:
        """Return the view a submission needs: the system's programs, this interpreter and its packages.

        Parameters
        ----------
        more : iterable of path
            Further folders to show, such as one with a course's large data.
        hidden : iterable of path
            Folders to cover even if they lie in one that is shown, such as the course with its solutions.
        """
        covered = tuple(sorted({os.path.realpath(place) for place in hidden}))
        own = _both([sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix, *more])
        path = _both([place for place in sys.path if place])
        # A folder of the path that is the course itself, or above it, would show more than modules.
        path = {place for place in path if not any(_is_in(cover, place) for cover in covered)}
        wanted = {*_SETTINGS, *_FACTS, *own, *path} - {"/"}
        shown = [*(place for place in _SYSTEM if os.path.exists(place))]
        for place in sorted(wanted, key=len):
            if os.path.exists(place) and not any(_is_in(place, other) for other in shown):
                shown.append(place)
        inside = tuple(place for place in covered if os.path.isdir(place) and any(_is_in(place, s) for s in shown))
        return cls(tuple(shown), inside)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)

    @classmethod
    def read(cls, data: dict[str, Any]) -> View:
        """Return it from plain data."""
        return cls(tuple(data["shown"]), tuple(data["covered"]))


def _both(places: Iterable[str | Path]) -> set[str]:
    """Return the places that exist, under the names that they have and under those that links lead to."""
    there = [place for place in places if os.path.exists(place)]
    return {os.path.realpath(place) for place in there} | {os.path.normpath(os.path.abspath(place)) for place in there}


def _is_in(place: str, folder: str) -> bool:
    return place == folder or place.startswith(folder.rstrip("/") + "/")
