"""Grading a learner's notebook through nbgrader: points, statuses, messages, hints, and what cannot be graded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from support.course import KEY, RIGHT, answer

from hurdles import catalog, ledger
from hurdles.errors import HurdlesError
from hurdles.grading import Report, check_notebook, restore

pytestmark = pytest.mark.usefixtures("warm")


@pytest.fixture
def workspace(tmp_path: Path, course: Path) -> Path:
    place = tmp_path / "workspace"
    (place / ".hurdles").mkdir(parents=True)
    exercise = place / "exercises" / f"{KEY}.ipynb"
    exercise.parent.mkdir(parents=True)
    exercise.write_bytes((course / "exercises" / f"{KEY}.ipynb").read_bytes())
    return place


def write(workspace: Path, sources: dict[str, str], change: Any = None) -> Path:
    path = workspace / "exercises" / f"{KEY}.ipynb"
    notebook = answer(nbformat.read(path, as_version=4), sources)
    if change:
        change(notebook)
    nbformat.write(notebook, path)
    return path


def grade(workspace: Path, course: Path, sources: dict[str, str], change: Any = None, timeout: int = 30) -> Report:
    return check_notebook(write(workspace, sources, change), catalog.load(course), workspace, timeout=timeout)


def cell_of(notebook: Any, grade_id: str) -> Any:
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def statuses(report: Report) -> dict[str, str]:
    return {task.id: task.status for task in report.tasks}


def test_right_answers_get_full_marks_and_reach_nbgraders_gradebook(workspace: Path, course: Path) -> None:
    report = grade(workspace, course, RIGHT)
    assert (report.lesson, report.score, report.max_score) == (KEY, 5, 5)
    assert statuses(report) == {"double": "pass", "tally": "pass"}
    assert all(not task.message and not task.hint for task in report.tasks)
    assert report.notes == ("2 more points are given by hand for your answer under 'explain'. It is still empty.",)
    with Gradebook(f"sqlite:///{ledger.database(workspace)}") as book:
        assert book.find_submission("01-toy", "learner").score == 5
    json.dumps(report.to_dict())


def test_untouched_stubs_are_not_attempted(workspace: Path, course: Path) -> None:
    report = grade(workspace, course, {})
    assert statuses(report) == {"double": "not-attempted", "tally": "not-attempted"}
    assert report.score == 0
    assert report.max_score == 5


def test_a_wrong_answer_loses_its_task_alone_and_says_why(workspace: Path, course: Path) -> None:
    report = grade(workspace, course, RIGHT | {"double": "def double(x):\n    return abs(2 * x)"})
    double, tally = report.tasks
    assert (double.status, double.score, double.message) == ("fail", 0, "try a negative number")
    assert (tally.status, tally.score) == ("pass", 2)


def test_an_exception_in_the_answer_is_an_error_with_its_name(workspace: Path, course: Path) -> None:
    report = grade(workspace, course, RIGHT | {"double": "def double(x):\n    return x['a']"})
    assert report.tasks[0].status == "error"
    assert report.tasks[0].message.startswith("TypeError")


def test_a_missing_function_is_named(workspace: Path, course: Path) -> None:
    report = grade(workspace, course, RIGHT | {"double": "def dubble(x):\n    return x + x"})
    assert report.tasks[0].status == "error"
    assert "no function double" in report.tasks[0].message
    assert "renamed" in report.tasks[0].message


def test_a_cell_that_does_not_run_is_named_with_its_error(workspace: Path, course: Path) -> None:
    report = grade(workspace, course, RIGHT | {"double": "def double(x):\n    return 2 *"})
    assert report.tasks[0].status == "error"
    assert "its cell stopped with SyntaxError" in report.tasks[0].message
    assert "line 2" in report.tasks[0].message


def test_an_endless_loop_times_out_and_the_other_task_is_graded(workspace: Path, course: Path) -> None:
    report = grade(workspace, course, RIGHT | {"double": "def double(x):\n    while True:\n        pass"}, timeout=2)
    assert statuses(report) == {"double": "timeout", "tally": "pass"}
    assert "did not finish in time" in report.tasks[0].message


def test_a_loop_that_ignores_the_interrupt_ends_all_the_same(workspace: Path, course: Path) -> None:
    stubborn = """
def double(x):
    while True:
        try:
            while True:
                pass
        except KeyboardInterrupt:
            pass
"""
    report = grade(workspace, course, RIGHT | {"double": stubborn}, timeout=2)
    assert statuses(report) == {"double": "timeout", "tally": "error"}
    assert "could not be interrupted" in report.tasks[1].message


def test_a_kernel_that_dies_costs_only_what_did_not_run(workspace: Path, course: Path) -> None:
    report = grade(workspace, course, RIGHT | {"tally": "import os\ndef tally(words):\n    os._exit(3)"})
    assert statuses(report) == {"double": "pass", "tally": "error"}
    assert "ended in the middle" in report.tasks[1].message


def test_a_warning_of_a_right_answer_costs_nothing(workspace: Path, course: Path) -> None:
    warns = "import warnings\ndef double(x):\n    warnings.warn('old')\n    return x + x"
    assert grade(workspace, course, RIGHT | {"double": warns}).score == 5


def test_edits_of_test_cells_do_not_count(workspace: Path, course: Path) -> None:
    def soften(notebook: Any) -> None:
        for name in ("double_visible", "double_hidden"):
            cell_of(notebook, name).source = "pass"
            cell_of(notebook, name).metadata["nbgrader"]["points"] = 100

    wrong = RIGHT | {"double": "def double(x):\n    return 0"}
    report = grade(workspace, course, wrong, soften)
    assert (report.score, report.max_score) == (2, 5)
    assert report.tasks[0].status == "fail"
    assert "Graded as given out, without your changes to: double_visible, double_hidden." in report.notes


def test_hints_come_one_by_one_with_new_failures_only(workspace: Path, course: Path) -> None:
    def hint(source: str) -> str:
        return grade(workspace, course, {"double": source}).tasks[0].hint

    first = "def double(x):\n    return 1"
    assert hint(first) == "Hint 1 (step 1): double hint 1"
    assert hint(first) == "Hint 1 (step 1): double hint 1"
    assert hint("def double(x):\n    return 2").startswith("Hint 2")
    assert hint(RIGHT["double"]) == ""
    assert hint("def double(x):\n    return 3").startswith("Hint 1")
    # Another mistake is not the same one again.
    assert hint("def double(x):\n    return 5").startswith("Hint 2")
    assert hint("def double(x):\n    return abs(2 * x)").startswith("Hint 1")


def test_a_changed_master_regrades_and_keeps_the_record(workspace: Path, course: Path, tmp_path: Path) -> None:
    assert grade(workspace, course, RIGHT).score == 5
    other = tmp_path / "newer"
    for folder in ("lessons", "solutions", "exercises"):
        target = other / folder / f"{KEY}.ipynb"
        target.parent.mkdir(parents=True)
        target.write_bytes((course / folder / f"{KEY}.ipynb").read_bytes())
    (other / "lessons" / "areas.toml").write_bytes((course / "lessons" / "areas.toml").read_bytes())
    master = other / "solutions" / f"{KEY}.ipynb"
    notebook = nbformat.read(master, as_version=4)
    cell_of(notebook, "double_hidden").metadata["nbgrader"]["points"] = 7
    nbformat.write(notebook, master)
    assert grade(workspace, other, RIGHT).score == 9
    assert len(ledger.attempts(workspace)) == 4


def test_a_renamed_copy_is_still_recognised(workspace: Path, course: Path) -> None:
    path = write(workspace, RIGHT)
    copy = path.with_name("my own copy.ipynb")
    copy.write_bytes(path.read_bytes())
    assert check_notebook(copy, catalog.load(course), workspace).score == 5


def test_without_a_workspace_nothing_is_kept(workspace: Path, course: Path) -> None:
    path = write(workspace, {"double": "def double(x):\n    return 1"})
    before = sorted(workspace.rglob("*"))
    report = check_notebook(path, catalog.load(course), None)
    assert report.tasks[0].status == "fail"
    assert report.tasks[0].hint.startswith("Hint 1")
    assert sorted(workspace.rglob("*")) == before


def drop(grade_id: str) -> Any:
    def change(notebook: Any) -> None:
        notebook.cells.remove(cell_of(notebook, grade_id))

    return change


def repeat(grade_id: str) -> Any:
    def change(notebook: Any) -> None:
        again = nbformat.from_dict(dict(cell_of(notebook, grade_id)))
        again["id"] = "again"
        notebook.cells.append(again)

    return change


def retype(grade_id: str) -> Any:
    def change(notebook: Any) -> None:
        cell = cell_of(notebook, grade_id)
        cell["cell_type"] = "markdown"
        del cell["outputs"], cell["execution_count"]

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (drop("double_hidden"), "test cell 'double_hidden' is missing"),
        (drop("tally"), "answer cell 'tally' is missing"),
        (repeat("tally_visible"), "test cell 'tally_visible' is there 2 times"),
        (retype("double_visible"), "test cell 'double_visible' was turned into a markdown cell"),
    ],
)
def test_a_damaged_exercise_is_refused_and_can_be_restored(
    workspace: Path, course: Path, change: Any, words: str
) -> None:
    with pytest.raises(HurdlesError, match=words) as caught:
        grade(workspace, course, {"double": RIGHT["double"]}, change)
    assert "hurdles restore" in str(caught.value)
    path = workspace / "exercises" / f"{KEY}.ipynb"
    done = restore(path, catalog.load(course))
    assert done.backup is not None
    assert done.backup.exists()
    report = check_notebook(path, catalog.load(course), workspace)
    assert statuses(report)["double"] == "pass"


def test_restore_keeps_own_cells_and_every_version_of_an_answer(workspace: Path, course: Path) -> None:
    def change(notebook: Any) -> None:
        second = nbformat.from_dict(dict(cell_of(notebook, "double")))
        second["id"], second["source"] = "second", "def double(x):\n    return x * 2.0"
        notebook.cells.insert(3, second)
        notebook.cells.insert(1, nbformat.v4.new_code_cell("mine = 1"))

    path = write(workspace, RIGHT, change)
    restore(path, catalog.load(course))
    sources = [cell.source for cell in nbformat.read(path, as_version=4).cells]
    assert "mine = 1" in sources
    assert RIGHT["double"] in sources
    assert "def double(x):\n    return x * 2.0" in sources
    assert check_notebook(path, catalog.load(course), workspace).score == 5
    assert restore(path, catalog.load(course)).backup is None
    write(workspace, {"double_visible": "pass"})
    assert restore(path, catalog.load(course)).faults == ("the test cell 'double_visible' was changed",)


def test_a_copy_that_restore_kept_points_to_the_mended_notebook(workspace: Path, course: Path) -> None:
    path = write(workspace, {}, drop("double_hidden"))
    backup = restore(path, catalog.load(course)).backup
    assert backup is not None
    with pytest.raises(HurdlesError, match="Check the mended notebook beside it"):
        check_notebook(backup, catalog.load(course), workspace)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.ipynb", None, "There is no file"),
        ("broken.ipynb", '{"cells": [', "JSON is broken at line 1"),
        ("text.ipynb", "[]", "not a notebook of format 4"),
        ("old.ipynb", '{"nbformat": 3, "cells": []}', "not a notebook of format 4"),
        ("bad.ipynb", '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"a": 1}]}', "is damaged"),
        (
            "other.ipynb",
            '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}',
            "not one of our exercises",
        ),
        ("bytes.ipynb", b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_what_is_not_an_exercise_is_refused_in_words(
    tmp_path: Path, course: Path, name: str, content: str | bytes | None, words: str
) -> None:
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(HurdlesError, match=words):
        check_notebook(path, catalog.load(course), None)


def test_a_lesson_and_a_folder_are_refused(course: Path) -> None:
    with pytest.raises(HurdlesError, match="is a lesson"):
        check_notebook(course / "lessons" / f"{KEY}.ipynb", catalog.load(course), None)
    with pytest.raises(HurdlesError, match="is a folder"):
        check_notebook(course, catalog.load(course), None)
