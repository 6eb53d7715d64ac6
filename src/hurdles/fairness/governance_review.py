"""Looking again at refusals: what reviewers put right, and what the choice of cases does to groups.

The file has no truth about who would have repaid. Where a simulated reviewer is "right" here, it agrees with what the
officers of 1990 decided; nothing else is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hurdles.datasets.desk import REVIEWS, Desk
from hurdles.errors import HurdlesError
from hurdles.fairness.governance_card import group_of

__all__ = ["ASKING", "SKILL", "WAYS", "followed", "override_rates", "put_right", "refusals", "review", "spend"]

Review = dict[str, str]
Way = Literal["who asks", "nearest the line", "worst-hit group first", "by lot"]
# How often a reviewer who reads a file decides as the officers of 1990 did: an assumption of the course.
SKILL: Final = 0.9
# Which share of refused applicants asks for a second look: an assumption of the course, not a finding.
ASKING: Final[Mapping[str, float]] = {"white": 0.6, "Black": 0.3, "Hispanic": 0.3}
WAYS: Final[tuple[Way, ...]] = ("who asks", "nearest the line", "worst-hit group first", "by lot")


def refusals(desk: Desk, cut: float) -> pd.DataFrame:
    """Return the unseen applications that the model refuses.

    Parameters
    ----------
    desk : hurdles.datasets.desk.Desk
        The model and its rows.
    cut : float
        The threshold.

    Returns
    -------
    pandas.DataFrame
        Labelled as the file; ``chance``, ``group`` and ``right``: what the officers decided, "refuse" or "approve".
    """
    chance = pd.Series(desk.chance(desk.test), desk.test.index, name="chance")
    right = desk.refused_test.map({1: "refuse", 0: "approve"}).rename("right")
    return pd.concat([chance, group_of(desk.test), right], axis=1)[chance >= cut]


def review(cases: pd.DataFrame, follow: float, seed: int, skill: float = SKILL) -> list[Review]:
    """Let a simulated officer look again at refusals.

    Parameters
    ----------
    cases : pandas.DataFrame
        What `refusals` returned.
    follow : float
        Share of cases, drawn at random, in which the officer agrees without reading.
    seed : int
        Seed of the simulation.
    skill : float
        Share of the others in which the officer decides as the file has it.

    Returns
    -------
    list of dict
        For each case in its order ``model``, ``officer`` and ``right``, each "refuse" or "approve".
    """
    if not (0 <= follow <= 1 and 0 <= skill <= 1):
        raise HurdlesError(f"follow is {follow} and skill {skill}; both are shares between 0 and 1.")
    rng = np.random.default_rng(seed)
    reads, hits = rng.random(len(cases)) >= follow, rng.random(len(cases)) < skill
    other = {"refuse": "approve", "approve": "refuse"}
    return [
        {"model": "refuse", "officer": (right if hit else other[right]) if read else "refuse", "right": right}
        for right, read, hit in zip(cases["right"], reads, hits, strict=True)
    ]


def override_rates(reviews: Sequence[Mapping[str, str]]) -> dict[str, float | None]:
    """Return how often an officer overrides a model, and how often that helps or harms.

    Parameters
    ----------
    reviews : sequence of dict
        ``model``, ``officer`` and ``right`` of each case.

    Returns
    -------
    dict
        ``overridden``: share of all cases in which officer and model differ; ``caught``: share of the model's mistakes
        that the officer puts right; ``spoiled``: share of its right answers that the officer turns round. None where
        there is no such case.
    """

    def share(flags: list[bool]) -> float | None:
        return sum(flags) / len(flags) if flags else None

    differ = [(r["officer"] != r["model"], r["model"] != r["right"]) for r in reviews]
    return {
        "overridden": share([d for d, _ in differ]),
        "caught": share([d for d, mistake in differ if mistake]),
        "spoiled": share([d for d, mistake in differ if not mistake]),
    }


def put_right(cases: pd.DataFrame, follows: Sequence[float], runs: int = 100) -> pd.DataFrame:
    """Return what review is worth by how often the officer follows unread.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``follow``; ``agreed`` (share of refusals that stand), and ``caught`` with the range ``low`` to
        ``high`` that holds nine in ten simulated months.
    """
    rows = []
    for follow in follows:
        months = [override_rates(review(cases, follow, seed)) for seed in range(runs)]
        caught = np.array([m["caught"] for m in months], dtype=float)
        agreed = 1 - float(np.mean([m["overridden"] for m in months if m["overridden"] is not None]))
        low, high = np.quantile(caught, [0.05, 0.95])
        rows.append({"follow": follow, "agreed": agreed, "caught": caught.mean(), "low": low, "high": high})
    return pd.DataFrame(rows).set_index("follow")


def followed(follow: float, planted: int, seed: int, skill: float = SKILL) -> dict[str, float]:
    """Measure how often an officer goes along with advice that is wrong on purpose, and nobody acts on.

    Parameters
    ----------
    follow : float
        Share of cases in which the simulated officer agrees without reading.
    planted : int
        How many cases with known answers carry wrong advice.
    seed : int
        Seed of the simulation.
    skill : float
        See `review`.

    Returns
    -------
    dict
        ``planted``, ``agreed`` (share), and ``low`` and ``high`` of its 95 % interval by Wilson's method.
    """
    from scipy.stats import binomtest

    rng = np.random.default_rng(seed)
    agrees = (rng.random(planted) < follow) | (rng.random(planted) >= skill)
    interval = binomtest(int(agrees.sum()), planted).proportion_ci(method="wilson")
    return {
        "planted": planted,
        "agreed": float(agrees.mean()),
        "low": float(interval.low),
        "high": float(interval.high),
    }


def spend(desk: Desk, cut: float, way: Way, runs: int = 200, reviews: float = REVIEWS) -> dict[str, float]:
    """Spend a limited number of second looks on refusals, and say who gains.

    The officer reads every case chosen and decides with `SKILL` as the file has it.

    Parameters
    ----------
    desk : hurdles.datasets.desk.Desk
        The model and its rows.
    cut : float
        The threshold.
    way : str
        Of `WAYS`. "who asks" takes refused applicants who ask (shares `ASKING`) by lot; "nearest the line" the lowest
        chances; "worst-hit group first" the groups refused most often, by lot within each.
    runs : int
        Simulated months, averaged.
    reviews : float
        How many looks there are, as a share of all unseen applications.

    Returns
    -------
    dict
        ``looked at``; ``put right``, refusals that the file says were wrong; ``spoiled``, right ones turned round; and
        the share still refused of each group.
    """
    cases, groups = refusals(desk, cut), group_of(desk.test)
    sizes, budget = groups.value_counts(), round(reviews * len(desk.test))
    wrong = (cases["right"] == "approve").to_numpy()
    rank = (cases["group"].value_counts() / sizes).sort_values(ascending=False).index
    place = cases["group"].map({name: i for i, name in enumerate(rank)}).to_numpy(dtype=float)
    asks = cases["group"].map(dict(ASKING)).to_numpy(dtype=float)
    totals = {"looked at": 0.0, "put right": 0.0, "spoiled": 0.0, **{f"refused, {name}": 0.0 for name in ASKING}}
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        lot, read = rng.random(len(cases)), rng.random(len(cases)) < SKILL
        chosen = _chosen(way, lot, rng.random(len(cases)) < asks, place, cases["chance"].to_numpy(), budget)
        freed = chosen & (wrong == read)
        totals["looked at"] += chosen.sum() / runs
        totals["put right"] += (freed & wrong).sum() / runs
        totals["spoiled"] += (freed & ~wrong).sum() / runs
        for name in ASKING:
            stays = ((cases["group"] == name).to_numpy() & ~freed).sum()
            totals[f"refused, {name}"] += stays / sizes[name] / runs
    return totals


def _chosen(
    way: Way,
    lot: NDArray[np.float64],
    asks: NDArray[np.bool_],
    place: NDArray[np.float64],
    chance: NDArray[np.float64],
    budget: int,
) -> NDArray[np.bool_]:
    """Return which cases get a look: the first ones in the order of a way."""
    order: dict[str, NDArray[np.float64]] = {
        "who asks": np.where(asks, lot, np.inf),
        "nearest the line": chance,
        "worst-hit group first": place + lot,
        "by lot": lot,
    }
    if way not in order:
        raise HurdlesError(f"There is no way {way!r} to choose cases. Choose one of: {', '.join(order)}.")
    keys: NDArray[Any] = order[way]
    chosen = np.zeros(len(keys), dtype=bool)
    chosen[np.argsort(keys, kind="stable")[:budget]] = True
    finite: NDArray[np.bool_] = np.isfinite(keys)
    return np.logical_and(chosen, finite)
