"""A small form in a notebook: some questions, one button, an answer kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import anywidget
import traitlets as t

from hurdles.ui import bundle
from hurdles.ui.controls import number

__all__ = ["ChoiceField", "Field", "Form", "Mark", "NumberField", "Reply", "TextField"]

_LONGEST_TEXT = 600


@dataclass(frozen=True)
class ChoiceField:
    """One of several options; its value is the position, or None."""

    name: str
    label: str
    options: tuple[str, ...]

    def spec(self) -> dict[str, Any]:
        """Describe the field to the browser."""
        return {"kind": "choice", "name": self.name, "label": self.label, "options": list(self.options)}

    def words(self) -> str:
        """Return the field as plain text."""
        return "\n".join([self.label, *(f"  ( ) {option}" for option in self.options)])


@dataclass(frozen=True)
class NumberField:
    """A number in a range; it starts empty, because a number shown first would pull the guess towards it."""

    name: str
    label: str
    low: float
    high: float
    unit: str = ""

    @property
    def range(self) -> str:
        """The range in words."""
        return f"from {number(self.low)} to {number(self.high)}"

    def spec(self) -> dict[str, Any]:
        """Describe the field to the browser."""
        facts = {"low": self.low, "high": self.high, "unit": self.unit, "range": self.range}
        return {"kind": "number", "name": self.name, "label": self.label, **facts}

    def words(self) -> str:
        """Return the field as plain text."""
        return f"{self.label} ({self.range} {self.unit}".rstrip() + ")"


@dataclass(frozen=True)
class TextField:
    """A sentence or two."""

    name: str
    label: str

    def spec(self) -> dict[str, Any]:
        """Describe the field to the browser."""
        return {"kind": "text", "name": self.name, "label": self.label, "longest": _LONGEST_TEXT}

    def words(self) -> str:
        """Return the field as plain text."""
        return self.label


Field = ChoiceField | NumberField | TextField


@dataclass(frozen=True)
class Mark:
    """What is said under one field: words carry the meaning, `kind` only styles them."""

    text: str
    kind: str = "note"


@dataclass(frozen=True)
class Reply:
    """What a form answers.

    Parameters
    ----------
    status : str
        One sentence, read out by screen readers.
    done : bool
        Whether the answer was accepted; the form is then closed until the learner opens it again.
    marks : mapping of str to Mark
        What is said under each field.
    """

    status: str
    done: bool = False
    marks: Mapping[str, Mark] = field(default_factory=dict)


class Form(anywidget.AnyWidget):
    """The live form.

    Parameters
    ----------
    title : str
        Its name for screen readers.
    fields : sequence of Field
        The questions.
    button, again : str
        What the buttons say that submit, and that open a closed form again.
    receive : callable
        ``receive(values) -> Reply``: takes what was entered, keeps it, and answers.
    values : mapping, optional
        Answers given before.
    reply : Reply, optional
        What the form says at the start.
    """

    _esm = bundle.script("form")
    _css = bundle.stylesheet()

    title = t.Unicode().tag(sync=True)
    fields: t.List[dict[str, Any]] = t.List().tag(sync=True)
    values = t.Dict().tag(sync=True)
    button = t.Unicode().tag(sync=True)
    again = t.Unicode().tag(sync=True)
    locked = t.Bool(False).tag(sync=True)
    marks = t.Dict().tag(sync=True)
    status = t.Unicode().tag(sync=True)

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        button: str,
        receive: Callable[[dict[str, Any]], Reply],
        *,
        again: str = "Change my answer",
        values: Mapping[str, Any] | None = None,
        reply: Reply | None = None,
    ) -> None:
        self._fields = tuple(fields)
        self._receive = receive
        super().__init__(
            title=title,
            fields=[field.spec() for field in fields],
            button=button,
            again=again,
            values=dict(values or {}),
        )
        self.on_msg(self._hear)
        if reply is not None:
            self._answer(reply)

    def submit(self, values: Mapping[str, Any]) -> None:
        """Hand in values, as the button does; fields that are not there count as empty."""
        entered = {field.name: _clean(field, values.get(field.name)) for field in self._fields}
        reply = self._receive(entered)
        self.values = entered
        self._answer(reply)

    def reopen(self) -> None:
        """Let the learner change a submitted answer."""
        with self.hold_sync():
            self.locked, self.marks, self.status = False, {}, ""

    def _answer(self, reply: Reply) -> None:
        with self.hold_sync():
            self.locked, self.status = reply.done, reply.status
            self.marks = {name: {"text": mark.text, "kind": mark.kind} for name, mark in reply.marks.items()}

    def _hear(self, _: object, content: Any, __: object) -> None:
        if not isinstance(content, dict):
            return
        if content.get("kind") == "submit" and isinstance(content.get("values"), dict):
            self.submit(content["values"])
        elif content.get("kind") == "again":
            self.reopen()

    def _repr_mimebundle_(self, **kwargs: Any) -> bundle.Bundle:
        words = "\n\n".join([*(field.words() for field in self._fields), self.status]).strip()
        return bundle.with_fallback(super()._repr_mimebundle_(**kwargs), words)


def _clean(field: Field, value: Any) -> Any:
    """Take from a browser's message only what the field can hold."""
    if isinstance(field, TextField):
        return value.strip()[:_LONGEST_TEXT] if isinstance(value, str) else ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(field, NumberField):
        return value
    return value if isinstance(value, int) and 0 <= value < len(field.options) else None
