"""NumPy's arrays, and pandas' own."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from hurdles.grading.codec import parts, times
from hurdles.grading.codec.parts import CodecError
from hurdles.grading.codec.runs import Data, Sender, Taker, sends, takes

__all__ = ["column", "frequency", "shorter", "with_frequency"]

_LONGEST_LAZY = 1_000
_FREQUENCY = re.compile(r"-?\d{0,9}[A-Za-z]{1,4}(?:-[A-Z0-9]{1,4}){0,3}")


def _shape(data: Any, count: int) -> tuple[int, ...]:
    shape = parts.ints(data)
    if len(shape) > 64 or min(shape, default=0) < 0 or math.prod(shape) != count:
        raise parts.malformed("a shape that does not fit")
    if _is_bomb(shape):
        raise CodecError("an array of this shape is too large to be handed over")
    return tuple(shape)


def _is_bomb(shape: Iterable[int]) -> bool:
    """Return whether an array without elements has so many rows that to walk along them would take for ever."""
    sides = list(shape)
    return 0 in sides and math.prod(side for side in sides if side) > parts.MOST_ROWS


_NO_SEED = "hand over a seed, a whole number, and make the generator inside the function"


@sends(np.random.Generator, np.random.RandomState, np.random.BitGenerator, np.random.SeedSequence)
def _send_generator(out: Sender, value: Any) -> Any:
    raise parts.refused("a random generator", _NO_SEED)


@sends(np.ma.MaskedArray)
def _send_masked_array(out: Sender, value: Any) -> Any:
    # As a plain array it would show what is under the mask.
    raise parts.refused("a masked array", "fill the gaps with .filled(…) first")


@sends(np.ndarray)
def _send_ndarray(out: Sender, value: Any) -> Any:
    plain = np.ndarray.view(value, np.ndarray)
    if _is_bomb(plain.shape):
        raise CodecError("an array of this shape is too large to be handed over")
    shape = list(plain.shape)
    if plain.dtype.kind == "O":
        return {"t": "objects", "shape": shape, "v": out.all(plain.ravel(order="C").tolist())}
    if not plain.dtype.itemsize and plain.dtype.kind in "SU":
        plain = plain.astype(f"{plain.dtype.kind}1")
    name = parts.dtype_name(plain.dtype)
    if plain.nbytes > out.left:
        out.spend(plain.nbytes)
    return {"t": "array", "dtype": name, "shape": shape, "v": out.raw(plain.tobytes(order="C"))}


@takes("array")
def _take_ndarray(inn: Taker, data: Data) -> Any:
    found = parts.from_bytes(data["dtype"], data["v"])
    return found.reshape(_shape(data["shape"], found.size))


@takes("objects")
def _take_objects(inn: Taker, data: Data) -> Any:
    shape = _shape(data["shape"], len(parts.listed(data["v"])))
    found = np.empty(len(data["v"]), dtype=object)
    for position, value in enumerate(inn.all(data["v"])):
        # One by one: as a whole NumPy would spread lists over the array.
        found[position] = value
    return found.reshape(shape)


def column(series: Any) -> Any:
    """Return what a plain Series or Index holds."""
    return series.to_numpy() if isinstance(series.dtype, np.dtype) else series.array


@sends(pd.arrays.SparseArray)
def _send_sparse_array(out: Sender, value: Any) -> Any:
    raise parts.refused("a sparse column", "make it an ordinary one with .sparse.to_dense()")


@sends(pd.arrays.StringArray, pd.arrays.ArrowStringArray)
def _send_strings(out: Sender, value: Any) -> Any:
    items, missing = value.to_numpy(dtype=object), value.isna()
    return {
        "t": "strings", "storage": value.dtype.storage, "na": "NA" if value.dtype.na_value is pd.NA else "nan",
        "v": [None if gap else out.send(item) for item, gap in zip(items.tolist(), missing.tolist(), strict=True)],
    }  # fmt: skip


@takes("strings")
def _take_strings(inn: Taker, data: Data) -> Any:
    items, storage, na = inn.all(data["v"]), data["storage"], data["na"]
    if storage not in ("python", "pyarrow") or na not in ("NA", "nan"):
        raise parts.malformed("no kind of texts")
    if any(item is not None and type(item) is not str for item in items):
        raise parts.malformed("no texts")
    return pd.array(items, dtype=pd.StringDtype(storage, na_value=pd.NA if na == "NA" else np.nan))


_MASKED: dict[str, Any] = {"i": pd.arrays.IntegerArray, "u": pd.arrays.IntegerArray,
                           "f": pd.arrays.FloatingArray, "b": pd.arrays.BooleanArray}  # fmt: skip


@sends(pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray)
def _send_masked(out: Sender, value: Any) -> Any:
    dtype = value.dtype.numpy_dtype
    return {"t": "masked", "v": out.send(value.to_numpy(dtype=dtype, na_value=dtype.type(0))),
            "mask": out.send(value.isna())}  # fmt: skip


@takes("masked")
def _take_masked(inn: Taker, data: Data) -> Any:
    values, mask = inn.array(data["v"]), inn.array(data["mask"])
    if values.shape != mask.shape:
        raise parts.malformed("a mask that does not fit")
    return _MASKED[values.dtype.kind](values, mask)


@sends(pd.arrays.DatetimeArray)
def _send_datetimes(out: Sender, value: Any) -> Any:
    moments = value if value.tz is None else value.tz_convert(None)
    return {"t": "datetimes", "v": out.send(moments.to_numpy()), "zone": times.send_zone(out, value.tz),
            "freq": frequency(value.freq)}  # fmt: skip


@takes("datetimes")
def _take_datetimes(inn: Taker, data: Data) -> Any:
    found = pd.DatetimeIndex(parts.of_kind(inn.array(data["v"]), "M"))
    if data["zone"] is not None:
        found = found.tz_localize("UTC").tz_convert(times.take_zone(inn, data["zone"]))
    return with_frequency(found, data["freq"]).array


@sends(pd.arrays.TimedeltaArray)
def _send_timedeltas(out: Sender, value: Any) -> Any:
    return {"t": "timedeltas", "v": out.send(value.to_numpy()), "freq": frequency(value.freq)}


@takes("timedeltas")
def _take_timedeltas(inn: Taker, data: Data) -> Any:
    return with_frequency(pd.TimedeltaIndex(parts.of_kind(inn.array(data["v"]), "m")), data["freq"]).array


def frequency(freq: Any) -> str | None:
    """Return a frequency's name, or None if the name does not tell all, as with a calendar's holidays."""
    name = None if freq is None else str(freq.freqstr)
    if name is None or not _FREQUENCY.fullmatch(name):
        return None
    return name if pd.tseries.frequencies.to_offset(name) == freq else None


def with_frequency(index: Any, name: Any) -> Any:
    """Give an index of times its frequency, if it has one."""
    if name is not None:
        # Pandas compares the values with the frequency's.
        index.freq = parts.matched(_FREQUENCY, name)
    return index


@sends(pd.arrays.PeriodArray)
def _send_periods(out: Sender, value: Any) -> Any:
    return {"t": "periods", "v": out.send(value.asi8), "dtype": times.period_name(str(value.dtype))}


@takes("periods")
def _take_periods(inn: Taker, data: Data) -> Any:
    ordinals = inn.array(data["v"])
    if ordinals.dtype != np.dtype("i8"):
        raise parts.malformed("no periods")
    return pd.arrays.PeriodArray(ordinals, dtype=pd.PeriodDtype(parts.matched(times.PERIOD, data["dtype"])))


@sends(pd.arrays.IntervalArray)
def _send_intervals(out: Sender, value: Any) -> Any:
    return {"t": "intervals", "v": out.all((column(value.left), column(value.right))), "closed": value.closed}


@takes("intervals")
def _take_intervals(inn: Taker, data: Data) -> Any:
    left, right = (inn.column(side) for side in parts.listed(data["v"], 2))
    if left.dtype != right.dtype or left.dtype.kind not in "iufMm":
        raise parts.malformed("no intervals")
    return pd.arrays.IntervalArray.from_arrays(left, right, closed=times.closed(data["closed"]))


@sends(pd.Categorical)
def _send_categorical(out: Sender, value: Any) -> Any:
    return {"t": "categorical", "v": out.send(value.codes), "ordered": bool(value.ordered),
            "categories": out.send(shorter(value.categories))}  # fmt: skip


@takes("categorical")
def _take_categorical(inn: Taker, data: Data) -> Any:
    codes, categories = inn.array(data["v"]), inn.spelled_out(data["categories"])
    if codes.dtype.kind != "i" or type(data["ordered"]) is not bool:
        raise parts.malformed("no categories")
    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(categories, ordered=data["ordered"]))


def shorter(index: Any) -> Any:
    """Return a long range as an index of numbers: the taker has little room for ranges that must be spelled out."""
    if parts.is_a(index, pd.RangeIndex) and len(index) > _LONGEST_LAZY:
        return pd.Index(index.to_numpy(), name=index.name)
    return index


@sends(pd.arrays.NumpyExtensionArray)
def _send_wrapped(out: Sender, value: Any) -> Any:
    return {"t": "wrapped", "v": out.send(value.to_numpy())}


@takes("wrapped")
def _take_wrapped(inn: Taker, data: Data) -> Any:
    return pd.arrays.NumpyExtensionArray(inn.array(data["v"]))


@sends(ExtensionArray)
def _send_extension(out: Sender, value: Any) -> Any:
    raise parts.refused(f"a column of {str(value.dtype)[:60]}", "convert it with .astype(object) or to another type")
