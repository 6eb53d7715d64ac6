"""Micro-exercises name each usual mistake, pictures say what they show, the demo works at every corner."""

from __future__ import annotations

from typing import Any

import pytest

from hurdles.checks import CheckFailed
from hurdles.datasets.desk import cut_off, desk_model
from hurdles.fairness.governance import CLASSES, DUTIES
from hurdles.fairness.governance_demo import compute, describe, draw, which_duties
from hurdles.fairness.governance_log import log_decision
from hurdles.fairness.governance_micro import caught_share, first_rewritten
from hurdles.fairness.governance_plots import draw_put_right
from hurdles.fairness.governance_review import put_right, refusals

GRID = list(which_duties.grid())


def _case(officer: str, right: str) -> dict[str, str]:
    return {"model": "refuse", "officer": officer, "right": right}


MONTH = [
    *[_case("refuse", "refuse")] * 9,
    *[_case("approve", "refuse")] * 1,
    *[_case("refuse", "approve")] * 5,
    *[_case("approve", "approve")] * 3,
]


def _logs() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    ours: list[dict[str, Any]] = []
    theirs: list[dict[str, Any]] = []
    for i in range(6):
        ours = log_decision(ours, {"n": i if i != 2 else "other"})
        theirs = log_decision(theirs, {"n": i})
    return ours, theirs


def test_right_answers_are_told_so() -> None:
    assert "worth" in caught_share(3 / 8, MONTH)
    assert "fits" in first_rewritten(2, *_logs())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (37.5, "between 0 and 1"),
        (4 / 18, "overturned of all refusals"),
        (3 / 18, "of all refusals. Divide"),
        (3 / 4, "how often an override was right"),
        (3, "a count"),
        (0.9, "Wrong refusals are those"),
        ("x", "caught"),
    ],
)
def test_caught_names_the_mistake(value: object, message: str) -> None:
    with pytest.raises(CheckFailed, match=message):
        caught_share(value, MONTH)


@pytest.mark.parametrize(
    ("value", "message"),
    [(3, "counted from 1"), (6, "the end of the log"), (0, "the same seal in both"), (4, "an earlier record differs")],
)
def test_first_names_the_mistake(value: object, message: str) -> None:
    with pytest.raises(CheckFailed, match=message):
        first_rewritten(value, *_logs())


def test_the_picture_says_its_numbers() -> None:
    table = put_right(refusals(desk_model(), cut_off()), [0, 1], runs=5)
    picture = draw_put_right(table)
    assert "100% unread: 100% stand, 0% of wrong ones put right" in picture.alt
    axes = picture.figure.axes[0]
    assert axes.get_xlabel().endswith("(%)")
    assert axes.get_ylabel().endswith("(%)")


@pytest.mark.parametrize("setting", GRID, ids=lambda s: "-".join(map(str, s.values())))
def test_the_demo_at_every_corner(setting: dict[str, Any]) -> None:
    result = compute(**setting)
    assert result == compute(**setting)
    texts = [text.get_text() for axes in draw(result).axes for text in axes.texts]
    assert f"▶ {result.found}" in texts
    assert sum(text.startswith("▶") for text in texts) == 1
    assert texts.count("●") == len(result.brought)
    assert texts.count("○") == len(DUTIES) - len(result.brought)
    told = describe(result)
    assert f"class {result.found}" in told
    assert all(DUTIES[name].text in told for name in result.brought)


def test_the_demo_reaches_every_class_and_every_duty() -> None:
    results = [compute(**setting) for setting in GRID]
    assert {r.found for r in results} == set(CLASSES)
    assert {name for r in results for name in r.brought} == set(DUTIES)
    assert which_duties.read().text == describe(compute(**which_duties.defaults))
