"""Calls from one side to the other give what they would give in one process."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hurdles import checks
from hurdles.grading.crossing import CellTimeoutError, Examiner, Function, KernelDiedError, Learner
from hurdles.notebooks.names import taken

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=6)
    | st.binary(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


class Bridge:
    """Both sides in one process, each in a thread of its own, with what the grader would pass on."""

    def __init__(self, theirs: dict[str, Any]) -> None:
        self.to_tests: queue.Queue[Any] = queue.Queue()
        self.to_learner: queue.Queue[Any] = queue.Queue()
        self.namespace: dict[str, Any] = {}
        self.tests = Examiner(self.namespace, self._from_tests, self.to_tests.get)
        self.learner = Learner(theirs, self._from_learner, self.to_learner.get, lambda: None)
        self.thread = threading.Thread(target=self._learn, daemon=True)
        self.thread.start()

    def _from_tests(self, message: dict[str, Any]) -> None:
        self.to_learner.put(message.get("answer", message))

    def _from_learner(self, message: dict[str, Any]) -> None:
        self.to_tests.put(message)

    def _learn(self) -> None:
        while (message := self.to_learner.get()) is not None:
            self.learner.answer(message["ask"])

    def get(self, name: str) -> Any:
        self.tests.fetch([name])
        return self.namespace[name]


@contextmanager
def bridge(**theirs: Any) -> Iterator[Bridge]:
    made = Bridge(theirs)
    try:
        yield made
    finally:
        made.to_learner.put(None)
        made.thread.join()


def echo(*args: Any, **kwargs: Any) -> Any:
    return [args, kwargs]


def test_a_thousand_calls_give_what_they_give_in_one_process() -> None:
    with bridge(echo=echo) as between:
        far = between.get("echo")
        count = 0

        @settings(max_examples=1000, deadline=None)
        @given(st.lists(PLAIN, max_size=3), st.dictionaries(st.sampled_from("abc"), PLAIN, max_size=2))
        def same(args: list[Any], kwargs: dict[str, Any]) -> None:
            nonlocal count
            count += 1
            assert far(*args, **kwargs) == echo(*args, **kwargs)
            assert repr(far(*args, **kwargs)) == repr(echo(*args, **kwargs))

        same()
        assert count >= 1000


def test_values_are_copies_and_functions_stand_ins() -> None:
    rows = [1, 2]
    with bridge(rows=rows, double=lambda x: 2 * x) as between:
        got = between.get("rows")
        got.append(3)
        assert rows == [1, 2]
        assert isinstance(between.get("double"), Function)
        between.tests.fetch(["nothing", "double"])
        assert "nothing" not in between.namespace
        assert "rows" not in between.namespace, "each cell gets what there is now"


def test_arguments_are_copies_unless_the_test_asks() -> None:
    def spoil(rows: list[int], frame: pd.DataFrame) -> int:
        rows.clear()
        frame["x"] = 0
        return 1

    rows, frame = [1, 2], pd.DataFrame({"a": [1]})
    with bridge(spoil=spoil) as between:
        far = between.get("spoil")
        assert far(rows, frame) == 1
        assert (rows, list(frame.columns)) == ([1, 2], ["a"])
        assert checks.call(far, rows, frame, task="spoil") == 1
        with pytest.raises(checks.CheckFailed, match="changed argument 1"):
            checks.call(far, rows, frame, task="spoil", unchanged=True)


def test_the_authors_functions_can_be_handed_over() -> None:
    def slope(f: Callable[[float], float], at: float) -> float:
        return (f(at + 1) - f(at)) / 1

    with bridge(slope=slope) as between:
        far = between.get("slope")
        assert far(lambda x: 3 * x, 5.0) == 3.0

        def broken(x: float) -> float:
            raise ValueError("no value there")

        with pytest.raises(ValueError, match="no value there"):
            far(broken, 1.0)


class OddError(KeyError):
    """An exception of a learner's own."""


@pytest.mark.parametrize(
    ("error", "kind", "name"),
    [
        (ValueError("v"), ValueError, "ValueError"), (OddError("k"), KeyError, "OddError"),
        (MemoryError(), MemoryError, "MemoryError"),
        (NotImplementedError("n"), NotImplementedError, "NotImplementedError"),
        (SystemExit(0), RuntimeError, "SystemExit"),
        (KeyboardInterrupt(), RuntimeError, "KeyboardInterrupt"),
        (ExceptionGroup("g", [ValueError()]), Exception, "ExceptionGroup"),
        (UnicodeDecodeError("utf-8", b"", 0, 1, "r"), ValueError, "UnicodeDecodeError"),
    ],
)  # fmt: skip
def test_exceptions_keep_kind_name_and_text(error: BaseException, kind: type[Exception], name: str) -> None:
    def fails() -> None:
        raise error

    with bridge(fails=fails) as between, pytest.raises(kind) as caught:
        between.get("fails")()
    assert type(caught.value).__name__ in (name, "RuntimeError")
    assert any("fails" in line for line in caught.value.learner_traceback)


def test_what_the_grader_says_ends_the_call() -> None:
    tests = Examiner({}, lambda message: None, lambda: {"late": True})
    with pytest.raises(CellTimeoutError):
        tests.call("f", (), {}, back=False)
    for answer in ({"dead": "it is gone"}, None):
        with pytest.raises(KernelDiedError):
            Examiner({}, lambda message: None, lambda answer=answer: answer).call("f", (), {}, back=False)


@given(st.dictionaries(st.sampled_from(["returned", "raised", "arguments", "value", "function"]), PLAIN, max_size=3))
def test_an_answer_that_is_none_raises_and_does_nothing_else(answer: dict[str, Any]) -> None:
    tests = Examiner({}, lambda message: None, lambda: answer)
    try:
        tests.call("f", ([1],), {}, back=True)
    except Exception as error:
        assert isinstance(error, Exception)


def test_what_cannot_cross_is_said_in_words() -> None:
    with bridge(model=lambda: [object()], rng=lambda: np.random.default_rng(0)) as between:
        for name in ("model", "rng"):
            with pytest.raises(Exception, match="handed over"):
                between.get(name)()


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("assert double(2) == 4", ("double",)),
        ("x = double(2)\nassert x == 4", ("double",)),
        ("def test():\n    y = helper(1)\n    return tally(y)\ntest()", ("helper", "tally")),
        ("import numpy as np\nnp.ones(n)", ("n",)),
        ("[f(i) for i in range(3)]", ("f",)),
        ("for _ in rows:\n    print(_)", ("rows",)),
        ("lambda q: q + offset", ("offset",)),
        ("class A:\n    b = c", ("c",)),
        ("this is no code", ()),
    ],
)
def test_which_names_a_test_cell_takes(source: str, names: tuple[str, ...]) -> None:
    assert taken(source) == names
