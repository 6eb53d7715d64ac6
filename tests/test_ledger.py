"""The learner's record: what is kept, what wins, what counts as a new failure."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hurdles import ledger
from hurdles.errors import HurdlesError

KEY = "01-toy/1-sums"


def attempt(status: str, source: str, at: str, message: str = "") -> ledger.Attempt:
    return ledger.Attempt(KEY, "double", at, status, 0, 3, source, message)


def test_an_answer_is_kept_and_a_later_one_replaces_it(tmp_path: Path) -> None:
    ledger.save_answer(tmp_path, KEY, "pre", {"choice": 1})
    ledger.save_answer(tmp_path, KEY, "pre", [2, "é"])
    (kept,) = ledger.answers(tmp_path, KEY)
    assert kept.value == [2, "é"]
    assert ledger.answers(tmp_path, "other") == []


def test_an_earlier_answer_never_replaces_a_later_one(tmp_path: Path) -> None:
    ledger.save_answer(tmp_path, KEY, "pre", "new", at="2026-02-01T00:00:00")
    ledger.save_answer(tmp_path, KEY, "pre", "old", at="2026-01-01T00:00:00")
    assert ledger.answers(tmp_path)[0].value == "new"


def test_reading_where_nothing_is_makes_nothing(tmp_path: Path) -> None:
    assert ledger.answers(tmp_path) == []
    assert ledger.attempts(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_the_same_attempt_is_recorded_once(tmp_path: Path) -> None:
    made = [attempt("fail", "a", "2026-01-01"), attempt("pass", "b", "2026-01-02")]
    ledger.record_attempt(tmp_path, made)
    ledger.record_attempt(tmp_path, made)
    assert ledger.attempts(tmp_path, KEY) == made


STATES = st.tuples(
    st.sampled_from(["fail", "error", "pass", "not-attempted"]), st.sampled_from("abc"), st.sampled_from(["x", "y"])
)


@given(st.lists(STATES))
def test_failures_in_a_row_counts_new_versions_that_fail_alike(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, str, str]]
) -> None:
    place = tmp_path_factory.mktemp("ledger")
    made = [attempt(state, code, f"2026-01-01T{i:06d}", told) for i, (state, code, told) in enumerate(history)]
    ledger.record_attempt(place, made)
    tail: list[str] = []
    for state, code, told in reversed(history):
        if state in ("pass", "not-attempted") or told != history[-1][2]:
            break
        if not tail or tail[-1] != code:
            tail.append(code)
    assert ledger.failures_in_a_row(place, KEY, "double") == len(tail)


def test_a_figure_in_a_message_does_not_make_it_another(tmp_path: Path) -> None:
    made = [attempt("fail", "a", "1", "moved by 0.75"), attempt("fail", "b", "2", "moved by 12")]
    ledger.record_attempt(tmp_path, made)
    assert ledger.failures_in_a_row(tmp_path, KEY, "double") == 2


def test_many_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    def write(number: int) -> None:
        for i in range(10):
            ledger.save_answer(tmp_path, KEY, f"{number}-{i}", i)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ledger.answers(tmp_path)) == 40


def test_the_workspace_is_found_from_below_and_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "w" / ".hurdles").mkdir(parents=True)
    deep = tmp_path / "w" / "exercises" / "01-toy"
    deep.mkdir(parents=True)
    assert ledger.find_workspace(deep) == (tmp_path / "w").resolve()
    assert ledger.find_workspace(tmp_path) is None
    monkeypatch.setenv("HURDLES_WORKSPACE", str(tmp_path / "named"))
    assert ledger.find_workspace() == tmp_path / "named"
    assert ledger.find_workspace(deep) == (tmp_path / "w").resolve()


def test_a_record_of_an_older_version_is_brought_up_to_date(tmp_path: Path) -> None:
    ledger.record_attempt(tmp_path, [attempt("fail", "a", "1")])
    with closing(sqlite3.connect(ledger.database(tmp_path))) as db, db:
        db.execute("ALTER TABLE hurdles_attempt DROP COLUMN message")
    ledger.record_attempt(tmp_path, [attempt("fail", "b", "2", "told")])
    assert [made.message for made in ledger.attempts(tmp_path)] == ["", "told"]


def test_a_damaged_record_is_named_in_words(tmp_path: Path) -> None:
    path = ledger.database(tmp_path)
    path.parent.mkdir()
    path.write_bytes(b"SQLite format 3\x00" + b"garbage" * 300)
    with pytest.raises(HurdlesError, match=r"gradebook\.db cannot be used"):
        ledger.answers(tmp_path)
