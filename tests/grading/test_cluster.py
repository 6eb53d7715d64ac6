"""Whom a cluster's driver waits for: a slow worker, not one that stands still."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from hurdles.grading.cohort.cluster import ClusterRunner
from hurdles.grading.sandbox.limits import Caps
from hurdles.grading.supervisor import Job
from hurdles.kernels.channel import RefusedError

EMPTY = '{"broken": "", "seconds": 1.5, "cells": {}}'
PATIENCE = 0.4


class Future:
    """A task that ends when its worker says so."""

    def __init__(self, key: str, worker: str) -> None:
        self.key, self.worker, self.ended = key, worker, asyncio.Event()

    async def result(self) -> str:
        await self.ended.wait()
        return EMPTY


class Client:
    """A cluster of two workers; the first one gets every task that it may get."""

    def __init__(self, *, alive: bool, seconds: float) -> None:
        self.scheduler, self._alive, self._seconds = self, alive, seconds
        self.seen = dict.fromkeys(("first", "second"), 0.0)
        self.tasks: list[Future] = []
        self.asked: list[str] = []

    def submit(self, *arguments: Any, workers: list[str] | None, **options: Any) -> Future:
        worker = (workers or ["first"])[0]
        future = Future(f"task-{len(self.tasks)}", worker)
        self.tasks.append(future)
        self.asked.append(worker)
        if worker == "second" or self._alive:
            asyncio.get_running_loop().call_later(self._seconds, future.ended.set)
        return future

    async def processing(self) -> dict[str, list[str]]:
        return {
            name: [one.key for one in self.tasks if one.worker == name and not one.ended.is_set()] for name in self.seen
        }

    async def identity(self, n_workers: int) -> dict[str, Any]:
        for name in self.seen:
            self.seen[name] += 1.0 if self._alive or name == "second" else 0.0
        return {"workers": {name: {"nthreads": 1, "last_seen": seen} for name, seen in self.seen.items()}}

    async def cancel(self, futures: list[Future], force: bool) -> None:
        for future in futures:
            future.worker = "nobody"


def run(client: Client) -> tuple[float, list[str]]:
    runner = ClusterRunner(client, replace(Caps(), patience=PATIENCE), 1)
    found = asyncio.run(runner.run(Job((), {}, "", ()), 0))
    return found.seconds, [one.key for one in client.tasks]


def test_a_slow_worker_is_waited_for() -> None:
    assert run(Client(alive=True, seconds=4 * PATIENCE)) == (1.5, ["task-0"])


def test_the_notebook_of_a_worker_that_stands_still_is_run_elsewhere() -> None:
    client = Client(alive=False, seconds=2 * PATIENCE)
    assert run(client) == (1.5, ["task-0", "task-1"])


def test_a_worker_that_comes_back_to_life_is_used_again() -> None:
    client = Client(alive=False, seconds=0.1)
    runner = ClusterRunner(client, replace(Caps(), patience=PATIENCE), 1)

    async def three() -> None:
        await runner.run(Job((), {}, "", ()), 0)
        await runner.run(Job((), {}, "", ()), 0)
        client._alive = True
        await runner.run(Job((), {}, "", ()), 0)

    asyncio.run(three())
    # The first worker stands still, is passed over the next time, and has the last one.
    assert client.asked == ["first", "second", "second", "first"]


def test_what_no_worker_gives_back_is_named() -> None:
    client = Client(alive=False, seconds=0.1)
    del client.seen["second"]
    with pytest.raises(RefusedError, match=r"no sign of life in 0[.]4 seconds"):
        run(client)
    assert len(client.tasks) == 3
