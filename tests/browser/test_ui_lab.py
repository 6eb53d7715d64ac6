"""Widgets in JupyterLab, in a real browser; and in Voila inside the same server, as Binder's links use it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

from hurdles import ledger
from hurdles.gallery import demo_notebook, template_root

LESSON = "01-toy/1-wave"
SHOW_TWICE = """
import hurdles.ui as ui
from IPython.display import display
from support.wave import WAVE
lesson = ui.open_lesson("01-toy/1-wave")
lesson.show(WAVE)
lesson.show(WAVE)
"""
STUB_CHECKER = """
import json, sys, time
time.sleep(1)
text = open(sys.argv[1]).read()
if "BROKEN" in text:
    print("The cell 'find-hidden' is missing. Copy the exercise again.", file=sys.stderr)
    raise SystemExit(2)
right = "RIGHT" in text
print(json.dumps({"lesson": "01-toy/1-wave", "score": 3 if right else 0, "max_score": 5, "tasks": [
    {"id": "find", "status": "pass" if right else "fail", "score": 3 if right else 0, "max_score": 3,
     "message": "" if right else "find([1]) gave <img src=x onerror=alert(1)>, a str.",
     "hint": "Look at <b>dtype</b>."},
    {"id": "count", "status": "not-attempted", "score": 0, "max_score": 2, "message": "", "hint": ""}]}))
"""
BUTTON = """
import sys
from hurdles.ui import CheckWork
CheckWork("01-toy/1-wave", command=[sys.executable, "stub.py"])
"""
QUIZ = """
import hurdles.ui as ui
lesson = ui.open_lesson("01-toy/1-wave")
lesson.quiz("pre", ui.Question("What is 666?", ["An income", "A code"], 1, "Nobody earns exactly that."))
lesson.predict("share", "What share is missing?", unit="%")
lesson.decide("next", "What do you do?", ["Wait", "Ask the branch"])
"""
SET_FIRST_CELL = """(source) =>
    window.jupyterapp.shell.currentWidget.content.model.cells.get(0).sharedModel.setSource(source)"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workspace")
    (folder / ledger.HOME).mkdir()
    return folder


@pytest.fixture(scope="module")
def lab(start_lab, workspace: Path):
    return start_lab(workspace, {"JUPYTER_PATH": str(template_root())})


def test_keyboard_moves_picture_and_words_of_one_widget_only(
    page: Page, lab, workspace: Path, write_notebook, open_notebook, run_all, shoot: Callable[..., Path]
) -> None:
    write_notebook(workspace / "lessons/demo.ipynb", SHOW_TWICE)
    open_notebook(lab, "lessons/demo.ipynb")
    run_all()
    widgets = page.locator(".hurdles-demo")
    expect(widgets).to_have_count(2)
    first, second = widgets.nth(0), widgets.nth(1)
    image, words = first.get_by_role("img"), first.get_by_role("status")
    expect(image).to_have_attribute("alt", "Line chart of a wave's height over one second")
    expect(image).to_have_attribute("src", re.compile("^blob:"))
    before = image.get_attribute("src")

    first.get_by_role("slider", name="Turns").press("ArrowRight")
    expect(words).to_have_text("A round wave turns 4 times in one second.")
    expect(words).to_have_attribute("aria-live", "polite")
    expect(image).not_to_have_attribute("src", before or "")
    expect(first.get_by_role("slider")).to_have_attribute("aria-valuetext", re.compile("^4.per second$"))
    first.get_by_role("combobox", name="Shape").select_option("square")
    expect(words).to_have_text("A square wave turns 4 times in one second.")
    expect(second.get_by_role("status")).to_have_text("A round wave turns 3 times in one second.")
    shoot(first, "lab-demo")


def test_a_setting_that_fails_keeps_the_last_picture_and_says_why(
    page: Page, lab, workspace: Path, write_notebook, open_notebook, run_all, shoot: Callable[..., Path]
) -> None:
    write_notebook(workspace / "lessons/fails.ipynb", SHOW_TWICE)
    open_notebook(lab, "lessons/fails.ipynb")
    run_all()
    demo = page.locator(".hurdles-demo").first
    slider, words, alert = demo.get_by_role("slider"), demo.get_by_role("status"), demo.get_by_role("alert")
    slider.press("End")
    expect(words).to_have_text("A round wave turns 10 times in one second.")
    slider.press("ArrowLeft")
    expect(alert).to_contain_text("nine <b>turns</b> are one too many")
    expect(words).to_have_text("A round wave turns 10 times in one second.")
    expect(demo.get_by_role("img")).to_have_attribute("src", re.compile("^blob:"))
    shoot(demo, "lab-demo-failed")
    slider.press("ArrowLeft")
    expect(words).to_have_text("A round wave turns 8 times in one second.")
    expect(alert).to_be_empty()


def test_the_button_saves_grades_and_shows_what_came_out(
    page: Page, lab, workspace: Path, write_notebook, open_notebook, run_all, shoot: Callable[..., Path]
) -> None:
    file = write_notebook(workspace / "exercises/01-toy/1-wave.ipynb", "answer = 'WRONG'", BUTTON)
    (file.parent / "stub.py").write_text(STUB_CHECKER)
    open_notebook(lab, "exercises/01-toy/1-wave.ipynb")
    run_all()
    panel = page.locator(".hurdles-check")
    button = panel.get_by_role("button", name="Check my work")
    button.click()
    expect(button).to_be_disabled()
    expect(panel.get_by_role("status")).to_have_text("Checked. Total: 0 of 5 points. 0 of 2 tasks passed.")
    find = panel.locator("[data-task=find]")
    expect(find).to_contain_text("✗ not yet")
    expect(find).to_contain_text("find([1]) gave <img src=x onerror=alert(1)>, a str.")
    assert panel.locator("img").count() == 0
    expect(panel.locator("[data-task=count]")).to_contain_text("○ not attempted yet")
    expect(find.get_by_text("Look at <b>dtype</b>.")).to_be_hidden()
    find.get_by_text("Next hint").click()
    expect(find.get_by_text("Look at <b>dtype</b>.")).to_be_visible()
    shoot(panel, "lab-check")

    # Typed but not saved: only a save by the button itself lets the checker see it.
    page.evaluate(SET_FIRST_CELL, "answer = 'RIGHT'")
    assert "RIGHT" not in file.read_text()
    button.click()
    expect(panel.get_by_role("status")).to_have_text("Checked. Total: 3 of 5 points. 1 of 2 tasks passed.")
    expect(find).to_contain_text("✓ passed")
    assert "RIGHT" in file.read_text()

    page.evaluate(SET_FIRST_CELL, "BROKEN")
    button.click()
    expect(panel.get_by_role("status")).to_have_text("⚠ The cell 'find-hidden' is missing. Copy the exercise again.")
    expect(find).to_contain_text("✓ passed")
    expect(button).to_be_enabled()
    expect(button).to_be_focused()


def test_the_button_follows_a_notebook_that_was_renamed(
    page: Page, lab, workspace: Path, write_notebook, open_notebook, run_all
) -> None:
    old = write_notebook(workspace / "mine/first.ipynb", "answer = 'RIGHT'", BUTTON)
    (old.parent / "stub.py").write_text(STUB_CHECKER)
    open_notebook(lab, "mine/first.ipynb")
    run_all()
    page.evaluate("window.jupyterapp.shell.currentWidget.context.rename('second.ipynb')")
    panel = page.locator(".hurdles-check")
    panel.get_by_role("button").click()
    expect(panel.get_by_role("status")).to_have_text("Checked. Total: 3 of 5 points. 1 of 2 tasks passed.")
    assert not old.exists()


def test_answers_are_kept_and_shown_when_the_notebook_is_opened_again(
    page: Page, lab, workspace: Path, write_notebook, open_notebook, run_all, shoot: Callable[..., Path]
) -> None:
    write_notebook(workspace / "lessons/quiz.ipynb", QUIZ)
    open_notebook(lab, "lessons/quiz.ipynb")
    run_all()
    quiz, guess, decision = (page.locator(".hurdles-form").nth(i) for i in range(3))
    quiz.get_by_role("button", name="Submit").click()
    expect(quiz.get_by_role("status")).to_have_text("Please answer the question first.")
    quiz.get_by_role("group", name="What is 666?").get_by_role("radio", name="An income").check()
    quiz.get_by_role("button", name="Submit").click()
    expect(quiz.get_by_role("status")).to_have_text("0 of 1 right.")
    expect(quiz).to_contain_text("✗ Not this one. Right is: A code. Nobody earns exactly that.")
    # D, D deletes a cell in JupyterLab's command mode, but not while a control has the focus.
    expect(quiz.get_by_role("button", name="Answer again")).to_be_focused()
    page.keyboard.press("d")
    page.keyboard.press("d")
    guess.get_by_label("What share is missing?").fill("250")
    guess.get_by_role("button", name="Commit my guess").click()
    expect(guess.get_by_role("status")).to_have_text("Please give a number from 0 to 100.")
    guess.get_by_label("What share is missing?").fill("25")
    guess.get_by_role("button", name="Commit my guess").click()
    expect(guess.get_by_role("status")).to_contain_text("Your guess is committed: 25")
    decision.get_by_role("radio", name="Ask the branch").check()
    decision.get_by_label("One sentence for a manager: why?").press_sequentially("We add one day, ddd.")
    decision.get_by_role("button", name="Save my decision").click()
    expect(decision.get_by_role("status")).to_have_text("✓ Saved.")
    shoot(page, "lab-answers")
    kept = {answer.name: answer.value for answer in ledger.answers(workspace, LESSON)}
    assert kept["decide:next"] == {"choice": "Ask the branch", "reason": "We add one day, ddd."}
    assert kept["quiz:pre"] == {"answers": ["An income"], "right": 0, "of": 1}

    page.reload()
    open_notebook(lab, "lessons/quiz.ipynb")
    run_all()
    expect(page.locator(".hurdles-form").nth(0)).to_contain_text("✗ Not this one. Right is: A code.")
    expect(page.locator(".hurdles-form").nth(1).get_by_label("What share is missing?")).to_have_value("25")
    expect(page.locator(".hurdles-form").nth(2).get_by_role("radio", name="Ask the branch")).to_be_checked()


def test_voila_inside_the_server_shows_a_demo_and_asks_to_save_by_hand(
    page: Page, lab, workspace: Path, write_notebook, shoot: Callable[..., Path]
) -> None:
    nbformat.write(demo_notebook("support.wave:WAVE", "A wave"), workspace / "wave.ipynb")
    page.goto(lab.url.replace("/lab?", "/voila/render/wave.ipynb?"))
    page.get_by_role("slider", name="Turns").press("ArrowLeft")
    expect(page.locator(".hurdles-text")).to_have_text("A round wave turns 2 times in one second.")

    file = write_notebook(workspace / "exercises/01-toy/1-wave.ipynb", "answer = 'RIGHT'", BUTTON)
    notebook = json.loads(file.read_text())
    notebook["metadata"]["voila"] = {"template": "hurdles"}
    file.write_text(json.dumps(notebook))
    (file.parent / "stub.py").write_text(STUB_CHECKER)
    page.goto(lab.url.replace("/lab?", "/voila/render/exercises/01-toy/1-wave.ipynb?"))
    panel = page.locator(".hurdles-check")
    panel.get_by_role("button").click()
    expect(panel.get_by_role("status")).to_contain_text("Save it with Ctrl+S")
    panel.get_by_role("button").click()
    expect(panel.get_by_role("status")).to_have_text("Checked. Total: 3 of 5 points. 1 of 2 tasks passed.")
    shoot(page, "voila-check")
