"""The pictures of the lesson on mitigation: pure functions from results to figures.

Colours are Okabe and Ito's, which colour-blind people can tell apart; markers and labels say the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hurdles.fairness.mitigation import frontier
from hurdles.ui.picture import Picture

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BLUE", "GREY", "ORANGE", "Picture", "draw_frontier", "draw_shares"]

BLUE: Final = "#0072B2"
ORANGE: Final = "#D55E00"
GREEN: Final = "#009E73"
GREY: Final = "#6B6B6B"
# Where the group is needed: how a point looks.
_LOOKS: Final = {"never": ("o", GREY), "in training": ("s", BLUE), "to decide": ("^", ORANGE)}


def draw_shares(tables: dict[str, pd.DataFrame]) -> Picture:
    """Draw the share refused in each group with its interval, one line for each table.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        What `hurdles.fairness.mitigation.by_group` returned, by name.

    Returns
    -------
    Picture
    """
    figure = Figure(figsize=(7.4, 1.1 + 0.62 * len(tables)))
    axes = figure.add_axes((0.27, 0.62 / (1.1 + 0.62 * len(tables)), 0.70, 0.30 + 0.07 * len(tables)))
    names = list(next(iter(tables.values())).index)
    for i, (name, colour, marker) in enumerate(zip(names, (BLUE, ORANGE), ("o", "s"), strict=True)):
        for place, table in enumerate(tables.values()):
            row = 100 * table.loc[name]
            y = place + (i - 0.5) * 0.26
            axes.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=2)
            axes.plot(row["refused"], y, marker, color=colour, markersize=7, label=name if place == 0 else None)
    axes.set_yticks(range(len(tables)), list(tables))
    axes.set(ylim=(len(tables) - 0.45, -0.55), xlim=(0, None), xlabel="refused (%), with 95 % interval")
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 0.98), ncols=2)
    axes.spines[["top", "right"]].set_visible(False)
    said = [
        f"{name}: " + ", ".join(f"{100 * row['refused']:.1f} % of {group}" for group, row in table.iterrows())
        for name, table in tables.items()
    ]
    return Picture(figure, f"Share refused by group. {'; '.join(said)}.")


def draw_frontier(results: pd.DataFrame) -> Picture:
    """Draw what each way of mitigating costs against the gap it leaves on unseen rows.

    Parameters
    ----------
    results : pandas.DataFrame
        What `hurdles.fairness.mitigation.compare` returned.

    Returns
    -------
    Picture
        A large marker is the mean over splits, a small one a split; a line joins the means that no other beats.
    """
    numbers = ["extra", "gap"]
    means = results.groupby(["way", "group needed"], sort=False)[numbers].mean().reset_index()
    best = frontier(means, ("extra", "gap"))
    figure = Figure(figsize=(8.4, 4.6))
    axes = figure.add_axes((0.1, 0.12, 0.87, 0.8))
    axes.step(best["gap"], best["extra"], where="post", color=GREY, linewidth=1, zorder=1)
    for needed, (marker, colour) in _LOOKS.items():
        each, mean = results[results["group needed"] == needed], means[means["group needed"] == needed]
        axes.scatter(each["gap"], each["extra"], marker=marker, s=9, color=colour, alpha=0.35)
        axes.scatter(
            mean["gap"], mean["extra"], marker=marker, s=60, color=colour, label=f"group used: {needed}", zorder=3
        )
    _name(axes, means, best)
    axes.axhline(0, color=GREY, linewidth=0.8, linestyle=":")
    axes.set(xlabel="gap in shares refused, unseen rows (percentage points)", xlim=(0, None))
    axes.set_ylabel("extra cost against the desk ($ an application)")
    axes.legend(frameon=False, loc="upper right")
    axes.spines[["top", "right"]].set_visible(False)
    said = "; ".join(f"{row.way}: gap {row.gap:.1f}, extra {row.extra:.0f}" for row in means.itertuples())
    return Picture(
        figure,
        f"Extra cost in dollars against gap in points, means over splits. {said}. "
        f"No other beats: {', '.join(best['way'])}.",
    )


def _name(axes: Axes, means: pd.DataFrame, best: pd.DataFrame) -> None:
    wide, high = 0.2 * means["gap"].max(), 0.05 * means["extra"].max()
    named: list[tuple[str, float, float]] = []
    # The frontier's names come first; a name that would lie on another one is left to the text equivalent.
    for row in sorted(means.itertuples(), key=lambda row: row.way not in set(best["way"])):
        words, gap, extra = str(row.way), float(str(row.gap)), float(str(row.extra))
        # Points of one kind lie on a falling line; each kind's names stand on its own side of it.
        shift, side = ((-8, -9), "right") if words.startswith("same share") else ((8, 5), "left")
        level = extra
        if words == "desk":
            shift, level = (8, -11), extra - high
        if any(side == other and abs(gap - x) < wide and abs(level - y) < high for other, x, y in named):
            continue
        named.append((side, gap, level))
        axes.annotate(words, (gap, extra), shift, textcoords="offset points", ha=side, fontsize=8)
