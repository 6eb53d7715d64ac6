"""Values cross between two processes as they are, and nothing but values does."""

from __future__ import annotations

import collections
import copy
import datetime
import decimal
import enum
import fractions
import functools
import json
import math
import struct
import tracemalloc
import zoneinfo
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pandas.api.extensions import ExtensionArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from hurdles.grading.codec import CodecError, decode, encode

QUICK = settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
BERLIN, UTC = zoneinfo.ZoneInfo("Europe/Berlin"), datetime.UTC
ZONES = [None, UTC, zoneinfo.ZoneInfo("UTC"), BERLIN, datetime.timezone(datetime.timedelta(hours=-3, minutes=30)),
         datetime.timezone(datetime.timedelta(seconds=3601), "mine")]  # fmt: skip


def through(value: Any, **how: Any) -> Any:
    """Hand a value over as the two processes do."""
    line = json.dumps(encode(value), allow_nan=False, ensure_ascii=False).encode()
    return decode(json.loads(line), **how)


def assert_same(found: Any, wanted: Any) -> None:
    """Compare type and value, all the way down."""
    assert type(found) is type(wanted), (found, wanted)
    if isinstance(wanted, pd.DataFrame):
        pd.testing.assert_frame_equal(found, wanted, check_exact=True, check_freq=True, check_column_type="exact")
        assert_same(found.columns, wanted.columns)
        assert_same(found.index, wanted.index)
        for position in range(wanted.shape[1]):
            assert_same(found.iloc[:, position], wanted.iloc[:, position])
    elif isinstance(wanted, pd.Series):
        pd.testing.assert_series_equal(found, wanted, check_exact=True, check_freq=True, check_index_type="exact")
        assert_same(found.name, wanted.name)
        assert_same(found.index, wanted.index)
        assert_same(found.array, wanted.array)
    elif isinstance(wanted, pd.MultiIndex):
        pd.testing.assert_index_equal(found, wanted, exact=True)
        for mine, its in zip(found.levels, wanted.levels, strict=True):
            assert_same(mine, its)
        for mine, its in zip(found.codes, wanted.codes, strict=True):
            assert_same(np.asarray(mine), np.asarray(its))
        assert_same(list(found.names), list(wanted.names))
    elif isinstance(wanted, pd.Index):
        pd.testing.assert_index_equal(found, wanted, exact=True)
        assert getattr(found, "freq", None) == getattr(wanted, "freq", None)
        assert_same(found.name, wanted.name)
        assert_same(found.array, wanted.array)
    else:
        assert_same_piece(found, wanted)


def assert_same_piece(found: Any, wanted: Any) -> None:
    if isinstance(wanted, ExtensionArray):
        assert found.dtype == wanted.dtype
        assert getattr(found, "freq", None) == getattr(wanted, "freq", None)
        if isinstance(wanted, pd.Categorical):
            assert_same(found.categories, wanted.categories)
            assert_same(found.codes, wanted.codes)
        assert_same(list(found), list(wanted))
    elif isinstance(wanted, np.ndarray):
        assert (found.dtype, found.dtype.str, found.shape) == (wanted.dtype, wanted.dtype.str, wanted.shape)
        if wanted.dtype.kind == "O":
            assert_same(list(found.flat), list(wanted.flat))
        else:
            assert found.tobytes() == wanted.tobytes()
    elif isinstance(wanted, np.generic):
        assert found.dtype == wanted.dtype
        assert found.tobytes() == wanted.tobytes()
    elif isinstance(wanted, list | tuple):
        assert len(found) == len(wanted)
        for mine, its in zip(found, wanted, strict=True):
            assert_same(mine, its)
    elif isinstance(wanted, dict):
        assert_same(list(found.items()), list(wanted.items()))
    else:
        assert_same_leaf(found, wanted)


def assert_same_leaf(found: Any, wanted: Any) -> None:
    if isinstance(wanted, float):
        assert math.isnan(found) if math.isnan(wanted) else struct.pack("d", found) == struct.pack("d", wanted)
    elif isinstance(wanted, complex):
        assert_same((found.real, found.imag), (wanted.real, wanted.imag))
    elif isinstance(wanted, set | frozenset):
        assert canonical(found) == canonical(wanted)
    elif isinstance(wanted, slice):
        assert_same((found.start, found.stop, found.step), (wanted.start, wanted.stop, wanted.step))
    elif isinstance(wanted, decimal.Decimal):
        assert str(found) == str(wanted)
    elif wanted is pd.NA or wanted is pd.NaT:
        assert found is wanted
    else:
        assert found == wanted
        for name in ("fold", "unit", "freq", "closed"):
            assert getattr(found, name, None) == getattr(wanted, name, None)
        zone = getattr(wanted, "tzinfo", None)
        assert (getattr(found, "tzinfo", None), type(getattr(found, "tzinfo", None))) == (zone, type(zone))
        assert repr(found) == repr(wanted)


def canonical(value: Any) -> tuple[str, Any]:
    """Return what tells values apart when == does not: in a set NaN is no other NaN."""
    kind = type(value).__name__
    if isinstance(value, set | frozenset):
        return kind, sorted(map(canonical, value), key=repr)
    return kind, [*map(canonical, value)] if isinstance(value, tuple) else repr(value)


# Plain values

CHARACTERS = st.text(st.characters(exclude_categories=()), max_size=6)
FOLDS = st.integers(0, 1)
TIMES = st.builds(lambda time, fold: time.replace(fold=fold), st.times(timezones=st.sampled_from(ZONES)), FOLDS)
MOMENTS = st.builds(
    lambda moment, zone, fold: moment.replace(tzinfo=zone, fold=fold), st.datetimes(), st.sampled_from(ZONES), FOLDS
)
STAMPS = st.builds(
    lambda moment, zone, unit: pd.Timestamp(moment).as_unit(unit).tz_localize("UTC").tz_convert(zone),
    st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2200, 1, 1)), st.sampled_from(ZONES),
    st.sampled_from(["s", "ms", "us", "ns"]),
)  # fmt: skip
SPANS = st.builds(
    lambda number, unit: pd.Timedelta(np.timedelta64(number, unit)),
    st.integers(-(10**9), 10**9), st.sampled_from(["s", "ms", "us", "ns"]),
)  # fmt: skip
PERIODS = st.builds(
    lambda ordinal, freq: pd.Period(ordinal=ordinal, freq=freq),
    st.integers(-500, 500), st.sampled_from(["M", "D", "Q-MAR", "Y-DEC", "W-SUN", "2M", "h", "15min", "ns"]),
)  # fmt: skip
DTYPES = (
    hnp.boolean_dtypes() | hnp.integer_dtypes(endianness="?") | hnp.unsigned_integer_dtypes(endianness="?")
    | hnp.floating_dtypes(endianness="?") | hnp.complex_number_dtypes(endianness="?")
    | hnp.datetime64_dtypes(endianness="?") | hnp.timedelta64_dtypes(endianness="?")
    | hnp.unicode_string_dtypes(endianness="?") | hnp.byte_string_dtypes()
    | st.sampled_from([np.dtype(name) for name in ("f16", "c32", "M8[25s]", "m8[7D]")])
)  # fmt: skip


@st.composite
def plain_arrays(draw: st.DrawFn) -> Any:
    """Return an array of any bits in any order of memory."""
    dtype = draw(DTYPES)
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    if dtype.kind == "U":
        array = np.array(rng.choice(["", "a", "ä€", "\U0001f600x", "\ud800"], size=shape), dtype=dtype)
    else:
        count = math.prod(shape)
        bits = rng.integers(0, 2 if dtype.kind == "b" else 256, count * dtype.itemsize, dtype="u1")
        array = bits.view(dtype).reshape(shape) if count else np.empty(shape, dtype)
    return draw(st.sampled_from([array, array.T, np.asfortranarray(array), array[..., ::-1] if array.ndim else array]))


SCALARS = plain_arrays().filter(lambda array: array.size > 0).map(lambda array: array.flat[0])
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(-(1 << 300), 1 << 300), st.floats(), st.complex_numbers(),
    CHARACTERS, st.binary(max_size=6), st.dates(), MOMENTS, TIMES, st.timedeltas(), st.decimals(allow_nan=False),
    st.fractions(), STAMPS, SPANS, PERIODS, st.sampled_from([pd.NaT, pd.NA, np.nan, range(3), range(9, -9, -2)]),
    st.builds(pd.Interval, st.integers(-9, 0), st.floats(0, 1), st.sampled_from(["left", "right", "both", "neither"])),
    SCALARS,
)  # fmt: skip


@st.composite
def leaves(draw: st.DrawFn) -> Any:
    """Return a hashable value; a strategy by this name, because that of all the parts is thousands of letters long."""
    return draw(LEAVES)


HASHABLE = leaves()
KEYS = st.recursive(HASHABLE, lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3))
OTHER = st.decimals() | plain_arrays() | st.builds(slice, HASHABLE, st.none() | st.integers(), HASHABLE)


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return (
        st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple) | st.dictionaries(KEYS, inner, max_size=4)
        | st.sets(KEYS, max_size=4) | st.lists(inner, max_size=4).map(objects)
    )  # fmt: skip


def objects(values: list[Any]) -> Any:
    """Return an array of objects, two-dimensional if it can be."""
    array = np.empty(len(values), dtype=object)
    for position, value in enumerate(values):
        array[position] = value
    return array.reshape(2, -1) if len(values) in (2, 4) else array


@QUICK
@given(HASHABLE | KEYS | OTHER | st.recursive(HASHABLE | OTHER, containers, max_leaves=12))
def test_plain_values_arrive_as_they_are(value: Any) -> None:
    assert_same(through(value), value)


@QUICK
@given(plain_arrays())
def test_arrays_arrive_with_their_type_shape_and_bits(array: Any) -> None:
    found = through(array)
    assert_same(found, np.array(array, order="C"))
    assert found.flags.c_contiguous
    assert found.flags.writeable


@QUICK
@given(SCALARS | st.sampled_from([np.str_("a\0"), np.str_(""), np.bytes_(b"\0"), np.longdouble("0.1"), np.bool(True)]))
def test_numpy_numbers_keep_their_type(value: Any) -> None:
    assert_same(through(value), value)


def test_the_order_and_every_key_of_a_dictionary_arrive() -> None:
    nan = float("nan")
    found = through({2: "b", 1: "a", nan: 1, np.nan: 2, (1, "x"): 3})
    assert list(found.values()) == ["b", "a", 1, 2, 3]
    assert found[np.nan] == 2, "a key NaN made by NumPy is found again"
    ordered = collections.OrderedDict(a=1, b=2)
    ordered.move_to_end("a")
    assert list(through(ordered)) == ["b", "a"]


def test_an_array_in_an_array_of_objects_stays_one() -> None:
    nested = objects([np.array(5), [1, 2], np.array([1, 2])])
    assert_same(through(nested), nested)
    timeless = np.array(["NaT"], dtype="M8")
    assert_same(through([timeless, timeless[0]]), [timeless, timeless[0]])
    single = np.array(None, dtype=object)
    single[()] = [1]
    assert_same(through(single), single)


# Pandas

ROWS = 4


def gaps(values: st.SearchStrategy[Any], gap: Any = None) -> st.SearchStrategy[list[Any]]:
    return st.lists(values | st.just(gap), min_size=ROWS, max_size=ROWS)


def of_dtype(dtype: Any, values: st.SearchStrategy[Any], gap: Any = None) -> st.SearchStrategy[Any]:
    return gaps(values, gap).map(lambda items: pd.array(items, dtype=dtype))


def moments(unit: str, zone: Any) -> st.SearchStrategy[Any]:
    naive = of_dtype(f"M8[{unit}]", st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2200, 1, 1)), pd.NaT)
    return naive.map(lambda array: array.tz_localize("UTC").tz_convert(zone))


def categorical(items: list[Any]) -> st.SearchStrategy[Any]:
    """Return categoricals of these categories and one that is never used."""
    chosen = st.lists(st.integers(-1, len(items) - 1), min_size=ROWS, max_size=ROWS)
    categories = pd.Index(items)
    return st.builds(
        lambda codes, ordered: pd.Categorical.from_codes(codes, categories, ordered), chosen, st.booleans()
    )


NUMBERS = st.integers(0, 100)
STRINGS = [pd.StringDtype("python", na_value=na) for na in (np.nan, pd.NA)]
COLUMNS = st.one_of(
    *(hnp.arrays(dtype, ROWS) for dtype in ("b1", "i1", "i8", "u2", "u8", "f2", "f4", "f8", "c16", ">i4")),
    *(hnp.arrays(f"{kind}[{unit}]", ROWS, elements=st.integers(-(10**9), 10**9).map(
        lambda number, kind=kind, unit=unit: getattr(np, {"M8": "datetime64", "m8": "timedelta64"}[kind])(number, unit)
    )) for kind in ("M8", "m8") for unit in ("s", "us", "ns")),
    *(of_dtype(dtype, CHARACTERS) for dtype in STRINGS),
    *(of_dtype(f"{sign}Int{bits}", NUMBERS) for sign in ("", "U") for bits in (8, 16, 32, 64)),
    *(of_dtype(f"Float{bits}", st.floats(width=bits, allow_nan=False)) for bits in (32, 64)),
    of_dtype("boolean", st.booleans()),
    *(moments(unit, zone) for unit in ("s", "ns") for zone in ZONES[1:]),
    *(of_dtype(f"period[{freq}]", st.datetimes(datetime.datetime(1800, 1, 1)), pd.NaT)
      for freq in ("M", "2D", "Q-MAR")),
    gaps(NUMBERS, np.nan).map(lambda items: pd.arrays.IntervalArray.from_arrays(items, np.add(items, 1), "both")),
    categorical(["b", "a", "c"]), categorical([3, 1, 2]), categorical([1.5, "x", None is None]),
    categorical(list(pd.date_range("2020", periods=3, tz="Europe/Berlin"))), categorical(pd.interval_range(0, 3)),
    gaps(HASHABLE, np.nan).map(lambda items: np.array([*items, None], dtype=object)[:-1]),
    gaps(st.lists(NUMBERS, max_size=2), pd.NA).map(objects).map(np.ravel),
)  # fmt: skip
NAMES = st.none() | CHARACTERS | st.integers(-3, 3) | st.tuples(CHARACTERS, NUMBERS)


def is_indexable(array: Any) -> bool:
    """Return whether pandas makes an index of it, and one that can be hashed."""
    return array.dtype != np.dtype("f2") and not (array.dtype.kind == "O" and any(isinstance(x, list) for x in array))


INDEXABLE = COLUMNS.filter(is_indexable)
LISTS = INDEXABLE.map(lambda array: pd.Index(array, dtype=array.dtype, tupleize_cols=False))
RANGES = st.sampled_from([
    pd.RangeIndex(ROWS), pd.RangeIndex(9, 1, -2), pd.date_range("2020-01-31", periods=ROWS, freq="ME"),
    pd.date_range("2020-03-28", periods=ROWS, freq="D", tz="Europe/Berlin"),
    pd.date_range("2020-03-28", periods=ROWS, freq="36h", unit="s"),
    pd.timedelta_range("1h", periods=ROWS, freq="90min"),
    pd.timedelta_range("1D", periods=ROWS, freq="2D"), pd.period_range("2020", periods=ROWS, freq="Q-MAR"),
    pd.date_range("2020", periods=ROWS, freq="WOM-1MON"), pd.date_range("2020", periods=ROWS, freq="B"),
])  # fmt: skip
MULTI = st.builds(
    lambda one, other, names: pd.MultiIndex.from_arrays([one, other], names=names),
    st.sampled_from([["a", "a", "b", None], [1.5, np.nan, 1.5, 0], pd.Categorical(list("abca"))]),
    st.sampled_from([list(range(ROWS)), list(pd.date_range("2020", periods=ROWS)), [True, False, True, False]]),
    st.tuples(NAMES, NAMES),
)  # fmt: skip
INDEXES = st.one_of(st.builds(lambda index, name: index.rename(name), LISTS | RANGES, NAMES), MULTI)


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    columns = draw(st.lists(COLUMNS, max_size=ROWS))
    index = draw(INDEXES)
    frame = pd.DataFrame(
        {at: pd.Series(one, index=index, dtype=one.dtype) for at, one in enumerate(columns)}, index=index
    )
    frame.columns = draw(INDEXES)[: len(columns)]
    return frame


@QUICK
@given(INDEXES)
def test_an_index_arrives_as_it_is(index: Any) -> None:
    assert_same(through(index), index)


@QUICK
@given(COLUMNS, INDEXES, NAMES)
def test_a_series_arrives_as_it_is(column: Any, index: Any, name: Any) -> None:
    series = pd.Series(column, index=index, dtype=column.dtype, name=name)
    assert_same(through(series), series)


@QUICK
@given(frames())
def test_a_table_arrives_as_it_is(frame: pd.DataFrame) -> None:
    assert_same(through(frame), frame)


@QUICK
@given(COLUMNS | COLUMNS.map(lambda column: pd.Series(column, dtype=column.dtype).array))
def test_a_column_on_its_own_arrives_as_it_is(column: Any) -> None:
    assert_same(through(column), column)


def test_tables_of_usual_makes_arrive() -> None:
    frame = pd.DataFrame({"a": [1, 2, 3], "b": ["x", None, "z"], "c": pd.Categorical(["u", "v", "u"])})
    double = pd.concat([frame, frame], axis=1)
    grouped = frame.groupby("c", observed=True).agg({"a": ["mean", "sum"]})
    kinds = pd.crosstab(frame["b"], frame["c"])
    binned = pd.cut(frame["a"], 2)
    parts = [frame.iloc[:0], frame[[]], frame.T, frame.dtypes.astype(str), pd.DataFrame(), pd.Series(dtype=float)]
    counts = frame["b"].value_counts(dropna=False)
    for one in (frame, double, grouped, kinds, binned, counts, frame.describe(), frame.set_index(["b", "a"]), *parts):
        assert_same(through(one), one)


def test_a_written_column_can_be_changed() -> None:
    frame = through(pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}))
    frame.loc[0, "a"] = 5
    frame["b"] = frame["b"] + "!"
    assert frame.to_dict("list") == {"a": [5, 2], "b": ["x!", "y!"]}


def test_a_frequency_with_a_calendar_is_left_out_and_a_flat_table_keeps_its_rows() -> None:
    index = pd.date_range("2020", periods=3, freq=pd.offsets.CustomBusinessDay(holidays=["2020-01-02"]))
    found = through(index)
    assert found.freq is None
    assert list(found) == list(index)
    assert len(through(pd.DataFrame(index=range(7)))) == 7
    noted = pd.DataFrame({"a": [1]})
    noted.attrs["by"] = LogisticRegression()
    assert through(noted).attrs == {}


# Subclasses


class Liar:
    """What a learner's class may do to be taken for something else."""

    __hash__ = None  # type: ignore[assignment]

    def boom(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("learner's code was called")

    __eq__ = __ne__ = __array__ = __reduce__ = __reduce_ex__ = __iter__ = __len__ = __getitem__ = boom
    __bool__ = __repr__ = __str__ = __int__ = __float__ = __index__ = __format__ = __array_ufunc__ = boom
    __lt__ = __le__ = __gt__ = __ge__ = __complex__ = __bytes__ = __contains__ = __array_function__ = boom
    __class__ = property(lambda self: list)  # type: ignore[assignment]
    items = keys = values = tolist = tobytes = encode = isoformat = is_integer = bit_length = boom
    real = imag = dtype = shape = flat = numerator = year = days = boom


def hostile(base: type, *given_: Any) -> Any:
    """Return a value of a subclass of `base` with everything overridden that it may."""
    return type("Sly", (Liar, base), {})(*given_)


PLAIN: list[tuple[Any, ...]] = [
    (str, "ä"), (str, "\ud800"), (int, 3), (int, 1 << 99), (float, 1.5), (float, math.inf), (complex, 1j),
    (bytes, b"x"),
    (list, [1, 2]), (tuple, (1, 2)), (set, {1}), (frozenset, {1}), (dict, {"a": 1}), (np.float64, 2.5),
    (np.complex128, 2j),
    (np.str_, "x"), (np.bytes_, b"x"),
    (decimal.Decimal, "1.50"),
]  # fmt: skip


@pytest.mark.parametrize("make", PLAIN, ids=lambda make: make[0].__name__)
def test_a_hostile_subclass_arrives_as_its_plain_base(make: Any) -> None:
    base, content = make
    assert_same(through(hostile(base, content)), base(content))
    assert_same(through([hostile(base, content)]), [base(content)])


def test_hostile_times_arrays_and_tables_arrive_as_their_plain_base() -> None:
    array = np.arange(6.0).reshape(2, 3)
    sly = type("Sly", (Liar, np.ndarray), {"__array_finalize__": lambda self, other: None})
    assert_same(through(array.view(sly)), array)
    assert_same(through(array.view(np.matrix)), array)
    assert_same(through(hostile(datetime.datetime, 2020, 1, 2)), datetime.datetime(2020, 1, 2))
    assert_same(through(hostile(datetime.date, 2020, 1, 2)), datetime.date(2020, 1, 2))
    assert_same(through(hostile(datetime.time, 1, 2)), datetime.time(1, 2))
    assert_same(through(hostile(datetime.timedelta, 1, 2)), datetime.timedelta(1, 2))

    class Table(pd.DataFrame):
        def __getitem__(self, key: Any) -> Any:
            return "mine"

        def __eq__(self, other: object) -> Any:
            return True

        __hash__ = None  # type: ignore[assignment]
        iloc = columns = index = shape = None  # type: ignore[assignment]

    class Line(pd.Series):  # type: ignore[type-arg]
        def to_numpy(self, *_: Any, **__: Any) -> Any:
            return "mine"

    plain = pd.DataFrame({"a": [1, 2]})
    assert_same(through(Table({"a": [1, 2]})), plain)
    assert_same(through(Line([1, 2])), pd.Series([1, 2]))


def test_what_is_built_upon_plain_types_arrives_as_these() -> None:
    point = collections.namedtuple("point", "x y")
    assert_same(through(point(1, 2)), (1, 2))
    assert_same(through(collections.Counter("aab")), {"a": 2, "b": 1})
    assert_same(through(collections.defaultdict(list, a=[1])), {"a": [1]})
    colour = enum.Enum("colour", {"RED": "r", "BLUE": (1, 2)})
    number = enum.IntEnum("number", {"ONE": 1})
    assert_same(through([colour.RED, colour.BLUE, number.ONE]), ["r", (1, 2), 1])


class Meta(type):
    """A class of classes that lies about what they are."""

    __mro__ = (list, object)  # type: ignore[assignment]

    def __eq__(cls, other: object) -> bool:
        return True

    def __hash__(cls) -> int:
        return hash(list)

    def __instancecheck__(cls, one: object) -> bool:
        return True


def test_an_object_that_only_pretends_to_be_a_list_is_refused() -> None:
    with pytest.raises(CodecError, match="a Sly cannot be handed over"):
        encode(type("Sly", (Liar,), {})())
    with pytest.raises(CodecError, match="a Fake cannot be handed over"):
        encode(Meta("Fake", (), {})())


# What cannot cross


def looped() -> list[Any]:
    values: list[Any] = []
    values.append({"a": (values,)})
    return values


def nested(depth: int) -> Any:
    return functools.reduce(lambda inner, _: [inner], range(depth), 0)


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (LogisticRegression, "^a LogisticRegression cannot be handed over: return numbers, texts, lists, dictionaries, "
                         "arrays or tables$"),
    (lambda: (x for x in ()), "^a generator cannot be handed over: return a list$"),
    (lambda: map(str, []), "a map .*return a list"), ({}.keys, "a dict_keys .*return a list"),
    (lambda: iter([]), "a list_iterator .*return a list"),
    (lambda: len, "^a function cannot be handed over"), (lambda: nested, "^a function cannot be handed over"),
    (lambda: int, "^a class cannot be handed over"), (lambda: [].append, "^a function cannot be handed over"),
    (lambda: sparse.csr_matrix([[1]]), r"sparse matrix .*\.toarray\(\)"),
    (lambda: sparse.coo_array([[1]]), r"sparse matrix .*\.toarray\(\)"),
    (lambda: np.random.default_rng(0), "random generator .*seed"),
    (lambda: np.random.RandomState(0), "random generator"),
    (lambda: np.zeros(2, dtype=[("a", "f8")]), "named fields .*DataFrame"),
    (lambda: np.zeros(2, dtype=[("a", "f8")])[0], "named fields .*DataFrame"),
    (lambda: np.ma.masked_array([1, 2], [0, 1]), "masked array"),
    (lambda: np.array(["a"], dtype=np.dtypes.StringDType()), "array of StringDType"),
    (lambda: pd.Series(pd.arrays.SparseArray([0, 1])), "to_dense"),
    (lambda: np, "^a module cannot"), (object, "^an object cannot"),
    (lambda: pd.DataFrame({"a": [1]}).groupby("a"), "GroupBy"),
    (looped, "^a list that contains itself cannot be handed over$"), (lambda: nested(101), "nested too deeply"),
    (lambda: nested(100_000), "nested too deeply"), (lambda: range(1 << 60), "too large"),
    (lambda: range(-(1 << 90), 1 << 90), "too large"), (lambda: pd.RangeIndex(1 << 40), "too large"),
    (lambda: np.empty((0, 1 << 40)), "too large"), (lambda: fractions.Fraction(1, 1 << 200_000), "too large"),
    (lambda: datetime.datetime(2020, 1, 1, tzinfo=Zone()), "time zone .* a Zone"),
    (lambda: Path("/tmp"), "path"), (lambda: Path("/nowhere/a.csv"), "path where no file"),
]  # fmt: skip


class Zone(datetime.tzinfo):
    def utcoffset(self, moment: Any) -> Any:
        raise RuntimeError("learner's code was called")


@pytest.mark.parametrize(("make", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_cannot_be_handed_over_is_refused_in_words(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(CodecError, match=message):
        encode(make())


def test_as_deep_as_may_be_sent_may_be_taken() -> None:
    for inner in (1, 1 << 60, "\ud800", pd.Series(["a", "\ud800"], name=1 << 60)):
        value: Any = inner
        while True:
            try:
                data = encode([value])
            except CodecError:
                break
            value = [value]
        assert encode(decode(encode(value))) == encode(value)
    with pytest.raises(CodecError, match="nested too deeply"):
        decode({"t": "list", "v": [data]})


def test_what_is_too_large_is_refused() -> None:
    for value in ("x" * 2000, b"x" * 2000, [1] * 2000, 1 << 20_000, np.zeros(2000), pd.DataFrame({"a": range(2000)})):
        with pytest.raises(CodecError, match=r"^this is too large to be handed over$"):
            encode(value, most=1000)
        encode(value, most=100_000)
    laughs: Any = ["ha"]
    for _ in range(90):
        laughs = [laughs, laughs]
    with pytest.raises(CodecError, match="too large"):
        encode(laughs, most=1 << 16)


def test_functions_cross_as_numbers_if_both_sides_agree() -> None:
    met: list[Any] = []

    def note(one: Any) -> int:
        met.append(one)
        return len(met)

    data = json.loads(json.dumps(encode([len, {"a": LogisticRegression}, functools.partial(int)], on_callable=note)))
    assert met[:2] == [len, LogisticRegression]
    assert decode(data, on_callable=lambda number: f"#{number}") == ["#1", {"a": "#2"}, "#3"]
    with pytest.raises(CodecError, match="a function cannot be handed over"):
        decode(data)
    for wrong in ("1", True, None, 1.0, [1]):
        with pytest.raises(CodecError):
            decode({"t": "callable", "id": wrong}, on_callable=str)


# Files


def test_a_file_arrives_with_its_content_below_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    source = tmp_path / "data" / "ä b.csv"
    source.parent.mkdir()
    source.write_bytes(b"a,b\n\x00")
    [found] = through([source], files=tmp_path / "root")
    assert found == tmp_path / "root" / source.relative_to("/")
    assert found.read_bytes() == b"a,b\n\x00"
    assert through(source, files=Path("/")) == source
    monkeypatch.chdir(tmp_path)
    assert through(Path("data/ä b.csv"), files=Path("/")) == source
    with pytest.raises(CodecError, match="file cannot be handed over here"):
        through(source)


@pytest.mark.parametrize("name", [
    "/etc/passwd", "/tmp/../etc/passwd", "/tmp", "/tmp/", "/tmp/.", "tmp/a", "a.csv", "", "/", "/tmp/.bashrc",
    "/tmp/a/.b/c",
    "/tmp/json.py", "/tmp/x.PTH", "/tmp/\0", "/tmp/" + "a" * 5000, "/tmp/" + "a" * 300, "/tmp/\ud800", 3, None,
    ["/tmp/a"],
])  # fmt: skip
def test_a_file_goes_nowhere_else(name: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    name = encode(name)
    with pytest.raises(CodecError):
        decode({"t": "path", "name": name, "v": "YQ=="}, files=tmp_path / "root")
    assert not [found for found in tmp_path.rglob("*") if found.is_file()]


def test_a_file_does_not_go_through_links(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    (root / "tmp").mkdir(parents=True)
    (root / "tmp" / "link").symlink_to(outside)
    (outside / "kept").write_text("old")
    (root / "tmp" / "kept").symlink_to(outside / "kept")
    with pytest.raises(CodecError, match="link"):
        decode({"t": "path", "name": "/tmp/link/a", "v": "YQ=="}, files=root)
    assert decode({"t": "path", "name": "/tmp/kept", "v": "YQ=="}, files=root).read_text() == "a"
    assert [(one.name, one.read_text()) for one in outside.iterdir()] == [("kept", "old")]


# What comes may be anything

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | CHARACTERS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["t", "v", "a"]) | CHARACTERS, inner),
    max_leaves=8,
)
POOL: list[Any] = [
    encode(value)
    for value in [
        [1, 1 << 70, math.nan, 1j, "\ud800", b"x"], {"a": (1, {2}), None: frozenset({3})}, range(3), slice(1, 2),
        decimal.Decimal("1.5"),
        fractions.Fraction(1, 3), datetime.datetime(2020, 1, 1, tzinfo=BERLIN), datetime.time(1, tzinfo=ZONES[-1]),
        datetime.date(2020, 1, 1), datetime.timedelta(1), np.float32(1), np.str_("x"), np.arange(6).reshape(2, 3),
        np.array(["a", "bc"]),
        np.array([True, False]), np.array(["2020"], "M8[D]"), objects([1, "a", None]), pd.Timestamp("2020", tz="UTC"),
        pd.Timedelta(1),
        pd.Period("2020", "M"), pd.Interval(0, 1), pd.NaT, pd.NA, pd.array([1, None]), pd.array(["a", None]),
        pd.array([1.5, None]),
        pd.array([True, None]), pd.Categorical(["a", "b", None]), pd.date_range("2020", periods=3, tz=BERLIN).array,
        pd.timedelta_range(0, periods=3).array, pd.period_range("2020", periods=2, freq="M"), pd.interval_range(0, 2),
        pd.RangeIndex(3),
        pd.MultiIndex.from_product([[1, 2], ["a", "b"]]), pd.Series([1.5], name="x"), pd.Series([1]).array,
        pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": pd.Categorical([1, 2]), "d": [{}, pd.NA]}),
        pd.date_range("2020", periods=3, freq="ME"), pd.DataFrame(index=range(3)), pd.Categorical(range(3)),
    ]
]  # fmt: skip
ODD: list[Any] = [None, True, 0, 1, -1, 1 << 40, -(1 << 63), 1 << 70, 1.5, math.nan, math.inf, "", "a", "ns",
                  "<f8", "|b1", "<U1",
                  "<M8[D]", "AAAA", "AAAAAAAAAAA=", "/////////////////////w==", "period[D]", "2D", "UTC", [], [0], [1],
                  [2, 2],
                  [-1, -1], [1 << 40, 0], {}, {"t": "list"}, {"t": "list", "v": [[]]}]  # fmt: skip


def places(data: Any) -> list[tuple[Any, Any]]:
    """Return every spot of the data: what holds it and under which key."""
    found = []
    for key in data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ():
        found += [(data, key), *places(data[key])]
    return found


def spoil(data: Any, random: Random) -> Any:
    """Return the data with up to three things changed."""
    holder = [copy.deepcopy(data)]
    for _ in range(random.randint(1, 3)):
        inside, key = random.choice(places(holder))
        action = random.randrange(5)
        if action == 0 and inside is not holder:
            inside.pop(key)
        elif action == 1:
            inside[key] = copy.deepcopy(random.choice(ODD))
        elif action == 2:
            inside[key] = copy.deepcopy(random.choice(POOL))
        elif action == 3:
            other, at = random.choice(places([random.choice(POOL)]))
            inside[key] = copy.deepcopy(other[at])
        elif isinstance(inside[key], str) and inside[key]:
            at = random.randrange(len(inside[key]))
            inside[key] = inside[key][:at] + random.choice(["", "A", "/", "0", "é"]) + inside[key][at + 1 :]
    return holder[0]


def assert_value_or_refused(data: Any) -> None:
    try:
        value = decode(data)
    except CodecError:
        return
    # What was let in is made of what may be sent: it is no trace of anything else.
    encode(value)


@QUICK
@given(JSON)
def test_random_data_are_a_value_or_refused(data: Any) -> None:
    assert_value_or_refused(data)


@settings(QUICK, max_examples=2500)
@given(st.sampled_from(POOL), st.randoms(use_true_random=False))
def test_spoiled_data_are_a_value_or_refused(data: Any, random: Random) -> None:
    for _ in range(8):
        assert_value_or_refused(spoil(data, random))


EMPTY_INDEX = encode(pd.Index([], dtype=object))
HUGE = {"t": "range index", "v": [0, 50_000_000, 1], "name": None}
BOMBS: dict[str, Any] = {
    "shape": {"t": "array", "dtype": "<f8", "shape": [1 << 40], "v": "AAAAAAAAAAA="},
    "shape of nothing": {"t": "array", "dtype": "<f8", "shape": [0, 1 << 40], "v": ""},
    "objects of nothing": {"t": "objects", "shape": [1 << 40, 0], "v": []},
    "texts of no length": {"t": "array", "dtype": "<U0", "shape": [1 << 40], "v": ""},
    "long texts": {"t": "array", "dtype": "<U999999999", "shape": [1], "v": "AAAA"},
    "range": {"t": "range", "v": [0, {"t": "int", "v": "f" * 99}, 1]},
    "range index": {"t": "range index", "v": [0, 1 << 60, 1], "name": None},
    "categories": {"t": "categorical", "v": encode(np.zeros(1, "i1")), "ordered": False, "categories": HUGE},
    "many categories": {"t": "list", "v": 99 * [{"t": "categorical", "v": encode(np.zeros(1, "i1")), "ordered": False,
                                                 "categories": {**HUGE, "v": [0, 1_000_000, 1]}}]},
    "levels": {"t": "multi index", "levels": [HUGE], "codes": [encode(np.zeros(1, "i1"))], "names": [None]},
    "rows": {"t": "series", "v": encode(np.zeros(1)), "index": HUGE, "name": None},
    "columns": {"t": "frame", "v": [], "index": EMPTY_INDEX, "columns": HUGE},
    "period": {"t": "period", "v": 1, "dtype": "period[" + "9" * 1000 + "D]"},
    "fraction": {"t": "fraction", "v": [1, {"t": "int", "v": "f" * 10**6}]},
    "zone": {"t": "datetime", "v": [2020, 1, 1, 0, 0, 0, 0], "fold": 0, "zone": "../../../etc/passwd"},
    "nesting": functools.reduce(lambda inner, _: {"t": "list", "v": [inner]}, range(100_000), 0),
    "nesting of arrays": functools.reduce(lambda inner, _: {"t": "objects", "shape": [1], "v": [inner]}, range(500), 0),
    "nested lists": functools.reduce(lambda inner, _: [inner], range(100_000), 0),
    "a truth value of two": {"t": "array", "dtype": "|b1", "shape": [1], "v": "Ag=="},
    "no unit": {"t": "index", "v": {"t": "array", "dtype": "<M8[0s]", "shape": [1], "v": "AAAAAAAAAAA="},
                "name": None, "freq": None},
    "no character": {"t": "array", "dtype": "<U1", "shape": [1], "v": "/////w=="},
    "pickled date": {"t": "date", "v": ["\x07\xe4\x01\x01"]},
    "code": {"t": "array", "dtype": "O", "shape": [1], "v": "AAAAAAAAAAA="},
    "tag": {"t": "__import__", "v": "os"},
    "tag of tags": {"t": ["list"], "v": []},
    "no tag": {"v": []},
    "list": [],
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_are_refused_before_they_take_memory(bomb: str) -> None:
    decode(encode(pd.Categorical(["a"])))  # so that no import is counted
    tracemalloc.start()
    try:
        with pytest.raises(CodecError):
            decode(BOMBS[bomb])
        assert tracemalloc.get_traced_memory()[1] < 128 << 20
    finally:
        tracemalloc.stop()


def test_an_array_takes_no_more_memory_than_a_few_times_its_data() -> None:
    data = encode(np.zeros(4 << 20, "u1"))
    tracemalloc.start()
    try:
        decode(data)
        assert tracemalloc.get_traced_memory()[1] < 4 * len(data["v"])
    finally:
        tracemalloc.stop()
