"""The grader's side of processes from which those of the tests are forked: one for each notebook of a run."""

from __future__ import annotations

import asyncio
import signal
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from typing import Any

from hurdles.grading import wire
from hurdles.grading.jobs import Cell, CellRun, Job
from hurdles.grading.watch import EndedError, Watch
from hurdles.kernels.channel import RefusedError

__all__ = ["Stem", "Stems"]

_FOR_EVER = 1e9
_BORN_WITHIN = 20.0
_LOST = 255
# Notebooks that are graded at the same time; whoever comes later waits with a process of its own.
_MOST = 4

Begin = Callable[[AsyncExitStack], Awaitable[Watch]]


class _Grown:
    """A forked process, as its watch sees it."""

    def __init__(self, pid: int, stem: Stem) -> None:
        self.pid, self.code = pid, None if stem.stands else _LOST
        self._stem = stem

    code: int | None

    def send_signal(self, number: int) -> None:
        """Interrupt it, or end it."""
        self._stem.order({"interrupt" if number == signal.SIGINT else "end": self.pid})

    def poll(self) -> int | None:
        """Return its exit code, or None."""
        return self.code


class Stem:
    """A process that has the author's first cells behind it.

    Parameters
    ----------
    watch : Watch
        Over that process.
    cells : tuple of str
        What it has run.

    Attributes
    ----------
    stands : bool
        Whether it lives.
    fit : bool
        Whether what comes from it can work.
    """

    def __init__(self, watch: Watch, cells: tuple[str, ...]) -> None:
        self.watch, self.cells = watch, cells
        self.stands = self.fit = True
        self._children: dict[int, _Grown] = {}
        self._born: asyncio.Future[_Grown] | None = None
        self._turn = asyncio.Lock()
        self._reader = asyncio.get_running_loop().create_task(self._read())

    async def fork(self, talk: socket.socket, printed: int) -> _Grown:
        """Return a process that goes on from here, over its own connection and pipe.

        Raises
        ------
        EndedError
            If there is none to be had any more.
        """
        async with self._turn:
            if not self.stands:
                raise EndedError("the process that the tests are forked from is gone")
            self._born = asyncio.get_running_loop().create_future()
            try:
                socket.send_fds(self.watch.talk, [wire.pack({"fork": True})], [talk.fileno(), printed])
                return await asyncio.wait_for(self._born, _BORN_WITHIN)
            except (OSError, TimeoutError) as error:
                self._fall()
                raise EndedError("the process that the tests are forked from does not answer") from error
            finally:
                self._born = None

    def order(self, what: dict[str, Any]) -> None:
        """Send an order that has no answer."""
        if self.stands:
            try:
                self.watch.talk.send(wire.pack(what))
            except OSError:
                self._fall()

    async def _read(self) -> None:
        self.watch.budget = 1 << 40
        try:
            while True:
                message = await self.watch.message(time.monotonic() + _FOR_EVER)
                if "born" in message:
                    child = self._children[message["born"]] = _Grown(message["born"], self)
                    if self._born is not None and not self._born.done():
                        self._born.set_result(child)
                elif "ended" in message:
                    self._children.pop(message["ended"]).code = message["code"]
        except (EndedError, wire.WireError, KeyError):
            self._fall()

    def _fall(self) -> None:
        """Know that it is gone, and all that came from it."""
        self.stands = False
        for child in self._children.values():
            child.code = _LOST if child.code is None else child.code
        if self._born is not None and not self._born.done():
            self._born.set_exception(EndedError("the process that the tests are forked from is gone"))

    async def close(self) -> None:
        """Read no more."""
        self._reader.cancel()
        with suppress(asyncio.CancelledError):
            await self._reader
        self._fall()


class Stems:
    """Those of one run.

    A notebook that comes once is not worth one: the second submission is what starts it.

    Parameters
    ----------
    begin : callable
        Starts a process for notebooks, and returns the watch over it.
    """

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._seen: Counter[int] = Counter()
        self._made: dict[int, asyncio.Task[Stem | None]] = {}
        self._stack = AsyncExitStack()

    async def of(self, job: Job) -> Stem | None:
        """Return the one for a job's tests, or None if they need a process of their own."""
        first = next((cell for cell in job.cells if cell.far), None)
        if first is None or not first.before:
            return None
        key = hash((job.folder, job.modules, first.before, frozenset(job.files.items())))
        self._seen[key] += 1
        if self._seen[key] < 2 or (key not in self._made and len(self._made) >= _MOST):
            return None
        if key not in self._made:
            self._made[key] = asyncio.get_running_loop().create_task(self._make(job, first.before))
        # Others wait for it, too: whoever gives up must not take it from them.
        stem = await asyncio.shield(self._made[key])
        return stem if stem is not None and stem.stands and stem.fit else None

    async def _make(self, job: Job, sources: tuple[str, ...]) -> Stem | None:
        try:
            watch = await self._begin(self._stack)
            await watch.begin(job)
            end = time.monotonic() + watch.caps.whole
            for source in sources:
                await watch.run_cell(Cell(-1, source), CellRun(), end)
            await watch.send({"stand": True})
            if (await watch.message(end)).get("stands") is not True:
                return None
        except (EndedError, RefusedError, OSError, TimeoutError, wire.WireError):
            return None
        stem = Stem(watch, sources)
        self._stack.push_async_callback(stem.close)
        return stem

    async def close(self) -> None:
        """End them all."""
        for task in self._made.values():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self._stack.aclose()
