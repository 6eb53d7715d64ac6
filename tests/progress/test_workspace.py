"""The workspace: made, updated, never overwritten; carried away and brought back."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from support.course import KEY, lesson

from hurdles import ledger
from hurdles.errors import HurdlesError
from hurdles.progress import export_workspace, import_workspace, prepare, show
from hurdles.progress.archive import MANIFEST
from hurdles.progress.workspace import essence

LESSON, EXERCISE = f"lessons/{KEY}.ipynb", f"exercises/{KEY}.ipynb"


@pytest.fixture
def content(tmp_path: Path, course: Path) -> Path:
    """Return a copy of the small course that a test may change, as a new version would."""
    return Path(shutil.copytree(course, tmp_path / "content"))


@pytest.fixture
def workspace(tmp_path: Path, content: Path) -> Path:
    place = tmp_path / "workspace"
    prepare(place, content)
    return place


def edit(path: Path, text: str) -> None:
    """Write into a notebook as a learner does."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].source = text
    nbformat.write(notebook, path)


def run(path: Path) -> None:
    """Change a notebook as running and saving it does."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="2")]
    notebook.cells[1].execution_count = 7
    notebook.metadata["language_info"]["version"] = "3.11.7"
    nbformat.write(notebook, path)


def new_version(content: Path, text: str = "# Sums, second edition") -> None:
    nbformat.write(lesson(text), content / LESSON)


def test_a_new_workspace_has_everything_and_shows_no_progress(tmp_path: Path, content: Path) -> None:
    place = tmp_path / "new"
    update = prepare(place, content)
    assert sorted(update.added) == sorted([LESSON, EXERCISE])
    assert (place / LESSON).read_bytes() == (content / LESSON).read_bytes()
    index = json.loads((place / "index.ipynb").read_text(encoding="utf-8"))
    text = json.dumps(index)
    assert f"lessons/{KEY}.ipynb" in text
    assert "15 min" in text
    assert "not begun" in text
    nbformat.validate(nbformat.from_dict(index))
    assert not (place / "solutions").exists()


def test_preparing_again_changes_nothing(workspace: Path, content: Path) -> None:
    before = {path: path.read_bytes() for path in workspace.rglob("*.ipynb")}
    update = prepare(workspace, content)
    assert (update.added, update.updated, update.kept) == ([], [], [])
    assert {path: path.read_bytes() for path in workspace.rglob("*.ipynb")} == before


@pytest.mark.parametrize("was_run", [False, True])
def test_an_untouched_notebook_is_updated_and_its_outputs_are_kept_aside(
    workspace: Path, content: Path, was_run: bool
) -> None:
    if was_run:
        run(workspace / LESSON)
    old = (workspace / LESSON).read_bytes()
    new_version(content)
    assert prepare(workspace, content).updated == [LESSON]
    assert (workspace / LESSON).read_bytes() == (content / LESSON).read_bytes()
    (aside,) = (workspace / ".hurdles" / "replaced").rglob("*.ipynb")
    assert aside.read_bytes() == old


def test_a_notebook_the_learner_changed_is_kept_and_named(workspace: Path, content: Path) -> None:
    edit(workspace / LESSON, "mine = 1")
    mine = (workspace / LESSON).read_bytes()
    assert prepare(workspace, content).kept == []
    new_version(content)
    for _ in range(2):
        assert prepare(workspace, content).kept == [LESSON]
    assert (workspace / LESSON).read_bytes() == mine


def test_a_renamed_notebook_makes_room_for_the_new_one(workspace: Path, content: Path) -> None:
    edit(workspace / LESSON, "mine = 1")
    (workspace / LESSON).rename(workspace / "mine.ipynb")
    new_version(content)
    assert prepare(workspace, content).added == [LESSON]
    assert prepare(workspace, content).kept == []


def test_without_its_state_file_a_workspace_loses_nothing(workspace: Path, content: Path) -> None:
    edit(workspace / LESSON, "mine = 1")
    mine = (workspace / LESSON).read_bytes()
    (workspace / ".hurdles" / "state.json").write_text("{broken", encoding="utf-8")
    new_version(content)
    assert prepare(workspace, content).kept == [LESSON]
    assert (workspace / LESSON).read_bytes() == mine


def test_an_unusable_place_is_explained(tmp_path: Path, content: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no folder", encoding="utf-8")
    with pytest.raises(HurdlesError, match="cannot be used"):
        prepare(file / "workspace", content)


def test_essence_sees_what_a_person_wrote_only(workspace: Path) -> None:
    path = workspace / LESSON
    before = essence(path.read_bytes())
    run(path)
    assert essence(path.read_bytes()) == before
    edit(path, "1 + 2")
    assert essence(path.read_bytes()) != before
    assert essence(b"text") != essence(b"other")


def test_progress_is_shown_in_words_and_escaped(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, content: Path
) -> None:
    monkeypatch.setattr("hurdles.progress.record.content_root", lambda: content)
    ledger.save_answer(workspace, KEY, "pre", 1)
    assert "lesson begun" in repr(show(workspace))
    made = [
        ledger.Attempt(KEY, "double", "2026-01-01", "pass", 3, 3),
        ledger.Attempt(KEY, "tally", "2026-01-01", "fail", 0, 2),
    ]
    ledger.record_attempt(workspace, made)
    later = [
        ledger.Attempt(KEY, "double", "2026-01-02", "fail", 0, 3),
        ledger.Attempt(KEY, "tally", "2026-01-02", "fail", 0, 2),
    ]
    ledger.record_attempt(workspace, later)
    table = show(workspace)
    assert "1 of 2 tasks, 3 of 5 points" in repr(table)
    assert "Next: Sums" in repr(table)
    assert "1 of 2 tasks, 3 of 5 points" in table._repr_html_()
    ledger.record_attempt(workspace, [ledger.Attempt(KEY, "tally", "2026-01-03", "pass", 2, 2)])
    assert "Every lesson that exists is done." in repr(show(workspace))


def exported(workspace: Path, tmp_path: Path) -> Path:
    file = tmp_path / "work.zip"
    export_workspace(workspace, file)
    return file


def test_work_and_progress_travel(workspace: Path, tmp_path: Path, content: Path) -> None:
    edit(workspace / EXERCISE, "mine = 1")
    (workspace / "notes.txt").write_text("remember", encoding="utf-8")
    ledger.save_answer(workspace, KEY, "pre", 1)
    ledger.record_attempt(workspace, [ledger.Attempt(KEY, "double", "2026-01-01", "pass", 3, 3)])
    file = exported(workspace, tmp_path)
    other = tmp_path / "other"
    prepare(other, content)
    import_workspace(other, file)
    assert (other / EXERCISE).read_bytes() == (workspace / EXERCISE).read_bytes()
    assert (other / "notes.txt").read_text(encoding="utf-8") == "remember"
    assert ledger.answers(other) == ledger.answers(workspace)
    assert ledger.attempts(other) == ledger.attempts(workspace)
    assert prepare(other, content).kept == []
    again = import_workspace(other, file)
    assert (again.written, again.replaced, again.beside) == ([], [], [])


def test_an_import_into_nothing_makes_a_workspace(workspace: Path, tmp_path: Path, content: Path) -> None:
    edit(workspace / EXERCISE, "mine = 1")
    place = tmp_path / "fresh"
    import_workspace(place, exported(workspace, tmp_path))
    assert (place / EXERCISE).read_bytes() == (workspace / EXERCISE).read_bytes()
    new_version(content)
    assert prepare(place, content).updated == [LESSON]


def test_newer_work_here_stays_and_the_imported_lies_beside(workspace: Path, tmp_path: Path, content: Path) -> None:
    edit(workspace / EXERCISE, "older = 1")
    file = exported(workspace, tmp_path)
    edit(workspace / EXERCISE, "newer = 1")
    mine = (workspace / EXERCISE).read_bytes()
    later = (workspace / EXERCISE).stat().st_mtime + 60
    os.utime(workspace / EXERCISE, (later, later))
    done = import_workspace(workspace, file)
    assert (workspace / EXERCISE).read_bytes() == mine
    (beside,) = done.beside
    assert "older = 1" in (workspace / beside).read_text(encoding="utf-8")


def test_older_work_here_is_replaced_and_kept_aside(workspace: Path, tmp_path: Path) -> None:
    edit(workspace / EXERCISE, "newer = 1")
    file = exported(workspace, tmp_path)
    edit(workspace / EXERCISE, "older = 1")
    os.utime(workspace / EXERCISE, (0, 0))
    done = import_workspace(workspace, file)
    assert done.replaced == [EXERCISE]
    assert "newer = 1" in (workspace / EXERCISE).read_text(encoding="utf-8")
    (aside,) = (workspace / ".hurdles" / "replaced").rglob("*.ipynb")
    assert "older = 1" in aside.read_text(encoding="utf-8")


def test_an_untouched_older_edition_in_an_export_changes_nothing(
    workspace: Path, tmp_path: Path, content: Path
) -> None:
    file = exported(workspace, tmp_path)
    new_version(content)
    prepare(workspace, content)
    done = import_workspace(workspace, file)
    assert (done.written, done.replaced, done.beside) == ([], [], [])
    assert (workspace / LESSON).read_bytes() == (content / LESSON).read_bytes()


def rewrite(file: Path, change: Any) -> Path:
    with zipfile.ZipFile(file) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file


@pytest.mark.parametrize(
    "change",
    [
        lambda entries: entries.pop(MANIFEST),
        lambda entries: entries.update({"../outside.txt": b"x"}),
        lambda entries: entries.update({"/tmp/outside.txt": b"x"}),
        lambda entries: entries.update({".hurdles/state.json": b"{}"}),
        lambda entries: entries.update({".hurdles/gradebook.db": b"no database"}),
        lambda entries: entries.update({".hurdles/gradebook.db": b"SQLite format 3\x00" + b"garbage" * 500}),
        lambda entries: entries.update({MANIFEST: b"[]"}),
        lambda entries: entries.update({MANIFEST: b"{}"}),
    ],
)
def test_a_damaged_or_hostile_export_changes_nothing(workspace: Path, tmp_path: Path, change: Any) -> None:
    edit(workspace / EXERCISE, "mine = 1")
    ledger.save_answer(workspace, KEY, "pre", 1)
    file = rewrite(exported(workspace, tmp_path), change)
    edit(workspace / EXERCISE, "mine = 2")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(HurdlesError, match="Nothing was changed"):
        import_workspace(workspace, file)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_what_is_no_export_is_refused(workspace: Path, tmp_path: Path) -> None:
    text = tmp_path / "a.zip"
    text.write_text("no zip", encoding="utf-8")
    with pytest.raises(HurdlesError, match="not an export"):
        import_workspace(workspace, text)
    with pytest.raises(HurdlesError, match="no file"):
        import_workspace(workspace, tmp_path / "missing.zip")
    with pytest.raises(HurdlesError, match="not a workspace"):
        export_workspace(tmp_path, tmp_path / "b.zip")


def test_an_export_while_the_record_is_in_use_is_whole(workspace: Path, tmp_path: Path) -> None:
    ledger.save_answer(workspace, KEY, "pre", 1)
    connection = sqlite3.connect(ledger.database(workspace))
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO hurdles_answer VALUES ('x', 'y', '1', 'z')")
        file = exported(workspace, tmp_path)
    finally:
        connection.close()
    import_workspace(tmp_path / "other", file)
    assert [answer.name for answer in ledger.answers(tmp_path / "other")] == ["pre"]
