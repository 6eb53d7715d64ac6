"""Checks of the micro-exercises on mitigation; the answers are worked out from the data, never typed in."""

from __future__ import annotations

from math import isclose
from typing import Any

import pandas as pd

from hurdles.checks import fail, is_number
from hurdles.fairness.mitigation_truth import wrongly_refused

__all__ = ["gap_that_follows", "weight_of_refused"]


def weight_of_refused(value: Any, refused: pd.Series[Any], groups: pd.Series[str], name: str) -> str:
    """Check the weight that reweighing gives to refused applications of one group.

    Parameters
    ----------
    value : object
        The learner's number.
    refused, groups : pandas.Series
        Outcome and group of each training row.
    name : str
        The group.

    Returns
    -------
    str
        What the right answer means.

    Raises
    ------
    hurdles.checks.CheckFailed
        If the number is another one; the text says what it is instead.
    """
    number = is_number(value, "weight")
    here, no = groups == name, refused == 1
    both, expected = float((here & no).mean()), float(here.mean() * no.mean())

    def near(other: float) -> bool:
        return isclose(number, other, rel_tol=1e-3)

    if near(both / expected):
        fail(
            f"weight is {number:.3f}: the quotient is upside down.",
            "There are more such rows than expected, not fewer.",
        )
    if near(expected):
        fail(f"weight is {number:.3f}: that is the share expected.", "Divide it by the share that there is.")
    if near(both):
        fail(f"weight is {number:.3f}: that is the share that there is.", "The share expected is divided by it.")
    if near(float(no.mean()) / both):
        fail(f"weight is {number:.3f}.", "The share expected is a product: that of the group times that of refusals.")
    if not near(expected / both):
        fail(f"weight is {number:.3f}.", "Take .mean() of three conditions: the group, refused, and both joined by &.")
    return "Below 1: such rows are more frequent than they would be if group and outcome were independent."


def gap_that_follows(value: Any, bases: pd.Series[float], wrong: float, missed: float) -> str:
    """Check the gap in wrong refusals that follows when refusals are equally reliable in both groups.

    Parameters
    ----------
    value : object
        The learner's number, in percentage points.
    bases : pandas.Series
        Base rate of each of two groups.
    wrong, missed : float
        Of the refusals the share that is wrong, and of those to be refused the share approved: the same in both groups.

    Returns
    -------
    str
        What the right answer means.

    Raises
    ------
    hurdles.checks.CheckFailed
        If the number is another one; the text says what it may be instead.
    """
    number = is_number(value, "gap")
    shares = [wrongly_refused(float(base), wrong, missed) for base in bases]
    gap = abs(shares[1] - shares[0])

    def near(other: float) -> bool:
        return isclose(abs(number), other, rel_tol=0.01)

    if near(gap):
        fail(f"gap is {number:.3f}: that is a share.", "One percentage point is a hundredth.")
    if near(100 * max(shares)) or near(100 * min(shares)):
        fail(f"gap is {number:.1f}: that is one group's share.", "The gap is the difference of two.")
    if near(100 * abs(float(bases.iloc[1] - bases.iloc[0]))):
        fail(f"gap is {number:.1f}: that is the gap in base rates.", "Call truth.wrongly_refused for each base rate.")
    if not near(100 * gap):
        fail(f"gap is {number:.1f}.", "Call truth.wrongly_refused(base, wrong, missed) for both, and subtract.")
    return "Equally reliable refusals, and yet unequal errors: it follows from the base rates by counting alone."
