"""The pictures of the lesson on transparent models: pure functions from results to figures.

Colours are Okabe and Ito's, which colour-blind people can tell apart; lines also differ in style.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hurdles.datasets.columns import MORTGAGE_COLUMNS
from hurdles.interpretability.transparent_price import SIZES, UNITS, Price, spoken
from hurdles.ui.picture import Picture

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Picture", "draw_price", "folds", "odds", "shapes"]

BLUE: Final = "#0072B2"
ORANGE: Final = "#D55E00"
GREY: Final = "#6B6B6B"
PALE: Final = "#B8C4CE"
_NOTES: Final = {
    "tree": "behind the colon: share refused among these applications",
    "list": "behind the colon: share refused among those who get there",
    "card": "for one standard deviation more; in brackets: 95 % interval",
}
_LINES: Final = 9
_WIDTH: Final = 62


def odds(table: pd.DataFrame) -> Picture:
    """Draw odds ratios with their intervals.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each column of the data: ``odds_ratio``, ``low``, ``high``.

    Returns
    -------
    Picture
        A dot and a bar for each, on a logarithmic axis; filled where the interval leaves out 1.
    """
    figure = Figure(figsize=(7.6, 1.1 + 0.29 * len(table)), layout="constrained")
    axes = figure.subplots()
    for place, (_, row) in enumerate(table.iterrows()):
        clear = row["low"] > 1 or row["high"] < 1
        axes.plot([row["low"], row["high"]], [place, place], color=BLUE if clear else GREY, linewidth=2)
        axes.plot(
            [row["odds_ratio"]], [place], "o", color=BLUE if clear else GREY, markerfacecolor=BLUE if clear else "white"
        )
    axes.axvline(1, color=ORANGE, linestyle="--", linewidth=1.2)
    ticks = [0.25, 0.5, 1, 2, 4]
    axes.set_xscale("log")
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    span = float(np.abs(np.log(table[["low", "high"]].to_numpy())).max())
    axes.set_xlim(np.exp(-1.08 * span), np.exp(1.08 * span))
    axes.set_yticks(range(len(table)), list(table.index))
    axes.invert_yaxis()
    axes.set_xlabel("odds of refusal, multiplied by … for one standard deviation more (log scale; bar: 95 %)")
    axes.spines[["top", "right"]].set_visible(False)
    told = ", ".join(f"{name} {row['odds_ratio']:.2f}" for name, row in table.iterrows())
    return Picture(figure, f"Odds ratios for one standard deviation more, with 95 % intervals: {told}.")


def shapes(booster: Any, columns: Sequence[str], weights: Mapping[str, float], means: Mapping[str, float]) -> Picture:
    """Draw what explainable boosting adds for each value of some columns, beside a straight line.

    Parameters
    ----------
    booster : interpret.glassbox.ExplainableBoostingClassifier
        Fitted on a frame, without interactions.
    columns : sequence of str
        Numeric columns to draw, one panel each.
    weights : mapping of str to float
        For each column, the weight of a logistic regression in log-odds for one unit.
    means : mapping of str to float
        For each column its mean, where the line passes through 0.

    Returns
    -------
    Picture
        Steps: explainable boosting, with the spread of its bags. Dashed: the straight line. Both in log-odds, drawn
        where the middle 98 % of applications lie.
    """
    figure = Figure(figsize=(8.8, 3.3), layout="constrained")
    panels = figure.subplots(1, len(columns), sharey=True, squeeze=False).ravel()
    explained, told, reach = booster.explain_global(), [], []
    for axes, column in zip(panels, columns, strict=True):
        data = explained.data(list(booster.term_names_).index(column))
        edges = np.asarray(data["names"], dtype=float)
        scores, low, high = (np.asarray(data[key]) for key in ("scores", "lower_bounds", "upper_bounds"))
        counts, places = np.asarray(data["density"]["scores"]), np.asarray(data["density"]["names"], dtype=float)
        share = np.concatenate([[0], np.cumsum(counts) / counts.sum()])
        left, right = np.interp([0.01, 0.99], share, places)
        axes.fill_between(edges, np.append(low, low[-1]), np.append(high, high[-1]), step="post", color=BLUE, alpha=0.2)
        axes.step(edges, np.append(scores, scores[-1]), where="post", color=BLUE, linewidth=2)
        ends = np.array([left, right])
        axes.plot(ends, weights[column] * (ends - means[column]), color=ORANGE, linestyle="--", linewidth=1.6)
        axes.axhline(0, color=GREY, linewidth=0.8, linestyle=":")
        axes.set(xlim=(left, right), xlabel=_named(column))
        axes.spines[["top", "right"]].set_visible(False)
        inside = (edges[1:] > left) & (edges[:-1] < right)
        reach += [low[inside].min(), high[inside].max(), *axes.lines[1].get_ydata()]
        told.append(f"{column} from {scores[inside][0]:+.2f} on the left to {scores[inside][-1]:+.2f} on the right")
    panels[0].set(ylabel="added to the log-odds of refusal", ylim=(min(reach) - 0.1, max(reach) + 0.1))
    key = [Line2D([], [], color=BLUE, linewidth=2), Line2D([], [], color=ORANGE, linestyle="--")]
    names = ["explainable boosting (band: spread of its bags)", "logistic regression"]
    figure.legend(key, names, loc="outside lower center", ncols=2, frameon=False)
    return Picture(figure, f"What explainable boosting adds to the log-odds: {'; '.join(told)}.")


def _named(column: str) -> str:
    units = {one.name: one.unit for one in MORTGAGE_COLUMNS}
    return f"{column} ({units[column]})" if units.get(column, "") not in ("", column) else column


def folds(auc: pd.DataFrame) -> Picture:
    """Draw every fold's score of every model; a grey line joins the scores on one fold.

    Parameters
    ----------
    auc : pandas.DataFrame
        One row for each fold, one column for each model.

    Returns
    -------
    Picture
        A dot for each fold, a bar at each mean.
    """
    figure = Figure(figsize=(7.6, 1.2 + 0.45 * len(auc.columns)), layout="constrained")
    axes = figure.subplots()
    for _, row in auc.iterrows():
        axes.plot(row, range(len(row)), color=PALE, linewidth=0.9, zorder=1)
    for place, model in enumerate(auc):
        axes.plot(auc[model], [place] * len(auc), "o", color=BLUE, markersize=6, alpha=0.7, markeredgewidth=0)
        axes.plot([auc[model].mean()] * 2, [place - 0.3, place + 0.3], color=ORANGE, linewidth=2.8)
    axes.set_yticks(range(len(auc.columns)), list(auc.columns))
    axes.invert_yaxis()
    axes.set_xlabel("AUC on unseen rows (dot: a fold, bar: the mean, grey line: the same fold)")
    axes.spines[["top", "right"]].set_visible(False)
    told = ", ".join(f"{model} {auc[model].mean():.3f}" for model in auc)
    return Picture(figure, f"Scores on five folds. Mean AUC: {told}.")


def draw_price(result: Price) -> Figure:
    """Draw what a transparent model gives at each size, and its text.

    Parameters
    ----------
    result : hurdles.interpretability.transparent_price.Price
        What `hurdles.interpretability.transparent_price.price` returned.

    Returns
    -------
    matplotlib.figure.Figure
        Left the AUC over the size, right the text with its reading time.
    """
    # Everything has its fixed place: a layout engine takes as long as the drawing.
    figure = Figure(figsize=(8.8, 3.7))
    axes = figure.add_axes((0.075, 0.235, 0.36, 0.66))
    axes.fill_between(SIZES, result.low, result.high, color=BLUE, alpha=0.18, linewidth=0)
    axes.plot(SIZES, result.seen, color=GREY, linestyle=":", linewidth=1.6)
    axes.plot(SIZES, result.unseen, color=BLUE, linewidth=2.2)
    axes.axhline(result.forest.auc, color=ORANGE, linestyle="--", linewidth=1.6)
    axes.axvline(result.size, color=GREY, linewidth=0.8)
    axes.plot([result.size], [result.auc], "o", color=BLUE, markersize=9)
    axes.set(xlim=(0.7, 8.3), ylim=(0.65, 1.0), xticks=SIZES, yticks=(0.7, 0.8, 0.9, 1.0))
    axes.set(xlabel=f"size ({UNITS[result.model][1]})", ylabel="AUC")
    axes.spines[["top", "right"]].set_visible(False)
    axes.text(0, 1.04, f"AUC {result.auc:.3f}, forest {result.forest.auc:.3f}", transform=axes.transAxes, fontsize=11)
    for x, style, name in (
        (0.02, {"color": BLUE, "linewidth": 2.2}, "unseen rows"),
        (0.145, {"color": GREY, "linestyle": ":"}, "rows learned from"),
        (0.315, {"color": ORANGE, "linestyle": "--"}, "forest, unseen"),
    ):
        figure.add_artist(Line2D([x, x + 0.025], [0.04, 0.04], **style))
        figure.text(x + 0.03, 0.04, name, fontsize=9, verticalalignment="center_baseline")
    head = f"Reading it once: {spoken(result.seconds)}; the forest: {spoken(result.forest.seconds)}"
    figure.text(0.475, 0.92, head, fontsize=11)
    # The end of a rule tells it from its neighbours; the beginning they share.
    lines = [line if len(line) <= _WIDTH else f"… {line[2 - _WIDTH :]}" for line in result.text[:_LINES]]
    more = len(result.text) - len(lines)
    if more > 0:
        lines.append(f"… and {more} more line{'s' if more > 1 else ''}")
    for place, line in enumerate(lines):
        figure.text(0.475, 0.835 - 0.078 * place, line, fontsize=8.5, family="monospace")
    figure.text(0.475, 0.04, _NOTES[result.model], fontsize=9, verticalalignment="center_baseline")
    return figure
