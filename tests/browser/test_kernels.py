"""Warm kernels under JupyterLab and Voila, in a real browser: nothing but a variable in the environment is set."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hurdles.gallery import template_root
from hurdles.kernels import NAME

VARIABLE = {"JUPYTER_DEFAULT_PROVISIONER_NAME": NAME}
WHOSE = """import os
parent = open(f"/proc/{os.getppid()}/cmdline", "rb").read()
print("forked" if b"hurdles.kernels" in parent else "stock")"""
DRAW = "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nprint('drawn')"
RESTART = "window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()"
STATUS = "() => window.jupyterapp.shell.currentWidget.sessionContext.kernelDisplayStatus === 'idle'"


@pytest.fixture
def stop_warm(tmp_path: Path) -> Iterator[Callable[[Path], None]]:
    """Return a function that notes a server's home; its warm process is ended with the test."""
    import os
    import subprocess

    homes: list[Path] = []
    yield homes.append
    for home in homes:
        given = {**os.environ, "JUPYTER_RUNTIME_DIR": str(home / "runtime")}
        subprocess.run([sys.executable, "-m", "hurdles.kernels", "stop"], env=given, check=True, capture_output=True)


def test_lab_opens_runs_and_restarts(
    start_lab, open_notebook, run_all, write_notebook, page: Page, tmp_path: Path, stop_warm
) -> None:
    write_notebook(tmp_path / "work" / "n.ipynb", WHOSE, DRAW)
    server = start_lab(tmp_path / "work", environment=VARIABLE)
    stop_warm(server.log.parent)
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
        page.wait_for_function(STATUS)
    expect(outputs.filter(has_text="forked")).to_have_count(1)
    expect(page.locator(".jp-Notebook:visible .jp-RenderedImage img")).to_have_count(1)
    page.evaluate("window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    page.evaluate(RESTART)
    page.wait_for_function(STATUS)
    run_all()
    expect(outputs.filter(has_text="forked")).to_have_count(1)


def test_a_page_of_voila_is_interactive(start_server, write_notebook, page: Page, tmp_path: Path, stop_warm) -> None:
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
    stop_warm(server.log.parent)
    for _ in range(30):
        page.goto(server.url)
        expect(page.get_by_text("at 3", exact=True)).to_be_visible()
        if page.get_by_text("forked").count():
            break
        time.sleep(1)
    expect(page.get_by_text("forked")).to_be_visible()
    page.get_by_role("slider").press("ArrowRight")
    expect(page.get_by_text("at 4", exact=True)).to_be_visible()
