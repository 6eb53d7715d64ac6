"""Every solution and every release runs from top to bottom: in a clean process, without network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.execution import MASTERS, RELEASES, execute, name

pytestmark = pytest.mark.scattered


@pytest.mark.parametrize("path", MASTERS, ids=name)
def test_a_solution_runs_and_passes_its_own_tests(path: Path, tmp_path: Path, report_figure: Any) -> None:
    facts = execute(path, tmp_path)
    report_figure(f"{name(path)}: {facts['seconds']} s, peak {facts['peak_mb']} MB")
    assert facts["error"] is None
    assert facts["stderr"] == []


@pytest.mark.parametrize("path", RELEASES, ids=name)
def test_a_release_runs_with_nothing_but_its_stubs_failing(path: Path, tmp_path: Path) -> None:
    assert execute(path, tmp_path, "NotImplementedError", "NotAttempted")["error"] is None
