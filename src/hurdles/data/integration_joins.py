"""Matching keys, picking one row, taking the latest reading: the steps of a careful join, and what they cost."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hurdles.errors import HurdlesError

__all__ = [
    "ABBREVIATIONS",
    "as_of",
    "fuzzy_pairs",
    "logistic_weights",
    "match_quality",
    "pairs_ranked_right",
    "tidy_address",
]

ABBREVIATIONS: Final = {"ST": "STREET", "AVE": "AVENUE", "RD": "ROAD"}
_NO_WORD: Final = re.compile(r"[\W_]+")


def tidy_address(text: object) -> str:
    """Write an address in the one way that both sides share.

    Parameters
    ----------
    text : object
        As somebody typed it; anything but a text counts as unknown.

    Returns
    -------
    str
        Capitals, one blank between words, no punctuation, `ABBREVIATIONS` written out; empty when unknown.
    """
    if not isinstance(text, str):
        return ""
    words = _NO_WORD.sub(" ", text).upper().split()
    return " ".join(ABBREVIATIONS.get(word, word) for word in words)


def fuzzy_pairs(
    left: Sequence[str], right: Sequence[str], cutoff: float = 85, same_start: bool = True
) -> dict[str, str]:
    """Pair texts that are nearly alike and begin with the same word, such as a house number.

    Parameters
    ----------
    left : sequence of str
        Texts to find a partner for.
    right : sequence of str
        Where to look. A partner serves once; the most alike pairs are made first.
    cutoff : float
        Least similarity, from 0 to 100 (rapidfuzz's ``ratio``).
    same_start : bool
        Whether the first word has to agree letter by letter: house numbers one digit apart look alike and are
        other people's.

    Returns
    -------
    dict of str to str
        For each text on the left that found one: its partner on the right.
    """
    from rapidfuzz.distance import Indel
    from rapidfuzz.process import cdist

    groups: dict[str, list[str]] = {}
    for text in dict.fromkeys(right):
        groups.setdefault(_start(text, same_start), []).append(text)
    found: list[tuple[float, str, str]] = []
    for text in dict.fromkeys(left):
        near = groups.get(_start(text, same_start), [])
        if near:
            scores = cdist([text], near, scorer=Indel.normalized_similarity)[0]
            found += [(float(score), text, other) for score, other in zip(scores, near, strict=True)]
    pairs: dict[str, str] = {}
    taken: set[str] = set()
    for score, one, other in sorted(found, key=lambda item: (-item[0], item[1], item[2])):
        if 100 * score >= cutoff and one not in pairs and other not in taken:
            pairs[one] = other
            taken.add(other)
    return pairs


def _start(text: str, wanted: bool) -> str:
    return text.partition(" ")[0] if wanted else ""


def match_quality(matched: pd.Series, owners: pd.Series) -> pd.Series:
    """Count how a matching of reports did against the truth.

    Parameters
    ----------
    matched : pandas.Series
        For each report, the application it was given to; missing where it found none.
    owners : pandas.Series
        For each report, the application it belongs to, missing if to none; the same index.

    Returns
    -------
    pandas.Series
        Counts of reports: ``right``, ``somebody else's``, ``not matched``.
    """
    found = matched.notna()
    right = (matched == owners).fillna(False).astype(bool)  # strangers have no owner here
    return pd.Series(
        {"right": int(right.sum()), "somebody else's": int((found & ~right).sum()), "not matched": int((~found).sum())}
    )


def as_of(
    applications: pd.DataFrame,
    readings: pd.DataFrame,
    hours: float,
    direction: Literal["backward", "nearest", "forward"] = "backward",
) -> pd.DataFrame:
    """Join to each application one reading of its own logger, by time.

    Parameters
    ----------
    applications : pandas.DataFrame
        With ``application`` and ``decided``.
    readings : pandas.DataFrame
        With ``application``, ``at`` and ``damp``.
    hours : float
        How far from the decision a reading may lie, both ends included.
    direction : str
        ``backward`` looks at or before the decision, ``nearest`` on both sides, ``forward`` at or after it.

    Returns
    -------
    pandas.DataFrame
        The applications in their order and with their index, with ``at`` and ``damp``; gaps where no reading fits.
    """
    if hours < 0:
        raise HurdlesError(f"as_of() was asked for readings within {hours} hours. Ask for 0 or more.")
    events = applications.assign(_place=np.arange(len(applications))).sort_values("decided", kind="stable")
    joined = pd.merge_asof(
        events,
        readings.sort_values("at", kind="stable"),
        left_on="decided",
        right_on="at",
        by="application",
        direction=direction,
        tolerance=pd.Timedelta(hours=hours),
    )
    joined = joined.sort_values("_place").drop(columns="_place")
    return joined.set_axis(applications.index)


def logistic_weights(features: NDArray[np.float64], label: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fit a logistic regression by Newton's method with a little ridge.

    Parameters
    ----------
    features : numpy.ndarray
        Rows x columns, about standardised; the first column holds ones and is not shrunk.
    label : numpy.ndarray
        0 or 1 for each row.

    Returns
    -------
    numpy.ndarray
        One weight for each column.
    """
    ridge = np.eye(features.shape[1])
    ridge[0, 0] = 1e-6
    weights = np.zeros(features.shape[1])
    for _ in range(5):
        chance = 1 / (1 + np.exp(-(features @ weights)))
        slope = features.T @ (label - chance) - ridge @ weights
        curvature = (features * (chance * (1 - chance))[:, None]).T @ features + ridge
        weights = weights + np.linalg.solve(curvature, slope)
    return weights


def pairs_ranked_right(label: NDArray[np.float64], score: NDArray[np.float64]) -> float:
    """Return the AUC: the share of pairs of a 1 and a 0 in which the 1 scores higher; ties count half.

    Parameters
    ----------
    label, score : numpy.ndarray
        One value for each row; both labels occur.

    Returns
    -------
    float
    """
    ordered, ones = np.sort(score), score[label > 0]
    ranks = (np.searchsorted(ordered, ones, "left") + np.searchsorted(ordered, ones, "right") + 1) / 2
    return float((ranks.sum() - len(ones) * (len(ones) + 1) / 2) / (len(ones) * (len(label) - len(ones))))
