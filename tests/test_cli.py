"""The command line: examples in every help, exit codes, JSON, and sentences instead of tracebacks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from support.course import KEY, RIGHT, answer

from hurdles import catalog, cli, ledger
from hurdles.progress import prepare

COMMANDS = [
    "lab", "check", "restore", "progress", "demos", "build", "list", "doctor", "export", "import", "new-lesson",
]  # fmt: skip


def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object
) -> tuple[int, str, str]:
    """Run the command line in this process; return exit code, stdout and stderr."""
    monkeypatch.setattr(sys, "argv", ["hurdles", *map(str, arguments)])
    monkeypatch.setenv("COLUMNS", "160")
    code = 0
    try:
        cli.main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def workspace(tmp_path: Path, course: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("hurdles.paths.content_root", lambda: course)
    place = tmp_path / "workspace"
    prepare(place, course)
    monkeypatch.chdir(place)
    return place


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    code, out, _ = run(capsys, monkeypatch, command, "--help")
    assert code == 0
    assert "Example: hurdles " + command in out


def test_it_runs_as_a_program_and_as_a_module() -> None:
    ask = [sys.executable, "-m", "hurdles", "--version"]
    assert subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip() == "0.1.0"
    assert (Path(sys.executable).parent / "hurdles").exists()


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["check"], ["check", "--timeout", "0", "x"], ["demos", "--port", "x"]]
)
def test_wrong_use_ends_with_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    code, _, err = run(capsys, monkeypatch, *arguments)
    assert code == 2
    assert "Traceback" not in err


def test_check_prints_one_json_object_a_notebook(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, workspace: Path
) -> None:
    path = workspace / "exercises" / f"{KEY}.ipynb"
    notebook = answer(nbformat.read(path, as_version=4), RIGHT | {"tally": "def tally(words):\n    return {}"})
    nbformat.write(notebook, path)
    code, out, err = run(capsys, monkeypatch, "check", path, path, "--json")
    assert (code, err) == (0, "")
    first, second = (json.loads(line) for line in out.splitlines())
    assert first.keys() == {"lesson", "score", "max_score", "tasks"}
    assert [task["id"] for task in first["tasks"]] == ["double", "tally"]
    assert first["tasks"][0].keys() == {"id", "status", "score", "max_score", "message", "hint"}
    assert (first["score"], second["score"]) == (3, 3)
    assert first["tasks"][1]["status"] == "fail"
    assert len(ledger.attempts(workspace)) == 4
    code, out, _ = run(capsys, monkeypatch, "progress")
    assert code == 0
    assert "1 of 2 tasks, 3 of 5 points" in out


def test_check_shows_points_messages_and_hints(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, workspace: Path
) -> None:
    path = workspace / "exercises" / f"{KEY}.ipynb"
    wrong = {"double": "def double(x):\n    return [bold]"}
    nbformat.write(answer(nbformat.read(path, as_version=4), wrong), path)
    code, out, _ = run(capsys, monkeypatch, "check", path.relative_to(workspace))
    assert code == 0
    assert "0 of 5 points" in out
    assert "name 'bold' is not defined" in out
    assert "Hint 1" in out
    assert "not attempted" in out
    assert "2 more points are given by hand" in out
    assert "0 of 5 points" in run(capsys, monkeypatch, "check", KEY)[1]


def test_check_grades_the_others_when_one_cannot_be(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, workspace: Path
) -> None:
    path = workspace / "exercises" / f"{KEY}.ipynb"
    code, out, err = run(capsys, monkeypatch, "check", "missing.ipynb", path, "--json")
    assert code == 2
    assert "There is no file missing.ipynb" in err
    assert json.loads(out)["lesson"] == KEY


def test_restore_says_what_it_mended(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, workspace: Path
) -> None:
    path = workspace / "exercises" / f"{KEY}.ipynb"
    assert "Nothing to do" in run(capsys, monkeypatch, "restore", path)[1]
    notebook = nbformat.read(path, as_version=4)
    del notebook.cells[-1]
    nbformat.write(notebook, path)
    code, out, _ = run(capsys, monkeypatch, "restore", path)
    assert code == 0
    assert "'explain' is missing" in out


def test_list_names_areas_and_lessons(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, workspace: Path
) -> None:
    code, out, _ = run(capsys, monkeypatch, "list")
    assert code == 0
    assert KEY in out
    assert "Toys" in out


def test_export_and_import_say_what_they_did(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, workspace: Path, tmp_path: Path
) -> None:
    file = tmp_path / "work.zip"
    assert "2 files" in run(capsys, monkeypatch, "export", file)[1]
    code, out, _ = run(capsys, monkeypatch, "import", file, "--workspace", tmp_path / "other")
    assert code == 0
    assert "2 files brought" in out
    code, _, err = run(capsys, monkeypatch, "import", tmp_path / "none.zip")
    assert code == 2
    assert "There is no file" in err
    assert "Traceback" not in err


def test_lab_prepares_the_workspace_and_passes_arguments_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, course: Path, tmp_path: Path
) -> None:
    opened: list[tuple[Path, list[str]]] = []
    monkeypatch.setattr("hurdles.paths.content_root", lambda: course)
    monkeypatch.setattr("hurdles.lab.open_lab", lambda place, arguments: opened.append((place, arguments)))
    place = tmp_path / "w"
    code, out, _ = run(capsys, monkeypatch, "lab", "--workspace", place, "--no-browser", "--port", "9911")
    assert code == 0
    assert opened == [(place, ["--no-browser", "--port", "9911"])]
    assert "2 notebooks added" in out
    assert (place / "index.ipynb").exists()


def test_an_unknown_lesson_is_refused_in_words(course: Path) -> None:
    with pytest.raises(cli.HurdlesError, match=f"Lessons that exist: {KEY}"):
        catalog.load(course).lesson("01-toy/9-none")
