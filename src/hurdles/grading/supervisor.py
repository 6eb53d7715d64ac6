"""Running a notebook in a process of its own, watching over it, and believing none of it but its shape."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from jupyter_core.paths import jupyter_runtime_dir

from hurdles.errors import HurdlesError
from hurdles.grading.jobs import Cell, CellRun, Job, NotebookRun
from hurdles.grading.modules import KIND, MODULES
from hurdles.grading.sandbox import View
from hurdles.grading.sandbox.limits import Caps
from hurdles.grading.sandbox.view import HOME
from hurdles.grading.stems import Stem, Stems
from hurdles.grading.watch import EndedError, Pair, Process, Watch
from hurdles.kernels.asking import Source
from hurdles.kernels.channel import OTHERS, OUTDATED, RefusedError
from hurdles.kernels.preload import COMMON, FAMILIES

__all__ = ["Cell", "CellRun", "Job", "Launcher", "NotebookRun", "Place", "run_job", "stems_of"]

_One = TypeVar("_One")
_Two = TypeVar("_Two")
_READY_WITHIN = 90.0
_GRADERS = ("PYTHONSTARTUP", "PYTHONHASHSEED")
# Places of work from here on are those of processes that others are forked from.
_STEMS = 900


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
    cold_because : str
        Why they are not forked.
    """

    kind: str
    view: View
    caps: Caps
    warm: bool = True
    cold_because: str = field(default="", compare=False)


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
        self.place, self.single, self.cold_because = place, single, place.cold_because
        self.environment = environment()
        runtime, interpreter = Path(jupyter_runtime_dir()), (sys.executable,)
        names = tuple(dict.fromkeys([*COMMON, *MODULES, *modules]))
        self.source = (
            Source(runtime, interpreter, child=KIND, environment=dict(os.environ))
            if single
            else Source(runtime, interpreter, names, KIND, pool=pool, idle=120.0)
        )

    def asked(self, slot: int) -> dict[str, Any]:
        """Return what a runner is told."""
        view = self.place.view.to_dict() if self.place.kind == "own" else None
        return {"view": view, "caps": self.place.caps.to_dict(), "slot": slot}

    async def start(self, slot: int, talk: socket.socket, other: int, home: str | None = None) -> Process:
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
                if not self.single and reason.kind == OTHERS:
                    # It is another one's, with an environment that cannot be taken over.
                    self.cold_because = str(reason)
                    return self._cold(slot, talk, other, own)
                if self.single or reason.kind != OUTDATED:
                    raise
            if time.monotonic() > end:
                raise RefusedError("the process that has the libraries imported does not become ready")
            await asyncio.sleep(0.05)

    def _start_warm(self) -> None:
        with suppress(RefusedError):
            self.source.start(self.environment, patience=0.0)

    def _cold(self, slot: int, talk: socket.socket, other: int, environment: dict[str, str]) -> Process:
        """Start a process of its own, which takes the second or two that the imports take."""
        import subprocess

        from hurdles.grading.sandbox.bubblewrap import command

        before = command(self.place.view, self.place.caps) if self.place.kind == "bwrap" else []
        program = [sys.executable, "-m", "hurdles.grading.runner", json.dumps(self.asked(slot))]
        try:
            started: Process = subprocess.Popen(
                [*before, *program], stdin=talk.fileno(), stdout=talk.fileno(), stderr=other, env=environment,
                cwd=environment["HOME"] if self.place.kind == "open" else "/", start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise RefusedError(f"{(before or program)[0]}: {error.strerror}") from error
        return _Bubble(started) if before else started


class _Bubble:
    """A process in bubblewrap, which passes no signal on."""

    def __init__(self, process: Process) -> None:
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
    # Some are a matter of the program that grades: a cluster's workers, for one, have their own.
    kept = {name: value for name, value in kept.items() if not name.startswith("MALLOC_") and name not in _GRADERS}
    return {
        # Small fits are many times slower when threads wait for each other than with one thread each.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
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


async def run_job(job: Job, launcher: Launcher, slot: int = 0, stems: Stems | None = None) -> NotebookRun:
    """Run a notebook and return what became of it.

    If some of its cells are to be run apart from the learner's code, there are two processes that know nothing of
    each other but what the cells hand over.

    Parameters
    ----------
    job : Job
        The notebook.
    launcher : Launcher
        Starts processes.
    slot : int
        Number of the place of work.
    stems : Stems, optional
        From which processes of the tests are forked, where there are many of the same.

    Raises
    ------
    RefusedError
        If no process could be had: then nothing of it has run.
    """
    started = time.monotonic()
    run, stem = await _run(job, launcher, slot, stems)
    if run.broken and stem is not None and not stem.stands:
        # What its tests were forked from is gone, and they with it: that is nothing of the notebook's.
        run, _ = await _run(job, launcher, slot, None)
    run.seconds = time.monotonic() - started
    return run


async def _run(job: Job, launcher: Launcher, slot: int, stems: Stems | None) -> tuple[NotebookRun, Stem | None]:
    """Run a notebook; return also what its tests were forked from, if so."""
    async with AsyncExitStack() as stack:
        learner = stack.enter_async_context(_process(launcher, 2 * slot))
        if not any(cell.far for cell in job.cells):
            return await (await learner).run(job), None
        ours, (tests, stem) = await _both(learner, _tests(job, launcher, 2 * slot + 1, stems, stack))
        return await Pair(ours, tests).run(job), stem


async def _both(one: Awaitable[_One], two: Awaitable[_Two]) -> tuple[_One, _Two]:
    """Return what both return. If one of them fails, nothing of the other is left when its error goes on."""
    tasks = asyncio.ensure_future(one), asyncio.ensure_future(two)
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


async def _tests(
    job: Job, launcher: Launcher, slot: int, stems: Stems | None, stack: AsyncExitStack
) -> tuple[Watch, Stem | None]:
    """Return the watch over a process for the tests: a forked one if there is something to fork it from."""
    stem = await stems.of(job) if stems is not None else None
    if stem is not None:
        try:
            return await stack.enter_async_context(_grown(stem, launcher.place.caps)), stem
        except EndedError:
            # A process of their own does as well, and takes a little longer.
            stem.fit = False
    return await stack.enter_async_context(_process(launcher, slot)), None


@asynccontextmanager
async def _grown(stem: Stem, caps: Caps) -> AsyncIterator[Watch]:
    """Fork a process from one that has the author's first cells behind it, and end it."""
    async with _watched(stem.fork, caps, alone=True) as watch:
        await watch.ready()
        watch.behind = len(stem.cells)
        yield watch


@asynccontextmanager
async def _watched(
    start: Callable[[socket.socket, int], Awaitable[Process]], caps: Caps, *, alone: bool
) -> AsyncIterator[Watch]:
    """Start a process over a connection and a pipe, watch over it, and end it and all that came from it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    read, write = os.pipe()
    try:
        try:
            process = await start(theirs, write)
        finally:
            theirs.close()
            os.close(write)
        watch = Watch(process, ours, read, caps, alone=alone)
        try:
            yield watch
        finally:
            await watch.end()
    finally:
        ours.close()
        os.close(read)


def stems_of(launcher: Launcher) -> Stems | None:
    """Return an empty collection for a run, if the kind of sandbox allows to fork inside it."""
    if launcher.place.kind != "own":
        return None
    slots = itertools.count(_STEMS)

    async def begin(stack: AsyncExitStack) -> Watch:
        return await stack.enter_async_context(_process(launcher, next(slots)))

    return Stems(begin)


@asynccontextmanager
async def _process(launcher: Launcher, slot: int) -> AsyncIterator[Watch]:
    """Start a process, and end it and all that came from it."""
    home = tempfile.mkdtemp(prefix="hurdles-open-") if launcher.place.kind == "open" else None

    async def start(talk: socket.socket, other: int) -> Process:
        return await launcher.start(slot, talk, other, home)

    try:
        async with _watched(start, launcher.place.caps, alone=home is None) as watch:
            yield watch
    finally:
        if home is not None:
            shutil.rmtree(home, ignore_errors=True)


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
    reasons: list[str] = []
    for kind, warm in kinds:
        # Bubblewrap always starts from nothing: that is no fault of the process that has the libraries imported.
        refused = reasons[-1] if not warm and reasons and kind != "bwrap" else ""
        place = Place(kind, view, caps, warm, refused.removeprefix(f"{kind}: "))
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
