"""What a lesson's cells call: nothing needs a click, and what was answered is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from hurdles import ledger, ui
from hurdles.errors import HurdlesError
from hurdles.ui import desk as desks
from hurdles.ui.form import Form
from hurdles.ui.note import Note
from hurdles.ui.store import Store

KEY = "01-data/1-quality"
ASKED = ui.Question("What is 666?", ["An income", "A code"], 1, "Nobody earns exactly that.")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / ledger.HOME).mkdir()
    return tmp_path


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return what cells displayed."""
    things: list[Any] = []
    monkeypatch.setattr(desks, "display", things.append)
    return things


@pytest.fixture
def desk(workspace: Path) -> ui.LessonDesk:
    return ui.LessonDesk(KEY, Store(workspace))


def test_opening_prints_one_line_with_versions_and_place(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    inside = workspace / "lessons" / "01-data"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    ui.open_lesson(KEY)
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert said.startswith("Ready: Python 3.")
    assert "scikit-learn 1." in said
    assert "pandas 3." in said
    assert f"{workspace.name}/.hurdles" in said
    assert str(workspace.parent) not in said


def test_opening_outside_a_workspace_says_so_gently_and_keeps_answers_in_the_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shown: list[Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    lesson = ui.open_lesson(KEY)
    assert "only while this notebook runs" in capsys.readouterr().out
    lesson.decide("next", "What now?", ["Wait", "Ask"])
    shown[0].submit({"choice": 1, "reason": "To know."})
    assert lesson.decided("next") == {"choice": "Ask", "reason": "To know."}
    assert ui.open_lesson(KEY).decided("next") is None
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("key", ["quality", "01-data", "1-data/quality", "../01-data/1-quality", "01-data/1-Quality"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(HurdlesError, match="is not a lesson"):
        ui.open_lesson(key)


def test_a_quiz_is_kept_marked_and_shown_again(desk: ui.LessonDesk, workspace: Path, shown: list[Any]) -> None:
    desk.quiz("pre", ASKED)
    form: Form = shown[0]
    assert not form.locked
    form.submit({"question-1": None})
    assert (form.locked, form.status) == (False, "Please answer the question first.")
    assert ledger.answers(workspace) == []
    form.submit({"question-1": 1})
    assert form.locked
    assert form.marks["question-1"]["text"].startswith("✓ Right.")

    ui.LessonDesk(KEY, Store(workspace)).quiz("pre", ASKED)
    again: Form = shown[1]
    assert again.values == {"question-1": 1}
    assert again.locked
    assert again.marks["question-1"]["text"].startswith("✓ Right.")
    again.reopen()
    again.submit({"question-1": 0})
    assert ledger.answers(workspace)[0].value == {"answers": ["An income"], "right": 0, "of": 1}


def test_a_quiz_without_questions_is_refused(desk: ui.LessonDesk) -> None:
    with pytest.raises(HurdlesError, match="no questions"):
        desk.quiz("pre")


@pytest.mark.parametrize("entered", [None, -1, 101, "40", True, float("nan")])
def test_a_guess_must_be_a_number_in_range(desk: ui.LessonDesk, shown: list[Any], entered: object) -> None:
    desk.predict("share", "What share?", unit="%")
    shown[0].submit({"guess": entered})
    assert shown[0].status == "Please give a number from 0 to 100."
    assert not shown[0].locked


def test_a_guess_is_compared_with_the_answer(desk: ui.LessonDesk, shown: list[Any]) -> None:
    desk.predict("share", "What share?", step=0.5, unit="%")
    shown[0].submit({"guess": 40.2})
    assert "committed: 40\u202f%" in shown[0].status
    desk.reveal("share", 12.34, unit="%")
    assert shown[1].text().splitlines() == [
        "Your guess: 40\u202f%.",
        "The answer: 12.34\u202f%.",
        "Your guess was 27.66\u202fpercentage points too high.",
    ]
    desk.reveal("share", 40, unit="%")
    assert shown[2].text().endswith("Your guess was exact.")
    desk.reveal("share", 41, unit="%")
    assert "1\u202fpercentage points too low" in shown[3].text()
    desk.reveal("share", 12.34, unit="%", fmt=".0f")
    assert "The answer: 12\u202f%.\nYour guess was 28\u202fpercentage points too high." in shown[4].text()


def test_a_reopened_prediction_starts_from_the_guess(desk: ui.LessonDesk, shown: list[Any]) -> None:
    desk.predict("share", "What share?")
    assert shown[0].values == {}
    shown[0].submit({"guess": 7})
    desk.predict("share", "What share?")
    assert shown[1].values == {"guess": 7}
    assert shown[1].locked
    desk.predict("share", "What share?", low=10)
    assert shown[2].values == {}


def test_a_guess_may_be_one_of_several_words(desk: ui.LessonDesk, shown: list[Any]) -> None:
    desk.predict("who", "Who loses?", options=["All", "A few"])
    shown[0].submit({"guess": None})
    assert not shown[0].locked
    shown[0].submit({"guess": 1})
    desk.reveal("who", "All")
    assert shown[1].text().splitlines()[-1] == "Your guess was a different one."
    desk.reveal("who", "A few")
    assert shown[2].text().splitlines()[-1] == "Your guess was right."
    desk.predict("who", "Who loses?", options=["All", "A few"])
    assert shown[3].values == {"guess": 1}


def test_without_a_guess_the_answer_is_folded_but_there(desk: ui.LessonDesk, shown: list[Any]) -> None:
    desk.reveal("share", 12, unit="%")
    assert "You made no guess yet" in shown[0].text()
    assert "12\u202f%" in shown[0].text()
    assert "<details><summary>Show the answer</summary><p>The answer: 12\u202f%.</p></details>" in shown[0].html()


def test_a_decision_needs_a_choice_and_a_sentence(desk: ui.LessonDesk, workspace: Path, shown: list[Any]) -> None:
    desk.decide("next", "What now?", ["Wait", "Ask"])
    form = shown[0]
    form.submit({"choice": None, "reason": "Because."})
    assert form.status == "Please choose an action first."
    form.submit({"choice": 0, "reason": "   "})
    assert form.status == "Please write one sentence that says why."
    assert desk.decided("next") is None
    form.submit({"choice": 0, "reason": " It <b>costs</b> little. "})
    assert desk.decided("next") == {"choice": "Wait", "reason": "It <b>costs</b> little."}
    later = ui.LessonDesk("02-people/1-skills", Store(workspace))
    assert later.decided("next") is None
    assert later.decided("next", lesson=KEY) == desk.decided("next")
    desk.decide("next", "What now?", ["Wait", "Ask"])
    assert shown[1].values == {"choice": 0, "reason": "It <b>costs</b> little."}


@pytest.mark.parametrize("untouched", [None, ...])
def test_an_untouched_micro_exercise_is_not_wrong(
    desk: ui.LessonDesk, workspace: Path, shown: list[Any], untouched: object
) -> None:
    desk.micro("micro-1", untouched, lambda value: 1 / 0)
    assert shown[0].text().startswith("○ Not attempted yet.")
    assert ledger.answers(workspace) == []


def test_a_micro_exercise_says_right_not_yet_or_what_broke_it(desk: ui.LessonDesk, shown: list[Any]) -> None:
    def check(value: int) -> str:
        if value < 0:
            raise NotImplementedError
        if value == 3:
            raise AssertionError("3 counts the header too.")
        return f"Half of it is {value / 2:g}."

    for value in (3, "x", -1, 4):
        desk.micro("micro-1", value, check)
    texts = [note.text() for note in shown]
    assert texts[0] == "✗ Not yet. 3 counts the header too."
    assert texts[1].startswith("✗ Your value, of type str, could not be checked: TypeError")
    assert texts[2].startswith("○ Not attempted yet.")
    assert texts[3] == "✓ Right. Half of it is 2."


def test_once_right_stays_right(desk: ui.LessonDesk, workspace: Path, shown: list[Any]) -> None:
    def check(value: int) -> None:
        if value != 1:
            raise AssertionError

    for value in (2, 1, 2):
        desk.micro("micro-1", value, check)
    assert shown[2].text() == "✗ Not yet."
    assert ledger.answers(workspace)[0].value == {"passed": True}


def test_a_store_that_cannot_be_written_says_so_and_loses_nothing_typed(
    desk: ui.LessonDesk, workspace: Path, shown: list[Any]
) -> None:
    desk.decide("next", "What now?", ["Wait", "Ask"])
    ledger.database(workspace).mkdir()
    shown[0].submit({"choice": 0, "reason": "Because."})
    assert "could not be written" in shown[0].status
    assert not shown[0].locked


def test_notes_escape_everything() -> None:
    note = Note(["<script>a</script>\nb"], folded="<i>c</i>", summary="<u>d</u>")
    assert "<script>" not in note.html()
    assert "<i>" not in note.html()
    assert "<u>" not in note.html()
    assert "&lt;script&gt;a&lt;/script&gt;<br>b" in note.html()


def test_a_form_ignores_messages_that_are_none(desk: ui.LessonDesk, shown: list[Any]) -> None:
    desk.quiz("pre", ASKED)
    form: Form = shown[0]
    for content in (None, [], {}, {"kind": "submit"}, {"kind": "submit", "values": 3}, {"kind": "other"}):
        form._handle_custom_msg(content, [])
    assert not form.locked
    form._handle_custom_msg({"kind": "submit", "values": {"question-1": 99}}, [])
    assert form.status == "Please answer the question first."
    form._handle_custom_msg({"kind": "submit", "values": {"question-1": 0}}, [])
    assert form.locked
    form._handle_custom_msg({"kind": "again"}, [])
    assert not form.locked


CELLS = [
    'import hurdles.ui as ui\nfrom support.wave import WAVE\nlesson = ui.open_lesson("01-data/1-quality")',
    'lesson.quiz("pre", ui.Question("What is 666?", ["An income", "A code"], 1, "Nobody earns that."))',
    'lesson.predict("share", "What share is missing?", unit="%")\nlesson.reveal("share", 12.5, unit="%")',
    "lesson.show(WAVE)",
    'lesson.micro("micro-1", ..., lambda value: None)',
    'lesson.decide("next", "What now?", ["Wait", "Ask"])\nassert lesson.decided("next") is None',
    'ui.check_button("01-data/1-quality")',
]


def test_a_lesson_runs_from_top_to_bottom_without_a_click(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: Path
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(repository / "tests"))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute(cwd=str(tmp_path))
    demo = notebook.cells[3].outputs[0].data
    assert {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"} <= set(demo)
    assert "A round wave turns 3 times" in demo["text/plain"]
    assert "( ) A code" in notebook.cells[1].outputs[0].data["text/plain"]
    assert "hurdles check exercises/01-data/1-quality.ipynb" in notebook.cells[6].outputs[0].data["text/plain"]
    assert not list(tmp_path.iterdir())
