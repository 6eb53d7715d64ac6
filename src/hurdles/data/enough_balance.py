"""Few cases of one kind: what an alarm is worth, and resampling done before and after the split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.model_selection import train_test_split
from threadpoolctl import threadpool_limits

from hurdles.data.evaluate import out_of_fold

__all__ = ["alarms", "as_many_alarms", "balanced_too_early", "scorecard", "unseen"]

_FOLDS: Final = 5


def alarms(label: ArrayLike, chance: ArrayLike, threshold: float) -> dict[str, float]:
    """Count what happens when every row at or above a threshold raises an alarm.

    Parameters
    ----------
    label : array_like
        1 for the cases looked for, 0 for the others.
    chance : array_like
        The model's score of each row.
    threshold : float
        From which score on a row raises an alarm.

    Returns
    -------
    dict
        ``alarms`` as a count; ``accuracy``, the share of rows told right; ``precision``, the share of alarms that are
        cases (NaN without an alarm); ``recall``, the share of cases with an alarm (NaN without a case).
    """
    case, alarm = np.asarray(label) == 1, np.asarray(chance, dtype=float) >= threshold
    hit = int((case & alarm).sum())
    return {
        "alarms": int(alarm.sum()),
        "accuracy": float((case == alarm).mean()),
        "precision": hit / int(alarm.sum()) if alarm.any() else np.nan,
        "recall": hit / int(case.sum()) if case.any() else np.nan,
    }


def as_many_alarms(chance: ArrayLike, count: int) -> float:
    """Return the threshold at which a model raises a given number of alarms.

    Parameters
    ----------
    chance : array_like
        The model's score of each row.
    count : int
        How many alarms, from 1 to the number of rows. Tied scores may make it more.

    Returns
    -------
    float
        The score of the last row that raises an alarm.
    """
    return float(np.sort(np.asarray(chance, dtype=float))[-count])


def unseen(model: Any, features: pd.DataFrame, label: pd.Series, seed: int = 0) -> NDArray[np.float64]:
    """Score each row by a model that has not seen it.

    Whatever the model does to its rows, resampling included, happens to the training part of a fold alone.

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
        The probability of 1 for each row.
    """
    return out_of_fold(model, features, label, seed)[:, 1]


def balanced_too_early(
    prepare: Any, sampler: Any, model: Any, features: pd.DataFrame, label: pd.Series, seed: int = 0
) -> dict[str, float]:
    """Do it the wrong way round: resample all rows, then split, then test.

    Parameters
    ----------
    prepare, sampler, model : estimator
        A transformer, a resampler of imbalanced-learn, and a classifier, all unfitted.
    features : pandas.DataFrame
        What the model may look at.
    label : pandas.Series
        0 or 1 for each row.
    seed : int
        Seed of the split.

    Returns
    -------
    dict
        What `alarms` says at a threshold of one half about the fifth of the resampled rows that was kept aside.
    """
    with threadpool_limits(1):
        balanced, target = clone(sampler).fit_resample(clone(prepare).fit_transform(features), label.to_numpy())
        train, test, known, wanted = train_test_split(
            balanced, target, test_size=1 / _FOLDS, random_state=seed, stratify=target
        )
        chance = clone(model).fit(train, known).predict_proba(test)[:, 1]
    return alarms(wanted, chance, 0.5)


def scorecard(label: ArrayLike, chances: Mapping[str, ArrayLike], count: int) -> pd.DataFrame:
    """Set models side by side: at a threshold of one half, and at thresholds where all raise as many alarms.

    Parameters
    ----------
    label : array_like
        1 for the cases looked for.
    chances : mapping of str to array_like
        For each model, its score of each row.
    count : int
        How many alarms somebody has time for.

    Returns
    -------
    pandas.DataFrame
        One row a model: precision and recall at a threshold of 0.5; precision of the `count` rows with the highest
        chances; ``mean chance``, which for honest probabilities is the share of cases.
    """
    rows = {}
    for name, chance in chances.items():
        half, same = alarms(label, chance, 0.5), alarms(label, chance, as_many_alarms(chance, count))
        rows[name] = {
            "precision at 0.5": half["precision"],
            "recall at 0.5": half["recall"],
            f"precision of {count} alarms": same["precision"],
            "mean chance": float(np.asarray(chance, dtype=float).mean()),
        }
    return pd.DataFrame.from_dict(rows, orient="index")
