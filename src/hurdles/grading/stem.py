"""Standing still with the author's set-up done, and growing a process of the tests for each submission from there.

Set-up cells are the same for all submissions of a notebook: data are read, libraries used for the first time. A process
that has done it once can be forked in milliseconds. What is forked has files of its own, and random numbers of its own
unless the author has set a seed.
"""

from __future__ import annotations

import gc
import os
import random
import select
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from hurdles.grading import wire
from hurdles.grading.sandbox.limits import Caps
from hurdles.grading.sandbox.view import HOME, View

__all__ = ["Seeds", "stand"]

_WRITABLE = (HOME, "/tmp", "/dev/shm")  # noqa: S108 - the sandbox's own


class Seeds:
    """What the global random numbers were when this was made."""

    def __init__(self) -> None:
        self._before = self._after = self._now()

    def keep(self) -> None:
        """Remember what has become of them: Python draws new ones in each forked process by itself."""
        self._after = self._now()

    def draw(self) -> None:
        """In a forked process draw new ones, except where somebody has set or used them between the two."""
        if self._after[0] != self._before[0]:
            random.setstate(self._after[0])
        numpy_random = sys.modules.get("numpy.random")
        if numpy_random is not None and self._after[1] == self._before[1]:
            numpy_random.seed()
        tempfile._name_sequence = None  # type: ignore[attr-defined]

    def _now(self) -> tuple[Any, Any]:
        numpy_random = sys.modules.get("numpy.random")
        if numpy_random is None:
            return random.getstate(), None
        kind, keys, *rest = numpy_random.get_state()
        return random.getstate(), (kind, keys.tobytes(), *rest)


def stand(control: socket.socket, view: View, caps: Caps, seeds: Seeds) -> socket.socket | None:
    """Fork a process whenever the grader asks for one.

    Parameters
    ----------
    control : socket.socket
        To the grader, who sends with each wish a connection and a pipe for what programs print.
    view : View
        What is seen from inside the sandbox.
    caps : Caps
        Limits of the files.
    seeds : Seeds
        Made before the first cell.

    Returns
    -------
    socket.socket or None
        In a forked process its connection; None at the end, in the process that stood.
    """
    reason = _unfit()
    wire.send(control, {"refused": reason} if reason else {"stands": True})
    if reason:
        return None
    seeds.keep()
    gc.collect()
    gc.freeze()
    poll = select.poll()
    poll.register(control, select.POLLIN)
    living: dict[int, int] = {}
    while True:
        for number, _ in poll.poll():
            if number in living:
                poll.unregister(number)
                _, status = os.waitpid(pid := living.pop(number), 0)
                os.close(number)
                wire.send(control, {"ended": pid, "code": os.waitstatus_to_exitcode(status)})
                continue
            order, given = _order(control)
            if order is None:
                return None
            if not given:
                _tell(living, order)
            elif (pid := os.fork()) == 0:
                for other in (control.fileno(), *living):
                    os.close(other)
                control.detach()
                return _become_own(given, view, caps, seeds)
            else:
                for descriptor in given:
                    os.close(descriptor)
                watched = os.pidfd_open(pid)
                living[watched] = pid
                poll.register(watched, select.POLLIN)
                wire.send(control, {"born": pid})


def _unfit() -> str:
    """Say why this process must not be forked, if so."""
    if len(list(Path("/proc/self/task").iterdir())) > 1:
        return "the set-up started a thread"
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            if str(entry.readlink()).startswith(_WRITABLE):
                return "the set-up holds a file open"
    return ""


def _order(control: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """Return what the grader wants, and the descriptors that came with it."""
    head, given, _, _ = socket.recv_fds(control, wire.HEAD, 2)
    if len(head) < wire.HEAD:
        return None, given
    body = wire.exactly(control, wire.size(head))
    return None if body is None else wire.unpack(body), given


def _tell(living: dict[int, int], order: dict[str, Any]) -> None:
    """Interrupt one of the forked processes, or end it with all that it has started."""
    for name, tell, number in (("interrupt", os.kill, signal.SIGINT), ("end", os.killpg, signal.SIGKILL)):
        # Only what has not been waited for: another process may have got its number.
        if order.get(name) in living.values():
            with suppress(ProcessLookupError):
                tell(order[name], number)


def _become_own(given: list[int], view: View, caps: Caps, seeds: Seeds) -> socket.socket:
    from hurdles.grading.sandbox.enter import own_files

    os.setsid()
    talk, printed = given
    connection = socket.socket(fileno=talk)
    for number in (1, 2):
        os.dup2(printed, number)
    os.close(printed)
    try:
        own_files(view, caps)
    except OSError as error:
        wire.send(connection, {"refused": str(error)})
        os._exit(0)
    seeds.draw()
    wire.send(connection, {"ready": True})
    return connection
