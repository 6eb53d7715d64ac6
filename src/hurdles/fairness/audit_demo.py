"""The demo of the lesson on audits: who is refused, at any threshold, in any group, and how sure is that?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.figure import Figure

from hurdles.datasets.desk import desk_model
from hurdles.fairness.audit import GROUPINGS, decisions, wilson
from hurdles.fairness.audit_plots import BLUE, GREY, ORANGE
from hurdles.ui import Choice, Demo, Slider

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["METRICS", "Rates", "compute", "describe", "draw", "who_is_refused"]

# For each metric: among whom it is counted, by what the officers did (None: everybody), and what is counted.
METRICS: Final = MappingProxyType(
    {
        "refused": (None, 1, "refused by the model"),
        "false refusals": (0, 1, "refused by the model, of those the officers approved"),
        "missed refusals": (1, 0, "approved by the model, of those the officers refused"),
    }
)
# The longest list of groups that a picture has room for.
_ROWS: Final = 7


@dataclass(frozen=True)
class Rates:
    """Rates by group with two kinds of interval.

    Parameters
    ----------
    threshold, metric, group, draws
        The setting, see `compute`.
    names : list of str
        The groups.
    people, count : numpy.ndarray of int
        Among how many in each group, and how many.
    wilson, bootstrap : numpy.ndarray of shape (groups, 2)
        Ends of the 95 % intervals, as shares of 1; gaps where a group has nobody.
    """

    threshold: float
    metric: str
    group: str
    draws: int
    names: list[str]
    people: np.ndarray
    count: np.ndarray
    wilson: np.ndarray
    bootstrap: np.ndarray


def compute(threshold: float, metric: str, group: str, draws: int) -> Rates:
    """Count a metric by group among unseen applications.

    Parameters
    ----------
    threshold : float
        Who has at least this chance is refused.
    metric : str
        A key of `METRICS`.
    group : str
        A key of `hurdles.fairness.audit.GROUPINGS`.
    draws : int
        Bootstrap draws; the same setting always gives the same.

    Returns
    -------
    Rates
    """
    frame = _unseen()
    among, counted, _ = METRICS[metric]
    labels = frame[group].to_numpy()
    inside = np.ones(len(frame), bool) if among is None else frame["officers"].to_numpy() == among
    hit = ((frame["chance"].to_numpy() >= threshold).astype(int) == counted) & inside
    names = sorted(set(labels), key=lambda name: ("not known" in name, name.lower()))
    people = np.array([int((inside & (labels == name)).sum()) for name in names])
    count = np.array([int((hit & (labels == name)).sum()) for name in names])
    some = np.maximum(people, 1)
    # Resampling the rows of a group and counting is drawing from a binomial distribution.
    drawn = np.random.default_rng(0).binomial(some, count / some, (draws, len(names))) / some
    edges = np.quantile(drawn, [0.025, 0.975], axis=0).T
    exact = np.column_stack(wilson(count, some))
    for interval in (edges, exact):
        interval[people == 0] = np.nan
    return Rates(threshold, metric, group, draws, names, people, count, exact, edges)


@cache
def _unseen() -> pd.DataFrame:
    # The chances do not depend on the threshold, so any will do.
    return decisions(desk_model(), 0.5)


def draw(result: Rates) -> Figure:
    """Draw each group's rate, the bootstrap's interval above Wilson's.

    Parameters
    ----------
    result : Rates
        What `compute` returned.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(8.8, 3.7))
    axes = figure.add_axes((0.27, 0.15, 0.71, 0.73))
    places = np.arange(len(result.names))
    rate = 100 * result.count / np.maximum(result.people, 1)
    known = result.people > 0
    axes.hlines(places - 0.13, *(100 * result.bootstrap.T), color=ORANGE, linewidth=3, label="bootstrap")
    axes.hlines(places + 0.13, *(100 * result.wilson.T), color=BLUE, linewidth=3, label="Wilson")
    axes.plot(rate[known], places[known] - 0.13, "D", color=ORANGE, markersize=5)
    axes.plot(rate[known], places[known] + 0.13, "o", color=BLUE, markersize=6)
    for place, people in enumerate(result.people):
        if people == 0:
            axes.text(0, place, "nobody", va="center", fontsize=10, color=GREY)
    labels = [f"{name}: {k} of {n}" for name, k, n in zip(result.names, result.count, result.people, strict=True)]
    axes.set_yticks(places, labels)
    axes.set_xticks((0, 25, 50, 75, 100))
    axes.tick_params(axis="y", length=0)
    axes.set(ylim=(_ROWS - 0.5, -0.5) if len(places) > 4 else (3.5, -0.5), xlim=(-2, 102))
    axes.set_xlabel(f"{METRICS[result.metric][2]} (%)")
    axes.text(0, 1.05, f"threshold {result.threshold:.0%}, by {GROUPINGS[result.group]}", transform=axes.transAxes)
    axes.legend(frameon=False, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, borderaxespad=0.1)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def describe(result: Rates) -> str:
    """Say in words what the picture shows.

    Parameters
    ----------
    result : Rates
        What `compute` returned.

    Returns
    -------
    str
    """
    told = []
    for i, name in enumerate(result.names):
        if result.people[i] == 0:
            told.append(f"{name}: nobody to count")
            continue
        (a, b), (c, d) = result.bootstrap[i], result.wilson[i]
        told.append(
            f"{name}: {result.count[i]} of {result.people[i]}, {result.count[i] / result.people[i]:.0%} "
            f"(bootstrap {a:.0%} to {b:.0%}, Wilson {c:.0%} to {d:.0%})"
        )
    return (
        f"At a threshold of {result.threshold:.0%}, {METRICS[result.metric][2]}, with 95 % intervals "
        f"from {result.draws} bootstrap draws and by Wilson. {'; '.join(told)}."
    )


who_is_refused: Final = Demo(
    name="who-is-refused",
    title="Who is refused?",
    question="Which differences between groups are larger than luck?",
    minutes=5,
    controls={
        "threshold": Slider("Threshold: refuse from a chance of", 0.02, 0.9, 0.01, 0.11, fmt=".0%"),
        "metric": Choice("Count", options=list(METRICS), value="refused"),
        "group": Choice("Split by", options=[(label, key) for key, label in GROUPINGS.items()], value="origin"),
        "draws": Choice("Bootstrap draws", options=[("20", 20), ("200", 200), ("2,000", 2000)], value=200),
    },
    compute=compute,
    draw=draw,
    describe=describe,
    alt=(
        "For each group one rate with two 95 % intervals: the bootstrap's above, Wilson's below. "
        "Small groups have wide intervals."
    ),
)
