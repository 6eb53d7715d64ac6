"""Who is refused: rates by group with intervals, the four-fifths rule, and what stands in for a group.

The model's classes are decisions: 1 is "refused". What the model learned from, and what it is compared with, are the
decisions of the lender's officers. Nobody in this file was observed to pay back or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hurdles.datasets import mortgages
from hurdles.datasets.desk import FEATURES, Desk

__all__ = [
    "FEWEST",
    "FOUR_FIFTHS",
    "GROUPINGS",
    "Z",
    "decisions",
    "group_labels",
    "guessing",
    "impact",
    "like_for_like",
    "rates",
    "strengths",
    "verdict",
    "wilson",
]

Floats = NDArray[np.float64]

# The 97.5th percentile of the normal distribution, as tables print it.
Z: Final = 1.96
# Section 4D of the Uniform Guidelines on Employee Selection Procedures (1978), 29 CFR 1607.4: a rule of thumb of
# American employment law. Here it is a yardstick and no statement about the law of lending.
FOUR_FIFTHS: Final = 0.8
# With fewer people, a bootstrap interval is too narrow to base a verdict on. A convention of this course.
FEWEST: Final = 30
# What applications can be split by, and how a picture calls it.
GROUPINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "origin": "race or ethnicity",
        "sex": "sex",
        "origin and sex": "race or ethnicity, and sex",
        "age": "age",
        "marriage": "marriage",
        "neighbourhood": "neighbourhood",
    }
)
_UNKNOWN: Final = "not known"


def group_labels(people: pd.DataFrame) -> pd.DataFrame:
    """Return what group each application counts to, by every entry of `GROUPINGS`.

    Parameters
    ----------
    people : pandas.DataFrame of shape (n, 59)
        Rows of `hurdles.datasets.mortgages`, cleaned.

    Returns
    -------
    pandas.DataFrame of shape (n, 6)
        Texts. Where the file does not say, the label is "not known".
    """

    def flag(column: str, yes: str, no: str) -> pd.Series[Any]:
        return people[column].map({1: yes, 0: no}).astype(object).fillna(f"{column} not known")

    origin = pd.Series(np.select([people["black"] == 1, people["hispan"] == 1], ["Black", "Hispanic"], "white"))
    origin.index = people.index
    sex = flag("male", "men", "women").replace("male not known", _UNKNOWN)
    both = (origin + " " + sex).where(sex != _UNKNOWN, f"sex {_UNKNOWN}")
    labels = {
        "origin": origin,
        "sex": sex,
        "origin and sex": both,
        "age": flag("old", "older than the median", "younger"),
        "marriage": flag("married", "married", "not married").replace("married not known", _UNKNOWN),
        "neighbourhood": flag("min30", "over 30 % minority", "up to 30 % minority").replace(
            "min30 not known", _UNKNOWN
        ),
    }
    return pd.DataFrame(labels, index=people.index)


def decisions(desk: Desk, cut: float, rows: Literal["unseen", "all"] = "unseen") -> pd.DataFrame:
    """Return what model and officers decided, with everybody's groups.

    Parameters
    ----------
    desk : hurdles.datasets.desk.Desk
        The lender's model.
    cut : float
        Threshold: who reaches it is refused.
    rows : {"unseen", "all"}
        The applications kept aside; or all of them, where each training row gets its chance from a model that has
        not seen the row (`Desk.held_out`).

    Returns
    -------
    pandas.DataFrame
        One row for each application. ``chance`` of refusal, ``refused`` and ``approved`` by the model, ``officers``
        (1 if they refused), and a column for each entry of `GROUPINGS`.
    """
    chance = pd.Series(desk.chance(desk.test), desk.test.index)
    officers = desk.refused_test
    if rows == "all":
        chance = pd.concat([pd.Series(desk.held_out(), desk.train.index), chance])
        officers = pd.concat([desk.refused_train, officers])
    refused = (chance >= cut).astype(int)
    frame = pd.DataFrame({"chance": chance, "refused": refused, "approved": 1 - refused, "officers": officers})
    return frame.join(group_labels(mortgages(cleaned=True).loc[frame.index]))


def wilson(count: Any, people: Any) -> tuple[Any, Any]:
    """Return Wilson's 95 % interval of a share.

    Parameters
    ----------
    count, people : int or array of int
        How many of how many; ``people`` is at least 1.

    Returns
    -------
    low, high : float or array of float
        Between 0 and 1. Also where nobody or everybody is counted, the interval has a width.

    Notes
    -----
    Source: E. B. Wilson (1927), "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the
    American Statistical Association 22, 209-212.
    """
    n = np.asarray(people, dtype=float)
    share = np.asarray(count, dtype=float) / n
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    low, high = np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
    return (low, high) if low.ndim else (float(low), float(high))


def rates(frame: pd.DataFrame, group: str, outcome: str = "refused") -> pd.DataFrame:
    """Return how often an outcome comes up in each group.

    Parameters
    ----------
    frame : pandas.DataFrame
        Such as `decisions` returns.
    group, outcome : str
        Columns; the outcome is 0 or 1.

    Returns
    -------
    pandas.DataFrame
        One row for each group: ``people``, ``count``, ``rate``, and Wilson's 95 % interval ``low`` to ``high``.
    """
    table = pd.DataFrame(frame.groupby(group)[outcome].agg(people="size", count="sum"))
    low, high = wilson(table["count"], table["people"])
    return table.assign(rate=table["count"] / table["people"], low=low, high=high)


def verdict(low: float, high: float, people: int) -> str:
    """Say on which side of four fifths an interval lies, or that it cannot tell; it never can for under `FEWEST`."""
    if people < FEWEST:
        return "cannot tell"
    if high < FOUR_FIFTHS:
        return "below four fifths"
    return "at least four fifths" if low >= FOUR_FIFTHS else "cannot tell"


def impact(
    frame: pd.DataFrame, group: str, reference: str, by: str = "origin", seed: int = 0, draws: int = 2000
) -> dict[str, Any]:
    """Compare two groups' approval rates.

    Parameters
    ----------
    frame : pandas.DataFrame
        Such as `decisions` returns.
    group, reference : str
        Labels in the column ``by``.
    by : str
        Column of labels.
    seed, draws : int
        For the bootstrap: in each draw, as many rows as a group has are drawn from it, with replacement.

    Returns
    -------
    dict
        ``people`` in the group; ``ratio`` of approval rates; its bootstrap 95 % interval ``low`` to ``high``;
        ``verdict``, see `verdict`, for the smaller of the two groups.
    """
    ours, theirs = (frame.loc[frame[by] == label, "approved"] for label in (group, reference))
    rng = np.random.default_rng(seed)
    # To draw rows of 0 and 1 with replacement and to count the ones is to draw from a binomial distribution.
    ratios = rng.binomial(len(ours), ours.mean(), draws) / len(ours)
    ratios = ratios / (rng.binomial(len(theirs), theirs.mean(), draws) / len(theirs))
    low, high = (float(edge) for edge in np.quantile(ratios, [0.025, 0.975]))
    fewest = min(len(ours), len(theirs))
    ratio = float(ours.mean() / theirs.mean())
    return {"people": len(ours), "ratio": ratio, "low": low, "high": high, "verdict": verdict(low, high, fewest)}


def strengths(frame: pd.DataFrame, member: pd.Series[Any]) -> pd.Series[float]:
    """Return how well each column by itself tells members of a group from others.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns of numbers.
    member : pandas.Series
        1 for members, 0 for others, with the index of ``frame``.

    Returns
    -------
    pandas.Series
        AUC over the rows where the column has a value, turned so that it is at least 0.5; the strongest first.
    """
    from sklearn.metrics import roc_auc_score

    found = {}
    for column in frame.columns:
        known = frame[column].notna()
        auc = float(roc_auc_score(member[known], frame.loc[known, column]))
        found[str(column)] = max(auc, 1 - auc)
    return pd.Series(found).sort_values(ascending=False)


def guessing(frame: pd.DataFrame, member: pd.Series[Any]) -> float:
    """Return how well all columns together tell members of a group from others: AUC of boosted trees over five folds.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns of numbers; gaps are allowed.
    member : pandas.Series
        1 for members, 0 for others, with the index of ``frame``.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from threadpoolctl import threadpool_limits

    trees = HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=8, random_state=0)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    # Threads gain nothing on so few rows, and where others use the processors they wait for each other for minutes.
    with threadpool_limits(1, user_api="openmp"):
        return float(cross_val_score(trees, frame, member, cv=folds, scoring="roc_auc").mean())


def like_for_like(reference: str = "white", draws: int = 200, seed: int = 0) -> pd.DataFrame:
    """Compare the officers' refusals in each group with what like applicants of the reference group met with.

    A logistic regression learns from the reference group's applications how the officers decided by the model's
    columns. It then says how many of another group they would have refused had they decided so.

    Parameters
    ----------
    reference : str
        A label of race or ethnicity.
    draws, seed : int
        For the bootstrap, which draws both groups' rows anew and refits.

    Returns
    -------
    pandas.DataFrame
        One row for each other group: ``people``, the shares ``refused`` and ``expected``, their ``difference``, and
        its bootstrap 95 % interval ``low`` to ``high``.

    Notes
    -----
    The method is Kitagawa's (1955), known in economics as the Oaxaca-Blinder decomposition. What the columns leave
    out, it cannot compare; and where a column holds the officers' own judgement, it hides a difference.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    people = mortgages(cleaned=True)
    labels, refused = group_labels(people)["origin"], people["reject"]
    filled = people[list(FEATURES)].astype(float)
    rows = StandardScaler().fit_transform(filled.fillna(filled.median()))
    decided = refused.to_numpy()
    rng = np.random.default_rng(seed)
    # Of scikit-learn's solvers the quickest where rows are many and columns few.
    model = LogisticRegression(solver="newton-cholesky")
    like = np.flatnonzero(labels == reference)
    others = {str(name): np.flatnonzero(labels == name) for name in sorted(set(labels) - {reference})}

    def gaps(draw: bool) -> list[float]:
        learned = rng.choice(like, len(like)) if draw else like
        model.fit(rows[learned], decided[learned])
        expected = model.predict_proba(rows)[:, 1]
        picked = [rng.choice(i, len(i)) if draw else i for i in others.values()]
        return [float(decided[i].mean() - expected[i].mean()) for i in picked]

    seen = gaps(draw=False)
    edges = np.quantile([gaps(draw=True) for _ in range(draws)], [0.025, 0.975], axis=0)
    table = pd.DataFrame({"people": [len(i) for i in others.values()]}, index=pd.Index(list(others), name="group"))
    shares = [float(decided[i].mean()) for i in others.values()]
    expected = [share - gap for share, gap in zip(shares, seen, strict=True)]
    return table.assign(refused=shares, expected=expected, difference=seen, low=edges[0], high=edges[1])
