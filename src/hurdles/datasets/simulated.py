"""Populations made up by rule, for questions that need the truth to be known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hurdles.errors import HurdlesError

__all__ = ["applicants"]


def applicants(n: int, seed: int) -> pd.DataFrame:
    """Simulate applicants for a loan, with nothing missing and no error in any label.

    Sizes are of the order of `mortgages`; the relations between the columns are made up and simple. Income
    depends on the loan by a straight line, so a regression on the loan can restore a hidden income as well as
    anything can. Refusals follow a logistic rule.

    Parameters
    ----------
    n : int
        How many applicants.
    seed : int
        The same seed gives the same applicants.

    Returns
    -------
    pandas.DataFrame
        ``loan`` : amount of the loan, in thousands of dollars: log-normal, median 126.
        ``income`` : yearly income, in thousands of dollars: 10 + 0.3 loan + a gamma-distributed part, mean 24.
        ``late`` : late payments in the last year: Poisson, mean 0.6.
        ``obligations`` : all obligations as a share of income, in percent: normal, mean 33.
        ``reject`` : 1 if refused, with log-odds
        0.7 + 0.02 loan - 0.07 income + 0.6 late + 0.05 (obligations - 33).

        Nothing is sensitive: nobody here exists.

    Raises
    ------
    hurdles.errors.HurdlesError
        If `n` is not positive.

    Notes
    -----
    Source: this function. Licence: that of the package.
    """
    if n < 1:
        raise HurdlesError(f"applicants() was asked for {n} applicants. Ask for one or more.")
    rng = np.random.default_rng(seed)
    loan = np.exp(rng.normal(np.log(126), 0.45, n))
    income = 10 + 0.3 * loan + rng.gamma(2.0, 12.0, n)
    late = rng.poisson(0.6, n)
    obligations = rng.normal(33, 8, n)
    log_odds = 0.7 + 0.02 * loan - 0.07 * income + 0.6 * late + 0.05 * (obligations - 33)
    reject = rng.random(n) < 1 / (1 + np.exp(-log_odds))
    return pd.DataFrame(
        {
            "loan": loan,
            "income": income,
            "late": late,
            "obligations": obligations,
            "reject": reject.astype(int),
        }
    )
