"""The demo of the lesson on governance: describe a system, see its risk class and the duties it brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hurdles.fairness.governance import CLASSES, DUTIES, LARGE, USES, RiskClass, System, duties, risk_class
from hurdles.fairness.governance_plots import BLUE, GREY, ORANGE
from hurdles.ui import Choice, Demo

__all__ = ["Duties", "compute", "describe", "draw", "which_duties"]

PALE: Final = "#EFEFEF"
_ROW: Final = 0.083
# How the picture calls what brings a duty.
_FROM: Final = {
    "use": "its use",
    "data": "its data",
    "autonomy": "its autonomy",
    "reach": "its reach",
    "own will": "own will",
}


@dataclass(frozen=True)
class Duties:
    """A described system, its class and what it brings.

    Parameters
    ----------
    system : hurdles.fairness.governance.System
        The setting.
    found : str
        Its risk class.
    brought : dict of str to str
        Duties and what brings each, see `hurdles.fairness.governance.duties`.
    """

    system: System
    found: RiskClass
    brought: dict[str, str]


def compute(use: str, data: str, autonomy: str, reach: int) -> Duties:
    """Classify a system; the parameters are those of `hurdles.fairness.governance.System`."""
    system = System(use, data, autonomy, reach)  # type: ignore[arg-type]
    return Duties(system, risk_class(system), duties(system))


def draw(result: Duties) -> Figure:
    """Draw the ladder of classes, the one found marked, beside the list of duties.

    Parameters
    ----------
    result : Duties
        What `compute` returned.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(8.8, 3.9))
    _ladder(_blank(figure, (0.01, 0.02, 0.31, 0.96)), result)
    _list(_blank(figure, (0.345, 0.02, 0.65, 0.96)), result)
    return figure


def _blank(figure: Figure, place: tuple[float, float, float, float]) -> Axes:
    axes = figure.add_axes(place)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.set_axis_off()
    return axes


def _ladder(axes: Axes, result: Duties) -> None:
    axes.text(0, 0.96, "Risk class (EU AI Act)", fontsize=11, va="center")
    for step, (name, meaning) in enumerate(CLASSES.items()):
        y, here = 0.78 - 0.205 * step, name == result.found
        colour = (ORANGE if name in ("prohibited", "high") else BLUE) if here else PALE
        axes.fill_between([0, 1], y - 0.085, y + 0.085, color=colour, linewidth=0)
        ink = "white" if here else GREY
        axes.text(0.04, y + 0.03, f"{'▶ ' if here else ''}{name}", color=ink, fontsize=11, va="center")
        axes.text(0.04, y - 0.045, meaning, color=ink, fontsize=8.5, va="center")


def _list(axes: Axes, result: Duties) -> None:
    axes.text(0.045, 0.96, "Duty", fontsize=11, va="center")
    axes.text(0.645, 0.96, "where", fontsize=11, va="center")
    axes.text(0.85, 0.96, "brought by", fontsize=11, va="center")
    for row, (name, duty) in enumerate(DUTIES.items()):
        y, due = 0.865 - _ROW * row - 0.02, name in result.brought
        ink = "black" if due else "#767676"
        axes.text(0.0, y, "●" if due else "○", color=BLUE if due else ink, fontsize=11, va="center")
        axes.text(0.045, y, duty.text, color=ink, fontsize=9.5, va="center")
        axes.text(0.645, y, duty.source, color=ink, fontsize=9.5, va="center")
        axes.text(0.85, y, _FROM[result.brought[name]] if due else "–", color=ink, fontsize=9.5, va="center")


def describe(result: Duties) -> str:
    """Say in words what the picture shows.

    Parameters
    ----------
    result : Duties
        What `compute` returned.

    Returns
    -------
    str
    """
    told = "; ".join(
        f"{DUTIES[name].text} ({DUTIES[name].source}, {_FROM[why]})" for name, why in result.brought.items()
    )
    return f"To {USES[result.system.use]}: class {result.found}. Duties, and what brings them: {told}."


which_duties: Final = Demo(
    name="which-duties",
    title="Which duties apply?",
    question="Which of use, data, autonomy and reach changes the class, and which changes the duties?",
    minutes=5,
    controls={
        "use": Choice("Use", options=[(text, name) for name, text in USES.items()], value="credit"),
        "data": Choice(
            "About",
            options=[
                ("persons, profiled", "profile"),
                ("persons, not profiled", "persons"),
                ("companies", "companies"),
            ],
            value="profile",
        ),
        "autonomy": Choice(
            "It",
            options=[
                ("does a narrow preparing task", "prepares"),
                ("advises an officer", "advises"),
                ("decides", "decides"),
            ],
            value="advises",
        ),
        "reach": Choice(
            "Used on, a year", options=[("500", 500), (f"{LARGE:,}", LARGE), ("1,000,000", 1_000_000)], value=500
        ),
    },
    compute=compute,
    draw=draw,
    describe=describe,
    alt=(
        "Left, a ladder of four risk classes with the one that applies marked. Right, a list of ten duties: a filled "
        "dot where it applies, with its source and what brings it."
    ),
)
