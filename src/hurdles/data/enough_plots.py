"""The pictures of the lesson on imbalance, made-up rows and augmentation: pure functions from results to figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from hurdles.data.enough_balance import alarms
from hurdles.data.enough_images import BRIGHTEST
from hurdles.data.plots import BLUE, GREY, ORANGE, PALE, Picture

__all__ = ["digit_rows", "distances", "over_thresholds", "precision_recall"]

GREEN: Final = "#009E73"
PURPLE: Final = "#CC79A7"
# Colour and line style of the first, second … series; they differ in both.
_STYLES: Final = ((BLUE, "-"), (ORANGE, "--"), (GREEN, "-."), (PURPLE, ":"), (GREY, (0, (5, 1, 1, 1, 1, 1))))


def _clear(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=PALE, linewidth=0.5)
    axes.set_axisbelow(True)


def over_thresholds(label: ArrayLike, chance: ArrayLike) -> Picture:
    """Draw accuracy, precision and recall over the threshold of one model.

    Parameters
    ----------
    label : array_like
        1 for the cases looked for.
    chance : array_like
        The model's probability for each row.

    Returns
    -------
    Picture
        Three lines from a threshold of 0.02 to 0.8, and the accuracy of a model that never raises an alarm.
    """
    steps = np.linspace(0.02, 0.8, 79)
    table = [alarms(label, chance, step) for step in steps]
    figure = Figure(figsize=(7.2, 3.7), layout="constrained")
    axes = figure.subplots()
    for name, (color, style) in zip(("accuracy", "precision", "recall"), _STYLES, strict=False):
        values = [100 * row[name] for row in table]
        axes.plot(steps, values, color=color, linestyle=style, linewidth=2.2, label=name)
    silent = 100 * (1 - float(np.mean(np.asarray(label) == 1)))
    axes.axhline(silent, color=GREY, linewidth=1)
    axes.text(0.8, silent - 1.5, "accuracy without any alarm", ha="right", va="top", fontsize=9.5, color=GREY)
    axes.set(xlabel="threshold: from which chance of refusal on to raise an alarm", ylabel="%", ylim=(0, 104))
    axes.legend(frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.5, 1.14))
    _clear(axes)
    half = alarms(label, chance, 0.5)
    return Picture(
        figure,
        "Accuracy, precision and recall over the threshold. Accuracy hardly moves above a low threshold, near "
        f"{silent:.0f} % all the way; recall falls while precision rises. At 0.5: accuracy {half['accuracy']:.0%}, "
        f"precision {half['precision']:.0%}, recall {half['recall']:.0%}.",
    )


def precision_recall(label: ArrayLike, chances: Mapping[str, ArrayLike], threshold: float = 0.5) -> Picture:
    """Draw precision over recall for several models, and mark where each stands at one threshold.

    Parameters
    ----------
    label : array_like
        1 for the cases looked for.
    chances : mapping of str to array_like
        For each model, its score of each row.
    threshold : float
        Where to mark a point.

    Returns
    -------
    Picture
        A curve and a point for each model.
    """
    from sklearn.metrics import precision_recall_curve

    figure = Figure(figsize=(7.2, 3.9), layout="constrained")
    axes = figure.subplots()
    told = []
    for (name, chance), (color, style), marker in zip(chances.items(), _STYLES, "os^Dv", strict=False):
        precision, recall, _ = precision_recall_curve(label, chance)
        axes.plot(100 * recall, 100 * precision, color=color, linestyle=style, linewidth=1.8)
        point = alarms(label, chance, threshold)
        place = 100 * point["recall"], 100 * point["precision"]
        dot: dict[str, Any] = {"marker": marker, "markersize": 10, "markeredgecolor": "white"}
        # Points lie on top of every curve; the key shows line and point together.
        axes.plot(*place, color=color, linestyle="none", zorder=4, **dot)
        axes.plot([], [], color=color, linestyle=style, linewidth=1.8, label=name, **dot)
        told.append(f"{name}: recall {place[0]:.0f} %, precision {place[1]:.0f} %")
    rate = 100 * float(np.mean(np.asarray(label) == 1))
    axes.axhline(rate, color=GREY, linewidth=1, linestyle=":")
    axes.text(1, rate - 1.5, "alarms at random", fontsize=9.5, color=GREY, va="top")
    axes.set(xlabel="recall: refused applications found (%)", ylabel="precision: alarms that are right (%)")
    axes.set(xlim=(0, 101), ylim=(0, 101))
    axes.legend(frameon=False, title=f"marked: threshold {threshold:g}", loc="upper right")
    _clear(axes)
    return Picture(figure, f"Precision over recall; points at a threshold of {threshold:g}. {'; '.join(told)}.")


def distances(measured: Mapping[str, NDArray[np.float64]]) -> Picture:
    """Draw for each kind of row how many lie within a distance of a real record.

    Parameters
    ----------
    measured : mapping of str to numpy.ndarray
        For each kind, what `hurdles.data.enough_synthetic.nearest` returned.

    Returns
    -------
    Picture
        A rising line for each kind.
    """
    figure = Figure(figsize=(7.2, 3.7), layout="constrained")
    axes = figure.subplots()
    told = []
    for (name, values), (color, style) in zip(measured.items(), _STYLES, strict=False):
        ordered = np.sort(values)
        share = 100 * np.arange(1, len(ordered) + 1) / len(ordered)
        x, y = np.concatenate([[0.0], ordered]), np.concatenate([[0.0], share])
        axes.plot(x, y, color=color, linestyle=style, linewidth=2, label=name)
        told.append(f"{name}, median {np.median(values):.2f}")
    axes.set(
        xlabel="distance to the nearest record used (in ranks; 0: a copy)",
        ylabel="rows at most so far away (%)",
        xlim=(-0.02, 1.2),
        ylim=(0, 104),
    )
    axes.legend(frameon=False, loc="lower right")
    _clear(axes)
    return Picture(figure, f"How far rows lie from the nearest real record used. {'; '.join(told)}.")


def digit_rows(rows: Sequence[NDArray[np.float64]], names: Sequence[str], labels: Sequence[str]) -> Picture:
    """Draw images in rows, such as one digit before and after several changes.

    Parameters
    ----------
    rows : sequence of numpy.ndarray
        Each images x height x width, grey levels 0 to 16.
    names : sequence of str
        What the columns show.
    labels : sequence of str
        What the rows show.

    Returns
    -------
    Picture
        Dark on light, without axes.
    """
    figure = Figure(figsize=(8.8, 0.35 + 1.25 * len(rows)))
    figure.subplots_adjust(left=0.09, right=0.995, bottom=0.02, top=1 - 0.3 / (0.35 + 1.25 * len(rows)), wspace=0.12)
    panels = figure.subplots(len(rows), len(names), squeeze=False)
    for line, images, label in zip(panels, rows, labels, strict=True):
        for axes, image in zip(line, images, strict=True):
            axes.imshow(image, cmap="gray_r", vmin=0, vmax=BRIGHTEST)
            axes.set(xticks=[], yticks=[])
        line[0].set_ylabel(label, fontsize=11, rotation=0, ha="right", va="center")
    for axes, name in zip(panels[0], names, strict=True):
        axes.set_title(name, fontsize=10.5)
    return Picture(figure, f"{', '.join(labels)}, each {', '.join(names)}.")
