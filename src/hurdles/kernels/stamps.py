"""Knowing whether the files that were imported are still those on disk."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

__all__ = ["Stamps", "outside", "roots", "stamp"]

Stamps = dict[str, tuple[int, int, int] | None]


def roots() -> list[str]:
    """Return the folders whose content only an installer changes."""
    paths = sysconfig.get_paths()
    names = [paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib") if key in paths]
    names += site.getsitepackages()
    if site.ENABLE_USER_SITE:
        names.append(site.getusersitepackages())
    return sorted({os.path.realpath(name) for name in names})


def outside() -> list[str]:
    """Return the files of the modules imported so far that no installer looks after, and those beside them.

    These are editable installs and whatever else the path leads to. A module may have read what lies in its package.
    """
    inside = tuple(name + os.sep for name in roots())
    named = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    files = {Path(file) for file in named if file and not os.path.realpath(file).startswith(inside)}
    packages = {file.parent for file in files if file.name == "__init__.py"}
    return sorted({str(file) for file in files}.union(*(_beside(package) for package in packages)))


def _beside(package: Path) -> set[str]:
    """Return a package's own files, those of the packages in it left out."""
    found: set[str] = set()
    for folder, folders, names in os.walk(package):
        inner = [name for name in folders if name != "__pycache__" and not Path(folder, name, "__init__.py").exists()]
        folders[:] = inner
        found |= {str(Path(folder, name)) for name in names}
    return found


def stamp(files: Iterable[str] = ()) -> Stamps:
    """Return what tells one state of the environment from another.

    Installing, removing or replacing a package adds or removes an entry in its site-packages folder, which changes
    the folder's time. Edits made by hand inside an installed package are not seen.

    Parameters
    ----------
    files : iterable of str
        Files to look at besides.
    """
    watched = [*roots(), os.path.realpath(sys.executable), str(Path(sys.prefix) / "pyvenv.cfg"), *files]
    return {name: _state(name) for name in watched}


def _state(name: str) -> tuple[int, int, int] | None:
    try:
        found = Path(name).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
