"""The lender's model: one fit that every lesson explains, audits and decides with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hurdles.datasets.mortgage import mortgages
from hurdles.errors import HurdlesError

__all__ = ["CODES", "COSTS", "CUTS", "FEATURES", "LABELS", "REVIEWS", "Desk", "cut_off", "desk_model"]

Floats = NDArray[np.float64]

# All are known when an application comes in, and none describes who the applicant is.
FEATURES: Final[tuple[str, ...]] = (
    "appinc", "loanamt", "loanprc", "hrat", "obrat", "netw", "liq", "lines",
    "cons", "mortg", "gdlin", "chist", "pubrec", "unver",
)  # fmt: skip
# Of these, the ones with a few values only; the others are amounts.
CODES: Final[tuple[str, ...]] = ("cons", "mortg", "gdlin", "chist", "pubrec", "unver")
_GRAIN: Final = 1024
# What one mistake costs, in thousands of dollars: to approve an application that the lender's officers refused, and to
# refuse one that they approved. The file knows no costs and no defaults; these two are assumptions of the course.
COSTS: Final[Mapping[str, float]] = MappingProxyType({"approved": 20.0, "refused": 2.0})
# The share of all applications that the desk's officers have time to look at again.
REVIEWS: Final = 0.05
# Where a desk may draw the line, as the decision in lesson 03-interpretability/3-decisions words it.
CUTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "cheapest": "Refuse from the chance at which mistakes cost least",
        "capacity": "Refuse only as many as the officers can look at again",
        "half": "Refuse from a chance of one half",
    }
)
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

    def held_out(self) -> Floats:
        """Return for each training row the chance given by a model that has not seen the row, shape (n_train,).

        Five folds; a threshold chosen on these chances uses no unseen application and trusts no memorised one.
        The first call fits five models; whoever asks again gets a copy.
        """
        return self._held_out.copy()

    @cached_property
    def _held_out(self) -> Floats:
        from sklearn.base import clone
        from sklearn.model_selection import StratifiedKFold, cross_val_predict

        folds = StratifiedKFold(5, shuffle=True, random_state=0)
        both = cross_val_predict(clone(self.model), self.train, self.refused_train, cv=folds, method="predict_proba")
        chances: Floats = both[:, 1]
        return chances

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
def cut_off(rule: Literal["cheapest", "capacity", "half"] = "cheapest") -> float:
    """Return the desk's threshold: an application whose chance of refusal reaches it is refused.

    Parameters
    ----------
    rule : {"cheapest", "capacity", "half"}
        The key of a rule in `CUTS`. "cheapest" has the least cost by `COSTS`, "capacity" refuses the share `REVIEWS`,
        both on chances that `Desk.held_out` gives for training rows; "half" is 0.5.

    Returns
    -------
    float
        Between 0 and 1, for the chances of `desk_model` with its default arguments.

    Raises
    ------
    hurdles.errors.HurdlesError
        If there is no such rule.
    """
    if rule == "half":
        return 0.5
    if rule not in CUTS:
        raise HurdlesError(f"There is no rule {rule!r} for a threshold. Choose one of: {', '.join(CUTS)}.")
    desk = desk_model()
    chances = desk.held_out()
    if rule == "capacity":
        return float(np.quantile(chances, 1 - REVIEWS))
    order = np.argsort(chances)
    refused = desk.refused_train.to_numpy()[order] == 1
    # Element k: what it costs when the k applications with the lowest chances are approved and the others refused.
    missed = np.concatenate([[0], np.cumsum(refused)])
    lost = np.concatenate([np.cumsum(~refused[::-1])[::-1], [0]])
    best = int(np.argmin(COSTS["approved"] * missed + COSTS["refused"] * lost))
    edges = np.concatenate([[0.0], chances[order], [1.0]])
    return float((edges[best] + edges[best + 1]) / 2)


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
