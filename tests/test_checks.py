"""Checks: right answers in any writing are right, and messages say what was seen and what to try."""

from __future__ import annotations

import linecache
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from hurdles import checks
from hurdles.checks import CallFailed, CheckFailed, NotAttempted

FRAME = pd.DataFrame({"a": [1.0, np.nan, 3.0], "b": ["x", "y", None]}, index=[7, 8, 9])


# --- attempted ------------------------------------------------------------------------------------


def test_a_stub_is_not_attempted() -> None:
    def stub(frame: pd.DataFrame) -> None:
        raise NotImplementedError("Not written yet")

    with pytest.raises(NotAttempted, match=r"^Not written yet: replace the line that raises NotImplementedError\.$"):
        checks.call(stub, FRAME, task="clean")


def test_not_attempted_is_no_failed_check() -> None:
    assert issubclass(NotAttempted, NotImplementedError)
    assert issubclass(CheckFailed, AssertionError)
    assert not issubclass(NotAttempted, AssertionError)


def test_an_error_names_task_error_and_arguments() -> None:
    with pytest.raises(
        CallFailed, match=r"clean stopped with KeyError: 'c'\..*DataFrame with 3 rows and 2 col"
    ) as seen:
        checks.call(lambda frame: frame["c"], FRAME, task="clean")
    assert isinstance(seen.value.__cause__, KeyError)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("checks.fail('a is 3.', 'Try 4.')", "CheckFailed: a is 3. Try 4."),
        (
            "def stub():\n    raise NotImplementedError\n\nchecks.call(stub, task='stub')",
            "NotAttempted: Not written yet: replace the line that raises NotImplementedError.",
        ),
        (
            "checks.call(lambda: 1 / 0, task='half')",
            "CallFailed: half stopped with ZeroDivisionError",
        ),
    ],
)
def test_a_notebook_shows_the_message_and_no_line_of_the_checker(cell: str, shown: str) -> None:
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    lines: list[str] = []
    shell._showtraceback = lambda kind, error, shown: lines.extend(shown)  # what a kernel replaces, too
    shell.user_ns["checks"] = checks
    assert not shell.run_cell(cell).success
    assert " ".join(lines).startswith(shown)
    assert not any("checks.py" in line or "-->" in line or len(line) > 90 for line in lines)


def test_an_error_without_text_is_still_readable() -> None:
    def broken() -> None:
        raise ValueError

    with pytest.raises(CallFailed, match=r"ValueError: no message\. It was called with nothing"):
        checks.call(broken, task="clean")


def _learners(source: str, name: str, file: str) -> Callable[..., Any]:
    """Define a function as a notebook's cell does: in the namespace ``__main__``, its source known to tracebacks."""
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(source, file, "exec"), namespace)
    function: Callable[..., Any] = namespace[name]
    return function


def test_an_error_names_the_line_of_the_learners_own_code() -> None:
    source = "def clean(frame):\n    copied = frame.copy()\n    return copied['visits']\n"
    with pytest.raises(CallFailed, match=r"It stopped in line 3 of your code: `return copied\['visits'\]`\. It was"):
        checks.call(_learners(source, "clean", "<cell 1>"), FRAME, task="clean")


def test_a_name_that_is_not_there_belongs_into_the_functions_cell() -> None:
    source = "def clean(frame):\n    return maths.sqrt(2)\n"
    with pytest.raises(CallFailed, match=r"NameError: name 'maths' is not.*Put what your function needs, imports too"):
        checks.call(_learners(source, "clean", "<cell 4>"), FRAME, task="clean", hidden=True)
    source = "def clean(frame):\n    rows += 1\n    return rows\n"
    with pytest.raises(CallFailed, match=r"UnboundLocalError") as seen:
        checks.call(_learners(source, "clean", "<cell 5>"), FRAME, task="clean")
    assert "imports too" not in str(seen.value)


def test_an_error_names_the_innermost_line_of_several_cells() -> None:
    helper = _learners("def half(x):\n    return x / 0\n", "half", "<cell 2>")
    source = "def clean(half):\n    return half(1)\n"
    with pytest.raises(CallFailed, match=r"line 2 of your code: `return x / 0`"):
        checks.call(_learners(source, "clean", "<cell 3>"), helper, task="clean")


def test_an_error_names_the_line_even_without_its_text() -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile("def clean():\n    return 1 / 0\n", "<cell that nobody kept>", "exec"), namespace)
    with pytest.raises(CallFailed, match=r"It stopped in line 2 of your code\. It was called"):
        checks.call(namespace["clean"], task="clean")


def test_an_error_in_a_proxy_names_no_line() -> None:
    with pytest.raises(CallFailed) as seen:
        checks.call(lambda: 1 / 0, task="clean")
    assert " line " not in str(seen.value)


def test_a_hidden_crash_describes_frames_instead_of_asking_to_repeat_the_call() -> None:
    frame = FRAME.assign(c=np.nan, d=[1, 2, 3])
    with pytest.raises(CallFailed) as seen:
        checks.call(lambda frame, codes: frame["e"], frame, {"a": [3]}, task="clean", hidden=True)
    text = str(seen.value)
    assert "Call it so yourself" not in text
    assert "Argument 1 is a DataFrame with 3 rows and 4 columns: float64 in a, c; str in b; int64 in d" in text
    assert "gaps in a, b, c (all); index labels 7, 8, 9. Argument 2 is {'a': [3]}." in text


def test_a_hidden_crash_on_a_wide_frame_stays_readable() -> None:
    wide = pd.DataFrame(np.zeros((40, 70))).add_prefix("c")
    with pytest.raises(
        CallFailed, match=r"c11 and 58 more; gaps in no column; index labels 0, 1, 2 and 37 more"
    ) as seen:
        checks.call(lambda frame: frame["e"], wide, task="clean", hidden=True)
    assert len(str(seen.value)) < 400


def test_a_hidden_crash_without_arguments_or_on_an_empty_frame() -> None:
    with pytest.raises(CallFailed, match=r"data that you do not see\.$"):
        checks.call(lambda: 1 / 0, task="clean", hidden=True)
    with pytest.raises(CallFailed, match=r"0 columns: no types; gaps in no column; index labels none\.$"):
        checks.call(lambda frame: 1 / 0, pd.DataFrame(), task="clean", hidden=True)


@pytest.mark.parametrize(
    ("message", "first"),
    [
        (
            "Input X contains NaN.\nLogisticRegression does not accept gaps.\nSee https://example.org",
            "Input X contains NaN",
        ),
        ("expected 0.5, e.g. this", "expected 0.5, e.g. this"),
        ("no end", "no end"),
        ("", "no message"),
    ],
)
def test_of_an_errors_text_the_first_sentence_is_shown(message: str, first: str) -> None:
    def stops() -> None:
        raise ValueError(message)

    with pytest.raises(CallFailed) as seen:
        checks.call(stops, task="clean")
    assert str(seen.value).startswith(f"clean stopped with ValueError: {first}. It was called")


@pytest.mark.parametrize("error", [TimeoutError("30 s"), MemoryError(), CheckFailed("seen")])
def test_limits_and_verdicts_go_through_as_they_are(error: Exception) -> None:
    def stops() -> None:
        raise error

    with pytest.raises(type(error)) as seen:
        checks.call(stops, task="clean")
    assert seen.value is error


def test_a_call_gets_copies() -> None:
    def spoil(frame: pd.DataFrame, codes: dict[str, list[int]]) -> int:
        frame["a"] = 0
        codes["a"].append(1)
        return len(frame)

    frame, codes = FRAME.copy(), {"a": [0]}
    assert checks.call(spoil, frame, codes, task="clean") == 3
    pd.testing.assert_frame_equal(frame, FRAME)
    assert codes == {"a": [0]}


def _set_cell(frame: pd.DataFrame) -> None:
    frame.loc[7, "a"] = 5.0


def _add_column(frame: pd.DataFrame) -> None:
    frame["c"] = 0


def _drop_row(frame: pd.DataFrame) -> None:
    frame.drop(index=7, inplace=True)


def _new_index(frame: pd.DataFrame) -> None:
    frame.index = pd.RangeIndex(3)


@pytest.mark.parametrize("spoil", [_set_cell, _add_column, _drop_row, _new_index])
def test_a_changed_argument_is_told_when_asked_for(spoil: Callable[[pd.DataFrame], None]) -> None:
    with pytest.raises(CheckFailed, match=r"clean changed argument 1 in place.*copy"):
        checks.call(spoil, FRAME, task="clean", unchanged=True)
    checks.call(spoil, FRAME, task="clean")


@pytest.mark.parametrize(
    ("given", "spoil", "message"),
    [
        ([1, 2], lambda log: log.append(3), r"\[1, 2, 3\]\. Work on a copy of the list"),
        ([{"a": 1}], lambda log: log[0].update(a=2), r"copy of the list .*copy\.deepcopy"),
        ({"a": 1}, lambda entry: entry.clear(), r"copy of the dictionary \(dict\("),
        (np.zeros(3), lambda values: values.fill(1), r"copy of the array .*copy\(\)"),
        (pd.Series([2.0, 1.0]), lambda values: values.update([5.0]), r"copy of the series .*copy\(\)"),
        ({1}, lambda seen: seen.add(2), r"copy\.deepcopy"),
    ],
)
def test_the_advice_on_a_changed_argument_fits_what_it_is(
    given: object, spoil: Callable[[Any], object], message: str
) -> None:
    with pytest.raises(CheckFailed, match=rf"add changed argument 1 in place.*{message}") as caught:
        checks.call(spoil, given, task="add", unchanged=True)
    assert "frame" not in str(caught.value)


def test_an_unchanged_argument_is_fine() -> None:
    assert checks.call(lambda frame, n: n, FRAME, 4, task="clean", unchanged=True) == 4


def test_a_function_may_be_anything_that_can_be_called() -> None:
    class Proxy:
        def __call__(self, *args: Any) -> list[Any]:
            return list(args)

    assert checks.call(Proxy(), 1, "a", task="t") == [1, "a"]


# --- messages -------------------------------------------------------------------------------------


def test_expect_says_what_was_seen_and_what_to_try() -> None:
    with pytest.raises(CheckFailed) as seen:
        checks.expect(False, "x is 3.", "Halve it.")
    assert str(seen.value) == "x is 3. Halve it."


@pytest.mark.parametrize("truth", [True, np.bool_(True), 1, [0]])
def test_expect_takes_any_truth(truth: object) -> None:
    checks.expect(truth, "never seen")


@pytest.mark.parametrize("untruth", [False, np.bool_(False), 0, None, pd.NA, math.nan, []])
def test_expect_takes_a_missing_truth_for_none(untruth: object) -> None:
    with pytest.raises(CheckFailed):
        checks.expect(untruth, "seen")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float64(0.25), "0.25"),
        (np.int64(3), "3"),
        (666.0, "666"),
        (999999.375, "999999.375"),
        (True, "True"),
        (math.nan, "nan"),
        ("a", "'a'"),
        (FRAME, "a DataFrame with 3 rows and 2 columns"),
        (FRAME["a"], "a Series with 3 values"),
        (np.zeros((2, 3)), "an array of shape (2, 3)"),
        (lambda rows: rows, "a function"),
    ],
)
def test_show_reads_like_a_sentence(value: object, text: str) -> None:
    assert checks.show(value) == text


@given(st.recursive(st.integers() | st.text(), st.lists, max_leaves=60))
def test_show_is_one_short_line(value: object) -> None:
    text = checks.show(value)
    assert len(text) <= 400
    assert "\n" not in text


# --- type and shape -------------------------------------------------------------------------------


@pytest.mark.parametrize("check", [checks.is_frame, checks.is_dict, checks.is_list])
def test_none_points_at_the_missing_return(check: Callable[[object, str], Any]) -> None:
    with pytest.raises(CheckFailed, match=r"f\(x\) is None.*return statement"):
        check(None, "f(x)")


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (checks.is_frame, [1]),
        (checks.is_frame, FRAME["a"]),
        (checks.is_dict, [("a", 1)]),
        (checks.is_list, "abc"),
        (checks.is_list, 666),
        (checks.is_list, np.array(3)),
        (checks.is_number, "3"),
        (checks.is_number, [1, 2]),
    ],
)
def test_a_wrong_type_is_named(check: Callable[[object, str], Any], value: object) -> None:
    with pytest.raises(CheckFailed, match=r"answer is an? \w+.*Return "):
        check(value, "answer")


def test_a_frame_has_each_column_once() -> None:
    with pytest.raises(CheckFailed, match="more than one column named a"):
        checks.is_frame(pd.concat([FRAME, FRAME[["a"]]], axis=1), "answer")
    assert checks.is_frame(FRAME, "answer") is FRAME


@pytest.mark.parametrize(
    "value", [[1, 2], (1, 2), np.array([1, 2]), pd.Series([1, 2]), pd.Index([1, 2]), range(1, 3), {1, 2}]
)
def test_a_list_may_be_written_in_many_ways(value: object) -> None:
    assert checks.is_list(value, "answer") == [1, 2]


@pytest.mark.parametrize("value", [3, 3.0, np.int64(3), np.float32(3), np.array([[3]]), np.array(3), pd.Series([3])])
def test_a_number_may_be_written_in_many_ways(value: object) -> None:
    assert checks.is_number(value, "answer") == 3.0


@pytest.mark.parametrize("value", [math.nan, None, pd.NA, math.inf])
def test_a_number_is_finite(value: object) -> None:
    with pytest.raises(CheckFailed):
        checks.is_number(value, "answer")


VECTORS: list[Any] = [
    [0.25, 1, 0],
    (np.float32(0.25), True, False),
    np.array([[0.25], [1], [0]]),
    pd.Series([0.25, 1, 0], index=[9, 4, 1]),
    pd.Series([0.25, 1, 0], dtype="Float64"),
    pd.DataFrame({"p": [0.25, 1, 0]}),
]


@pytest.mark.parametrize("value", VECTORS)
def test_a_vector_may_be_written_in_many_ways(value: object) -> None:
    assert checks.is_vector(value, "answer", 3).tolist() == [0.25, 1.0, 0.0]


@pytest.mark.parametrize(
    "value",
    [
        [True, False, True],
        np.array([True, False, True]),
        pd.Series([True, False, True]),
        pd.Series([True, False, True], dtype="boolean"),
        [np.True_, 0, 1.0],
    ],
)
def test_truth_values_in_a_vector_are_0_and_1(value: object) -> None:
    assert checks.is_vector(value, "answer", 3).tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([0.1, 0.2], "has 2 values for 3 rows"),
        ([0.1, None, 0.2], "gap at position 1"),
        (pd.Series([0.1, pd.NA, 0.2], dtype="Float64"), "gap at position 1"),
        ([0.1, "0.2", 0.3], "'0.2' at position 1"),
        (np.zeros((3, 2)), r"shape \(3, 2\).*column that the task asks for"),
    ],
)
def test_a_vector_is_one_number_a_row(value: object, message: str) -> None:
    with pytest.raises(CheckFailed, match=message):
        checks.is_vector(value, "answer", 3)


@pytest.mark.parametrize(
    ("value", "message"),
    [([0.5] * 19 + [1.2], "1.2 at position 19"), ([-3.0] * 20, "between 0 and 1"), ([0, 1] * 10, "classes 0 and 1")],
)
def test_probabilities_are_neither_scores_nor_classes(value: list[float], message: str) -> None:
    with pytest.raises(CheckFailed, match=message):
        checks.is_probabilities(value, "answer", 20)


def test_a_model_may_be_sure_of_a_few_rows() -> None:
    assert checks.is_probabilities([1.0, 0.0], "answer", 2).tolist() == [1.0, 0.0]
    assert len(checks.is_probabilities([0.0] * 30 + [0.5], "answer", 31)) == 31


def test_rows_and_columns() -> None:
    checks.has_rows(FRAME, 3, "answer", "hint")
    checks.has_columns(FRAME, ["b", "a"], "answer")
    with pytest.raises(CheckFailed, match=r"answer has 3 rows where 5 went in\. hint"):
        checks.has_rows(FRAME, 5, "answer", "hint")
    with pytest.raises(CheckFailed, match=r"answer has no column c\. Its columns: a, b\. hint"):
        checks.has_columns(FRAME, ["a", "c"], "answer", "hint")


def test_no_other_columns() -> None:
    checks.only_columns(FRAME, ["b", "a", "c"], "answer", "hint")
    with pytest.raises(CheckFailed, match=r"answer has a column that did not go in: b\. hint"):
        checks.only_columns(FRAME, ["a"], "answer", "hint")
    with pytest.raises(CheckFailed, match=r"did not go in: index\. reset_index"):
        checks.only_columns(FRAME.reset_index(), ["a", "b"], "answer", "hint")


def test_the_index_keeps_labels_and_order() -> None:
    checks.has_index(FRAME.set_axis([7.0, 8.0, 9.0]), FRAME.index, "answer")
    with pytest.raises(CheckFailed, match=r"labels of answer changed from 7, 8, 9 to 0, 1, 2\. Keep them"):
        checks.has_index(FRAME.reset_index(drop=True), FRAME.index, "answer")
    with pytest.raises(CheckFailed, match=r"another order: answer begins with 9, 8, 7, and 7, 8, 9 went in"):
        checks.has_index(FRAME.iloc[::-1], FRAME.index, "answer")


@pytest.mark.parametrize("many", [["x", "y"], ("x",), {"x"}, np.array(["x"]), pd.Series(["x"])])
def test_a_cell_holds_one_value(many: object) -> None:
    checks.has_single_values(FRAME, ["a", "b"], "answer", "hint")
    cells = pd.DataFrame({"rule": pd.Series(["x", many], dtype=object)})
    with pytest.raises(CheckFailed, match=r"answer holds an? \w+ in column rule: .*hint"):
        checks.has_single_values(cells, ["rule"], "answer", "hint")


# --- value ----------------------------------------------------------------------------------------

GAPS: list[Any] = [None, math.nan, np.nan, np.float32("nan"), pd.NA, pd.NaT, np.datetime64("NaT")]


@pytest.mark.parametrize("one", GAPS)
@pytest.mark.parametrize("other", GAPS)
def test_all_gaps_are_the_same(one: object, other: object) -> None:
    assert checks.is_missing(one)
    assert checks.same(one, other)


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("before", [666, None])
def test_a_gap_of_any_kind_is_a_gap(gap: object, before: object) -> None:
    checks.is_gap(gap, "income, row A9", before)


@pytest.mark.parametrize(
    ("value", "before", "message"),
    [
        ("missing", 666, "the code 666 has become 'missing', which is text and no gap"),
        ("", math.nan, "a gap has become '', which is text and no gap"),
        (0, math.nan, r"a gap has become 0\. Zero is a claim"),
        (3.5, math.nan, r"a gap has become 3\.5, which nobody ever wrote"),
        (666.0, 666, "666 went in and 666 came out"),
        (0, 666, r"the code 666 has become 0\. Nobody knows"),
    ],
)
def test_what_came_in_place_of_a_gap_is_told(value: object, before: object, message: str) -> None:
    with pytest.raises(CheckFailed, match=f"^income, row A9: {message}"):
        checks.is_gap(value, "income, row A9", before)


@pytest.mark.parametrize("value", [0, "", False, [], [None], np.array([np.nan]), FRAME])
def test_what_is_no_gap(value: object) -> None:
    assert not checks.is_missing(value)
    assert not checks.same(value, None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0, np.bool_(False)),
        (np.int8(3), 3.0),
        ((1, 2), [1.0, 2.0]),
        (np.array([1, np.nan]), [1, None]),
        ({"a": (1,)}, {"a": np.array([1])}),
        ({"b": 1, "a": 2}, {"a": 2, "b": 1}),
        (FRAME, FRAME[["b", "a"]].reset_index(drop=True)),
        (FRAME.convert_dtypes(), FRAME),
        (math.inf, np.float64("inf")),
    ],
)
def test_the_same_in_other_words(one: object, other: object) -> None:
    assert checks.same(one, other)
    assert checks.same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2),
        (1, "1"),
        ([1, 2], [2, 1]),
        ([1], [1, 1]),
        ({"a": 1}, {"b": 1}),
        (math.inf, -math.inf),
        (math.inf, 1.0),
        (FRAME, FRAME[["a"]]),
        (FRAME, FRAME.iloc[::-1]),
    ],
)
def test_what_differs(one: object, other: object) -> None:
    assert not checks.same(one, other)
    assert not checks.same(other, one)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_same_is_symmetric(x: float, y: float) -> None:
    assert checks.same(x, x)
    assert checks.same(x, y) == checks.same(y, x)


@pytest.mark.parametrize(("value", "side"), [(0.5, "low"), (2.0, "high")])
def test_close_says_on_which_side_but_not_the_answer(value: float, side: str) -> None:
    with pytest.raises(CheckFailed, match=f"share is {value:g}, which is too {side}. Count again.") as seen:
        checks.close(value, 1.2345, "share", "Count again.")
    assert "1.2345" not in str(seen.value)
    checks.close(1.2345 + 1e-9, 1.2345, "share", "Count again.")


def test_differences_name_row_column_and_both_values() -> None:
    after = FRAME.copy()
    after.loc[8, "a"] = 0.0
    after.loc[9, "b"] = "z"
    found = [(cell.position, cell.row, cell.column, cell.after) for cell in checks.differences(after, FRAME)]
    assert found == [(1, 8, "a", 0.0), (2, 9, "b", "z")]
    assert all(checks.is_missing(cell.before) for cell in checks.differences(after, FRAME))


def test_differences_look_at_shared_columns_only() -> None:
    assert checks.differences(FRAME.assign(c=1), FRAME.assign(d=2)) == []


_CELLS = st.one_of(st.none(), st.integers(-1000, 1000))


def test_a_finite_cell_is_never_close_to_infinity() -> None:
    before = pd.DataFrame({"a": [np.inf, -np.inf, np.inf, 1.0]})
    after = pd.DataFrame({"a": [np.inf, np.inf, 1.0, np.nan]})
    assert [cell.position for cell in checks.differences(after, before)] == [1, 2, 3]


@given(st.lists(_CELLS, min_size=1, max_size=12), st.lists(_CELLS, min_size=1, max_size=12))
def test_types_and_index_make_no_difference(one: list[int | None], other: list[int | None]) -> None:
    size = min(len(one), len(other))
    before = pd.DataFrame({"a": pd.Series(one[:size], dtype="Int64")})
    after = pd.DataFrame({"a": pd.Series(other[:size], dtype="float64")}).set_axis(range(50, 50 + size))
    as_objects = pd.DataFrame({"a": pd.Series(other[:size], dtype=object)})
    expected = [i for i in range(size) if one[i] != other[i]]
    assert [cell.position for cell in checks.differences(after, before)] == expected
    assert [cell.position for cell in checks.differences(as_objects, before)] == expected
