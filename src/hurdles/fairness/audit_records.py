"""Who is in the file, who is not, and what more records of a group would change.

Coverage is compared with a reference population that somebody has to choose and to defend.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pandas as pd

from hurdles.datasets import mortgages
from hurdles.datasets.desk import Desk
from hurdles.fairness.audit import FOUR_FIFTHS, Z

__all__ = ["POPULATION", "missing_records", "needed_text", "projected", "records_needed", "with_records"]

# Made up for the lesson: who might apply if nobody were put off. No census says so.
POPULATION: Final[Mapping[str, float]] = MappingProxyType({"Black": 0.12, "Hispanic": 0.08, "white": 0.80})


def missing_records(labels: pd.Series[Any], population: Mapping[str, float]) -> pd.DataFrame:
    """Compare who is in a file with who should be.

    Parameters
    ----------
    labels : pandas.Series
        Each row's group.
    population : mapping of str to float
        The share that each group should have, below 1.

    Returns
    -------
    pandas.DataFrame
        One row for each group of the population: the shares ``file`` and ``population``, and ``records``: how many
        more of this group would close the gap if nothing else were added.
    """
    count, rows = labels.value_counts(), int(labels.notna().sum())
    table = {}
    for name, share in population.items():
        have = int(count.get(name, 0))
        short = ceil((share * rows - have) / (1 - share) - 1e-9)
        table[name] = {"file": have / rows, "population": share, "records": max(0, short)}
    return pd.DataFrame(table).T.astype({"records": int}).rename_axis("group")


def projected(table: pd.DataFrame, group: str, reference: str, sizes: Sequence[int]) -> pd.DataFrame:
    """Return how wide the interval of an approval ratio would be if a group had more applicants of the same kind.

    Parameters
    ----------
    table : pandas.DataFrame
        What `rates` returns for the outcome ``approved``.
    group, reference : str
        Rows of ``table``.
    sizes : sequence of int
        Numbers of applicants in the group; the reference group stays as it is.

    Returns
    -------
    pandas.DataFrame
        Indexed by size: ``ratio``, ``low`` and ``high`` (95 %, by the normal approximation of its logarithm).

    Notes
    -----
    Source: D. Katz, J. Baptista, S. P. Azen and M. C. Pike (1978), "Obtaining Confidence Intervals for the Risk Ratio
    in Cohort Studies", Biometrics 34, 469-474.
    """
    ours, theirs = float(table["rate"][group]), float(table["rate"][reference])
    n = np.asarray(sizes, dtype=float)
    spread = np.sqrt((1 - ours) / (ours * n) + (1 - theirs) / (theirs * float(table["people"][reference])))
    ratio = ours / theirs
    edges = {"ratio": ratio, "low": ratio * np.exp(-Z * spread), "high": ratio * np.exp(Z * spread)}
    return pd.DataFrame(edges, index=pd.Index(list(sizes), name="applicants"))


def records_needed(table: pd.DataFrame, group: str, reference: str, most: int = 20_000) -> int | None:
    """Return from how many applicants on the interval of `projected` lies on one side of four fifths; None if beyond.

    Parameters
    ----------
    table, group, reference
        See `projected`.
    most : int
        Where to stop looking.
    """
    sizes = range(10, most + 1, 10)
    told = projected(table, group, reference, sizes)
    clear = np.flatnonzero((told["high"] < FOUR_FIFTHS) | (told["low"] >= FOUR_FIFTHS))
    return sizes[int(clear[0])] if clear.size else None


def needed_text(table: pd.DataFrame, group: str, reference: str) -> str:
    """Say `records_needed` in words, beside how many applicants there are.

    Parameters
    ----------
    table, group, reference
        See `projected`.
    """
    needed = records_needed(table, group, reference)
    there = int(table["people"][group])
    return (
        f"about {needed:,} (there are {there:,})" if needed else f"more than could be looked at (there are {there:,})"
    )


def with_records(desk: Desk, sizes: Sequence[int], seeds: int = 3) -> pd.DataFrame:
    """Fit the desk's model with few and with more records of Black and Hispanic applicants.

    All training rows of white applicants stay; of the others, as many as asked for are drawn.

    Parameters
    ----------
    desk : hurdles.datasets.desk.Desk
        The lender's model.
    sizes : sequence of int
        How many training rows of Black and Hispanic applicants; more than there are means all.
    seeds : int
        Results are means over so many draws.

    Returns
    -------
    pandas.DataFrame
        Indexed by size. Over unseen Black and Hispanic applicants: ``AUC``, the mean ``chance`` of refusal, and the
        share ``refused`` by the officers.
    """
    from sklearn.base import clone
    from sklearn.metrics import roc_auc_score

    people = mortgages(cleaned=True)
    few = people["white"] != 1
    test = desk.test[few[desk.test.index]]
    refused = desk.refused_test[test.index]
    white = desk.train.index[~few[desk.train.index]].to_numpy()
    others = desk.train.index[few[desk.train.index]].to_numpy()
    table = {}
    for size in sizes:
        scores = []
        for seed in range(seeds):
            drawn = np.random.default_rng(seed).choice(others, min(size, len(others)), replace=False)
            rows = np.concatenate([white, drawn])
            model = clone(desk.model).fit(desk.train.loc[rows], desk.refused_train.loc[rows])
            chance = model.predict_proba(test)[:, 1]
            scores.append((roc_auc_score(refused, chance), chance.mean()))
        auc, mean = np.mean(scores, axis=0)
        table[min(size, len(others))] = {"AUC": auc, "chance": mean, "refused": refused.mean()}
    return pd.DataFrame(table).T.rename_axis("their records")
