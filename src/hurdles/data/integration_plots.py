"""The pictures of the lesson on joins: pure functions from results to figures with alternative texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hurdles.data.plots import BLUE, GREY, ORANGE, Picture

__all__ = ["around_the_decision", "heaviest_words"]


def around_the_decision(applications: pd.DataFrame, readings: pd.DataFrame) -> Picture:
    """Draw the average reading by hours before and after the decision, of applications approved and refused.

    Parameters
    ----------
    applications : pandas.DataFrame
        With ``application``, ``decided`` and ``reject``.
    readings : pandas.DataFrame
        With ``application``, ``at`` and ``damp``.

    Returns
    -------
    Picture
        Two lines; what lies right of the decision, nobody knew when deciding.
    """
    joined = readings.merge(applications[["application", "decided", "reject"]], on="application")
    joined["hour"] = np.floor((joined["at"] - joined["decided"]).dt.total_seconds() / 3600) + 0.5
    means = joined.groupby(["hour", "reject"])["damp"].mean().unstack()
    figure = Figure(figsize=(8.0, 3.4), layout="constrained")
    axes = figure.subplots()
    axes.axvspan(0, means.index.max(), color=GREY, alpha=0.12, linewidth=0)
    for refused, colour, style, name in ((1, ORANGE, "--", "refused"), (0, BLUE, "-", "approved")):
        axes.plot(means.index, means[refused], color=colour, linestyle=style, linewidth=2.2)
        last = means[refused].dropna()
        axes.annotate(
            name, (last.index[-1], last.iloc[-1]), xytext=(6, -3), textcoords="offset points", color=colour, fontsize=11
        )
    axes.axvline(0, color=GREY, linewidth=1)
    axes.text(0.5, 0.55, "not known\nwhen deciding", fontsize=10, transform=axes.get_xaxis_transform())
    axes.set(xlabel="hours from the decision", ylabel="average damp (% humidity)", xlim=(means.index.min(), 15.5))
    axes.spines[["top", "right"]].set_visible(False)
    before, after = (means[(means.index > low) & (means.index < high)].mean() for low, high in ((-12, 0), (4, 99)))
    return Picture(
        figure,
        f"Average damp by hour. In the twelve hours before the decision: {before[1]:.1f} % for applications refused "
        f"later, {before[0]:.1f} % for those approved. Four hours after it and later: {after[1]:.1f} % and "
        f"{after[0]:.1f} %.",
    )


def heaviest_words(words: Sequence[str], weights: NDArray[np.float64], most: int = 6) -> Picture:
    """Draw the words that push a score up or down most.

    Parameters
    ----------
    words : sequence of str
        The vocabulary.
    weights : numpy.ndarray
        A weight for each word; above 0 pushes towards "refused".
    most : int
        How many of either kind.

    Returns
    -------
    Picture
        Bars, the strongest push towards refusal on top.
    """
    order = np.argsort(weights, kind="stable")
    chosen = [*order[::-1][:most], *order[:most][::-1]]
    figure = Figure(figsize=(8.0, 3.6), layout="constrained")
    axes = figure.subplots()
    for place, word in enumerate(chosen):
        axes.barh(place, weights[word], color=ORANGE if weights[word] > 0 else BLUE, height=0.65)
    axes.set_yticks(range(len(chosen)), [words[word] for word in chosen])
    axes.set(ylim=(len(chosen) - 0.4, -0.6), xlabel="weight (right: towards refused, left: towards approved)")
    axes.axvline(0, color=GREY, linewidth=1)
    axes.spines[["top", "right"]].set_visible(False)
    up, down = (", ".join(words[word] for word in part) for part in (chosen[:most], chosen[most:][::-1]))
    return Picture(figure, f"Words that push most towards refused: {up}. Towards approved: {down}.")
