"""The answers banks through the real pipeline, tests apart from answers: all right ones, and a sample of traps.

Everything is handed in as submissions to one course, so that it is graded in parallel.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from notebooks.bank import Bank, Variant, assemble, load_banks, read_master

from hurdles.grading.cohort import Options, grade_course
from hurdles.grading.cohort.report import SubmissionReport, TaskReport

pytestmark = pytest.mark.usefixtures("warm")
ROOT = Path(__file__).resolve().parents[2]
BANKS = load_banks()
AREAS = sorted({bank.key.partition("/")[0] for bank in BANKS})


def rounds(bank: Bank) -> list[list[Variant]]:
    """Return all right answers, in notebooks that hold one a task."""
    by_task: dict[str, list[Variant]] = {}
    for variant in bank.of("right"):
        by_task.setdefault(variant.task, []).append(variant)
    count = max(map(len, by_task.values()))
    return [[variants[number % len(variants)] for variants in by_task.values()] for number in range(count)]


ROUNDS = {bank.key: rounds(bank) for bank in BANKS}
TRAPS = {bank.key: list({variant.task: variant for variant in bank.of("trap")}.values()) for bank in BANKS}
RIGHT = [pytest.param(key, number, id=f"{key}:{number + 1}") for key in ROUNDS for number in range(len(ROUNDS[key]))]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], SubmissionReport]:
    """Return what became of each submission, by student and area."""
    course = tmp_path_factory.mktemp("banks") / "course"
    shutil.copytree(ROOT / "solutions", course / "solutions")
    shutil.copy(ROOT / "nbgrader_config.py", course)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    for area in AREAS:
        subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "nbgrader", "generate_assignment", area, "--force"], cwd=course,
            check=True, capture_output=True, env={**os.environ, "PATH": path},
        )  # fmt: skip
    for bank in BANKS:
        # What learners hand in is the release, without hidden tests.
        release = read_master(ROOT / "exercises" / f"{bank.key}.ipynb")
        # Where a bank has fewer rounds than another of its area, the last hand in without this notebook.
        answers = {f"right-{number}": variants for number, variants in enumerate(ROUNDS[bank.key])}
        for student, variants in {**answers, "trapped": TRAPS[bank.key], "untouched": []}.items():
            target = course / "submitted" / student / f"{bank.key}.ipynb"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(json.dumps(assemble(release, variants)), encoding="utf-8")
    report = grade_course(course, Options())
    assert report.failed == []
    return {(one.student, one.assignment): one for one in report.submissions}


def tasks(graded: dict[tuple[str, str], SubmissionReport], student: str, key: str) -> list[TaskReport]:
    """Return what became of the tests that give points in one notebook."""
    area, _, slug = key.partition("/")
    found = [one for one in graded[student, area].tasks if one.notebook == slug]
    return [one for one in found if one.task.endswith("_hidden")]


def test_every_right_answer_is_among_the_rounds() -> None:
    asked = {(key, variant.name) for key, found in ROUNDS.items() for variants in found for variant in variants}
    assert asked == {(bank.key, variant.name) for bank in BANKS for variant in bank.of("right")}


@pytest.mark.parametrize(("key", "number"), RIGHT)
def test_right_answers_get_full_marks(graded: dict[tuple[str, str], SubmissionReport], key: str, number: int) -> None:
    found = tasks(graded, f"right-{number}", key)
    assert [(task.task, task.message) for task in found if task.status != "pass"] == []
    assert [task.score for task in found] == [task.max_score for task in found] != []


@pytest.mark.parametrize("bank", BANKS, ids=lambda bank: bank.key)
def test_traps_lose_their_points_with_their_message(
    graded: dict[tuple[str, str], SubmissionReport], bank: Bank
) -> None:
    found = {task.task.removesuffix("_hidden"): task for task in tasks(graded, "trapped", bank.key)}
    assert found.keys() == {variant.task for variant in TRAPS[bank.key]}
    for variant in TRAPS[bank.key]:
        task = found[variant.task]
        assert (task.status, task.score) == ("fail", 0.0)
        assert re.search(variant.message, task.message)


@pytest.mark.parametrize("bank", BANKS, ids=lambda bank: bank.key)
def test_the_untouched_release_has_no_points(graded: dict[tuple[str, str], SubmissionReport], bank: Bank) -> None:
    found = tasks(graded, "untouched", bank.key)
    assert {(task.status, task.score) for task in found} == {("not-attempted", 0.0)}
