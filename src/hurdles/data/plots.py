"""The pictures of this area: pure functions from results to figures.

Colours are Okabe and Ito's, which colour-blind people can tell apart; lines also differ in style, and every
series is named on the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from hurdles.data.missingness import SHARES, Cost, Curve
from hurdles.ui.picture import Picture

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Picture", "draw_cost", "fold_scores", "spikes", "suspects_found"]

BLUE: Final = "#0072B2"
ORANGE: Final = "#D55E00"
GREY: Final = "#6B6B6B"
PALE: Final = "#B8C4CE"
# How each thing looks in the picture of a `Cost`, the same in the panels and in the key below them.
_BAND: Final[dict[str, Any]] = {"color": BLUE, "alpha": 0.18, "linewidth": 0}
_DROPPED: Final[dict[str, Any]] = {"color": ORANGE, "linestyle": "--"}
_CHOSEN: Final[dict[str, Any]] = {"color": BLUE, "linewidth": 2.2}
_SETTING: Final[dict[str, Any]] = {"color": BLUE, "marker": "o", "markersize": 9, "linestyle": "none"}
# Limits and ticks of the error of the average; filling with 0 dwarfs the errors of all other treatments.
_BIAS: Final = ((-27.0, 9.0), (-20, -10, 0))
_BIAS_ZERO: Final = ((-72.0, 24.0), (-60, -40, -20, 0, 20))


def draw_cost(result: Cost) -> Figure:
    """Draw what missing incomes cost.

    Parameters
    ----------
    result : hurdles.data.missingness.Cost
        What `hurdles.data.missingness.cost` returned.

    Returns
    -------
    matplotlib.figure.Figure
        Left the AUC, right the error of the average income, both over the share missing.
    """
    # Everything has its fixed place: a layout engine or a legend that looks for room takes as long as the drawing.
    figure = Figure(figsize=(8.8, 3.7))
    left, right = (figure.add_axes((x, 0.24, 0.414, 0.63)) for x in (0.075, 0.571))
    _panel(left, result, result.auc, result.auc_drop, scale=1.0, level=result.auc.mean[0])
    left.set(ylim=(0.5, 0.82), yticks=(0.5, 0.6, 0.7, 0.8), ylabel="AUC on new applicants")
    _title(left, "Ranking: 0.5 is a coin toss")
    _panel(right, result, result.bias, result.bias_drop, scale=1e-3, level=0.0)
    limits, ticks = _BIAS_ZERO if result.imputer == "zero" else _BIAS
    right.set(ylim=limits, yticks=ticks, ylabel="estimate − truth ($1000 a year)")
    _title(right, "Average income: 0 is the truth")
    _key(figure)
    return figure


def _panel(axes: Axes, result: Cost, chosen: Curve, drop: Curve, scale: float, level: float) -> None:
    mean, low, high = (np.multiply(line, scale) for line in (chosen.mean, chosen.low, chosen.high))
    axes.fill_between(SHARES, low, high, **_BAND)
    axes.plot(SHARES, np.multiply(drop.mean, scale), **_DROPPED)
    axes.plot(SHARES, mean, **_CHOSEN)
    axes.axhline(level, color=GREY, linewidth=1, linestyle=":")
    axes.axvline(result.share, color=GREY, linewidth=0.8)
    axes.plot([result.share], [mean[SHARES.index(result.share)]], **_SETTING)
    axes.set(xlabel="incomes missing (%)", xticks=(0, 20, 40, 60, 80), xlim=(-4, 84))
    axes.xaxis.set_label_coords(0.5, -0.13)
    axes.yaxis.set_label_coords(-0.115, 0.5)
    axes.spines[["top", "right"]].set_visible(False)


def _title(axes: Axes, text: str) -> None:
    axes.text(0, 1.05, text, transform=axes.transAxes, fontsize=11)


def _key(figure: Figure) -> None:
    """Say below the panels what each line is."""
    middle = 0.055
    figure.add_artist(Rectangle((0.128, middle - 0.014), 0.032, 0.028, transform=figure.transFigure, **_BAND))
    figure.add_artist(Line2D([0.334, 0.366], [middle, middle], **_DROPPED))
    figure.add_artist(Line2D([0.515, 0.547], [middle, middle], **_CHOSEN))
    figure.add_artist(Line2D([0.747], [middle], **_SETTING))
    names = {0.172: "80 % of samples", 0.378: "rows dropped", 0.559: "chosen treatment", 0.765: "your setting"}
    for x, name in names.items():
        figure.text(x, middle, name, fontsize=10, verticalalignment="center_baseline")


def spikes(frame: pd.DataFrame, codes: Mapping[str, float]) -> Picture:
    """Draw how often each exact value occurs, and mark one value a column.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    codes : mapping of str to float
        For each column to draw, the value to mark.

    Returns
    -------
    Picture
        A panel for each column; both axes logarithmic where the values span much.
    """
    figure = Figure(figsize=(8.8, 4.9), layout="constrained")
    panels = figure.subplots(2, (len(codes) + 1) // 2, squeeze=False).ravel()
    told = []
    for axes, (column, code) in zip(panels, codes.items(), strict=False):
        counts = frame[column].value_counts().sort_index()
        marked = np.isclose(counts.index, code)
        axes.vlines(counts.index[~marked], 0.5, counts[~marked], color=BLUE, linewidth=1.2, alpha=0.7)
        axes.vlines(counts.index[marked], 0.5, counts[marked], color=ORANGE, linewidth=2.6)
        axes.plot(counts.index[marked], counts[marked], "o", color=ORANGE, markersize=6)
        rows = int(counts[marked].sum())
        told.append(f"{column}: {code:,.0f} on {rows} row{'s' if rows != 1 else ''}")
        axes.set_title(told[-1], fontsize=11, loc="left")
        axes.set_xscale("symlog", linthresh=1 if counts.index.max() < 2000 else 10)
        axes.set_yscale("log")
        axes.set(xlabel=f"value of {column}", ylabel="rows", ylim=(0.5, None), xlim=(-0.2, None))
        axes.spines[["top", "right"]].set_visible(False)
    for axes in panels[len(codes) :]:
        axes.set_visible(False)
    return Picture(figure, f"How often each exact value occurs, one panel a column. Marked: {'; '.join(told)}.")


def fold_scores(scores: Mapping[str, pd.DataFrame]) -> Picture:
    """Draw every fold's score, one panel for each table.

    Parameters
    ----------
    scores : mapping of str to pandas.DataFrame
        For each panel's title, what `hurdles.data.evaluate.compare` returned; all with the same models.

    Returns
    -------
    Picture
        A dot for each fold, a bar at each mean.
    """
    models = list(next(iter(scores.values())).columns)
    figure = Figure(figsize=(8.8, 1.3 + 0.42 * len(models)), layout="constrained")
    panels = figure.subplots(1, len(scores), sharex=True, sharey=True, squeeze=False).ravel()
    told = []
    for axes, (title, table) in zip(panels, scores.items(), strict=True):
        for row, model in enumerate(models):
            # Spread the dots a little, the same way every time, so that equal scores stay visible.
            nudge = np.linspace(-0.22, 0.22, len(table))
            axes.plot(table[model], row + nudge, "o", color=BLUE, markersize=5, alpha=0.55, markeredgewidth=0)
            axes.plot([table[model].mean()] * 2, [row - 0.36, row + 0.36], color=ORANGE, linewidth=2.6)
        axes.set_yticks(range(len(models)), models)
        axes.set(xlabel="AUC (dot: a fold, bar: the mean)")
        axes.set_title(title, fontsize=11, loc="left")
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="x", color=PALE, linewidth=0.6)
        told.append(f"{title}: " + ", ".join(f"{m} {table[m].mean():.3f}" for m in models))
    panels[0].invert_yaxis()
    return Picture(figure, f"Scores of all folds. Mean AUC, {'; '.join(told)}.")


def suspects_found(curve: NDArray[np.float64], looked_at: int) -> Picture:
    """Draw how many planted errors a reader finds who starts with the most doubtful labels.

    Parameters
    ----------
    curve : numpy.ndarray
        What `hurdles.data.labels.recall_curve` returned.
    looked_at : int
        How many rows to mark on the curve.

    Returns
    -------
    Picture
        The curve beside a reader who picks rows at random.
    """
    figure = Figure(figsize=(6.4, 3.5), layout="constrained")
    axes = figure.subplots()
    rows = np.arange(len(curve))
    share = 100 * float(curve[looked_at])
    axes.plot(rows, 100 * curve, color=BLUE, linewidth=2.2, label="most doubtful first")
    axes.plot(rows, 100 * rows / rows[-1], color=ORANGE, linestyle="--", label="in random order")
    axes.plot([looked_at], [share], "o", color=BLUE, markersize=9)
    axes.annotate(
        f"{looked_at} read, {share:.0f} % found",
        (looked_at, share),
        xytext=(12, -14),
        textcoords="offset points",
        fontsize=10,
    )
    axes.set(xlabel="applications read again", ylabel="planted errors found (%)", ylim=(0, 104), xlim=(0, rows[-1]))
    axes.legend(frameon=False, loc="lower right")
    axes.spines[["top", "right"]].set_visible(False)
    chance = 100 * looked_at / rows[-1]
    return Picture(
        figure,
        f"Reading the {looked_at} most doubtful of {rows[-1]} applications finds {share:.0f} % of the planted errors; "
        f"reading as many at random finds {chance:.0f} % on average.",
    )
