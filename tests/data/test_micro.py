"""The micro-exercises accept the right answer and name each usual mistake."""

from __future__ import annotations

import numpy as np
import pytest

from hurdles.checks import CheckFailed
from hurdles.data.micro import chance_of_no_refusal, refused_yet_sold
from hurdles.datasets import mortgages

RAW = mortgages()
REFUSED, SOLD = RAW["reject"] == 1, RAW["typur"] > 0
RATE = RAW["reject"].mean()
GAPS = RAW["male"].isna().sum()


@pytest.mark.parametrize("value", [(REFUSED & SOLD).sum(), float((REFUSED & SOLD).sum()), len(RAW[REFUSED & SOLD])])
def test_refused_yet_sold_accepts_any_way_to_count(value: float) -> None:
    assert "person" in refused_yet_sold(value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (SOLD.sum(), "every loan sold on"),
        ((REFUSED & ~SOLD).sum(), "not sold"),
        (17, "Combine two conditions"),
        (REFUSED & SOLD, "broken"),
        ("3", "broken"),
    ],
)
def test_refused_yet_sold_names_the_mistake(value: object, message: str) -> None:
    with pytest.raises(CheckFailed, match=message):
        refused_yet_sold(value)


def test_chance_accepts_powers_and_products() -> None:
    for value in ((1 - RATE) ** GAPS, np.prod([1 - RATE] * GAPS), round((1 - RATE) ** GAPS, 2)):
        assert "not a proof" in chance_of_no_refusal(value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1 - RATE, "for one application"),
        (1 - (1 - RATE) ** GAPS, "at least one"),
        (14.0, "between 0 and 1"),
        (RATE**GAPS, "one for each gap"),
        (float("nan"), "chance"),
    ],
)
def test_chance_names_the_mistake(value: float, message: str) -> None:
    with pytest.raises(CheckFailed, match=message):
        chance_of_no_refusal(value)
