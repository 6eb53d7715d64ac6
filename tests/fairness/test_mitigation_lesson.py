"""Micro-exercises name each usual mistake, pictures say what they show, the demo works at every corner."""

from __future__ import annotations

import base64
from typing import Any

import pandas as pd
import pytest

from hurdles.checks import CheckFailed
from hurdles.fairness.mitigation import CONSTRAINTS, SLACKS, by_group
from hurdles.fairness.mitigation_demo import compute, describe, mitigate, who_pays
from hurdles.fairness.mitigation_micro import gap_that_follows, weight_of_refused
from hurdles.fairness.mitigation_plots import draw_frontier, draw_shares
from hurdles.fairness.mitigation_truth import wrongly_refused

GRID = list(who_pays.grid(points=4))
REFUSED, GROUP = pd.Series([1, 1, 1, 0, 0, 0, 0, 1, 0, 0]), pd.Series(list("aaaabbbbbb"))
BASES = pd.Series([0.1, 0.3])


def name(setting: dict[str, Any]) -> str:
    return "-".join(str(value) for value in setting.values())


def test_the_weight_of_a_cell() -> None:
    assert "Below 1" in weight_of_refused(0.4 * 0.4 / 0.3, REFUSED, GROUP, "a")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0.3 / 0.16, "upside down"),
        (0.16, "share expected"),
        (0.3, "share that there is"),
        (0.4 / 0.3, "is a product"),
        (0.9, "three conditions"),
        ("0.5", "one number"),
    ],
)
def test_the_weight_names_the_mistake(value: object, message: str) -> None:
    with pytest.raises(CheckFailed, match=message):
        weight_of_refused(value, REFUSED, GROUP, "a")


def test_the_gap_that_follows() -> None:
    low, high = (wrongly_refused(base, 0.35, 0.3) for base in BASES)
    for value in (100 * (high - low), 100 * (low - high)):
        assert "base rates" in gap_that_follows(value, BASES, 0.35, 0.3)
    for value, message in (
        (high - low, "that is a share"),
        (100 * high, "one group's share"),
        (20, "gap in base rates"),
        (1, "and subtract"),
    ):
        with pytest.raises(CheckFailed, match=message):
            gap_that_follows(value, BASES, 0.35, 0.3)


def test_the_grid_visits_every_setting() -> None:
    assert {(s["constraint"], s["slack"]) for s in GRID} == {(c, s) for c in CONSTRAINTS for s in SLACKS}


@pytest.mark.parametrize("setting", GRID, ids=name)
def test_it_draws_both_panels_and_says_the_same_in_words(setting: dict[str, Any]) -> None:
    result = who_pays.compute(**setting)
    figure = who_pays.draw(result)
    left, right = figure.axes
    assert "refused" in left.get_xlabel()
    assert "newly approved" in right.get_xlabel()
    for axes in (left, right):
        low, high = axes.get_xlim()
        ends = [x for bars in axes.collections for bar in bars.get_segments() for x, _ in bar]
        ends += [x for line in axes.lines for x in line.get_xdata()]
        assert all(low <= x <= high for x in ends)
    step = result.after["refused"] - result.before["refused"]
    net = result.changes["newly refused"] - result.changes["newly approved"]
    assert net.to_dict() == pytest.approx(step.to_dict())
    said = describe(result)
    assert f"{result.now['accuracy']:.1%}" in said
    assert said.endswith("newly refused.")


def test_the_same_setting_gives_the_same_result() -> None:
    one, again = compute("same share", 1), mitigate("same share", 1)
    assert one.now == again.now
    assert one.changes.equals(again.changes)


def test_it_makes_a_picture() -> None:
    assert who_pays.picture().startswith(b"\x89PNG")


def test_pictures_carry_their_alternative_text_and_labels() -> None:
    table = by_group([1, 0, 1, 0], [1, 0, 0, 1], list("aabb"))
    results = pd.DataFrame(
        {
            "way": ["desk", "x", "desk", "x"],
            "group needed": ["never", "to decide"] * 2,
            "extra": [0.0, 100.0, 0.0, 120.0],
            "gap": [20.0, 9.0, 22.0, 11.0],
        }
    )
    pictures = draw_shares({"desk": table}), draw_frontier(results)
    assert "desk: 50.0 % of a, 50.0 % of b" in pictures[0].alt
    assert "x: gap 10.0, extra 110" in pictures[1].alt
    for picture in pictures:
        bundle = picture._repr_mimebundle_()
        assert 'alt="' in bundle["text/html"]
        assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
        assert all(axes.get_xlabel() for axes in picture.figure.axes)
