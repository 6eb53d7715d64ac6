"""Writing files: whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from hurdles.files import free_name, write_atomically


def test_it_writes_and_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.txt"
    write_atomically(path, b"one")
    path.chmod(0o640)
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    write_atomically(path, b"one")

    def full(self: Path, target: Path) -> Path:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space"):
        write_atomically(path, b"two")
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]


def test_free_name_counts_on(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    assert free_name(path) == path
    path.touch()
    (tmp_path / "a-2.ipynb").touch()
    assert free_name(path) == tmp_path / "a-3.ipynb"
