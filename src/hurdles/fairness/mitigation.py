"""Mitigation: ways to make a desk's decisions differ less between groups, and what each of them costs.

A decision is 1 for refused and 0 for approved. Rules that toss a coin give a chance of refusal between the two; all
measures here take such chances, and give what is to be expected. What is right is what the lender's officers decided in
1990: the data knows no defaults.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator

from hurdles.datasets import mortgages
from hurdles.datasets.desk import COSTS, Desk, desk_model
from hurdles.fairness import mitigation_fits as fits
from hurdles.fairness.audit import wilson

__all__ = [
    "CONSTRAINTS",
    "GROUPS",
    "SLACKS",
    "Chances",
    "Reduced",
    "by_group",
    "compare",
    "exchanged",
    "fitted",
    "frontier",
    "groups_of",
    "outcome",
    "outcomes",
    "reduced",
    "refused_by",
    "reweighed",
    "reweighing",
    "standardised",
    "thresholds",
    "who_changes",
]

Floats = NDArray[np.float64]
Constraint = Literal["same share", "same wrong refusals", "same errors"]
# As the lender's files recorded applicants in 1990. Each of the columns `black` and `hispan` alone has too few unseen
# applications for a share with a narrow interval, so that this lesson looks at both together.
GROUPS: Final = ("white", "Black or Hispanic")
CONSTRAINTS: Final[tuple[Constraint, ...]] = ("same share", "same wrong refusals", "same errors")
# How far each group may lie from the share of all, on the rows learned from, in percentage points.
SLACKS: Final = (1, 5, 9, 13)


def groups_of(rows: pd.DataFrame | pd.Series[Any]) -> pd.Series[str]:
    """Return for each application the group that the lender's file puts the applicant in.

    Parameters
    ----------
    rows : pandas.DataFrame or pandas.Series
        Anything with index labels of `hurdles.datasets.mortgages`.

    Returns
    -------
    pandas.Series
        One of `GROUPS` for each row, in the order of the rows.
    """
    white = mortgages(cleaned=True).loc[rows.index, "white"]
    names: pd.Series[str] = white.map({1: GROUPS[0], 0: GROUPS[1]}).rename("group")
    return names


def exchanged(groups: pd.Series[str]) -> pd.Series[str]:
    """Return for each application the other group, to try out what a rule does with it."""
    other: pd.Series[str] = groups.map(dict(zip(GROUPS, GROUPS[::-1], strict=True)))
    return other


def standardised(desk: Desk) -> tuple[Floats, Floats]:
    """Return training and unseen rows with every column at mean 0 and standard deviation 1 over training rows."""
    mean, scale = _scale(desk)
    return (desk.train.to_numpy(dtype=float) - mean) / scale, (desk.test.to_numpy(dtype=float) - mean) / scale


def _scale(desk: Desk) -> tuple[Floats, Floats]:
    rows = desk.train.to_numpy(dtype=float)
    return rows.mean(axis=0), rows.std(axis=0)


# --- measures ---------------------------------------------------------------------------------------


def by_group(decisions: ArrayLike, refused: ArrayLike, groups: ArrayLike) -> pd.DataFrame:
    """Return for each group how many are refused, and how often the desk errs in either direction.

    Parameters
    ----------
    decisions : array-like of shape (n,)
        Chance of being refused by the desk; 0 or 1 where no coin is tossed.
    refused : array-like of shape (n,)
        1 if the lender's officers refused the application.
    groups : array-like of shape (n,)
        The group of each.

    Returns
    -------
    pandas.DataFrame
        One row for each group, in the order in which groups come. ``people``; then shares of 0 to 1: ``refused`` with
        its 95 % interval ``low`` to ``high`` (Wilson's), ``wrongly refused`` among those that officers approved,
        ``wrongly approved`` among those that officers refused.
    """
    chance, truth = np.asarray(decisions, dtype=float), np.asarray(refused) == 1
    names, table = pd.Series(np.asarray(groups)), {}
    for name in names.unique():
        here = (names == name).to_numpy()
        share, people = float(chance[here].mean()), int(here.sum())
        low, high = wilson(share * people, people)
        table[name] = {
            "people": people,
            "refused": share,
            "low": low,
            "high": high,
            "wrongly refused": _mean(chance[here & ~truth]),
            "wrongly approved": _mean(1 - chance[here & truth]),
        }
    return pd.DataFrame(table).T.astype({"people": int}).rename_axis("group")


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")


def outcome(decisions: ArrayLike, refused: ArrayLike, groups: ArrayLike) -> dict[str, float]:
    """Return what a way of deciding is worth, and how far it treats groups alike.

    Parameters
    ----------
    decisions, refused, groups : array-like of shape (n,)
        See `by_group`.

    Returns
    -------
    dict of str to float
        ``accuracy``: share of decisions that agree with the officers, 0 to 1. ``cost``: dollars for each application,
        by the assumed `hurdles.datasets.desk.COSTS`. In percentage points: ``gap``, the largest less the smallest
        share refused; ``error gap``, the larger of the gaps in wrong refusals and in wrong approvals.
    """
    chance, truth = np.asarray(decisions, dtype=float), np.asarray(refused, dtype=float)
    table = by_group(chance, truth, groups)
    spread = 100 * (table.max() - table.min())
    cost = COSTS["approved"] * (1 - chance) * truth + COSTS["refused"] * chance * (1 - truth)
    return {
        "accuracy": float(1 - np.abs(chance - truth).mean()),
        "cost": 1000 * float(cost.mean()),
        "gap": float(spread["refused"]),
        "error gap": float(max(spread["wrongly refused"], spread["wrongly approved"])),
    }


def outcomes(ways: Mapping[str, ArrayLike], refused: ArrayLike, groups: ArrayLike) -> pd.DataFrame:
    """Return `outcome` for each way of deciding, one row each, with units in the columns' names."""
    units = {"cost": "cost ($)", "gap": "gap (points)", "error gap": "error gap (points)"}
    table = pd.DataFrame({name: outcome(decisions, refused, groups) for name, decisions in ways.items()}).T
    return table.rename(columns=units)


def refused_by(ways: Mapping[str, ArrayLike], groups: ArrayLike) -> pd.DataFrame:
    """Return for each way of deciding, one row each, the share refused in each group, 0 to 1."""
    names = np.asarray(groups)
    shares = {
        name: pd.Series(np.asarray(decisions, dtype=float)).groupby(names, sort=False).mean()
        for name, decisions in ways.items()
    }
    return pd.DataFrame(shares).T.rename_axis("share refused")


def who_changes(before: ArrayLike, after: ArrayLike, groups: ArrayLike) -> pd.DataFrame:
    """Return whose decision changes, and in which direction.

    Parameters
    ----------
    before, after : array-like of shape (n,)
        Chance of being refused, 0 to 1; tosses before and after are independent.
    groups : array-like of shape (n,)
        The group of each.

    Returns
    -------
    pandas.DataFrame
        One row for each group, in the order in which groups come: ``people``; ``newly approved`` and ``newly refused``
        as shares of the group, 0 to 1.
    """
    old, new = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    changes = pd.DataFrame(
        {"people": np.ones(len(old)), "newly approved": old * (1 - new), "newly refused": (1 - old) * new}
    )
    grouped = changes.groupby(np.asarray(groups), sort=False)
    table = grouped.mean().assign(people=grouped["people"].sum().astype(int))
    return table.rename_axis("group")


def frontier(results: pd.DataFrame, costs: Sequence[str] = ("cost", "gap")) -> pd.DataFrame:
    """Return the results that no other beats: every other one is worse in something.

    Parameters
    ----------
    results : pandas.DataFrame
        One row for each way of deciding.
    costs : sequence of str
        Columns in which less is better.

    Returns
    -------
    pandas.DataFrame
        The rows that are not dominated, those with the least of the last column first.
    """
    values = results[list(costs)].to_numpy(dtype=float)
    no_worse = np.all(values[None, :, :] <= values[:, None, :], axis=2)
    better = np.any(values[None, :, :] < values[:, None, :], axis=2)
    kept: NDArray[np.bool_] = ~np.any(no_worse & better, axis=1)
    best: pd.DataFrame = results.loc[kept]
    return best.sort_values(list(costs)[::-1], kind="stable")


# --- before training --------------------------------------------------------------------------------


def reweighing(labels: ArrayLike, groups: ArrayLike) -> Floats:
    """Return weights under which group and outcome have nothing to do with each other.

    Parameters
    ----------
    labels, groups : array-like of shape (n,)
        Outcome and group of each training row.

    Returns
    -------
    numpy.ndarray of shape (n,)
        What share of rows would be in this group with this outcome if the two were independent, over the share that is.

    Notes
    -----
    F. Kamiran and T. Calders (2012), "Data preprocessing techniques for classification without discrimination",
    Knowledge and Information Systems 33, 1-33.
    """
    frame = pd.DataFrame({"label": np.asarray(labels), "group": np.asarray(groups), "n": 1.0})
    cell = frame.groupby(["label", "group"])["n"].transform("sum")
    expected = frame.groupby("label")["n"].transform("sum") * frame.groupby("group")["n"].transform("sum") / len(frame)
    return (expected / cell).to_numpy()


def reweighed(desk: Desk) -> Desk:
    """Return the desk with its model fitted anew on reweighed training rows; groups are used for nothing else."""
    from sklearn.base import clone

    weights = reweighing(desk.refused_train, groups_of(desk.train))
    model = clone(desk.model).fit(desk.train, desk.refused_train, sample_weight=weights)
    return Desk(model, desk.train, desk.test, desk.refused_train, desk.refused_test)


# --- in training ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reduced:
    """A mixture of straight-line models, one of which is drawn for each decision.

    Parameters
    ----------
    mean, scale : numpy.ndarray of shape (columns,)
        How columns are standardised.
    lines : numpy.ndarray of shape (models, 1 + columns)
        Each model's constant and slopes for standardised columns; it refuses where their sum is above 0. None takes the
        group.
    weights : numpy.ndarray of shape (models,)
        Chance that a model decides; they add up to 1.
    """

    mean: Floats
    scale: Floats
    lines: Floats
    weights: Floats

    def chance(self, rows: pd.DataFrame) -> Floats:
        """Return for each row the chance that it is refused, shape (n,)."""
        numbers = (rows.to_numpy(dtype=float) - self.mean) / self.scale
        total: Floats = (numbers @ self.lines[:, 1:].T + self.lines[:, 0] > 0) @ self.weights
        return total


def reduced(constraint: Constraint, slack: float, cut: float, seed: int = 0) -> Reduced:
    """Return logistic regression under a constraint, fitted by fairlearn's exponentiated gradient.

    Parameters
    ----------
    constraint : {"same share", "same wrong refusals", "same errors"}
        What may lie, for each group, at most the slack away from that of all, on training rows: the share refused
        (demographic parity), the share wrongly refused (false positive rates), or this and the share wrongly approved
        (equalized odds).
    slack : float
        In percentage points. Two groups can differ by up to twice as much.
    cut : float
        The desk's threshold, between 0 and 1. Whoever refuses from a chance of ``cut`` holds that a wrong refusal costs
        ``cut`` where a wrong approval costs ``1 - cut``; these are the costs to be kept small.
    seed : int
        Which applications are kept aside, see `hurdles.datasets.desk.desk_model`.

    Returns
    -------
    Reduced
        Groups were used in training; deciding needs none. What the lesson shows was fitted ahead
        (`hurdles.fairness.mitigation_fits`); anything else is fitted when it is first asked for.

    Notes
    -----
    A. Agarwal, A. Beygelzimer, M. Dudík, J. Langford and H. Wallach (2018), "A Reductions Approach to Fair
    Classification", ICML.
    """
    known = fits.find(constraint, slack, cut, seed)
    weights, lines = fitted(constraint, slack, cut, seed) if known is None else known
    mean, scale = _scale(desk_model(seed=seed))
    return Reduced(mean, scale, lines, weights)


@cache
def fitted(constraint: Constraint, slack: float, cut: float, seed: int) -> fits.Fit:
    """Fit what `reduced` returns: weights, shape (models,), and lines, shape (models, 1 + columns)."""
    from fairlearn.reductions import (  # type: ignore[import-untyped,unused-ignore]
        DemographicParity,
        EqualizedOdds,
        ErrorRate,
        ExponentiatedGradient,
        FalsePositiveRateParity,
    )
    from sklearn.linear_model import LogisticRegression

    kinds: Mapping[str, Any] = {
        "same share": DemographicParity,
        "same wrong refusals": FalsePositiveRateParity,
        "same errors": EqualizedOdds,
    }
    desk = desk_model(seed=seed)
    fair = ExponentiatedGradient(
        LogisticRegression(),
        kinds[constraint](difference_bound=slack / 100),
        objective=ErrorRate(costs={"fp": cut, "fn": 1 - cut}),
        max_iter=20,
    )
    rows = standardised(desk)[0]
    fair.fit(rows, desk.refused_train.to_numpy(), sensitive_features=groups_of(desk.train).to_numpy())
    weights = np.asarray(fair.weights_, dtype=float)
    kept = [i for i, weight in enumerate(weights) if weight > 0]
    lines = np.array([_line(fair.predictors_[i], rows.shape[1]) for i in kept])
    return weights[kept] / weights[kept].sum(), lines


def _line(model: Any, columns: int) -> Floats:
    if hasattr(model, "coef_"):
        return np.concatenate([model.intercept_, model.coef_[0]])
    # Where all rows would get the same answer, fairlearn takes a model that gives only this one.
    always: int = model.predict(np.zeros((1, columns)))[0]
    return np.concatenate([[2 * always - 1], np.zeros(columns)])


# --- after training ---------------------------------------------------------------------------------


class Chances(BaseEstimator):  # type: ignore[misc,unused-ignore]
    """An estimator that hands on the chances it is given, so that thresholds can be chosen on held-out ones."""

    def fit(self, chances: Any, refused: Any = None) -> Chances:
        """Learn nothing."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict(self, chances: Any) -> Floats:
        """Return the chances themselves, shape (n,)."""
        return np.asarray(chances, dtype=float).reshape(-1)


def thresholds(
    desk: Desk,
    constraint: Literal["demographic_parity", "equalized_odds"],
    cut: float,
) -> Any:
    """Choose a threshold for each group by fairlearn's optimiser, on chances held out from training rows.

    Parameters
    ----------
    desk : Desk
        The model and its rows.
    constraint : {"demographic_parity", "equalized_odds"}
        What is made equal: the share refused, or both kinds of errors.
    cut : float
        The desk's threshold. The optimiser knows no costs: below one half it is told to weigh refused and approved
        applications alike (balanced accuracy), from there on to count errors.

    Returns
    -------
    fairlearn.postprocessing.ThresholdOptimizer
        Its ``predict(chances, sensitive_features=groups, random_state=seed)`` needs the group of every applicant.

    Notes
    -----
    M. Hardt, E. Price and N. Srebro (2016), "Equality of Opportunity in Supervised Learning", NeurIPS.
    """
    from fairlearn.postprocessing import ThresholdOptimizer  # type: ignore[import-untyped,unused-ignore]

    optimiser = ThresholdOptimizer(
        estimator=Chances(),
        constraints=constraint,
        objective="balanced_accuracy_score" if cut < 0.5 else "accuracy_score",
        prefit=True,
        predict_method="predict",
    )
    return optimiser.fit(desk.held_out()[:, None], desk.refused_train, sensitive_features=groups_of(desk.train))


# --- all of them ------------------------------------------------------------------------------------


def compare(cut: float, seeds: Sequence[int] = (0, 1, 2)) -> pd.DataFrame:
    """Run every way of mitigating on several splits, and measure it on unseen rows.

    Parameters
    ----------
    cut : float
        The desk's threshold, between 0 and 1; the same on all splits.
    seeds : sequence of int
        Each decides which applications are kept aside.

    Returns
    -------
    pandas.DataFrame
        One row for each way and split: ``way``, ``group needed`` (``never``, ``in training`` or ``to decide``),
        ``seed``, the measures of `outcome`, and ``extra``: dollars for each application on top of the desk's on the
        same split.
    """
    rows = []
    for seed in seeds:
        desk = desk_model(seed=seed)
        groups = groups_of(desk.test)
        desk_cost = outcome(desk.chance(desk.test) >= cut, desk.refused_test, groups)["cost"]
        for way, needed, decisions in _ways(desk, groups, cut, seed):
            measured = outcome(decisions, desk.refused_test, groups)
            extra = measured["cost"] - desk_cost
            rows.append({"way": way, "group needed": needed, "seed": seed, **measured, "extra": extra})
    return pd.DataFrame(rows)


def _ways(desk: Desk, groups: pd.Series[str], cut: float, seed: int) -> list[tuple[str, str, Floats]]:
    chances = desk.chance(desk.test)
    found = [
        ("desk", "never", (chances >= cut).astype(float)),
        ("reweighed", "in training", (reweighed(desk).chance(desk.test) >= cut).astype(float)),
    ]
    for constraint in ("same share", "same errors"):
        for slack in SLACKS:
            fair = reduced(constraint, slack, cut, seed)
            found.append((f"{constraint}, slack {slack}", "in training", fair.chance(desk.test)))
    for way, constraint in (
        ("thresholds, same share", "demographic_parity"),
        ("thresholds, same errors", "equalized_odds"),
    ):
        optimiser = thresholds(desk, constraint, cut)  # type: ignore[arg-type]
        drawn = optimiser.predict(chances[:, None], sensitive_features=groups, random_state=0)
        found.append((way, "to decide", np.asarray(drawn, dtype=float)))
    return found
