"""The parts that need no kernel."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib.metadata import entry_points
from pathlib import Path

import nbformat
import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import KernelProvisionerFactory
from nbclient import NotebookClient
from support.kernels import STOCK, WARM, Start, eventually, place_of, provisioner, tell, warm_up
from traitlets.config import Config

from hurdles import kernels
from hurdles.kernels import client, memory, stamps
from hurdles.kernels.__main__ import main
from hurdles.kernels.channel import Place, RefusedError, pack, unpack_size
from hurdles.kernels.ports import HeldPorts
from hurdles.kernels.preload import COMMON, Preloaded, wanted
from hurdles.kernels.provisioner import WarmProvisioner, understand
from hurdles.kernels.warm import END, STATUS, Settings


def test_it_is_registered_as_a_provisioner() -> None:
    (found,) = entry_points(group="jupyter_client.kernel_provisioners", name=kernels.NAME)
    assert found.load() is WarmProvisioner is kernels.WarmProvisioner


def test_a_default_that_is_set_already_stays() -> None:
    assert kernels.switched_on({})["JUPYTER_DEFAULT_PROVISIONER_NAME"] == kernels.NAME
    stays = {"JUPYTER_DEFAULT_PROVISIONER_NAME": "local-provisioner", "A": "b"}
    assert kernels.switched_on(stays) == stays


def test_importing_the_room_loads_nothing_heavy() -> None:
    code = "import sys, hurdles.kernels; print(sorted({'jupyter_client', 'zmq', 'numpy'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


@given(st.integers(0, 8), st.integers(0, 1 << 36))
def test_fewer_kernels_wait_when_memory_is_short(most: int, free: int) -> None:
    size = memory.pool_size(most, free)
    assert 0 <= size <= most
    assert memory.pool_size(most, free + memory.PER_KERNEL) >= size
    if free < memory.RESERVE + memory.PER_KERNEL:
        assert size == 0


def test_memory_that_is_available_is_measured() -> None:
    total = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    assert 0 < memory.available() <= int(total.split()[1]) << 10


@pytest.mark.parametrize(
    "command",
    [
        ["/usr/bin/env", "python", "-m", "ipykernel_launcher", "-f", "c.json"],
        [sys.executable, "-m", "xeus", "-f", "c.json"],
        [sys.executable, "script.py", "-f", "c.json"],
        ["/usr/bin/julia", "-i", "kernel.jl", "c.json"],
    ],
)
def test_other_commands_are_left_to_stock(command: list[str]) -> None:
    with pytest.raises(RefusedError):
        understand(command)


def test_other_platforms_are_left_to_stock(monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "c.json", "--IPKernelApp.log_level=30"]
    assert understand(command) == ([sys.executable], ["--IPKernelApp.log_level=30"])
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(RefusedError, match="platform"):
        understand(command)


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.text())))
def test_messages_are_as_long_as_they_say(message: dict[str, object]) -> None:
    data = pack(message)
    assert unpack_size(data[:4]) == len(data) - 4


@given(
    st.lists(st.text()) | st.none(),
    st.integers(0, 9),
    st.floats(0, 1e6),
    st.lists(st.text()),
)
def test_settings_survive_the_command_line(
    preload: list[str] | None, pool: int, idle: float, without: list[str]
) -> None:
    settings = Settings(
        "/f", "k", None if preload is None else tuple(preload), pool=pool, idle=idle, without=tuple(without)
    )
    assert Settings.read(settings.changed()) == settings
    assert Settings.read(settings.changed(attempt=3)).attempt == 3


def test_places_differ_by_interpreter_options_and_modules(tmp_path: Path) -> None:
    keys = {
        Place.of(tmp_path, interpreter, modules).key
        for interpreter in (["python"], ["python", "-O"])
        for modules in (None, [], ["numpy"])
    }
    assert len(keys) == 6


def test_the_common_modules_come_first_and_courses_add_theirs() -> None:
    found = wanted(None)
    assert found[: len(COMMON)] == list(COMMON)
    assert len(found) == len(set(found))
    assert "hurdles.ui" in found
    assert wanted(["a", "b"]) == ["a", "b"]


@pytest.mark.parametrize(
    ("changed", "differs"),
    [
        ({"READ": "2"}, ["READ"]),
        ({"NOT_READ": "2"}, []),
        ({"PYTHONHASHSEED": "1"}, ["PYTHONHASHSEED"]),
        ({"PYTHONPATH": "/x"}, []),
        ({"OMP_NUM_THREADS": "1"}, []),
        ({"OMP_SCHEDULE": "static"}, ["OMP_SCHEDULE"]),
        ({"LC_ALL": "C"}, ["LC_ALL"]),
        ({"KMP_INIT_AT_FORK": "FALSE"}, []),
        ({"KMP_INIT_AT_FORK": "TRUE"}, ["KMP_INIT_AT_FORK"]),
    ],
)
def test_variables_that_were_read_must_not_change(changed: dict[str, str], differs: list[str]) -> None:
    added = {"KMP_INIT_AT_FORK": "FALSE"}  # by a library, while it was imported
    preloaded = Preloaded(environment={"READ": "1"}, added=added, read=frozenset({"READ", "PATH"}))
    assert preloaded.differing({"READ": "1", "PATH": "/bin", **changed}) == differs


def test_stamps_tell_edits_and_installations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site-packages"
    site.mkdir()
    module = tmp_path / "module.py"
    module.write_text("x = 1\n")
    monkeypatch.setattr(stamps, "roots", lambda: [str(site)])
    before = stamps.stamp([str(module)])
    assert stamps.stamp([str(module)]) == before
    module.write_text("x = 22\n")
    edited = stamps.stamp([str(module)])
    assert edited != before
    os.utime(site, ns=(1, 1))
    (site / "package-1.0.dist-info").mkdir()
    assert stamps.stamp([str(module)]) != edited
    module.unlink()
    assert stamps.stamp([str(module)])[str(module)] is None


def test_what_runs_is_told_and_stopped(
    warmed: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert main([]) == 0
    said = tell(warmed, STATUS)
    assert said is not None
    assert f"process {said['pid']}," in capsys.readouterr().out
    assert main(["sotp"]) == 2
    assert "usage" in capsys.readouterr().err
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    assert main(["stop"]) == 0
    assert capsys.readouterr().out == "No warm process runs.\n"


@pytest.mark.parametrize("kind", [STOCK, WARM])
def test_a_client_begins_when_all_before_is_read(warmed: Place, start: Start, kind: str) -> None:
    """The next thing that the kernel publishes belongs to the first cell."""
    session = start(kind)
    request = session.client.execute("1")
    message = session.client.get_iopub_msg(timeout=60)
    assert (message["parent_header"]["msg_id"], message["content"]) == (request, {"execution_state": "busy"})


def test_clients_of_warm_kernels_need_no_silence(warmed: Place, start: Start, runtime: Path) -> None:
    quick_one = start(WARM)
    assert type(quick_one.client).wait_for_ready is not BlockingKernelClient.wait_for_ready
    assert isinstance(quick_one.client, BlockingKernelClient)
    place = warm_up(runtime, config := Config({"WarmProvisioner": {"preload": ["csv"], "quick_clients": False}}))
    assert type(start(WARM, config=config).client) is BlockingKernelClient
    tell(place, END)


def test_a_kernel_that_does_not_answer_is_waited_for_as_by_a_stock_client(
    warmed: Place, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = start(WARM)
    monkeypatch.setattr(client, "_REPLY_WITHIN", 0.2)
    session.client.execute("import time; time.sleep(1)")
    session.client.wait_for_ready(timeout=30)
    assert session.value("6 * 7") == "42"


def test_other_clients_stay_as_they_are() -> None:
    class Own(BlockingKernelClient):
        def wait_for_ready(self, timeout: float | None = None) -> None: ...

    assert client.quick(Own) is Own
    assert issubclass(client.quick(AsyncKernelClient), AsyncKernelClient)
    assert client.quick(AsyncKernelClient) is client.quick(AsyncKernelClient)


def test_our_commands_use_warm_kernels_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    factory = KernelProvisionerFactory.instance()
    for told, expected in ((None, WARM), (WARM, WARM), (STOCK, STOCK), ("other", STOCK)):
        monkeypatch.delenv("JUPYTER_DEFAULT_PROVISIONER_NAME", raising=False)
        if told:
            monkeypatch.setenv("JUPYTER_DEFAULT_PROVISIONER_NAME", told)
        with provisioner(STOCK):
            with kernels.as_default():
                assert factory.default_provisioner_name == expected
            assert factory.default_provisioner_name == STOCK


def test_a_head_start_is_given_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    kernels.begin({**os.environ, "JUPYTER_DEFAULT_PROVISIONER_NAME": STOCK})
    assert not list(tmp_path.iterdir())
    place = Place.of(tmp_path, [sys.executable], None)
    for _ in range(2):
        kernels.begin({**os.environ, "JUPYTER_DEFAULT_PROVISIONER_NAME": WARM})
    assert eventually(lambda: (tell(place, STATUS) or {}).get("ready"))
    pid = tell(place, STATUS)["pid"]  # type: ignore[index]
    kernels.begin({**os.environ, "JUPYTER_DEFAULT_PROVISIONER_NAME": WARM})
    assert tell(place, STATUS)["pid"] == pid  # type: ignore[index]
    tell(place, END)


def test_trouble_with_a_head_start_is_nobodys_business(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "file" / "below"))
    kernels.begin({})


def test_nbclient_runs_a_notebook_over_it(warmed: Place) -> None:
    served = tell(warmed, STATUS)["served"]  # type: ignore[index]
    cells = [nbformat.v4.new_code_cell(source) for source in ("import pandas\nx = 6", "x * 7", "1 / 0")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    with provisioner(WARM):
        NotebookClient(notebook, kernel_name="python3", allow_errors=True, timeout=60).execute()
    assert notebook.cells[1].outputs[0]["data"]["text/plain"] == "42"
    assert notebook.cells[2].outputs[0]["ename"] == "ZeroDivisionError"
    assert tell(warmed, STATUS)["served"] == served + 1  # type: ignore[index]


def test_nbgrader_autograde_gives_the_same_grades(
    warmed: Place, runtime: Path, repository: Path, tmp_path: Path
) -> None:
    """Its own command, unchanged; only a variable in the environment differs."""
    area, lesson = "01-data", "1-quality"
    shutil.copy(repository / "nbgrader_config.py", tmp_path)
    master = repository / "solutions" / area / f"{lesson}.ipynb"
    for place in (tmp_path / "solutions" / area, tmp_path / "submitted" / "ada" / area):
        place.mkdir(parents=True)
        shutil.copy(master, place)

    def nbgrader(*arguments: str, kind: str = STOCK) -> None:
        command = [sys.executable, "-m", "nbgrader", *arguments]
        given = {**os.environ, "JUPYTER_DEFAULT_PROVISIONER_NAME": kind, "JUPYTER_CONFIG_DIR": str(tmp_path / "none")}
        done = subprocess.run(command, cwd=tmp_path, env=given, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr

    nbgrader("generate_assignment", area)
    served = tell(warmed, STATUS)["served"]  # type: ignore[index]
    grades = []
    for kind in (STOCK, WARM):
        nbgrader("autograde", area, "--force", kind=kind)
        with closing(sqlite3.connect(tmp_path / "gradebook.db")) as book:
            grades.append(book.execute("SELECT auto_score FROM grade ORDER BY id").fetchall())
    assert grades[0] == grades[1]
    assert sum(score or 0 for (score,) in grades[0]) > 0
    assert tell(warmed, STATUS)["served"] == served + 1  # type: ignore[index]


def free(port: int) -> bool:
    """Say whether a program that knows nothing of kernels could listen on this port."""
    with socket.socket() as other:
        try:
            other.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def test_held_ports_are_the_kernels_alone() -> None:
    held = HeldPorts("127.0.0.1", 5)
    assert len(set(held.numbers)) == 5
    assert not any(map(free, held.numbers))
    # Whoever asks for any free port, as a kernel does for its own use, gets another one.
    with zmq.Context() as context:
        others = [context.socket(zmq.ROUTER) for _ in range(200)]
        given = {socket.bind_to_random_port("tcp://127.0.0.1") for socket in others}
        assert len(given) == 200
        assert not given & set(held.numbers)
        kernels_own = others.pop()
        for port in held.numbers:
            kernels_own.bind(f"tcp://127.0.0.1:{port}")
        context.destroy(linger=0)
    assert not any(map(free, held.numbers))
    held.release()
    held.release()
    assert all(map(free, held.numbers))


def test_ports_go_with_their_owner_and_on_failure() -> None:
    numbers = HeldPorts("127.0.0.1", 2).numbers
    assert all(map(free, numbers))
    with pytest.raises(OSError, match="assign requested address"):
        HeldPorts("192.0.2.1", 1)


@pytest.mark.parametrize("enabled", [True, False])
def test_a_kernels_ports_are_held_until_it_is_shut_down(runtime: Path, *, enabled: bool) -> None:
    config = Config({"WarmProvisioner": {"enabled": enabled, "preload": ["json.tool"], "pool": 0}})
    # Nobody connects to these kernels: the system keeps the ports of a connection for a minute after its end.
    with provisioner(WARM):
        manager = KernelManager(kernel_name="python3", config=config)
        manager.start_kernel()
    ports = [getattr(manager, f"{name}_port") for name in ("shell", "iopub", "stdin", "hb", "control")]
    os.kill(manager.provisioner.pid, signal.SIGKILL)
    assert eventually(lambda: not manager.is_alive())
    assert [free(port) for port in ports] == [not enabled] * 5
    manager.shutdown_kernel(now=True)
    assert all(map(free, ports))
    tell(place_of(runtime, config), END)
