"""The demo of the lesson on mitigation: a constraint, its slack, and whose decisions change."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Final

from matplotlib.figure import Figure

from hurdles.datasets.desk import cut_off, desk_model
from hurdles.fairness.mitigation import (
    CONSTRAINTS,
    SLACKS,
    Constraint,
    by_group,
    groups_of,
    outcome,
    reduced,
    who_changes,
)
from hurdles.fairness.mitigation_plots import BLUE, GREY, ORANGE
from hurdles.ui import Choice, Demo, Slider

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Mitigated", "compute", "describe", "draw", "mitigate", "who_pays"]

_WORDS: Final = {
    "same share": "the share refused",
    "same wrong refusals": "the share wrongly refused",
    "same errors": "the shares wrongly refused and wrongly approved",
}


@dataclass(frozen=True)
class Mitigated:
    """The desk as it was and a constrained rule, on unseen applications.

    Parameters
    ----------
    constraint, slack : str, int
        The setting, see `mitigate`.
    before, after : pandas.DataFrame
        See `hurdles.fairness.mitigation.by_group`.
    learned, was, now : dict of str to float
        See `hurdles.fairness.mitigation.outcome`: the rule on training rows, the desk and the rule on unseen ones.
    changes : pandas.DataFrame
        See `hurdles.fairness.mitigation.who_changes`.
    """

    constraint: Constraint
    slack: int
    before: pd.DataFrame
    after: pd.DataFrame
    learned: dict[str, float]
    was: dict[str, float]
    now: dict[str, float]
    changes: pd.DataFrame


def compute(constraint: Constraint, slack: int) -> Mitigated:
    """Return one setting; see `mitigate`. The first call works out all twelve."""
    return _everything()[constraint, slack]


def mitigate(constraint: Constraint, slack: int) -> Mitigated:
    """Fit a rule under a constraint, and compare it with the desk at its cheapest threshold.

    Parameters
    ----------
    constraint : {"same share", "same wrong refusals", "same errors"}
        See `hurdles.fairness.mitigation.reduced`.
    slack : int
        Difference allowed between each group and all, on training rows, in percentage points.

    Returns
    -------
    Mitigated
    """
    desk, cut = desk_model(), cut_off("cheapest")
    groups = groups_of(desk.test)
    old = (desk.chance(desk.test) >= cut).astype(float)
    rule = reduced(constraint, slack, cut)
    new, seen = rule.chance(desk.test), rule.chance(desk.train)
    return Mitigated(
        constraint,
        slack,
        by_group(old, desk.refused_test, groups),
        by_group(new, desk.refused_test, groups),
        outcome(seen, desk.refused_train, groups_of(desk.train)),
        outcome(old, desk.refused_test, groups),
        outcome(new, desk.refused_test, groups),
        who_changes(old, new, groups),
    )


@cache
def _everything() -> dict[tuple[Constraint, int], Mitigated]:
    return {setting: mitigate(*setting) for setting in product(CONSTRAINTS, SLACKS)}


def draw(result: Mitigated) -> Figure:
    """Draw shares refused before and after, and whose decisions change.

    Parameters
    ----------
    result : Mitigated
        What `mitigate` returned.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(8.8, 3.3))
    left, right = figure.add_axes((0.165, 0.17, 0.37, 0.6)), figure.add_axes((0.6, 0.17, 0.37, 0.6))
    names = list(result.before.index)
    for place, name in enumerate(names):
        old, new = 100 * result.before.loc[name, "refused"], 100 * result.after.loc[name, "refused"]
        left.plot([old, new], [place, place], color=GREY, linewidth=1.5, zorder=1)
        left.plot(old, place, "o", color=GREY, markersize=9)
        left.plot(new, place, "D", color=BLUE, markersize=9)
        left.annotate(
            f"{old:.0f} → {new:.0f} %", ((old + new) / 2, place), (0, 10), textcoords="offset points", ha="center"
        )
        right.hlines(place, 0, -100 * result.changes.loc[name, "newly approved"], color=BLUE, linewidth=16)
        right.hlines(place, 0, 100 * result.changes.loc[name, "newly refused"], color=ORANGE, linewidth=16)
        for column, side in (("newly approved", -1), ("newly refused", 1)):
            share = 100 * result.changes.loc[name, column]
            end = "right" if side < 0 else "left"
            right.text(side * (share + 0.8), place, f"{share:.0f} %", ha=end, va="center", fontsize=9)
    left.set_yticks([0, 1], [name.replace(" or ", "\nor ") for name in names])
    right.set_yticks([])
    left.set(xlim=(0, 60), ylim=(1.6, -0.6), xlabel="refused (%): ● desk, ◆ constrained")
    right.set(xlim=(-40, 40), ylim=(1.6, -0.6), xlabel="of the group (%): newly approved | newly refused")
    right.set_xticks((-40, -20, 0, 20, 40), ("40", "20", "0", "20", "40"))
    right.axvline(0, color=GREY, linewidth=0.8)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    was, now = result.was, result.now
    figure.text(
        0.03,
        0.93,
        f"gap {was['gap']:.0f} → {now['gap']:.0f} points (rows learned from: {result.learned['gap']:.0f})     "
        f"accuracy {was['accuracy']:.0%} → {now['accuracy']:.0%}     "
        f"cost {was['cost']:,.0f} → {now['cost']:,.0f} $ an application",
        va="center",
        fontsize=10.5,
    )
    left.text(0, 1.06, "who is refused", transform=left.transAxes)
    right.text(0, 1.06, "whose decision changes", transform=right.transAxes)
    return figure


def describe(result: Mitigated) -> str:
    """Say in words what the picture shows.

    Parameters
    ----------
    result : Mitigated
        What `mitigate` returned.

    Returns
    -------
    str
    """
    was, now = result.was, result.now
    people = " ".join(
        f"Of {row['people']:.0f} {name} applicants, {row['newly approved']:.0%} are newly approved and "
        f"{row['newly refused']:.0%} newly refused."
        for name, row in result.changes.iterrows()
    )
    return (
        f"On rows learned from, each group may lie {result.slack} points from all applicants in "
        f"{_WORDS[result.constraint]}. The gap in shares refused is {result.learned['gap']:.1f} points there and "
        f"{now['gap']:.1f} on unseen rows; the desk's is {was['gap']:.1f}. The error gap goes from "
        f"{was['error gap']:.1f} to {now['error gap']:.1f} points. "
        f"Accuracy goes from {was['accuracy']:.1%} to {now['accuracy']:.1%}, the cost from {was['cost']:,.0f} to "
        f"{now['cost']:,.0f} dollars an application. {people}"
    )


who_pays: Final = Demo(
    name="who-pays",
    title="What does fairness cost, and whom?",
    question="What does fairness cost, and whom?",
    minutes=5,
    controls={
        "constraint": Choice(
            "Made alike in both groups",
            options=[
                ("share refused", "same share"),
                ("share wrongly refused", "same wrong refusals"),
                ("both shares of errors", "same errors"),
            ],
            value="same share",
        ),
        "slack": Slider(
            "Distance allowed from all", SLACKS[0], SLACKS[-1], SLACKS[1] - SLACKS[0], SLACKS[0], unit="points"
        ),
    },
    compute=compute,
    draw=draw,
    describe=describe,
    alt=(
        "Left: the share refused in each of two groups, by the desk and under the constraint. Right: bars for the "
        "share of each group that is newly approved, to the left, and newly refused, to the right."
    ),
)
