"""A program in a forked process does what it would do in one of its own."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.kernels import WARM, Start, alive, environment, eventually, place_of, tell

from hurdles import catalog, grader
from hurdles.grading import check_notebook
from hurdles.grading.sandbox import View
from hurdles.grading.sandbox.limits import Caps
from hurdles.grading.supervisor import Cell, Job, Launcher, run_job
from hurdles.grading.supervisor import Place as Workplace
from hurdles.kernels import programs
from hurdles.kernels.channel import Place, RefusedError
from hurdles.kernels.warm import END, STATUS

PROBE = """
import json, os, sys, time
VALUE = "old"

def main():
    what = sys.argv[1]
    if what == "tell":
        print(json.dumps([sys.argv[1:], os.getcwd(), os.environ["PROBE"], sys.stdin.read(), VALUE, os.getpid()]))
        print("aside", file=sys.stderr)
    elif what == "return":
        return 4
    elif what == "exit":
        sys.exit(3)
    elif what == "word":
        sys.exit("a last word")
    elif what == "raise":
        raise RuntimeError("not today")
    elif what == "die":
        os.kill(os.getpid(), 9)
    elif what == "sleep":
        open(sys.argv[2], "w").write(str(os.getpid()))
        time.sleep(600)
"""
# Prints -1 when the program was not run.
DRIVER = """
import sys
from hurdles.kernels import programs
code = programs.run("probe:main", sys.argv[1:], preload=["json", "probe"])
sys.exit(99 if code is None else code)
"""
NOT_RUN = 99
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the module that holds the program."""
    folder = tmp_path_factory.mktemp("library")
    (folder / "probe.py").write_text(PROBE)
    return folder


@pytest.fixture(scope="module")
def given(runtime: Path, library: Path) -> dict[str, str]:
    """Return the environment of programs."""
    return environment(JUPYTER_DEFAULT_PROVISIONER_NAME=WARM, PYTHONPATH=str(library), PROBE="x")


@pytest.fixture(scope="module")
def run(given: dict[str, str], library: Path) -> Iterator[Run]:
    """Return a function that runs the program warm; its warm process ends with this module."""

    def once(*arguments: str, text: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", DRIVER, *arguments],
            input=text, capture_output=True, text=True, cwd=library, env={**given, **more}, timeout=60,
        )  # fmt: skip

    assert once("exit").returncode == NOT_RUN
    assert patiently(lambda: once("exit").returncode == 3)
    yield once
    subprocess.run([sys.executable, "-m", "hurdles.kernels", "stop"], env=given, check=True, capture_output=True)


def patiently(true: Callable[[], bool]) -> bool:
    """Wait until something is true, and leave the processors free meanwhile: a warm process waits for that."""
    return eventually(lambda: true() or time.sleep(2))


def test_it_has_what_a_program_has(run: Run, library: Path) -> None:
    done = run("tell", "two words", text="typed", PROBE="y")
    arguments, folder, variable, typed, _, _ = json.loads(done.stdout)
    assert (arguments, folder, variable, typed) == (["tell", "two words"], str(library), "y", "typed")
    assert done.stderr == "aside\n"
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("what", "code", "said"),
    [
        ("return", 4, ""),
        ("exit", 3, ""),
        ("word", 1, "a last word"),
        ("raise", 1, "RuntimeError: not today"),
        ("die", 128 + 9, ""),
    ],
)
def test_exit_codes(run: Run, what: str, code: int, said: str) -> None:
    done = run(what)
    assert done.returncode == code
    assert said in done.stderr


def test_each_run_is_a_process_of_its_own(run: Run) -> None:
    assert len({json.loads(run("tell").stdout)[-1] for _ in range(3)}) == 3


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_it_ends_with_its_client(
    run: Run, given: dict[str, str], tmp_path: Path, number: signal.Signals, code: int
) -> None:
    file = tmp_path / "pid"
    client = subprocess.Popen([sys.executable, "-c", DRIVER, "sleep", str(file)], env=given, cwd=tmp_path)
    assert eventually(lambda: file.exists() and file.read_text())
    client.send_signal(number)
    assert client.wait(30) == code
    assert eventually(lambda: not alive(int(file.read_text())))


def test_changed_code_is_not_served(run: Run, library: Path) -> None:
    (library / "probe.py").write_text(PROBE.replace('"old"', '"newer"'))
    assert run("tell").returncode == NOT_RUN
    assert patiently(lambda: run("tell").returncode == 0)
    assert json.loads(run("tell").stdout)[-2] == "newer"


def test_it_can_be_switched_off(run: Run) -> None:
    assert run("exit", JUPYTER_DEFAULT_PROVISIONER_NAME="local-provisioner").returncode == NOT_RUN


def told(folder: Path) -> str:
    """Return what is said of the warm processes in a runtime directory."""
    command = [sys.executable, "-m", "hurdles.kernels"]
    own = environment(JUPYTER_RUNTIME_DIR=str(folder))
    return subprocess.run(command, capture_output=True, text=True, env=own, check=True).stdout


def test_a_head_start_makes_the_first_run_a_warm_one(
    given: dict[str, str], library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = library / "r"
    for name, value in {**given, "JUPYTER_RUNTIME_DIR": str(folder)}.items():
        monkeypatch.setenv(name, value)
    programs.begin({**os.environ, "JUPYTER_DEFAULT_PROVISIONER_NAME": "local-provisioner"}, preload=["json", "probe"])
    assert not folder.exists()
    programs.begin(os.environ, preload=["json", "probe"])
    assert patiently(lambda: "0 programs run, 1 ready" in told(folder))
    assert programs.run("probe:main", ["exit"], preload=["json", "probe"]) == 3
    programs.begin(os.environ, preload=["json", "probe"])
    assert told(folder).count("programs") == 1
    subprocess.run([sys.executable, "-m", "hurdles.kernels", "stop"], check=True, capture_output=True)


def test_the_grader_can_be_had_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[tuple[str, ...]] = []
    monkeypatch.setattr(programs, "begin", lambda environment, *, preload: begun.append(tuple(preload)))
    monkeypatch.setattr(programs, "run", lambda entry, arguments, *, preload: begun.append(tuple(preload)))
    grader.begin(os.environ)
    grader.run(["check", "x"])
    # The same modules, or else what was begun is not what is asked.
    assert begun[0] == begun[1] != ()


def test_a_check_forks_from_what_the_lab_has_warmed(
    warmed: Place, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_DEFAULT_PROVISIONER_NAME", WARM)
    monkeypatch.setattr(Launcher, "_cold", lambda *_: pytest.fail("a process has to import by itself"))
    served = tell(warmed, STATUS)["served"]  # type: ignore[index]
    notebook = repository / "exercises" / "01-data" / "1-quality.ipynb"
    report = check_notebook(notebook, catalog.load(repository), None)
    assert (report.score, report.max_score) == (0, 10)
    assert tell(warmed, STATUS)["served"] == served + 2  # type: ignore[index]


def test_what_a_check_has_warmed_serves_kernels(
    start: Start, runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It runs notebooks with other settings than kernels have: they must not stay with the process."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    launcher = Launcher(Workplace("open", View.of_this_interpreter(), Caps(cell=10.0)), single=True)
    with pytest.raises(RefusedError, match="no process has the libraries imported"):
        asyncio.run(run_job(Job((Cell(0, "1"),)), launcher))
    place = place_of(tmp_path)
    assert eventually(lambda: (tell(place, STATUS) or {}).get("ready"))
    assert start(WARM).warm
    run = asyncio.run(run_job(Job((Cell(0, "import os; print(os.environ['MKL_NUM_THREADS'])"),)), launcher))
    assert run.cells[0].outputs[0]["text"] == "1\n"
    tell(place, END)


def test_a_check_says_the_same(runtime: Path, repository: Path, tmp_path: Path) -> None:
    """The command itself, once in its own process with a stock kernel and once forked with a warm one."""
    notebook = tmp_path / "1-quality.ipynb"
    shutil.copy(repository / "exercises" / "01-data" / "1-quality.ipynb", notebook)
    (tmp_path / "w" / ".hurdles").mkdir(parents=True)

    def check(kind: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", "hurdles", "check", *arguments], capture_output=True, text=True, cwd=tmp_path,
            env=environment(JUPYTER_DEFAULT_PROVISIONER_NAME=kind), timeout=120,
        )  # fmt: skip

    def programs() -> int:
        told = subprocess.run([sys.executable, "-m", "hurdles.kernels"], capture_output=True, text=True, env=os.environ)
        return sum("program" in line and ", 0 served" not in line for line in told.stdout.splitlines())

    arguments = (str(notebook), "--json", "--workspace", str(tmp_path / "w"))
    stock = check("local-provisioner", *arguments)
    assert json.loads(stock.stdout)["score"] == 0
    assert patiently(lambda: check(WARM, str(tmp_path / "missing.ipynb")).returncode == 2 and programs() > 0)
    warm = check(WARM, *arguments)
    assert json.loads(warm.stdout) == json.loads(stock.stdout)
    assert (warm.stderr, warm.returncode) == (stock.stderr, stock.returncode)
    for wrong in ((str(tmp_path / "missing.ipynb"),), (), ("--no-such-option",)):
        one, two = check("local-provisioner", *wrong), check(WARM, *wrong)
        assert one.returncode == two.returncode == 2
        assert one.stderr == two.stderr
