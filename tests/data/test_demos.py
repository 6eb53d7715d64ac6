"""The demo computes, draws and speaks at every corner of its controls."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from hurdles.data.demos import describe_cost, missingness
from hurdles.data.missingness import SHARES, cost

GRID = list(missingness.grid())


def name(setting: dict[str, Any]) -> str:
    return "-".join(str(value) for value in setting.values())


def test_the_grid_visits_every_corner() -> None:
    choices = [control.values for key, control in missingness.controls.items() if key != "share"]
    corners = {(share, *rest) for share in (SHARES[0], SHARES[-1]) for rest in product(*choices)}
    assert corners <= {tuple(setting.values()) for setting in GRID}


def test_the_slider_offers_what_the_model_has() -> None:
    assert missingness.controls["share"].values == SHARES


@pytest.mark.parametrize("setting", GRID, ids=name)
def test_it_draws_both_panels_with_labels_and_says_the_same_in_words(setting: dict[str, Any]) -> None:
    result = missingness.compute(**setting)
    figure = missingness.draw(result)
    left, right = figure.axes
    assert "AUC" in left.get_ylabel()
    assert "$1000 a year" in right.get_ylabel()
    assert all(axes.get_xlabel() == "incomes missing (%)" for axes in (left, right))
    for axes, curve, scale in ((left, result.auc, 1), (right, result.bias, 1000)):
        dot = next(line for line in axes.lines if line.get_marker() == "o")
        value = curve.at(result.share)[0] / scale
        assert (dot.get_xdata()[0], dot.get_ydata()[0]) == pytest.approx((result.share, value))
        bottom, top = axes.get_ylim()
        drawn = [y for line in axes.lines[:2] for y in line.get_ydata()]
        assert bottom <= min(drawn)
        assert max(drawn) <= top
    assert missingness.describe(result).strip().endswith(".")


def test_the_same_setting_gives_the_same_result() -> None:
    assert missingness.compute(share=40, mechanism="MAR", imputer="median") == cost(40, "MAR", "median")


def test_the_words_give_the_direction() -> None:
    low = describe_cost(cost(50, "MNAR", "median"))
    assert "too low" in low
    assert "where the income itself is high" in low
    assert "below the" in low
    assert "right but for chance" in describe_cost(cost(50, "MCAR", "drop"))
    assert "right but for chance" in describe_cost(cost(50, "MAR", "regression"))
    assert "too low" in describe_cost(cost(50, "MAR", "drop"))
    assert "Nothing is missing" in describe_cost(cost(0, "MAR", "drop"))


def test_the_words_compare_with_dropping_rows() -> None:
    assert "above dropping the rows" in describe_cost(cost(60, "MNAR", "indicator"))
    assert "below dropping the rows" in describe_cost(cost(10, "MNAR", "median"))
    assert "dropping the rows" not in describe_cost(cost(60, "MNAR", "drop"))


def test_it_makes_a_picture() -> None:
    assert missingness.picture().startswith(b"\x89PNG")
