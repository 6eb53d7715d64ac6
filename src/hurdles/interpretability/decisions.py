"""From chances to decisions: calibration, profit, thresholds, and how many of whom are refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from hurdles.datasets import mortgages
from hurdles.datasets.desk import COSTS, Desk

__all__ = [
    "GROUPS",
    "Share",
    "best_threshold",
    "eager_forest",
    "halves",
    "outcome",
    "outcomes",
    "profit",
    "profit_of_decisions",
    "profits",
    "promises",
    "reliability",
    "share",
    "who",
]

Floats = NDArray[np.float64]
# The file's columns on race and ethnicity, and how a picture calls the applicants. Each applicant has one of the three.
GROUPS: Final[Mapping[str, str]] = {"white": "white", "black": "Black", "hispan": "Hispanic"}
_Z: Final = 1.96


@dataclass(frozen=True)
class Share:
    """A count out of a total, with what the share may be in the long run.

    Parameters
    ----------
    count, total : int
        ``count`` out of ``total``.
    low, high : float
        Ends of Wilson's 95 % interval for the share, 0 to 1.
    """

    count: int
    total: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself, 0 to 1; 0 of nobody."""
        return self.count / self.total if self.total else 0.0


def share(count: int, total: int) -> Share:
    """Return a share with Wilson's 95 % interval.

    Parameters
    ----------
    count, total : int
        ``0 <= count <= total``.

    Returns
    -------
    Share
        Of nobody, anything between 0 and 1 may be true.

    Notes
    -----
    E. B. Wilson (1927), "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22.
    """
    if total == 0:
        return Share(0, 0, 0.0, 1.0)
    p, z2 = count / total, _Z**2
    middle = (p + z2 / (2 * total)) / (1 + z2 / total)
    half = _Z / (1 + z2 / total) * float(np.sqrt(p * (1 - p) / total + z2 / (4 * total**2)))
    return Share(count, total, max(0.0, middle - half), min(1.0, middle + half))


def profit_of_decisions(labels: ArrayLike, refuse: ArrayLike, costs: Mapping[str, float] = COSTS) -> float:
    """Return the mean profit of an application, for given decisions.

    Parameters
    ----------
    labels : array-like of shape (n,)
        1 if it should be refused, else 0.
    refuse : array-like of shape (n,)
        1 if it is refused, else 0.
    costs : mapping
        See `hurdles.datasets.desk.COSTS`.

    Returns
    -------
    float
        In the costs' unit. An approved 0 earns ``costs["refused"]``, which refusing it would lose; an approved 1 costs
        ``costs["approved"]``; who is refused brings nothing. It is the cost of mistakes turned round, plus a constant.
    """
    bad, approved = np.asarray(labels) == 1, np.asarray(refuse) == 0
    return float(np.mean(costs["refused"] * (approved & ~bad) - costs["approved"] * (approved & bad)))


def profit(chances: Floats, labels: ArrayLike, threshold: float, costs: Mapping[str, float] = COSTS) -> float:
    """Return the mean profit of an application when everybody whose chance reaches a threshold is refused.

    Parameters
    ----------
    chances : numpy.ndarray of shape (n,)
        Chances of refusal.
    labels : array-like of shape (n,)
        1 if it should be refused, else 0.
    threshold : float
        From this chance on, an application is refused.
    costs : mapping
        See `hurdles.datasets.desk.COSTS`.

    Returns
    -------
    float
        See `profit_of_decisions`.
    """
    return profit_of_decisions(labels, np.asarray(chances) >= threshold, costs)


def profits(chances: Floats, labels: ArrayLike, costs: Mapping[str, float] = COSTS) -> tuple[Floats, Floats]:
    """Return every threshold that makes a difference, from low to high, and the mean profit of each.

    Parameters
    ----------
    chances : numpy.ndarray of shape (n,)
        Chances of refusal.
    labels : array-like of shape (n,)
        1 if it should be refused, else 0.
    costs : mapping
        See `hurdles.datasets.desk.COSTS`.

    Returns
    -------
    thresholds : numpy.ndarray of shape (d + 1,)
        0, the middles between neighbours of the d different chances, and a number above all.
    profits : numpy.ndarray of shape (d + 1,)
        See `profit`.
    """
    scores, bad = np.asarray(chances, dtype=float), np.asarray(labels) == 1
    order = np.argsort(scores, kind="stable")
    worth = np.where(bad[order], -costs["approved"], costs["refused"])
    different, first = np.unique(scores[order], return_index=True)
    total = np.concatenate([[0.0], np.cumsum(worth)]) / len(scores)
    edges = np.concatenate([[0.0], (different[1:] + different[:-1]) / 2, [max(1.0, different[-1]) + 1e-9]])
    return edges, total[np.append(first, len(scores))]


def best_threshold(chances: Floats, labels: ArrayLike, costs: Mapping[str, float] = COSTS) -> float:
    """Return the threshold of the largest profit; of several, the one that refuses fewest.

    Parameters
    ----------
    chances : numpy.ndarray of shape (n,)
        Chances of refusal.
    labels : array-like of shape (n,)
        1 if it should be refused, else 0.
    costs : mapping
        See `hurdles.datasets.desk.COSTS`.

    Returns
    -------
    float
        From this chance on, an application is refused.
    """
    edges, worth = profits(chances, labels, costs)
    return float(edges[np.flatnonzero(np.isclose(worth, worth.max(), rtol=0, atol=1e-12))[-1]])


def outcome(chances: Floats, labels: ArrayLike, threshold: float, costs: Mapping[str, float] = COSTS) -> dict[str, Any]:
    """Return what a threshold does to some applications, in counts and in money.

    Parameters
    ----------
    chances : numpy.ndarray of shape (n,)
        Chances of refusal.
    labels : array-like of shape (n,)
        1 if the lender's officers refused, else 0.
    threshold : float
        From this chance on, an application is refused.
    costs : mapping
        See `hurdles.datasets.desk.COSTS`.

    Returns
    -------
    dict
        ``threshold``; ``refused``, and how many of these the officers had approved; how many are approved though the
        officers refused; and the mean profit of an application.
    """
    bad, refuse = np.asarray(labels) == 1, np.asarray(chances) >= threshold
    return {
        "threshold": threshold,
        "refused": int(refuse.sum()),
        "of these, officers approved": int((refuse & ~bad).sum()),
        "approved, officers refused": int((~refuse & bad).sum()),
        "profit": profit(chances, labels, threshold, costs),
    }


def outcomes(rows: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return outcomes one below the other, as a lesson shows them.

    Parameters
    ----------
    rows : mapping of str to mapping
        For each name, what `outcome` returns.

    Returns
    -------
    pandas.DataFrame
        Counts stay whole; threshold and profit have two decimals.
    """
    return pd.DataFrame.from_dict({name: dict(row) for name, row in rows.items()}, orient="index").round(2)


def halves(chances: Floats, labels: ArrayLike, repeats: int = 200, seed: int = 0) -> pd.DataFrame:
    """Choose a threshold on one half of some rows and judge it on the other, again and again.

    Parameters
    ----------
    chances : numpy.ndarray of shape (n,)
        Chances of refusal.
    labels : array-like of shape (n,)
        1 if it should be refused, else 0.
    repeats : int
        How often the rows are halved.
    seed : int
        Decides how.

    Returns
    -------
    pandas.DataFrame of shape (repeats, 3)
        ``threshold``; the profit ``promised`` by the half that chose it, and the one ``kept`` on the other half.
    """
    rng, scores, bad = np.random.default_rng(seed), np.asarray(chances), np.asarray(labels)
    found = []
    for _ in range(repeats):
        order = rng.permutation(len(bad))
        one, other = np.array_split(order, 2)
        cut = best_threshold(scores[one], bad[one])
        found.append((cut, profit(scores[one], bad[one], cut), profit(scores[other], bad[other], cut)))
    return pd.DataFrame(found, columns=["threshold", "promised", "kept"])


def promises(choosers: Mapping[str, tuple[Floats, ArrayLike]], chances: Floats, labels: ArrayLike) -> pd.DataFrame:
    """Compare what rows promise that choose a threshold with what the threshold earns on other rows.

    Parameters
    ----------
    choosers : mapping of str to (chances, labels)
        Rows that choose, by name.
    chances : numpy.ndarray of shape (n,)
        Chances of the rows that judge.
    labels : array-like of shape (n,)
        Their labels.

    Returns
    -------
    pandas.DataFrame
        For each name the ``threshold``, and the mean profit of an application ``promised`` and ``on unseen rows``.
    """
    found = {}
    for name, (said, came) in choosers.items():
        cut = best_threshold(said, came)
        found[name] = (cut, profit(said, came, cut), profit(chances, labels, cut))
    columns = ["threshold", "profit promised", "profit on unseen rows"]
    return pd.DataFrame.from_dict(found, orient="index", columns=columns).rename_axis("chosen on")


def reliability(chances: Floats, labels: ArrayLike, bins: int = 5) -> pd.DataFrame:
    """Compare what a model says with what came, in bins of equally many rows; by scikit-learn's `calibration_curve`.

    Parameters
    ----------
    chances : numpy.ndarray of shape (n,)
        Chances between 0 and 1.
    labels : array-like of shape (n,)
        0 or 1.
    bins : int
        How many; where many chances are equal, fewer may come back.

    Returns
    -------
    pandas.DataFrame
        For each bin the mean chance ``said`` and the share that ``came``.
    """
    from sklearn.calibration import calibration_curve

    came, said = calibration_curve(np.asarray(labels), chances, n_bins=bins, strategy="quantile")
    return pd.DataFrame({"said": said, "came": came})


def eager_forest(seed: int = 0) -> Any:
    """Return an unfitted random forest in which refusals and approvals weigh the same in total.

    A usual answer to rare cases. It ranks well; what it says are no chances any more.

    Parameters
    ----------
    seed : int
        Draws the trees.

    Returns
    -------
    sklearn.ensemble.RandomForestClassifier
    """
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(100, min_samples_leaf=10, class_weight="balanced", random_state=seed)


def who(desk: Desk, refuse: NDArray[np.bool_]) -> dict[str, Share]:
    """Count the refused among the unseen applications of each group; the model knows none of these columns.

    Parameters
    ----------
    desk : Desk
        The model and its rows.
    refuse : numpy.ndarray of shape (n_test,)
        Which unseen applications are refused.

    Returns
    -------
    dict of str to Share
        In the order of `GROUPS`, named as a picture calls them. A group's share says what happened, not why.
    """
    people = mortgages(cleaned=True).loc[desk.test.index]
    member = {name: (people[column] == 1).to_numpy(dtype=bool) for column, name in GROUPS.items()}
    return {name: share(int(refuse[rows].sum()), int(rows.sum())) for name, rows in member.items()}
