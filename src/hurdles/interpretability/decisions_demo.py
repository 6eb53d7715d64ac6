"""The demo of the lesson on decisions: costs and capacity in, a threshold, its profit and the refused out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from matplotlib.figure import Figure

from hurdles.datasets.desk import COSTS, Desk, desk_model
from hurdles.interpretability.decisions import Floats, Share, best_threshold, profit, profits, share, who
from hurdles.interpretability.decisions_plots import BLUE, GREY, ORANGE, share_dots
from hurdles.ui import Demo, Slider

__all__ = ["Line", "compute", "describe", "draw", "where_to_cut"]

# The picture ends here: nobody proposes to refuse more than half of all applications.
_WIDEST: Final = 50


@dataclass(frozen=True)
class Line:
    """A threshold, chosen on training rows and judged on unseen ones.

    Parameters
    ----------
    default, customer, capacity : float
        The setting, see `compute`.
    threshold, free : float
        The one chosen, and the one that would be chosen without a limit.
    percent : numpy.ndarray
        Percentages of applications refused, from 0 on.
    chosen_on, judged_on : numpy.ndarray
        Mean profit of an application at each percentage: held-out chances of training rows, and unseen rows.
    refused : Share
        Unseen applications refused.
    lost, missed : int
        Of these, how many the officers approved; and how many are approved whom the officers refused.
    profit, half : float
        Mean profit of an unseen application, with this threshold and with one half.
    parts : mapping of str to Share
        The refused of each group.
    """

    default: float
    customer: float
    capacity: float
    threshold: float
    free: float
    percent: Floats
    chosen_on: Floats
    judged_on: Floats
    refused: Share
    lost: int
    missed: int
    profit: float
    half: float
    parts: Mapping[str, Share]

    @property
    def limited(self) -> bool:
        """Whether the capacity keeps the desk from refusing as many as would pay."""
        return self.threshold > self.free


@cache
def _scored() -> tuple[Desk, Floats, Floats]:
    desk = desk_model()
    return desk, desk.held_out(), desk.chance(desk.test)


def _by_percent(chances: Floats, labels: Floats, costs: Mapping[str, float], percent: Floats) -> Floats:
    edges, worth = profits(chances, labels, costs)
    # profits starts at "refuse everybody"; how many each threshold refuses, from the sorted chances.
    refused = 100 * (1 - np.searchsorted(np.sort(chances), edges) / len(chances))
    curve: Floats = np.interp(percent, refused[::-1], worth[::-1])
    return curve


def compute(default: float, customer: float, capacity: float) -> Line:
    """Choose a threshold by costs and capacity on training rows, and judge it on unseen ones.

    Parameters
    ----------
    default : float
        Cost of approving an application that the officers refused, in thousands of dollars.
    customer : float
        Cost of refusing one that they approved: the earnings lost.
    capacity : float
        The largest share of applications that may be refused, in percent.

    Returns
    -------
    Line
        The first call fits the models, which takes a few seconds; then it is quick.
    """
    desk, held_out, chances = _scored()
    train, test = desk.refused_train.to_numpy(), desk.refused_test.to_numpy()
    costs = {"approved": default, "refused": customer}
    free = best_threshold(held_out, train, costs)
    threshold = max(free, float(np.quantile(held_out, 1 - capacity / 100)))
    refuse, percent = chances >= threshold, np.linspace(0, _WIDEST, 101)
    return Line(
        default,
        customer,
        capacity,
        threshold,
        free,
        percent,
        _by_percent(held_out, train, costs, percent),
        _by_percent(chances, test, costs, percent),
        share(int(refuse.sum()), len(refuse)),
        int((refuse & (test == 0)).sum()),
        int((~refuse & (test == 1)).sum()),
        profit(chances, test, threshold, costs),
        profit(chances, test, 0.5, costs),
        who(desk, refuse),
    )


def draw(result: Line) -> Figure:
    """Draw profit by the share refused, and the share refused of each group.

    Parameters
    ----------
    result : Line
        What `compute` returned.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(8.8, 3.7))
    left, right = figure.add_axes((0.105, 0.15, 0.5, 0.74)), figure.add_axes((0.665, 0.15, 0.32, 0.74))
    left.plot(result.percent, result.chosen_on, "--", color=BLUE, linewidth=2, label="training rows, held out")
    left.plot(result.percent, result.judged_on, color=ORANGE, linewidth=2, label="unseen rows")
    at = 100 * result.refused.value
    left.plot([at], [result.profit], "o", color=ORANGE, markersize=9)
    bottom, top = left.get_ylim()
    left.set_ylim(bottom, top + 0.28 * (top - bottom))
    left.axvline(result.capacity, color=GREY, linewidth=1.2, linestyle=":")
    left.annotate(
        "capacity",
        (result.capacity + 0.6, left.get_ylim()[0]),
        xytext=(0, 5),
        textcoords="offset points",
        color=GREY,
        fontsize=9,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )
    left.set(
        xlim=(0, _WIDEST), xlabel="applications refused (%)", ylabel="profit of an application\n(thousand dollars)"
    )
    left.legend(loc="upper right", ncols=2, fontsize=9, framealpha=1, edgecolor="white")
    left.text(0, 1.04, f"Refuse from a chance of {result.threshold:.0%}", transform=left.transAxes, fontsize=11)
    left.spines[["top", "right"]].set_visible(False)
    share_dots(right, result.parts)
    right.text(0, 1.04, "Refused, unseen applicants", transform=right.transAxes, fontsize=11)
    return figure


def describe(result: Line) -> str:
    """Say in words what the picture shows.

    Parameters
    ----------
    result : Line
        What `compute` returned.

    Returns
    -------
    str
    """
    groups = "; ".join(
        f"{name} {part.count} of {part.total} (95 % interval {part.low:.0%} to {part.high:.0%})"
        for name, part in result.parts.items()
    )
    why = "the capacity, below what would pay most" if result.limited else "the costs; the capacity is not reached"
    return (
        f"Refuse from a chance of {result.threshold:.0%}, set by {why}. Of {result.refused.total} unseen applications, "
        f"{result.refused.count} are refused, {result.lost} of them approved by the officers; {result.missed} are "
        f"approved that the officers refused. Profit of an application: {result.profit:.2f} thousand dollars, with a "
        f"threshold of one half {result.half:.2f}. Refused: {groups}."
    )


where_to_cut: Final = Demo(
    name="where-to-cut",
    title="Where would you cut?",
    question="What do costs and capacity do to profit, and to whom?",
    minutes=5,
    controls={
        "default": Slider("Cost of a wrong approval", 5, 40, 5, int(COSTS["approved"]), fmt="{:g} thousand dollars"),
        "customer": Slider("Cost of a lost customer", 1, 8, 1, int(COSTS["refused"]), fmt="{:g} thousand dollars"),
        "capacity": Slider("Most that may be refused", 2, 40, 2, 30, fmt="{:g} % of applications"),
    },
    compute=compute,
    draw=draw,
    describe=describe,
    alt=(
        "Left: profit of an application against the share refused, on held-out training rows and on unseen rows, with "
        "the chosen point and the capacity. Right: the share refused among white, Black and Hispanic applicants, each "
        "with its 95 % interval and counts."
    ),
)
