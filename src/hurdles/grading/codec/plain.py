"""Plain Python's values, and NumPy's single ones, which are subclasses of these."""

from __future__ import annotations

import collections
import decimal
import enum
import fractions
import math
from typing import Any

import numpy as np

from hurdles.grading.codec import parts, runs
from hurdles.grading.codec.parts import CodecError
from hurdles.grading.codec.runs import Data, Sender, Taker, sends, takes

# Shortening a fraction takes time quadratic in its length.
_MOST_FRACTION_BITS = 1 << 17


@sends(enum.Enum)
def _send_enum(out: Sender, value: enum.Enum) -> Any:
    return out.send(object.__getattribute__(value, "_value_"))


def _send_np_text(out: Sender, value: Any) -> Any:
    # As an array of one text it would lose the zeros at its end.
    if parts.is_a(value, np.str_):
        return {"t": "np.str", "v": out.send(str.__str__(value))}
    return {"t": "np.bytes", "v": out.raw(bytes.__bytes__(value))}


sends(np.str_, np.bytes_)(_send_np_text)


@takes("np.str")
def _take_np_str(inn: Taker, data: Data) -> Any:
    return np.str_(inn.kind(data["v"], str))


@takes("np.bytes")
def _take_np_bytes(inn: Taker, data: Data) -> Any:
    return np.bytes_(parts.bytes_of(data["v"]))


@sends(np.generic)
def _send_np_scalar(out: Sender, value: Any) -> Any:
    if type(value) is not np.float64 and parts.is_a(value, np.float64):
        value = np.float64(float.__float__(value))
    elif type(value) is not np.complex128 and parts.is_a(value, np.complex128):
        value = np.complex128(complex(*parts.fields(complex, value, "real", "imag")))
    dtype = np.generic.dtype.__get__(value)
    # NumPy asks a subclass for its dtype, and would read other memory than the value's for a wrong one.
    if not parts.is_a(value, dtype.type):
        raise parts.refused(parts.called(type(value)))
    return {"t": "np", "dtype": parts.dtype_name(dtype), "v": out.raw(np.generic.tobytes(value))}


@takes("np")
def _take_np_scalar(inn: Taker, data: Data) -> Any:
    found = parts.from_bytes(data["dtype"], data["v"])
    if found.shape != (1,) or found.dtype.kind in "SU":
        raise parts.malformed("no single number")
    return found[0]


@sends(int)
def _send_int(out: Sender, value: Any) -> Any:
    plain = int.__int__(value)
    if type(value) is not int and -runs.MOST_INT <= plain <= runs.MOST_INT:
        return plain
    out.spend(plain.bit_length() // 4)
    # Hexadecimal, because decimal digits take quadratic time and Python limits them.
    return {"t": "int", "v": f"{plain:x}"}


@takes("int")
def _take_int(inn: Taker, data: Data) -> int:
    return int(parts.text_of(data["v"]), 16)


# A dictionary finds the key NaN only if it is the very same NaN, and that nearly always is NumPy's.
_NAN = np.nan


@sends(float)
def _send_float(out: Sender, value: Any) -> Any:
    plain = float.__float__(value)
    if math.isfinite(plain):
        return plain
    return {"t": "float", "v": "np.nan" if value is _NAN else str(plain)}


@takes("float")
def _take_float(inn: Taker, data: Data) -> float:
    text = parts.text_of(data["v"])
    if text not in ("nan", "inf", "-inf", "np.nan"):
        raise parts.malformed("no number")
    return _NAN if text == "np.nan" else float(text)


@sends(complex)
def _send_complex(out: Sender, value: Any) -> Any:
    return {"t": "complex", "v": out.all(parts.fields(complex, value, "real", "imag"))}


@takes("complex")
def _take_complex(inn: Taker, data: Data) -> complex:
    real, imaginary = (inn.kind(part, float) for part in parts.listed(data["v"], 2))
    return complex(real, imaginary)


@sends(str)
def _send_str(out: Sender, value: Any) -> Any:
    plain = str.__str__(value)
    if parts.is_whole(plain):
        out.spend(len(plain))
        return plain
    return {"t": "str", "v": out.raw(plain.encode("utf-8", "surrogatepass"))}


@takes("str")
def _take_str(inn: Taker, data: Data) -> str:
    return parts.bytes_of(data["v"]).decode("utf-8", "surrogatepass")


@sends(bytes)
def _send_bytes(out: Sender, value: Any) -> Any:
    return {"t": "bytes", "v": out.raw(bytes.__bytes__(value))}


@takes("bytes")
def _take_bytes(inn: Taker, data: Data) -> bytes:
    return parts.bytes_of(data["v"])


def _collection(kind: Any) -> None:
    """Register a collection of single values."""

    def send(out: Sender, value: Any) -> Any:
        return {"t": kind.__name__, "v": out.all(kind.__iter__(value))}

    def take(inn: Taker, data: Data) -> Any:
        found = kind(inn.all(data["v"]))
        if len(found) != len(data["v"]):
            raise parts.malformed("the same value twice")
        return found

    sends(kind)(send)
    takes(kind.__name__)(take)


for _kind in (list, tuple, set, frozenset):
    _collection(_kind)


@sends(collections.OrderedDict)
def _send_ordered(out: Sender, value: Any) -> Any:
    # Only its own iterator knows what move_to_end did.
    keys = collections.OrderedDict.__iter__(value)
    return {"t": "dict", "v": [[out.send(key), out.send(dict.__getitem__(value, key))] for key in keys]}


@sends(dict)
def _send_dict(out: Sender, value: Any) -> Any:
    return {"t": "dict", "v": [[out.send(key), out.send(item)] for key, item in dict.items(value)]}


@takes("dict")
def _take_dict(inn: Taker, data: Data) -> dict[Any, Any]:
    pairs = parts.listed(data["v"])
    found = {inn.take(key): inn.take(value) for key, value in (parts.listed(pair, 2) for pair in pairs)}
    if len(found) != len(pairs):
        raise parts.malformed("the same key twice")
    return found


@sends(range)
def _send_range(out: Sender, value: range) -> Any:
    parts.check_rows(value.start, value.stop, value.step)
    return {"t": "range", "v": out.all((value.start, value.stop, value.step))}


@takes("range")
def _take_range(inn: Taker, data: Data) -> range:
    start, stop, step = (inn.whole(part) for part in parts.listed(data["v"], 3))
    parts.check_rows(start, stop, step)
    return range(start, stop, step)


@sends(slice)
def _send_slice(out: Sender, value: slice) -> Any:
    return {"t": "slice", "v": out.all((value.start, value.stop, value.step))}


@takes("slice")
def _take_slice(inn: Taker, data: Data) -> slice:
    return slice(*(inn.take(part) for part in parts.listed(data["v"], 3)))


@sends(decimal.Decimal)
def _send_decimal(out: Sender, value: Any) -> Any:
    return {"t": "decimal", "v": out.send(decimal.Decimal.__str__(value))}


@takes("decimal")
def _take_decimal(inn: Taker, data: Data) -> decimal.Decimal:
    return decimal.Decimal(parts.text_of(data["v"]))


@sends(fractions.Fraction)
def _send_fraction(out: Sender, value: Any) -> Any:
    pair = [int.__int__(part.fget(value)) for part in (fractions.Fraction.numerator, fractions.Fraction.denominator)]  # type: ignore[attr-defined]
    _check_fraction(pair)
    return {"t": "fraction", "v": out.all(pair)}


@takes("fraction")
def _take_fraction(inn: Taker, data: Data) -> fractions.Fraction:
    pair = [inn.whole(part) for part in parts.listed(data["v"], 2)]
    _check_fraction(pair)
    return fractions.Fraction(*pair)


def _check_fraction(pair: list[int]) -> None:
    if any(part.bit_length() > _MOST_FRACTION_BITS for part in pair):
        raise CodecError("a fraction of such long numbers is too large to be handed over")
