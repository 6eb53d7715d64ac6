"""Warm kernels under JupyterLab and Voila, in a real browser: nothing but a variable in the environment is set."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from playwright.sync_api import Page, expect
from support.kernels import eventually, tell

from hurdles.gallery import template_root
from hurdles.kernels import NAME
from hurdles.kernels.channel import Place
from hurdles.kernels.warm import STATUS

VARIABLE = {"JUPYTER_DEFAULT_PROVISIONER_NAME": NAME}
WHOSE = """import os
parent = open(f"/proc/{os.getppid()}/cmdline", "rb").read()
print("forked" if b"hurdles.kernels" in parent else "stock")"""
DRAW = "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nprint('drawn')"
RESTART = "window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()"
IDLE = "() => window.jupyterapp.shell.currentWidget.sessionContext.kernelDisplayStatus === 'idle'"


def test_lab_opens_runs_and_restarts(
    start_lab, open_notebook, run_all, write_notebook, page: Page, tmp_path: Path
) -> None:
    write_notebook(tmp_path / "work" / "n.ipynb", WHOSE, DRAW)
    server = start_lab(tmp_path / "work", environment=VARIABLE)
    open_notebook(server, "n.ipynb")
    outputs = page.locator(".jp-Notebook:visible .jp-OutputArea-output")
    # The first kernel is a stock one, while the warm process starts; a restart soon gets a forked one.
    for _ in range(30):
        run_all()
        expect(outputs.filter(has_text="drawn")).to_have_count(1)
        if outputs.filter(has_text="forked").count():
            break
        time.sleep(1)
        page.evaluate("window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
        page.evaluate(RESTART)
        page.wait_for_function(IDLE)
    expect(outputs.filter(has_text="forked")).to_have_count(1)
    expect(page.locator(".jp-Notebook:visible .jp-RenderedImage img")).to_have_count(1)
    page.evaluate("window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    page.evaluate(RESTART)
    page.wait_for_function(IDLE)
    run_all()
    expect(outputs.filter(has_text="forked")).to_have_count(1)


def test_a_page_of_voila_is_interactive(start_server, write_notebook, page: Page, tmp_path: Path) -> None:
    write_notebook(
        tmp_path / "work" / "n.ipynb",
        WHOSE,
        "import ipywidgets\nfrom IPython.display import display\n"
        "slider, label = ipywidgets.IntSlider(3), ipywidgets.Label('at 3')\n"
        "slider.observe(lambda change: setattr(label, 'value', f'at {change.new}'), 'value')\n"
        "display(slider, label)",
    )
    command = [sys.executable, "-m", "voila", "--no-browser", "--port={port}", "--template=hurdles", "n.ipynb"]
    given = {**VARIABLE, "JUPYTER_PATH": str(template_root())}
    server = start_server(command, "http://127.0.0.1:{port}/", folder=tmp_path / "work", environment=given)
    for _ in range(30):
        page.goto(server.url)
        expect(page.get_by_text("at 3", exact=True)).to_be_visible()
        if page.get_by_text("forked").count():
            break
        time.sleep(1)
    expect(page.get_by_text("forked")).to_be_visible()
    page.get_by_role("slider").press("ArrowRight")
    expect(page.get_by_text("at 4", exact=True)).to_be_visible()


def test_the_gallery_has_warm_kernels(start_server, page: Page, tmp_path: Path) -> None:
    """Served as a user does; the head start is enough for the first page."""
    # Without the variables that libraries set in this process: the server's own imports set them, as with a user.
    command = [
        "env", "-u", "KMP_DUPLICATE_LIB_OK", "-u", "KMP_INIT_AT_FORK",
        sys.executable, "-m", "hurdles", "demos", "--port", "{port}", "--no-browser",
    ]  # fmt: skip
    server = start_server(command, "http://127.0.0.1:{port}/", folder=tmp_path, environment=VARIABLE)
    place = Place.of(server.log.parent / "runtime", [sys.executable], None)
    assert eventually(lambda: (tell(place, STATUS) or {}).get("ready"))
    page.goto(server.url)
    page.locator("ul a, ol a").first.click()
    picture = page.locator('img[src^="blob:"]').first
    expect(picture).to_be_visible()
    assert tell(place, STATUS)["kernels"]  # type: ignore[index]


def test_the_gallery_keeps_each_page_run_and_ready(start_server, page: Page, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hurdles", "demos", "--port", "{port}", "--no-browser"]
    server = start_server(command, "http://127.0.0.1:{port}/", folder=tmp_path, environment=VARIABLE)
    place = Place.of(server.log.parent / "runtime", [sys.executable], None)
    page.goto(server.url)
    links = [link.get_attribute("href") for link in page.locator("ul a, ol a").all()]

    def kernels() -> int:
        return len((tell(place, STATUS) or {}).get("kernels", []))

    assert eventually(lambda: kernels() == len(links), 120)
    seen = []
    for visit in range(1, 3):
        page.goto(server.url + links[0])
        picture = page.locator('img[src^="blob:"]').first
        expect(picture).to_be_visible()
        page.get_by_role("slider").first.press("ArrowRight")
        expect(picture).not_to_have_attribute("src", picture.get_attribute("src") or "")
        seen.append(page.evaluate("JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId"))
        # Every visitor has a kernel of their own; one whose page was left ends at once.
        for left in seen[:-1]:
            assert eventually(lambda left=left: page.request.get(f"{server.url}api/kernels/{left}").status == 404, 60)
        # The pool is filled a second after it was drawn from.
        time.sleep(2)
        assert eventually(lambda: kernels() == len(links) + 1, 60), (visit, kernels(), len(links))
    assert len(set(seen)) == 2
