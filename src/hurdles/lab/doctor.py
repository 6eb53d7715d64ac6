"""Looking for what could keep a learner from working, and saying what to do about it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

__all__ = ["Finding", "examine"]

_PACKAGES = ("jupyterlab", "ipywidgets", "nbgrader", "voila", "scikit-learn", "pandas", "matplotlib")
_EXTENSIONS = {
    "@jupyter-widgets/jupyterlab-manager": ("widgets", "jupyterlab_widgets"),
    "anywidget": ("accessible pictures and buttons", "anywidget"),
    "@jupyter/nbgrader": ("nbgrader's Validate button", "nbgrader"),
}
_LEAST_MEMORY = 2**30
_LEAST_DISK = 500 * 2**20


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Parameters
    ----------
    subject : str
        What was looked at.
    seen : str
        What was found.
    advice : str
        What to do about it; empty when all is well.
    """

    subject: str
    seen: str
    advice: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing needs to be done."""
        return not self.advice


def examine(workspace: Path) -> Iterator[Finding]:
    """Look at versions, kernels, memory, disk, extensions and the workspace, one finding at a time."""
    yield _python()
    for name in _PACKAGES:
        yield _package(name)
    yield _kernel()
    yield from _extensions()
    yield _server_extension()
    yield _memory()
    yield _disk(workspace)
    yield _workspace(workspace)


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    advice = "" if sys.version_info >= (3, 11) else "Install Python 3.11 or newer and make the environment again."
    return Finding("Python", f"{version} at {sys.executable}", advice)


def _package(name: str) -> Finding:
    try:
        return Finding(name, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(name, "not installed", "Run 'make install' in the clone, or 'pip install .' again.")


def _kernel() -> Finding:
    """Start the kernel that notebooks name, and let it add two numbers."""
    from jupyter_client.manager import start_new_kernel

    advice = "Run 'make install' again: the kernel 'python3' must come from this environment."
    try:
        manager, client = start_new_kernel(kernel_name="python3", startup_timeout=60, stdout=DEVNULL, stderr=DEVNULL)
    except Exception as error:  # whatever keeps a kernel from starting is the finding
        return Finding("Kernel python3", f"does not start: {error}", advice)
    try:
        reply: dict[str, Any] = client.execute_interactive(
            "import sys, hurdles", timeout=60, output_hook=lambda _: None, store_history=False
        )
        worked = reply["content"]["status"] == "ok"
    except TimeoutError:
        worked = False
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return Finding(
        "Kernel python3",
        "starts and finds hurdles" if worked else "starts, but cannot import hurdles",
        "" if worked else advice,
    )


def _extensions() -> Iterator[Finding]:
    from jupyter_core.paths import jupyter_path

    folders = [Path(folder) for folder in jupyter_path("labextensions")]
    disabled = _disabled()
    for name, (purpose, package) in _EXTENSIONS.items():
        found = any((folder / name / "package.json").is_file() for folder in folders)
        subject = f"JupyterLab extension {name}"
        if not found:
            yield Finding(
                subject,
                f"missing: no {purpose}",
                f"Run 'pip install --force-reinstall {package}' in this environment.",
            )
        elif name in disabled:
            yield Finding(subject, f"disabled: no {purpose}", f"Run 'jupyter labextension enable {name}'.")
        else:
            yield Finding(subject, "live")


def _disabled() -> set[str]:
    from jupyter_core.paths import jupyter_config_path

    names: set[str] = set()
    for folder in reversed(jupyter_config_path()):
        entries = _read_json(Path(folder) / "labconfig" / "page_config.json").get("disabledExtensions", {})
        if isinstance(entries, list):
            entries = dict.fromkeys(entries, True)
        names = (names | {n for n, off in entries.items() if off}) - {n for n, off in entries.items() if not off}
    return names


def _read_json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _server_extension() -> Finding:
    from jupyter_core.paths import jupyter_config_path
    from jupyter_server.extension.config import ExtensionConfigManager

    enabled = ExtensionConfigManager(read_config_path=jupyter_config_path()).get_jpserver_extensions()
    names = sorted(name for name, on in enabled.items() if on and name.startswith("nbgrader"))
    if names:
        return Finding("nbgrader in the server", f"{len(names)} extensions enabled")
    return Finding(
        "nbgrader in the server",
        "not enabled",
        "Run 'jupyter server extension enable --sys-prefix --py nbgrader'.",
    )


def _memory() -> Finding:
    import psutil

    free = int(psutil.virtual_memory().available)
    advice = "" if free >= _LEAST_MEMORY else "Close other programs or notebooks: a lesson needs up to 1 GiB."
    return Finding("Free memory", _size(free), advice)


def _disk(workspace: Path) -> Finding:
    place = next(folder for folder in (workspace.absolute(), *workspace.absolute().parents) if folder.exists())
    free = shutil.disk_usage(place).free
    return Finding(
        "Free disk", _size(free), "" if free >= _LEAST_DISK else f"Make room on the disk that holds {place}."
    )


def _size(number: int) -> str:
    return f"{number / 2**30:.1f} GiB"


def _workspace(workspace: Path) -> Finding:
    if not workspace.exists():
        return Finding("Workspace", f"{workspace} will be made by 'hurdles lab'")
    writable: Callable[[Path], bool] = lambda folder: os.access(folder, os.W_OK)  # noqa: E731
    advice = "" if writable(workspace) else "Choose a folder of your own with --workspace DIR."
    return Finding("Workspace", str(workspace) if not advice else f"{workspace} cannot be written", advice)
