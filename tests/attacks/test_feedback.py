"""Feedback pages: what a learner wrote does not run in anybody's browser, and hidden tests stay hidden."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from playwright.sync_api import sync_playwright
from support.cohort import RIGHT, Cohort
from typer.testing import CliRunner

from hurdles.grading.feedback import InertHTML, generate_feedback

MARK = "void(document.title = 'taken over')"
MARKDOWN = f"""<script>{MARK}</script>
<img src="x" onerror="{MARK}">
<svg onload="{MARK}"></svg>
<iframe srcdoc="<script>parent.{MARK}</script>"></iframe>
[a link](javascript:{MARK.replace(" ", "%20")})
<a id="click" href="javascript:{MARK}">another</a>
<form action="javascript:{MARK}"><button id="send">send</button></form>
**bold and $x^2$**
"""
SHOWN = f"""
from IPython.display import HTML, SVG, Javascript, Markdown, display
display(HTML({MARKDOWN!r}), Javascript({MARK!r}), Markdown({MARKDOWN!r}))
display(SVG('<svg xmlns="http://www.w3.org/2000/svg"><script>{MARK.replace("'", '"')}</script></svg>'))
display({{"application/javascript": {MARK!r}, "text/html": "<script>{MARK}</script>"}}, raw=True)
print("<script>{MARK}</script>")
"""


def titles(pages: list[Path]) -> list[str]:
    """Open pages in Chromium, click what can be clicked, and return their titles."""
    found = []
    with sync_playwright() as playwright:
        path = os.environ.get("HURDLES_CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for place in pages:
            page = browser.new_page()
            # No page needs anything from elsewhere for this test.
            page.route("http*://**", lambda route: route.abort())
            page.goto(place.as_uri())
            page.evaluate("document.querySelectorAll('a, button').forEach(one => one.click())")
            page.wait_for_timeout(300)
            found.append(page.title())
            page.close()
        browser.close()
    return found


def test_nothing_of_a_learners_runs_and_no_hidden_test_is_shown(cohort: Cohort) -> None:
    notebook = cohort.notebook(
        RIGHT
        | {
            "setup": SHOWN,
            "double": "import IPython\ndef double(x):\n    print(IPython.get_ipython().user_ns['In'])\n    return 0",
            "third": "print(In)\ndef third():\n    raise ValueError(In[-1])",
            "essay": MARKDOWN,
        }
    )
    notebook.cells.append(new_markdown_cell(MARKDOWN))
    notebook.cells.append(new_raw_cell(f"<script>{MARK}</script>", metadata={"raw_mimetype": "text/html"}))
    cohort.submit("mallory", notebook)
    cohort.grade()
    assert "secret-marker" in str(cohort.graded("mallory"))
    assert generate_feedback(cohort.course) == 3
    page = cohort.course / "feedback" / "mallory" / "ps1" / "problem.html"
    text = page.read_text()
    assert "secret-marker" not in text
    assert "hidden_expected_value" not in text
    assert "bold and" in text, "the rest of what a learner wrote is there"
    assert titles([page]) == ["problem"]


def test_a_page_that_is_not_cleaned_is_inert_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule in the page's head is a second wall: see that it holds without the first, and that the test can fail."""
    cells: list[Any] = [
        new_markdown_cell(MARKDOWN),
        new_code_cell("1", outputs=[new_output("display_data", {"text/html": f"<script>{MARK}</script>"})]),
    ]
    pages = []
    for name in ("with", "without"):
        exporter = InertHTML()
        exporter.sanitize_html = False
        text, _ = exporter.from_notebook_node(new_notebook(cells=cells), {"metadata": {"name": "page"}})
        if name == "without":
            text = text.replace("Content-Security-Policy", "Nothing")
        pages.append(tmp_path / f"{name}.html")
        pages[-1].write_text(text)
    assert titles(pages) == ["page", "taken over"]


def test_hidden_tests_are_in_no_traceback(cohort: Cohort) -> None:
    cohort.submit("eve", RIGHT | {"double": "def double(x):\n    return abs(2 * x)"})
    cohort.grade()
    generate_feedback(cohort.course, student="eve")
    text = (cohort.course / "feedback" / "eve" / "ps1" / "problem.html").read_text()
    assert "try a negative number" in text
    assert "hidden_expected_value" not in text
    assert "Further tests ran here" in text


def test_the_command_says_what_is_missing(cohort: Cohort) -> None:
    from hurdles.cli import app

    result = CliRunner().invoke(app, ["feedback", str(cohort.course)])
    assert "Grade first" in str(result.exception)
    cohort.grade()
    assert "2 feedback pages" in CliRunner().invoke(app, ["feedback", str(cohort.course)]).output


def test_the_clones_own_settings_have_it(repository: Path) -> None:
    from hurdles.grading.cohort.course import open_course
    from hurdles.grading.feedback import HideTests

    config = open_course(repository).config
    assert config.GenerateFeedback.exporter_class is InertHTML
    assert HideTests in config.GenerateFeedback.preprocessors
    assert config.HTMLExporter.sanitize_html is True
