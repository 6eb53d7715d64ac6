"""The lender's model: one fit that every lesson explains, audits and decides with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hurdles.datasets import mortgages

__all__ = ["CODES", "FEATURES", "LABELS", "Desk", "desk_model"]

Floats = NDArray[np.float64]

# All are known when an application comes in, and none describes who the applicant is.
FEATURES: Final[tuple[str, ...]] = (
    "appinc", "loanamt", "loanprc", "hrat", "obrat", "netw", "liq", "lines",
    "cons", "mortg", "gdlin", "chist", "pubrec", "unver",
)  # fmt: skip
# Of these, the ones with a few values only; the others are amounts.
CODES: Final[tuple[str, ...]] = ("cons", "mortg", "gdlin", "chist", "pubrec", "unver")
_GRAIN: Final = 1024
# How a picture calls a column: short, and in words.
LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "appinc": "yearly income",
        "loanamt": "loan",
        "loanprc": "loan / price",
        "hrat": "housing / income",
        "obrat": "obligations / income",
        "netw": "net worth",
        "liq": "liquid assets",
        "lines": "credit lines",
        "cons": "consumer credit code",
        "mortg": "mortgage history code",
        "gdlin": "meets guidelines",
        "chist": "no long delinquency",
        "pubrec": "bankruptcy on record",
        "unver": "not verifiable",
    }
)


@dataclass(frozen=True)
class Desk:
    """A fitted model with the rows it learned from and the rows it has never seen.

    Parameters
    ----------
    model : sklearn.ensemble.GradientBoostingClassifier
        Boosted trees; class 1 is "refused".
    train, test : pandas.DataFrame
        Features without gaps, one row for each application, labelled as in `hurdles.datasets.mortgages`.
    refused_train, refused_test : pandas.Series
        1 if the lender refused the application, else 0.
    """

    model: Any
    train: pd.DataFrame
    test: pd.DataFrame
    refused_train: pd.Series[Any]
    refused_test: pd.Series[Any]

    @property
    def features(self) -> list[str]:
        """Names of the model's columns, in their order."""
        return [str(column) for column in self.train.columns]

    @property
    def codes(self) -> list[int]:
        """Positions of the columns that hold codes, not amounts."""
        return [i for i, column in enumerate(self.features) if column in CODES]

    def chances(self, rows: pd.DataFrame | Floats) -> Floats:
        """Return for each row the chances of approval and of refusal.

        Parameters
        ----------
        rows : pandas.DataFrame or numpy.ndarray of shape (n, columns)
            Columns in the order of `features`.

        Returns
        -------
        numpy.ndarray of shape (n, 2)
            Each between 0 and 1; the two of a row add up to 1.
        """
        frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows, columns=self.features)
        both: Floats = self.model.predict_proba(frame)
        return both

    def chance(self, rows: pd.DataFrame | Floats) -> Floats:
        """Return for each row the model's chance that the lender refuses, shape (n,)."""
        return self.chances(rows)[:, 1]

    def auc(self, rows: Literal["train", "test"] = "test") -> float:
        """Return the share of pairs, one refused and one approved, that the model ranks right."""
        from sklearn.metrics import roc_auc_score

        refused, frame = (self.refused_train, self.train) if rows == "train" else (self.refused_test, self.test)
        return float(roc_auc_score(refused, self.chance(frame)))

    def refused(self) -> pd.Series[float]:
        """Return the model's chance for every unseen application that the lender refused, the surest first."""
        rows = self.test[self.refused_test == 1]
        return pd.Series(self.chance(rows), rows.index, name="chance").sort_values(ascending=False)


def desk_model(
    features: Sequence[str] = FEATURES,
    gaps: Literal["fill", "drop"] = "fill",
    seed: int = 0,
    extra: pd.DataFrame | None = None,
) -> Desk:
    """Fit the lender's model on the cleaned mortgage applications.

    Boosted trees of depth 3, learned from seven in ten applications; the other three are kept aside. Codes for "not
    known" have become gaps before; what is left of gaps is filled with medians of the training rows.

    Parameters
    ----------
    features : sequence of str
        Columns of `hurdles.datasets.mortgages`.
    gaps : {"fill", "drop"}
        Whether a gap is filled with the median of the training rows, or its application left out.
    seed : int
        Decides which applications are kept aside.
    extra : pandas.DataFrame, optional
        Further columns, with the index of `hurdles.datasets.mortgages`; for trying out what a column does.

    Returns
    -------
    Desk
        The same object again for the same arguments, unless `extra` is given; do not change its frames.
    """
    if extra is None:
        return _fitted(tuple(features), gaps, seed)
    return _fit(mortgages(cleaned=True).join(extra), (*features, *map(str, extra.columns)), gaps, seed)


@cache
def _fitted(features: tuple[str, ...], gaps: Literal["fill", "drop"], seed: int) -> Desk:
    return _fit(mortgages(cleaned=True), features, gaps, seed)


def _fit(frame: pd.DataFrame, features: tuple[str, ...], gaps: Literal["fill", "drop"], seed: int) -> Desk:
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.model_selection import train_test_split

    # scikit-learn's trees keep their limits in 64 bits and shap in 32, so that a row may fall on either side of a limit
    # such as 10.6. Multiples of 1/1024, and the middle between two of them, are the same number in both.
    rows = (frame[list(features)].astype(float) * _GRAIN).round() / _GRAIN
    train, test = train_test_split(rows, test_size=0.3, stratify=frame["reject"], random_state=seed)
    if gaps == "drop":
        train, test = train.dropna(), test.dropna()
    middle = train.median()
    train, test = train.fillna(middle), test.fillna(middle)
    refused_train, refused_test = frame.loc[train.index, "reject"], frame.loc[test.index, "reject"]
    # Of scikit-learn's two kinds of boosting the one that starts no threads: it answers small questions at once.
    model = GradientBoostingClassifier(n_estimators=100, max_depth=3, learning_rate=0.06, subsample=0.7, random_state=0)
    model.fit(train, refused_train)
    return Desk(model, train, test, refused_train, refused_test)
