"""Scores that can be trusted a little more: repeated folds, side by side, with their spread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import RepeatedStratifiedKFold, StratifiedKFold, cross_val_predict, cross_val_score
from threadpoolctl import threadpool_limits

__all__ = ["CompleteRows", "auc", "compare", "out_of_fold", "versus"]

_FOLDS: Final = 5


def compare(
    models: Mapping[str, Any], features: pd.DataFrame, label: pd.Series, repeats: int = 2, seed: int = 0
) -> pd.DataFrame:
    """Score models on the same folds.

    Everything a model fits, its imputer and its scaler included, is fitted on the training part of each fold.

    Parameters
    ----------
    models : mapping of str to estimator
        Unfitted classifiers or pipelines.
    features : pandas.DataFrame
        What they may look at.
    label : pandas.Series
        0 or 1 for each row.
    repeats : int
        How often the rows are shuffled and cut into five folds.
    seed : int
        Seed of the shuffling.

    Returns
    -------
    pandas.DataFrame
        Area under the ROC curve: one row for each fold, one column for each model.
    """
    folds = RepeatedStratifiedKFold(n_splits=_FOLDS, n_repeats=repeats, random_state=seed)
    # On tables this small, threads only wait for each other; on a busy machine they wait for seconds.
    with threadpool_limits(1):
        scores = {
            name: cross_val_score(model, features, label, cv=folds, scoring="roc_auc") for name, model in models.items()
        }
    return pd.DataFrame(scores).rename_axis("fold")


def auc(model: Any, features: pd.DataFrame, label: pd.Series) -> float:
    """Score one model on five folds.

    Parameters
    ----------
    model : estimator
        An unfitted classifier or pipeline.
    features : pandas.DataFrame
        What it may look at.
    label : pandas.Series
        0 or 1 for each row.

    Returns
    -------
    float
        Mean area under the ROC curve: the share of pairs, one of each label, that the model ranks right.
    """
    return float(compare({"model": model}, features, label, repeats=1)["model"].mean())


def versus(scores: Mapping[str, pd.DataFrame], base: str) -> pd.DataFrame:
    """Compare models fold by fold, so that luck with the folds cancels out.

    Parameters
    ----------
    scores : mapping of str to pandas.DataFrame
        For each set of data, what `compare` returned.
    base : str
        The model to compare with.

    Returns
    -------
    pandas.DataFrame
        For each set of data and model: ``AUC`` (mean), ``difference`` from `base` (mean over folds), ``spread``
        (standard deviation of the difference over folds) and ``folds better`` as a text such as ``7 of 10``.
    """
    return pd.concat({title: _versus(table, base) for title, table in scores.items()})


def _versus(scores: pd.DataFrame, base: str) -> pd.DataFrame:
    difference = scores.sub(scores[base], axis=0)
    better = (difference > 0).sum().astype(str) + f" of {len(scores)}"
    table = {"AUC": scores.mean(), "difference": difference.mean(), "spread": difference.std()}
    frame = pd.DataFrame(table).round(3)
    frame["folds better"] = better.where(scores.columns != base, "")
    return frame


def out_of_fold(model: Any, features: pd.DataFrame, label: pd.Series, seed: int = 0) -> NDArray[np.float64]:
    """Return each row's class probabilities from a model that has not seen that row.

    Parameters
    ----------
    model : estimator
        An unfitted classifier or pipeline.
    features : pandas.DataFrame
        What it may look at.
    label : pandas.Series
        0 or 1 for each row.
    seed : int
        Seed of the shuffling into five folds.

    Returns
    -------
    numpy.ndarray
        Rows x 2: the probabilities of 0 and 1.
    """
    folds = StratifiedKFold(n_splits=_FOLDS, shuffle=True, random_state=seed)
    with threadpool_limits(1):
        chances: NDArray[np.float64] = cross_val_predict(model, features, label, cv=folds, method="predict_proba")
    return chances


class CompleteRows(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A model that knows only rows without gaps.

    It learns from complete rows. A new row with a gap gets the usual share of refusals: the model has nothing to
    say about it, yet everyone who applies must get an answer.

    Parameters
    ----------
    model : estimator
        The classifier to fit on the complete rows.
    """

    def __init__(self, model: Any) -> None:
        self.model = model

    def fit(self, features: pd.DataFrame, label: pd.Series) -> CompleteRows:
        """Fit the model on the rows without gaps."""
        complete = features.notna().all(axis=1).to_numpy()
        self.classes_ = np.unique(label)
        self.usual_ = float(np.mean(np.asarray(label)[complete]))
        self.model_ = clone(self.model).fit(features[complete], np.asarray(label)[complete])
        return self

    def predict_proba(self, features: pd.DataFrame) -> NDArray[np.float64]:
        """Return the probabilities of 0 and 1 for each row."""
        chance = np.full(len(features), self.usual_)
        complete = features.notna().all(axis=1).to_numpy()
        if complete.any():
            chance[complete] = self.model_.predict_proba(features[complete])[:, 1]
        return np.column_stack([1 - chance, chance])

    def predict(self, features: pd.DataFrame) -> NDArray[Any]:
        """Return the likelier class of each row."""
        classes: NDArray[Any] = self.classes_[(self.predict_proba(features)[:, 1] > 0.5).astype(int)]
        return classes
