"""Label errors whose truth is known, because they were made on purpose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["found", "plant_flips", "recall_curve"]


def plant_flips(label: pd.Series, share: float, seed: int) -> pd.DataFrame:
    """Turn some labels round, and remember which.

    Parameters
    ----------
    label : pandas.Series
        Labels 0 and 1; not changed.
    share : float
        Share of all labels to turn round, from 0 to 1.
    seed : int
        The same seed turns the same labels.

    Returns
    -------
    pandas.DataFrame
        ``label``, some turned round, and ``planted``, true where that is so; the index is that of `label`.
    """
    chosen = np.random.default_rng(seed).permutation(len(label))[: round(share * len(label))]
    planted = np.zeros(len(label), dtype=bool)
    planted[chosen] = True
    return pd.DataFrame({"label": label.where(~planted, 1 - label), "planted": planted}, index=label.index)


def found(suspect: Sequence[bool] | NDArray[np.bool_], planted: Sequence[bool] | pd.Series) -> dict[str, float]:
    """Measure a search whose truth is known.

    Parameters
    ----------
    suspect, planted : sequence of bool
        For each row, whether it was suspected, and whether its label is wrong on purpose.

    Returns
    -------
    dict
        ``planted``, ``suspects`` and ``found`` (suspects that were planted) as counts; ``recall`` = found / planted;
        ``precision`` = found / suspects (0 without suspects). Errors that were in the labels before count as
        wrong suspects, so the precision is a lower bound.
    """
    hit, wrong = np.asarray(suspect, dtype=bool), np.asarray(planted, dtype=bool)
    both, suspects, errors = int((hit & wrong).sum()), int(hit.sum()), int(wrong.sum())
    return {
        "planted": errors,
        "suspects": suspects,
        "found": both,
        "recall": round(both / max(errors, 1), 2),
        "precision": round(both / max(suspects, 1), 2),
    }


def recall_curve(quality: NDArray[np.float64], planted: Sequence[bool] | pd.Series) -> NDArray[np.float64]:
    """Return the share of planted errors among the first 0, 1, 2 … rows, the most doubtful label first.

    Parameters
    ----------
    quality : numpy.ndarray
        How well each row's label fits, for example from `cleanlab.rank.get_label_quality_scores`: low is doubtful.
    planted : sequence of bool
        Whether the row's label is wrong on purpose.

    Returns
    -------
    numpy.ndarray
        One value more than there are rows, from 0 to 1.
    """
    wrong = np.asarray(planted, dtype=float)[np.argsort(quality, kind="stable")]
    curve: NDArray[np.float64] = np.concatenate([[0.0], np.cumsum(wrong)]) / wrong.sum()
    return curve
