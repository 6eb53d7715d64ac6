"""The pictures of the lesson on decisions: pure functions from results to figures.

Colours are Okabe and Ito's, which colour-blind people can tell apart; lines differ in dash or marker, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hurdles.interpretability.decisions import Floats, Share
from hurdles.ui.picture import Picture

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw_profits", "draw_reliability", "share_dots"]

BLUE: Final = "#0072B2"
ORANGE: Final = "#D55E00"
GREEN: Final = "#009E73"
GREY: Final = "#6B6B6B"
_LINES: Final = ((BLUE, "--"), (ORANGE, "-"))
_STYLES: Final = ((ORANGE, "o", "-"), (BLUE, "s", "--"), (GREEN, "^", ":"), (GREY, "D", "-."))


def draw_reliability(tables: Mapping[str, pd.DataFrame]) -> Picture:
    """Draw what models said against what came; on the diagonal, chances mean what they say.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        For each of at most four names, what `hurdles.interpretability.decisions.reliability` returns.

    Returns
    -------
    Picture
    """
    figure = Figure(figsize=(6.6, 3.9))
    axes = figure.add_axes((0.12, 0.15, 0.85, 0.82))
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1)
    text = axes.text(0.72, 0.735, "as said, so it came", color=GREY, ha="center", va="bottom", fontsize=9)
    text.set(rotation=30, rotation_mode="anchor")
    for (name, table), (colour, marker, dash) in zip(tables.items(), _STYLES, strict=False):
        axes.plot(table["said"], table["came"], dash, color=colour, marker=marker, linewidth=2, label=name)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="mean chance of refusal that the model said (0 to 1)")
    axes.set_ylabel("share that officers refused (0 to 1)")
    axes.legend(frameon=False, loc="upper left")
    axes.spines[["top", "right"]].set_visible(False)
    told = "; ".join(
        f"{name}: " + ", ".join(f"said {row.said:.2f}, came {row.came:.2f}" for row in table.itertuples())
        for name, table in tables.items()
    )
    return Picture(
        figure, f"Said chances against what came, from the lowest fifth of unseen rows to the highest. {told}."
    )


def draw_profits(curves: Mapping[str, tuple[Floats, Floats]], cuts: Mapping[str, float]) -> Picture:
    """Draw the mean profit of an application by threshold, and some thresholds.

    Parameters
    ----------
    curves : mapping of str to (thresholds, profits)
        For each of at most two names, what `hurdles.interpretability.decisions.profits` returns.
    cuts : mapping of str to float
        Thresholds to mark, by name.

    Returns
    -------
    Picture
    """
    figure = Figure(figsize=(7.6, 3.9))
    axes = figure.add_axes((0.13, 0.14, 0.84, 0.83))
    tops = [float(worth.max()) for _, worth in curves.values()]
    for (name, (edges, worth)), (colour, dash) in zip(curves.items(), _LINES, strict=False):
        axes.step(edges, worth, dash, where="mid", color=colour, linewidth=2, label=name)
    low, high = -0.8, max(tops) + 0.35
    for name, cut in cuts.items():
        axes.axvline(cut, color=GREY, linewidth=1, linestyle=":")
        axes.text(cut + 0.008, high - 0.03, name, color=GREY, fontsize=9, va="top")
    axes.set(xlim=(0, 1), ylim=(low, high), xlabel="threshold: refuse from this chance on (0 to 1)")
    axes.set_ylabel("profit of an application\n(thousand dollars)")
    axes.legend(frameon=False, loc=(0.17, 0.03))
    axes.spines[["top", "right"]].set_visible(False)
    told = "; ".join(
        f"{name}: {worth[0]:.2f} when all are refused, at most {worth.max():.2f}, {worth[-1]:.2f} when all are approved"
        for name, (_, worth) in curves.items()
    )
    marks = ", ".join(f"{name} at {cut:.2f}" for name, cut in cuts.items())
    return Picture(figure, f"Mean profit by threshold, in thousand dollars. {told}. Marked: {marks}.")


def share_dots(axes: Axes, parts: Mapping[str, Share]) -> None:
    """Draw the share of each group as a dot, with its interval as a line and its counts in words.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where.
    parts : mapping of str to Share
        One row for each, the first on top.
    """
    places = list(range(len(parts)))
    axes.hlines(
        places, [100 * p.low for p in parts.values()], [100 * p.high for p in parts.values()], colors=BLUE, lw=2
    )
    axes.plot([100 * p.value for p in parts.values()], places, "o", color=BLUE, markersize=7)
    for place, (name, part) in enumerate(parts.items()):
        axes.text(0, place - 0.22, f"{name}: {part.count} of {part.total}", fontsize=9.5, va="bottom")
    axes.set(xlim=(-1, 101), ylim=(len(parts) - 0.6, -0.75), xlabel="refused, % (line: 95 % interval)")
    axes.set_yticks([])
    axes.spines[["top", "right", "left"]].set_visible(False)
