"""What the tests in exercises call: checks whose messages teach.

A test goes from the coarse to the fine: was the task attempted, is the result of the right type,
has it the right shape, are its values right, does a property hold on fresh data. Every message says
what was seen and what to try next, and never gives the expected answer away.

The learner's function is only ever called with plain data and expected to return plain data, so that
it may as well be a proxy into another process. Right answers written in other ways are right: a column
of 0 and 1 is as good as one of ``False`` and ``True``, ``None`` as good as ``NaN`` and ``pd.NA``, a
tuple as good as a list.
"""

from __future__ import annotations

import contextlib
import copy
import linecache
import math
import numbers
import re
import textwrap
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any, NoReturn

import numpy as np
import pandas as pd

__all__ = [
    "CallFailed",
    "CheckFailed",
    "Difference",
    "NotAttempted",
    "call",
    "close",
    "differences",
    "expect",
    "fail",
    "has_columns",
    "has_index",
    "has_rows",
    "has_single_values",
    "is_dict",
    "is_frame",
    "is_gap",
    "is_list",
    "is_missing",
    "is_number",
    "is_probabilities",
    "is_vector",
    "only_columns",
    "same",
    "show",
]

_LONGEST = 80
# What fits into a notebook's column beside an open file browser.
_PAGE_WIDTH = 90
# Of a longer list, a message names this many entries.
_MOST = 12
# A sentence ends before a capital letter: "0.5" and "e.g. this" do not end one.
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
# From this many rows on, a model that is sure of every single one gives classes, not probabilities.
_MANY = 20
_SEQUENCES = (list, tuple, np.ndarray, pd.Series, pd.Index)


class _Told:
    """What a notebook shows of an error whose text says it all: the text, not twenty lines from inside `call`."""

    def _render_traceback_(self) -> list[str]:
        # IPython asks every error for this before it draws a traceback. JupyterLab breaks longer lines within words.
        return textwrap.wrap(f"{type(self).__name__}: {self}", _PAGE_WIDTH, break_long_words=False)


class CheckFailed(_Told, AssertionError):  # noqa: N818 - the name that graders look for
    """The result was looked at and is not right; the text says what was seen and what to try next."""


class NotAttempted(_Told, NotImplementedError):  # noqa: N818 - a state of the task, not a mistake of the learner
    """The task's function is still the stub."""


class CallFailed(_Told, RuntimeError):  # noqa: N818 - named like its siblings
    """The learner's function raised an error; the text names task, error, line and arguments."""


@dataclass(frozen=True)
class Difference:
    """One cell of a frame that is not what it was.

    Parameters
    ----------
    position : int
        Which row, counted from 0.
    row : object
        The row's index label in the frame compared with.
    column : str
        The column's name.
    before, after : object
        The cell in the frame compared with, and in the frame seen.
    """

    position: int
    row: Any
    column: str
    before: Any
    after: Any


# --- messages -------------------------------------------------------------------------------------


def fail(seen: str, hint: str = "") -> NoReturn:
    """Raise `CheckFailed`.

    Parameters
    ----------
    seen : str
        What was seen: the variable, its value, the row, the column.
    hint : str, optional
        What to try next.

    Raises
    ------
    CheckFailed
        Always.
    """
    raise CheckFailed(f"{seen.rstrip()} {hint}".strip())


def expect(condition: object, seen: str, hint: str = "") -> None:
    """Go on when a condition holds, else `fail`.

    Parameters
    ----------
    condition : object
        What must be true. A NumPy or pandas scalar will do; a missing truth value counts as false.
    seen, hint : str
        See `fail`.
    """
    if is_missing(condition) or not bool(condition):
        fail(seen, hint)


def show(value: object) -> str:
    """Describe a value in a few words, for a message.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    str
        One line of at most about 80 characters.
    """
    if isinstance(value, pd.DataFrame):
        return f"a DataFrame with {len(value)} rows and {value.shape[1]} columns"
    if isinstance(value, pd.Series):
        return f"a Series with {len(value)} values"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, numbers.Real):
        return _number_text(value)
    if isinstance(value, FunctionType):  # its repr is an address
        return "a function"
    return _clipped(repr(value), _LONGEST)


def _clipped(text: str, longest: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _listed(values: Collection[object], most: int = _MOST) -> str:
    """Return values as they read in a sentence, of a long list the first ones only."""
    first = [str(value) for value, _ in zip(values, range(most), strict=False)]
    rest = len(values) - len(first)
    return ", ".join(first) + (f" and {rest} more" if rest else "")


def _number_text(value: Any) -> str:
    number = float(value)
    if isinstance(value, bool) or not math.isfinite(number):
        return str(value)
    if number.is_integer():
        return str(int(number))
    return f"{number:.10g}"


def _kind(value: object) -> str:
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _wrong_type(value: object, name: str, wanted: str) -> NoReturn:
    if value is None:
        fail(f"{name} is None.", f"Does the function end in a return statement? It should return {wanted}.")
    fail(f"{name} is {_kind(value)}: {show(value)}.", f"Return {wanted}.")


# --- attempted ------------------------------------------------------------------------------------


def call(func: Callable[..., Any], *args: Any, task: str, unchanged: bool = False, hidden: bool = False) -> Any:
    """Call the learner's function on copies of the arguments.

    Parameters
    ----------
    func : callable
        The learner's function, or a proxy of it.
    *args : object
        Plain data. The function gets deep copies, so that one call cannot spoil the next.
    task : str
        The task's name, for messages.
    unchanged : bool, default False
        Whether to fail when the function changed its arguments in place.
    hidden : bool, default False
        Whether the learner cannot see the arguments. A crash then describes them, since it cannot be repeated.

    Returns
    -------
    object
        What the function returned.

    Raises
    ------
    NotAttempted
        The function is still the stub.
    CallFailed
        The function raised an error. Running out of time or memory goes through as it is.
    CheckFailed
        The function changed an argument though it was told not to.
    """
    given = [copy.deepcopy(argument) for argument in args]
    far = getattr(func, "with_arguments", None) if unchanged else None
    try:
        if far is None:
            result = func(*given)
        else:
            # The function runs elsewhere: what it did to its arguments has to be asked for.
            result, given = far(*given)
    except (CheckFailed, NotAttempted, TimeoutError, MemoryError):
        raise
    except NotImplementedError as error:
        raise NotAttempted("Not written yet: replace the line that raises NotImplementedError.") from error
    except Exception as error:
        raise CallFailed(_call_text(task, error, args, hidden)) from error
    if unchanged:
        for position, (before, after) in enumerate(zip(args, given, strict=True), start=1):
            expect(
                _unchanged(before, after),
                f"{task} changed argument {position} in place: {show(after)}.",
                f"{_copy_hint(before)}, so that whoever called the function keeps what they had.",
            )
    return result


def _call_text(task: str, error: Exception, args: Sequence[Any], hidden: bool) -> str:
    # The first sentence says what happened; some libraries let pages of advice and addresses follow.
    first = _SENTENCE_END.split(_clipped(str(error), 4 * _LONGEST))[0].rstrip(" .")
    what = f"{task} stopped with {type(error).__name__}: {first or 'no message'}.{_place(error)}"
    if isinstance(error, NameError) and not isinstance(error, UnboundLocalError):
        # Grading puts locked cells back as they were handed out, so that the name may be there in the notebook.
        what += " Put what your function needs, imports too, into its own cell: changes of locked cells do not count."
    if not hidden:
        given = "; ".join(show(argument) for argument in args) or "nothing"
        return (
            f"{what} It was called with {given}. Call it so yourself in a new cell and read the traceback from below."
        )
    many = len(args) > 1
    given = " ".join(
        f"{f'Argument {position}' if many else 'Its argument'} is {_described(argument)}."
        for position, argument in enumerate(args, start=1)
    )
    return f"{what} It was called with data that you do not see. {given}".rstrip()


def _place(error: Exception) -> str:
    """Say in which line of the learner's own code an error came up; empty if it did elsewhere."""
    # What a learner writes runs in the notebook's own namespace, libraries and proxies in modules of their own. The
    # test cell's frames are not among these: the traceback begins in `call`.
    own = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_globals.get("__name__") == "__main__"
    ]
    # An error that came up in another process brings its place along.
    told = getattr(error, "learner_place", None)
    if told is None and own:
        file, line = own[-1]
        told = line, linecache.getline(file, line).strip()
    if told is None:
        return ""
    line, source = told
    return f" It stopped in line {line} of your code" + (f": `{_clipped(source, _LONGEST)}`." if source else ".")


def _described(value: object) -> str:
    """Describe an argument that the learner does not see: of a frame the types, the gaps and the index."""
    if not isinstance(value, pd.DataFrame):
        return show(value)
    types: dict[str, list[object]] = {}
    for column, dtype in value.dtypes.items():
        types.setdefault(str(dtype), []).append(column)
    gaps = [f"{column} (all)" if value[column].isna().all() else column for column in value.columns[value.isna().any()]]
    parts = [f"{name} in {_listed(columns)}" for name, columns in types.items()]
    return (
        f"{show(value)}: {'; '.join(parts) or 'no types'}; gaps in {_listed(gaps) or 'no column'}; "
        f"index labels {_listed(value.index, 3) or 'none'}"
    )


def _copy_hint(value: object) -> str:
    if isinstance(value, pd.DataFrame):
        return "Work on a copy (frame.copy())"
    if isinstance(value, pd.Series | np.ndarray):
        return f"Work on a copy of the {'array' if isinstance(value, np.ndarray) else 'series'} (its method copy())"
    for kind, name in ((list, "list"), (dict, "dictionary")):
        if isinstance(value, kind):
            return (
                f"Work on a copy of the {name} ({kind.__name__}(...), or copy.deepcopy(...) if what is in it changes)"
            )
    return "Work on a copy (copy.deepcopy(...))"


def _unchanged(before: object, after: object) -> bool:
    if isinstance(before, pd.DataFrame) and isinstance(after, pd.DataFrame):
        return (
            list(before.columns) == list(after.columns)
            and before.index.equals(after.index)
            and not differences(after, before)
        )
    return same(before, after)


# --- type and shape -------------------------------------------------------------------------------


def is_frame(value: object, name: str) -> pd.DataFrame:
    """Check that a value is a pandas DataFrame with every column name used once.

    Parameters
    ----------
    value : object
        What the learner's function returned.
    name : str
        How to call it in a message.

    Returns
    -------
    pandas.DataFrame
        The value.
    """
    if not isinstance(value, pd.DataFrame):
        _wrong_type(value, name, "a pandas DataFrame")
    twice = [str(column) for column in value.columns[value.columns.duplicated()]]
    expect(
        not twice,
        f"{name} has more than one column named {', '.join(twice)}.",
        "Give each a name of its own.",
    )
    return value


def is_dict(value: object, name: str) -> dict[Any, Any]:
    """Check that a value is a dictionary.

    Parameters
    ----------
    value : object
        What the learner's function returned.
    name : str
        How to call it in a message.

    Returns
    -------
    dict
        The value, as a plain dictionary.
    """
    if not isinstance(value, Mapping):
        _wrong_type(value, name, "a dictionary")
    return dict(value)


def is_list(value: object, name: str) -> list[Any]:
    """Check that a value is a list, or as good as one: a tuple, set, array, Series or Index.

    Parameters
    ----------
    value : object
        What the learner's function returned.
    name : str
        How to call it in a message.

    Returns
    -------
    list
        The values.
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        _wrong_type(value.item(), name, "a list, even for a single value")
    if not isinstance(value, list | tuple | set | frozenset | np.ndarray | pd.Series | pd.Index | range):
        _wrong_type(value, name, "a list, even for a single value")
    return list(value)


def is_number(value: object, name: str) -> float:
    """Check that a value is one finite number.

    Parameters
    ----------
    value : object
        What the learner's function returned. An array of one number will do.
    name : str
        How to call it in a message.

    Returns
    -------
    float
        The number.
    """
    if isinstance(value, np.ndarray | pd.Series) and value.size == 1:
        value = value.reshape(-1)[0] if isinstance(value, np.ndarray) else value.iloc[0]
    if is_missing(value):
        fail(f"{name} is {show(value)}.", "Return a number: look for the gap that came in on the way.")
    if not isinstance(value, numbers.Real):
        _wrong_type(value, name, "one number")
    number = float(value)
    expect(math.isfinite(number), f"{name} is {number}.", "Look for a division by zero on the way.")
    return number


def is_vector(value: object, name: str, rows: int) -> np.ndarray:
    """Check that a value is one number a row: a list, tuple, array, Series or one-column frame.

    Parameters
    ----------
    value : object
        What the learner's function returned. Truth values will do for 0 and 1.
    name : str
        How to call it in a message.
    rows : int
        How many numbers there must be.

    Returns
    -------
    numpy.ndarray
        The numbers as floats, in the order given.
    """
    numeric = isinstance(value, pd.Series) and isinstance(value.dtype, np.dtype) and value.dtype.kind in "biuf"
    plain: Any = value.to_numpy() if numeric or isinstance(value, pd.DataFrame) else value  # type: ignore[attr-defined]
    if not isinstance(plain, np.ndarray):
        plain = np.asarray(is_list(plain, name), dtype=object)
    expect(
        plain.ndim == 1 or (plain.ndim == 2 and plain.shape[1] == 1),
        f"{name} is {show(plain)}.",
        "Return one number a row: choose the column that the task asks for.",
    )
    expect(
        len(plain) == rows,
        f"{name} has {len(plain)} values for {rows} rows.",
        "Return one number for every row, those with gaps included, in the order of the rows.",
    )
    if plain.dtype.kind in "biuf" and not np.isnan(plain).any():
        # The usual case, without looking at each number.
        found: np.ndarray = plain.reshape(-1).astype(float)
        return found
    numbers_seen = np.empty(rows)
    for position, item in enumerate(plain.reshape(-1)):
        expect(
            not is_missing(item),
            f"{name} has a gap at position {position}.",
            "Fill or route gaps inside the model, so that every row gets a number.",
        )
        expect(
            isinstance(item, numbers.Real | np.bool_),
            f"{name} holds {show(item)} at position {position}.",
            "Every entry must be a number.",
        )
        numbers_seen[position] = float(item)
    return numbers_seen


def is_probabilities(value: object, name: str, rows: int) -> np.ndarray:
    """Check that a value is one probability a row: numbers between 0 and 1 that are not bare classes.

    Parameters
    ----------
    value : object
        What the learner's function returned.
    name : str
        How to call it in a message.
    rows : int
        How many probabilities there must be.

    Returns
    -------
    numpy.ndarray
        The probabilities as floats, in the order given.
    """
    seen = is_vector(value, name, rows)
    outside = np.flatnonzero(~((seen >= -1e-9) & (seen <= 1 + 1e-9)))
    if outside.size:
        fail(
            f"{name} holds {show(float(seen[outside[0]]))} at position {outside[0]}.",
            "A probability lies between 0 and 1: is this a score or a logarithm?",
        )
    expect(
        rows < _MANY or not np.isin(seen, (0.0, 1.0)).all(),
        f"{name} holds nothing but the classes 0 and 1.",
        "The task asks how likely each row is: scikit-learn's classifiers have predict_proba for that. "
        "(A fully grown tree is sure of everything: limit its depth.)",
    )
    return seen


def has_rows(frame: pd.DataFrame, rows: int, name: str, hint: str) -> None:
    """Check the number of rows.

    Parameters
    ----------
    frame : pandas.DataFrame
        What was seen.
    rows : int
        How many rows went in, or must come out.
    name, hint : str
        How to call the frame in a message, and what to try next.
    """
    expect(len(frame) == rows, f"{name} has {len(frame)} rows where {rows} went in.", hint)


def has_columns(frame: pd.DataFrame, columns: Collection[str], name: str, hint: str = "") -> None:
    """Check that columns are there, in any order, whatever else there is.

    Parameters
    ----------
    frame : pandas.DataFrame
        What was seen.
    columns : collection of str
        The columns that must be there.
    name, hint : str
        How to call the frame in a message, and what to try next.
    """
    lost = [column for column in columns if column not in frame.columns]
    seen = ", ".join(str(column) for column in frame.columns[:8]) or "none"
    expect(not lost, f"{name} has no column {', '.join(lost)}. Its columns: {seen}.", hint)


def only_columns(frame: pd.DataFrame, columns: Collection[str], name: str, hint: str = "") -> None:
    """Check that there are no columns but these.

    Parameters
    ----------
    frame : pandas.DataFrame
        What was seen.
    columns : collection of str
        The columns that may be there.
    name, hint : str
        How to call the frame in a message, and what to try next.
    """
    more = [column for column in frame.columns if column not in columns]
    moved = "index" in more or "level_0" in more
    expect(
        not more,
        f"{name} has a column that did not go in: {_listed(more)}.",
        "reset_index() made a column of the index labels: leave the index as it is." if moved else hint,
    )


def has_index(frame: pd.DataFrame, index: pd.Index, name: str) -> None:
    """Check that the rows have the labels that went in, in the same order.

    Parameters
    ----------
    frame : pandas.DataFrame
        What was seen, with as many rows as went in.
    index : pandas.Index
        The labels that went in.
    name : str
        How to call the frame in a message.
    """
    if frame.index.equals(index) or same(frame.index, index):
        return
    if sorted(map(str, frame.index)) == sorted(map(str, index)):
        fail(
            f"The rows came back in another order: {name} begins with {_listed(frame.index, 3)}, "
            f"and {_listed(index, 3)} went in.",
            "Keep the order of the rows: do not sort, or put them back afterwards.",
        )
    fail(
        f"The index labels of {name} changed from {_listed(index, 3)} to {_listed(frame.index, 3)}.",
        "Keep them: the desk looks rows up by label.",
    )


def has_single_values(frame: pd.DataFrame, columns: Collection[str], name: str, hint: str) -> None:
    """Check that every cell of some columns holds one value, and no list or other collection.

    Parameters
    ----------
    frame : pandas.DataFrame
        What was seen.
    columns : collection of str
        The columns to look at.
    name, hint : str
        How to call the frame in a message, and what to try next.
    """
    for column in columns:
        for value in frame[column]:
            expect(
                not isinstance(value, Collection) or isinstance(value, str | bytes),
                f"{name} holds {_kind(value)} in column {column}: {show(value)}.",
                hint,
            )


# --- value ----------------------------------------------------------------------------------------


def is_missing(value: object) -> bool:
    """Tell whether a value is a gap: ``None``, ``NaN``, ``NaT`` or ``pd.NA``.

    Parameters
    ----------
    value : object
        Anything; a collection is never a gap.

    Returns
    -------
    bool
        Whether it is.
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    if isinstance(value, np.datetime64 | np.timedelta64):
        return bool(np.isnat(value))
    return isinstance(value, numbers.Real) and math.isnan(float(value))


def is_gap(value: object, where: str, before: object) -> None:
    """Check that a cell is a gap: that a code became one, or that a gap stayed one.

    Parameters
    ----------
    value : object
        The cell as seen.
    where : str
        How to call the cell in a message, such as ``income, row A9``.
    before : object
        What went in: a code for "not known", or a gap.
    """
    if is_missing(value):
        return
    was = "a gap" if is_missing(before) else f"the code {show(before)}"
    if isinstance(value, str):
        fail(
            f"{where}: {was} has become {show(value)}, which is text and no gap.",
            "Use np.nan: isna() and models see it, and the column stays one of numbers.",
        )
    if is_missing(before) and same(value, 0):
        fail(
            f"{where}: a gap has become 0.",
            "Zero is a claim, such as no dependents or no income. Leave the gap a gap.",
        )
    if is_missing(before):
        fail(
            f"{where}: a gap has become {show(value)}, which nobody ever wrote in the file.",
            "Guessing belongs in the model's pipeline, where it is learned from training rows alone.",
        )
    if same(value, before):
        fail(
            f"{where}: {show(before)} went in and {show(value)} came out.",
            'It is listed as a code for "not known", so it is not a value.',
        )
    fail(
        f"{where}: {was} has become {show(value)}.",
        "Nobody knows the true value, so the cell becomes a gap: np.nan.",
    )


def same(a: object, b: object, tolerance: float = 1e-9) -> bool:
    """Tell whether two plain values say the same, however they are written.

    Gaps of any kind are the same; numbers of any type are compared as numbers, with truth values as
    0 and 1; lists, tuples and arrays are compared entry by entry; dictionaries by key.

    Parameters
    ----------
    a, b : object
        Plain data.
    tolerance : float, default 1e-9
        How far numbers may be apart: absolute below 1, relative above.

    Returns
    -------
    bool
        Whether they are the same.
    """
    if is_missing(a) or is_missing(b):
        return is_missing(a) and is_missing(b)
    if isinstance(a, numbers.Real | np.bool_) and isinstance(b, numbers.Real | np.bool_):
        x, y = float(a), float(b)
        # Finite first: any number is within a share of infinity.
        return x == y or (math.isfinite(x) and math.isfinite(y) and abs(x - y) <= tolerance * max(1.0, abs(x), abs(y)))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(same(a[key], b[key], tolerance) for key in a)
    if isinstance(a, pd.DataFrame) and isinstance(b, pd.DataFrame):
        return set(a.columns) == set(b.columns) and len(a) == len(b) and not differences(a, b, tolerance)
    if isinstance(a, _SEQUENCES) and isinstance(b, _SEQUENCES):
        return len(a) == len(b) and all(same(x, y, tolerance) for x, y in zip(list(a), list(b), strict=True))
    return type(a) is type(b) and bool(a == b)


def close(value: float, wanted: float, name: str, hint: str, tolerance: float = 1e-6) -> None:
    """Check a number, and say on which side it lies when it is not right.

    Parameters
    ----------
    value, wanted : float
        What was seen, and what is right. The message does not give the latter away.
    name, hint : str
        How to call the number in a message, and what to try next.
    tolerance : float, default 1e-6
        How far the numbers may be apart: absolute below 1, relative above.
    """
    side = "high" if value > wanted else "low"
    expect(same(value, wanted, tolerance), f"{name} is {show(value)}, which is too {side}.", hint)


def differences(after: pd.DataFrame, before: pd.DataFrame, tolerance: float = 1e-9) -> list[Difference]:
    """List the cells that differ between two frames with the same number of rows.

    Rows are matched by position and columns by name; only columns in both are looked at. Types do not matter,
    and neither does the index.

    Parameters
    ----------
    after, before : pandas.DataFrame
        What was seen, and what it is compared with.
    tolerance : float, default 1e-9
        See `same`.

    Returns
    -------
    list of Difference
        In the order of columns of ``before``, then of rows.
    """
    found: list[Difference] = []
    for column in before.columns:
        if column not in after.columns:
            continue
        new, old = after[column], before[column]
        found.extend(
            Difference(int(i), before.index[i], str(column), old.iloc[i], new.iloc[i])
            for i in _unlike(new, old, tolerance)
        )
    return found


def _unlike(new: pd.Series[Any], old: pd.Series[Any], tolerance: float) -> Sequence[int]:
    if pd.api.types.is_numeric_dtype(new.dtype) and pd.api.types.is_numeric_dtype(old.dtype):
        x = new.to_numpy(dtype=float, na_value=np.nan)
        y = old.to_numpy(dtype=float, na_value=np.nan)
        scale = np.fmax(1.0, np.fmax(np.abs(x), np.abs(y)))
        with np.errstate(invalid="ignore"):
            near = np.isfinite(scale) & (np.abs(x - y) <= tolerance * scale)
            alike = (x == y) | near | (np.isnan(x) & np.isnan(y))
        return [int(i) for i in np.flatnonzero(~alike)]
    with contextlib.suppress(ValueError, TypeError):
        # What is equal to the last cell, as most columns are, need not be looked at cell by cell.
        if new.dtype == old.dtype and new.array.equals(old.array):
            return []
    pairs = zip(new, old, strict=True)
    return [i for i, (x, y) in enumerate(pairs) if not same(x, y, tolerance)]
