"""The live form of a demo: controls, a picture that does not flicker, and its text equivalent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anywidget
import traitlets as t

from hurdles.errors import HurdlesError
from hurdles.ui import bundle
from hurdles.ui.controls import Choice, Control
from hurdles.ui.demo import Demo
from hurdles.ui.pace import Debouncer

__all__ = ["DemoWidget"]


def _spec(name: str, control: Control) -> dict[str, Any]:
    kind = "choice" if isinstance(control, Choice) else "slider"
    return {"name": name, "kind": kind, "label": control.label, "options": list(control.labels)}


class DemoWidget(anywidget.AnyWidget):
    """A demo's widget.

    Parameters
    ----------
    demo : Demo
        What to show.

    Attributes
    ----------
    state : dict of str to int
        Position of each control: what the browser sends. `values` gives it as values, `move` sets it.
    png, alt : bytes, str
        The picture and its alternative text.
    text : str
        The text equivalent, in a live region.
    problem : str
        Empty, or why the present setting could not be computed; picture and text are then the last good ones.
    """

    _esm = bundle.script("demo")
    _css = bundle.stylesheet()

    title = t.Unicode().tag(sync=True)
    question = t.Unicode().tag(sync=True)
    controls: t.List[dict[str, Any]] = t.List().tag(sync=True)
    state = t.Dict().tag(sync=True)
    png = t.Bytes().tag(sync=True)
    size = t.Tuple(t.Int(), t.Int(), default_value=(0, 0)).tag(sync=True)
    alt = t.Unicode().tag(sync=True)
    text = t.Unicode().tag(sync=True)
    problem = t.Unicode().tag(sync=True)

    def __init__(self, demo: Demo[Any]) -> None:
        self._demo = demo
        self._debounced = Debouncer(self.refresh)
        self._read: dict[str, Any] | None = None
        self._good: dict[str, Any] | None = None
        super().__init__(
            title=demo.title,
            question=demo.question,
            alt=demo.alt,
            controls=[_spec(name, control) for name, control in demo.controls.items()],
            state={name: control.start for name, control in demo.controls.items()},
        )
        self.refresh()
        self.observe(lambda _: self._debounced(), "state")

    @t.validate("state")
    def _known_positions(self, proposal: Mapping[str, Any]) -> dict[str, int]:
        """Hold what comes from a browser within the controls' ranges."""
        wanted: Mapping[str, Any] = proposal["value"]
        state = {}
        for name, control in self._demo.controls.items():
            position = wanted.get(name, control.start)
            if isinstance(position, bool) or not isinstance(position, int):
                position = self.state.get(name, control.start)
            state[name] = min(max(position, 0), len(control.values) - 1)
        return state

    @property
    def values(self) -> dict[str, Any]:
        """The value of each control now."""
        return {name: control.values[self.state[name]] for name, control in self._demo.controls.items()}

    def move(self, **controls: Any) -> None:
        """Set controls by value, as if a hand had moved them."""
        wanted = self._demo.settings(**{**self.values, **controls})
        self.state = {name: self._demo.controls[name].values.index(value) for name, value in wanted.items()}

    def refresh(self) -> None:
        """Compute and show the present setting, unless it is the one shown already."""
        values = self.values
        if values == self._read:
            return
        self._read = values
        try:
            reading = self._demo.read(**values)
        except Exception as error:  # whatever a demo raises, the page must stay alive
            self.problem = self._explain(error)
            return
        self._good = values
        # One message to the browser: picture and words never disagree.
        with self.hold_sync():
            self.png, self.size, self.text, self.problem = reading.png, reading.size, reading.text, ""

    def _explain(self, error: Exception) -> str:
        reason = str(error) if isinstance(error, HurdlesError) else f"{type(error).__name__}: {error}".rstrip(": ")
        if self._good is None:
            return f"This setting could not be computed.\n{reason}"
        shown = ", ".join(
            f"{control.label} {control.labels[control.values.index(self._good[name])]}"
            for name, control in self._demo.controls.items()
        )
        return f"This setting could not be computed.\n{reason}\nPicture and text still show: {shown}."

    def _repr_mimebundle_(self, **kwargs: Any) -> bundle.Bundle:
        words = "\n".join(part for part in (self.title, self.question, self.text, self.problem) if part)
        return bundle.with_fallback(super()._repr_mimebundle_(**kwargs), words, self.png, self.size, self.alt)
