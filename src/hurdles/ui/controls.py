"""The controls of a demo: each is a finite list of values, every one with a label in words.

Because the list is finite, the browser needs no number formatting of its own, a screen reader hears the same
text that the eye reads, and a test can visit every value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hurdles.errors import HurdlesError

__all__ = ["Choice", "Control", "Slider", "number"]

_MOST_STEPS = 1000
_NARROW_SPACE = "\u202f"


def number(value: float, unit: str = "", fmt: str | Callable[[float], str] = "") -> str:
    """Write a number as people read it.

    Parameters
    ----------
    value : float
        The number.
    unit : str, optional
        Its unit, put behind a narrow space.
    fmt : str or callable, optional
        A format specification such as ``.0%``, a format string such as ``{:.0%}``, or a function. Without it,
        whole numbers stay whole and others get at most two decimals (more where they would round to zero).

    Returns
    -------
    str
    """
    if callable(fmt):
        text = fmt(value)
    elif "{" in fmt:
        text = fmt.format(value)
    elif fmt:
        text = format(value, fmt)
    elif not math.isfinite(value):
        text = str(value)
    else:
        small = 0 < abs(value) < 0.01
        text = f"{value:.2g}" if small else f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{text}{_NARROW_SPACE}{unit}" if unit else text


@dataclass(frozen=True)
class Slider:
    """A number that can be moved in steps.

    Parameters
    ----------
    label : str
        What it sets, in words.
    low, high : float
        Ends of its range, both included.
    step : float
        Distance between two positions. When all four numbers are whole, so are the values.
    value : float
        Where it starts: one of its positions.
    unit : str, optional
        Unit shown behind the value.
    fmt : str or callable, optional
        How a value is written, see `number`.
    """

    label: str
    low: float
    high: float
    step: float
    value: float
    unit: str = ""
    fmt: str | Callable[[float], str] = ""

    def __post_init__(self) -> None:
        where = f"The slider {self.label!r}"
        if not self.label.strip():
            raise HurdlesError("A slider has no label. Say in words what it sets.")
        if not (self.low < self.high and self.step > 0):
            raise HurdlesError(f"{where} needs low < high and a step above zero.")
        if (self.high - self.low) / self.step > _MOST_STEPS:
            raise HurdlesError(f"{where} has more than {_MOST_STEPS} positions. Choose a larger step.")
        if self.value not in self.values:
            raise HurdlesError(f"{where} starts at {self.value}, which is not one of its positions.")

    @cached_property
    def values(self) -> tuple[float, ...]:
        """All positions, from low to high."""
        count = math.floor((self.high - self.low) / self.step + 1e-9) + 1
        if all(isinstance(n, int) for n in (self.low, self.high, self.step, self.value)):
            return tuple(int(self.low + i * self.step) for i in range(count))
        # Rounding takes away binary dust (0.1 + 2 * 0.05), so that a position equals the number an author typed.
        return tuple(round(self.low + i * self.step, 10) for i in range(count))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The text of each position."""
        return tuple(number(value, self.unit, self.fmt) for value in self.values)

    @property
    def start(self) -> int:
        """Position at which it starts."""
        return self.values.index(self.value)

    def corners(self, points: int) -> tuple[float, ...]:
        """Return `points` positions spread evenly from end to end, both ends among them."""
        last = len(self.values) - 1
        spread = {round(last * i / (points - 1)) for i in range(points)} if points > 1 else {self.start}
        return tuple(self.values[i] for i in sorted(spread))


@dataclass(frozen=True)
class Choice:
    """One of a few named options.

    Parameters
    ----------
    label : str
        What it sets, in words.
    options : sequence of (str, object) or of str
        Label and value of each option; a plain text is both.
    value : object
        Value of the option it starts with.
    """

    label: str
    options: Sequence[tuple[str, Any] | str]
    value: Any

    def __post_init__(self) -> None:
        if not self.label.strip():
            raise HurdlesError("A choice has no label. Say in words what it sets.")
        if len(self.options) < 2 or len(set(self.labels)) < len(self.options):
            raise HurdlesError(f"The choice {self.label!r} needs at least two options with different labels.")
        if self.value not in self.values:
            raise HurdlesError(f"The choice {self.label!r} starts at {self.value!r}, which is not an option.")

    @cached_property
    def values(self) -> tuple[Any, ...]:
        """The value of each option."""
        return tuple(option if isinstance(option, str) else option[1] for option in self.options)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The label of each option."""
        return tuple(option if isinstance(option, str) else option[0] for option in self.options)

    @property
    def start(self) -> int:
        """Position of the option it starts with."""
        return self.values.index(self.value)

    def corners(self, points: int) -> tuple[Any, ...]:
        """Return every option: none lies between two others."""
        del points
        return self.values


Control = Slider | Choice
