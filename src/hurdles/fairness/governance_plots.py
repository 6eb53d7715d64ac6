"""The pictures of the lesson on governance: pure functions from results to figures.

Colours are Okabe and Ito's, which colour-blind people can tell apart; lines also differ in their marks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from matplotlib.figure import Figure

from hurdles.ui.picture import Picture

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BLUE", "GREY", "ORANGE", "Picture", "draw_put_right"]

BLUE: Final = "#0072B2"
ORANGE: Final = "#D55E00"
GREY: Final = "#6B6B6B"


def draw_put_right(table: pd.DataFrame) -> Picture:
    """Draw what a second look is worth by how often the officer agrees without reading.

    Parameters
    ----------
    table : pandas.DataFrame
        What `hurdles.fairness.governance_review.put_right` returned.

    Returns
    -------
    Picture
    """
    figure = Figure(figsize=(7.6, 3.5))
    axes = figure.add_axes((0.1, 0.16, 0.87, 0.8))
    x = 100 * table.index.to_numpy(dtype=float)
    axes.plot(x, 100 * table["agreed"], "s--", color=ORANGE, linewidth=2, label="refusals that stand after review")
    axes.plot(x, 100 * table["caught"], "o-", color=BLUE, linewidth=2.2, label="wrong refusals put right")
    axes.fill_between(
        x, 100 * table["low"], 100 * table["high"], color=BLUE, alpha=0.18, linewidth=0, label="nine in ten months"
    )
    axes.set(xlim=(-2, 102), ylim=(0, 104), xlabel="cases in which the officer agrees unread (%)", ylabel="share (%)")
    axes.legend(frameon=False, loc="lower left")
    axes.spines[["top", "right"]].set_visible(False)
    told = "; ".join(
        f"{float(str(follow)):.0%} unread: {row['agreed']:.0%} stand, {row['caught']:.0%} of wrong ones put right"
        for follow, row in table.iterrows()
    )
    return Picture(figure, f"Two lines by the share of cases agreed to unread. {told}.")
