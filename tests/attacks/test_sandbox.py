"""The sandbox itself, in each way in which it can be made, and as root as well as an ordinary user."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from traitlets.config import Config

from hurdles.errors import HurdlesError
from hurdles.grading import supervisor
from hurdles.grading.sandbox import Limits, View
from hurdles.grading.sandbox.limits import Caps
from hurdles.grading.supervisor import Cell, Job, Launcher, NotebookRun, Place, choose_place, run_job
from hurdles.kernels.channel import RefusedError

CAPS = Caps(memory=1 << 30, processes=40, file=1 << 20, disk=4 << 20, cell=5.0)
KINDS = [("own", True), ("own", False), ("bwrap", False)]
PROBE = """
import getpass, json, os, socket, subprocess, sys
def attempt(action):
    try:
        return repr(action())
    except BaseException as error:
        return type(error).__name__
def fill(path, size):
    with open(path, "wb") as file:
        file.write(bytes(size))
def forks():
    made = []
    try:
        for _ in range(100):
            made.append(subprocess.Popen(["sleep", "60"]))
    finally:
        for one in made:
            one.kill()
            one.wait()
def many():
    for n in range(9):
        fill(f"many{n}", 1 << 19)
print(json.dumps({
    "user": getpass.getuser(), "root": os.geteuid() == 0, "folder": os.getcwd(),
    "secret": os.path.exists(SECRET), "processes": sorted(int(n) for n in os.listdir("/proc") if n.isdigit())[-1],
    "capabilities": [line for line in open("/proc/self/status") if line.startswith("CapEff")][0].split()[1],
    "write to the library": attempt(lambda: fill(os.path.join(sys.prefix, "x"), 1)),
    "write to the system": attempt(lambda: fill("/usr/x", 1)),
    "write to the root": attempt(lambda: fill("/x", 1)),
    "large file": attempt(lambda: fill("large", 2 << 20)),
    "full disk": attempt(many),
    "connect": attempt(lambda: socket.create_connection(("192.0.2.1", 80), 1)),
    "memory": attempt(lambda: bytearray(2 << 30)),
    "forks": attempt(forks),
    "environment": sorted(os.environ),
    "kill": attempt(lambda: os.kill(1, 9)),
}))
"""


def run(place: Place, *sources: str) -> NotebookRun:
    return asyncio.run(run_job(Job(tuple(Cell(i, source) for i, source in enumerate(sources))), Launcher(place)))


def facts(done: NotebookRun) -> dict[str, Any]:
    assert not done.broken, done.broken
    assert done.cells[0].ok, done.cells[0].outputs
    found: dict[str, Any] = json.loads(done.cells[0].outputs[-1]["text"])
    return found


def probe(secret: Path) -> str:
    return f"SECRET = {str(secret)!r}\n{PROBE}"


def check(found: dict[str, Any], kind: str) -> None:
    assert found["secret"] is False
    assert (found["user"], found["root"]) == ("learner", False)
    assert found["folder"].startswith("/home/learner/")
    assert found["processes"] < 20, "other processes are seen"
    assert int(found["capabilities"], 16) == 0
    for what in (
        "write to the library",
        "write to the system",
        "write to the root",
        "large file",
        "full disk",
        "connect",
    ):
        assert found[what] in ("OSError", "PermissionError", "FileNotFoundError"), (what, found[what])
    assert found["memory"] == "MemoryError"
    # Linux does not count root's processes, and bubblewrap, unlike our own sandbox, does not drop to another user.
    assert found["forks"] == "BlockingIOError" or (kind == "bwrap" and os.geteuid() == 0)
    assert not [name for name in found["environment"] if "SECRET" in name]


@pytest.mark.parametrize(("kind", "warm"), KINDS)
def test_what_is_seen_and_allowed(
    kind: str, warm: bool, tmp_path: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("42")
    monkeypatch.setenv("SECRET_TOKEN", "42")
    check(
        facts(run(Place(kind, View.of_this_interpreter(hidden=[tmp_path]), CAPS, warm), probe(tmp_path / "secret"))),
        kind,
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="whoever is not root tests this all the time")
def test_as_an_ordinary_user(tmp_path: Path) -> None:
    """Run the same as somebody else, who is allowed to look into no folder but the interpreter's."""
    (tmp_path / "secret").write_text("42")
    script = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from attacks import test_sandbox as t\nfrom pathlib import Path\n"
        f"t.check(t.facts(t.run(t.Place('own', t.View.of_this_interpreter(hidden=[{str(tmp_path)!r}]), t.CAPS, True), "
        f"t.probe(Path({str(tmp_path / 'secret')!r})))), 'own')\n"
        "print('checked as', __import__('os').geteuid())\n"
    )
    tests = Path(__file__).parents[1]
    needed = [sys.prefix, sys.base_prefix, str(tests.parent)]
    commands = ["mkdir -p $KEEP"]
    commands += [f"mkdir $KEEP/{n} && mount --bind {place} $KEEP/{n}" for n, place in enumerate(needed)]
    closed = [place for place in needed if not _open_to_all(Path(place))]
    commands += [f"mount -t tmpfs -o mode=755 tmpfs {top}" for top in {"/" + Path(p).parts[1] for p in closed}]
    commands += [f"mkdir -p {p} && mount --bind $KEEP/{n} {p}" for n, p in enumerate(needed) if p in closed]
    commands += ["mkdir -m 700 $RUN && chown 65534 $RUN && cd /"]
    commands += [
        "exec setpriv --reuid=65534 --regid=65534 --clear-groups env JUPYTER_RUNTIME_DIR=$RUN HOME=$RUN "
        f"{sys.executable} - {tests} <<'END'\n{script}\nEND"
    ]
    own = f"/var/tmp/hurdles-{os.getpid()}"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-ec", "\n".join(commands)], capture_output=True, text=True, check=False,
        env={"PATH": os.environ["PATH"], "KEEP": own, "RUN": f"{own}-run"},
    )  # fmt: skip
    subprocess.run(
        [sys.executable, "-m", "hurdles.kernels", "stop"], capture_output=True, check=False,
        env={**os.environ, "JUPYTER_RUNTIME_DIR": f"{own}-run"},
    )  # fmt: skip
    for place in (own, f"{own}-run"):
        shutil.rmtree(place, ignore_errors=True)
    assert done.stdout.strip() == "checked as 65534", done.stderr[-2000:]


def _open_to_all(place: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in (place, *place.parents))


@pytest.mark.parametrize(("kind", "warm"), KINDS)
def test_what_is_shown_may_lie_among_temporary_files(kind: str, warm: bool, tmp_path: Path, runtime: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows.csv").write_text("1")
    (tmp_path / "other").write_text("2")
    view = View.of_this_interpreter(more=[tmp_path / "data"])
    code = (
        f"import os\nplace = {str(tmp_path)!r}\nprint(open(place + '/data/rows.csv').read(), os.listdir(place))\n"
        "open('/tmp/mine', 'w').write('3')\n"
        "try:\n    open(place + '/data/rows.csv', 'w')\nexcept OSError:\n    print('read-only')"
    )
    done = run(Place(kind, view, CAPS, warm), code)
    assert done.cells[0].outputs[0]["text"] == "1 ['data']\nread-only\n"


@pytest.mark.parametrize(("kind", "warm"), KINDS)
def test_an_interrupt_reaches_the_cell_and_the_next_one_runs(kind: str, warm: bool, runtime: Path) -> None:
    place = Place(kind, View.of_this_interpreter(), Caps(cell=1.0), warm)
    done = run(place, "import time\nx = 1", "while True:\n    pass", "print(x)")
    assert (done.broken, done.cells[1].timed_out, done.cells[1].ok) == ("", True, False)
    assert done.cells[2].outputs[0]["text"] == "1\n"


def test_where_one_way_is_forbidden_the_next_is_taken(monkeypatch: pytest.MonkeyPatch, runtime: Path) -> None:
    refused: list[str] = []
    start = Launcher.start

    async def refuse(self: Launcher, *arguments: Any) -> Any:
        if self.place.kind in refused:
            raise RefusedError("forbidden here")
        return await start(self, *arguments)

    monkeypatch.setattr(supervisor.Launcher, "start", refuse)
    view = View.of_this_interpreter()
    assert asyncio.run(choose_place(view, CAPS)) == Place("own", view, CAPS, True)
    refused.append("own")
    place = asyncio.run(choose_place(view, CAPS))
    assert (place, place.cold_because) == (Place("bwrap", view, CAPS, False), "")
    refused.append("bwrap")
    with pytest.raises(HurdlesError, match=r"(?s)no sandbox.*forbidden here.*bubblewrap.*--no-sandbox"):
        asyncio.run(choose_place(view, CAPS))
    assert asyncio.run(choose_place(view, CAPS, sandbox=False)).kind == "open"


def test_it_is_kept_why_processes_are_not_forked(monkeypatch: pytest.MonkeyPatch, runtime: Path) -> None:
    start = Launcher.start

    async def refuse(self: Launcher, *arguments: Any) -> Any:
        if self.place.warm:
            raise RefusedError("not today")
        return await start(self, *arguments)

    monkeypatch.setattr(supervisor.Launcher, "start", refuse)
    place = asyncio.run(choose_place(View.of_this_interpreter(), CAPS))
    assert (place.kind, place.warm, place.cold_because) == ("own", False, "not today")


def test_the_view_never_shows_what_is_to_be_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = tmp_path / "course"
    (course / "lib").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str(course))
    monkeypatch.syspath_prepend(str(course / "lib"))
    view = View.of_this_interpreter(hidden=[course])
    assert not [place for place in view.shown if str(tmp_path) in place and place != str(course / "lib")]
    assert Path(sys.prefix, "lib") not in map(Path, view.covered)
    inside = View.of_this_interpreter(hidden=[Path(sys.prefix, "lib")])
    assert inside.covered == (os.path.realpath(Path(sys.prefix, "lib")),)
    assert View.read(json.loads(json.dumps(view.to_dict()))) == view


def test_limits_are_set_in_the_courses_settings() -> None:
    config = Config({"Limits": {"memory": 500, "cell": 2.5, "disk": 7}})
    caps = Limits(config=config).caps()
    assert (caps.memory, caps.cell, caps.disk) == (500 << 20, 2.5, 7 << 20)
    assert Caps.read(json.loads(json.dumps(caps.to_dict()))) == caps
    assert Limits().caps() == Caps()


def test_a_warm_process_with_other_settings_is_no_hindrance(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a cluster's worker meets one that a run on the same machine has left."""
    job = Job((Cell(0, "import os\nprint(os.environ.get('MKL_DYNAMIC'))"),))

    def setting() -> tuple[str, str]:
        launcher = Launcher(Place("own", View.of_this_interpreter(), CAPS))
        run = asyncio.run(run_job(job, launcher))
        assert not run.broken
        return str(run.cells[0].outputs[0]["text"]).strip(), launcher.cold_because

    assert setting() == ("None", "")
    for name in ("PYTHONHASHSEED", "MALLOC_TRIM_THRESHOLD_"):
        monkeypatch.setenv(name, "65536")
        assert name not in supervisor.environment()
    monkeypatch.setenv("MKL_DYNAMIC", "3")
    value, reason = setting()
    assert value == "3"
    assert "MKL_DYNAMIC" in reason


def test_of_two_processes_none_is_left_when_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next way is tried in the same places of work."""

    async def start(_: Launcher, slot: int, *__: object) -> Any:
        if slot % 2:
            await asyncio.sleep(60)
        raise RefusedError("not this one")

    async def refused() -> None:
        with pytest.raises(RefusedError, match="not this one"):
            await run_job(job, Launcher(Place("own", View.of_this_interpreter(), CAPS)))
        assert asyncio.all_tasks() == {asyncio.current_task()}

    job = Job((Cell(0, "assert f() == 1", test=True, far=True, names=("f",)),))
    monkeypatch.setattr(Launcher, "start", start)
    asyncio.run(refused())
