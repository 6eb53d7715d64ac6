"""Checks of the micro-exercises on governance; the answers are worked out from the data given, never typed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isclose
from typing import Any

from hurdles.checks import fail, is_number
from hurdles.fairness.governance_log import verify_log
from hurdles.fairness.governance_review import override_rates

__all__ = ["caught_share", "first_rewritten"]


def caught_share(value: Any, reviews: Sequence[Mapping[str, str]]) -> str:
    """Check which share of a model's wrong refusals the officer put right.

    Parameters
    ----------
    value : object
        The learner's share.
    reviews : sequence of dict
        ``model``, ``officer`` and ``right`` of each case, at least one of them wrong.

    Returns
    -------
    str
        What the right answer means.

    Raises
    ------
    hurdles.checks.CheckFailed
        If the number is another one; the text says what it is instead.
    """
    number, rates = is_number(value, "caught"), override_rates(reviews)
    changed = [r for r in reviews if r["officer"] != r["model"]]
    hits = sum(r["officer"] == r["right"] for r in changed)
    share = rates["caught"] or 0.0
    if isclose(number, 100 * share, abs_tol=0.05) and share:
        fail(f"caught is {number:g}.", "Give a share between 0 and 1.")
    if isclose(number, share, abs_tol=0.001):
        return "How many refusals are overturned says little. This share tells what review is worth."
    if isclose(number, rates["overridden"] or 0.0, abs_tol=0.001):
        fail(f"caught is {number:.3f}: that is the share overturned of all refusals.", "Look at wrong refusals only.")
    if isclose(number, hits / len(reviews), abs_tol=0.001):
        fail(f"caught is {number:.3f}: put right, but of all refusals.", "Divide by the wrong refusals.")
    if changed and isclose(number, hits / len(changed), abs_tol=0.001):
        fail(f"caught is {number:.3f}: that is how often an override was right.", "Divide by the wrong refusals.")
    if isclose(number, hits, abs_tol=0.001):
        fail(f"caught is {number:g}: a count.", "Divide by the number of wrong refusals.")
    return fail(
        f"caught is {number:.3f}.", 'Wrong refusals are those with r["right"] == "approve". How many were approved?'
    )


def first_rewritten(value: Any, ours: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]]) -> str:
    """Check from which record on a log was rewritten, against an auditor's copy.

    Parameters
    ----------
    value : object
        The learner's position, from 0.
    ours, theirs : sequence of dict
        The log as it is now, and as an auditor kept it; they differ in an entry.

    Returns
    -------
    str
        What the right answer means.

    Raises
    ------
    hurdles.checks.CheckFailed
        If it is another position.
    """
    number = is_number(value, "first")
    wanted = next(i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a["hash"] != b["hash"])
    if number == wanted:
        itself = "fits" if verify_log(ours) is None else "is broken"
        return f"In itself, the desk's log {itself}. Against what somebody else keeps, the change shows."
    if number == wanted + 1:
        fail(f"first is {number:g}: counted from 1.", "Positions count from 0.")
    if number == len(ours) or number == len(ours) - 1:
        fail(f"first is {number:g}: the end of the log.", "The last seals differ, but so do some before them.")
    if number < wanted:
        fail(f"first is {number:g}: that record has the same seal in both.", "Go on to the first that differs.")
    return fail(f"first is {number:g}: an earlier record differs, too.", "Compare seals from the start.")
