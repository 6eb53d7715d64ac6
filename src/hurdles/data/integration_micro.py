"""Checks of the micro-exercises on joins; the answers are worked out from the data, never typed in."""

from __future__ import annotations

from math import isclose
from typing import Any

from hurdles.checks import fail, is_number
from hurdles.data.integration_joins import as_of
from hurdles.data.integration_sources import simulate

__all__ = ["later_readings", "rows_of_both"]


def rows_of_both(value: Any) -> str:
    """Check how many rows the application with most reports has after a join with reports and readings.

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
    number = is_number(value, "rows")
    sources = simulate()
    counts = sources.owners.value_counts()
    most = counts.index[0]
    reports, readings = int(counts.iloc[0]), int((sources.readings["application"] == most).sum())
    if number == reports + readings:
        fail(f"rows is {number:g}: that is reports plus readings.", "Each report meets each reading: how many pairs?")
    if number in (reports, readings):
        fail(f"rows is {number:g}: that is one of the two counts.", "Each report meets each reading: how many pairs?")
    if number != reports * readings:
        fail(
            f"rows is {number:g}.",
            "Count the rows with application == busiest in reports and in readings; each report meets each reading.",
        )
    return "Nobody asked for that many. Reduce each source to one row for each application before you join."


def later_readings(value: Any) -> str:
    """Check the share of applications whose nearest reading within an hour lies after the decision.

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
        If the number is another one; the text says what it is the share of.
    """
    number = is_number(value, "share")
    sources = simulate()
    near = as_of(sources.applications, sources.readings, 1, "nearest")
    later, found = int((near["at"] > near["decided"]).sum()), int(near["at"].notna().sum())
    if isclose(number, 100 * later / found, abs_tol=0.5) and number > 1:
        fail(f"share is {number:g}: that is in percent.", "Give a share between 0 and 1.")
    if not 0 <= number <= 1:
        fail(f"share is {number:g}: that is a count, or no share at all.", "A share lies between 0 and 1: take a mean.")
    if isclose(number, 1 - later / found, abs_tol=0.0005):
        fail(f"share is {number:.3f}: those lie at or before the decision.", "We ask for later ones: at > decided.")
    if isclose(number, later / len(near), abs_tol=0.0005):
        fail(
            f"share is {number:.3f}: that is of all applications.",
            "Applications without a reading are in the count. Drop them first: dropna(subset=['at']).",
        )
    if not isclose(number, later / found, abs_tol=0.0005):
        fail(f"share is {number:.3f}.", "Compare close['at'] with close['decided'], where there is a reading.")
    return "A small tolerance is no protection: only the direction is."
