"""A new lesson stands on its feet: it passes the lint, runs, and its answers bank holds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from notebooks.bank import load_bank, read_master, run, tasks
from notebooks.pages import make_clone

from hurdles.errors import HurdlesError
from hurdles.notebooks.build import check
from hurdles.notebooks.skeleton import new_lesson

KEY = "02-people/1-skills-gap"
WRITTEN = {
    f"lessons/{KEY}.ipynb",
    f"solutions/{KEY}.ipynb",
    f"tests/notebooks/answers/{KEY}.py",
    "src/hurdles/people/__init__.py",
    "src/hurdles/people/skills_gap.py",
}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """Return a clone with the package's source and one new lesson; tests must not change it."""
    root = make_clone(tmp_path_factory.mktemp("skeleton") / "clone", repository)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(repository / "src", root / "src", dirs_exist_ok=True, ignore=ignored)
    shutil.copy(repository / "pyproject.toml", root)
    names = {path.as_posix() for path in new_lesson(root, "02-people", "skills-gap")}
    assert names == WRITTEN | {f"exercises/{KEY}.ipynb", "lessons/index.ipynb", "README.md"}
    return root


@pytest.fixture
def empty(tmp_path: Path, repository: Path) -> Path:
    return make_clone(tmp_path / "clone", repository)


def run_in(root: Path, *command: str) -> None:
    """Run a program on the clone's own package."""
    environment = os.environ | {"PYTHONPATH": str(root / "src")}
    done = subprocess.run([sys.executable, *command], cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_passes_the_lint_and_the_check(clone: Path) -> None:
    verdict = check(clone)
    assert [str(finding) for finding in verdict.findings] == []
    assert verdict.ok


def test_the_projects_linter_and_type_checker_are_content(clone: Path, repository: Path) -> None:
    # What the type checker knows of the package from its last run here, if any, saves it from reading all of it again.
    if (known := repository / ".mypy_cache").is_dir():
        shutil.copytree(known, clone / ".mypy_cache", dirs_exist_ok=True)
    written = sorted(name for name in WRITTEN if (clone / name).suffix in {".py", ".ipynb"})
    run_in(clone, "-m", "ruff", "check", *written)
    run_in(clone, "-m", "ruff", "format", "--check", *written)
    run_in(clone, "-m", "mypy", "src/hurdles/people")


@pytest.mark.parametrize("folder", ["lessons", "solutions"])
def test_it_runs_from_top_to_bottom(clone: Path, folder: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", str(clone / "src"))
    notebook = nbformat.read(clone / folder / f"{KEY}.ipynb", as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert shown
    assert not [output for output in shown if output.output_type == "error" or output.get("name") == "stderr"]


def test_its_demo_draws_and_describes_every_corner(clone: Path) -> None:
    program = """
from hurdles.people.skills_gap import skills_gap_demo as demo
readings = [demo.read(**setting) for setting in demo.grid()]
assert len(readings) >= 5, len(readings)
assert all(reading.png.startswith(b"\\x89PNG") and reading.text.endswith(".") for reading in readings)
assert len({reading.text for reading in readings}) == len(readings)
"""
    run_in(clone, "-c", program)


def test_its_answers_bank_holds(clone: Path) -> None:
    master = read_master(clone / "solutions" / f"{KEY}.ipynb")
    bank = load_bank(clone / "tests" / "notebooks" / "answers" / f"{KEY}.py")
    for task in tasks(master):
        assert len(bank.of("right", task)) >= 2
        assert len(bank.of("trap", task)) >= 3
    for variant in bank.variants:
        result = run(master, [variant])[variant.task]
        assert result.status == ("pass" if variant.kind == "right" else "fail"), (variant.name, result.message)
        assert variant.kind == "right" or variant.message in result.message, (variant.name, result.message)


def test_numbers_follow_on(empty: Path) -> None:
    (empty / "lessons" / "01-data").mkdir()
    (empty / "lessons" / "01-data" / "4-old.ipynb").write_text(
        '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    )
    assert Path("lessons/01-data/5-outliers.ipynb") in new_lesson(empty, "01-data", "outliers")
    assert Path("lessons/01-data/2-joins.ipynb") in new_lesson(empty, "01-data", "2-joins")


def test_nothing_is_ever_overwritten(empty: Path) -> None:
    module = empty / "src" / "hurdles" / "people" / "skills.py"
    module.parent.mkdir(parents=True)
    module.write_text("mine = True\n")
    with pytest.raises(HurdlesError, match=r"already: src/hurdles/people/skills\.py"):
        new_lesson(empty, "02-people", "skills")
    assert module.read_text() == "mine = True\n"
    assert not list(empty.glob("lessons/02-people/*"))
    assert not list(empty.glob("tests/**/*.py"))


def test_an_existing_room_is_kept(empty: Path) -> None:
    package = empty / "src" / "hurdles" / "people" / "__init__.py"
    package.parent.mkdir(parents=True)
    package.write_text('"""Mine."""\n')
    assert Path("src/hurdles/people/__init__.py") not in new_lesson(empty, "02-people", "skills")
    assert package.read_text() == '"""Mine."""\n'


@pytest.mark.parametrize(
    ("area", "name", "reason"),
    [
        ("03-none", "skills", r"no area '03-none'.*01-data, 02-people"),
        ("02-people", "Big Skills", "'Big Skills' will not do as a name"),
        ("02-people", "../skills", "will not do as a name"),
        ("02-people", "", "will not do as a name"),
    ],
)
def test_a_wrong_area_or_name_is_refused(empty: Path, area: str, name: str, reason: str) -> None:
    before = sorted(empty.rglob("*"))
    with pytest.raises(HurdlesError, match=reason):
        new_lesson(empty, area, name)
    assert sorted(empty.rglob("*")) == before
