"""The demo of the lesson on attribution: one refused applicant, explained by SHAP and by LIME."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.figure import Figure

from hurdles.datasets.desk import desk_model
from hurdles.interpretability.attribution import BACKGROUNDS, Background, lime_weights, pool, shap_values, top
from hurdles.interpretability.attribution_plots import named, reason_bars
from hurdles.ui import Choice, Demo, Slider

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["APPLICANTS", "Explained", "compute", "describe", "draw", "explain", "why_refused"]

# Unseen applications that the lender refused, chosen because the model's reasons differ.
APPLICANTS: Final = MappingProxyType({"A": 1285, "B": 1438, "C": 1339, "D": 27})
_BACKGROUND_ROWS: Final = 100
_NEIGHBOURS: Final = 500
_REASONS: Final = 4
_SEEDS: Final = 10
_AMONG: Final = {
    "all": "100 applicants of all kinds",
    "approved": "100 approved applicants",
    "similar": "100 applicants much like this one",
}


@dataclass(frozen=True)
class Explained:
    """One application's reasons, told twice.

    Parameters
    ----------
    applicant, background : str
        The setting, see `explain`.
    seed : int
        The setting.
    chance : float
        The model's chance of refusal.
    base : float
        The mean chance over the background.
    row : pandas.Series
        The applicant's values.
    shap, lime : pandas.Series
        A weight for each column, as a share of 1.
    """

    applicant: str
    background: Background
    seed: int
    chance: float
    base: float
    row: pd.Series[float]
    shap: pd.Series[float]
    lime: pd.Series[float]


def compute(applicant: str, background: Background, seed: int) -> Explained:
    """Return one refused application's reasons by SHAP and by LIME; see `explain`.

    The first call explains all settings, which takes a second or two; then a slider waits for nothing but its picture.
    """
    return _everything()[applicant, background, seed]


def explain(applicant: str, background: Background, seed: int) -> Explained:
    """Explain one refused application by SHAP and by LIME.

    Parameters
    ----------
    applicant : str
        A key of `APPLICANTS`.
    background : {"all", "approved", "similar"}
        Which training rows it is compared with.
    seed : int
        Draws SHAP's 100 background rows and LIME's 500 neighbours.

    Returns
    -------
    Explained
    """
    desk = desk_model()
    who = APPLICANTS[applicant]
    rows = pool(desk, who, background)
    told = shap_values(desk, desk.test.loc[[who]], rows.sample(_BACKGROUND_ROWS, random_state=seed))
    lime = lime_weights(desk, who, seed, _NEIGHBOURS, rows)
    chance = float(desk.chance(desk.test.loc[[who]])[0])
    return Explained(
        applicant, background, seed, chance, told.base, desk.test.loc[[who]].iloc[0], told.values.iloc[0], lime
    )


@cache
def _everything() -> dict[tuple[str, Background, int], Explained]:
    settings = product(APPLICANTS, BACKGROUNDS, range(_SEEDS))
    return {setting: explain(*setting) for setting in settings}


def draw(result: Explained) -> Figure:
    """Draw both explanations side by side, the same columns in the same order.

    Parameters
    ----------
    result : Explained
        What `explain` returned.

    Returns
    -------
    matplotlib.figure.Figure
    """
    # Everything has its fixed place: a layout engine takes as long as the drawing.
    figure = Figure(figsize=(8.8, 3.4))
    weights = {"SHAP": result.shap, "LIME": result.lime}
    size = np.max([w.abs() / max(w.abs().max(), 1e-12) for w in weights.values()], axis=0)
    columns = [str(result.shap.index[i]) for i in np.argsort(-size, kind="stable")[:6]]
    labels = [named(column, result.row[column]) for column in columns]
    titles = (f"SHAP: from {result.base:.0%} to {result.chance:.0%}", f"LIME: {_NEIGHBOURS} neighbours")
    xlabels = ("against the background (points)", "against other neighbours (points)")
    for i, shown in enumerate(weights.values()):
        axes = figure.add_axes((0.235 + 0.385 * i, 0.16, 0.365, 0.71))
        reason_bars(axes, shown, columns, xlabels[i], 85, digits=0)
        axes.set_yticks(range(len(columns)) if i == 0 else [], labels if i == 0 else [])
        axes.set_xticks((-50, 0, 50))
        axes.tick_params(axis="y", length=0)
        axes.text(0, 1.04, titles[i], transform=axes.transAxes, fontsize=11)
    return figure


def describe(result: Explained) -> str:
    """Say in words what the picture shows.

    Parameters
    ----------
    result : Explained
        What `explain` returned.

    Returns
    -------
    str
    """
    by_shap, by_lime = top(result.shap, _REASONS), top(result.lime, _REASONS)
    shared = [named(name) for name in by_shap if name in by_lime]
    return (
        f"The model gives applicant {result.applicant} a {result.chance:.0%} chance of refusal. Compared with "
        f"{_AMONG[result.background]}, who average {result.base:.0%}, SHAP's reasons for refusal are: "
        f"{_list(by_shap, result.shap)}. LIME's are: {_list(by_lime, result.lime)}. "
        f"In both lists: {', '.join(shared) or 'none'}."
    )


def _list(names: list[str], weights: pd.Series[float]) -> str:
    return ", ".join(f"{named(name)} ({100 * weights[name]:+.1f})" for name in names) or "none"


why_refused: Final = Demo(
    name="why-refused",
    title="Why was this application refused?",
    question="Do SHAP and LIME give this applicant the same reasons?",
    minutes=5,
    controls={
        "applicant": Choice(
            "Applicant",
            options=[
                ("A: model nearly sure", "A"),
                ("B: model fairly sure", "B"),
                ("C: model leans to refusal", "C"),
                ("D: model would approve", "D"),
            ],
            value="C",
        ),
        "background": Choice(
            "Compared with",
            options=[("all applicants", "all"), ("approved ones", "approved"), ("similar ones", "similar")],
            value="all",
        ),
        "seed": Slider("Seed", 0, _SEEDS - 1, 1, 0),
    },
    compute=compute,
    draw=draw,
    describe=describe,
    alt=(
        "Two bar charts of the same application. Left: SHAP values against a background. Right: LIME weights. Bars to "
        "the right raise the chance of refusal, bars to the left lower it."
    ),
)
