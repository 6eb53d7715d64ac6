"""The button's work behind the page: which file, saved or not, graded how, said how."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hurdles import ledger
from hurdles.errors import HurdlesError
from hurdles.ui import CheckWork, check_button
from hurdles.ui.checkwork import notebook_path, task_rows

KEY = "01-data/1-quality"
RESULT = {
    "lesson": KEY,
    "score": 3.5,
    "max_score": 10,
    "tasks": [
        {"id": "a", "status": "pass", "score": 3.5, "max_score": 4, "message": None, "hint": None},
        {"id": "b", "status": "fail", "score": 0, "max_score": 2, "message": "<b>no</b>", "hint": "Try <i>."},
        {"id": "c", "status": "error", "score": 0, "max_score": 2, "message": "KeyError: 'x'", "hint": ""},
        {"id": "d", "status": "timeout", "score": 0, "max_score": 1, "message": "", "hint": ""},
        {"id": "e", "status": "not-attempted", "score": 0, "max_score": 1, "message": "", "hint": ""},
    ],
}


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the notebook that the kernel believes to run."""
    file = tmp_path / "exercises/01-data/1-quality.ipynb"
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    monkeypatch.setenv("JPY_SESSION_NAME", str(file))
    monkeypatch.chdir(file.parent)
    return file


def command(tmp_path: Path, source: str) -> list[str]:
    """Return a checker that does what `source` says."""
    file = tmp_path / "checker.py"
    file.write_text(source)
    return [sys.executable, str(file)]


def answering(tmp_path: Path, answer: object = RESULT) -> list[str]:
    return command(tmp_path, f"print({json.dumps(json.dumps(answer))})")


def press_and_save(button: CheckWork, save: Callable[[], None] | None, **answer: Any) -> None:
    """Press, and play the front end: save the file when asked to, then answer."""

    def front_end(content: dict[str, Any], buffers: object = None) -> None:
        assert content == {"kind": "save"}
        if save:
            save()
        button._handle_custom_msg({"kind": "saved", "ok": True, "reason": "", **answer}, [])

    button.send = front_end
    asyncio.run(button.press(True))


def test_every_verdict_has_a_symbol_and_words() -> None:
    rows, total = task_rows(RESULT)
    assert [(row["symbol"], row["word"]) for row in rows] == [
        ("✓", "passed"),
        ("✗", "not yet"),
        ("!", "stopped with an error"),
        ("!", "took too long"),
        ("○", "not attempted yet"),
    ]
    assert rows[0]["points"] == "3.5 of 4 points"
    assert rows[0]["message"] == rows[0]["hint"] == ""
    assert rows[1]["message"] == "<b>no</b>"
    assert total == "Total: 3.5 of 10 points. 1 of 5 tasks passed."


@pytest.mark.parametrize("answer", [None, [], {}, {"tasks": [{}]}, {"tasks": [], "score": "x", "max_score": 1}])
def test_an_answer_of_another_form_is_refused(answer: object) -> None:
    with pytest.raises(HurdlesError, match="could not be read"):
        task_rows(answer)


def test_a_press_saves_waits_for_the_file_and_shows_the_result(notebook: Path, tmp_path: Path) -> None:
    button = CheckWork(KEY, command=answering(tmp_path))
    states: list[tuple[bool, str]] = []
    button.observe(lambda _: states.append((button.busy, button.status)), ["busy", "status"])
    press_and_save(button, lambda: notebook.write_text('{"cells": []}'))
    assert button.status == "Checked. Total: 3.5 of 10 points. 1 of 5 tasks passed."
    assert [task["id"] for task in button.tasks] == list("abcde")
    assert not button.busy
    assert (True, "Saving the notebook …") in states
    assert (True, "Grading your work. This takes some seconds …") in states


def test_the_checker_gets_path_and_json_and_nothing_of_this_kernel(
    notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLBACKEND", "inline")
    source = f"""
import json, os, pathlib, sys
seen = {{"argv": sys.argv[1:], "kernel": sorted(set(os.environ) & {{"JPY_SESSION_NAME", "MPLBACKEND"}})}}
pathlib.Path({str(tmp_path / "seen.json")!r}).write_text(json.dumps(seen))
print({json.dumps(json.dumps(RESULT))})
"""
    button = CheckWork(KEY, command=command(tmp_path, source))
    press_and_save(button, lambda: notebook.write_text('{"cells": []}'))
    seen = json.loads((tmp_path / "seen.json").read_text())
    assert seen == {"argv": [str(notebook), "--json"], "kernel": []}


def test_a_front_end_that_says_saved_but_did_not_write_is_not_believed(notebook: Path, tmp_path: Path) -> None:
    button = CheckWork(KEY, command=answering(tmp_path), save_seconds=0.3)
    press_and_save(button, None)
    assert "did not change" in button.status
    assert button.tasks == []


def test_a_save_that_fails_or_is_not_answered_is_told(notebook: Path, tmp_path: Path) -> None:
    button = CheckWork(KEY, command=answering(tmp_path), save_seconds=0.2)
    press_and_save(button, None, ok=False, reason="disk full")
    assert "could not be saved: disk full" in button.status
    button.send = lambda *_: None
    asyncio.run(button.press(True))
    assert "not saved in time" in button.status
    assert not button.busy


def test_where_nothing_can_save_it_asks_once_then_grades(notebook: Path, tmp_path: Path) -> None:
    button = CheckWork(KEY, command=answering(tmp_path))
    asyncio.run(button.press(False))
    assert button.status == (
        "This page cannot save the notebook. Save it with Ctrl+S (Cmd+S on a Mac), then press again."
    )
    assert button.tasks == []
    asyncio.run(button.press(False))
    assert button.status.startswith("Checked.")
    asyncio.run(button.press(False))
    assert "cannot save" in button.status
    asyncio.run(button.press(False))
    assert button.status.startswith("Checked.")
    notebook.write_text('{"cells": [1]}')
    asyncio.run(button.press(False))
    assert button.status.startswith("Checked.")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import sys; sys.exit('Cell <b> is missing.')", "stopped unexpectedly (exit code 1). Cell <b> is missing."),
        ("import sys; print('Cell x is missing.', file=sys.stderr); sys.exit(2)", "⚠ Cell x is missing."),
        ("raise SystemExit(2)", "did not say why"),
        ("print('no json')", "could not be read"),
        ("print('{}')", "could not be read"),
    ],
)
def test_a_checker_that_cannot_grade_is_quoted_and_old_results_stay(
    notebook: Path, tmp_path: Path, source: str, said: str
) -> None:
    button = CheckWork(KEY, command=answering(tmp_path))
    press_and_save(button, lambda: notebook.write_text('{"cells": []}'))
    command(tmp_path, source)
    press_and_save(button, lambda: notebook.write_text('{"cells": [1]}'))
    assert said in button.status
    assert [task["id"] for task in button.tasks] == list("abcde")
    assert not button.busy


def test_a_checker_that_does_not_exist_brings_the_button_back(notebook: Path) -> None:
    button = CheckWork(KEY, command=["no-such-program"])
    press_and_save(button, lambda: notebook.write_text('{"cells": []}'))
    assert "FileNotFoundError" in button.status
    assert not button.busy


def test_a_second_click_while_checking_starts_nothing(notebook: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    source = f"open({str(log)!r}, 'a').write('x')\nprint({json.dumps(json.dumps(RESULT))})"

    async def impatient() -> CheckWork:
        button = CheckWork(KEY, command=command(tmp_path, source))

        def front_end(content: dict[str, Any], buffers: object = None) -> None:
            notebook.write_text('{"cells": []}')
            button._handle_custom_msg({"kind": "saved", "ok": True}, [])

        button.send = front_end
        for _ in range(3):
            button._handle_custom_msg({"kind": "press", "can_save": True, "name": ""}, [])
        while button.busy:
            await asyncio.sleep(0.01)
        return button

    button = asyncio.run(impatient())
    assert button.status.startswith("Checked.")
    assert log.read_text() == "x"


def test_messages_that_are_none_are_ignored() -> None:
    button = check_button(KEY)
    for content in (None, [], {}, {"kind": "saved", "ok": True}, {"kind": "other"}):
        button._handle_custom_msg(content, [])
    assert not button.busy


def test_the_session_names_the_notebook_and_the_front_end_knows_its_new_name(tmp_path: Path) -> None:
    old, new = tmp_path / "a.ipynb", tmp_path / "b.ipynb"
    environment = {"JPY_SESSION_NAME": str(old)}
    old.touch()
    assert notebook_path(KEY, environment, tmp_path) == old
    old.rename(new)
    assert notebook_path(KEY, environment, tmp_path, name="b.ipynb") == new
    assert notebook_path(KEY, {"JPY_SESSION_NAME": "b.ipynb"}, tmp_path) == new
    outside = tmp_path.parent / "outside.ipynb"
    with pytest.raises(HurdlesError, match="was not found"):
        notebook_path(KEY, environment, tmp_path, name=f"../{outside.name}")


def test_without_a_session_the_editor_or_the_workspace_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HurdlesError, match=f"hurdles check exercises/{KEY}.ipynb"):
        notebook_path(KEY, {"JPY_SESSION_NAME": "console-1"}, tmp_path)
    exercise = tmp_path / f"exercises/{KEY}.ipynb"
    exercise.parent.mkdir(parents=True)
    exercise.touch()
    (tmp_path / ledger.HOME).mkdir()
    assert notebook_path(KEY, {}, tmp_path) == exercise
    other = tmp_path / "other.ipynb"
    other.touch()
    assert notebook_path(KEY, {}, tmp_path, editors_path=str(other)) == other


def test_where_widgets_are_dead_the_command_is_named() -> None:
    data, _ = check_button(KEY)._repr_mimebundle_()
    assert data["text/plain"] == f"To check your work without this button: hurdles check exercises/{KEY}.ipynb"
    assert "application/vnd.jupyter.widget-view+json" in data


def test_the_real_checker_is_this_environments_and_not_shadowed_by_the_notebooks_folder() -> None:
    executable, *rest = check_button(KEY)._command
    assert Path(executable).samefile(sys.executable)
    assert rest == ["-P", "-m", "hurdles", "check"]
