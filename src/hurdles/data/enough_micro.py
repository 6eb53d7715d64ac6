"""Checks of the lesson's micro-exercises; the answers are worked out from the data, never typed in."""

from __future__ import annotations

from collections.abc import Callable
from math import isclose
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from hurdles.checks import fail, is_number

__all__ = ["between_flags", "precision_of_highest"]


def precision_of_highest(label: ArrayLike, chance: ArrayLike, count: int) -> Callable[[Any], str]:
    """Make the check of the precision among the rows with the highest chances.

    Parameters
    ----------
    label : array_like
        1 for the cases looked for.
    chance : array_like
        The model's score of each row.
    count : int
        How many rows raise an alarm.

    Returns
    -------
    callable
        ``check(value) -> str``: what the right share means. It raises `hurdles.checks.CheckFailed` for another
        number, and says what that number is.
    """
    case = np.asarray(label) == 1
    order = np.argsort(-np.asarray(chance, dtype=float), kind="stable")
    hits, cases, rows = int(case[order[:count]].sum()), int(case.sum()), len(case)

    def check(value: Any) -> str:
        number = is_number(value, "share")
        if number > 1:
            fail(f"share is {number:g}.", f"A share lies between 0 and 1: divide by the {count} alarms.")
        if isclose(number, hits / cases, abs_tol=1e-4):
            fail(
                f"share is {number:.3f}: that is the share of all refused applications found, the recall.",
                "Divide by the alarms, not by the refused.",
            )
        if isclose(number, cases / rows, abs_tol=1e-4):
            fail(f"share is {number:.3f}: that is the share refused among all.", "Look at the highest chances only.")
        if isclose(number, case[order[-count:]].mean(), abs_tol=1e-4):
            fail(f"share is {number:.3f}: those are the lowest chances.", "argsort goes from low to high.")
        if not isclose(number, hits / count, abs_tol=0.011):
            fail(f"share is {number:.3f}.", f"Sort by chance, take the {count} highest, and average their labels.")
        return "No threshold was chosen by hand: the officer's time chose it. That often is the honest way."

    return check


def between_flags(added: pd.DataFrame, column: str) -> Callable[[Any], str]:
    """Make the check of how many added rows hold neither 0 nor 1 in a column of flags.

    Parameters
    ----------
    added : pandas.DataFrame
        Rows that a resampler made.
    column : str
        A column that is 0 or 1 in real rows.

    Returns
    -------
    callable
        ``check(value) -> str``: what the right count means. It raises `hurdles.checks.CheckFailed` for another
        number, and says what that number is.
    """
    values = added[column]
    between = int(((values > 0) & (values < 1)).sum())
    whole = len(values) - between

    def check(value: Any) -> str:
        number = is_number(value, "between")
        if number == int((values > 0).sum()) != between:
            fail(f"between is {number:g}: that counts true ones, too.", "Add a second condition: below 1.")
        if number == int((values < 1).sum()) != between:
            fail(f"between is {number:g}: that counts true zeros, too.", "Add a second condition: above 0.")
        if number == whole:
            fail(f"between is {number:g}: those are 0 or 1.", "Count the others.")
        if between and isclose(number, between / len(values), abs_tol=1e-3):
            fail(f"between is {number:g}: that is a share.", "Count the rows: sum(), not mean().")
        if number != between:
            fail(f"between is {number:g}.", "Combine two conditions with & and add up: above 0, and below 1.")
        return "Nobody is half bankrupt. imbalanced-learn's SMOTENC is told which columns are codes, and keeps them so."

    return check
