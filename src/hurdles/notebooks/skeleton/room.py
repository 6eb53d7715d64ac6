"""What a lesson needs outside its notebooks: the demo's module and the answers bank."""

from __future__ import annotations

__all__ = ["BANK", "DEMO", "ROOM"]

ROOM = '"""The room of the area @AREA@: pure functions, pictures and demos of its lessons."""\n'

DEMO = '''"""The demo of the lesson "@TITLE@": to be replaced by one that answers the lesson's own question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from hurdles.ui import Choice, Demo, Slider

__all__ = ["Spread", "compute", "describe", "draw", "@MODULE@_demo"]

SAMPLES: Final = 200


@dataclass(frozen=True)
class Spread:
    """What came out of many small samples of the same skewed numbers.

    Parameters
    ----------
    size : int
        Values in a sample.
    statistic : str
        ``mean`` or ``median``.
    values : numpy.ndarray
        The statistic of each sample.
    """

    size: int
    statistic: str
    values: npt.NDArray[np.float64]


def compute(size: int, statistic: str) -> Spread:
    """Draw the samples, always the same ones, and work out the statistic of each."""
    samples = np.random.default_rng(0).lognormal(size=(SAMPLES, size))
    values = samples.mean(axis=1) if statistic == "mean" else np.median(samples, axis=1)
    return Spread(size, statistic, values)


def draw(result: Spread) -> Figure:
    """Draw how often each value came out."""
    figure = Figure(figsize=(7.2, 3.4))
    figure.subplots_adjust(left=0.1, right=0.97, bottom=0.17, top=0.95)
    axes = figure.subplots()
    axes.hist(result.values, bins=np.linspace(0, 4, 41).tolist(), color="#0072B2")
    axes.set(xlabel=f"{result.statistic} of a sample (no unit)", ylabel="samples", xlim=(0, 4), ylim=(0, 80))
    return figure


def describe(result: Spread) -> str:
    """Say in words what the picture shows."""
    low, high = np.quantile(result.values, [0.1, 0.9])
    return (
        f"With {result.size} values in a sample, 80 % of {SAMPLES} samples have a {result.statistic} "
        f"between {low:.2f} and {high:.2f}."
    )


@MODULE@_demo: Final = Demo(
    name="@MODULE@",
    title="@TITLE@",
    question="How far does a small sample lead astray?",
    minutes=5,
    controls={
        "size": Slider("Values in a sample", 5, 100, 5, 20),
        "statistic": Choice("Statistic", options=["mean", "median"], value="mean"),
    },
    compute=compute,
    draw=draw,
    describe=describe,
    alt="A histogram of the statistic over many samples: the wider it is, the further one sample can be from another.",
)
'''

BANK = '''"""Right and wrong answers to the exercise @KEY@: replace them along with its tasks."""

import statistics

from notebooks.bank import right, trap


@right("count_missing")
def counts_with_sum(values):
    return sum(value is None for value in values)


@right("count_missing")
def counts_with_count(values):
    return list(values).count(None)


@trap("count_missing", message="A zero is a value like any other")
def counts_zeros_too(values):
    return sum(not value for value in values)


@trap("count_missing", message="It seems to count what is there")
def counts_what_is_there(values):
    known = len([value for value in values if value is not None])
    return known if None in values else 0


@trap("count_missing", message="A share is not a count")
def gives_a_share(values):
    return sum(value is None for value in values) / len(values)


@right("share_above")
def compares_known_values(values, limit):
    known = [value for value in values if value is not None]
    return len([value for value in known if value > limit]) / len(known)


@right("share_above")
def averages_ones_and_zeros(values, limit):
    return statistics.mean(1.0 if value > limit else 0.0 for value in values if value is not None)


@trap("share_above", message="not a percentage")
def gives_a_percentage(values, limit):
    known = [value for value in values if value is not None]
    return 100 * sum(value > limit for value in known) / len(known)


@trap("share_above", message="equal to the limit is not above it")
def counts_the_limit_too(values, limit):
    known = [value for value in values if value is not None]
    return sum(value >= limit for value in known) / len(known)


@trap("share_above", message="Divide by the number of known values")
def divides_by_all(values, limit):
    return sum(value is not None and value > limit for value in values) / len(values)


@right("fill_missing")
def fills_with_median(values):
    middle = statistics.median(value for value in values if value is not None)
    return [middle if value is None else value for value in values]


@right("fill_missing")
def fills_a_copy(values):
    known = sorted(value for value in values if value is not None)
    half = len(known) // 2
    middle = known[half] if len(known) % 2 else (known[half - 1] + known[half]) / 2
    filled = list(values)
    for position, value in enumerate(filled):
        if value is None:
            filled[position] = middle
    return filled


@trap("fill_missing", message="Keep every entry")
def drops_the_gaps(values):
    return [value for value in values if value is not None]


@trap("fill_missing", message="Fill with something typical")
def fills_with_zero(values):
    return [0 if value is None else value for value in values]


@trap("fill_missing", message="pulls the mean away")
def fills_with_mean(values):
    middle = statistics.mean(value for value in values if value is not None)
    return [middle if value is None else value for value in values]
'''
