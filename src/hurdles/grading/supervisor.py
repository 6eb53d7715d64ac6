"""Running a notebook in a process of its own, watching over it, and believing none of it but its shape."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from jupyter_core.paths import jupyter_runtime_dir

from hurdles.errors import HurdlesError
from hurdles.grading import wire
from hurdles.grading.modules import KIND, MODULES
from hurdles.grading.sandbox import View
from hurdles.grading.sandbox.limits import Caps
from hurdles.grading.sandbox.view import HOME
from hurdles.kernels.asking import Source
from hurdles.kernels.channel import RefusedError
from hurdles.kernels.preload import COMMON, FAMILIES

__all__ = ["Cell", "CellRun", "Job", "Launcher", "NotebookRun", "Place", "run_job"]

# Seconds that an interrupted cell has to end by itself.
_GRACE = 3.0
_MOST_MESSAGE = 128 << 20
_READY_WITHIN = 90.0


@dataclass(frozen=True)
class Cell:
    """A code cell to run.

    Parameters
    ----------
    index : int
        Its position in the notebook.
    source : str
        Its code.
    test : bool
        Whether it is the author's: the shell's hooks are brought back before it.
    id : str or None
        Its id.
    group : str
        Cells of one group that come after one which took too long are not waited for.
    """

    index: int
    source: str
    test: bool = False
    id: str | None = None
    group: str = ""


@dataclass(frozen=True)
class Job:
    """All that is needed to run one notebook; plain data, so that it can go to another machine.

    Parameters
    ----------
    cells : tuple of Cell
        In order.
    files : mapping of str to str
        Files beside the notebook, by relative name, in base 64.
    folder : str
        Name of the folder that they lie in.
    modules : tuple of str
        What to have imported ahead.
    """

    cells: tuple[Cell, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    folder: str = "notebook"
    modules: tuple[str, ...] = ()


@dataclass
class CellRun:
    """What became of one cell.

    Parameters
    ----------
    outputs : list of dict
        As a notebook holds them.
    ended : bool
        Whether the cell is over.
    ok : bool
        Whether it ran to its end.
    timed_out, left : bool
        Whether it took too long; whether it asked to end the kernel.
    count : int or None
        Its number.
    seconds : float
        How long it took.
    peak : int
        The most memory its process had until then, in kilobytes.
    tampered : tuple of str
        What of the shell had been changed before it.
    """

    outputs: list[dict[str, Any]] = field(default_factory=list)
    ended: bool = False
    ok: bool = False
    timed_out: bool = False
    left: bool = False
    count: int | None = None
    seconds: float = 0.0
    peak: int = 0
    tampered: tuple[str, ...] = ()


@dataclass
class NotebookRun:
    """What became of a notebook.

    Parameters
    ----------
    cells : dict of int to CellRun
        By position; what did not begin is not there.
    broken : str
        Why it was not run to its end; empty if it was.
    seconds : float
        From the request to the end.
    """

    cells: dict[int, CellRun] = field(default_factory=dict)
    broken: str = ""
    seconds: float = 0.0


class _Process(Protocol):
    pid: int

    def send_signal(self, number: int) -> None: ...

    def poll(self) -> int | None: ...


@dataclass(frozen=True)
class Place:
    """Where notebooks are run.

    Parameters
    ----------
    kind : str
        ``own`` (a sandbox that the process makes for itself), ``bwrap`` (made by the program bubblewrap) or ``open``
        (no sandbox).
    view : View
        What is seen from inside.
    caps : Caps
        What may be used.
    warm : bool
        Whether processes are forked from one that has the libraries imported, or started one by one.
    """

    kind: str
    view: View
    caps: Caps
    warm: bool = True


class Launcher:
    """Starts processes that run notebooks.

    Parameters
    ----------
    place : Place
        Where.
    modules : tuple of str
        What to import ahead besides the common libraries.
    pool : int
        Processes to keep ready.
    single : bool
        Whether there is one notebook only, a learner's own: then the process that kernels are forked from is asked,
        and if there is none, nobody waits for it.
    """

    def __init__(self, place: Place, modules: tuple[str, ...] = (), pool: int = 2, *, single: bool = False) -> None:
        self.place, self.single = place, single
        self.environment = environment()
        runtime, interpreter = Path(jupyter_runtime_dir()), (sys.executable,)
        names = tuple(dict.fromkeys([*COMMON, *MODULES, *modules]))
        self.source = (
            Source(runtime, interpreter, child=KIND)
            if single
            else Source(runtime, interpreter, names, KIND, pool=pool, idle=120.0)
        )

    def asked(self, slot: int) -> dict[str, Any]:
        """Return what a runner is told."""
        view = self.place.view.to_dict() if self.place.kind == "own" else None
        return {"view": view, "caps": self.place.caps.to_dict(), "slot": slot}

    async def start(self, slot: int, talk: socket.socket, other: int, home: str | None = None) -> _Process:
        """Start a process that reads and writes `talk`, and whose further output goes to the descriptor `other`.

        Parameters
        ----------
        slot : int
            Number of the place of work.
        talk : socket.socket
            For messages.
        other : int
            For what programs and C code print.
        home : str, optional
            Where it works if it is not locked in.

        Raises
        ------
        RefusedError
            If it cannot be had.
        """
        own = self.environment if home is None else {**self.environment, "HOME": home, "TMPDIR": home}
        if not self.place.warm:
            return self._cold(slot, talk, other, own)
        request = {
            "command": [sys.executable, "-m", "hurdles.grading.runner"],
            "arguments": [self.asked(slot)],
            "environment": own,
            "folder": home or "/",
        }
        end = time.monotonic() + _READY_WITHIN
        while True:
            try:
                return await self.source.obtain(
                    request, {"stdin": talk, "stdout": talk, "stderr": other}, answer_within=30.0, ready_within=60.0
                )
            except OSError as error:
                # It is being started; whoever grades a hundred notebooks can wait the second that this takes.
                if self.single:
                    raise RefusedError(f"no process has the libraries imported ({error.strerror})") from error
                self._start_warm()
            except EOFError as error:
                raise RefusedError("the process that has the libraries imported is gone") from error
            except RefusedError as reason:
                if self.single or "packages changed" not in str(reason):
                    raise
            if time.monotonic() > end:
                raise RefusedError("the process that has the libraries imported does not become ready")
            await asyncio.sleep(0.05)

    def _start_warm(self) -> None:
        with suppress(RefusedError):
            self.source.start(self.environment, patient=False)

    def _cold(self, slot: int, talk: socket.socket, other: int, environment: dict[str, str]) -> _Process:
        """Start a process of its own, which takes the second or two that the imports take."""
        import subprocess

        from hurdles.grading.sandbox.bubblewrap import command

        before = command(self.place.view, self.place.caps) if self.place.kind == "bwrap" else []
        program = [sys.executable, "-m", "hurdles.grading.runner", json.dumps(self.asked(slot))]
        try:
            started: _Process = subprocess.Popen(
                [*before, *program], stdin=talk.fileno(), stdout=talk.fileno(), stderr=other, env=environment,
                cwd=environment["HOME"] if self.place.kind == "open" else "/", start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise RefusedError(f"{(before or program)[0]}: {error.strerror}") from error
        return _Bubble(started) if before else started


class _Bubble:
    """A process in bubblewrap, which passes no signal on."""

    def __init__(self, process: _Process) -> None:
        self._process = process
        self.pid = process.pid

    def send_signal(self, number: int) -> None:
        """Send a signal; an interrupt to what runs inside, anything else is the end of all of it."""
        import psutil

        if number != signal.SIGINT:
            self._process.send_signal(signal.SIGKILL)
            return
        with suppress(psutil.Error):
            for inner in psutil.Process(self.pid).children(recursive=True):
                inner.send_signal(number)

    def poll(self) -> int | None:
        """Return the exit code, or None."""
        return self._process.poll()


def environment() -> dict[str, str]:
    """Return the environment of a running notebook: what libraries need to know, and nothing of the grader's."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(FAMILIES) or name in ("PATH", "TZ")}
    kept.pop("PYTHONSTARTUP", None)
    return {
        # Small fits are many times slower when threads wait for each other than with one thread each.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        **kept,
        "HOME": HOME,
        "USER": "learner",
        "LOGNAME": "learner",
        "TMPDIR": "/tmp",  # noqa: S108 - the sandbox's own
        "IPYTHONDIR": f"{HOME}/.ipython",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "NBGRADER_EXECUTION": "autograde",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


async def run_job(job: Job, launcher: Launcher, slot: int = 0) -> NotebookRun:
    """Run a notebook and return what became of it.

    Raises
    ------
    RefusedError
        If no process could be had: then nothing of it has run.
    """
    started = time.monotonic()
    home = tempfile.mkdtemp(prefix="hurdles-open-") if launcher.place.kind == "open" else None
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    read, write = os.pipe()
    try:
        try:
            process = await launcher.start(slot, theirs, write, home)
        finally:
            theirs.close()
            os.close(write)
        watch = _Watch(process, ours, read, launcher.place.caps, alone=home is None)
        try:
            run = await watch.run(job)
        finally:
            await watch.end()
    finally:
        ours.close()
        os.close(read)
        if home is not None:
            shutil.rmtree(home, ignore_errors=True)
    run.seconds = time.monotonic() - started
    return run


class _EndedError(Exception):
    """The process has hung up, or must be ended; the text says why."""


class _Watch:
    """Over one process."""

    def __init__(self, process: _Process, talk: socket.socket, other: int, caps: Caps, *, alone: bool) -> None:
        self.alone = alone
        self.process, self.talk, self.other, self.caps = process, talk, other, caps
        self.talk.setblocking(False)
        os.set_blocking(other, False)
        self.loop = asyncio.get_running_loop()
        # What JSON makes of the output may be longer than the output.
        self.budget = 8 * caps.output + (8 << 20)
        self.run_ = NotebookRun()
        self.raw = b""
        self.raw_left = caps.output
        self.loop.add_reader(other, self._take_raw)

    async def run(self, job: Job) -> NotebookRun:
        """Run the notebook."""
        end = time.monotonic() + self.caps.whole
        try:
            await self._send({"files": dict(job.files), "folder": job.folder})
            await self._message(time.monotonic() + 60.0)
            slow: set[str] = set()
            for cell in job.cells:
                if cell.group in slow:
                    self.run_.cells[cell.index] = CellRun(ended=True, timed_out=True)
                    continue
                if time.monotonic() > end:
                    raise _EndedError(f"the notebook took more than {self.caps.whole:g} seconds")
                await self._run_cell(cell, end)
                if cell.group and self.run_.cells[cell.index].timed_out:
                    slow.add(cell.group)
        except _EndedError as reason:
            self.run_.broken = str(reason)
        except (wire.WireError, UnicodeError):
            self.run_.broken = "the notebook's process sent something that is no output of a cell"
        except TimeoutError:
            self.run_.broken = "the notebook's process did not begin"
        return self.run_

    async def _run_cell(self, cell: Cell, end: float) -> None:
        found = self.run_.cells[cell.index] = CellRun()
        begun = time.monotonic()
        await self._send({"index": cell.index, "source": cell.source, "test": cell.test, "id": cell.id})
        limit = min(begun + self.caps.cell, end)
        try:
            while not found.ended:
                try:
                    message = await self._message(limit)
                except TimeoutError:
                    if found.timed_out:
                        raise _EndedError("a cell took too long and could not be interrupted") from None
                    found.timed_out = True
                    limit = time.monotonic() + _GRACE
                    with suppress(ProcessLookupError):
                        self.process.send_signal(signal.SIGINT)
                    continue
                self._take(cell, found, message)
        finally:
            found.seconds = time.monotonic() - begun
            self._take_raw()
            self._add_raw(found)

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

    async def _send(self, message: dict[str, Any]) -> None:
        try:
            await asyncio.wait_for(self.loop.sock_sendall(self.talk, wire.pack(message)), 60.0)
        except (OSError, TimeoutError) as error:
            raise _EndedError(await self._why()) from error

    async def _message(self, until: float) -> dict[str, Any]:
        async with asyncio.timeout(max(0.0, until - time.monotonic())):
            length = wire.size(await self._exactly(wire.HEAD))
            self.budget -= length
            if length > _MOST_MESSAGE or self.budget < 0:
                raise _EndedError("the notebook's output is many times larger than what is kept")
            return wire.unpack(await self._exactly(length))

    async def _exactly(self, count: int) -> bytes:
        pieces, missing = [], count
        while missing:
            try:
                piece = await self.loop.sock_recv(self.talk, min(missing, 1 << 20))
            except ConnectionError:
                piece = b""
            if not piece:
                raise _EndedError(await self._why())
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

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


async def choose_place(
    view: View, caps: Caps, *, sandbox: bool = True, modules: tuple[str, ...] = (), pool: int = 2
) -> Place:
    """Return the best place that this machine allows.

    Parameters
    ----------
    view : View
        What is to be seen from inside.
    caps : Caps
        What may be used.
    sandbox : bool
        Whether there is to be one.
    modules : tuple of str
        What the first notebook needs: the process that has it imported is asked, and so begins to warm up.
    pool : int
        Processes to keep ready there.

    Raises
    ------
    HurdlesError
        If there is no sandbox; it says why and what to do.
    """
    kinds = (("own", True), ("own", False), ("bwrap", False)) if sandbox else (("open", True), ("open", False))
    reasons = []
    for kind, warm in kinds:
        place = Place(kind, view, caps, warm)
        try:
            run = await run_job(Job((Cell(0, "'ready'"),)), Launcher(place, modules, pool=pool))
        except RefusedError as reason:
            reasons.append(f"{kind}: {reason}")
            continue
        if run.broken or not run.cells[0].ok:
            reasons.append(f"{kind}: {run.broken or run.cells[0].outputs}")
            continue
        return place
    if not sandbox:
        raise HurdlesError(f"No process can be started to run notebooks in: {'; '.join(reasons)}.")
    raise HurdlesError(
        "Submissions run code of strangers, and this machine has no sandbox for it: " + "; ".join(reasons) + ". "
        "Install the package bubblewrap and allow user namespaces (sysctl kernel.unprivileged_userns_clone=1), or run "
        "in a container that allows them. If you trust every submission, grade with --no-sandbox."
    )
