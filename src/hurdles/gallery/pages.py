"""Making the gallery's pages from demo objects."""

from __future__ import annotations

import html
import importlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import nbformat

from hurdles.catalog import Catalog
from hurdles.errors import HurdlesError
from hurdles.files import write_atomically
from hurdles.ui import Demo

__all__ = ["PICTURES", "Page", "build", "demo_notebook", "draw", "load_demo", "template_root"]

# Says which pictures are drawn, and whether more are to come; the index looks here.
PICTURES = "pictures.json"

_HERE = Path(__file__).parent
_KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


@dataclass(frozen=True)
class Page:
    """One demo's entry in the gallery.

    Parameters
    ----------
    name : str
        File name without suffix, of its notebook and its picture.
    title, question, alt : str
        What it is called and asks, and what its picture shows.
    minutes : int
        How long to play with it.
    lesson : str
        Title of the lesson it belongs to.
    reference : str
        ``module:attribute`` of the demo.
    """

    name: str
    title: str
    question: str
    minutes: int
    alt: str
    lesson: str
    reference: str


def template_root() -> Path:
    """Return the folder to put on ``JUPYTER_PATH`` so that Voila finds the template ``hurdles``.

    The template is Voila's own without the parts that it loads from other hosts.
    """
    return _HERE / "jupyter"


def load_demo(reference: str) -> Demo[Any]:
    """Import a demo.

    Parameters
    ----------
    reference : str
        ``module:attribute``, as a lesson's metadata names it.

    Raises
    ------
    hurdles.errors.HurdlesError
        If there is no such module or attribute, or it is not a demo.
    """
    module, _, attribute = reference.partition(":")
    if not all(part.isidentifier() for part in [*module.split("."), attribute]):
        raise HurdlesError(f"{reference!r} does not name a demo. Write 'module:attribute'.")
    try:
        demo = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise HurdlesError(f"The demo {reference!r} could not be loaded: {error}.") from error
    if not isinstance(demo, Demo):
        raise HurdlesError(f"{reference!r} is a {type(demo).__name__}, not a demo (hurdles.ui.Demo).")
    return demo


def demo_notebook(reference: str, title: str, *, minutes: int = 0, back: str = "../../") -> nbformat.NotebookNode:
    """Return a notebook that shows one demo: a page for Voila.

    Parameters
    ----------
    reference : str
        ``module:attribute`` of the demo; it is not imported here.
    title : str
        Heading of the page.
    minutes : int, optional
        How long to play with it; 0 leaves it out.
    back : str, optional
        Address of the link back, relative to the page; empty for none.

    Returns
    -------
    nbformat.NotebookNode
        Its metadata asks Voila for the template ``hurdles``, see `template_root`.
    """
    module, _, attribute = reference.partition(":")
    lines = [f'<p><a href="{html.escape(back)}">← All demos</a></p>', ""] if back else []
    lines += [f"# {html.escape(title)}"]
    if minutes:
        lines += ["", f"{minutes} minutes. Move the controls and read what changes."]
    source = f"from {module} import {attribute}\n\n{attribute}.widget()"
    cells = [
        nbformat.v4.new_markdown_cell("\n".join(lines), id="header"),
        nbformat.v4.new_code_cell(source, id="widget"),
    ]
    metadata = {
        "kernelspec": _KERNELSPEC,
        "language_info": {"name": "python"},
        "title": title,
        "voila": {"template": "hurdles"},
    }
    notebook: nbformat.NotebookNode = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    return notebook


def build(catalog: Catalog, folder: Path) -> list[Page]:
    """Write the gallery's pages, all but the pictures: see `draw`.

    Parameters
    ----------
    catalog : hurdles.catalog.Catalog
        Its lessons name the demos.
    folder : pathlib.Path
        Where to: ``index.html``, and a notebook for each demo.

    Returns
    -------
    list of Page
        In the order of the lessons.

    Raises
    ------
    hurdles.errors.HurdlesError
        If no lesson names a demo, or one cannot be loaded.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages: dict[str, Page] = {}
    for lesson in catalog.lessons:
        if lesson.demo:
            page = _write_demo(lesson.demo, lesson.title, folder)
            if page.name in pages:
                raise HurdlesError(f"Two demos are named {page.name!r}. Rename the one of lesson {lesson.key!r}.")
            pages[page.name] = page
    if not pages:
        raise HurdlesError("No lesson names a demo, so there is nothing to show.")
    _tell(folder, [], done=False)
    write_atomically(folder / "index.html", _index(list(pages.values())).encode())
    return list(pages.values())


def draw(pages: Sequence[Page], folder: Path) -> None:
    """Draw each demo's picture, as it is before anybody moves a control. A demo may take seconds to compute it.

    Parameters
    ----------
    pages : sequence of Page
        What `build` returned. A page whose demo cannot be drawn is named on the standard error stream.
    folder : pathlib.Path
        The folder of `build`; the pictures go there, and the list of those that are drawn.
    """
    drawn: list[str] = []
    for page in pages:
        try:
            write_atomically(folder / f"{page.name}.png", load_demo(page.reference).picture())
        except Exception as error:  # a demo's own code may fail in any way; the others still have their pictures
            print(f"The demo {page.reference!r} could not be drawn: {type(error).__name__}: {error}.", file=sys.stderr)
        else:
            drawn.append(page.name)
            _tell(folder, drawn, done=False)
    _tell(folder, drawn, done=True)


def _tell(folder: Path, drawn: Sequence[str], *, done: bool) -> None:
    write_atomically(folder / PICTURES, json.dumps({"drawn": drawn, "done": done}).encode())


def _write_demo(reference: str, lesson: str, folder: Path) -> Page:
    demo = load_demo(reference)
    notebook = demo_notebook(reference, demo.title, minutes=demo.minutes)
    write_atomically(folder / f"{demo.name}.ipynb", nbformat.writes(notebook).encode())
    return Page(demo.name, demo.title, demo.question, demo.minutes, demo.alt, lesson, reference)


def _index(pages: Sequence[Page]) -> str:
    frame = Template((_HERE / "index.html").read_text(encoding="utf-8"))
    return frame.substitute(demos="\n".join(_entry(page) for page in pages))


def _entry(page: Page) -> str:
    e = {name: html.escape(str(value)) for name, value in vars(page).items()}
    minutes = "1 minute" if page.minutes == 1 else f"{page.minutes} minutes"
    return f"""<li>
<a href="voila/render/{e["name"]}.ipynb">
<img data-picture="{e["name"]}" alt="{e["alt"]}">
<h2>{e["title"]}</h2>
</a>
<p>{e["question"]}</p>
<p class="facts">{minutes} · from the lesson “{e["lesson"]}”</p>
</li>"""
