"""The learner's workspace: their copies of lessons and exercises, kept up to date and never overwritten."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hurdles import catalog, ledger
from hurdles.errors import HurdlesError
from hurdles.files import free_name, write_atomically
from hurdles.progress.record import ProgressTable, overview

__all__ = ["Update", "essence", "keep_replaced", "prepare", "read_state", "write_state"]

FOLDERS = ("lessons", "exercises")


@dataclass
class Update:
    """What preparing a workspace did; paths are relative to the workspace.

    Parameters
    ----------
    added, updated : list of str
        Notebooks that are new, and notebooks brought up to date.
    kept : list of str
        Notebooks for which a newer version exists, kept because the learner changed them.
    """

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def essence(content: bytes) -> str:
    """Return a fingerprint of what a person wrote in a notebook.

    Running a notebook changes outputs, counts and metadata but not this; a file that is not a notebook counts whole.
    """
    try:
        cells = [(cell["cell_type"], _joined(cell["source"])) for cell in json.loads(content)["cells"]]
        content = json.dumps(cells).encode()
    except (ValueError, KeyError, TypeError):
        pass
    return hashlib.sha256(content).hexdigest()


def _joined(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def _state_file(workspace: Path) -> Path:
    return workspace / ledger.HOME / "state.json"


def read_state(workspace: Path) -> dict[str, str]:
    """Return the fingerprint of the version given out, by path; empty if there is none or it cannot be read."""
    try:
        state = json.loads(_state_file(workspace).read_text(encoding="utf-8"))["given_out"]
        return {str(path): str(fingerprint) for path, fingerprint in state.items()}
    except (OSError, ValueError, KeyError, AttributeError):
        # Without it every notebook counts as the learner's own: nothing is overwritten.
        return {}


def write_state(workspace: Path, given_out: dict[str, str]) -> None:
    """Keep the fingerprints of the versions given out."""
    text = json.dumps({"given_out": given_out}, indent=1, sort_keys=True) + "\n"
    write_atomically(_state_file(workspace), text.encode())


def keep_replaced(workspace: Path, name: str) -> Path:
    """Copy a file of the workspace to ``.hurdles/replaced/`` before it is replaced, and return the copy's path."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    place = free_name(workspace / ledger.HOME / "replaced" / stamp / name)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(workspace / name, place)
    return place


def prepare(workspace: Path, content: Path) -> Update:
    """Make or update a workspace.

    Parameters
    ----------
    workspace : pathlib.Path
        The folder; made if it does not exist.
    content : pathlib.Path
        Folder with ``lessons/`` and ``exercises/`` of this version.

    Returns
    -------
    Update
        A notebook whose cells the learner has not changed is updated, after its copy with the learner's outputs
        went to ``.hurdles/replaced/``. One they changed is kept.

    Raises
    ------
    hurdles.errors.HurdlesError
        If the folder cannot be used, with the reason.
    """
    course = catalog.load(content)
    try:
        (workspace / ledger.HOME).mkdir(parents=True, exist_ok=True)
        (workspace / ledger.HOME / ".gitignore").write_text("*\n", encoding="utf-8")
        update = _update(workspace, content, course)
        _write_index(workspace, course)
    except OSError as error:
        raise HurdlesError(
            f"The workspace {workspace} cannot be used: {error}. Choose another with --workspace DIR, "
            "or make room or rights there."
        ) from error
    return update


def _update(workspace: Path, content: Path, course: catalog.Catalog) -> Update:
    given_out, update = read_state(workspace), Update()
    for source in _given(course):
        name = source.relative_to(content).as_posix()
        new, target = source.read_bytes(), workspace / name
        fingerprint = essence(new)
        if not target.exists():
            write_atomically(target, new)
            update.added.append(name)
        else:
            mine = essence(target.read_bytes())
            if mine == fingerprint:
                pass
            elif mine == given_out.get(name):
                keep_replaced(workspace, name)
                write_atomically(target, new)
                update.updated.append(name)
            else:
                if fingerprint != given_out.get(name):
                    update.kept.append(name)
                continue
        given_out[name] = fingerprint
    write_state(workspace, given_out)
    return update


def _given(course: catalog.Catalog) -> list[Path]:
    paths: list[Path] = []
    for lesson in course.lessons:
        paths += [lesson.lesson_path, *([lesson.exercise_path] if lesson.exercise_path else [])]
    return paths


def _write_index(workspace: Path, course: catalog.Catalog) -> None:
    """Write the start page with the progress already in it, so that it is seen before any cell is run."""
    page = catalog.render_index(course)
    table = ProgressTable(overview(workspace, course))
    shown: dict[str, Any] = {
        "output_type": "execute_result",
        "execution_count": 1,
        "metadata": {},
        "data": {"text/html": table._repr_html_(), "text/plain": repr(table)},
    }
    for cell in page["cells"]:
        if cell["id"] == "progress":
            cell["outputs"], cell["execution_count"] = [shown], 1
    write_atomically(workspace / "index.ipynb", (json.dumps(page, indent=1, ensure_ascii=False) + "\n").encode())
