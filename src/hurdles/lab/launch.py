"""The command and the environment that open JupyterLab on a workspace."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from hurdles import grader, kernels, ledger

__all__ = ["command", "environment", "open_lab"]

SETTINGS = Path(__file__).parent / "jupyter"


def command(workspace: Path, arguments: Sequence[str], *, root: bool) -> list[str]:
    """Return the command line that opens JupyterLab at the workspace's start page.

    Parameters
    ----------
    workspace : pathlib.Path
        The workspace.
    arguments : sequence of str
        Passed on to JupyterLab; they win over ours.
    root : bool
        Whether the user is root, to whom Jupyter opens only when told so.

    Returns
    -------
    list of str
    """
    return [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={workspace.resolve()}",
        "--LabApp.default_url=/lab/tree/index.ipynb",
        # The other manager asks the package index for extensions.
        "--LabApp.extension_manager=readonly",
        *(["--allow-root"] if root else []),
        *arguments,
    ]


def environment(workspace: Path, base: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for JupyterLab: where the workspace is, warm kernels, and no need of the network.

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
    paths = [str(SETTINGS), *([base["JUPYTER_CONFIG_PATH"]] if base.get("JUPYTER_CONFIG_PATH") else [])]
    # The environment's own programs first: a terminal in JupyterLab then finds 'hurdles'.
    path = os.pathsep.join([str(Path(sys.executable).parent), base.get("PATH", os.defpath)])
    return {
        **kernels.switched_on(base),
        "PATH": path,
        "JUPYTER_CONFIG_PATH": os.pathsep.join(paths),
        ledger.WORKSPACE_VARIABLE: str(workspace.resolve()),
    }


def open_lab(workspace: Path, arguments: Sequence[str]) -> NoReturn:
    """Become JupyterLab; does not return."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    line = command(workspace, arguments, root=root)
    # nbgrader's Formgrader looks for a course around the working directory; the workspace is not one.
    environ = environment(workspace, os.environ)
    os.chdir(workspace)
    kernels.begin(environ)
    grader.begin(environ)
    os.execve(line[0], line, environ)  # noqa: S606 - our own interpreter, no shell
