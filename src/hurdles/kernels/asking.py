"""Asking a warm process for a forked one, and starting it if there is none."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hurdles.kernels import channel
from hurdles.kernels.channel import Place, RefusedError
from hurdles.kernels.process import Streams, WarmProcess, readable

__all__ = ["ANSWER_WITHIN", "IDLE", "PATIENCE", "POOL", "READY_WITHIN", "Source"]

POOL = 2
IDLE = 1800.0
ANSWER_WITHIN = 0.5
PATIENCE = 8.0
READY_WITHIN = 10.0
_START = "from hurdles.kernels.warm import main; main()"
# A warm process that did not even become ready is not tried again before these many seconds are over.
_RETRY = 60.0


@dataclass(frozen=True)
class Source:
    """A warm process, whether it runs or not.

    Parameters
    ----------
    runtime : pathlib.Path
        Jupyter's runtime directory.
    interpreter : tuple of str
        With its options.
    preload : tuple of str, optional
        Modules that it imports; without it the common ones and what installed courses add.
    kind : str
        What its children become: ``kernel`` or ``program``.
    pool : int
        Children to keep ready, at most.
    idle : float
        Seconds without a child after which it ends.
    child : str, optional
        What to ask for, as ``module:Class``, if not what it keeps ready.
    environment : mapping of str to str, optional
        What it is started with if it is missing; without it, with the environment that is asked for. A program that
        asks for an unusual one must not leave a warm process behind that suits nobody else.
    """

    runtime: Path
    interpreter: tuple[str, ...]
    preload: tuple[str, ...] | None = None
    kind: str = "kernel"
    pool: int = POOL
    idle: float = IDLE
    child: str = ""
    environment: Mapping[str, str] | None = field(default=None, compare=False)

    @property
    def place(self) -> Place:
        """Where it is found."""
        return Place.of(self.runtime, self.interpreter, self.preload, self.kind)

    async def obtain(
        self,
        request: dict[str, Any],
        streams: Mapping[str, Any],
        *,
        answer_within: float = ANSWER_WITHIN,
        ready_within: float = READY_WITHIN,
    ) -> WarmProcess:
        """Return a forked process that has become what was asked for.

        Parameters
        ----------
        request : dict
            ``command``, ``arguments``, ``environment`` and ``folder``.
        streams : mapping
            ``stdin``, ``stdout`` and ``stderr`` as for `subprocess.Popen`.
        answer_within, ready_within : float
            Seconds for the warm process to answer, and for the forked one to be ready.

        Raises
        ------
        RefusedError, OSError, EOFError
            If it cannot be had. If the warm process is missing or outdated, one is on its way then.
        """
        try:
            connection = channel.connect(self.place)
        except OSError:
            self.start(self.environment or request["environment"])
            raise
        try:
            request = {**request, "kind": self.child} if self.child else request
            return await _ask(connection, request, streams, answer_within, ready_within)
        except RefusedError as reason:
            if reason.kind == channel.OUTDATED:
                self.start(self.environment or request["environment"])
            raise

    def begin(self, environment: Mapping[str, str], *, patience: float) -> None:
        """Start it unless it answers. It is no more than a head start: trouble with it is nobody's business."""
        with suppress(Exception):
            try:
                channel.connect(self.place).close()
            except OSError:
                self.start(environment, patience=patience)

    def start(self, environment: Mapping[str, str], *, patience: float = PATIENCE) -> None:
        """Start a warm process that nobody is the parent of, unless one is on its way.

        Parameters
        ----------
        environment : mapping of str to str
            What its children's environment will be like.
        patience : float
            Seconds that it may wait for free processors.
        """
        place = self.place
        place.make()
        if _on_its_way(place):
            return
        settings = {
            "folder": str(place.folder),
            "key": place.key,
            "kind": self.kind,
            "preload": self.preload,
            "pool": self.pool,
            "idle": self.idle,
            "patience": patience,
        }
        command = [*self.interpreter, "-c", _START, json.dumps(settings)]
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


async def _ask(
    connection: socket.socket,
    request: dict[str, Any],
    streams: Mapping[str, Any],
    answer_within: float,
    ready_within: float,
) -> WarmProcess:
    """Ask over the connection; if that fails, see that no process is left behind."""
    from hurdles.kernels.situation import situation

    descriptor = -1
    try:
        connection.send(b"O" if "kind" in request else b"K")
        await _answer(connection, answer_within)
        pid = (await _answer(connection, ready_within))["kernel"]
        descriptor = os.pidfd_open(pid)
        with Streams(streams) as opened:
            socket.send_fds(connection, [b"R"], opened.given)
            data = channel.pack({**request, "situation": situation()})
            await asyncio.get_running_loop().sock_sendall(connection, data)
            await _answer(connection, ready_within)
            return WarmProcess(pid, descriptor, connection, opened.keep())
    except BaseException:
        if descriptor >= 0:
            _make_sure(descriptor)
        connection.close()
        raise


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
    if "refused" in message:
        raise RefusedError.read(message)
    if "exit" in message:
        raise RefusedError("the forked kernel ended at once")
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


def _make_sure(descriptor: int) -> None:
    """See that a kernel which was refused or given up is gone, and with it its hold on the ports."""
    try:
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        readable(descriptor, 1.0)
    except ProcessLookupError:
        pass
    finally:
        os.close(descriptor)
