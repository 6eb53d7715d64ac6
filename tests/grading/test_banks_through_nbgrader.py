"""The answers banks through the real pipeline, tests apart from answers: all right ones, and a sample of traps."""

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


def rounds(bank: Bank) -> list[list[Variant]]:
    """Return all right answers, in notebooks that hold one a task."""
    by_task: dict[str, list[Variant]] = {}
    for variant in bank.of("right"):
        by_task.setdefault(variant.task, []).append(variant)
    count = max(map(len, by_task.values()))
    return [[variants[number % len(variants)] for variants in by_task.values()] for number in range(count)]


ROUNDS = [
    pytest.param(bank, variants, id=f"{bank.key}:{number}")
    for bank in BANKS
    for number, variants in enumerate(rounds(bank), start=1)
]


def test_every_right_answer_is_among_the_rounds() -> None:
    asked = {(param.values[0].key, variant.name) for param in ROUNDS for variant in param.values[1]}
    assert asked == {(bank.key, variant.name) for bank in BANKS for variant in bank.of("right")}


@pytest.mark.parametrize(("bank", "variants"), ROUNDS)
def test_right_answers_get_full_marks(bank: Bank, variants: list[Variant], tmp_path: Path) -> None:
    report = grade(bank, variants, tmp_path)
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
