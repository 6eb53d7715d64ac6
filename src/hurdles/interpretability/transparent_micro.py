"""Checks of the lesson's micro-exercises; the answers are worked out from the data, never typed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hurdles.checks import fail, is_number, same

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["odds_for_ten_points", "refused_by_two_conditions"]


def odds_for_ten_points(value: Any, weight: float) -> str:
    """Check the odds ratio for ten more points of a column.

    Parameters
    ----------
    value : object
        The learner's number.
    weight : float
        The column's weight in log-odds for one point, as in the lesson.

    Returns
    -------
    str
        What the right answer means.

    Raises
    ------
    hurdles.checks.CheckFailed
        If the number is another one; the text says what it is.
    """
    number = is_number(value, "ratio")
    mistakes = {
        "that is the odds ratio for one point.": (np.exp(weight), "Ten points multiply the odds ten times over."),
        "that is ten times the odds ratio.": (10 * np.exp(weight), "Weights add up, odds ratios multiply."),
        "that is still a sum of weights, in log-odds.": (10 * weight, "np.exp turns a weight into an odds ratio."),
    }
    for seen, (wrong, hint) in mistakes.items():
        if same(number, float(wrong), 0.004):
            fail(f"ratio is {number:.3f}: {seen}", hint)
    if not same(number, float(np.exp(10 * weight)), 0.006):
        fail(f"ratio is {number:.3f}.", "Multiply the weight by ten, then take np.exp.")
    return "Among applications alike in every other column. It is a comparison, not a promise to one applicant."


def refused_by_two_conditions(value: Any, features: pd.DataFrame, refused: pd.Series) -> str:
    """Check the share refused where guidelines are met and something could not be verified.

    Parameters
    ----------
    value : object
        The learner's number.
    features : pandas.DataFrame
        The lesson's features, one row for each application.
    refused : pandas.Series
        1 for each application that was refused, else 0.

    Returns
    -------
    str
        What the right answer means.

    Raises
    ------
    hurdles.checks.CheckFailed
        If the number is another one; the text says what was counted.
    """
    number = is_number(value, "share")
    met, unsure = features["gdlin"] == 1, features["unver"] == 1
    if number > 1:
        fail(f"share is {number:g}.", "A share lies between 0 and 1: take the mean of refused over those rows.")
    if same(number, refused[unsure].mean(), 1e-3):
        fail(f"share is {number:.3f}: that is for all rows with unver 1.", "In a list, only rows left over get there.")
    if same(number, refused[~met & unsure].mean(), 1e-3):
        fail(f"share is {number:.3f}: those do not meet the guidelines.", "The first rule took them: keep gdlin 1.")
    if same(number, 1 - refused[met & unsure].mean(), 1e-3):
        fail(f"share is {number:.3f}: that is the share approved.", "Average refused, which is 1 if refused.")
    if not same(number, refused[met & unsure].mean(), 1e-3):
        fail(f"share is {number:.3f}.", "Combine gdlin == 1 and unver == 1 with &, then average refused there.")
    return "So a reader can check the list's second rule by counting, without trusting any model."
