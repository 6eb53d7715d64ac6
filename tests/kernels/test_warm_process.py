"""The warm process: when it serves, when stock does, and that nothing of it is left behind."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager
from support.kernels import (
    STOCK,
    WARM,
    Session,
    Start,
    alive,
    announced,
    environment,
    eventually,
    make,
    patient,
    place_of,
    provisioner,
    tell,
    wait_until_announced,
    warm_up,
)
from traitlets.config import Config

from hurdles.kernels.channel import Place
from hurdles.kernels.provisioner import WarmProcess
from hurdles.kernels.warm import END, STATUS


def settings(*preload: str, **traits: Any) -> Config:
    """Return a configuration with a warm process of its own that has little to import."""
    return Config({"WarmProvisioner": {"preload": list(preload), **traits}})


@pytest.fixture
def small(runtime: Path) -> Iterator[Config]:
    """Return a configuration with a small warm process, which ends with the test."""
    config = settings("json.tool", pool=1)
    yield config
    tell(place_of(runtime, config), END)


def process_state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def children(pid: int) -> list[int]:
    return [int(name) for name in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture
def together(runtime: Path) -> Iterator[Callable[..., list[Session]]]:
    """Return ``together(number, config)``, which starts kernels at the same time; what is left of them ends then."""
    managers: list[KernelManager] = []
    sessions: list[Session] = []

    def begin(number: int, config: Config | None = None) -> list[Session]:
        managers.extend(KernelManager(kernel_name="python3", config=patient(config)) for _ in range(number))

        async def all_of_them() -> None:
            await asyncio.gather(*(manager._async_start_kernel() for manager in managers))

        with provisioner(WARM):
            asyncio.run(all_of_them())
        sessions.extend(map(Session, managers))  # each one is kept, even if the next fails
        return sessions

    yield begin
    for session in sessions:
        if session.manager.has_kernel:
            session.close(now=True)
    for manager in managers[len(sessions) :]:
        if manager.has_kernel:
            manager.shutdown_kernel(now=True)


def count(folder: str) -> int:
    return len(list(Path(folder).iterdir()))


def listening() -> int:
    """Count the TCP sockets of this machine that listen on this host."""
    lines = Path("/proc/net/tcp").read_text().splitlines()
    return sum(line.split()[3] == "0A" for line in lines[1:])


def test_the_first_kernel_is_stock_and_the_next_one_warm(small: Config, start: Start, runtime: Path) -> None:
    first = start(WARM, config=small)
    assert not first.warm
    warm_up(runtime, small)
    second = start(WARM, config=small)
    assert second.warm
    assert first.value("1") == second.value("1")


def test_one_process_for_many_starts_at_once(together: Callable[..., list[Session]], runtime: Path) -> None:
    config = settings("json.tool", "csv", pool=0)
    for session in together(4, config):
        session.close(now=True)
    place = warm_up(runtime, config)
    running = [
        entry
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and place.key.encode() in (entry / "cmdline").read_bytes()
    ]
    assert len(running) == 1
    tell(place, END)


def test_the_process_is_private_and_nobodys_child(warmed: Place) -> None:
    said = tell(warmed, STATUS)
    assert said is not None
    assert warmed.folder.stat().st_mode & 0o777 == 0o700
    assert warmed.file("sock").stat().st_mode & 0o777 == 0o600
    parent = int(Path(f"/proc/{said['pid']}/stat").read_text().rpartition(")")[2].split()[1])
    assert parent != os.getpid()
    assert count(f"/proc/{said['pid']}/task") == 1
    assert said["failed"] == []
    assert said["left out"] == []


def test_it_costs_nothing_while_it_waits(warmed: Place) -> None:
    said = tell(warmed, STATUS)
    assert said is not None

    def switches(pid: int) -> int:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)

    assert eventually(lambda: len(tell(warmed, STATUS)["ready"]) == 2)  # type: ignore[index]
    time.sleep(1.0)  # the last one prepares itself
    waiting = [said["pid"], *tell(warmed, STATUS)["ready"]]  # type: ignore[index]
    time.sleep(0.3)  # and the process closes its end of that talk
    before = {pid: switches(pid) for pid in waiting}
    time.sleep(1.5)
    assert {pid: switches(pid) for pid in waiting} == before


def test_two_hundred_starts_leave_nothing(warmed: Place) -> None:
    said = tell(warmed, STATUS)
    assert said is not None
    warm = said["pid"]

    def one() -> int:
        with provisioner(WARM):
            manager = KernelManager(kernel_name="python3", config=patient())
            manager.start_kernel()
        process = manager.provisioner.process
        assert isinstance(process, WarmProcess)
        manager.shutdown_kernel(now=True)
        manager.context.destroy(linger=0)
        assert eventually(lambda: not Path(f"/proc/{process.pid}").exists())
        return int(process.pid)

    one()
    assert eventually(lambda: len(tell(warmed, STATUS)["ready"]) == 2)  # type: ignore[index]
    ours, theirs, ports = count("/proc/self/fd"), count(f"/proc/{warm}/fd"), listening()
    pids = {one() for _ in range(200)}
    assert len(pids) == 200
    assert eventually(lambda: len(tell(warmed, STATUS)["ready"]) == 2)  # type: ignore[index]
    # The last talk's own sockets are closed a moment later.
    assert eventually(lambda: count("/proc/self/fd") <= ours)
    assert eventually(lambda: count(f"/proc/{warm}/fd") <= theirs)
    assert eventually(lambda: listening() <= ports)
    assert eventually(lambda: [process_state(pid) for pid in children(warm)] == ["S", "S"])
    assert not list(warmed.folder.parent.glob("kernel-*.json"))


def test_twenty_at_once(warmed: Place, together: Callable[..., list[Session]]) -> None:
    sessions = together(20)
    assert all(session.warm for session in sessions)
    requests = [session.client.execute("import pandas, os; print(os.getpid())") for session in sessions]
    answers = [session.finish(request).out for session, request in zip(sessions, requests, strict=True)]
    assert sorted(map(int, answers)) == sorted(session.pid for session in sessions)
    for session in sessions:
        session.close(now=True)
    assert eventually(lambda: tell(warmed, STATUS)["kernels"] == [])  # type: ignore[index]


def test_memory_comes_back(warmed: Place, start: Start) -> None:
    session = start(WARM)
    assert session.warm
    own = "sum(int(l.split()[1]) for l in open('/proc/self/smaps_rollup') if l.startswith('Private')) // 1024"
    before = int(session.value(own))
    session.run("import numpy; block = numpy.ones(40_000_000)")
    assert int(session.value(own)) > before + 250
    warm = tell(warmed, STATUS)["pid"]  # type: ignore[index]
    pid = session.pid
    session.close()
    assert eventually(lambda: not Path(f"/proc/{pid}").exists())
    resident = next(
        int(line.split()[1]) for line in Path(f"/proc/{warm}/status").read_text().splitlines() if "RssAnon" in line
    )
    assert resident < 400 << 10


def test_an_idle_kernel_shares_most_of_its_memory(warmed: Place, start: Start) -> None:
    own = "sum(int(l.split()[1]) for l in open('/proc/self/smaps_rollup') if l.startswith('Private'))"
    used = []
    for kind in (STOCK, WARM):
        session = start(kind)
        session.run("import numpy, pandas, sklearn.linear_model, matplotlib.pyplot, seaborn")
        used.append(int(session.value(own)))
    assert used[1] < 0.4 * used[0]


def test_kernels_outlive_the_warm_process(small: Config, start: Start, runtime: Path, tmp_path: Path) -> None:
    place = warm_up(runtime, small)
    session = start(WARM, config=small)
    assert session.warm
    session.run("kept = 41")
    said = tell(place, STATUS)
    assert said is not None
    os.kill(said["pid"], signal.SIGKILL)
    assert eventually(lambda: not alive(said["pid"]))
    assert eventually(lambda: not any(alive(pid) for pid in said["ready"]))
    assert session.value("kept + 1") == "42"
    assert session.manager.is_alive()
    request = session.client.execute(announced("import time; time.sleep(600)", tmp_path / "in"))
    wait_until_announced(tmp_path / "in")
    session.manager.interrupt_kernel()
    assert session.finish(request).error == "KeyboardInterrupt"

    following = start(WARM, config=small)
    assert not following.warm
    warm_up(runtime, small)
    assert start(WARM, config=small).warm

    session.manager.restart_kernel()
    session.client.wait_for_ready(timeout=60)
    assert session.warm
    process = session.manager.provisioner.process
    session.close()
    assert process.poll() == 0


def test_an_orphaned_kernels_end_is_noticed(small: Config, start: Start, runtime: Path) -> None:
    place = warm_up(runtime, small)
    session = start(WARM, config=small)
    os.kill(tell(place, STATUS)["pid"], signal.SIGKILL)  # type: ignore[index]
    os.kill(session.pid, signal.SIGKILL)
    assert eventually(lambda: not session.manager.is_alive())
    # Nobody can say any more how it ended; that it did not end well is all that is known.
    assert session.manager.provisioner.process.poll() == 255


def test_a_process_that_does_not_answer_is_passed_over(runtime: Path, start: Start) -> None:
    config = settings("json.tool", pool=1, answer_within=0.2)
    place = warm_up(runtime, config)
    pid = tell(place, STATUS)["pid"]  # type: ignore[index]
    os.kill(pid, signal.SIGSTOP)
    try:
        session = start(WARM, config=config)
        assert not session.warm
        assert session.value("6 * 7") == "42"
    finally:
        os.kill(pid, signal.SIGCONT)
    assert eventually(lambda: len(tell(place, STATUS)["ready"]) == 1)  # type: ignore[index]
    assert eventually(lambda: tell(place, STATUS)["kernels"] == [])  # type: ignore[index]
    tell(place, END)


def test_a_forked_kernel_that_hangs_is_given_up(runtime: Path, start: Start) -> None:
    config = settings("json.tool", pool=1, ready_within=0.3)
    place = warm_up(runtime, config)
    ready = tell(place, STATUS)["ready"][0]  # type: ignore[index]
    os.kill(ready, signal.SIGSTOP)
    session = start(WARM, config=config)
    assert not session.warm
    assert not alive(ready)
    assert session.value("6 * 7") == "42"
    tell(place, END)


def test_it_ends_when_nobody_needs_it(runtime: Path) -> None:
    config = settings("json.tool", pool=1, idle=0.5)
    place = place_of(runtime, config)
    make(WARM, config, {}, {}).close(now=True)
    assert eventually(lambda: place.file("lock").read_bytes() == b"ended")
    assert not place.file("sock").exists()
    assert tell(place, STATUS) is None


def test_it_stays_while_a_kernel_lives(runtime: Path, start: Start) -> None:
    config = settings("csv", pool=1, idle=1.0)
    warm_up(runtime, config)
    session = start(WARM, config=config)
    assert session.warm
    time.sleep(1.5)
    place = place_of(runtime, config)
    assert tell(place, STATUS)["kernels"] == [session.pid]  # type: ignore[index]
    session.close()
    assert eventually(lambda: tell(place, STATUS) is None)


def test_code_that_changed_on_disk_is_never_served(runtime: Path, start: Start, tmp_path: Path) -> None:
    """An editable install: outside the folders that installers look after."""
    module = tmp_path / "of_the_course.py"
    module.write_text("VALUE = 'old'\n")
    given = environment(PYTHONPATH=str(tmp_path))
    config = settings("of_the_course", pool=1)
    place = place_of(runtime, config)

    def ready() -> bool:
        return bool((tell(place, STATUS) or {}).get("ready"))

    start(WARM, config=config, env=given)
    assert eventually(ready)
    session = start(WARM, config=config, env=given)
    assert session.warm
    assert session.run("import sys; assert 'of_the_course' in sys.modules").status == "ok"
    module.write_text("VALUE = 'newer'\n")
    stock = start(WARM, config=config, env=given)
    assert not stock.warm
    assert stock.run("from of_the_course import VALUE; print(VALUE)").out == "newer\n"
    assert session.value("6 * 7") == "42"
    assert eventually(ready, 8), (
        place.file("lock").read_bytes(),
        place.file("log").read_text(),
    )
    again = start(WARM, config=config, env=given)
    assert again.warm
    assert again.run("from of_the_course import VALUE; print(VALUE)").out == "newer\n"
    # The retired process stays to tell how its kernel ends, and not longer.
    retired = int(Path(f"/proc/{session.pid}/stat").read_text().rpartition(")")[2].split()[1])
    assert session.close() == 0
    assert eventually(lambda: not alive(retired))
    tell(place, END)


def test_modules_that_cannot_be_imported_ahead_are_left_out(runtime: Path, start: Start, tmp_path: Path) -> None:
    (tmp_path / "starts_a_thread.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
    )
    (tmp_path / "broken.py").write_text("raise RuntimeError('not today')\n")
    given = environment(PYTHONPATH=str(tmp_path))
    config = settings("csv", "starts_a_thread", "broken", "no_such_module", pool=1)
    place = place_of(runtime, config)
    start(WARM, config=config, env=given)
    assert eventually(lambda: bool((tell(place, STATUS) or {}).get("ready")))
    said = tell(place, STATUS)
    assert said is not None
    assert said["left out"] == ["starts_a_thread"]
    assert [line.partition(":")[0] for line in said["failed"]] == ["broken", "no_such_module"]
    session = start(WARM, config=config, env=given)
    assert session.warm
    assert session.run("import csv").status == "ok"
    assert session.run("import broken").error == "RuntimeError"
    tell(place, END)


@pytest.mark.parametrize(
    "trouble",
    ["file in the way", "open to others", "disk full", "no lock", "somebody else's"],
)
def test_trouble_with_the_runtime_directory_means_stock(
    start: Start, runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "r"))
    (tmp_path / "r").mkdir(mode=0o700)
    folder = tmp_path / "r" / "hurdles-kernels"
    if trouble == "file in the way":
        folder.write_text("")
    elif trouble == "open to others":
        folder.mkdir(mode=0o777)
        folder.chmod(0o777)
    elif trouble == "disk full":
        original = os.open

        def full(path: Any, flags: int, *rest: Any, **more: Any) -> int:
            if "hurdles-kernels" in str(path) and flags & os.O_CREAT:
                raise OSError(errno.ENOSPC, "No space left on device", str(path))
            return original(path, flags, *rest, **more)

        monkeypatch.setattr(os, "open", full)
    elif trouble == "no lock":
        folder.mkdir(mode=0o700)
        place_of(tmp_path / "r").file("lock").mkdir()
    else:
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    session = start(WARM)
    assert not session.warm
    assert session.value("6 * 7") == "42"


@pytest.mark.parametrize(
    "wish",
    ["library's name", "matplotlibrc", "settings of IPython", "variable read", "argument", "keyword", "limit lowered"],
)
def test_what_a_fork_cannot_give_is_left_to_stock(warmed: Place, start: Start, tmp_path: Path, wish: str) -> None:
    launch: dict[str, Any] = {"cwd": str(tmp_path)}
    expression, expected = "6 * 7", "42"
    if wish == "library's name":
        (tmp_path / "seaborn.py").write_text("__version__ = 'mine'\n")
        expression, expected = "__import__('seaborn').__version__", "'mine'"
    elif wish == "matplotlibrc":
        (tmp_path / "matplotlibrc").write_text("lines.linewidth: 7\n")
        expression, expected = "__import__('matplotlib').rcParams['lines.linewidth']", "7.0"
    elif wish == "settings of IPython":
        (tmp_path / "profile_default").mkdir()
        (tmp_path / "profile_default" / "ipython_config.py").write_text("c.InteractiveShell.cache_size = 17\n")
        launch["env"] = environment(IPYTHONDIR=str(tmp_path))
        expression, expected = "get_ipython().cache_size", "17"
    elif wish == "variable read":
        launch["env"] = environment(SKLEARN_WORKING_MEMORY="77")
        expression, expected = "__import__('sklearn').get_config()['working_memory']", "77"
    elif wish == "argument":
        launch["extra_arguments"] = ["--InteractiveShell.cache_size=19"]
        expression, expected = "get_ipython().cache_size", "19"
    elif wish == "keyword":
        launch["umask"] = 0o77
        expression, expected = "[l.split()[1] for l in open('/proc/self/status') if l.startswith('Umask')]", "['0077']"
    else:
        # Taken over, not refused: limits can be lowered in the fork.
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 1, hard))
        try:
            session = start(WARM, **launch)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert session.warm
        assert session.value("__import__('resource').getrlimit(7)") == repr((soft - 1, hard))
        return
    session = start(WARM, **launch)
    assert not session.warm
    assert session.value(expression) == expected


def test_folders_that_only_sound_like_a_library_do_not_matter(warmed: Place, start: Start, tmp_path: Path) -> None:
    (tmp_path / "seaborn").mkdir()
    (tmp_path / "seaborn" / "penguins.csv").write_text("a,b\n")
    (tmp_path / "pandas.txt").write_text("notes\n")
    session = start(WARM, cwd=str(tmp_path))
    assert session.warm
    assert session.value("__import__('seaborn').__version__[:2]") == "'0.'"


def test_another_interpreter_or_language_is_left_to_stock(warmed: Place, runtime: Path, tmp_path: Path) -> None:
    specs = tmp_path / "kernels"
    for name, argv in {
        "other": ["/usr/bin/env", sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "script": [sys.executable, str(tmp_path / "run.py"), "-f", "{connection_file}"],
    }.items():
        (specs / name).mkdir(parents=True)
        (specs / name / "kernel.json").write_text(
            __import__("json").dumps({"argv": argv, "display_name": name, "language": "python"})
        )
    (tmp_path / "run.py").write_text("from ipykernel.kernelapp import launch_new_instance\nlaunch_new_instance()\n")
    for name in ("other", "script"):
        with provisioner(WARM):
            manager = KernelManager(kernel_name=name)
            manager.kernel_spec_manager.kernel_dirs.insert(0, str(specs))
            manager.start_kernel()
        session = Session(manager)
        assert not session.warm
        assert session.value("6 * 7") == "42"
        session.close(now=True)


def test_a_folder_that_does_not_exist_fails_as_with_stock(warmed: Place, runtime: Path, tmp_path: Path) -> None:
    errors = []
    for kind in (STOCK, WARM):
        with pytest.raises(FileNotFoundError) as caught:
            make(kind, None, {}, {"cwd": str(tmp_path / "missing")})
        errors.append(str(caught.value))
    assert errors[0] == errors[1]


def test_a_client_in_a_namespace_of_its_own_gets_no_kernel_outside(warmed: Place, runtime: Path) -> None:
    program = (
        "import os, sys\n"
        "from jupyter_client.manager import KernelManager\n"
        "from jupyter_client.provisioning import KernelProvisionerFactory as F\n"
        f"F.instance().default_provisioner_name = {WARM!r}\n"
        "if sys.argv[1] == 'inside':\n    import ctypes; assert ctypes.CDLL(None).unshare(0x04000000) == 0\n"
        "m = KernelManager(kernel_name='python3'); m.start_kernel()\n"
        "print(type(m.provisioner.process).__name__); m.shutdown_kernel(now=True)\n"
    )
    if os.geteuid() == 0:
        found = {}
        for where in ("outside", "inside"):
            done = subprocess.run([sys.executable, "-c", program, where], capture_output=True, text=True, check=True)
            found[where] = done.stdout.strip()
        assert found == {"outside": "WarmProcess", "inside": "Popen"}
    else:
        # Only root may take a part of the system for itself; what is compared can be seen by anybody.
        from hurdles.kernels.situation import situation

        assert {"mnt", "pid", "net"} <= situation()["namespaces"].keys()


def test_a_stranger_on_the_socket_disturbs_nobody(warmed: Place, start: Start) -> None:
    from hurdles.kernels import channel

    silent, rude = channel.connect(warmed), channel.connect(warmed)
    rude.send(b"?" * 1000)
    assert start(WARM).warm
    silent.close()
    rude.close()
    assert tell(warmed, STATUS) is not None
