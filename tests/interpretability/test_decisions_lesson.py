"""Micro-exercises name each usual mistake, pictures say what they show, the demo works at every corner."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hurdles.checks import CheckFailed
from hurdles.interpretability.decisions_demo import describe, where_to_cut
from hurdles.interpretability.decisions_micro import break_even, within_reach
from hurdles.interpretability.decisions_plots import draw_profits, draw_reliability

GRID = list(where_to_cut.grid())


def name(setting: dict[str, Any]) -> str:
    return "-".join(str(value) for value in setting.values())


def test_break_even_follows_from_costs() -> None:
    assert "costs alone" in break_even(2 / 22)
    assert "costs alone" in break_even(0.5, {"approved": 3, "refused": 3})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0.5, "both mistakes cost the same"),
        (20 / 22, "costs are swapped"),
        (0.1, "one cost divided by the other"),
        (100 * 2 / 22, "in percent"),
        (0.3, "solve for p"),
        ("a", "even"),
    ],
)
def test_break_even_names_the_mistake(value: object, message: str) -> None:
    with pytest.raises(CheckFailed, match=message):
        break_even(value)


def test_what_is_within_reach() -> None:
    assert "Amounts and papers" in within_reach(["loanamt", "unver", "obrat"])
    assert "Amounts and papers" in within_reach(
        ("unver", "loanprc", "loanamt", "liq", "netw", "hrat", "lines", "appinc")
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "is empty"),
        (["loanamt", "wealth"], "no column of the file"),
        (["loanamt", "old"], "who somebody is"),
        (["loanamt", "pubrec"], "bankruptcy is past"),
        (["loanamt", "gdlin"], "own judgement"),
        (["loanamt", "price"], "not in the model"),
        (["obrat", "liq", "netw"], "easier to change"),
        ("loanamt", "a list"),
    ],
)
def test_within_reach_names_the_mistake(value: object, message: str) -> None:
    with pytest.raises(CheckFailed, match=message):
        within_reach(value)


@pytest.mark.parametrize("setting", GRID, ids=name)
def test_it_draws_profit_and_groups_and_says_the_same_in_words(setting: dict[str, Any]) -> None:
    result = where_to_cut.compute(**setting)
    assert result.limited == (result.threshold > result.free)
    assert result.refused.count == sum(part.count for part in result.parts.values())
    left, right = where_to_cut.draw(result).axes
    assert "refused (%)" in left.get_xlabel()
    assert "thousand dollars" in left.get_ylabel()
    assert "95 % interval" in right.get_xlabel()
    bottom, top = left.get_ylim()
    assert bottom < result.profit < top
    said = describe(result)
    words = [text.get_text() for text in right.texts]
    for group, part in result.parts.items():
        assert f"{group} {part.count} of {part.total}" in said
        assert f"{group}: {part.count} of {part.total}" in words
    assert f"{result.profit:.2f} thousand dollars" in said


def test_dearer_approvals_refuse_more_and_less_capacity_fewer() -> None:
    def refused(**controls: Any) -> int:
        return where_to_cut.compute(**where_to_cut.settings(**controls)).refused.count

    assert refused(default=10) < refused(default=40)
    assert refused(customer=8) < refused(customer=1)
    assert refused(capacity=4) < refused(capacity=10) < refused(capacity=40)


def test_it_makes_a_picture() -> None:
    assert where_to_cut.picture().startswith(b"\x89PNG")


def test_pictures_carry_their_alternative_text_and_labels() -> None:
    table = pd.DataFrame({"said": [0.1, 0.6], "came": [0.05, 0.4]})
    curve = (np.array([0.0, 0.4, 1.0]), np.array([0.0, 0.9, -0.5]))
    said = draw_reliability({"forest": table})
    money = draw_profits({"unseen": curve}, {"one half": 0.5})
    assert "forest: said 0.10, came 0.05, said 0.60, came 0.40" in said.alt
    assert "unseen: 0.00 when all are refused, at most 0.90, -0.50 when all are approved" in money.alt
    assert "one half at 0.50" in money.alt
    for picture in (said, money):
        bundle = picture._repr_mimebundle_()
        assert 'alt="' in bundle["text/html"]
        assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
        assert all(axes.get_xlabel() and axes.get_ylabel() for axes in picture.figure.axes)
