"""nbgrader's own commands, run from a copy of the clone as its documentation says."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

AREA, LESSON = "01-data", "1-quality"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of what nbgrader needs from the clone: its configuration and the masters."""
    root = Path(__file__).resolve().parent.parent
    copy = tmp_path_factory.mktemp("clone")
    shutil.copy(root / "nbgrader_config.py", copy)
    shutil.copytree(root / "solutions", copy / "solutions")
    return copy


def nbgrader(clone: Path, *arguments: str) -> str:
    # Without the environment on the PATH, as 'venv/bin/nbgrader' is often called.
    environment = os.environ | {"PATH": os.defpath, "JUPYTER_CONFIG_DIR": str(clone / ".jupyter")}
    command = [str(Path(sys.executable).parent / "nbgrader"), *arguments]
    done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_the_whole_cycle_from_release_to_export(clone: Path, repository: Path) -> None:
    nbgrader(clone, "generate_assignment", AREA)
    release = clone / "exercises" / AREA / f"{LESSON}.ipynb"
    assert release.read_bytes() == (repository / "exercises" / AREA / f"{LESSON}.ipynb").read_bytes()

    for student, source in (("ada", clone / "solutions" / AREA / f"{LESSON}.ipynb"), ("bob", release)):
        place = clone / "submitted" / student / AREA
        place.mkdir(parents=True)
        shutil.copy(source, place / f"{LESSON}.ipynb")
    nbgrader(clone, "autograde", AREA)
    nbgrader(clone, "generate_feedback", AREA)
    nbgrader(clone, "export")

    with (clone / "grades.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    master = nbformat.read(clone / "solutions" / AREA / f"{LESSON}.ipynb", as_version=4)
    by_machine = sum(
        cell.metadata["nbgrader"]["points"]
        for cell in master.cells
        if cell.metadata.get("nbgrader", {}).get("grade") and not cell.metadata["nbgrader"]["solution"]
    )
    assert float(rows["ada"]["score"]) == by_machine > 0
    assert float(rows["bob"]["score"]) == 0
    assert float(rows["ada"]["max_score"]) > by_machine  # the answer that is graded by hand
    assert (clone / "feedback" / "ada" / AREA / f"{LESSON}.html").stat().st_size > 0


def test_validate_finds_what_is_not_written_yet(clone: Path) -> None:
    nbgrader(clone, "generate_assignment", AREA)
    command = [str(Path(sys.executable).parent / "nbgrader"), "validate", f"exercises/{AREA}/{LESSON}.ipynb"]
    done = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=True, timeout=300)
    assert "VALIDATION FAILED" in done.stdout
