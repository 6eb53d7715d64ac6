"""The pictures of the lesson on audits: pure functions from results to figures.

Colours are Okabe and Ito's, which colour-blind people can tell apart; marks differ in shape, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.figure import Figure

from hurdles.fairness.audit import FOUR_FIFTHS
from hurdles.ui.picture import Picture

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BLUE", "GREY", "ORANGE", "draw_projection", "draw_rates", "draw_ratios"]

BLUE: Final = "#0072B2"
ORANGE: Final = "#D55E00"
GREY: Final = "#6B6B6B"


def _band(row: pd.Series[float]) -> str:
    return f"{row['rate']:.0%} ({row['low']:.0%} to {row['high']:.0%}) of {row['people']:.0f}"


def draw_rates(model: pd.DataFrame, officers: pd.DataFrame, xlabel: str) -> Picture:
    """Draw each group's rate with its interval, and beside it what the officers did.

    Parameters
    ----------
    model, officers : pandas.DataFrame
        What `hurdles.fairness.audit.rates` returns, for the same groups.
    xlabel : str
        What the rates are.

    Returns
    -------
    Picture
    """
    places = np.arange(len(model))
    figure = Figure(figsize=(8.8, 0.9 + 0.44 * len(model)))
    below = 0.55 / figure.get_figheight()
    axes = figure.add_axes((0.26, below, 0.71, 0.86 - below))
    for table, shift, colour, mark, label in (
        (model, -0.14, BLUE, "o", "model"),
        (officers, 0.14, ORANGE, "D", "officers"),
    ):
        shares = 100 * table.loc[model.index, ["rate", "low", "high"]]
        axes.hlines(places + shift, shares["low"], shares["high"], color=colour, linewidth=2)
        axes.plot(shares["rate"], places + shift, mark, color=colour, markersize=6, label=label)
    axes.set_yticks(places, [f"{name} ({n})" for name, n in model["people"].items()])
    axes.set(ylim=(len(model) - 0.5, -0.5), xlim=(-1, 101), xlabel=xlabel)
    axes.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 0.99), ncols=2, borderaxespad=0)
    axes.spines[["top", "right"]].set_visible(False)
    told = "; ".join(
        f"{name}: model {_band(model.loc[name])}, officers {_band(officers.loc[name])}" for name in model.index
    )
    return Picture(figure, f"{xlabel}, each with its 95 % interval. {told}.")


def draw_ratios(table: pd.DataFrame) -> Picture:
    """Draw ratios of approval rates with intervals, and the line at four fifths.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each comparison: ``people``, ``ratio``, ``low``, ``high``, ``verdict``.

    Returns
    -------
    Picture
    """
    places = list(range(len(table)))
    figure = Figure(figsize=(8.8, 1.0 + 0.42 * len(table)))
    below = 0.55 / figure.get_figheight()
    axes = figure.add_axes((0.26, below, 0.71, 0.98 - below))
    axes.axvline(FOUR_FIFTHS, color=ORANGE, linestyle="--", linewidth=1.8)
    axes.axvline(1, color=GREY, linewidth=0.8)
    axes.hlines(places, table["low"], table["high"], color=BLUE, linewidth=2.5)
    axes.plot(table["ratio"], places, "o", color=BLUE, markersize=7)
    for place, row in zip(places, table.itertuples(), strict=True):
        axes.text(1.02, place, str(row.verdict), va="center", fontsize=10)
    axes.text(FOUR_FIFTHS - 0.005, -0.45, "four fifths", color=ORANGE, ha="right", va="center", fontsize=9)
    axes.set_yticks(
        places, [f"{name} ({row.people})" for name, row in zip(table.index, table.itertuples(), strict=True)]
    )
    axes.set(
        ylim=(len(table) - 0.5, -0.7),
        xlim=(min(0.45, table["low"].min() - 0.05), 1.25),
        xlabel="ratio of approval rates (no unit)",
    )
    axes.set_xticks([tick / 10 for tick in range(0, 11, 2) if tick / 10 > axes.get_xlim()[0]])
    axes.spines[["top", "right"]].set_visible(False)
    told = "; ".join(
        f"{name}: {row['ratio']:.2f} ({row['low']:.2f} to {row['high']:.2f}), {row['verdict']}"
        for name, row in table.iterrows()
    )
    return Picture(figure, f"Ratios of approval rates with 95 % intervals; a line marks four fifths. {told}.")


def draw_projection(told: pd.DataFrame, seen: pd.DataFrame, title: str) -> Picture:
    """Draw how the interval of an approval ratio narrows with more applicants.

    Parameters
    ----------
    told : pandas.DataFrame
        What `hurdles.fairness.audit.projected` returns.
    seen : pandas.DataFrame
        What was measured: ``people``, ``ratio``, ``low``, ``high``.
    title : str
        Which group.

    Returns
    -------
    Picture
    """
    figure = Figure(figsize=(8.0, 3.4))
    axes = figure.add_axes((0.1, 0.16, 0.87, 0.74))
    axes.fill_between(told.index, told["low"], told["high"], color=BLUE, alpha=0.18, linewidth=0, label="projected")
    axes.vlines(seen["people"], seen["low"], seen["high"], color=BLUE, linewidth=2.5)
    axes.plot(seen["people"], seen["ratio"], "o", color=BLUE, markersize=7, label="measured")
    axes.axhline(FOUR_FIFTHS, color=ORANGE, linestyle="--", linewidth=1.8, label="four fifths")
    axes.set_xscale("log")
    ticks = [n for n in (50, 100, 200, 500, 1000, 2000, 5000) if told.index[0] <= n <= told.index[-1]]
    axes.set_xticks(ticks, [f"{n:,}" for n in ticks])
    axes.minorticks_off()
    axes.set(xlabel="applicants in the group", ylabel="ratio of approval rates", ylim=(0.45, 1.1))
    axes.legend(frameon=False, loc="upper right", ncols=3)
    axes.set_title(title, fontsize=11, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    ends = "; ".join(
        f"{n} applicants: {row['low']:.2f} to {row['high']:.2f}" for n, row in told.iloc[[0, -1]].iterrows()
    )
    points = "; ".join(
        f"{row['people']:.0f} applicants: {row['ratio']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
        for _, row in seen.iterrows()
    )
    return Picture(figure, f"{title}: interval of the approval ratio. Projected: {ends}. Measured: {points}.")
