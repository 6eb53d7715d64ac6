"""A demo: one question, a few controls, three pure functions."""

from __future__ import annotations

import gc
import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from matplotlib.figure import Figure

from hurdles.errors import HurdlesError
from hurdles.ui import drawing
from hurdles.ui.controls import Control

if TYPE_CHECKING:
    from hurdles.ui.demo_widget import DemoWidget

__all__ = ["Demo", "Reading"]

R = TypeVar("R")


@contextmanager
def _swept_afterwards() -> Iterator[None]:
    """Keep the garbage collector from stopping a drawing half way.

    A figure is thousands of objects that point to each other. With scikit-learn and pandas in the process, a full
    collection takes some tenths of a second, and figures set one off again and again. Throwing away the young
    objects right after each figure takes a millisecond or two, and full collections become rare.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect(1)


@dataclass(frozen=True)
class Reading:
    """What a demo shows at one setting of its controls.

    Parameters
    ----------
    png : bytes
        The picture.
    size : tuple of int
        Width and height at which it is shown, in page pixels.
    text : str
        The same in words.
    """

    png: bytes
    size: tuple[int, int]
    text: str


@dataclass(frozen=True)
class Demo(Generic[R]):
    """A live figure that answers one question.

    Parameters
    ----------
    name : str
        Short name, usable in a file name.
    title, question : str
        What it is called, and the one question it answers.
    minutes : int
        How long to play with it.
    controls : mapping of str to Slider or Choice
        Two to four controls; the names are the parameters of `compute`.
    compute : callable
        ``compute(**controls) -> result``: pure. Whatever a control does not change, it caches itself.
    draw : callable
        ``draw(result) -> Figure``: pure, matplotlib's object API, always one size. A figure without a layout
        engine (margins set by ``subplots_adjust``) draws about twice as fast as one with.
    describe : callable
        ``describe(result) -> str``: what the picture shows, in words, for those who cannot see it.
    alt : str
        What kind of picture it is: the image's alternative text.
    """

    name: str
    title: str
    question: str
    minutes: int
    controls: Mapping[str, Control]
    compute: Callable[..., R]
    draw: Callable[[R], Figure]
    describe: Callable[[R], str]
    alt: str

    def __post_init__(self) -> None:
        for field in ("name", "title", "question", "alt"):
            if not getattr(self, field).strip():
                raise HurdlesError(f"The demo {self.name!r} has an empty {field}. Fill it in.")
        if not self.name.replace("-", "_").isidentifier():
            raise HurdlesError(f"The demo's name {self.name!r} may hold letters, digits, '-' and '_' only.")
        if self.minutes < 1:
            raise HurdlesError(f"The demo {self.name!r} says {self.minutes} minutes. Say one or more.")
        if not self.controls:
            raise HurdlesError(f"The demo {self.name!r} has no controls. Give it two to four.")
        try:
            inspect.signature(self.compute).bind(**self.defaults)
        except TypeError as error:
            raise HurdlesError(
                f"The demo {self.name!r}: compute does not take its controls as parameters ({error})."
            ) from error

    @property
    def defaults(self) -> dict[str, Any]:
        """The value of each control at the start."""
        return {name: control.value for name, control in self.controls.items()}

    def settings(self, **controls: Any) -> dict[str, Any]:
        """Return the defaults with `controls` put in.

        Raises
        ------
        hurdles.errors.HurdlesError
            If a name is not a control, or a value is not one of its control's.
        """
        for name, value in controls.items():
            if name not in self.controls:
                known = ", ".join(self.controls)
                raise HurdlesError(f"The demo {self.name!r} has no control {name!r}. It has: {known}.")
            if value not in self.controls[name].values:
                raise HurdlesError(f"The demo {self.name!r}: {value!r} is not a value of its control {name!r}.")
        return {**self.defaults, **controls}

    def read(self, **controls: Any) -> Reading:
        """Compute, draw and describe one setting.

        Parameters
        ----------
        **controls
            Values of controls; the others keep their defaults.

        Returns
        -------
        Reading
        """
        with _swept_afterwards():
            result = self.compute(**self.settings(**controls))
            figure = self.draw(result)
            reading = Reading(drawing.png(figure), drawing.shown_size(figure), self.describe(result))
            del figure
        return reading

    def picture(self, **controls: Any) -> bytes:
        """Return the picture at one setting as PNG; controls that are not named keep their defaults."""
        return self.read(**controls).png

    def grid(self, points: int = 2) -> Iterator[dict[str, Any]]:
        """Visit the controls' ranges: the defaults first, then every combination.

        Parameters
        ----------
        points : int
            Positions a slider, spread from end to end. Two are the corners. A choice is visited whole.

        Yields
        ------
        dict
            A setting for ``compute(**setting)``; none comes twice.
        """
        yield self.defaults
        axes = [control.corners(points) for control in self.controls.values()]
        for values in itertools.product(*axes):
            setting = dict(zip(self.controls, values, strict=True))
            if setting != self.defaults:
                yield setting

    def widget(self) -> DemoWidget:
        """Return a new live widget; two of them know nothing of each other."""
        # Imported here because a benchmark or a test of the pure part needs no widget libraries.
        from hurdles.ui.demo_widget import DemoWidget

        return DemoWidget(self)
