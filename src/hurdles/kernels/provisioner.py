"""The provisioner: a warm kernel where that is possible, the stock one everywhere else."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_core.paths import jupyter_runtime_dir
from traitlets import Bool, Float, Integer, List, Unicode

from hurdles.kernels import channel
from hurdles.kernels.channel import Place, RefusedError

__all__ = ["WarmProcess", "WarmProvisioner"]

_KNOWN = {"cwd", "env", "stdin", "stdout", "stderr", "independent", "kernel_id", "extra_arguments"}
_START = "from hurdles.kernels.warm import main; main()"
# A warm process that did not even become ready is not tried again before these many seconds are over.
_RETRY = 60.0
_LOST = 255


class WarmProvisioner(LocalProvisioner):
    """Starts kernels by forking a warm process; hands over to the stock provisioner whenever it cannot."""

    process: Any = None

    enabled = Bool(True, config=True, help="Whether to use warm kernels at all.")
    preload = List(
        Unicode(),
        default_value=None,
        allow_none=True,
        config=True,
        help="The modules that the warm process imports. What is not installed is left out, and so is what starts "
        "threads while it is imported. By default what lessons of data analysis import, and what installed packages "
        "add by entry points of the group hurdles.kernels.preload.",
    )
    pool = Integer(2, min=0, config=True, help="How many kernels to keep ready at most; fewer when memory is short.")
    idle = Float(1800.0, config=True, help="Seconds without any kernel after which the warm process ends.")
    answer_within = Float(0.5, config=True, help="Seconds for the warm process to answer before stock is used.")
    ready_within = Float(10.0, config=True, help="Seconds for a forked kernel to be ready before stock is used.")

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start a kernel, warm if possible."""
        try:
            process = await self._warm(cmd, kwargs)
        except Exception as reason:  # whatever it is, a kernel can be had without us
            self.log.debug("A stock kernel is started, because: %s", reason)
            return await super().launch_kernel(cmd, **kwargs)
        self.process = process
        self.pid = self.pgid = process.pid
        self.cwd = kwargs.get("cwd", Path.cwd())
        return self.connection_info

    async def shutdown_requested(self, restart: bool = False) -> None:
        """Wait a moment for the kernel's end, which for a warm one is announced: nobody need ask for it every 0.1 s."""
        if isinstance(self.process, WarmProcess):
            await self.process.ended(1.0)

    async def _warm(self, cmd: list[str], kwargs: dict[str, Any]) -> WarmProcess:
        if not self.enabled:
            raise RefusedError("switched off")
        interpreter, arguments = _understand(cmd)
        unknown = sorted(kwargs.keys() - _KNOWN)
        if unknown:
            raise RefusedError(f"no way to pass on {', '.join(unknown)}")
        place = Place.of(Path(jupyter_runtime_dir()), interpreter, self.preload)
        environment = dict(kwargs.get("env") or os.environ)
        try:
            connection = channel.connect(place)
        except OSError:
            self._start_warm(place, interpreter, environment)
            raise
        if not kwargs.get("independent"):
            environment["JPY_PARENT_PID"] = str(os.getpid())
        try:
            return await self._ask(connection, cmd, arguments, environment, kwargs)
        except _StaleError as reason:
            self._start_warm(place, interpreter, environment)
            raise RefusedError(str(reason)) from reason

    async def _ask(
        self,
        connection: socket.socket,
        cmd: list[str],
        arguments: list[str],
        environment: dict[str, str],
        kwargs: dict[str, Any],
    ) -> WarmProcess:
        """Ask for a kernel over the connection; if that fails, see that none is left behind."""
        from hurdles.kernels.situation import situation

        descriptor = -1
        try:
            connection.send(b"K")
            await _answer(connection, self.answer_within)
            pid = (await _answer(connection, self.ready_within))["kernel"]
            descriptor = os.pidfd_open(pid)
            request = {
                "command": cmd,
                "arguments": arguments,
                "environment": environment,
                "folder": str(Path(kwargs.get("cwd") or "").expanduser().absolute()),
                "situation": situation(),
            }
            with _Streams(kwargs) as streams:
                socket.send_fds(connection, [b"R"], streams.given)
                await asyncio.get_running_loop().sock_sendall(connection, channel.pack(request))
                await _answer(connection, self.ready_within)
                return WarmProcess(pid, descriptor, connection, streams.keep())
        except BaseException:
            if descriptor >= 0:
                _make_sure(descriptor)
            connection.close()
            raise

    def _start_warm(self, place: Place, interpreter: Sequence[str], environment: dict[str, str]) -> None:
        """Start a warm process that nobody is the parent of, unless one is on its way."""
        place.make()
        if _on_its_way(place):
            return
        settings = {
            "folder": str(place.folder),
            "key": place.key,
            "preload": self.preload,
            "pool": self.pool,
            "idle": self.idle,
        }
        command = [*interpreter, "-c", _START, json.dumps(settings)]
        log = os.open(place.file("log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            # The shell ends at once, so that the warm process is not this process's child and outlives it.
            subprocess.run(
                ["/bin/sh", "-c", '"$@" &', "sh", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={name: value for name, value in environment.items() if not name.startswith("JPY_")},
                start_new_session=True,
                check=True,
            )
        except subprocess.SubprocessError as error:
            raise RefusedError(f"the warm process could not be started ({error})") from error
        finally:
            os.close(log)


class _StaleError(RefusedError):
    """The warm process has older packages than the disk; it is ending."""


class WarmProcess:
    """A forked kernel as `subprocess.Popen` would show it; it is the warm process's child.

    Parameters
    ----------
    pid : int
        Of the kernel, which leads its own session and process group.
    descriptor : int
        Refers to the process whatever becomes of its number.
    connection : socket.socket
        Over it the warm process tells the exit code.
    pipes : dict of str to file
        Ends of pipes that the caller asked for.
    """

    def __init__(self, pid: int, descriptor: int, connection: socket.socket, pipes: dict[str, Any]) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdin, self.stdout, self.stderr = (pipes.get(name) for name in ("stdin", "stdout", "stderr"))
        self._descriptor = descriptor
        self._connection: socket.socket | None = connection

    def __del__(self) -> None:
        self._close()

    def poll(self) -> int | None:
        """Return the exit code, or None while the kernel lives."""
        if self.returncode is None and _readable(self._descriptor):
            # The process has ended; the warm process says how, or is gone itself.
            self.returncode = self._told()
            self._close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code."""
        if self.poll() is None and not _readable(self._descriptor, timeout):
            raise subprocess.TimeoutExpired("kernel", timeout or 0.0)
        code = self.poll()
        assert code is not None
        return code

    async def ended(self, seconds: float) -> None:
        """Wait for the end, but not longer than this."""
        if self.returncode is not None:
            return
        loop, gone = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._descriptor, gone.set)
        try:
            await asyncio.wait_for(gone.wait(), seconds)
        except TimeoutError:
            return
        finally:
            loop.remove_reader(self._descriptor)

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel itself."""
        if self.poll() is None:
            signal.pidfd_send_signal(self._descriptor, number)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the kernel."""
        self.send_signal(signal.SIGKILL)

    def _told(self) -> int:
        assert self._connection is not None
        try:
            self._connection.settimeout(2.0)
            code = channel.receive(self._connection)["exit"]
        except (OSError, EOFError, KeyError):
            return _LOST
        return _LOST if code is None else int(code)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            os.close(self._descriptor)


class _Streams:
    """The three standard streams for the kernel, from what `subprocess.Popen` would be given."""

    def __init__(self, kwargs: dict[str, Any]) -> None:
        self.given: list[int] = []
        self._opened: list[int] = []
        self._ours: dict[str, int] = {}
        try:
            # As the stock launcher: a kernel's input is closed unless the caller wants to write to it.
            self._add("stdin", os.devnull if kwargs.get("stdin") is None else kwargs["stdin"], 0)
            self._add("stdout", kwargs.get("stdout"), 1)
            self._add("stderr", kwargs.get("stderr"), 2)
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> _Streams:
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in (*self._opened, *self._ours.values()):
            os.close(descriptor)
        self._opened, self._ours = [], {}

    def keep(self) -> dict[str, Any]:
        """Return our ends of the pipes as files; they are the caller's now."""
        ours, self._ours = self._ours, {}
        return {name: open(number, "wb" if name == "stdin" else "rb", buffering=0) for name, number in ours.items()}  # noqa: PTH123

    def _add(self, name: str, wanted: Any, number: int) -> None:
        if wanted == subprocess.PIPE:
            read, write = os.pipe()
            given, self._ours[name] = (read, write) if name == "stdin" else (write, read)
            self._opened.append(given)
        elif wanted in (subprocess.DEVNULL, os.devnull):
            given = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
            self._opened.append(given)
        elif wanted == subprocess.STDOUT and name == "stderr":
            given = self.given[1]
        elif wanted is None:
            given = number
        else:
            given = wanted if isinstance(wanted, int) else wanted.fileno()
        os.fstat(given)
        self.given.append(given)


def _understand(cmd: list[str]) -> tuple[list[str], list[str]]:
    """Split a kernelspec's command into interpreter with options, and the arguments for the kernel.

    Raises
    ------
    RefusedError
        If it is not this environment's own interpreter running ipykernel.
    """
    if sys.platform != "linux" or not hasattr(os, "pidfd_open"):
        raise RefusedError("this platform has no way to do it")
    if "-m" not in cmd[1:]:
        raise RefusedError("not an ipykernel")
    at = cmd.index("-m", 1)
    if cmd[at + 1 : at + 3] not in (["ipykernel_launcher", "-f"], ["ipykernel", "-f"]) or len(cmd) < at + 4:
        raise RefusedError("not an ipykernel")
    ours, theirs = Path(sys.executable), Path(cmd[0]).expanduser()
    if os.path.realpath(theirs.parent) != os.path.realpath(ours.parent) or not ours.samefile(theirs):
        raise RefusedError("another interpreter")
    return [sys.executable, *cmd[1:at]], cmd[at + 4 :]


def _on_its_way(place: Place) -> bool:
    """Say whether a warm process is starting, or has just failed to."""
    lock = os.open(place.file("lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever left this word ended while it was importing.
        failed = os.pread(lock, 16, 0) == b"warming"
        return failed and time.time() - os.fstat(lock).st_mtime < _RETRY
    except (BlockingIOError, PermissionError):
        return True
    finally:
        os.close(lock)


async def _answer(connection: socket.socket, seconds: float) -> dict[str, Any]:
    """Receive one message, or refuse after these seconds."""
    try:
        message = await asyncio.wait_for(_message(connection), seconds)
    except TimeoutError as error:
        raise RefusedError("the warm process is slow") from error
    if message.get("refused") == "packages changed":
        raise _StaleError("packages changed")
    if "refused" in message or "exit" in message:
        raise RefusedError(str(message.get("refused", "the forked kernel ended at once")))
    return message


async def _message(connection: socket.socket) -> dict[str, Any]:
    body = await _exactly(connection, channel.unpack_size(await _exactly(connection, 4)))
    message: dict[str, Any] = json.loads(body)
    return message


async def _exactly(connection: socket.socket, size: int) -> bytes:
    loop, data = asyncio.get_running_loop(), b""
    while len(data) < size:
        piece = await loop.sock_recv(connection, size - len(data))
        if not piece:
            raise EOFError("the warm process hung up")
        data += piece
    return data


def _readable(descriptor: int, seconds: float | None = 0.0) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(None if seconds is None else 1000 * seconds))


def _make_sure(descriptor: int) -> None:
    """See that a kernel which was refused or given up is gone, and with it its hold on the ports."""
    try:
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        _readable(descriptor, 1.0)
    except ProcessLookupError:
        pass
    finally:
        os.close(descriptor)
