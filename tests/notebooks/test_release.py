"""What learners get is what nbgrader releases, byte for byte."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from notebooks.pages import KEY, good, make_clone

from hurdles.errors import HurdlesError
from hurdles.notebooks.build import build
from hurdles.notebooks.normalise import normalise, parse, to_bytes
from hurdles.notebooks.release import CONFIG, release

OTHER = "01-data/4-other"


def nbgrader(course: Path, *arguments: str) -> str:
    """Run one of nbgrader's commands in a course, in an environment that nobody activated."""
    environment = {name: value for name, value in os.environ.items() if name != "PATH"} | {"PATH": os.defpath}
    run = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments], cwd=course, env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return run.stdout + run.stderr


def masters() -> dict[str, bytes]:
    master = to_bytes(good()["master"])
    return {f"{KEY}.ipynb": master, f"{OTHER}.ipynb": master}


@pytest.fixture(scope="module")
def released(repository: Path) -> Mapping[str, bytes]:
    return release(repository / CONFIG, masters())


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """Return a clone with one exercise, built, then released, graded and exported by an instructor."""
    root = make_clone(tmp_path_factory.mktemp("taught") / "clone", repository)
    for folder, kind in (("lessons", "lesson"), ("solutions", "master")):
        path = root / folder / f"{KEY}.ipynb"
        path.parent.mkdir()
        path.write_bytes(to_bytes(good()[kind]))  # type: ignore[index]
    build(root)
    return root


def cells(content: bytes) -> dict[str, Any]:
    return {cell.id: cell for cell in parse(content, "release").cells}


def test_all_areas_are_released_at_once(released: Mapping[str, bytes]) -> None:
    assert sorted(released) == sorted(masters())


def test_a_release_is_normal(released: Mapping[str, bytes]) -> None:
    for content in released.values():
        assert to_bytes(normalise(parse(content, "release"))) == content
        nbformat.validate(parse(content, "release"))


def test_solutions_and_hidden_tests_stay_behind(released: Mapping[str, bytes]) -> None:
    found = cells(released[f"{KEY}.ipynb"])
    assert found["count_missing"].source.startswith("def count_missing(values):\n")
    assert "raise NotImplementedError(" in found["count_missing"].source
    assert "is None for" not in found["count_missing"].source
    assert found["count_missing-hidden"].source == "# Tests on other data: they run when you check your work."
    assert "Ask a question" in found["explain"].source
    assert "Write the answer" not in found["explain"].source
    assert not any("BEGIN" in cell.source for cell in found.values())


def test_test_cells_are_locked(released: Mapping[str, bytes]) -> None:
    cell = cells(released[f"{KEY}.ipynb"])["count_missing-visible"]
    assert (cell.metadata.editable, cell.metadata.deletable) == (False, False)


def test_an_instructors_release_is_the_same_byte_for_byte(taught: Path) -> None:
    exercise = taught / "exercises" / f"{KEY}.ipynb"
    ours = exercise.read_bytes()
    exercise.write_text("changed by hand")
    nbgrader(taught, "generate_assignment", "02-people")
    assert exercise.read_bytes() == ours


def test_an_untidy_master_is_released_the_same(repository: Path, released: Mapping[str, bytes]) -> None:
    untidy = good()["master"]
    for cell in untidy.cells:
        cell.source += "\n\n"
        cell.metadata["collapsed"] = True
    content = (nbformat.writes(untidy) + "\n").encode()
    assert release(repository / CONFIG, {f"{KEY}.ipynb": content}) == {f"{KEY}.ipynb": released[f"{KEY}.ipynb"]}


def test_the_whole_cycle_runs_from_a_clone(taught: Path) -> None:
    nbgrader(taught, "generate_assignment", "02-people")
    handed_in = taught / "submitted" / "ada" / f"{KEY}.ipynb"
    handed_in.parent.mkdir(parents=True)
    work = parse((taught / "exercises" / f"{KEY}.ipynb").read_bytes(), "exercise")
    for cell in work.cells:
        if cell.id == "count_missing":
            cell.source = "def count_missing(values):\n    return values.count(None)"
        if cell.id == "count_missing-visible":
            cell.source = "pass  # a learner's edit of a test does not count"
    handed_in.write_bytes(to_bytes(work))
    nbgrader(taught, "autograde", "02-people")
    nbgrader(taught, "generate_feedback", "02-people")
    nbgrader(taught, "export")
    header, row = ((taught / "grades.csv").read_text().splitlines()[i].split(",") for i in (0, 1))
    grade = dict(zip(header, row, strict=True))
    assert (grade["student_id"], grade["score"], grade["max_score"]) == ("ada", "2.0", "10.0")
    feedback = (taught / "feedback" / "ada" / f"{KEY}.html").read_text()
    assert "share_above" in feedback


def test_settings_name_no_machine(repository: Path) -> None:
    text = (repository / CONFIG).read_text()
    assert str(repository) not in text
    assert "Path(__file__)" in text


def test_nothing_to_release(repository: Path) -> None:
    assert release(repository / CONFIG, {}) == {}


def test_without_settings_nothing_is_released(tmp_path: Path) -> None:
    with pytest.raises(HurdlesError, match=r"There is no .*nbgrader_config\.py"):
        release(tmp_path / CONFIG, masters())


def test_a_master_that_nbgrader_refuses_is_named(repository: Path) -> None:
    bad = good()["master"]
    for cell in bad.cells:
        cell.source = cell.source.replace("### END SOLUTION", "")
    sources = {"01-data/1-fine.ipynb": to_bytes(good()["master"]), f"{KEY}.ipynb": to_bytes(bad)}
    with pytest.raises(HurdlesError, match=rf"solutions/{KEY}\.ipynb: RuntimeError: no end solution"):
        release(repository / CONFIG, sources)
