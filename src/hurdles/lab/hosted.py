"""On a machine that somebody else starts, such as Binder's: make ready, then become the server's command.

``python -m hurdles.lab.hosted`` makes the workspace and the demos' pages, once, when the image is built.
``python -m hurdles.lab.hosted COMMAND...`` does what of that is missing and becomes the command, at every launch.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import nbformat

from hurdles import catalog, gallery, grader, kernels, paths
from hurdles.files import write_atomically
from hurdles.lab.launch import environment
from hurdles.progress import prepare

__all__ = ["hosted_environment", "main", "make_ready"]

WORKSPACE = Path("hurdles-workspace")
DEMOS = "demos"


def make_ready(workspace: Path) -> None:
    """Make the workspace and, in its folder ``demos/``, a page for each demo; what is there already is kept.

    Parameters
    ----------
    workspace : pathlib.Path
        The folder. A demo's page is opened at ``/voila/render/WORKSPACE/demos/NAME.ipynb``.
    """
    content = paths.content_root()
    prepare(workspace, content)
    for lesson in catalog.load(content).lessons:
        if lesson.demo is None:
            continue
        page = workspace / DEMOS / f"{lesson.demo.rpartition(':')[2]}.ipynb"
        if not page.exists():
            demo = gallery.load_demo(lesson.demo)
            notebook = gallery.demo_notebook(lesson.demo, demo.title, minutes=demo.minutes, back="")
            write_atomically(page, nbformat.writes(notebook).encode())


def hosted_environment(workspace: Path, base: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a Jupyter server: as for `hurdles lab`, and Voila finds our template.

    Parameters
    ----------
    workspace : pathlib.Path
        The workspace.
    base : mapping of str to str
        The environment to start from.

    Returns
    -------
    dict of str to str
    """
    ours = environment(workspace, base)
    places = [str(gallery.template_root()), *([base["JUPYTER_PATH"]] if base.get("JUPYTER_PATH") else [])]
    return {**ours, "JUPYTER_PATH": os.pathsep.join(places)}


def main() -> None:
    """Make ready; with a command, become it."""
    make_ready(WORKSPACE)
    command = sys.argv[1:]
    if command:
        environ = hosted_environment(WORKSPACE, os.environ)
        kernels.begin(environ)
        grader.begin(environ)
        os.execvpe(command[0], command, environ)  # noqa: S606 - what Binder asks for


if __name__ == "__main__":
    main()
