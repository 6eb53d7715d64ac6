"""From outputs to points: what is no verdict gives none, whatever else a cell shows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade

from hurdles.grading.cohort.master import CellFacts, MasterNotebook
from hurdles.grading.cohort.verdict import judge
from hurdles.grading.supervisor import CellRun, NotebookRun

MOST = 3.0
ERROR = {"output_type": "error", "ename": "AssertionError", "evalue": "no", "traceback": []}


def value(text: str) -> dict[str, Any]:
    return {"output_type": "execute_result", "data": {"text/plain": text}, "metadata": {}, "execution_count": 1}


def stream(name: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": "1"}


def verdict(source: str, cell: CellRun | None, broken: str = "") -> Any:
    facts = CellFacts("t", "code", source, "", True, True, False, False, MOST)
    notebook = new_notebook(cells=[new_code_cell(source)])
    about = {"grade_id": "t", "grade": True, "solution": False, "locked": True, "points": MOST, "schema_version": 3}
    notebook.cells[0].metadata["nbgrader"] = about
    run = NotebookRun({} if cell is None else {0: cell}, broken)
    [found] = judge(notebook, run, MasterNotebook("n", {}, {"t": facts}))
    # nbgrader reads the same off the cell, now and whenever it looks again.
    assert determine_grade(notebook.cells[0])[0] == found.score
    return found


def ran(*outputs: dict[str, Any], **facts: Any) -> CellRun:
    return CellRun(list(outputs), **{"ended": True, "ok": True, "count": 1, **facts})


@pytest.mark.parametrize(
    ("source", "cell", "status", "score"),
    [
        ("assert f()", ran(), "pass", MOST),
        ("check(f())", ran(stream("stdout")), "pass", MOST),
        ("check(f())", ran(stream("stderr")), "pass", MOST),
        ("check(f())", ran(ERROR, ok=False), "fail", 0),
        ("check(f())", ran(value("2"), ERROR, ok=False), "fail", 0),
        ("check(f())", ran(ok=False), "error", 0),
        ("check(f())", ran(ok=False, left=True), "error", 0),
        ("check(f())", CellRun([value("3")]), "error", 0),
        ("check(f())", ran(value("3"), ok=False, timed_out=True), "timeout", 0),
        ("check(f())", None, "error", 0),
        ("points", ran(), "error", 0),
        ("points;", ran(), "pass", MOST),
        ("a + b", ran(value("1.5")), "fail", 1.5),
        ("a + b", ran(value("3.0")), "pass", MOST),
        ("a + b", ran(value("3.1")), "error", 0),
        ("a + b", ran(value("2"), value("3")), "error", 0),
        ("a + b", ran({**value("x"), "data": {"text/html": "3"}}), "error", 0),
        ("", None, "pass", MOST),
    ],
)
def test_points_need_a_verdict(source: str, cell: CellRun | None, status: str, score: float) -> None:
    found = verdict(source, cell)
    assert (found.status, found.score) == (status, score)
    assert bool(found.message) == (status != "pass")


@given(st.text(max_size=12) | st.floats().map(repr) | st.integers().map(str))
def test_only_a_number_of_points_is_one(text: str) -> None:
    found = verdict("points", ran(value(text)))
    assert 0 <= found.score <= MOST
    if found.score:
        assert float(text) == found.score


def test_why_it_did_not_run_is_said() -> None:
    assert "because the disk was full" in verdict("check()", None, "the disk was full").message
