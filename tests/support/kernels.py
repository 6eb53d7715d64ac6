"""Kernels of both kinds and what tests ask of them."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import KernelProvisionerFactory
from traitlets.config import Config

from hurdles.kernels import NAME, channel
from hurdles.kernels.channel import Place
from hurdles.kernels.provisioner import WarmProcess
from hurdles.kernels.warm import STATUS

STOCK, WARM = "local-provisioner", NAME
PATIENCE = 60.0


@dataclass
class Result:
    """What one cell did."""

    status: str
    error: str = ""
    out: str = ""
    err: str = ""
    value: str = ""
    data: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)


class Session:
    """A kernel and a client of it."""

    def __init__(self, manager: KernelManager) -> None:
        self.manager = manager
        self.client = manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    @property
    def warm(self) -> bool:
        return isinstance(self.manager.provisioner.process, WarmProcess)

    @property
    def pid(self) -> int:
        return int(self.manager.provisioner.pid)

    def run(self, code: str, *, answer: str | None = None) -> Result:
        """Run a cell; answer what it asks for."""
        request = self.client.execute(code, allow_stdin=answer is not None)
        if answer is not None:
            self.client.get_stdin_msg(timeout=PATIENCE)
            self.client.input(answer)
        return self.finish(request)

    def finish(self, request: str) -> Result:
        """Collect what a cell published until it is done."""
        result = Result("")
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            result.messages.append(message)
            if kind == "stream" and content["name"] == "stdout":
                result.out += content["text"]
            elif kind == "stream":
                result.err += content["text"]
            elif kind in {"display_data", "execute_result"}:
                result.data.append(content["data"])
                result.value = content["data"].get("text/plain", result.value)
            elif kind == "error":
                result.error = content["ename"]
            elif kind == "status" and content["execution_state"] == "idle":
                break
        while True:
            reply = self.client.get_shell_msg(timeout=PATIENCE)
            if reply["parent_header"].get("msg_id") == request:
                result.status = reply["content"]["status"]
                return result

    def value(self, expression: str) -> str:
        """Return the representation of an expression."""
        result = self.run(expression)
        assert result.status == "ok", result
        return result.value

    def close(self, *, now: bool = False) -> int | None:
        """Shut down and return the exit code."""
        self.client.stop_channels()
        process = self.manager.provisioner.process
        self.manager.shutdown_kernel(now=now)
        self.client.context.destroy(linger=0)
        return None if process is None else process.returncode


Start = Callable[..., Session]


def make(kind: str, config: Config | None, manager: dict[str, Any], launch: dict[str, Any]) -> Session:
    """Start a kernel with one of the provisioners."""
    with provisioner(kind):
        made = KernelManager(kernel_name="python3", config=patient(config), **manager)
        made.start_kernel(**launch)
        return Session(made)


def patient(config: Config | None = None) -> Config:
    """Return a configuration that waits for a busy machine, where it does not say otherwise itself.

    Learners get a stock kernel when a warm one is slow; tests ask what happens, not how quickly.
    """
    made = Config({"WarmProvisioner": {"answer_within": PATIENCE, "ready_within": PATIENCE}})
    made.merge(config or Config())
    return made


@contextlib.contextmanager
def provisioner(kind: str) -> Iterator[None]:
    """Make a provisioner the default one."""
    factory = KernelProvisionerFactory.instance()
    before = factory.default_provisioner_name
    factory.default_provisioner_name = kind
    try:
        yield
    finally:
        factory.default_provisioner_name = before


def warm_up(runtime: Path, config: Config | None = None) -> Place:
    """Start the warm process for a configuration, unless it runs, and wait until it has a kernel ready."""
    place = place_of(runtime, config)
    if tell(place, STATUS) is None:
        make(WARM, config, {}, {}).close(now=True)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        said = tell(place, STATUS)
        if said and (said["ready"] or (config and config.WarmProvisioner.get("pool") == 0)):
            return place
        time.sleep(0.1)
    raise AssertionError(place.file("log").read_text())


def place_of(runtime: Path, config: Config | None = None) -> Place:
    """Return where the warm process for a configuration is found."""
    preload = config.WarmProvisioner.get("preload") if config else None
    return Place.of(runtime, [sys.executable], preload)


def tell(place: Place, wish: bytes) -> dict[str, Any] | None:
    """Ask a warm process for its state, or to end; return nothing if there is none."""
    try:
        connection = channel.connect(place)
    except OSError:
        return None
    with connection:
        connection.setblocking(True)
        connection.settimeout(PATIENCE)
        connection.send(wish)
        try:
            return channel.receive(connection) if wish == STATUS else {"ended": connection.recv(1)}
        except (EOFError, ConnectionError):
            return None


def eventually(true: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return bool(true())


def announced(code: str, file: Path) -> str:
    """Return a cell that makes a file before it runs its code.

    A printed word would not do: code that keeps the interpreter's lock keeps the thread that publishes from running.
    """
    return f"open({str(file)!r}, 'w').close()\n{code}"


def wait_until_announced(file: Path) -> None:
    """Wait until such a cell's own code runs."""
    assert eventually(file.exists)
    time.sleep(0.2)


def alive(pid: int) -> bool:
    """Say whether a process runs; one that has ended and is only listed still does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def environment(**more: str) -> dict[str, str]:
    """Return this process's environment with some variables changed."""
    return {**os.environ, **more}
