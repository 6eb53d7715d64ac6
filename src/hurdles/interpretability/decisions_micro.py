"""Checks of the micro-exercises on decisions; the answers follow from the costs and the columns' meaning."""

from __future__ import annotations

from collections.abc import Mapping
from math import isclose
from typing import Any, Final

from hurdles.checks import expect, fail, is_list, is_number
from hurdles.datasets import mortgage_columns
from hurdles.datasets.desk import COSTS, FEATURES

__all__ = ["break_even", "within_reach"]

# Why a column is nothing that an applicant can be told to change before applying again.
_FIXED: Final[Mapping[str, str]] = {
    "cons": "the history of payments is past",
    "mortg": "the history of payments is past",
    "chist": "a delinquency is past",
    "pubrec": "a bankruptcy is past",
    "gdlin": "whether the guidelines are met is the lender's own judgement",
}
_REACH: Final = ("loanamt", "unver")


def break_even(value: Any, costs: Mapping[str, float] = COSTS) -> str:
    """Check the chance from which refusing is expected to cost less than approving.

    Parameters
    ----------
    value : object
        The learner's number.
    costs : mapping
        See `hurdles.datasets.desk.COSTS`.

    Returns
    -------
    str
        What the right answer means.

    Raises
    ------
    hurdles.checks.CheckFailed
        If the number is another one; the text says what it is instead.
    """
    number = is_number(value, "even")
    miss, lost = costs["approved"], costs["refused"]
    right = lost / (lost + miss)

    def near(share: float) -> bool:
        return isclose(number, share, abs_tol=0.002)

    if near(right):
        return "With trustworthy chances, costs alone give the threshold. The dearer a wrong approval, the lower it is."
    if near(0.5):
        fail("even is 0.5: that is right only when both mistakes cost the same.", "Put in the two costs.")
    if near(miss / (lost + miss)):
        fail(f"even is {number:g}: the costs are swapped.", "A wrong approval is dearer: be careful early, not late.")
    if near(lost / miss):
        fail(f"even is {number:g}: one cost divided by the other.", "Approving costs nothing with chance 1 - p.")
    if isclose(number, 100 * right, abs_tol=0.2):
        fail(f"even is {number:g}: that is in percent.", "A chance lies between 0 and 1.")
    return fail(f"even is {number:g}.", "Write approved * p == refused * (1 - p), and solve for p.")


def within_reach(value: Any) -> str:
    """Check a list of columns that a letter may advise an applicant to change.

    Parameters
    ----------
    value : object
        The learner's list of column names.

    Returns
    -------
    str
        What the right answer means.

    Raises
    ------
    hurdles.checks.CheckFailed
        If nobody can act on one of them, or if one that is within everybody's reach is left out.
    """
    names = [str(name) for name in is_list(value, "changeable")]
    expect(names, "changeable is empty.", "Something is within reach: what does an applicant bring or ask for?")
    columns = mortgage_columns()
    for name in names:
        expect(name in columns.index, f"{name} is no column of the file.", "Take names from the model's columns.")
        expect(
            not columns.loc[name, "sensitive"],
            f"{name} says who somebody is.",
            "Advice to be somebody else helps nobody, and the model does not know it.",
        )
        expect(name in FEATURES, f"{name} is not in the model.", "Changing it changes no chance.")
        expect(name not in _FIXED, f"{name}: {_FIXED.get(name)}.", "Advice is about what can still be changed.")
    lost = [name for name in _REACH if name not in names]
    expect(
        not lost,
        f"You left out a column that is easier to change than most ({len(lost)} such).",
        "Think of the sum asked for, and of papers.",
    )
    return "Amounts and papers can change; the past, the lender's judgement and who somebody is cannot."
