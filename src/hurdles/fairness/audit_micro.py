"""Checks of the micro-exercises on audits; the answers are worked out, never typed in."""

from __future__ import annotations

from math import isclose
from typing import TYPE_CHECKING, Any

from hurdles.checks import fail, is_number
from hurdles.fairness.audit import wilson

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["approval_ratio", "none_of_thirty"]

_PEOPLE = 30


def none_of_thirty(value: Any) -> str:
    """Check the upper end of Wilson's interval for none of thirty.

    Parameters
    ----------
    value : object
        The learner's number, in percent.

    Returns
    -------
    str
        What the right answer means.

    Raises
    ------
    hurdles.checks.CheckFailed
        If the number is another one; the text says what it is instead.
    """
    number = is_number(value, "highest")
    high = wilson(0, _PEOPLE)[1]
    if isclose(number, 0, abs_tol=1e-6):
        fail(f"highest is {number:g}: that is the rate seen.", "Zero of thirty is compatible with a higher rate.")
    if isclose(number, high, abs_tol=0.002):
        fail(f"highest is {number:.3f}: that is a share.", "Multiply by 100.")
    if not isclose(number, 100 * high, abs_tol=0.2):
        fail(f"highest is {number:g}.", "Call audit.wilson(0, 30) and take the second number, times 100.")
    return "That many in a hundred may be refused, and thirty people would not show it."


def approval_ratio(value: Any, frame: pd.DataFrame) -> str:
    """Check the ratio of women's to men's approval rates.

    Parameters
    ----------
    value : object
        The learner's number.
    frame : pandas.DataFrame
        What `hurdles.fairness.audit.decisions` returns.

    Returns
    -------
    str
        What the right answer means.

    Raises
    ------
    hurdles.checks.CheckFailed
        If the number is another one; the text says what it is instead.
    """
    number = is_number(value, "ratio")
    approved = frame.groupby("sex")["approved"].mean()
    women, men = float(approved["women"]), float(approved["men"])
    ratio = women / men

    def near(other: float) -> bool:
        return isclose(number, other, abs_tol=0.002) and not isclose(ratio, other, abs_tol=0.002)

    if near((1 - women) / (1 - men)):
        fail(f"ratio is {number:.3f}: that compares refusals.", "The rule compares approvals.")
    if near(1 / ratio):
        fail(f"ratio is {number:.3f}: men over women.", "Whose rate is in question goes on top.")
    if near(women - men):
        fail(f"ratio is {number:.3f}: that is a difference.", "Divide.")
    if not isclose(number, ratio, abs_tol=0.002):
        fail(f"ratio is {number:.3f}.", 'audit.rates(unseen, "sex", "approved") has both rates.')
    return "Now ask how wide its interval is, before you call it anything."
