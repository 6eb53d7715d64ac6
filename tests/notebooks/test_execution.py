"""Every lesson runs from top to bottom: in a clean process, without network, within its budget.

One after the other: whatever else runs on the processors would count against a lesson's time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.execution import LESSONS, MASTERS, RELEASES, execute, name

MOST_SECONDS, MOST_MB = 60, 1024


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_a_lesson_runs_within_its_budget(path: Path, tmp_path: Path, report_figure: Any) -> None:
    facts = execute(path, tmp_path)
    report_figure(f"{name(path)}: {facts['seconds']} s, peak {facts['peak_mb']} MB")
    assert facts["error"] is None
    assert facts["stderr"] == []
    assert facts["seconds"] <= MOST_SECONDS
    assert facts["peak_mb"] <= MOST_MB


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
