"""Values as plain data, for a learner's process and a grader's that do not trust each other.

A value is written as JSON: None, truth values, short whole numbers, finite numbers and texts as they are, all else as
an object with a tag `t`. Nothing is pickled, and reading never runs what it reads. Two rules hold throughout:

- The sender looks at a value's true type and reads it with the methods of the plain base class, so that a subclass
  arrives as what it is made of, whatever it pretends to be.
- The taker believes nothing: each length is checked against what really came before memory is taken for it.
"""

from __future__ import annotations

import base64
import collections
import datetime
import decimal
import enum
import fractions
import math
import os
import pathlib
import re
import stat
import zoneinfo
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from hurdles.files import write_atomically

__all__ = ["CodecError", "decode", "encode"]

_MOST_DEPTH = 100
_MOST_ROWS = 50_000_000
_MOST_FILE = 64 << 20
# Beyond it JavaScript's numbers, and so some readers of JSON, are no longer exact.
_MOST_INT = 1 << 53
# Shortening a fraction takes time quadratic in its length.
_MOST_FRACTION_BITS = 1 << 17
# Pandas spells the range of a categorical's categories or a MultiIndex's level out in full.
_MOST_LAZY_ROWS = 10_000_000
_LONGEST_LAZY = 1_000

# No unit of time is 0 long: NumPy takes it, and pandas then divides by it, which ends the process.
_DTYPE = re.compile(
    r"\|b1|\|[iu]1|[<>](?:[iu][248]|f(?:[248]|16)|c(?:8|16|32)|U[1-9]\d{0,8})|\|S[1-9]\d{0,8}"
    r"|[<>][mM]8(?:\[(?:[1-9]\d{0,5})?(?:Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?"
)
_ZONE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,3}")
_FREQUENCY = re.compile(r"-?\d{0,9}[A-Za-z]{1,4}(?:-[A-Z0-9]{1,4}){0,3}")
_PERIOD = re.compile(r"period\[(\d{0,9}[A-Za-z]{1,4}(?:-[A-Z]{3})?)\]")
_UNITS = ("s", "ms", "us", "ns")
# A file of these kinds is run when somebody else's program starts or imports; hidden files configure such programs.
_RUNNABLE = {".egg", ".pth", ".py", ".pyc", ".pyd", ".pyw", ".so"}

_INSTEAD = "return numbers, texts, lists, dictionaries, arrays or tables"

_Data = dict[str, Any]
_OnSend = Callable[[Any], int]
_OnTake = Callable[[int], Any]


class CodecError(Exception):
    """A value cannot be handed over, or what came is no value; the text says why in words for a learner."""


def encode(value: Any, *, on_callable: _OnSend | None = None, most: int = 256 << 20) -> Any:
    """Return a value as data that JSON can hold.

    Parameters
    ----------
    value
        What to hand over. A subclass is handed over as its plain base, a member of an Enum as its value, a
        `pathlib.Path` as the file it names.
    on_callable
        Called with each function, method or class that is met; returns the number that stands for it. Without it
        they are refused.
    most
        How many bytes the data may have, roughly.

    Returns
    -------
    Any
        None, a bool, int, float or str, or a dict; `json.dumps(…, allow_nan=False)` takes it.

    Raises
    ------
    CodecError
        If something in the value cannot be handed over, contains itself, is nested too deeply or is too large.
    """
    try:
        return _Sender(on_callable, most).send(value)
    except CodecError:
        raise
    except Exception as error:  # an object of the learner's may raise anything while it is looked at
        raise CodecError(f"{_called(type(value))} cannot be handed over: it could not be read") from error


def decode(data: Any, *, on_callable: _OnTake | None = None, files: Path | None = None) -> Any:
    """Return the value that `encode` wrote, made of plain types only.

    Parameters
    ----------
    data
        What `json.loads` gave; need not be trusted.
    on_callable
        Called with the number of each function, method or class; returns what stands for it. Without it they are
        refused.
    files
        The folder that stands for the file system's root: a file from ``/tmp/a.csv`` is written to, and named,
        ``files/tmp/a.csv``. Only files of ``/tmp`` and the home folder are, none that is hidden or that Python
        would run. Without it files are refused.

    Returns
    -------
    Any
        The value. The memory it takes is of the order of the data's.

    Raises
    ------
    CodecError
        If the data are not of a value. Nothing else is raised.
    """
    try:
        return _Taker(on_callable, files).take(data)
    except CodecError:
        raise
    except Exception as error:  # what pandas raises about malformed parts is not enumerable
        raise CodecError(f"what came cannot be read as a value ({type(error).__name__})") from error


class _Sender:
    """One run of `encode`: what is left of its size, and the containers it is inside of."""

    def __init__(self, on_callable: _OnSend | None, most: int) -> None:
        self.on_callable = on_callable
        self.left = most
        self.inside: set[int] = set()

    def spend(self, size: int) -> None:
        """Count bytes of the data."""
        self.left -= size
        if self.left < 0:
            raise CodecError("this is too large to be handed over")

    def send(self, value: Any) -> Any:
        kind = type(value)
        if (
            value is None or kind is bool or (kind is int and -_MOST_INT <= value <= _MOST_INT)
            or (kind is float and math.isfinite(value)) or (kind is str and _is_whole(value))
        ):  # fmt: skip
            self.spend(len(value) + 4 if kind is str else 8)
            return value
        if id(value) in self.inside:
            raise CodecError(f"{_called(kind)} that contains itself cannot be handed over")
        if len(self.inside) >= _MOST_DEPTH:
            raise CodecError(f"this is nested too deeply to be handed over: more than {_MOST_DEPTH} levels")
        self.spend(16)
        self.inside.add(id(value))
        try:
            return _sender_of(kind)(self, value)
        finally:
            self.inside.discard(id(value))

    def all(self, values: Iterable[Any]) -> list[Any]:
        return [self.send(value) for value in values]

    def raw(self, content: bytes) -> str:
        self.spend(len(content) * 4 // 3)
        return base64.b64encode(content).decode("ascii")


class _Taker:
    """One run of `decode`: how deep it is, and how many rows it may still spell out."""

    def __init__(self, on_callable: _OnTake | None, files: Path | None) -> None:
        self.on_callable = on_callable
        self.files = files
        self.depth = 0
        self.lazy_rows = _MOST_LAZY_ROWS

    def take(self, data: Any) -> Any:
        if data is None or type(data) in (bool, int, float, str):
            return data
        if type(data) is not dict or type(data.get("t")) is not str or data["t"] not in _TAKERS:
            raise _malformed("no tag that is known")
        if self.depth >= _MOST_DEPTH:
            raise CodecError(f"what came is nested too deeply: more than {_MOST_DEPTH} levels")
        self.depth += 1
        try:
            return _TAKERS[data["t"]](self, data)
        finally:
            self.depth -= 1

    def all(self, data: Any) -> list[Any]:
        return [self.take(one) for one in _listed(data)]

    def whole(self, data: Any) -> int:
        """Take a whole number, also one that JSON does not hold."""
        return cast(int, self.kind(data, int))

    def array(self, data: Any) -> np.ndarray[Any, Any]:
        """Take a NumPy array of one dimension."""
        return cast("np.ndarray[Any, Any]", _flat(self.kind(data, np.ndarray)))

    def column(self, data: Any) -> Any:
        """Take what a column may hold: a NumPy array or one of pandas' own."""
        found = self.take(data)
        if isinstance(found, np.ndarray) and found.dtype.kind in "Mm":
            _of_kind(found, found.dtype.kind)
        elif not isinstance(found, np.ndarray | ExtensionArray) or found.dtype.kind not in "biufcOMm":
            raise _malformed("no array")
        return _flat(found)

    def index(self, data: Any) -> pd.Index[Any]:
        found = self.take(data)
        if not isinstance(found, pd.Index):
            raise _malformed("no index")
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
        found = self.take(data)
        if type(found) is not kind:
            raise _malformed(f"no {kind.__name__}")
        return found


_Send = Callable[[_Sender, Any], Any]
_Take = Callable[[_Taker, _Data], Any]
# In order: a class stands before its bases.
_SENDERS: dict[type, _Send] = {}
_TAKERS: dict[str, _Take] = {}


def _sends(*kinds: type) -> Callable[[_Send], _Send]:
    def register(send: _Send) -> _Send:
        _SENDERS.update(dict.fromkeys(kinds, send))
        return send

    return register


def _takes(tag: str) -> Callable[[_Take], _Take]:
    def register(take: _Take) -> _Take:
        _TAKERS[tag] = take
        return take

    return register


# Classes are compared by identity, and asked with type's own means: a metaclass may redefine ==, __mro__ and __name__.
_BASES = type.__dict__["__mro__"].__get__
_NAMESPACE = type.__dict__["__dict__"].__get__
_NAME = type.__dict__["__name__"].__get__
_EXACT: dict[int, _Send] = {}


def _sender_of(kind: type) -> _Send:
    if not _EXACT:
        _EXACT.update({id(known): send for known, send in _SENDERS.items()})
    if id(kind) in _EXACT:
        return _EXACT[id(kind)]
    bases = {id(base) for base in _BASES(kind)}
    for known, send in _SENDERS.items():
        if id(known) in bases:
            return send
    return _send_other


def _called(kind: type) -> str:
    name = str(_NAME(kind))[:60]
    if name in ("builtin_function_or_method", "method", "type"):
        name = {"type": "class"}.get(name, "function")
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _refused(what: str, instead: str = _INSTEAD) -> CodecError:
    return CodecError(f"{what} cannot be handed over: {instead}")


def _malformed(why: str) -> CodecError:
    return CodecError(f"what came cannot be read as a value ({why})")


def _is_whole(text: str) -> bool:
    """Return whether a text has no halves of characters; JSON would join two of them, or not be written at all."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _listed(data: Any, length: int | None = None) -> list[Any]:
    if type(data) is not list or (length is not None and len(data) != length):
        raise _malformed("no list")
    return data


def _text(data: Any) -> str:
    if type(data) is not str:
        raise _malformed("no text")
    return data


def _matched(pattern: re.Pattern[str], data: Any) -> str:
    text = _text(data)
    if len(text) > 64 or not pattern.fullmatch(text):
        raise _malformed("a name that is not known")
    return text


def _ints(data: Any, length: int | None = None) -> list[int]:
    # Strictly ints: datetime's constructors take the bytes of a pickle as well.
    if any(type(one) is not int for one in _listed(data, length)):
        raise _malformed("no whole numbers")
    return cast("list[int]", data)


def _bytes(data: Any) -> bytes:
    return base64.b64decode(_text(data), validate=True)


def _flat(array: Any) -> Any:
    if array.ndim != 1:
        raise _malformed("not one dimension")
    return array


def _fields(kind: type, value: Any, *names: str) -> list[Any]:
    """Read fields with the class's own descriptors, which a subclass cannot replace."""
    return [getattr(kind, name).__get__(value) for name in names]


# Plain Python


@_sends(enum.Enum)
def _send_enum(out: _Sender, value: enum.Enum) -> Any:
    return out.send(object.__getattribute__(value, "_value_"))


def _is_a(value: Any, kind: type) -> bool:
    """Tell like isinstance, but without asking the value's own __class__."""
    return any(base is kind for base in _BASES(type(value)))


def _send_np_text(out: _Sender, value: Any) -> Any:
    # As an array of one text it would lose the zeros at its end.
    if _is_a(value, np.str_):
        return {"t": "np.str", "v": out.send(str.__str__(value))}
    return {"t": "np.bytes", "v": out.raw(bytes.__bytes__(value))}


_sends(np.str_, np.bytes_)(_send_np_text)


@_takes("np.str")
def _take_np_str(inn: _Taker, data: _Data) -> Any:
    return np.str_(inn.kind(data["v"], str))


@_takes("np.bytes")
def _take_np_bytes(inn: _Taker, data: _Data) -> Any:
    return np.bytes_(_bytes(data["v"]))


@_sends(np.generic)
def _send_np_scalar(out: _Sender, value: Any) -> Any:
    if type(value) is not np.float64 and _is_a(value, np.float64):
        value = np.float64(float.__float__(value))
    elif type(value) is not np.complex128 and _is_a(value, np.complex128):
        value = np.complex128(complex(*_fields(complex, value, "real", "imag")))
    dtype = np.generic.dtype.__get__(value)
    # NumPy asks a subclass for its dtype, and would read other memory than the value's for a wrong one.
    if not _is_a(value, dtype.type):
        raise _refused(_called(type(value)))
    return {"t": "np", "dtype": _dtype_name(dtype), "v": out.raw(np.generic.tobytes(value))}


@_takes("np")
def _take_np_scalar(inn: _Taker, data: _Data) -> Any:
    found = _from_bytes(data["dtype"], data["v"])
    if found.shape != (1,) or found.dtype.kind in "SU":
        raise _malformed("no single number")
    return found[0]


@_sends(int)
def _send_int(out: _Sender, value: Any) -> Any:
    plain = int.__int__(value)
    if type(value) is not int and -_MOST_INT <= plain <= _MOST_INT:
        return plain
    out.spend(plain.bit_length() // 4)
    # Hexadecimal, because decimal digits take quadratic time and Python limits them.
    return {"t": "int", "v": f"{plain:x}"}


@_takes("int")
def _take_int(inn: _Taker, data: _Data) -> int:
    return int(_text(data["v"]), 16)


# A dictionary finds the key NaN only if it is the very same NaN, and that nearly always is NumPy's.
_NAN = np.nan


@_sends(float)
def _send_float(out: _Sender, value: Any) -> Any:
    plain = float.__float__(value)
    if math.isfinite(plain):
        return plain
    return {"t": "float", "v": "np.nan" if value is _NAN else str(plain)}


@_takes("float")
def _take_float(inn: _Taker, data: _Data) -> float:
    text = _text(data["v"])
    if text not in ("nan", "inf", "-inf", "np.nan"):
        raise _malformed("no number")
    return _NAN if text == "np.nan" else float(text)


@_sends(complex)
def _send_complex(out: _Sender, value: Any) -> Any:
    return {"t": "complex", "v": out.all(_fields(complex, value, "real", "imag"))}


@_takes("complex")
def _take_complex(inn: _Taker, data: _Data) -> complex:
    real, imaginary = (inn.kind(part, float) for part in _listed(data["v"], 2))
    return complex(real, imaginary)


@_sends(str)
def _send_str(out: _Sender, value: Any) -> Any:
    plain = str.__str__(value)
    if _is_whole(plain):
        out.spend(len(plain))
        return plain
    return {"t": "str", "v": out.raw(plain.encode("utf-8", "surrogatepass"))}


@_takes("str")
def _take_str(inn: _Taker, data: _Data) -> str:
    return _bytes(data["v"]).decode("utf-8", "surrogatepass")


@_sends(bytes)
def _send_bytes(out: _Sender, value: Any) -> Any:
    return {"t": "bytes", "v": out.raw(bytes.__bytes__(value))}


@_takes("bytes")
def _take_bytes(inn: _Taker, data: _Data) -> bytes:
    return _bytes(data["v"])


def _collection(kind: Any) -> None:
    """Register a collection of single values."""

    def send(out: _Sender, value: Any) -> Any:
        return {"t": kind.__name__, "v": out.all(kind.__iter__(value))}

    def take(inn: _Taker, data: _Data) -> Any:
        found = kind(inn.all(data["v"]))
        if len(found) != len(data["v"]):
            raise _malformed("the same value twice")
        return found

    _sends(kind)(send)
    _takes(kind.__name__)(take)


for _kind in (list, tuple, set, frozenset):
    _collection(_kind)


@_sends(collections.OrderedDict)
def _send_ordered(out: _Sender, value: Any) -> Any:
    # Only its own iterator knows what move_to_end did.
    keys = collections.OrderedDict.__iter__(value)
    return {"t": "dict", "v": [[out.send(key), out.send(dict.__getitem__(value, key))] for key in keys]}


@_sends(dict)
def _send_dict(out: _Sender, value: Any) -> Any:
    return {"t": "dict", "v": [[out.send(key), out.send(item)] for key, item in dict.items(value)]}


@_takes("dict")
def _take_dict(inn: _Taker, data: _Data) -> dict[Any, Any]:
    pairs = _listed(data["v"])
    found = {inn.take(key): inn.take(value) for key, value in (_listed(pair, 2) for pair in pairs)}
    if len(found) != len(pairs):
        raise _malformed("the same key twice")
    return found


def _check_rows(start: int, stop: int, step: int) -> None:
    """Refuse a range of more steps than a table has rows; len() would overflow."""
    if step and abs(stop - start) // abs(step) > _MOST_ROWS:
        raise CodecError("a range this long is too large to be handed over")


@_sends(range)
def _send_range(out: _Sender, value: range) -> Any:
    _check_rows(value.start, value.stop, value.step)
    return {"t": "range", "v": out.all((value.start, value.stop, value.step))}


@_takes("range")
def _take_range(inn: _Taker, data: _Data) -> range:
    start, stop, step = (inn.whole(part) for part in _listed(data["v"], 3))
    _check_rows(start, stop, step)
    return range(start, stop, step)


@_sends(slice)
def _send_slice(out: _Sender, value: slice) -> Any:
    return {"t": "slice", "v": out.all((value.start, value.stop, value.step))}


@_takes("slice")
def _take_slice(inn: _Taker, data: _Data) -> slice:
    return slice(*(inn.take(part) for part in _listed(data["v"], 3)))


@_sends(decimal.Decimal)
def _send_decimal(out: _Sender, value: Any) -> Any:
    return {"t": "decimal", "v": out.send(decimal.Decimal.__str__(value))}


@_takes("decimal")
def _take_decimal(inn: _Taker, data: _Data) -> decimal.Decimal:
    return decimal.Decimal(_text(data["v"]))


@_sends(fractions.Fraction)
def _send_fraction(out: _Sender, value: Any) -> Any:
    parts = [int.__int__(part.fget(value)) for part in (fractions.Fraction.numerator, fractions.Fraction.denominator)]  # type: ignore[attr-defined]
    _check_fraction(parts)
    return {"t": "fraction", "v": out.all(parts)}


@_takes("fraction")
def _take_fraction(inn: _Taker, data: _Data) -> fractions.Fraction:
    parts = [inn.whole(part) for part in _listed(data["v"], 2)]
    _check_fraction(parts)
    return fractions.Fraction(*parts)


def _check_fraction(parts: list[int]) -> None:
    if any(part.bit_length() > _MOST_FRACTION_BITS for part in parts):
        raise CodecError("a fraction of such long numbers is too large to be handed over")


# Pandas' single values; its times are subclasses of Python's, so they stand before them.


@_sends(type(pd.NaT))
def _send_nat(out: _Sender, value: Any) -> Any:
    return {"t": "NaT"}


@_takes("NaT")
def _take_nat(inn: _Taker, data: _Data) -> Any:
    return pd.NaT


@_sends(type(pd.NA))
def _send_na(out: _Sender, value: Any) -> Any:
    return {"t": "NA"}


@_takes("NA")
def _take_na(inn: _Taker, data: _Data) -> Any:
    return pd.NA


def _count(moment: Any) -> tuple[int, str]:
    """Return a datetime64 or timedelta64 as its number and unit."""
    return int(moment.astype("i8")), np.datetime_data(moment.dtype)[0]


def _unit(data: Any) -> Any:
    if data not in _UNITS:
        raise _malformed("no unit of time")
    return data


@_sends(pd.Timestamp)
def _send_timestamp(out: _Sender, value: Any) -> Any:
    moment, fold, zone = _fields(pd.Timestamp, value, "asm8", "fold", "tzinfo")
    number, unit = _count(moment)
    return {"t": "timestamp", "v": out.send(number), "unit": unit, "fold": fold, "zone": _send_zone(out, zone)}


@_takes("timestamp")
def _take_timestamp(inn: _Taker, data: _Data) -> Any:
    found: Any = pd.Timestamp(np.datetime64(inn.whole(data["v"]), _unit(data["unit"])))
    if data["zone"] is not None:
        return found.tz_localize("UTC").tz_convert(_take_zone(inn, data["zone"]))
    return found.replace(fold=1) if data["fold"] == 1 else found


@_sends(pd.Timedelta)
def _send_pd_timedelta(out: _Sender, value: Any) -> Any:
    number, unit = _count(_fields(pd.Timedelta, value, "asm8")[0])
    return {"t": "pd.timedelta", "v": out.send(number), "unit": unit}


@_takes("pd.timedelta")
def _take_pd_timedelta(inn: _Taker, data: _Data) -> Any:
    return pd.Timedelta(np.timedelta64(inn.whole(data["v"]), _unit(data["unit"])))


@_sends(pd.Period)
def _send_period(out: _Sender, value: Any) -> Any:
    return {"t": "period", "v": out.send(value.ordinal), "dtype": _period_name(f"period[{value.freqstr}]")}


@_takes("period")
def _take_period(inn: _Taker, data: _Data) -> Any:
    freq = _matched(_PERIOD, data["dtype"]).removeprefix("period[").removesuffix("]")
    return pd.Period(ordinal=inn.whole(data["v"]), freq=freq)


@_sends(pd.Interval)
def _send_interval(out: _Sender, value: Any) -> Any:
    left, right, closed = _fields(pd.Interval, value, "left", "right", "closed")
    return {"t": "interval", "v": out.all((left, right)), "closed": closed}


@_takes("interval")
def _take_interval(inn: _Taker, data: _Data) -> Any:
    left, right = inn.all(_listed(data["v"], 2))
    return pd.Interval(left, right, closed=_closed(data["closed"]))


def _closed(data: Any) -> Any:
    if data not in ("left", "right", "both", "neither"):
        raise _malformed("no sides")
    return data


def _period_name(name: str) -> str:
    if not _PERIOD.fullmatch(name):
        raise _refused(f"a period of {name[:60]}", "use days, weeks, months, quarters or years")
    return name


# Dates and times


_DATE = ("year", "month", "day")
_TIME = ("hour", "minute", "second", "microsecond")


def _send_zone(out: _Sender, zone: Any) -> Any:
    if zone is None:
        return None
    if _is_a(zone, datetime.timezone):
        offset, *name = datetime.timezone.__getinitargs__(zone)  # type: ignore[attr-defined]
        return [out.send(offset), out.send(name[0] if name else None)]
    key = zoneinfo.ZoneInfo.key.__get__(zone) if _is_a(zone, zoneinfo.ZoneInfo) else None
    if type(key) is not str or not _ZONE.fullmatch(key):
        raise _refused(f"a time zone that is {_called(type(zone))}", 'use zoneinfo.ZoneInfo("Area/City")')
    return key


def _take_zone(inn: _Taker, data: Any) -> datetime.tzinfo | None:
    if data is None:
        return None
    if type(data) is str:
        return zoneinfo.ZoneInfo(_matched(_ZONE, data))
    offset, name = inn.all(_listed(data, 2))
    # The constructors give back the one UTC for an offset of nothing.
    return datetime.timezone(offset) if name is None else datetime.timezone(offset, name)


@_sends(datetime.datetime)
def _send_datetime(out: _Sender, value: Any) -> Any:
    *fields, fold, zone = _fields(datetime.datetime, value, *_DATE, *_TIME, "fold", "tzinfo")
    return {"t": "datetime", "v": fields, "fold": fold, "zone": _send_zone(out, zone)}


@_takes("datetime")
def _take_datetime(inn: _Taker, data: _Data) -> datetime.datetime:
    (fold,), zone = _ints([data["fold"]]), _take_zone(inn, data["zone"])
    year, month, day, hour, minute, second, microsecond = _ints(data["v"], 7)
    return datetime.datetime(year, month, day, hour, minute, second, microsecond, zone, fold=fold)


@_sends(datetime.date)
def _send_date(out: _Sender, value: Any) -> Any:
    return {"t": "date", "v": _fields(datetime.date, value, *_DATE)}


@_takes("date")
def _take_date(inn: _Taker, data: _Data) -> datetime.date:
    return datetime.date(*_ints(data["v"], 3))


@_sends(datetime.time)
def _send_time(out: _Sender, value: Any) -> Any:
    *fields, fold, zone = _fields(datetime.time, value, *_TIME, "fold", "tzinfo")
    return {"t": "time", "v": fields, "fold": fold, "zone": _send_zone(out, zone)}


@_takes("time")
def _take_time(inn: _Taker, data: _Data) -> datetime.time:
    (fold,), zone = _ints([data["fold"]]), _take_zone(inn, data["zone"])
    hour, minute, second, microsecond = _ints(data["v"], 4)
    return datetime.time(hour, minute, second, microsecond, zone, fold=fold)


@_sends(datetime.timedelta)
def _send_timedelta(out: _Sender, value: Any) -> Any:
    return {"t": "timedelta", "v": _fields(datetime.timedelta, value, "days", "seconds", "microseconds")}


@_takes("timedelta")
def _take_timedelta(inn: _Taker, data: _Data) -> datetime.timedelta:
    return datetime.timedelta(*_ints(data["v"], 3))


# Files


@_sends(pathlib.PurePath)
def _send_path(out: _Sender, value: Any) -> Any:
    path = Path(os.path.abspath(pathlib.PurePath.__str__(value)))  # noqa: PTH100 - resolve() would follow links
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe must not make us wait
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise _refused("a path to something that is not a file", "give the path of a file")
            content = file.read(_MOST_FILE + 1)
    except OSError as error:
        raise _refused("a path where no file can be read", "write the file first, or return a text") from error
    if len(content) > _MOST_FILE:
        raise CodecError(f"a file of more than {_MOST_FILE >> 20} MB is too large to be handed over")
    return {"t": "path", "name": out.send(str(path)), "v": out.raw(content)}


@_takes("path")
def _take_path(inn: _Taker, data: _Data) -> Path:
    if inn.files is None:
        raise CodecError("a file cannot be handed over here")
    name = inn.kind(data["name"], str)
    content = _bytes(data["v"])
    if len(content) > _MOST_FILE:
        raise CodecError(f"a file of more than {_MOST_FILE >> 20} MB is too large to be handed over")
    place = inn.files / _inside_homes(name)
    # A folder that is a link could lead out of where files may be; a file that is one is replaced.
    if any(folder.is_symlink() for folder in place.parents if folder != inn.files and inn.files in folder.parents):
        raise CodecError("a file cannot be handed over to a place behind a link")
    write_atomically(place, content)
    return place


def _inside_homes(name: str) -> str:
    """Return a file's absolute path without the root, if a file may be written there."""
    path = Path(name)
    homes = [Path("/tmp"), Path.home()]  # noqa: S108
    home = next((home for home in homes if path.is_relative_to(home) and path != home), None)
    if home is None or len(home.parts) < 2 or len(name) > 4096:
        raise CodecError("a file can be handed over only if it is in /tmp or in the home folder")
    parts = path.relative_to(home).parts
    # ".." is hidden, too.
    if any(part.startswith(".") for part in parts) or path.suffix.lower() in _RUNNABLE:
        raise CodecError("a hidden file, or one that Python runs, cannot be handed over")
    return str(path.relative_to("/"))


# NumPy


def _dtype_name(dtype: Any) -> str:
    if dtype.names is not None or dtype.kind == "V":
        raise _refused("an array with named fields", "return a table (a pandas DataFrame)")
    if not _DTYPE.fullmatch(dtype.str):
        raise _refused(f"an array of {str(dtype)[:60]}", "convert it with .astype(float) or .astype(object)")
    return str(dtype.str)


def _from_bytes(name: Any, data: Any) -> np.ndarray[Any, Any]:
    """Return the flat array that these bytes are; it takes no more memory than they do."""
    dtype, content = np.dtype(_matched(_DTYPE, name)), _bytes(data)
    if not content:
        return np.empty(0, dtype)
    found = np.frombuffer(content, dtype).copy()
    # NumPy's behaviour is undefined for truth values that are neither 0 nor 1 and for texts beyond Unicode.
    if dtype.kind == "b" and found.view("u1").max() > 1:
        raise _malformed("no truth values")
    if dtype.kind == "U" and found.view(f"{dtype.str[0]}u4").max() > 0x10FFFF:
        raise _malformed("no characters")
    return found


def _shape(data: Any, count: int) -> tuple[int, ...]:
    shape = _ints(data)
    if len(shape) > 64 or min(shape, default=0) < 0 or math.prod(shape) != count:
        raise _malformed("a shape that does not fit")
    if _is_bomb(shape):
        raise CodecError("an array of this shape is too large to be handed over")
    return tuple(shape)


def _is_bomb(shape: Iterable[int]) -> bool:
    """Return whether an array without elements has so many rows that to walk along them would take for ever."""
    sides = list(shape)
    return 0 in sides and math.prod(side for side in sides if side) > _MOST_ROWS


_NO_SEED = "hand over a seed, a whole number, and make the generator inside the function"


@_sends(np.random.Generator, np.random.RandomState, np.random.BitGenerator, np.random.SeedSequence)
def _send_generator(out: _Sender, value: Any) -> Any:
    raise _refused("a random generator", _NO_SEED)


@_sends(np.ma.MaskedArray)
def _send_masked_array(out: _Sender, value: Any) -> Any:
    # As a plain array it would show what is under the mask.
    raise _refused("a masked array", "fill the gaps with .filled(…) first")


@_sends(np.ndarray)
def _send_ndarray(out: _Sender, value: Any) -> Any:
    plain = np.ndarray.view(value, np.ndarray)
    if _is_bomb(plain.shape):
        raise CodecError("an array of this shape is too large to be handed over")
    shape = list(plain.shape)
    if plain.dtype.kind == "O":
        return {"t": "objects", "shape": shape, "v": out.all(plain.ravel(order="C").tolist())}
    if not plain.dtype.itemsize and plain.dtype.kind in "SU":
        plain = plain.astype(f"{plain.dtype.kind}1")
    name = _dtype_name(plain.dtype)
    if plain.nbytes > out.left:
        out.spend(plain.nbytes)
    return {"t": "array", "dtype": name, "shape": shape, "v": out.raw(plain.tobytes(order="C"))}


@_takes("array")
def _take_ndarray(inn: _Taker, data: _Data) -> Any:
    found = _from_bytes(data["dtype"], data["v"])
    return found.reshape(_shape(data["shape"], found.size))


@_takes("objects")
def _take_objects(inn: _Taker, data: _Data) -> Any:
    shape = _shape(data["shape"], len(_listed(data["v"])))
    found = np.empty(len(data["v"]), dtype=object)
    for position, value in enumerate(inn.all(data["v"])):
        # One by one: as a whole NumPy would spread lists over the array.
        found[position] = value
    return found.reshape(shape)


# Pandas' arrays


def _column(series: Any) -> Any:
    """Return what a plain Series or Index holds."""
    return series.to_numpy() if isinstance(series.dtype, np.dtype) else series.array


@_sends(pd.arrays.SparseArray)
def _send_sparse_array(out: _Sender, value: Any) -> Any:
    raise _refused("a sparse column", "make it an ordinary one with .sparse.to_dense()")


@_sends(pd.arrays.StringArray, pd.arrays.ArrowStringArray)
def _send_strings(out: _Sender, value: Any) -> Any:
    items, missing = value.to_numpy(dtype=object), value.isna()
    return {
        "t": "strings", "storage": value.dtype.storage, "na": "NA" if value.dtype.na_value is pd.NA else "nan",
        "v": [None if gap else out.send(item) for item, gap in zip(items.tolist(), missing.tolist(), strict=True)],
    }  # fmt: skip


@_takes("strings")
def _take_strings(inn: _Taker, data: _Data) -> Any:
    items, storage, na = inn.all(data["v"]), data["storage"], data["na"]
    if storage not in ("python", "pyarrow") or na not in ("NA", "nan"):
        raise _malformed("no kind of texts")
    if any(item is not None and type(item) is not str for item in items):
        raise _malformed("no texts")
    return pd.array(items, dtype=pd.StringDtype(storage, na_value=pd.NA if na == "NA" else np.nan))


_MASKED: dict[str, Any] = {"i": pd.arrays.IntegerArray, "u": pd.arrays.IntegerArray,
                           "f": pd.arrays.FloatingArray, "b": pd.arrays.BooleanArray}  # fmt: skip


@_sends(pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray)
def _send_masked(out: _Sender, value: Any) -> Any:
    dtype = value.dtype.numpy_dtype
    return {"t": "masked", "v": out.send(value.to_numpy(dtype=dtype, na_value=dtype.type(0))),
            "mask": out.send(value.isna())}  # fmt: skip


@_takes("masked")
def _take_masked(inn: _Taker, data: _Data) -> Any:
    values, mask = inn.array(data["v"]), inn.array(data["mask"])
    if values.shape != mask.shape:
        raise _malformed("a mask that does not fit")
    return _MASKED[values.dtype.kind](values, mask)


@_sends(pd.arrays.DatetimeArray)
def _send_datetimes(out: _Sender, value: Any) -> Any:
    moments = value if value.tz is None else value.tz_convert(None)
    return {"t": "datetimes", "v": out.send(moments.to_numpy()), "zone": _send_zone(out, value.tz),
            "freq": _frequency(value.freq)}  # fmt: skip


@_takes("datetimes")
def _take_datetimes(inn: _Taker, data: _Data) -> Any:
    found = pd.DatetimeIndex(_of_kind(inn.array(data["v"]), "M"))
    if data["zone"] is not None:
        found = found.tz_localize("UTC").tz_convert(_take_zone(inn, data["zone"]))
    return _with_frequency(found, data["freq"]).array


@_sends(pd.arrays.TimedeltaArray)
def _send_timedeltas(out: _Sender, value: Any) -> Any:
    return {"t": "timedeltas", "v": out.send(value.to_numpy()), "freq": _frequency(value.freq)}


@_takes("timedeltas")
def _take_timedeltas(inn: _Taker, data: _Data) -> Any:
    return _with_frequency(pd.TimedeltaIndex(_of_kind(inn.array(data["v"]), "m")), data["freq"]).array


def _of_kind(array: np.ndarray[Any, Any], kind: str) -> np.ndarray[Any, Any]:
    if array.dtype.kind != kind or np.datetime_data(array.dtype) not in [(unit, 1) for unit in _UNITS]:
        raise _malformed("no times")
    return array


def _frequency(freq: Any) -> str | None:
    """Return a frequency's name, or None if the name does not tell all, as with a calendar's holidays."""
    name = None if freq is None else str(freq.freqstr)
    if name is None or not _FREQUENCY.fullmatch(name):
        return None
    return name if pd.tseries.frequencies.to_offset(name) == freq else None


def _with_frequency(index: Any, name: Any) -> Any:
    if name is not None:
        # Pandas compares the values with the frequency's.
        index.freq = _matched(_FREQUENCY, name)
    return index


@_sends(pd.arrays.PeriodArray)
def _send_periods(out: _Sender, value: Any) -> Any:
    return {"t": "periods", "v": out.send(value.asi8), "dtype": _period_name(str(value.dtype))}


@_takes("periods")
def _take_periods(inn: _Taker, data: _Data) -> Any:
    ordinals = inn.array(data["v"])
    if ordinals.dtype != np.dtype("i8"):
        raise _malformed("no periods")
    return pd.arrays.PeriodArray(ordinals, dtype=pd.PeriodDtype(_matched(_PERIOD, data["dtype"])))


@_sends(pd.arrays.IntervalArray)
def _send_intervals(out: _Sender, value: Any) -> Any:
    return {"t": "intervals", "v": out.all((_column(value.left), _column(value.right))), "closed": value.closed}


@_takes("intervals")
def _take_intervals(inn: _Taker, data: _Data) -> Any:
    left, right = (inn.column(side) for side in _listed(data["v"], 2))
    if left.dtype != right.dtype or left.dtype.kind not in "iufMm":
        raise _malformed("no intervals")
    return pd.arrays.IntervalArray.from_arrays(left, right, closed=_closed(data["closed"]))


@_sends(pd.Categorical)
def _send_categorical(out: _Sender, value: Any) -> Any:
    return {"t": "categorical", "v": out.send(value.codes), "ordered": bool(value.ordered),
            "categories": out.send(_shorter(value.categories))}  # fmt: skip


@_takes("categorical")
def _take_categorical(inn: _Taker, data: _Data) -> Any:
    codes, categories = inn.array(data["v"]), inn.spelled_out(data["categories"])
    if codes.dtype.kind != "i" or type(data["ordered"]) is not bool:
        raise _malformed("no categories")
    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(categories, ordered=data["ordered"]))


def _shorter(index: Any) -> Any:
    """Return a long range as an index of numbers: the taker has little room for ranges that must be spelled out."""
    if _is_a(index, pd.RangeIndex) and len(index) > _LONGEST_LAZY:
        return pd.Index(index.to_numpy(), name=index.name)
    return index


@_sends(pd.arrays.NumpyExtensionArray)
def _send_wrapped(out: _Sender, value: Any) -> Any:
    return {"t": "wrapped", "v": out.send(value.to_numpy())}


@_takes("wrapped")
def _take_wrapped(inn: _Taker, data: _Data) -> Any:
    return pd.arrays.NumpyExtensionArray(inn.array(data["v"]))


@_sends(ExtensionArray)
def _send_extension(out: _Sender, value: Any) -> Any:
    raise _refused(f"a column of {str(value.dtype)[:60]}", "convert it with .astype(object) or to another type")


# Pandas' indexes and tables


@_sends(pd.RangeIndex)
def _send_range_index(out: _Sender, value: Any) -> Any:
    _check_rows(value.start, value.stop, value.step)
    return {"t": "range index", "v": out.all((value.start, value.stop, value.step)), "name": out.send(value.name)}


@_takes("range index")
def _take_range_index(inn: _Taker, data: _Data) -> Any:
    start, stop, step = (inn.whole(part) for part in _listed(data["v"], 3))
    _check_rows(start, stop, step)
    if not all(-(1 << 63) <= part < 1 << 63 for part in (start, stop, step)):
        raise _malformed("no index")
    return pd.RangeIndex(start, stop, step, name=inn.take(data["name"]))


@_sends(pd.MultiIndex)
def _send_multi_index(out: _Sender, value: Any) -> Any:
    return {
        "t": "multi index", "levels": out.all(_shorter(level.rename(None)) for level in value.levels),
        "codes": out.all(np.asarray(codes) for codes in value.codes), "names": out.all(value.names),
    }  # fmt: skip


@_takes("multi index")
def _take_multi_index(inn: _Taker, data: _Data) -> Any:
    levels: list[Any] = [inn.spelled_out(level) for level in _listed(data["levels"])]
    codes: list[Any] = [inn.array(one) for one in _listed(data["codes"], len(levels))]
    if any(one.dtype.kind != "i" for one in codes):
        raise _malformed("no index")
    return pd.MultiIndex(levels=levels, codes=codes, names=inn.all(data["names"]), verify_integrity=True)


@_sends(pd.Index)
def _send_index(out: _Sender, value: Any) -> Any:
    plain: Any = pd.Index(value)
    freq = _frequency(plain.freq) if isinstance(plain, pd.DatetimeIndex | pd.TimedeltaIndex) else None
    return {"t": "index", "v": out.send(_column(plain)), "name": out.send(plain.name), "freq": freq}


@_takes("index")
def _take_index(inn: _Taker, data: _Data) -> Any:
    values, name = inn.column(data["v"]), inn.take(data["name"])
    # With the dtype said pandas does not guess another from the values.
    found: Any = pd.Index(values, dtype=values.dtype, name=name, tupleize_cols=False)
    return _with_frequency(found, data["freq"])


@_sends(pd.Series)
def _send_series(out: _Sender, value: Any) -> Any:
    plain: Any = pd.Series(value)
    return {"t": "series", "v": out.send(_column(plain)), "index": out.send(plain.index), "name": out.send(plain.name)}


@_takes("series")
def _take_series(inn: _Taker, data: _Data) -> Any:
    values, index = inn.column(data["v"]), inn.index(data["index"])
    return pd.Series(values, index=index, dtype=values.dtype, name=inn.take(data["name"]))


@_sends(pd.DataFrame)
def _send_frame(out: _Sender, value: Any) -> Any:
    plain = pd.DataFrame(value)
    # By position, because names may be there twice.
    together, alone = _groups(plain)
    return {
        "t": "frame",
        # Numbers of one kind go as one array: most tables are wide, and each part takes its time.
        "blocks": [{"at": at, "v": out.send(np.ascontiguousarray(plain.iloc[:, at].to_numpy().T))} for at in together],
        "v": [{"at": at, "v": out.send(_column(plain.iloc[:, at]))} for at in alone],
        "index": out.send(plain.index),
        "columns": out.send(plain.columns),
    }


def _groups(plain: pd.DataFrame) -> tuple[list[list[int]], list[int]]:
    """Return the positions of columns that can go together, and of those that go alone."""
    by_kind: dict[Any, list[int]] = {}
    for position, dtype in enumerate(plain.dtypes):
        by_kind.setdefault(dtype if isinstance(dtype, np.dtype) and dtype.kind in "biuf" else position, []).append(
            position
        )
    together = [at for at in by_kind.values() if len(at) > 1]
    return together, sorted(at[0] for at in by_kind.values() if len(at) == 1)


@_takes("frame")
def _take_frame(inn: _Taker, data: _Data) -> Any:
    index, columns = inn.index(data["index"]), inn.index(data["columns"])
    order: list[int] = []
    pieces: list[Any] = []
    for block in _listed(data["blocks"]):
        array = inn.kind(block["v"], np.ndarray)
        if array.ndim != 2 or array.dtype.kind not in "biuf" or len(array) != len(at := _ints(block["at"])):
            raise _malformed("columns that do not fit")
        order += at
        pieces.append(pd.DataFrame(array.T, index=index))
    for alone in _listed(data["v"]):
        array = inn.column(alone["v"])
        order += _ints([alone["at"]])
        # Each as a Series of its own dtype: from a bare array a frame would guess.
        pieces.append(pd.Series(array, index=index, dtype=array.dtype).to_frame())
    if sorted(order) != list(range(len(columns))):
        raise _malformed("columns that do not fit")
    found = pd.concat(pieces, axis=1) if pieces else pd.DataFrame(index=index)
    found = found.iloc[:, np.argsort(order)]
    found.index, found.columns = index, columns
    return found


# All else


def _send_other(out: _Sender, value: Any) -> Any:
    kind = type(value)
    lineage = [_NAMESPACE(base) for base in _BASES(kind)]
    if any(str(names.get("__module__")).startswith("scipy.sparse") for names in lineage):
        raise _refused("a sparse matrix", "return it as an array with .toarray()")
    if kind in (type({}.keys()), type({}.values()), type({}.items())) or any("__next__" in names for names in lineage):
        raise _refused(_called(kind), "return a list")
    if not any("__call__" in names for names in lineage):
        raise _refused(_called(kind))
    if out.on_callable is None:
        raise CodecError(f"{_called(kind)} cannot be handed over: {_INSTEAD}")
    return {"t": "callable", "id": out.on_callable(value)}


@_takes("callable")
def _take_callable(inn: _Taker, data: _Data) -> Any:
    if inn.on_callable is None:
        raise CodecError("a function cannot be handed over")
    (number,) = _ints([data["id"]])
    return inn.on_callable(number)
