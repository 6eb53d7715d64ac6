"""Micro-exercises name each usual mistake, pictures say what they show, the demo works at every corner."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hurdles.checks import CheckFailed
from hurdles.datasets.desk import COSTS, desk_model
from hurdles.interpretability.decisions import profits, reliability
from hurdles.interpretability.decisions_demo import compute, describe, draw, where_to_cut
from hurdles.interpretability.decisions_micro import break_even, within_reach
from hurdles.interpretability.decisions_plots import draw_profits, draw_reliability

GRID = list(where_to_cut.grid())
LOST, MISS = COSTS["refused"], COSTS["approved"]


def test_break_even_names_the_mistake() -> None:
    assert "costs alone" in break_even(LOST / (LOST + MISS))
    for value, message in (
        (0.5, "both mistakes cost the same"),
        (MISS / (LOST + MISS), "swapped"),
        (LOST / MISS, "divided by the other"),
        (100 * LOST / (LOST + MISS), "in percent"),
        (0.7, "solve for p"),
    ):
        with pytest.raises(CheckFailed, match=message):
            break_even(value)


def test_within_reach_names_the_mistake() -> None:
    assert "can change" in within_reach(["loanamt", "unver", "obrat"])
    for value, message in (
        ([], "is empty"),
        (["loan amount"], "no column of the file"),
        (["married"], "who somebody is"),
        (["pubrec"], "a bankruptcy is past"),
        (["gdlin"], "own judgement"),
        (["loanamt", "liq"], "left out"),
    ):
        with pytest.raises(CheckFailed, match=message):
            within_reach(value)


def test_pictures_say_what_they_show() -> None:
    desk = desk_model()
    chances = desk.chance(desk.test)
    table = reliability(chances, desk.refused_test)
    picture = draw_reliability({"desk": table})
    assert f"desk: said {table['said'].iloc[0]:.2f}" in picture.alt
    (axes,) = picture.figure.axes
    assert "0 to 1" in axes.get_xlabel()
    curve = profits(chances, desk.refused_test)
    picture = draw_profits({"unseen rows": curve}, {"one half": 0.5})
    assert f"at most {curve[1].max():.2f}" in picture.alt
    assert "thousand dollars" in picture.figure.axes[0].get_ylabel()


@pytest.mark.parametrize("setting", GRID, ids=lambda s: "-".join(str(value) for value in s.values()))
def test_the_demo_counts_and_draws_at_every_corner(setting: dict[str, Any]) -> None:
    result = compute(**setting)
    assert result.threshold >= result.free
    assert result.limited == (result.threshold > result.free)
    assert sum(part.count for part in result.parts.values()) == result.refused.count
    assert result.lost <= result.refused.count
    assert np.isfinite(result.chosen_on).all()
    assert np.isfinite(result.judged_on).all()
    left, right = draw(result).axes
    assert "%" in left.get_xlabel()
    assert "thousand dollars" in left.get_ylabel()
    assert "95 %" in right.get_xlabel()
    said = describe(result)
    assert ("the capacity, below" in said) == result.limited
    assert all(f"{name} {part.count} of {part.total}" in said for name, part in result.parts.items())


def test_dearer_wrong_approvals_refuse_more_and_capacity_refuses_fewer() -> None:
    refused = [compute(default, 2, 40).refused.count for default in (5, 20, 40)]
    assert refused == sorted(refused)
    assert compute(20, 2, 4).refused.count < compute(20, 2, 30).refused.count
