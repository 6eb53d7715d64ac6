"""Checks of the micro-exercises on attribution; the answers are worked out from the desk's model, never typed in."""

from __future__ import annotations

from math import isclose
from typing import Any

from hurdles.checks import fail, is_number
from hurdles.datasets.desk import Desk
from hurdles.interpretability.attribution import Attribution, drop_of_auc, importances

__all__ = ["held_out_importance", "points_above_baseline"]

# Shuffles are drawn at random; this far apart, two averages of a few of them may well be.
_LUCK = 0.015
_LITTLE = 0.0005


def points_above_baseline(value: Any, told: Attribution) -> str:
    """Check how far a chance lies above its baseline, worked out from SHAP values.

    Parameters
    ----------
    value : object
        The learner's number, in percentage points.
    told : hurdles.interpretability.attribution.Attribution
        SHAP values of one application.

    Returns
    -------
    str
        What the right answer means.

    Raises
    ------
    hurdles.checks.CheckFailed
        If the number is another one; the text says what it is instead.
    """
    number = is_number(value, "points")
    row = told.values.iloc[0]
    total = float(row.sum())

    def near(share: float) -> bool:
        return isclose(number, 100 * share, abs_tol=0.05)

    if isclose(number, total, abs_tol=_LITTLE):
        fail(f"points is {number:.3f}: that is a share.", "One percentage point is a hundredth.")
    if near(told.base):
        fail(f"points is {number:.1f}: that is the baseline itself.", "Add up what the columns add to it.")
    if near(told.base + total):
        fail(f"points is {number:.1f}: that is the model's whole chance.", "Leave the baseline out.")
    if near(float(row[row > 0].sum())):
        fail(f"points is {number:.1f}: only columns that raise the chance.", "Those that lower it count, too.")
    if near(float(row.abs().sum())):
        fail(f"points is {number:.1f}: every column counts upwards here.", "Keep the signs.")
    if not near(total):
        fail(f"points is {number:.1f}.", "Add up the values of all columns of this application, and multiply by 100.")
    return "Baseline and values together give the model's chance. Nothing is left unexplained, and nothing added."


def held_out_importance(value: Any, desk: Desk) -> str:
    """Check the permutation importance of `obrat` on unseen rows.

    Parameters
    ----------
    value : object
        The learner's number: a fall of AUC.
    desk : hurdles.datasets.desk.Desk
        The model and its rows.

    Returns
    -------
    str
        What the right answer means.

    Raises
    ------
    hurdles.checks.CheckFailed
        If the number is another one; the text says what it may be instead.
    """
    number = is_number(value, "drop")
    unseen = drop_of_auc(desk, ["obrat"])
    if isclose(number, float(importances(desk, "train")["obrat"]), abs_tol=_LITTLE):
        fail(f"drop is {number:.3f}: that is on training rows.", "Ask what the column does for rows never seen.")
    if isclose(number, desk.auc() - unseen, abs_tol=_LUCK):
        fail(f"drop is {number:.3f}: that is the AUC that is left.", "Importance is the fall.")
    if isclose(number, -unseen, abs_tol=_LUCK):
        fail(f"drop is {number:.3f}: the sign is turned round.", "AUC before, less AUC after shuffling.")
    if not isclose(number, unseen, abs_tol=_LUCK):
        fail(f"drop is {number:.3f}.", 'Call attribution.importances(desk, "test") and look up obrat.')
    return "Another seed gives another third decimal: report an importance with its spread, or in few digits."
