"""Where the course's content lies: in a clone, or inside an installed wheel."""

from __future__ import annotations

from pathlib import Path

from hurdles.errors import HurdlesError

__all__ = ["clone_root", "content_root"]

_PACKAGE = Path(__file__).resolve().parent


def clone_root() -> Path | None:
    """Return the root of the clone this package runs from, or None when it is installed from a wheel."""
    root = _PACKAGE.parent.parent
    return root if (root / "pyproject.toml").is_file() and (root / "lessons").is_dir() else None


def content_root() -> Path:
    """Return the folder that holds ``lessons/``, ``exercises/`` and ``solutions/``.

    Returns
    -------
    pathlib.Path
        The clone's root, or the package's own copy when installed from a wheel.

    Raises
    ------
    hurdles.errors.HurdlesError
        If neither is there, which means that the installation is incomplete.
    """
    root = clone_root() or _PACKAGE / "_content"
    if not (root / "lessons").is_dir():
        raise HurdlesError(
            f"The lessons are missing from this installation (looked in {root}). "
            "Install the package again, or clone the repository and run 'make install'."
        )
    return root
