"""The gallery's pages, made from demo objects."""

from __future__ import annotations

import ast
import html
import json
import re
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from support.wave import WAVE

from hurdles import gallery
from hurdles.errors import HurdlesError


def catalog(*demos: str | None) -> Any:
    lessons = [SimpleNamespace(key=f"01-toy/{i}-x", title="Waves & <i>", demo=d) for i, d in enumerate(demos)]
    return SimpleNamespace(lessons=tuple(lessons))


def test_build_writes_an_index_and_a_page_for_each_demo(tmp_path: Path) -> None:
    pages = gallery.build(catalog("support.wave:WAVE", None), tmp_path / "new")
    assert [(page.name, page.minutes, page.lesson) for page in pages] == [("wave", 2, "Waves & <i>")]
    assert sorted(file.name for file in (tmp_path / "new").iterdir()) == ["index.html", "pictures.json", "wave.ipynb"]
    nbformat.validate(nbformat.read(tmp_path / "new/wave.ipynb", as_version=4))
    index = (tmp_path / "new/index.html").read_text()
    assert 'href="voila/render/wave.ipynb"' in index
    assert f'alt="{html.escape(WAVE.alt)}"' in index
    assert "Waves &amp; &lt;i&gt;" in index
    assert "How often does it turn in a second?" in index
    assert "2 minutes" in index


def test_pictures_are_drawn_one_by_one_and_one_that_fails_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = gallery.build(catalog("support.wave:BROKEN", "support.wave:WAVE"), tmp_path)
    state = tmp_path / "pictures.json"
    assert json.loads(state.read_text()) == {"drawn": [], "done": False}
    gallery.draw(pages, tmp_path)
    assert json.loads(state.read_text()) == {"drawn": ["wave"], "done": True}
    assert (tmp_path / "wave.png").read_bytes() == WAVE.picture()
    assert not (tmp_path / "broken.png").exists()
    said = capsys.readouterr().err
    assert "'support.wave:BROKEN' could not be drawn" in said
    assert "Traceback" not in said


def test_nothing_in_the_package_points_to_another_host() -> None:
    folder = Path(gallery.__file__).parent
    files = [*folder.rglob("*.html"), *folder.rglob("*.j2")]
    assert len(files) >= 3
    for file in files:
        assert not re.search(r"(?:https?:)?//[a-z0-9]", file.read_text()), file.name


def test_a_demo_notebook_is_valid_runs_and_links_back() -> None:
    notebook = gallery.demo_notebook("support.wave:WAVE", "A <wave>", minutes=2)
    nbformat.validate(notebook)
    assert notebook.metadata["voila"]["template"] == "hurdles"
    assert "# A &lt;wave&gt;" in notebook.cells[0].source
    assert 'href="../../"' in notebook.cells[0].source
    assert "All demos" not in gallery.demo_notebook("a:b", "A", back="").cells[0].source
    names: dict[str, Any] = {}
    tree = ast.parse(notebook.cells[1].source)
    exec(compile(ast.Module(tree.body[:1], []), "cell", "exec"), names)
    assert names["WAVE"] is WAVE


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("support.wave", "does not name a demo"),
        ("support.wave:WAVE; import os", "does not name a demo"),
        ("support.nothing:WAVE", "could not be loaded"),
        ("support.wave:NOTHING", "could not be loaded"),
        ("support.wave:draw", "is a function, not a demo"),
    ],
)
def test_a_reference_that_leads_nowhere_is_named(reference: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(HurdlesError, match=said):
        gallery.build(catalog(reference), tmp_path)


def test_no_demos_or_two_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(HurdlesError, match="nothing to show"):
        gallery.build(catalog(None), tmp_path)
    with pytest.raises(HurdlesError, match="Two demos are named 'wave'"):
        gallery.build(catalog("support.wave:WAVE", "support.wave:WAVE"), tmp_path)


def test_a_port_in_use_is_said_before_anything_is_built() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(HurdlesError, match=f"Port {port} cannot be used"):
            gallery.serve(catalog("support.wave:WAVE"), port=port, open_browser=False)
