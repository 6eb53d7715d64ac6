"""The live demo of the lesson on enough data."""

from __future__ import annotations

from typing import Any, Final

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hurdles.data.enough import ANGLES, NOISES, SHARES, TURNS, Told, Turned, turned_copies
from hurdles.data.plots import BLUE, GREY, ORANGE
from hurdles.ui import Choice, Demo

__all__ = ["describe_turned", "draw_turned", "turned"]

# How each model looks, the same in the panels and in the key below them.
_AUGMENTED: Final[dict[str, Any]] = {"color": BLUE, "linewidth": 2.2, "marker": "o", "markersize": 5}
_PLAIN: Final[dict[str, Any]] = {"color": ORANGE, "linestyle": "--", "linewidth": 1.6, "marker": "s", "markersize": 5}

# Differences below this many percentage points are lost in the choice of test digits.
_SAME: Final = 2.0


def draw_turned(result: Turned) -> Figure:
    """Draw what copies turned by up to an angle do to a model.

    Parameters
    ----------
    result : hurdles.data.enough.Turned
        What `hurdles.data.enough.turned_copies` returned.

    Returns
    -------
    matplotlib.figure.Figure
        Left, digits told right over how far they are turned; right, over four kinds of test digits.
    """
    # Everything has its fixed place: a layout engine takes as long as the drawing.
    figure = Figure(figsize=(8.8, 3.7))
    left, right = figure.add_axes((0.07, 0.24, 0.44, 0.65)), figure.add_axes((0.715, 0.24, 0.27, 0.65))
    left.axvspan(0, result.angle, color=BLUE, alpha=0.1, linewidth=0)
    left.plot(TURNS, result.plain.by_turn, **_PLAIN)
    left.plot(TURNS, result.augmented.by_turn, **_AUGMENTED)
    left.set(xlim=(-4, 184), ylim=(0, 103), xticks=(0, 45, 90, 135, 180), yticks=(0, 25, 50, 75, 100))
    left.set(xlabel="test digits turned by (degrees)", ylabel="told right (%)")
    left.text(0, 1.04, "Shaded: the angles of the copies", transform=left.transAxes, fontsize=11)
    names = {"upright": "upright", "turned": f"turned up to {result.angle}°", "noisy": "noisy", "pair": "upright 6, 9"}
    for place, key in enumerate(names):
        before, after = _right(result.plain, key, result.angle), _right(result.augmented, key, result.angle)
        right.plot([before, after], [place, place], color=GREY, linewidth=1)
        right.plot([before], [place], **_PLAIN)
        right.plot([after], [place], **_AUGMENTED)
    right.set(xlim=(-3, 103), ylim=(3.5, -0.5), xticks=(0, 25, 50, 75, 100), xlabel="told right (%)")
    right.set_yticks(range(len(names)), list(names.values()))
    right.text(0, 1.04, "Four kinds of test digits", transform=right.transAxes, fontsize=11)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.set_label_coords(0.5, -0.13)
    _turned_key(figure, result)
    return figure


def _right(told: Told, kind: str, angle: int) -> float:
    by_kind = {"upright": told.upright, "noisy": told.noisy, "pair": told.sixes_and_nines}
    return by_kind[kind] if kind in by_kind else told.within(angle)


def _turned_key(figure: Figure, result: Turned) -> None:
    middle = 0.055
    figure.add_artist(Line2D([0.07, 0.105], [middle, middle], **_PLAIN))
    figure.add_artist(Line2D([0.40, 0.435], [middle, middle], **_AUGMENTED))
    figure.text(0.117, middle, "learned from digits as they are", fontsize=10, verticalalignment="center_baseline")
    text = f"learned with {result.share} % of them replaced by copies"
    figure.text(0.447, middle, text, fontsize=10, verticalalignment="center_baseline")


def describe_turned(result: Turned) -> str:
    """Say in words what the picture of a `Turned` shows.

    Parameters
    ----------
    result : hurdles.data.enough.Turned
        What `hurdles.data.enough.turned_copies` returned.

    Returns
    -------
    str
        The copies, then each kind of test digit with its direction.
    """
    if result.share == 0 or (result.angle == 0 and result.noise == 0):
        return (
            f"No digit is changed: of upright digits {result.plain.upright:.0f} % are told right, of those turned by "
            f"{result.angle} degrees at most {result.plain.within(result.angle):.0f} %."
        )
    plain, changed = result.plain, result.augmented
    kinds = {
        "upright digits": (plain.upright, changed.upright),
        f"digits turned by {result.angle} degrees at most": (plain.within(result.angle), changed.within(result.angle)),
        "noisy digits": (plain.noisy, changed.noisy),
        "upright sixes and nines": (plain.sixes_and_nines, changed.sixes_and_nines),
    }
    told = "; ".join(f"{name} {_change(*pair)}" for name, pair in kinds.items() if result.angle or "turned" not in name)
    turn = f"turned by up to {result.angle} degrees" if result.angle else "that are not turned,"
    noise = f" with noise of {result.noise} grey levels" if result.noise else ""
    text = f"{result.share} % of the training digits are replaced by copies {turn}{noise}. Told right: {told}."
    if changed.swapped >= _SAME:
        text += f" Of upright sixes and nines, {changed.swapped:.0f} % are taken for the other."
    return text


def _change(before: float, after: float) -> str:
    if abs(after - before) < _SAME:
        return f"about the same, {after:.0f} %"
    return f"{'up' if after > before else 'down'} from {before:.0f} to {after:.0f} %"


turned: Final = Demo(
    name="turned-digits",
    title="How far a digit may turn",
    question="How far may an image turn before its label does?",
    minutes=5,
    controls={
        "angle": Choice("Copies turned by up to", options=[(f"{a}°", a) for a in ANGLES], value=30),
        "noise": Choice(
            "Noise on the copies",
            options=list(zip(("none", "some (2 of 16 grey levels)", "much (4 of 16)"), NOISES, strict=True)),
            value=0,
        ),
        "share": Choice("Share augmented", options=[(f"{s} %", s) for s in SHARES], value=50),
    },
    compute=turned_copies,
    draw=draw_turned,
    describe=describe_turned,
    alt=(
        "Left, a line chart: digits told right over the angle by which they are turned, for a model that learned from "
        "digits as they are and one that learned with turned copies. Right: both models on upright digits, turned "
        "digits, noisy digits, and upright sixes and nines."
    ),
)
