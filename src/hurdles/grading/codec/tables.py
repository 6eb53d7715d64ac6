"""Pandas' indexes, columns and tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from hurdles.grading.codec import arrays, parts
from hurdles.grading.codec.runs import Data, Sender, Taker, sends, takes


@sends(pd.RangeIndex)
def _send_range_index(out: Sender, value: Any) -> Any:
    parts.check_rows(value.start, value.stop, value.step)
    return {"t": "range index", "v": out.all((value.start, value.stop, value.step)), "name": out.send(value.name)}


@takes("range index")
def _take_range_index(inn: Taker, data: Data) -> Any:
    start, stop, step = (inn.whole(part) for part in parts.listed(data["v"], 3))
    parts.check_rows(start, stop, step)
    if not all(-(1 << 63) <= part < 1 << 63 for part in (start, stop, step)):
        raise parts.malformed("no index")
    return pd.RangeIndex(start, stop, step, name=inn.take(data["name"]))


@sends(pd.MultiIndex)
def _send_multi_index(out: Sender, value: Any) -> Any:
    return {
        "t": "multi index", "levels": out.all(arrays.shorter(level.rename(None)) for level in value.levels),
        "codes": out.all(np.asarray(codes) for codes in value.codes), "names": out.all(value.names),
    }  # fmt: skip


@takes("multi index")
def _take_multi_index(inn: Taker, data: Data) -> Any:
    levels: list[Any] = [inn.spelled_out(level) for level in parts.listed(data["levels"])]
    codes: list[Any] = [inn.array(one) for one in parts.listed(data["codes"], len(levels))]
    if any(one.dtype.kind != "i" for one in codes):
        raise parts.malformed("no index")
    return pd.MultiIndex(levels=levels, codes=codes, names=inn.all(data["names"]), verify_integrity=True)


@sends(pd.Index)
def _send_index(out: Sender, value: Any) -> Any:
    plain: Any = pd.Index(value)
    freq = arrays.frequency(plain.freq) if isinstance(plain, pd.DatetimeIndex | pd.TimedeltaIndex) else None
    return {"t": "index", "v": out.send(arrays.column(plain)), "name": out.send(plain.name), "freq": freq}


@takes("index")
def _take_index(inn: Taker, data: Data) -> Any:
    values, name = inn.column(data["v"]), inn.take(data["name"])
    # With the dtype said pandas does not guess another from the values.
    found: Any = pd.Index(values, dtype=values.dtype, name=name, tupleize_cols=False)
    return arrays.with_frequency(found, data["freq"])


@sends(pd.Series)
def _send_series(out: Sender, value: Any) -> Any:
    plain: Any = pd.Series(value)
    return {
        "t": "series",
        "v": out.send(arrays.column(plain)),
        "index": out.send(plain.index),
        "name": out.send(plain.name),
    }


@takes("series")
def _take_series(inn: Taker, data: Data) -> Any:
    values, index = inn.column(data["v"]), inn.index(data["index"])
    return pd.Series(values, index=index, dtype=values.dtype, name=inn.take(data["name"]))


@sends(pd.DataFrame)
def _send_frame(out: Sender, value: Any) -> Any:
    plain = pd.DataFrame(value)
    # By position, because names may be there twice.
    together, alone = _groups(plain)
    return {
        "t": "frame",
        # Numbers of one kind go as one array: most tables are wide, and each part takes its time.
        "blocks": [{"at": at, "v": out.send(np.ascontiguousarray(plain.iloc[:, at].to_numpy().T))} for at in together],
        "v": [{"at": at, "v": out.send(arrays.column(plain.iloc[:, at]))} for at in alone],
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


@takes("frame")
def _take_frame(inn: Taker, data: Data) -> Any:
    index, columns = inn.index(data["index"]), inn.index(data["columns"])
    order: list[int] = []
    pieces: list[Any] = []
    for block in parts.listed(data["blocks"]):
        array = inn.kind(block["v"], np.ndarray)
        if array.ndim != 2 or array.dtype.kind not in "biuf" or len(array) != len(at := parts.ints(block["at"])):
            raise parts.malformed("columns that do not fit")
        order += at
        pieces.append(pd.DataFrame(array.T, index=index))
    for alone in parts.listed(data["v"]):
        array = inn.column(alone["v"])
        order += parts.ints([alone["at"]])
        # Each as a Series of its own dtype: from a bare array a frame would guess.
        pieces.append(pd.Series(array, index=index, dtype=array.dtype).to_frame())
    if sorted(order) != list(range(len(columns))):
        raise parts.malformed("columns that do not fit")
    found = pd.concat(pieces, axis=1) if pieces else pd.DataFrame(index=index)
    found = found.iloc[:, np.argsort(order)]
    found.index, found.columns = index, columns
    return found
