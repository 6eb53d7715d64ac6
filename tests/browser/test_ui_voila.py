"""The gallery in a real browser: index, demo, slider, and a clean end."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

SERVE = """
import re
import sys
from types import SimpleNamespace
from hurdles.gallery import serve
if __name__ == "__main__":
    lesson = SimpleNamespace(key="01-toy/1-wave", title="Waves & <i>more</i>", demo="support.wave:WAVE")
    serve(SimpleNamespace(lessons=(lesson,)), port=int(sys.argv[1]), open_browser=False)
"""


@pytest.fixture(scope="module")
def gallery(start_server, tmp_path_factory):
    command = [sys.executable, "-c", SERVE, "{port}"]
    return start_server(command, "http://127.0.0.1:{port}/", folder=tmp_path_factory.mktemp("gallery"))


def test_index_leads_to_a_demo_whose_slider_moves_picture_and_words(
    page: Page, gallery, shoot: Callable[..., Path]
) -> None:
    page.goto(gallery.url)
    expect(page.get_by_role("heading", name="A wave")).to_be_visible()
    expect(page.get_by_text("How often does it turn in a second?")).to_be_visible()
    expect(page.get_by_text("2 minutes · from the lesson “Waves & <i>more</i>”")).to_be_visible()
    picture = page.get_by_alt_text("Line chart of a wave's height over one second")
    # The index does not wait for its pictures.
    expect(picture).to_have_attribute("src", re.compile("wave[.]png$"), timeout=60_000)
    picture.evaluate("img => img.decode()")
    assert picture.evaluate("img => img.naturalWidth") > 0
    shoot(page, "gallery-index")

    page.get_by_role("link", name="A wave").click()
    slider = page.get_by_role("slider", name="Turns")
    expect(slider).to_be_visible()
    expect(page.get_by_role("heading", name="A wave")).to_be_visible()
    image = page.get_by_role("img", name="Line chart of a wave's height over one second")
    expect(image).to_have_attribute("src", re.compile("^blob:"))
    before = image.get_attribute("src")
    slider.press("ArrowRight")
    expect(page.get_by_role("status")).to_have_text("A round wave turns 4 times in one second.")
    expect(image).not_to_have_attribute("src", before)
    shoot(page, "gallery-demo")

    page.get_by_role("link", name="All demos").click()
    expect(page.get_by_role("heading", name="Hurdles: the demos")).to_be_visible()


def test_a_wrong_address_gets_an_error_page_of_this_machine(page: Page, gallery) -> None:
    page.goto(f"{gallery.url}voila/render/nothing.ipynb")
    expect(page.locator("body")).to_contain_text("404")


def test_ctrl_c_ends_kernels_and_takes_the_folder_away(page: Page, start_server, tmp_path: Path) -> None:
    command = [sys.executable, "-c", SERVE, "{port}"]
    server = start_server(command, "http://127.0.0.1:{port}/", folder=tmp_path, environment={"TMPDIR": str(tmp_path)})
    page.goto(f"{server.url}voila/render/wave.ipynb")
    expect(page.get_by_role("slider", name="Turns")).to_be_visible()
    assert list(tmp_path.glob("hurdles-gallery-*"))
    children = psutil.Process(server.process.pid).children(recursive=True)
    assert children
    assert server.stop() == 0, server.log.read_text()
    assert not list(tmp_path.glob("hurdles-gallery-*"))
    assert not psutil.wait_procs(children, timeout=10)[1]
