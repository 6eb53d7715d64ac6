"""Make the learners' copies from the authors' masters, with nbgrader's own release of an assignment.

nbgrader runs in a process and a folder of its own: it changes the working directory, logs, and takes seconds to
import. All areas go through one such process.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from hurdles.errors import HurdlesError

__all__ = ["CONFIG", "release"]

CONFIG = "nbgrader_config.py"
_CONVERTING = re.compile(r"Converting notebook .*?(?P<name>[^/\\]+[/\\][^/\\]+\.ipynb)\s*$", re.MULTILINE)
_EXCEPTION = re.compile(r"^\s*(?P<text>[\w.]*(?:Error|Exception): .*)$", re.MULTILINE)


def release(config: Path, masters: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return what ``nbgrader generate_assignment`` makes of these masters.

    Parameters
    ----------
    config : pathlib.Path
        The course's ``nbgrader_config.py``. It must take the course's folder from its own place.
    masters : mapping of str to bytes
        Files below ``solutions/`` by relative path, such as ``01-data/1-quality.ipynb``.

    Returns
    -------
    dict of str to bytes
        Files below ``exercises/``, by the same paths.

    Raises
    ------
    hurdles.errors.HurdlesError
        If there is no configuration, or nbgrader refuses a master; the message names it and gives the reason.
    """
    if not any(name.endswith(".ipynb") for name in masters):
        return {}
    if not config.is_file():
        raise HurdlesError(
            f"There is no {config}: exercises are made with its settings. Run this in a clone of the course."
        )
    with tempfile.TemporaryDirectory(prefix="hurdles-release-") as folder:
        course = Path(folder).resolve()
        shutil.copy(config, course / CONFIG)
        for name, content in masters.items():
            target = course / "solutions" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        _generate(course)
        released = course / "exercises"
        return {
            path.relative_to(released).as_posix(): path.read_bytes()
            for path in sorted(released.rglob("*"))
            if path.is_file()
        }


def _generate(course: Path) -> None:
    # The asterisk is nbgrader's own pattern for assignments: one process for all of them.
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", "*", "--no-db", "--log-level=INFO"]
    # Only the course's settings count, so that everyone gets the same bytes whatever their own configuration says.
    environment = os.environ | {"JUPYTER_NO_CONFIG": "1", "PYTHONIOENCODING": "utf-8"}
    run = subprocess.run(
        command,
        cwd=course,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if run.returncode:
        raise HurdlesError(_reason(run.stdout + run.stderr))


def _reason(log: str) -> str:
    """Say which master nbgrader stopped at and why, from its log."""
    stop = log.find("There was an error")
    started = list(_CONVERTING.finditer(log, 0, stop if stop >= 0 else len(log)))
    master = f"solutions/{Path(started[-1]['name']).as_posix()}" if started else "the masters in solutions/"
    found = [match["text"] for match in _EXCEPTION.finditer(log)]
    reason = found[0] if found else "\n".join(log.strip().splitlines()[-5:])
    return (
        f"nbgrader could not release {master}: {reason.rstrip('.')}. Mend the master, then run 'hurdles build' again."
    )
