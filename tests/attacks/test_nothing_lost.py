"""Whatever stops the grader, after a rerun every submission is graded exactly once, and the gradebook is whole."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import sqlalchemy
from support.cohort import HONEST, RIGHT, Cohort
from typer.testing import CliRunner

from hurdles.errors import HurdlesError
from hurdles.grading.cohort import book, staging
from hurdles.grading.cohort.report import write_report

MOMENTS = 50
ANSWERS = [
    RIGHT,
    RIGHT | {"double": "def double(x):\n    return 3 * x"},
    RIGHT | {"third": "def third():\n    return 0.5"},
    RIGHT | {"tally": "def tally(words):\n    raise ValueError('no')"},
]
COMMAND = [sys.executable, "-m", "hurdles", "grade"]


def submit(cohort: Cohort, count: int) -> None:
    for number in range(count):
        cohort.submit(f"s{number}", ANSWERS[number % len(ANSWERS)], timestamp="2026-11-01 10:00:00 UTC")


def contents(cohort: Cohort) -> dict[str, list[Any]]:
    """Return what each graded notebook says, without the numbers that differ from run to run."""
    found = {}
    for path in sorted((cohort.course / "autograded").rglob("*.ipynb")):
        cells = json.loads(path.read_text())["cells"]
        found[str(path.relative_to(cohort.course))] = [(c["source"], len(c.get("outputs", []))) for c in cells]
    return found


@pytest.mark.timeout(900)
def test_killed_at_any_moment_it_goes_on_where_it_stopped(cohort: Cohort, tmp_path: Path) -> None:
    submit(cohort, 6)
    twin = Cohort(Path(shutil.copytree(cohort.course, tmp_path / "undisturbed")))
    twin.grade(student="ada")
    started = time.monotonic()
    twin.grade()
    whole = time.monotonic() - started
    undisturbed = twin.book()
    assert len(undisturbed) == 8 * 4
    rng = random.Random(5)
    killed = 0
    for _ in range(MOMENTS):
        # Begin from nothing now and then, and when nothing is left to do, so that all moments of a run are met.
        if len(cohort.journal_or_nothing()) == 8 or rng.random() < 0.3:
            shutil.rmtree(cohort.course / "autograded", ignore_errors=True)
            cohort.forget()
        pid = os.fork()
        if pid == 0:
            with contextlib.suppress(BaseException):
                cohort.grade()
            os._exit(0)
        time.sleep(rng.uniform(0.05, 1.2 * whole))
        os.kill(pid, signal.SIGKILL)
        killed += os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    assert killed > MOMENTS / 2
    cohort.grade()
    assert cohort.book() == undisturbed
    assert contents(cohort) == contents(twin)
    assert {state for state, _ in cohort.journal().values()} == {"done"}
    runs = {student: run for student, (_, run) in cohort.journal().items()}
    report = cohort.grade()
    assert [one.state for one in report.submissions] == ["unchanged"] * 8
    assert {student: run for student, (_, run) in cohort.journal().items()} == runs
    assert not (cohort.course / ".hurdles-grade" / "staged").exists()


@pytest.mark.parametrize("where", ["before the gradebook", "after the gradebook"])
def test_stopped_between_two_writes(cohort: Cohort, where: str) -> None:
    class StopError(BaseException):
        """Stands in for the power going off."""

    target = (book.Book, "record") if where == "before the gradebook" else (staging.Staging, "put")
    with mock.patch.object(*target, side_effect=StopError), pytest.raises(BaseException):  # noqa: B017
        cohort.grade(workers=1)
    assert not list((cohort.course / "autograded").glob("*/*"))
    report = cohort.grade()
    states = sorted(one.state for one in report.submissions)
    assert states == (["graded", "graded"] if where == "before the gradebook" else ["graded", "unchanged"])
    assert {run for _, run in cohort.journal().values()} == {1}
    assert (cohort.score("ada"), cohort.score("bob")) == (HONEST, 6)
    assert len(list((cohort.course / "autograded").glob("*/*"))) == 2


def test_a_newer_submission_supersedes_an_older_one(cohort: Cohort) -> None:
    cohort.submit("ada", ANSWERS[1], timestamp="2026-11-01 10:00:00 UTC")
    cohort.grade()
    assert cohort.score("ada") == 6
    cohort.submit("ada", RIGHT, timestamp="2026-11-02 10:00:00 UTC")
    report = cohort.grade()
    assert (cohort.of(report, "ada").state, cohort.of(report, "bob").state) == ("graded", "unchanged")
    assert cohort.score("ada") == 10
    assert "return 2 * x" in str(cohort.graded("ada").cells)


def test_no_old_score_survives_a_regrade_that_fails(cohort: Cohort) -> None:
    cohort.grade()
    assert cohort.score("ada") == HONEST
    (cohort.course / "submitted" / "ada" / "ps1" / "problem.ipynb").write_text("{ broken")
    report = cohort.grade()
    assert cohort.of(report, "ada").state == "failed"
    assert cohort.score("ada") == 0
    assert all(row[6] for row in cohort.book() if row[0] == "ada"), "a person must look at it"
    assert not (cohort.course / "autograded" / "ada" / "ps1").exists()
    cohort.submit("ada", RIGHT)
    cohort.grade()
    assert cohort.score("ada") == 10


def test_a_changed_master_means_to_grade_anew(cohort: Cohort) -> None:
    cohort.grade()
    with closing(sqlite3.connect(cohort.course / "gradebook.db")) as db, db:
        db.execute("UPDATE source_cell SET source = source || ' ' WHERE name = 'double'")
    report = cohort.grade()
    assert [(one.state, one.faults) for one in report.submissions] == [("graded", [])] * 2


def test_what_people_gave_by_hand_is_kept(cohort: Cohort) -> None:
    cohort.grade()
    with closing(sqlite3.connect(cohort.course / "gradebook.db")) as db, db:
        db.execute(
            "UPDATE grade SET manual_score = 4, extra_credit = 1 "
            "WHERE cell_id IN (SELECT id FROM base_cell WHERE name = 'essay')"
        )
        db.execute("UPDATE comment SET manual_comment = 'well seen'")
    cohort.grade(force=True)
    with closing(sqlite3.connect(cohort.course / "gradebook.db")) as db:
        assert {row[0] for row in db.execute("SELECT manual_comment FROM comment")} == {"well seen"}
    essays = [row for row in cohort.book() if row[2] == "essay"]
    assert [(row[4], row[5], row[6]) for row in essays] == [(4, 1, 1)] * 2


def test_late_penalties_are_those_of_the_courses_plugin(cohort: Cohort) -> None:
    (cohort.course / "late.py").write_text(
        "from nbgrader.plugins import BasePlugin\n"
        "class Late(BasePlugin):\n"
        "    def late_submission_penalty(self, student_id, score, total_seconds_late):\n"
        "        return 2.5 if total_seconds_late > 0 else None\n"
    )
    cohort.set("import sys; sys.path.insert(0, '.')\nc.AssignLatePenalties.plugin_class = 'late.Late'")
    with closing(sqlite3.connect(cohort.course / "gradebook.db")) as db, db:
        db.execute("UPDATE assignment SET duedate = '2026-11-01 12:00:00.000000'")
    cohort.submit("ada", RIGHT, timestamp="2026-11-02 10:00:00 UTC")
    cohort.submit("bob", RIGHT, timestamp="2026-10-31 10:00:00 UTC")
    cohort.grade()
    assert {row[0]: row[7] for row in cohort.book()} == {"ada": 2.5, "bob": None}


def test_a_locked_gradebook_is_waited_for(cohort: Cohort) -> None:
    with closing(sqlite3.connect(cohort.course / "gradebook.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        process = subprocess.Popen([*COMMAND, str(cohort.course)], stdout=subprocess.PIPE, text=True)
        time.sleep(4)
        assert process.poll() is None
        other.execute("ROLLBACK")
    assert process.communicate()[0].startswith("2 graded")
    assert process.returncode == 0


def test_a_gradebook_that_stays_locked_is_named(cohort: Cohort) -> None:
    with closing(sqlite3.connect(cohort.course / "gradebook.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with mock.patch.object(book, "PATIENCE", 0.0), pytest.raises(HurdlesError, match=r"gradebook.*locked"):
            cohort.grade()
    assert not (cohort.course / "autograded").exists()
    cohort.grade()
    assert cohort.score("ada") == HONEST


def test_a_gradebook_that_may_not_be_written_is_named(cohort: Cohort) -> None:
    path = cohort.course / "gradebook.db"
    cohort.set(f"c.CourseDirectory.db_url = 'sqlite:///file:{path}?mode=ro&uri=true'")
    with pytest.raises(HurdlesError, match=r"cannot be written to: .*readonly"):
        cohort.grade()
    assert cohort.book() == []


@pytest.mark.parametrize(("room", "code"), [(12, 2), (96, 1)])
def test_a_full_disk_loses_nothing(cohort: Cohort, room: int, code: int) -> None:
    submit(cohort, 2)
    course, disk = cohort.course, cohort.course.parent / "disk"
    disk.mkdir()
    # A file system of its own, as small as the course, made without being root.
    script = (
        f"mount -t tmpfs tmpfs {disk} && cp -r {course}/. {disk} && "
        f"mount -o remount,size=$(( $(df -k --output=used {disk} | tail -1) + {room} ))k {disk} && "
        f"{' '.join(COMMAND)} {disk} --no-sandbox; echo code $?; "
        f"mount -o remount,size=100m {disk} && {' '.join(COMMAND)} {disk} --no-sandbox; echo code $?"
    )
    done = subprocess.run(["unshare", "--map-root-user", "--mount", "sh", "-c", script], capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert re.search("No space left|full", said), said
    assert re.search(rf"code {code}.*[1-4] graded, 0 could not be.*code 0", done.stdout, re.DOTALL), said


def test_a_gradebook_without_room_keeps_what_it_had(cohort: Cohort) -> None:
    cohort.grade()
    before = cohort.book()
    cohort.submit("ada", RIGHT)
    full = sqlalchemy.exc.OperationalError("UPDATE", {}, sqlite3.OperationalError("database or disk is full"))
    with mock.patch.object(book, "_fill", side_effect=full):
        report = cohort.grade()
    assert cohort.of(report, "ada").state == "failed"
    assert "full" in cohort.of(report, "ada").faults[-1]
    assert cohort.book() == before
    assert {one.state for one in cohort.grade().submissions} == {"graded", "unchanged"}
    assert cohort.score("ada") == 10


def test_two_at_the_same_time_do_not_meet(cohort: Cohort) -> None:
    submit(cohort, 4)
    cohort.submit("zoe", RIGHT | {"third": "import time\ntime.sleep(12)\ndef third():\n    return 2"})
    process = subprocess.Popen([*COMMAND, str(cohort.course)], stdout=subprocess.DEVNULL)
    try:
        lock = cohort.course / ".hurdles-grade" / "lock"
        while not lock.exists():
            time.sleep(0.01)
        with pytest.raises(HurdlesError, match="already"):
            cohort.grade()
    finally:
        process.wait()
    assert {run for _, run in cohort.journal().values()} == {1}


def test_the_report_as_a_table_and_as_json(cohort: Cohort, tmp_path: Path) -> None:
    cohort.submit("eve", RIGHT | {"double": "def double(x):\n    raise ValueError('=cmd()')"})
    (cohort.course / "submitted" / "bob" / "ps1" / "problem.ipynb").write_text("{")
    report = cohort.grade()
    for name in ("report.csv", "report.json"):
        write_report(report, tmp_path / name)
    with (tmp_path / "report.csv").open() as file:
        rows = list(csv.DictReader(file))
    tests = [row for row in rows if row["student"] == "ada" and row["task"] == "double-test"]
    assert [(row["status"], row["score"], row["max_score"]) for row in tests] == [("pass", "4.0", "4.0")]
    assert float(tests[0]["seconds"]) > 0
    assert float(tests[0]["megabytes"]) > 10
    assert not any(value.startswith(("=", "+", "@")) for row in rows for value in row.values())
    data = json.loads((tmp_path / "report.json").read_text())
    assert {one["student"]: one["score"] for one in data["submissions"]} == {"ada": HONEST, "bob": 0, "eve": 6}


def test_exit_codes(cohort: Cohort, tmp_path: Path) -> None:
    from hurdles.cli import app

    run = CliRunner().invoke
    assert run(app, ["grade", str(cohort.course)]).exit_code == 0
    (cohort.course / "submitted" / "bob" / "ps1" / "problem.ipynb").write_text("{")
    result = run(app, ["grade", str(cohort.course)])
    assert result.exit_code == 1
    assert "bob/ps1" in result.output
    for wrong in (
        ["/no/such/folder"],
        [str(tmp_path)],
        [str(cohort.course), "--student", "nobody"],
        [str(cohort.course), "--report", "x.txt"],
    ):
        result = run(app, ["grade", *wrong])
        assert isinstance(result.exception, HurdlesError), result.output
    assert run(app, ["grade", "--workers", "0"]).exit_code == 2


def test_a_run_for_one_student_leaves_what_another_ones_run_has_prepared(cohort: Cohort) -> None:
    class StopError(BaseException):
        """Stands in for the power going off."""

    cohort.grade()
    cohort.submit("bob", RIGHT)
    with mock.patch.object(staging.Staging, "put", side_effect=StopError), pytest.raises(BaseException):  # noqa: B017
        cohort.grade(student="bob")
    cohort.grade(student="ada")
    assert [one.state for one in cohort.grade(student="bob").submissions] == ["unchanged"]
    assert cohort.score("bob") == 10
    assert RIGHT["double"] in [cell.source for cell in cohort.graded("bob").cells], "not the notebook of the older one"


def test_it_says_why_it_was_slow(cohort: Cohort, monkeypatch: pytest.MonkeyPatch) -> None:
    from hurdles.cli import app

    assert cohort.grade(student="ada").cold_because == ""
    monkeypatch.setenv("MKL_DYNAMIC", "3")
    result = CliRunner().invoke(app, ["grade", str(cohort.course), "--force", "--student", "ada"])
    assert result.exit_code == 0
    told = " ".join(result.output.split())
    assert "other values of MKL_DYNAMIC" in told
    assert "hurdles.kernels stop" in told
