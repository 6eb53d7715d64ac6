"""A sample of every answers bank through the real pipeline: kernel, nbgrader, gradebook."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from notebooks.bank import Bank, Variant, assemble, load_banks, read_master

from hurdles import catalog
from hurdles.grading import Report, check_notebook

ROOT = Path(__file__).resolve().parents[2]
BANKS = load_banks()


def grade(bank: Bank, variants: list[Variant], folder: Path) -> Report:
    release = read_master(ROOT / "exercises" / f"{bank.key}.ipynb")
    path = folder / "mine.ipynb"
    path.write_text(json.dumps(assemble(release, variants)), encoding="utf-8")
    return check_notebook(path, catalog.load(ROOT), None)


def one_a_task(bank: Bank, kind: str) -> list[Variant]:
    return list({variant.task: variant for variant in bank.of(kind)}.values())


@pytest.mark.parametrize("bank", BANKS, ids=lambda bank: bank.key)
def test_right_answers_get_full_marks(bank: Bank, tmp_path: Path) -> None:
    report = grade(bank, one_a_task(bank, "right"), tmp_path)
    assert [(task.id, task.message) for task in report.tasks if task.status != "pass"] == []
    assert report.score == report.max_score > 0


@pytest.mark.parametrize("bank", BANKS, ids=lambda bank: bank.key)
def test_traps_lose_their_points_with_their_message(bank: Bank, tmp_path: Path) -> None:
    traps = one_a_task(bank, "trap")
    report = grade(bank, traps, tmp_path)
    assert report.score == 0
    for task, variant in zip(
        report.tasks, sorted(traps, key=lambda v: [t.id for t in report.tasks].index(v.task)), strict=True
    ):
        assert task.status == "fail"
        assert re.search(variant.message, task.message)
        assert task.hint.startswith("Hint 1")


@pytest.mark.parametrize("bank", BANKS, ids=lambda bank: bank.key)
def test_the_untouched_release_is_not_attempted(bank: Bank, tmp_path: Path) -> None:
    report = grade(bank, [], tmp_path)
    assert {task.status for task in report.tasks} == {"not-attempted"}
    assert report.score == 0
