"""Carrying work and progress away from a machine that forgets, and bringing it back."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import tempfile
import zipfile
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from hurdles import __version__, ledger
from hurdles.errors import HurdlesError
from hurdles.files import free_name, write_atomically
from hurdles.progress.workspace import essence, keep_replaced, read_state, write_state

__all__ = ["Imported", "export_workspace", "import_workspace"]

MANIFEST = "hurdles-export.json"
GRADEBOOK = f"{ledger.HOME}/gradebook.db"
_SKIPPED = {".ipynb_checkpoints", "__pycache__", ledger.HOME, ".virtual_documents"}
_MOST_BYTES = 1 << 30


@dataclass
class Imported:
    """What an import did; paths are relative to the workspace.

    Parameters
    ----------
    written : list of str
        Files that were not there, or that the learner here had not changed.
    replaced : list of str
        Files older than the ones imported; the old ones are kept in ``.hurdles/replaced/``.
    beside : list of str
        Files kept because they are newer here; the imported ones lie beside them under these names.
    """

    written: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)


def export_workspace(workspace: Path, file: Path) -> int:
    """Write a workspace's notebooks and progress into a zip file.

    Parameters
    ----------
    workspace : pathlib.Path
        The workspace.
    file : pathlib.Path
        The zip file; an existing one is replaced when the new one is complete.

    Returns
    -------
    int
        How many files it holds, the gradebook not counted.

    Raises
    ------
    hurdles.errors.HurdlesError
        If there is no workspace or the file cannot be written.
    """
    if not (workspace / ledger.HOME).is_dir():
        raise HurdlesError(
            f"{workspace} is not a workspace. Name it with --workspace DIR, or make one with 'hurdles lab'."
        )
    files = [path for path in _files(workspace) if path.resolve() != file.resolve()]
    try:
        with tempfile.TemporaryDirectory(prefix="hurdles-export-") as folder:
            bundle = Path(folder) / "export.zip"
            with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
                archive.writestr(MANIFEST, json.dumps(_manifest(workspace, files), indent=1))
                for path in files:
                    archive.write(path, path.relative_to(workspace).as_posix())
                if ledger.database(workspace).exists():
                    archive.write(_snapshot(ledger.database(workspace), Path(folder)), GRADEBOOK)
            write_atomically(file, bundle.read_bytes())
    except OSError as error:
        raise HurdlesError(f"{file} cannot be written: {error}. Choose another place or make room.") from error
    return len(files)


def _files(workspace: Path) -> list[Path]:
    found = []
    for folder, subfolders, names in os.walk(workspace):
        subfolders[:] = sorted(name for name in subfolders if name not in _SKIPPED)
        found += [Path(folder) / name for name in sorted(names)]
    index = workspace / "index.ipynb"
    return [path for path in found if path.is_file() and not path.is_symlink() and path != index]


def _manifest(workspace: Path, files: list[Path]) -> dict[str, Any]:
    return {
        "hurdles": __version__,
        "written": ledger.now(),
        "given_out": read_state(workspace),
        "changed": {p.relative_to(workspace).as_posix(): _when(p.stat().st_mtime) for p in files},
    }


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def _snapshot(database: Path, folder: Path) -> Path:
    """Copy a database that may be in use."""
    copy = folder / "gradebook.db"
    with closing(sqlite3.connect(database, timeout=20)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def import_workspace(workspace: Path, file: Path) -> Imported:
    """Bring an export back into a workspace without destroying newer work.

    Parameters
    ----------
    workspace : pathlib.Path
        The workspace; made if it does not exist.
    file : pathlib.Path
        A zip file that `export_workspace` wrote.

    Returns
    -------
    Imported

    Raises
    ------
    hurdles.errors.HurdlesError
        If the file is not such an export, or is damaged; then nothing was changed.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            manifest, contents, gradebook = _read(archive)
        record = None if gradebook is None else _read_record(gradebook)
    except FileNotFoundError as error:
        raise HurdlesError(f"There is no file {file}.") from error
    except (OSError, zipfile.BadZipFile, HurdlesError, ValueError, KeyError, RuntimeError) as error:
        raise HurdlesError(
            f"{file} is not an export of Hurdles, or it is damaged: {error}. Nothing was changed."
        ) from error
    (workspace / ledger.HOME).mkdir(parents=True, exist_ok=True)
    done, given_out = Imported(), read_state(workspace)
    for name, content in contents.items():
        untouched = essence(content) in {manifest["given_out"].get(name), given_out.get(name)}
        if not (untouched and (workspace / name).exists()):
            _bring(workspace, name, content, manifest["changed"].get(name, ""), given_out, done)
    for name, fingerprint in manifest["given_out"].items():
        given_out.setdefault(name, fingerprint)
    write_state(workspace, given_out)
    if record is not None:
        _bring_record(workspace, record)
    return done


def _read(archive: zipfile.ZipFile) -> tuple[dict[str, Any], dict[str, bytes], bytes | None]:
    """Read and examine everything before anything is written."""
    if MANIFEST not in archive.namelist():
        raise ValueError(f"{MANIFEST} is not in it")
    if sum(info.file_size for info in archive.infolist()) > _MOST_BYTES:
        raise ValueError("it unpacks to more than 1 GiB")
    manifest = json.loads(archive.read(MANIFEST))
    if not isinstance(manifest, dict) or not all(
        isinstance(manifest.get(part), dict) for part in ("changed", "given_out")
    ):
        raise ValueError(f"{MANIFEST} is incomplete")
    contents = {}
    for info in archive.infolist():
        name = PurePosixPath(info.filename)
        if info.is_dir() or info.filename in {MANIFEST, GRADEBOOK}:
            continue
        if name.is_absolute() or ".." in name.parts or "\\" in info.filename or stat.S_ISLNK(info.external_attr >> 16):
            raise ValueError(f"it holds the unsafe name {info.filename!r}")
        if name.parts[0] == ledger.HOME:
            raise ValueError(f"it holds the reserved name {info.filename!r}")
        contents[name.as_posix()] = archive.read(info)
    gradebook = archive.read(GRADEBOOK) if GRADEBOOK in archive.namelist() else None
    if gradebook is not None and not gradebook.startswith(b"SQLite format 3\x00"):
        raise ValueError(f"{GRADEBOOK} in it is not a database")
    return manifest, contents, gradebook


def _bring(workspace: Path, name: str, content: bytes, changed: str, given_out: dict[str, str], done: Imported) -> None:
    target = workspace / name
    if not target.exists():
        write_atomically(target, content)
        done.written.append(name)
        return
    mine = target.read_bytes()
    if essence(mine) == essence(content):
        return
    if essence(mine) == given_out.get(name):
        keep_replaced(workspace, name)
        write_atomically(target, content)
        done.written.append(name)
    elif changed > _when(target.stat().st_mtime):
        keep_replaced(workspace, name)
        write_atomically(target, content)
        done.replaced.append(name)
    else:
        beside = free_name(target.with_name(f"{target.stem}.imported{target.suffix}"))
        write_atomically(beside, content)
        done.beside.append(beside.relative_to(workspace).as_posix())


@dataclass(frozen=True)
class _Record:
    gradebook: bytes
    answers: list[ledger.Answer]
    attempts: list[ledger.Attempt]


def _read_record(gradebook: bytes) -> _Record:
    with tempfile.TemporaryDirectory(prefix="hurdles-import-") as folder:
        place = Path(folder)
        write_atomically(ledger.database(place), gradebook)
        return _Record(gradebook, ledger.answers(place), ledger.attempts(place))


def _bring_record(workspace: Path, record: _Record) -> None:
    """Merge answers and attempts; take nbgrader's tables over only where there are none to lose."""
    target = ledger.database(workspace)
    if not target.exists():
        write_atomically(target, record.gradebook)
        return
    for answer in record.answers:
        ledger.save_answer(workspace, answer.lesson, answer.name, answer.value, answer.at)
    ledger.record_attempt(workspace, record.attempts)
