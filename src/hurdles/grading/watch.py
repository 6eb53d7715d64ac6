"""Watching over processes that run a notebook, and believing nothing of them but the shape of what they say."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol

from hurdles.grading import wire
from hurdles.grading.jobs import Cell, CellRun, Job, NotebookRun
from hurdles.grading.sandbox.limits import Caps

__all__ = ["EndedError", "Pair", "Process", "Watch"]

# Seconds that an interrupted cell has to end by itself.
_GRACE = 3.0
_MOST_MESSAGE = 128 << 20
# What a function that is called from the tests may return besides what the notebook may print.
_RESULTS = 64 << 20
_ANSWERS = {"returned", "raised", "function", "value", "missing", "arguments"}

Ask = Callable[[dict[str, Any], CellRun, float], Awaitable[float]]


class Process(Protocol):
    """A process that was started, as `subprocess.Popen` shows it."""

    pid: int

    def send_signal(self, number: int) -> None:
        """Send it a signal."""

    def poll(self) -> int | None:
        """Return its exit code, or None while it lives."""


class EndedError(Exception):
    """The process has hung up, or must be ended; the text says why."""


class Watch:
    """Over one process."""

    def __init__(self, process: Process, talk: socket.socket, other: int, caps: Caps, *, alone: bool) -> None:
        self.alone = alone
        self.process, self.talk, self.other, self.caps = process, talk, other, caps
        self.talk.setblocking(False)
        os.set_blocking(other, False)
        self.loop = asyncio.get_running_loop()
        # What JSON makes of the output may be longer than the output.
        self.budget = 8 * caps.output + (8 << 20)
        self.run_ = NotebookRun()
        # How many of the author's first cells its process had behind it when it was forked.
        self.behind = 0
        # Filled as it comes: a wait that is given up must not lose a part of a message.
        self.buffer = bytearray()
        self.last = b""
        self.arrived = asyncio.Event()
        self.closed = False
        self.raw = b""
        self.raw_left = caps.output
        self.loop.add_reader(other, self._take_raw)
        self._listen()

    async def begin(self, job: Job) -> None:
        """Hand over the files, and wait until cells can be run."""
        await self.send({"files": dict(job.files), "folder": job.folder})
        await self.ready()

    async def ready(self) -> None:
        """Wait until cells can be run."""
        try:
            message = await self.message(time.monotonic() + 60.0)
        except TimeoutError:
            raise EndedError("the notebook's process did not begin") from None
        if "refused" in message:
            raise EndedError(f"the notebook's process cannot begin ({str(message['refused'])[:200]})")

    async def run(self, job: Job) -> NotebookRun:
        """Run the notebook."""
        end = time.monotonic() + self.caps.whole
        try:
            await self.begin(job)
            slow: set[str] = set()
            for cell in job.cells:
                if cell.group in slow:
                    self.run_.cells[cell.index] = CellRun(ended=True, timed_out=True)
                    continue
                if time.monotonic() > end:
                    raise EndedError(f"the notebook took more than {self.caps.whole:g} seconds")
                await self.run_cell(cell, self.run_.cells.setdefault(cell.index, CellRun()), end)
                if cell.group and self.run_.cells[cell.index].timed_out:
                    slow.add(cell.group)
        except EndedError as reason:
            self.run_.broken = str(reason)
        return self.run_

    async def run_cell(self, cell: Cell, found: CellRun, end: float, ask: Ask | None = None) -> None:
        """Run one cell.

        Parameters
        ----------
        cell : Cell
            Which.
        found : CellRun
            Takes what becomes of it.
        end : float
            When the whole notebook must be over.
        ask : callable, optional
            Answers what the cell asks for; returns until when the cell may take.

        Raises
        ------
        EndedError
            If no further cell can be run.
        """
        begun = time.monotonic()
        wish: dict[str, Any] = {"index": cell.index, "source": cell.source, "test": cell.test, "id": cell.id}
        await self.send(wish | ({"names": list(cell.names)} if cell.far else {}))
        limit = min(begun + self.caps.cell, end)
        try:
            while not found.ended:
                try:
                    message = await self.message(limit)
                except TimeoutError:
                    if found.timed_out:
                        raise EndedError("a cell took too long and could not be interrupted") from None
                    found.timed_out = True
                    limit = self.interrupt()
                    continue
                if ask is not None and "ask" in message:
                    limit = await ask(message["ask"], found, limit)
                else:
                    self._take(cell, found, message)
        except (wire.WireError, UnicodeError) as error:
            raise EndedError("the notebook's process sent something that is no output of a cell") from error
        finally:
            found.seconds = time.monotonic() - begun
            self._take_raw()
            self._add_raw(found)

    def interrupt(self) -> float:
        """Interrupt what runs; return until when it must have ended."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGINT)
        return time.monotonic() + _GRACE

    def _take(self, cell: Cell, found: CellRun, message: dict[str, Any]) -> None:
        if "output" in message:
            _append(found.outputs, wire.output(message["output"]))
        elif message.get("clear") is True:
            found.outputs.clear()
        elif message.get("done") == cell.index and not isinstance(message["done"], bool):
            found.ended = True
            found.ok = message.get("ok") is True and not found.timed_out
            found.left = message.get("left") is True
            count, peak, tampered = message.get("count"), message.get("peak"), message.get("tampered")
            found.count = count if isinstance(count, int) and 0 < count < 1_000_000 else None
            found.peak = peak if isinstance(peak, int) and 0 <= peak < 1 << 40 else 0
            found.tampered = tuple(str(name)[:80] for name in tampered[:20]) if isinstance(tampered, list) else ()
        else:
            raise wire.WireError("no message of a runner")

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message; raise EndedError if nobody takes it."""
        await self._send(wire.pack(message))

    async def pass_on(self, other: Watch) -> None:
        """Send the message that has last come from another process as it came, which saves writing it anew."""
        await self._send(other.last)

    async def _send(self, packed: bytes) -> None:
        try:
            await asyncio.wait_for(self.loop.sock_sendall(self.talk, packed), 60.0)
        except (OSError, TimeoutError) as error:
            raise EndedError(await self._why()) from error

    async def message(self, until: float) -> dict[str, Any]:
        """Return the next message.

        Raises
        ------
        TimeoutError
            If none has come by then; what has come of it is kept.
        EndedError
            If there will be none.
        """
        async with asyncio.timeout(max(0.0, until - time.monotonic())):
            await self._filled(wire.HEAD)
            length = wire.size(bytes(self.buffer[: wire.HEAD]))
            if length > min(_MOST_MESSAGE, self.budget):
                raise EndedError("the notebook's output is many times larger than what is kept")
            await self._filled(wire.HEAD + length)
        self.last = bytes(self.buffer[: wire.HEAD + length])
        del self.buffer[: wire.HEAD + length]
        self.budget -= length
        self._listen()
        try:
            return wire.unpack(self.last[wire.HEAD :])
        except wire.WireError as error:
            raise EndedError("the notebook's process sent something that is no message") from error

    async def _filled(self, count: int) -> None:
        while len(self.buffer) < count:
            if self.closed:
                raise EndedError(await self._why())
            self.arrived.clear()
            await self.arrived.wait()

    def _listen(self) -> None:
        """Go on reading, unless more has come than anybody has asked for."""
        if not self.closed and len(self.buffer) <= _MOST_MESSAGE:
            self.loop.add_reader(self.talk, self._feed)

    def _feed(self) -> None:
        try:
            piece = self.talk.recv(1 << 20)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        self.buffer += piece
        self.closed = not piece
        if self.closed or len(self.buffer) > _MOST_MESSAGE:
            self.loop.remove_reader(self.talk)
        self.arrived.set()

    async def _why(self) -> str:
        """Say why the process hung up."""
        end = time.monotonic() + 2.0
        while self.process.poll() is None and time.monotonic() < end:
            await asyncio.sleep(0.01)
        code = self.process.poll()
        if code is None:
            return "the notebook's process closed its connection"
        number = code - 128 if code > 128 else -code if code < 0 else 0
        if number == signal.SIGXCPU:
            return f"the notebook used more than {self.caps.processor} seconds of processor time"
        if number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS):
            name = signal.Signals(number).name
            return f"the notebook's process was ended by {name} (did it use all memory, or end itself?)"
        return f"the notebook's process ended in the middle, with exit code {code} (did its code call exit?)"

    def _take_raw(self) -> None:
        """Take what programs and C code have printed."""
        while True:
            try:
                piece = os.read(self.other, 65_536)
            except BlockingIOError:
                return
            except OSError:
                piece = b""
            if not piece:
                self.loop.remove_reader(self.other)
                return
            self.raw += piece[: max(0, self.raw_left)]
            self.raw_left -= len(piece)

    def _add_raw(self, found: CellRun) -> None:
        if self.raw:
            text, self.raw = self.raw.decode("utf-8", "replace"), b""
            _append(found.outputs, {"output_type": "stream", "name": "stdout", "text": text})

    async def end(self) -> None:
        """End the process and all that came from it, and wait until it is gone."""
        self.loop.remove_reader(self.other)
        self.loop.remove_reader(self.talk)
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM if self.alone else signal.SIGKILL)
        if not self.alone:
            # Without a sandbox nobody else collects what the notebook has started, as far as it can be found.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        end = time.monotonic() + 5.0
        while self.process.poll() is None:
            if time.monotonic() > end:
                with suppress(ProcessLookupError):
                    self.process.send_signal(signal.SIGKILL)
                end = time.monotonic() + 60.0
            await asyncio.sleep(0.002)


def _append(outputs: list[dict[str, Any]], output: dict[str, Any]) -> None:
    """Add an output; text of the same stream goes on where it stopped."""
    last = outputs[-1] if outputs else {}
    if output["output_type"] == "stream" and last.get("output_type") == "stream" and last["name"] == output["name"]:
        last["text"] += output["text"]
    else:
        outputs.append(output)


class Pair:
    """Over two processes: the learner's, and that of the tests, which uses what the learner's functions return.

    Parameters
    ----------
    learner, tests : Watch
        Over each of them.
    """

    def __init__(self, learner: Watch, tests: Watch) -> None:
        self.learner, self.tests = learner, tests
        self.run_ = NotebookRun()

    async def run(self, job: Job) -> NotebookRun:
        """Run the notebook."""
        end = time.monotonic() + self.learner.caps.whole
        try:
            await asyncio.gather(self.learner.begin(job), *([] if self.tests.behind else [self.tests.begin(job)]))
            slow: set[str] = set()
            for cell in job.cells:
                if cell.group in slow:
                    self.run_.cells[cell.index] = CellRun(ended=True, timed_out=True)
                elif cell.far:
                    await self._test(cell, end)
                else:
                    await self._learn(cell, end)
                if cell.group and self.run_.cells[cell.index].timed_out:
                    slow.add(cell.group)
        except EndedError as reason:
            self.run_.broken = str(reason)
        return self.run_

    async def _learn(self, cell: Cell, end: float) -> None:
        """Run a cell of the learner's; if that is the end of its process, the tests go on without it."""
        if self.run_.broken:
            return
        if time.monotonic() > end:
            self.run_.broken = f"the notebook took more than {self.learner.caps.whole:g} seconds"
            return
        try:
            await self.learner.run_cell(cell, self.run_.cells.setdefault(cell.index, CellRun()), end)
        except EndedError as reason:
            self.run_.broken = str(reason)

    async def _test(self, cell: Cell, end: float) -> None:
        """Run a test cell, after the author's cells that stand before it."""
        # The tests are the author's, and end by themselves: what a late notebook has left gets a moment all the same.
        end = max(end, time.monotonic() + 2 * _GRACE)
        before, self.tests.behind = cell.before[self.tests.behind :], 0
        for source in before:
            await self.tests.run_cell(Cell(-1, source), CellRun(), end)
        await self.tests.run_cell(cell, self.run_.cells.setdefault(cell.index, CellRun()), end, self._answer)

    async def _answer(self, _: dict[str, Any], found: CellRun, limit: float) -> float:
        """Ask the learner's process what has just come from that of the tests."""
        if self.run_.broken:
            await self.tests.send({"dead": self.run_.broken})
            return limit
        try:
            self.learner.budget = max(self.learner.budget, 0) + _RESULTS
            await self.learner.pass_on(self.tests)
            answer = await self._answered(found, limit)
        except TimeoutError:
            found.timed_out = True
            await self._stop()
            await self.tests.send({"late": True})
            return time.monotonic() + _GRACE
        except (EndedError, wire.WireError, UnicodeError) as reason:
            self.run_.broken = str(reason) or "the notebook's process sent something that is no message"
            await self.tests.send({"dead": self.run_.broken})
            return limit
        if answer.keys() <= _ANSWERS:
            await self.tests.pass_on(self.learner)
        else:
            await self.tests.send({name: answer[name] for name in _ANSWERS if name in answer})
        return limit

    async def _answered(self, found: CellRun, limit: float) -> dict[str, Any]:
        """Return the learner's answer; show what is printed meanwhile, and pass on calls of the author's functions."""
        while True:
            message = await self.learner.message(limit)
            if "output" in message:
                self._show(message, found)
            elif "callback" in message:
                await self.tests.send({"callback": message["callback"], "given": message.get("given")})
                reply = await self.tests.message(limit)
                while "answer" not in reply:
                    if "output" in reply:
                        self._show(reply, found)
                    reply = await self.tests.message(limit)
                await self.learner.send(reply["answer"])
            elif message.get("clear") is not True:
                return message

    def _show(self, message: dict[str, Any], found: CellRun) -> None:
        """Show what a function has printed; it counts for nothing, and so nothing else of it is taken."""
        output = wire.output(message["output"])
        if output["output_type"] == "stream":
            _append(found.outputs, {**output, "name": "stdout"})

    async def _stop(self) -> None:
        """Interrupt a function that takes too long; if that does not help, end its process."""
        until = self.learner.interrupt()
        try:
            while "raised" not in (message := await self.learner.message(until)) and "returned" not in message:
                continue
        except (TimeoutError, EndedError):
            self.run_.broken = "a function took too long and could not be interrupted"
