"""The main job in a real browser: open the index, run the lesson, move the widget, solve the exercise, be graded."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as NotInTime

from hurdles.kernels import NAME

ROOT = Path(__file__).resolve().parents[2]
KEY = "01-data/1-quality"
TRAP = """def find_sentinels(frame):
    seen = {c: [code for code in CODES if (frame[c] == code).any()] for c in frame.select_dtypes("number")}
    return {c: codes for c, codes in seen.items() if codes}
"""
PLACE_OF = """(id) => {
    const cells = window.jupyterapp.shell.currentWidget.content.model.cells;
    for (let i = 0; i < cells.length; i++) if (cells.get(i).id === id) return i;
    return -1;
}"""
SOURCE_OF = "(i) => window.jupyterapp.shell.currentWidget.content.model.cells.get(i).sharedModel.getSource()"
ERRORS = """() => {
    const cells = window.jupyterapp.shell.currentWidget.content.model.cells, found = [];
    for (let i = 0; i < cells.length; i++)
        if (cells.get(i).type === 'code')
            for (let j = 0; j < cells.get(i).outputs.length; j++)
                if (cells.get(i).outputs.get(j).type === 'error') found.push(cells.get(i).id);
    return found;
}"""


STATE = """() => {
    const panel = window.jupyterapp.shell.currentWidget, cells = panel.content.model.cells, found = {};
    found.kernel = panel.sessionContext.kernelDisplayStatus;
    found.dialog = document.querySelector('.jp-Dialog-content')?.innerText;
    found.cells = [];
    for (let i = 0; i < cells.length; i++) if (cells.get(i).type === 'code') {
        const cell = cells.get(i), says = cell.outputs.toJSON().map((o) => o.evalue || o.text || o.output_type);
        found.cells.push([cell.id, cell.executionCount, cell.sharedModel.getSource().slice(0, 60), ...says]);
    }
    return found;
}"""
WIDER = """() => [...document.querySelectorAll('.jp-Notebook .cm-scroller')]
    .filter((e) => e.offsetParent && e.scrollWidth > e.clientWidth + 1).map((e) => e.innerText.slice(0, 80))"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home") / "hurdles-workspace"


@pytest.fixture(scope="module")
def lab(start_server, workspace: Path):
    """Start JupyterLab as a learner does: with ``hurdles lab``."""
    from browser.conftest import TOKEN

    command = [
        sys.executable, "-m", "hurdles", "lab", "--workspace", str(workspace), "--no-browser", "--port={port}",
        "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}", "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip
    # Elsewhere tests do without warm kernels; this is the whole of what a learner has.
    warm = {"JUPYTER_DEFAULT_PROVISIONER_NAME": NAME}
    url = f"http://127.0.0.1:{{port}}/lab?token={TOKEN}&reset"
    return start_server(command, url, folder=workspace.parent, environment=warm)


def type_into(page: Page, cell_id: str, source: str) -> None:
    """Replace a cell's source with the keyboard, as a learner does: who sees nothing appear clicks and types again."""
    place = page.evaluate(PLACE_OF, cell_id)
    assert place >= 0
    editor = page.locator(".jp-Notebook:visible .jp-Cell").nth(place).locator(".cm-content")
    for _ in range(3):
        editor.scroll_into_view_if_needed()
        editor.click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(source)
        # A notebook that is just being opened may take the keyboard away from its cell once more.
        if page.evaluate(SOURCE_OF, place) == source:
            return
    raise AssertionError(f"nothing can be typed into {cell_id}: {page.evaluate(SOURCE_OF, place)!r}")


def wait_for_error(page: Page, cell_id: str) -> list[str]:
    """Wait until a cell has ended with an error; return all that have, or say what there is instead."""
    try:
        page.wait_for_function(f"({ERRORS})().includes({json.dumps(cell_id)})")
    except NotInTime:
        pytest.fail(f"no error in {cell_id}: {json.dumps(page.evaluate(STATE), indent=1)}")
    found: list[str] = page.evaluate(ERRORS)
    return found


def test_the_index_lists_lessons_minutes_and_progress(page: Page, lab, shoot: Callable[..., Path]) -> None:
    page.goto(lab.url.replace("/lab?", "/?"))
    page.wait_for_function("window.jupyterapp !== undefined")
    index = page.locator(".jp-Notebook:visible")
    expect(index.get_by_role("heading", name="Hurdles: what makes machine learning hard in practice")).to_be_visible()
    expect(index.get_by_role("table").filter(has_text="Your progress")).to_contain_text("not begun")
    row = index.get_by_role("row").filter(has=page.get_by_role("link", name="Exercise"))
    expect(row.first).to_contain_text(re.compile(r"\d+ min"))
    shoot(page, "course-index")
    row.first.get_by_role("link").first.click()
    expect(page.get_by_role("heading", name=re.compile("Dirty data"))).to_be_visible()


def test_the_lesson_runs_and_its_widget_answers_the_keyboard(
    page: Page, lab, open_notebook, run_all, shoot: Callable[..., Path]
) -> None:
    open_notebook(lab, f"lessons/{KEY}.ipynb")
    run_all()
    assert page.evaluate(ERRORS) == []
    demo = page.locator(".hurdles-demo")
    image, words, slider = demo.get_by_role("img"), demo.get_by_role("status"), demo.get_by_role("slider").first
    expect(image).to_have_attribute("src", re.compile("^blob:"))
    picture, text = image.get_attribute("src"), words.inner_text()
    slider.press("ArrowRight")
    expect(image).not_to_have_attribute("src", picture or "")
    expect(words).not_to_have_text(text)
    demo.scroll_into_view_if_needed()
    shoot(demo, "course-widget")
    for name in ("fault-1", "fault-2", "predict", "concept-3", "concept-4", "trade-offs", "decision", "post-check"):
        cell = page.locator(".jp-Notebook:visible .jp-Cell").nth(page.evaluate(PLACE_OF, name))
        cell.scroll_into_view_if_needed()
        page.wait_for_timeout(200)
        shoot(page, f"course-lesson-{name}")


def test_the_exercise_grades_a_right_answer_and_a_trap(
    page: Page, lab, open_notebook, run_all, workspace: Path, shoot: Callable[..., Path]
) -> None:
    master = nbformat.read(ROOT / "solutions" / f"{KEY}.ipynb", as_version=4)
    solutions = {cell.id: cell.source for cell in master.cells}
    open_notebook(lab, f"exercises/{KEY}.ipynb")
    type_into(page, "find_sentinels", TRAP)
    type_into(page, "clean", solutions["clean"])
    # The editor lays out new text a moment later.
    page.wait_for_function(f"({WIDER})().length === 0")
    run_all()
    # A kernel drops the cells that wait behind an error. Those that reach it later are run, as on a slow machine: then
    # untouched tasks say that they are untouched.
    untouched = {"violations-visible", "predict_reject-visible", "stretch-code"}
    assert set(wait_for_error(page, "find_sentinels-visible")) <= {"find_sentinels-visible", *untouched}
    told = page.locator(".jp-Notebook:visible .jp-OutputArea-output").filter(has_text="CheckFailed")
    expect(told).to_have_text(re.compile(r"^\s*CheckFailed: \w+: 666 is reported, [^-]*$"))
    shoot(told, "course-message")
    place = page.evaluate(PLACE_OF, "check")
    page.evaluate("(i) => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = i; }", place)
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-cell')")
    panel = page.locator(".hurdles-check")
    panel.get_by_role("button", name="Check my work").click()
    expect(panel.get_by_role("status")).to_contain_text("Checked. Total: 3 of 10 points.", timeout=120_000)
    expect(panel.locator("[data-task=clean]")).to_have_attribute("data-status", "pass")
    trap = panel.locator("[data-task=find_sentinels]")
    expect(trap).to_have_attribute("data-status", "fail")
    expect(trap).to_contain_text("666 is reported, but there it is an income among others")
    expect(panel.locator("[data-task=violations]")).to_have_attribute("data-status", "not-attempted")
    trap.get_by_text("Next hint").click()
    panel.scroll_into_view_if_needed()
    shoot(panel, "course-check")
    assert TRAP.splitlines()[1].strip() in (workspace / "exercises" / f"{KEY}.ipynb").read_text(
        encoding="utf-8"
    ).replace('\\"', '"')

    page.goto(lab.url)
    open_notebook(lab, "index.ipynb")
    run_all()
    table = page.locator(".jp-Notebook:visible").get_by_role("table").filter(has_text="Your progress")
    expect(table).to_contain_text("1 of 4 tasks, 3 of 10 points")
    shoot(page, "course-progress")


def test_formgrader_shows_the_area_in_a_lab_started_in_the_clone(
    page: Page, start_lab, tmp_path_factory: pytest.TempPathFactory, shoot: Callable[..., Path]
) -> None:
    clone = tmp_path_factory.mktemp("clone")
    shutil.copy(ROOT / "nbgrader_config.py", clone)
    for folder in ("solutions", "exercises"):
        shutil.copytree(ROOT / folder, clone / folder)
    server = start_lab(clone)
    page.goto(server.url)
    page.wait_for_function("window.jupyterapp !== undefined")
    page.evaluate("window.jupyterapp.restored")
    page.evaluate("window.jupyterapp.commands.execute('nbgrader:open-formgrader')")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("01-data").first).to_be_visible()
    shoot(page, "course-formgrader")


def test_the_gallery_shows_the_lessons_demo(
    page: Page, start_server, tmp_path: Path, shoot: Callable[..., Path]
) -> None:
    command = [sys.executable, "-m", "hurdles", "demos", "--port", "{port}", "--no-browser"]
    server = start_server(command, "http://127.0.0.1:{port}/", folder=tmp_path)
    page.goto(server.url)
    lesson = json.loads((ROOT / "lessons" / f"{KEY}.ipynb").read_text(encoding="utf-8"))["metadata"]["hurdles"]
    expect(page.get_by_text(f"“{lesson['title']}”")).to_be_visible()
    shoot(page, "course-gallery")
    page.locator("li a").first.click()
    slider, words = page.get_by_role("slider").first, page.get_by_role("status")
    expect(slider).to_be_visible()
    text = words.inner_text()
    slider.press("ArrowRight")
    expect(words).not_to_have_text(text)
    shoot(page, "course-demo")
