"""A run of sending and one of taking, and the register of what is sent and taken how."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from hurdles.grading.codec import parts
from hurdles.grading.codec.parts import CodecError

__all__ = ["MOST_INT", "Data", "OnSend", "OnTake", "Sender", "Taker", "sends", "takes"]

_MOST_DEPTH = 100
# Beyond it JavaScript's numbers, and so some readers of JSON, are no longer exact.
MOST_INT = 1 << 53
# Pandas spells the range of a categorical's categories or a MultiIndex's level out in full.
_MOST_LAZY_ROWS = 10_000_000
Data = dict[str, Any]
OnSend = Callable[[Any], int]
OnTake = Callable[[int], Any]


class Sender:
    """One run of `encode`: what is left of its size, and the containers it is inside of."""

    def __init__(self, on_callable: OnSend | None, most: int) -> None:
        self.on_callable = on_callable
        self.left = most
        self.inside: set[int] = set()

    def spend(self, size: int) -> None:
        """Count bytes of the data."""
        self.left -= size
        if self.left < 0:
            raise CodecError("this is too large to be handed over")

    def send(self, value: Any) -> Any:
        """Return a value as data."""
        kind = type(value)
        if (
            value is None or kind is bool or (kind is int and -MOST_INT <= value <= MOST_INT)
            or (kind is float and math.isfinite(value)) or (kind is str and parts.is_whole(value))
        ):  # fmt: skip
            self.spend(len(value) + 4 if kind is str else 8)
            return value
        if id(value) in self.inside:
            raise CodecError(f"{parts.called(kind)} that contains itself cannot be handed over")
        if len(self.inside) >= _MOST_DEPTH:
            raise CodecError(f"this is nested too deeply to be handed over: more than {_MOST_DEPTH} levels")
        self.spend(16)
        self.inside.add(id(value))
        try:
            return _sender_of(kind)(self, value)
        finally:
            self.inside.discard(id(value))

    def all(self, values: Iterable[Any]) -> list[Any]:
        """Return each of several values as data."""
        return [self.send(value) for value in values]

    def raw(self, content: bytes) -> str:
        """Return bytes as a text."""
        self.spend(len(content) * 4 // 3)
        return base64.b64encode(content).decode("ascii")


class Taker:
    """One run of `decode`: how deep it is, and how many rows it may still spell out."""

    def __init__(self, on_callable: OnTake | None, files: Path | None) -> None:
        self.on_callable = on_callable
        self.files = files
        self.depth = 0
        self.lazy_rows = _MOST_LAZY_ROWS

    def take(self, data: Any) -> Any:
        """Return the value that data stand for."""
        if data is None or type(data) in (bool, int, float, str):
            return data
        if type(data) is not dict or type(data.get("t")) is not str or data["t"] not in _TAKERS:
            raise parts.malformed("no tag that is known")
        if self.depth >= _MOST_DEPTH:
            raise CodecError(f"what came is nested too deeply: more than {_MOST_DEPTH} levels")
        self.depth += 1
        try:
            return _TAKERS[data["t"]](self, data)
        finally:
            self.depth -= 1

    def all(self, data: Any) -> list[Any]:
        """Return the value of each part of a list."""
        return [self.take(one) for one in parts.listed(data)]

    def whole(self, data: Any) -> int:
        """Take a whole number, also one that JSON does not hold."""
        return cast(int, self.kind(data, int))

    def array(self, data: Any) -> np.ndarray[Any, Any]:
        """Take a NumPy array of one dimension."""
        return cast("np.ndarray[Any, Any]", parts.flat(self.kind(data, np.ndarray)))

    def column(self, data: Any) -> Any:
        """Take what a column may hold: a NumPy array or one of pandas' own."""
        found = self.take(data)
        if isinstance(found, np.ndarray) and found.dtype.kind in "Mm":
            parts.of_kind(found, found.dtype.kind)
        elif not isinstance(found, np.ndarray | ExtensionArray) or found.dtype.kind not in "biufcOMm":
            raise parts.malformed("no array")
        return parts.flat(found)

    def index(self, data: Any) -> pd.Index[Any]:
        """Take an index of any kind."""
        found = self.take(data)
        if not isinstance(found, pd.Index):
            raise parts.malformed("no index")
        return found

    def spelled_out(self, data: Any) -> pd.Index[Any]:
        """Take an index that pandas will ask for all its values."""
        found = self.index(data)
        if isinstance(found, pd.RangeIndex):
            self.lazy_rows -= len(found)
            if self.lazy_rows < 0:
                raise CodecError("what came is too large")
        return found

    def kind(self, data: Any, kind: type) -> Any:
        """Take a value of exactly this class."""
        found = self.take(data)
        if type(found) is not kind:
            raise parts.malformed(f"no {kind.__name__}")
        return found


_Send = Callable[[Sender, Any], Any]
_Take = Callable[[Taker, Data], Any]
# In order: a class stands before its bases.
_SENDERS: dict[type, _Send] = {}
_TAKERS: dict[str, _Take] = {}


def sends(*kinds: type) -> Callable[[_Send], _Send]:
    """Register a function that sends values of these classes, and of classes made from them."""

    def register(send: _Send) -> _Send:
        _SENDERS.update(dict.fromkeys(kinds, send))
        return send

    return register


def takes(tag: str) -> Callable[[_Take], _Take]:
    """Register the function that takes data with this tag."""

    def register(take: _Take) -> _Take:
        _TAKERS[tag] = take
        return take

    return register


_EXACT: dict[int, _Send] = {}


def _sender_of(kind: type) -> _Send:
    if not _EXACT:
        _EXACT.update({id(known): send for known, send in _SENDERS.items()})
    if id(kind) in _EXACT:
        return _EXACT[id(kind)]
    bases = {id(base) for base in parts.BASES(kind)}
    for known, send in _SENDERS.items():
        if id(known) in bases:
            return send
    return _send_other


def _send_other(out: Sender, value: Any) -> Any:
    kind = type(value)
    lineage = [parts.NAMESPACE(base) for base in parts.BASES(kind)]
    if any(str(names.get("__module__")).startswith("scipy.sparse") for names in lineage):
        raise parts.refused("a sparse matrix", "return it as an array with .toarray()")
    if kind in (type({}.keys()), type({}.values()), type({}.items())) or any("__next__" in names for names in lineage):
        raise parts.refused(parts.called(kind), "return a list")
    if not any("__call__" in names for names in lineage):
        raise parts.refused(parts.called(kind))
    if out.on_callable is None:
        raise CodecError(f"{parts.called(kind)} cannot be handed over: {parts.INSTEAD}")
    return {"t": "callable", "id": out.on_callable(value)}


@takes("callable")
def _take_callable(inn: Taker, data: Data) -> Any:
    if inn.on_callable is None:
        raise CodecError("a function cannot be handed over")
    (number,) = parts.ints([data["id"]])
    return inn.on_callable(number)
