"""A burst of changes becomes one action."""

from __future__ import annotations

import asyncio

from hurdles.ui.pace import Debouncer


def test_a_burst_runs_once_and_reads_the_newest_state() -> None:
    async def scenario() -> list[int]:
        state, seen = {"now": 0}, []
        debounced = Debouncer(lambda: seen.append(state["now"]))
        for value in range(5):
            state["now"] = value
            debounced()
        await asyncio.sleep(0.2)
        return seen

    assert asyncio.run(scenario()) == [4]


def test_changes_without_end_still_run_now_and_then() -> None:
    async def scenario() -> int:
        runs = []
        debounced = Debouncer(lambda: runs.append(1), delay=0.2, longest=0.3)
        end = asyncio.get_running_loop().time() + 1
        while asyncio.get_running_loop().time() < end:
            debounced()
            await asyncio.sleep(0.01)
        return len(runs)

    assert asyncio.run(scenario()) >= 1


def test_two_bursts_run_twice() -> None:
    async def scenario() -> int:
        runs = []
        debounced = Debouncer(lambda: runs.append(1))
        for _ in range(2):
            debounced()
            await asyncio.sleep(0.2)
        return len(runs)

    assert asyncio.run(scenario()) == 2


def test_without_a_loop_it_runs_at_once() -> None:
    runs = []
    debounced = Debouncer(lambda: runs.append(1))
    debounced()
    debounced()
    assert runs == [1, 1]


def test_a_timer_of_a_loop_that_is_gone_does_not_block_the_next() -> None:
    runs: list[int] = []
    debounced = Debouncer(lambda: runs.append(1))

    async def once(seconds: float) -> None:
        debounced()
        await asyncio.sleep(seconds)

    asyncio.run(once(0))
    asyncio.run(once(0.2))
    assert runs == [1]
