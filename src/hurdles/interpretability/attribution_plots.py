"""The pictures of the lesson on attribution: pure functions from results to figures.

Colours are Okabe and Ito's, which colour-blind people can tell apart; bars that raise and bars that lower also point
in opposite directions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hurdles.datasets.desk import CODES, LABELS
from hurdles.ui.picture import Picture

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Picture", "draw_agreement", "draw_importances", "draw_reasons", "named", "reason_bars"]

BLUE: Final = "#0072B2"
ORANGE: Final = "#D55E00"
GREY: Final = "#6B6B6B"
# Bars that a reader can compare at a glance.
_ROWS: Final = 8
# Room for the number beyond the longest bar, as a share of the axis.
_ROOM: Final = 0.45
# Thickness of a bar, in typographic points.
_THICK: Final = 15


def named(column: str, value: float | None = None) -> str:
    """Return how a picture calls a column, with the applicant's value where it is given."""
    label = LABELS.get(column, column)
    if value is None:
        return label
    return f"{label} = {value:.0f}" if column in CODES else f"{label} = {value:.3g}"


def reason_bars(
    axes: Axes, weights: pd.Series[float], columns: list[str], xlabel: str, limit: float, digits: int = 1
) -> None:
    """Draw one bar for each column, the first on top; those that raise and those that lower differ in colour.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where.
    weights : pandas.Series
        What each column adds to the chance of refusal, as a share of 1.
    columns : list of str
        Which columns, in their order.
    xlabel : str
        What the numbers are.
    limit : float
        Half the width of the axis, in percentage points.
    digits : int
        Decimals of the number at each bar.
    """
    points = [100 * float(weights[column]) for column in columns]
    places = list(range(len(columns)))
    colours = [ORANGE if value > 0 else BLUE for value in points]
    # One collection of thick lines: a patch for each bar takes several times as long to draw.
    axes.hlines(places, 0, points, colors=colours, linewidth=_THICK)
    axes.axvline(0, color=GREY, linewidth=0.8)
    for place, value in zip(places, points, strict=True):
        side = 1 if value >= 0 else -1
        text = f"{value:+.{digits}f}".replace("-", "−")
        end = "left" if side > 0 else "right"
        axes.text(value + side * 0.02 * limit, place, text, ha=end, va="center", fontsize=9)
    axes.set(ylim=(len(columns) - 0.4, -0.6), xlim=(-limit, limit), xlabel=xlabel)
    axes.spines[["top", "right"]].set_visible(False)


def _limit(*shown: pd.Series[float]) -> float:
    return max(float(100 * weights.abs().max()) for weights in shown) * (1 + _ROOM) + 1


def _strongest(*shown: pd.Series[float], rows: int = _ROWS) -> list[str]:
    """Return the columns with the largest bars in any panel, the largest first."""
    largest = np.max([weights.abs() / max(weights.abs().max(), 1e-12) for weights in shown], axis=0)
    return [str(shown[0].index[i]) for i in np.argsort(-largest, kind="stable")[:rows]]


def draw_reasons(panels: Mapping[str, pd.Series[float]], row: pd.Series[float], xlabels: list[str]) -> Picture:
    """Draw explanations of one application side by side, the same columns in each.

    Parameters
    ----------
    panels : mapping of str to pandas.Series
        For each title, a weight for each column.
    row : pandas.Series
        The applicant's values.
    xlabels : list of str
        What the numbers of each panel are.

    Returns
    -------
    Picture
    """
    shown = list(panels.values())
    columns = _strongest(*shown)
    figure = Figure(figsize=(8.8, 3.9))
    for i, (title, weights) in enumerate(panels.items()):
        width = 0.76 / len(panels)
        axes = figure.add_axes((0.235 + i * (width + 0.005), 0.15, width - 0.03, 0.73))
        reason_bars(axes, weights, columns, xlabels[i], _limit(*shown) if len(set(xlabels)) == 1 else _limit(weights))
        axes.set_yticks(range(len(columns)), [named(c, row[c]) for c in columns] if i == 0 else [""] * len(columns))
        axes.set_title(title, fontsize=11, loc="left")
        axes.tick_params(axis="y", length=0)
    told = "; ".join(
        f"{title}: {', '.join(f'{named(c)} {100 * weights[c]:+.1f}' for c in columns[:4])}"
        for title, weights in panels.items()
    )
    return Picture(figure, f"Bars for one application, in percentage points of the chance of refusal. {told}.")


def draw_importances(train: pd.Series[float], test: pd.Series[float], marked: str) -> Picture:
    """Draw permutation importances on training rows beside those on unseen rows.

    Parameters
    ----------
    train, test : pandas.Series
        Mean fall of AUC for each column.
    marked : str
        The column to mark.

    Returns
    -------
    Picture
    """
    order = train.sort_values(ascending=False).index
    figure = Figure(figsize=(8.8, 4.3))
    limit = 1.08 * max(train.max(), test.max())
    for i, (title, values) in enumerate({"on training rows": train, "on unseen rows": test}.items()):
        axes = figure.add_axes((0.2 + i * 0.4, 0.13, 0.375, 0.78))
        colours = [ORANGE if name == marked else BLUE for name in order]
        axes.barh(range(len(order)), values[order], height=0.65, color=colours)
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.set_yticks(range(len(order)), [named(str(name)) for name in order] if i == 0 else [""] * len(order))
        axes.set(ylim=(len(order) - 0.4, -0.6), xlim=(-0.025, limit), xlabel="fall of AUC when shuffled")
        axes.set_title(title, fontsize=11, loc="left")
        axes.tick_params(axis="y", length=0)
        axes.spines[["top", "right"]].set_visible(False)
    return Picture(
        figure,
        f"Permutation importance of {len(order)} columns. The column '{marked}' has {train[marked]:.4f} on training "
        f"rows and {test[marked]:.4f} on unseen ones; {named(str(order[0]))} has most on training rows.",
    )


def draw_agreement(samples: list[int], lime: list[float], shap: float) -> Picture:
    """Draw how far LIME's reasons agree over seeds, by the number of neighbours it makes up.

    Parameters
    ----------
    samples : list of int
        Numbers of neighbours.
    lime : list of float
        Agreement of LIME's reasons over seeds, 0 to 1.
    shap : float
        Agreement of SHAP's reasons over backgrounds drawn anew.

    Returns
    -------
    Picture
    """
    figure = Figure(figsize=(6.6, 3.1))
    axes = figure.add_axes((0.11, 0.17, 0.86, 0.78))
    axes.plot(samples, lime, "o-", color=BLUE, linewidth=2.2, label="LIME, other neighbours")
    axes.axhline(shap, color=ORANGE, linestyle="--", linewidth=2, label="SHAP, other background rows")
    axes.set_xscale("log")
    axes.set_xticks(samples, [f"{n:,}" for n in samples])
    axes.minorticks_off()
    axes.set(ylim=(0, 1.05), xlabel="neighbours LIME makes up", ylabel="agreement of reasons (0 to 1)")
    axes.legend(frameon=False, loc="lower right")
    axes.spines[["top", "right"]].set_visible(False)
    pairs = ", ".join(f"{n}: {a:.2f}" for n, a in zip(samples, lime, strict=True))
    return Picture(figure, f"Agreement of LIME's reasons by neighbours: {pairs}. SHAP over backgrounds: {shap:.2f}.")
