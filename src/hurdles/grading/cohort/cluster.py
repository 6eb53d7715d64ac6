"""Running submissions on the workers of a Dask cluster.

A task carries a notebook in and what became of it out, both as JSON. A worker keeps nothing and never sees the
gradebook; whatever happens to it, the task runs elsewhere, and the driver writes each result down once.
"""

from __future__ import annotations

import asyncio
import functools
import json
import time
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from hurdles.errors import HurdlesError
from hurdles.grading.sandbox import View
from hurdles.grading.sandbox.limits import Caps
from hurdles.grading.supervisor import Cell, CellRun, Job, Launcher, NotebookRun, Place, choose_place, run_job
from hurdles.kernels.channel import RefusedError

__all__ = ["ClusterRunner", "connect", "pack_job", "run_packed", "unpack_run"]

# How often a task may begin anew because its worker was lost.
_ATTEMPTS = 3
_CONNECT_WITHIN = 20.0
# How many seconds without a sign of life make a worker one that stands still; workers send several in a second.
_PATIENCE = 60.0


def pack_job(job: Job) -> str:
    """Return a job as text."""
    return json.dumps(asdict(job))


def _unpack_job(text: str) -> Job:
    data = json.loads(text)
    cells = [{**cell, "names": tuple(cell["names"]), "before": tuple(cell["before"])} for cell in data["cells"]]
    return Job(tuple(Cell(**cell) for cell in cells), data["files"], data["folder"], tuple(data["modules"]))


def unpack_run(text: str) -> NotebookRun:
    """Return what became of a job, from text."""
    data = json.loads(text)
    run = NotebookRun(broken=data["broken"], seconds=data["seconds"])
    for index, cell in data["cells"].items():
        run.cells[int(index)] = CellRun(**{**cell, "tampered": tuple(cell["tampered"])})
    return run


def run_packed(text: str, caps: dict[str, Any], sandbox: bool) -> str:
    """Run a notebook on this machine; what a worker does.

    Parameters
    ----------
    text : str
        The job.
    caps : dict
        The limits.
    sandbox : bool
        Whether it is locked in.

    Returns
    -------
    str
        What became of it.
    """
    job, limits = _unpack_job(text), Caps.read(caps)
    launcher = Launcher(_place(limits, sandbox), job.modules, pool=1)
    return json.dumps(asdict(asyncio.run(run_job(job, launcher, _slot()))))


@functools.lru_cache(maxsize=4)
def _place(caps: Caps, sandbox: bool) -> Place:
    """Return the kind of sandbox this machine allows; it does not change while the worker runs."""
    from hurdles import paths

    view = View.of_this_interpreter(hidden=[paths.content_root() / "solutions"])
    return asyncio.run(choose_place(view, caps, sandbox=sandbox))


def _slot() -> int:
    """Return a number that differs between tasks that run on this machine at the same time."""
    import os
    import threading

    return hash((os.getpid(), threading.get_ident())) % 1000


class ClusterRunner:
    """Runs notebooks on a cluster.

    Parameters
    ----------
    client : distributed.Client
        Connected, asynchronous.
    caps : Caps
        The limits.
    workers : int
        How many notebooks to have on the way at a time.
    sandbox : bool
        Whether submissions are locked in.
    """

    def __init__(self, client: Any, caps: Caps, workers: int, *, sandbox: bool = True) -> None:
        self._client, self._caps, self.workers, self._sandbox = client, caps, workers, sandbox
        # Workers that stood still, with their last sign of life; whoever gives another one is used again.
        self._avoided: dict[str, float] = {}

    async def run(self, job: Job, slot: int) -> NotebookRun:
        """Run a notebook on some worker; on another one if that is lost or does not come back in time."""
        text = pack_job(job)
        fault = "no worker"
        for _ in range(_ATTEMPTS):
            others = [
                name
                for name, sign in (await _workers(self._client, "last_seen")).items()
                if sign != self._avoided.get(name)
            ]
            future = self._client.submit(
                run_packed, text, self._caps.to_dict(), self._sandbox, pure=False, workers=others or None
            )
            try:
                return unpack_run(await self._answer(future))
            except TimeoutError as error:
                # A worker that stands still keeps its connection: nobody else would notice.
                fault = str(error)
                self._avoided |= await self._signs_of(future.key)
            except HurdlesError as error:
                raise RefusedError(str(error)) from error
            except Exception as error:  # whatever a cluster's trouble is called, another worker may do it
                fault = f"{type(error).__name__}: {error}"
            finally:
                with suppress(Exception):
                    await self._client.cancel([future], force=True)
        raise RefusedError(f"the cluster could not run it ({fault})")

    async def _answer(self, future: Any) -> str:
        """Wait for a task as long as its worker shows that it lives: on a busy machine, work takes its time."""
        patience = self._caps.patience or _PATIENCE
        begun = heard = time.monotonic()
        most = max(self._caps.whole, patience) + 60.0
        signs: dict[str, float] = {}
        answer = asyncio.ensure_future(future.result())
        try:
            while not answer.done():
                await asyncio.wait([answer], timeout=min(1.0, patience / 4))
                now, before, signs = time.monotonic(), signs, await self._signs_of(future.key)
                heard = now if signs != before else heard
                if not answer.done() and now - heard > patience:
                    raise TimeoutError(f"no sign of life in {patience:g} seconds")
                if not answer.done() and now - begun > most:
                    raise TimeoutError(f"no answer in {most:g} seconds")
            return str(answer.result())
        finally:
            answer.cancel()

    async def _signs_of(self, key: str) -> dict[str, float]:
        """Return when the scheduler last heard of the workers that have a task, by its own clock."""
        tasks = await self._client.processing()
        return {
            name: sign
            for name, sign in (await _workers(self._client, "last_seen")).items()
            if key in tasks.get(name, ())
        }

    async def close(self) -> None:
        """Leave the cluster; it goes on without us."""
        await self._client.close()


async def _workers(client: Any, fact: str) -> dict[str, Any]:
    """Return what the scheduler knows of each worker, such as its number of threads, by address."""
    found = await client.scheduler.identity(n_workers=-1)
    return {address: worker[fact] for address, worker in found["workers"].items()}


async def connect(address: str, caps: Caps, workers: int | None = None, *, sandbox: bool = True) -> ClusterRunner:
    """Connect to a cluster.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://10.0.0.1:8786``.
    caps : Caps
        The limits.
    workers : int, optional
        How many notebooks to have on the way at a time; by default one for each thread of the cluster.
    sandbox : bool
        Whether submissions are locked in.

    Raises
    ------
    hurdles.errors.HurdlesError
        If there is no cluster.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise HurdlesError(
            "A cluster needs the package distributed: install hurdles[cluster] here and on the workers."
        ) from error
    try:
        client = await Client(address, asynchronous=True, timeout=_CONNECT_WITHIN)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        raise HurdlesError(f"No Dask scheduler answers at {address}: {error}.") from error
    threads = sum((await _workers(client, "nthreads")).values())
    if not threads:
        await client.close()
        raise HurdlesError(f"The cluster at {address} has no workers. Start some with 'dask worker {address}'.")
    return ClusterRunner(client, caps, workers or threads, sandbox=sandbox)
