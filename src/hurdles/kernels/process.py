"""A forked process as its client sees it, and the standard streams it is given."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import socket
import subprocess
from collections.abc import Mapping
from typing import Any

from hurdles.kernels import channel

__all__ = ["Streams", "WarmProcess", "readable"]

_LOST = 255


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
        if self.returncode is None and readable(self._descriptor):
            # The process has ended; the warm process says how, or is gone itself.
            self.returncode = self._told()
            self._close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code."""
        if self.poll() is None and not readable(self._descriptor, timeout):
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


class Streams:
    """The three standard streams for a forked process, from what `subprocess.Popen` would be given."""

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.given: list[int] = []
        self._opened: list[int] = []
        self._ours: dict[str, int] = {}
        try:
            self._add("stdin", kwargs.get("stdin"), 0)
            self._add("stdout", kwargs.get("stdout"), 1)
            self._add("stderr", kwargs.get("stderr"), 2)
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> Streams:
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


def readable(descriptor: int, seconds: float | None = 0.0) -> bool:
    """Say whether there is something to read, or wait these seconds for it; without a number, for ever."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(None if seconds is None else 1000 * seconds))
