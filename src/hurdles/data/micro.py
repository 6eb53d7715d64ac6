"""Checks of the lesson's micro-exercises; the answers are worked out from the data, never typed in."""

from __future__ import annotations

from math import isclose
from typing import Any

from hurdles.checks import fail, is_number
from hurdles.datasets import mortgages

__all__ = ["chance_of_no_refusal", "refused_yet_sold"]


def refused_yet_sold(value: Any) -> str:
    """Check the number of refused applications whose loan is said to have been sold on.

    Parameters
    ----------
    value : object
        The learner's number.

    Returns
    -------
    str
        What the right answer means.

    Raises
    ------
    hurdles.checks.CheckFailed
        If the number is another one; the text says what was counted.
    """
    number = is_number(value, "broken")
    frame = mortgages()
    refused, sold = frame["reject"] == 1, frame["typur"] > 0
    if number == sold.sum():
        fail(f"broken is {number:g}: that counts every loan sold on.", "Those of approved applications keep the rule.")
    if number == (refused & ~sold).sum():
        fail(f"broken is {number:g}: those were refused and not sold.", "Count the rows where the rule is broken.")
    if number != (refused & sold).sum():
        fail(f"broken is {number:g}.", "Combine two conditions with & and add up: refused, and typur above 0.")
    return "Each of these rows is wrong in one of two columns. A rule finds the row; a person finds out which."


def chance_of_no_refusal(value: Any) -> str:
    """Check the chance that as many applications as `male` has gaps, picked at random, are all approved.

    Parameters
    ----------
    value : object
        The learner's number.

    Returns
    -------
    str
        What the right answer means.

    Raises
    ------
    hurdles.checks.CheckFailed
        If the number is another one; the text says what it is the chance of.
    """
    number = is_number(value, "chance")
    frame = mortgages()
    gaps, refused = int(frame["male"].isna().sum()), float(frame["reject"].mean())
    if not 0 <= number <= 1:
        fail(f"chance is {number:g}.", "A chance lies between 0 and 1.")
    if isclose(number, 1 - refused, abs_tol=0.005):
        fail(
            f"chance is {number:.3f}: that is for one application.", "All must be approved: multiply once for each gap."
        )
    if isclose(number, 1 - (1 - refused) ** gaps, abs_tol=0.005):
        fail(f"chance is {number:.3f}: that is for at least one refusal.", "We want that all are approved.")
    if not isclose(number, (1 - refused) ** gaps, abs_tol=0.005):
        fail(
            f"chance is {number:.3f}.",
            "One is approved with chance 1 - refused.mean(). All have to be, one for each gap.",
        )
    return "So the pattern may be luck. It is a reason to ask how the column was filled in, not a proof."
