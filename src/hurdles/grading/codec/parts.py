"""What both sides of the codec ask of values and of data: names, lists, numbers as bytes, and how a refusal reads."""

from __future__ import annotations

import base64
import re
from typing import Any, cast

import numpy as np

__all__ = [
    "BASES",
    "INSTEAD",
    "MOST_ROWS",
    "NAMESPACE",
    "UNITS",
    "CodecError",
    "bytes_of",
    "called",
    "check_rows",
    "dtype_name",
    "fields",
    "flat",
    "from_bytes",
    "ints",
    "is_a",
    "is_whole",
    "listed",
    "malformed",
    "matched",
    "of_kind",
    "refused",
    "text_of",
]


MOST_ROWS = 50_000_000
# No unit of time is 0 long: NumPy takes it, and pandas then divides by it, which ends the process.
_DTYPE = re.compile(
    r"\|b1|\|[iu]1|[<>](?:[iu][248]|f(?:[248]|16)|c(?:8|16|32)|U[1-9]\d{0,8})|\|S[1-9]\d{0,8}"
    r"|[<>][mM]8(?:\[(?:[1-9]\d{0,5})?(?:Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?"
)
UNITS = ("s", "ms", "us", "ns")
INSTEAD = "return numbers, texts, lists, dictionaries, arrays or tables"


class CodecError(Exception):
    """A value cannot be handed over, or what came is no value; the text says why in words for a learner."""


# Classes are compared by identity, and asked with type's own means: a metaclass may redefine ==, __mro__ and __name__.
BASES = type.__dict__["__mro__"].__get__
NAMESPACE = type.__dict__["__dict__"].__get__
_NAME = type.__dict__["__name__"].__get__


def called(kind: type) -> str:
    """Return what a learner would call a class, with its article."""
    name = str(_NAME(kind))[:60]
    if name in ("builtin_function_or_method", "method", "type"):
        name = {"type": "class"}.get(name, "function")
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def refused(what: str, instead: str = INSTEAD) -> CodecError:
    """Return the error for a value that cannot be handed over, and what to do instead."""
    return CodecError(f"{what} cannot be handed over: {instead}")


def malformed(why: str) -> CodecError:
    """Return the error for data that are of no value."""
    return CodecError(f"what came cannot be read as a value ({why})")


def is_whole(text: str) -> bool:
    """Return whether a text has no halves of characters; JSON would join two of them, or not be written at all."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def listed(data: Any, length: int | None = None) -> list[Any]:
    """Return the data if they are a list, of that length."""
    if type(data) is not list or (length is not None and len(data) != length):
        raise malformed("no list")
    return data


def text_of(data: Any) -> str:
    """Return the data if they are a text."""
    if type(data) is not str:
        raise malformed("no text")
    return data


def matched(pattern: re.Pattern[str], data: Any) -> str:
    """Return the data if they are a short text of this pattern."""
    text = text_of(data)
    if len(text) > 64 or not pattern.fullmatch(text):
        raise malformed("a name that is not known")
    return text


def ints(data: Any, length: int | None = None) -> list[int]:
    """Return the data if they are a list of whole numbers, of that length."""
    # Strictly ints: datetime's constructors take the bytes of a pickle as well.
    if any(type(one) is not int for one in listed(data, length)):
        raise malformed("no whole numbers")
    return cast("list[int]", data)


def bytes_of(data: Any) -> bytes:
    """Return the bytes that a text of base64 stands for."""
    return base64.b64decode(text_of(data), validate=True)


def flat(array: Any) -> Any:
    """Return an array if it has one dimension."""
    if array.ndim != 1:
        raise malformed("not one dimension")
    return array


def fields(kind: type, value: Any, *names: str) -> list[Any]:
    """Read fields with the class's own descriptors, which a subclass cannot replace."""
    return [getattr(kind, name).__get__(value) for name in names]


def is_a(value: Any, kind: type) -> bool:
    """Tell like isinstance, but without asking the value's own __class__."""
    return any(base is kind for base in BASES(type(value)))


def check_rows(start: int, stop: int, step: int) -> None:
    """Refuse a range of more steps than a table has rows; len() would overflow."""
    if step and abs(stop - start) // abs(step) > MOST_ROWS:
        raise CodecError("a range this long is too large to be handed over")


def dtype_name(dtype: Any) -> str:
    """Return the name under which an array of plain numbers or texts is handed over."""
    if dtype.names is not None or dtype.kind == "V":
        raise refused("an array with named fields", "return a table (a pandas DataFrame)")
    if not _DTYPE.fullmatch(dtype.str):
        raise refused(f"an array of {str(dtype)[:60]}", "convert it with .astype(float) or .astype(object)")
    return str(dtype.str)


def from_bytes(name: Any, data: Any) -> np.ndarray[Any, Any]:
    """Return the flat array that these bytes are; it takes no more memory than they do."""
    dtype, content = np.dtype(matched(_DTYPE, name)), bytes_of(data)
    if not content:
        return np.empty(0, dtype)
    found = np.frombuffer(content, dtype).copy()
    # NumPy's behaviour is undefined for truth values that are neither 0 nor 1 and for texts beyond Unicode.
    if dtype.kind == "b" and found.view("u1").max() > 1:
        raise malformed("no truth values")
    if dtype.kind == "U" and found.view(f"{dtype.str[0]}u4").max() > 0x10FFFF:
        raise malformed("no characters")
    return found


def of_kind(array: np.ndarray[Any, Any], kind: str) -> np.ndarray[Any, Any]:
    """Return an array if it holds moments (``M``) or lengths of time (``m``) in a unit that pandas knows."""
    if array.dtype.kind != kind or np.datetime_data(array.dtype) not in [(unit, 1) for unit in UNITS]:
        raise malformed("no times")
    return array
