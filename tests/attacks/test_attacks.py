"""Each attack as a submission of its own, in a course with honest ones beside it.

After each run the honest ones have their points, what was handed in and the author's files are as they were, and no
process of the attack is left. The attacker gets what its answers are worth, and nothing by the attack.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from support.cohort import HONEST, RIGHT, Cohort, processes

WRONG = {
    "double": "def double(x):\n    return None",
    "tally": "def tally(words):\n    return None",
    "third": "def third():\n    return 0",
}


def attack(cohort: Cohort, code: str, answers: dict[str, str] | None = None, **options: object) -> list[str]:
    """Grade a submission with this code in its first cell; see that the others are as they were; return its notes."""
    cohort.submit("mallory", {**WRONG, **(answers or {}), "setup": code})
    files = cohort.files()
    report = cohort.grade(**options)
    assert cohort.score("ada") == HONEST
    assert cohort.score("bob") == 6
    assert cohort.files() == files
    assert [one.state for one in report.submissions] == ["graded"] * 3
    assert cohort.journal() == dict.fromkeys(("ada", "bob", "mallory"), ("done", 1))
    assert cohort.book() == sorted(cohort.book(), key=repr)
    return cohort.of(report, "mallory").notes


def said(cohort: Cohort, student: str = "mallory") -> str:
    """Return all that a graded notebook's cells have put out."""
    return json.dumps(cohort.graded(student).cells)


def test_1_the_solution_is_not_to_be_found(cohort: Cohort) -> None:
    source = cohort.course / "source" / "ps1" / "problem.ipynb"
    attack(
        cohort,
        f"""
        import glob, json, os, pathlib
        found = [p for p in ("../../../source/ps1/problem.ipynb", {str(source)!r}) if os.path.exists(p)]
        for folder, _, names in os.walk("/"):
            if not folder.startswith(("/proc", "/sys", "/usr", {sys.prefix!r}, {sys.base_prefix!r})):
                found += [os.path.join(folder, n) for n in names if n.endswith(".ipynb")]
        print("FOUND", found)
        for path in found:
            for cell in json.load(open(path))["cells"]:
                exec("".join(cell["source"]), globals())
        """.replace("\n        ", "\n"),
    )
    assert cohort.score("mallory") == 0
    assert "FOUND []" in said(cohort)


def test_2_and_5_a_peer_is_neither_read_nor_written(cohort: Cohort) -> None:
    peer = cohort.course / "submitted" / "ada" / "ps1" / "problem.ipynb"
    attack(
        cohort,
        f"""
import json, os, pathlib
for place in ({str(peer)!r}, "../../ada/ps1/problem.ipynb", "/proc/1/cwd/submitted/ada/ps1/problem.ipynb"):
    try:
        print("READ", json.load(open(place))["cells"])
    except OSError as error:
        print("no way:", type(error).__name__)
    try:
        pathlib.Path(place).write_text("gone")
    except OSError as error:
        print("no way:", type(error).__name__)
""",
    )
    assert cohort.score("mallory") == 0
    assert "READ" not in said(cohort).replace('print(\\"READ', "")


@pytest.mark.parametrize("what", ["write", "read", "delete"])
def test_3_4_and_9_the_gradebook_is_out_of_reach(cohort: Cohort, what: str) -> None:
    book = cohort.course / "gradebook.db"
    code = {
        "write": "db = sqlite3.connect(BOOK); db.execute('UPDATE grade SET manual_score = 210'); db.commit()",
        "read": "db = sqlite3.connect('file:' + BOOK + '?mode=ro', uri=True)\n"
        "print(db.execute('SELECT source FROM source_cell').fetchall())",
        "delete": "import os; os.remove(BOOK)",
    }[what]
    attack(cohort, f"BOOK = {str(book)!r}\nimport os, sqlite3\nprint('THERE', os.path.exists(BOOK))\n{code}")
    assert cohort.score("mallory") == 0
    assert "THERE False" in said(cohort)
    setup = next(cell for cell in cohort.graded("mallory").cells if cell.id == "setup")
    assert "secret-marker" not in json.dumps(setup)
    assert all(row[4] is None for row in cohort.book())


def test_6_nothing_stays_for_the_next_notebook(cohort: Cohort) -> None:
    marker = "import builtins\nbuiltins.double_all = True\n"
    code = f"""
import pathlib
for home in (pathlib.Path.home(), pathlib.Path({str(Path.home())!r}), pathlib.Path("/tmp")):
    for place in (".ipython/profile_default/startup/00.py", ".local/lib/python3/usercustomize.py", "numpy.py"):
        try:
            (home / place).parent.mkdir(parents=True, exist_ok=True)
            (home / place).write_text({marker!r})
        except OSError:
            pass
import site, sys
for place in [*sys.path, *site.getsitepackages()]:
    try:
        pathlib.Path(place or ".", "sitecustomize.py").write_text({marker!r})
    except OSError:
        pass
"""
    cohort.submit(
        "zoe",
        {
            **WRONG,
            "double": "def double(x):\n    import builtins\n    return 2 * x if hasattr(builtins, 'double_all') else 0",
        },
    )
    cohort.submit("mallory", {**WRONG, "setup": code})
    cohort.grade(workers=1)
    assert (cohort.score("mallory"), cohort.score("zoe"), cohort.score("ada")) == (0, 0, HONEST)
    assert not (Path.home() / ".ipython/profile_default/startup/00.py").exists()
    assert not Path("/tmp/numpy.py").exists()


def test_7_there_is_no_network(cohort: Cohort) -> None:
    calls: list[object] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        server.settimeout(0.2)
        done = threading.Event()

        def listen() -> None:
            while not done.is_set():
                try:
                    calls.append(server.accept()[0])
                except TimeoutError:
                    continue

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            attack(
                cohort,
                f"""
import socket
for place in (("127.0.0.1", {port}), ("{socket.gethostname()}", {port}), ("192.0.2.1", 80)):
    try:
        socket.create_connection(place, 2)
        print("CONNECTED", place)
    except OSError as error:
        print("refused:", type(error).__name__)
""",
            )
        finally:
            done.set()
            thread.join()
    assert calls == []
    assert "CONNECTED (" not in said(cohort)


def test_8_killing_a_parent_kills_no_one_else(cohort: Cohort) -> None:
    notes = attack(
        cohort,
        "import os, signal\nprint('PARENT', os.getppid())\n"
        "for number in (os.getppid(), 1, -1):\n"
        "    try:\n        os.kill(number, signal.SIGKILL)\n    except OSError as error:\n        print(error)\n",
        {"double": RIGHT["double"]},
    )
    # kill(-1) takes all that the submission may signal, which is at most itself.
    assert cohort.score("mallory") in (0, 4)
    assert notes or cohort.score("mallory") == 4


def test_10_no_process_is_left(cohort: Cohort) -> None:
    word = f"98{os.getpid()}"
    attack(
        cohort,
        "import subprocess\n"
        f"for _ in range(20):\n    subprocess.Popen(['sleep', '{word}'], start_new_session=True)\n"
        f"subprocess.Popen('setsid nohup sleep {word} >/dev/null 2>&1 &', shell=True)\n"
        "import os\nif os.fork() == 0:\n    os.setsid()\n    while True:\n        pass\n",
        {"double": RIGHT["double"]},
    )
    assert cohort.score("mallory") == 4
    assert processes(f"sleep {word}") == []


def test_11_files_are_limited_and_go(cohort: Cohort) -> None:
    before = shutil.disk_usage("/tmp").used
    attack(
        cohort,
        "import os\n"
        "def fill(path, megabytes):\n"
        "    with open(path, 'wb') as file:\n"
        "        for _ in range(megabytes):\n            file.write(bytes(1 << 20))\n"
        "for path, size in (('large', 200), *((f'/tmp/{n}', 100) for n in range(9)), ('/dev/shm/x', 300)):\n"
        "    try:\n        fill(path, size)\n    except OSError as error:\n        print('LIMIT', path, error.errno)\n",
        {"double": RIGHT["double"]},
    )
    assert cohort.score("mallory") == 4
    assert said(cohort).count("LIMIT") >= 3
    assert shutil.disk_usage("/tmp").used - before < 50 << 20
    assert sorted(path.name for path in (cohort.course / "autograded" / "mallory" / "ps1").iterdir()) == [
        "problem.ipynb"
    ]


def test_12_memory_is_limited(cohort: Cohort) -> None:
    attack(cohort, "import numpy\nblock = numpy.ones(4 << 27)", {"double": RIGHT["double"]})
    assert cohort.score("mallory") == 4
    assert "MemoryError" in said(cohort)


def test_12_output_is_cut_and_the_grade_kept(cohort: Cohort) -> None:
    attack(cohort, "print('x' * 60_000_000)\nfor n in range(300_000):\n    print(n)", RIGHT)
    assert cohort.score("mallory") == 10
    size = (cohort.course / "autograded" / "mallory" / "ps1" / "problem.ipynb").stat().st_size
    assert size < 12 << 20
    assert "cut: more output than is kept" in said(cohort)


def test_15_links_are_refused_and_named(cohort: Cohort) -> None:
    folder = cohort.submit("mallory", RIGHT)
    (folder / "grades.db").symlink_to(cohort.course / "gradebook.db")
    (folder / "answers").symlink_to(cohort.course / "source", target_is_directory=True)
    os.mkfifo(folder / "pipe")
    report = cohort.grade()
    notes = " ".join(cohort.of(report, "mallory").notes)
    assert all(name in notes for name in ("grades.db", "answers", "pipe"))
    assert cohort.score("mallory") == 10
    assert sorted(path.name for path in (cohort.course / "autograded" / "mallory" / "ps1").iterdir()) == [
        "problem.ipynb"
    ]


def test_15_a_notebook_that_is_a_link_is_not_followed(cohort: Cohort) -> None:
    folder = cohort.submit("mallory", WRONG)
    (folder / "problem.ipynb").unlink()
    (folder / "problem.ipynb").symlink_to(cohort.course / "submitted" / "ada" / "ps1" / "problem.ipynb")
    report = cohort.grade()
    one = cohort.of(report, "mallory")
    assert (one.state, cohort.score("mallory"), cohort.score("ada")) == ("failed", 0, HONEST)
    assert "is a link" in " ".join(one.notes)
    assert not (cohort.course / "autograded" / "mallory" / "ps1").exists()


def test_16_a_file_beside_the_notebook_shadows_no_library(cohort: Cohort) -> None:
    folder = cohort.submit("mallory", {**WRONG, "third": "import helper\ndef third():\n    return helper.TWO"})
    for name in ("numpy", "json", "collections", "IPython", "nbformat"):
        (folder / f"{name}.py").write_text("raise SystemExit\n")
    (folder / "helper.py").write_text("TWO = 2\n")
    cohort.grade()
    assert cohort.score("mallory") == 2, "a helper of one's own may be imported, a library may not be replaced"
    assert cohort.score("ada") == HONEST


def test_17_html_in_a_notebook_reaches_the_gradebook_as_text_only(cohort: Cohort) -> None:
    code = "from IPython.display import HTML, Javascript, display\ndisplay(HTML('<script>1</script>'), Javascript('1'))"
    attack(cohort, code, RIGHT)
    assert cohort.score("mallory") == 10


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("float('nan')", "error"), ("float('inf')", "error"), ("-1", "error"), ("3", "error"),
        ("'all of it'", "error"), ("1.5", "fail"), ("2", "pass"),
    ],
)  # fmt: skip
def test_18_partial_points_that_are_none_are_refused(cohort: Cohort, value: str, status: str) -> None:
    cohort.submit("mallory", {**RIGHT, "third": f"def third():\n    return {value}"})
    report = cohort.grade()
    task = next(one for one in cohort.of(report, "mallory").tasks if one.task == "third-test")
    assert task.status == status
    assert cohort.scores("mallory")["third-test"] == {"fail": 1.5, "pass": 2.0}.get(status, 0.0)
    assert (status != "error") or task.message
    assert cohort.score("mallory") == 8 + (task.score or 0)


@pytest.mark.parametrize("how", ["import os; os._exit(0)", "exit()", "raise SystemExit(0)", "import sys; sys.exit(0)"])
def test_18_a_test_that_does_not_reach_its_end_gives_no_points(cohort: Cohort, how: str) -> None:
    cohort.submit("mallory", {**RIGHT, "double": f"def double(x):\n    {how}"})
    cohort.grade()
    assert cohort.scores("mallory")["double-test"] == 0
    assert cohort.score("ada") == HONEST


def test_19_a_warning_costs_nothing(cohort: Cohort) -> None:
    code = (
        "import sys, warnings\n"
        "def double(x):\n    warnings.warn('slow')\n    print('hm', file=sys.stderr)\n    return 2 * x"
    )
    cohort.submit("mallory", {**RIGHT, "double": code})
    cohort.grade()
    assert cohort.score("mallory") == 10


def test_20_a_doubled_test_counts_once(cohort: Cohort) -> None:
    notebook = cohort.notebook(RIGHT)
    twin = next(cell for cell in notebook.cells if cell.id == "double-test").copy()
    twin["id"], twin["source"] = "twin", "4"
    notebook.cells.insert(0, twin)
    cohort.submit("mallory", notebook)
    report = cohort.grade()
    assert cohort.score("mallory") == 10
    assert "double-test is there more than once" in " ".join(cohort.of(report, "mallory").notes)


def test_20_a_renamed_test_costs_its_own_points_only(cohort: Cohort) -> None:
    notebook = cohort.notebook(RIGHT)
    next(c for c in notebook.cells if c.id == "double-test").metadata.nbgrader["grade_id"] = "mine"
    cohort.submit("mallory", notebook)
    report = cohort.grade()
    assert cohort.scores("mallory")["double-test"] == 0
    assert cohort.score("mallory") == 6
    assert "double-test is missing" in " ".join(cohort.of(report, "mallory").notes)


def test_20_flags_and_points_are_the_authors(cohort: Cohort) -> None:
    notebook = cohort.notebook(WRONG)
    for cell in notebook.cells:
        if cell.id == "double-test":
            cell.metadata.nbgrader |= {"points": 1000, "locked": False, "solution": True}
            cell.source = "pass"
        if cell.id == "tally-test":
            cell.metadata.nbgrader |= {"grade": False, "task": True}
        if cell.id == "third":
            cell.metadata.nbgrader |= {"grade": True, "points": 50}
    cohort.submit("mallory", notebook)
    report = cohort.grade()
    assert cohort.score("mallory") == 0
    assert " ".join(cohort.of(report, "mallory").notes).count("flags") == 3


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "",
        "[]",
        '{"cells": 3, "nbformat": 4}',
        "\x00\xff",
        '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code"}]}',
    ],
)
def test_20_a_broken_notebook_is_named_and_the_others_go_on(cohort: Cohort, content: str) -> None:
    folder = cohort.submit("mallory", WRONG)
    (folder / "problem.ipynb").write_text(content)
    report = cohort.grade()
    one = cohort.of(report, "mallory")
    assert (one.state, cohort.score("mallory"), cohort.score("ada")) == ("failed", 0, HONEST)
    assert "problem.ipynb" in " ".join(one.faults)
    assert [found.student for found in report.failed] == ["mallory"]


def test_20_a_missing_notebook_is_named(cohort: Cohort) -> None:
    folder = cohort.submit("mallory", RIGHT)
    (folder / "problem.ipynb").rename(folder / "problem (1).ipynb")
    report = cohort.grade()
    one = cohort.of(report, "mallory")
    assert (one.state, cohort.score("mallory"), cohort.score("ada")) == ("failed", 0, HONEST)
    assert "problem.ipynb" in one.faults[0]


def test_20_leaving_in_the_middle_keeps_what_ran_before(cohort: Cohort) -> None:
    cohort.submit("mallory", {**RIGHT, "tally": "import os\nos._exit(0)"})
    report = cohort.grade()
    assert cohort.scores("mallory") == {"double-test": 4, "tally-test": 0, "third-test": 0, "essay": 0}
    assert "not run to its end" in " ".join(cohort.of(report, "mallory").notes)


def test_20_an_endless_loop_that_cannot_be_interrupted(cohort: Cohort) -> None:
    cohort.set("c.Limits.cell = 1")
    loop = (
        "import signal\n"
        "def tally(words):\n    signal.signal(signal.SIGINT, signal.SIG_IGN)\n    while True:\n        pass"
    )
    cohort.submit("mallory", {**RIGHT, "tally": loop})
    started = time.monotonic()
    report = cohort.grade()
    assert time.monotonic() - started < 60
    assert cohort.scores("mallory") == {"double-test": 4, "tally-test": 0, "third-test": 0, "essay": 0}
    tasks = {one.task: one.status for one in cohort.of(report, "mallory").tasks}
    assert (tasks["double-test"], tasks["tally-test"]) == ("pass", "timeout")


def test_20_an_endless_loop_costs_its_own_task(cohort: Cohort) -> None:
    cohort.set("c.Limits.cell = 1")
    cohort.submit("mallory", {**RIGHT, "tally": "def tally(words):\n    while True:\n        pass"})
    report = cohort.grade()
    assert cohort.scores("mallory") == {"double-test": 4, "tally-test": 0, "third-test": 2, "essay": 0}
    tasks = {one.task: one for one in cohort.of(report, "mallory").tasks}
    assert (tasks["tally-test"].status, tasks["tally-test"].score) == ("timeout", 0)
    assert tasks["tally-test"].message


def test_13_hooks_of_the_shell_are_put_back_and_told(cohort: Cohort) -> None:
    code = """
import ast, builtins
class Strip(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
shell = get_ipython()
builtins.float = lambda x: 2.0
shell.ast_transformers.append(Strip())
shell.input_transformers_post.append(lambda lines: ["pass"])
type(shell).run_code = lambda *a, **k: None
"""
    notes = attack(cohort, code)
    assert cohort.score("mallory") == 0
    told = " ".join(notes)
    for word in ("ast_transformers", "input_transformers_post", "run_code", "float"):
        assert word in told
