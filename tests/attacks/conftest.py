"""A course with honest submissions, beside which a malicious or broken one is graded."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.cohort import RIGHT, Cohort, make_course
from support.warm import own_runtime


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A runtime directory of the tests' own, so that the warm process is theirs and ends with them."""
    with own_runtime(tmp_path_factory.mktemp("runtime")) as folder:
        yield folder


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory, runtime: Path) -> Path:
    """A course whose assignment is known to the gradebook, without any submission."""
    return make_course(tmp_path_factory.mktemp("pattern") / "course")


@pytest.fixture(scope="module")
def pattern_apart(tmp_path_factory: pytest.TempPathFactory, runtime: Path) -> Path:
    """The same, with tests that are run apart from the learner's code."""
    return make_course(tmp_path_factory.mktemp("pattern") / "course", isolated=True)


@pytest.fixture
def apart(pattern_apart: Path, tmp_path: Path) -> Cohort:
    """A copy of that course, with an honest submission."""
    shutil.copytree(pattern_apart, tmp_path / "course")
    made = Cohort(tmp_path / "course")
    made.submit("ada", RIGHT | {"third": "def third():\n    return 1"})
    return made


@pytest.fixture
def cohort(pattern: Path, tmp_path: Path) -> Cohort:
    """A copy of that course, with two honest submissions."""
    shutil.copytree(pattern, tmp_path / "course")
    made = Cohort(tmp_path / "course")
    made.submit("ada", RIGHT | {"third": "def third():\n    return 1"})
    made.submit("bob", RIGHT | {"double": "def double(x):\n    return x"})
    return made
