"""Who the rows with a gap are, and gaps made on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency

from hurdles.errors import HurdlesError

__all__ = ["gap_table", "punch"]


def gap_table(frame: pd.DataFrame, column: str, flags: Sequence[str]) -> pd.DataFrame:
    """Compare the rows where a column has a value with those where it has none.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    column : str
        The column with gaps.
    flags : sequence of str
        Columns of 0 and 1 to compare.

    Returns
    -------
    pandas.DataFrame
        For each flag: its share in percent where the value is ``known`` and where it is ``missing``, and as a text
        ``p``, the chance of a difference at least as large if the gaps fell at random (chi-squared test).

    Raises
    ------
    hurdles.errors.HurdlesError
        If the column has no gaps, or nothing but gaps.
    """
    gap = frame[column].isna()
    if gap.nunique() < 2:
        raise HurdlesError(f"The column {column!r} has no gaps or nothing else, so there is nothing to compare.")
    rows: dict[str, dict[str, Any]] = {}
    for flag in flags:
        share = 100 * frame.groupby(gap)[flag].mean()
        p = chi2_contingency(pd.crosstab(gap, frame[flag])).pvalue
        rows[flag] = {
            "known (%)": round(share[False], 1),
            "missing (%)": round(share[True], 1),
            "p": "< 0.001" if p < 0.001 else f"{p:.3f}",
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def punch(frame: pd.DataFrame, columns: Sequence[str], share: float, seed: int) -> pd.DataFrame:
    """Make holes completely at random, so that the hidden values are known.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data; it is not changed.
    columns : sequence of str
        Where to make holes.
    share : float
        Share of each column's values to take away, from 0 to 1.
    seed : int
        The same seed makes the same holes.

    Returns
    -------
    pandas.DataFrame
        A copy with holes.
    """
    rng = np.random.default_rng(seed)
    holed = frame.copy()
    for column in columns:
        holed[column] = holed[column].astype(float).mask(rng.random(len(frame)) < share)
    return holed
