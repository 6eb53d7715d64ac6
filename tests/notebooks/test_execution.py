"""Every notebook runs from top to bottom: in a clean process, without network, within its budget."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUPPORT = ROOT / "tests" / "support"
MOST_SECONDS, MOST_MB = 60, 1024
LESSONS = sorted((ROOT / "lessons").glob("*/*.ipynb"))
MASTERS = sorted((ROOT / "solutions").glob("*/*.ipynb"))
RELEASES = sorted((ROOT / "exercises").glob("*/*.ipynb"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def execute(path: Path, folder: Path, *tolerated: str) -> dict[str, Any]:
    """Run a notebook as a process of its own, without network and with nobody's configuration."""
    environment = os.environ | {
        "PYTHONPATH": str(SUPPORT / "offline"),
        "HOME": str(folder),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_NO_CONFIG": "1",
        # For libraries in C, which the audit hook does not see.
        **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9"),
    }
    command = [sys.executable, str(SUPPORT / "run_notebook.py"), str(path), str(folder), *tolerated]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_a_lesson_runs_within_its_budget(path: Path, tmp_path: Path, report_figure: Any) -> None:
    facts = execute(path, tmp_path)
    report_figure(f"{name(path)}: {facts['seconds']} s, peak {facts['peak_mb']} MB")
    assert facts["error"] is None
    assert facts["stderr"] == []
    assert facts["seconds"] <= MOST_SECONDS
    assert facts["peak_mb"] <= MOST_MB


@pytest.mark.parametrize("path", MASTERS, ids=name)
def test_a_solution_runs_and_passes_its_own_tests(path: Path, tmp_path: Path, report_figure: Any) -> None:
    facts = execute(path, tmp_path)
    report_figure(f"{name(path)}: {facts['seconds']} s, peak {facts['peak_mb']} MB")
    assert facts["error"] is None
    assert facts["stderr"] == []


@pytest.mark.parametrize("path", RELEASES, ids=name)
def test_a_release_runs_with_nothing_but_its_stubs_failing(path: Path, tmp_path: Path) -> None:
    assert execute(path, tmp_path, "NotImplementedError", "NotAttempted")["error"] is None


def test_a_notebook_that_uses_the_network_is_caught(tmp_path: Path) -> None:
    from nbformat import v4, write

    for source in (
        "import socket; socket.create_connection(('192.0.2.1', 80), 1)",
        "import socket; socket.gethostbyname('example.org')",
    ):
        path = tmp_path / "net.ipynb"
        write(v4.new_notebook(cells=[v4.new_code_cell(source)]), path)
        error = execute(path, tmp_path)["error"]
        assert error is not None
        assert "a notebook tried to" in error


def test_there_is_something_to_run() -> None:
    assert LESSONS
    assert [name(path).split("/", 1)[1] for path in LESSONS] == [name(path).split("/", 1)[1] for path in MASTERS]
    assert [name(path).split("/", 1)[1] for path in RELEASES] == [name(path).split("/", 1)[1] for path in MASTERS]
