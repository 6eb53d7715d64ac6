"""The checker, checked: every right answer gets full marks, every misconception its own message."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from notebooks.bank import (
    Bank,
    Memory,
    Result,
    Variant,
    assemble,
    break_hidden,
    load_banks,
    read_master,
    remember,
    run,
    stub,
    tasks,
)

BANKS = load_banks()


def _case(bank: Bank, *values: Any, name: str) -> Any:
    """Return a case; those of one bank are run by one process, which remembers what came of an answer."""
    return pytest.param(bank, *values, id=name, marks=pytest.mark.xdist_group(bank.key))


def _cases(kind: str) -> list[Any]:
    return [_case(b, v, name=f"{b.key}:{v.task}:{v.name}") for b in BANKS for v in b.of(kind)]


RIGHT, TRAPS = _cases("right"), _cases("trap")
TASKS = [
    _case(bank, task, name=f"{bank.key}:{task}") for bank in BANKS for task in tasks(read_master(bank.master_path))
]


@cache
def _master(bank: Bank) -> dict[str, Any]:
    return read_master(bank.master_path)


@cache
def _memory(bank: Bank) -> Memory:
    return remember(_master(bank))


@cache
def _outcome(bank: Bank, variant: Variant) -> dict[str, Result]:
    """Run all tests around one answer; cached, because several tests look at the same run."""
    return run(_master(bank), [variant], told=_memory(bank).replay)


@pytest.fixture(scope="module", params=[_case(bank, name=bank.key) for bank in BANKS])
def bank(request: pytest.FixtureRequest) -> Bank:
    value: Bank = request.param
    return value


def test_there_is_a_bank_for_every_master() -> None:
    masters = {
        path.relative_to(BANKS[0].master_path.parents[1]) for path in BANKS[0].master_path.parents[1].glob("*/*.ipynb")
    }
    assert {str(path.with_suffix("")) for path in masters} == {bank.key for bank in BANKS}


def test_one_process_tries_all_answers_of_a_bank(bank: Bank, request: pytest.FixtureRequest) -> None:
    """Others would compute anew what this one remembers: twice the time, and nothing would tell."""
    assert [mark.args for mark in request.node.iter_markers("xdist_group")] == [(bank.key,)]
    if request.config.getoption("loadgroup", default=False):
        assert request.node.nodeid.endswith(f"@{bank.key}")


def test_the_master_passes_its_own_tests(bank: Bank) -> None:
    results = run(_master(bank))
    assert {task: (r.status, r.message) for task, r in results.items()} == dict.fromkeys(results, ("pass", ""))
    assert all(result.points == result.max_points > 0 for result in results.values())


@pytest.mark.parametrize(("bank", "task"), TASKS)
def test_two_right_answers_and_three_traps_a_task(bank: Bank, task: str) -> None:
    assert len({variant.source for variant in bank.of("right", task)}) >= 2
    assert len({variant.source for variant in bank.of("trap", task)}) >= 3


def test_every_answer_is_to_a_task_of_its_exercise(bank: Bank) -> None:
    assert {variant.task for variant in bank.variants} <= set(tasks(_master(bank)))


@pytest.mark.parametrize(("bank", "variant"), RIGHT)
def test_a_right_answer_gets_full_marks(bank: Bank, variant: Variant) -> None:
    for task, result in _outcome(bank, variant).items():
        assert (result.status, result.points) == ("pass", result.max_points), f"{task}: {result.message}"


@pytest.mark.parametrize(("bank", "variant"), TRAPS)
def test_a_trap_loses_exactly_its_own_points(bank: Bank, variant: Variant) -> None:
    for task, result in _outcome(bank, variant).items():
        expected = ("fail", 0.0) if task == variant.task else ("pass", result.max_points)
        assert (result.status, result.points) == expected, f"{task}: {result.status} {result.message}"


@pytest.mark.parametrize(("bank", "variant"), TRAPS)
def test_a_trap_gets_the_message_meant_for_it_and_no_other(bank: Bank, variant: Variant) -> None:
    message = _outcome(bank, variant)[variant.task].message
    fitting = {other.name for other in bank.of("trap", variant.task) if re.search(other.message, message)}
    assert fitting == {variant.name}, message


@pytest.mark.parametrize(("bank", "variant"), TRAPS)
def test_the_hidden_test_alone_catches_the_trap(bank: Bank, variant: Variant) -> None:
    result = run(_master(bank), [variant], visible=False, only=variant.task)[variant.task]
    assert (result.status, result.points) == ("fail", 0.0)
    assert re.search(variant.message, result.message), result.message


@pytest.mark.parametrize(("bank", "task"), TASKS)
def test_an_untouched_stub_is_not_attempted(bank: Bank, task: str) -> None:
    for name, result in _outcome(bank, stub(task)).items():
        assert result.status == ("not-attempted" if name == task else "pass")
    alone = run(_master(bank), [stub(task)], visible=False, only=task)[task]
    assert (alone.status, alone.points) == ("not-attempted", 0.0)


@pytest.mark.parametrize(("bank", "task"), TASKS)
def test_the_bank_notices_a_broken_hidden_test(bank: Bank, task: str) -> None:
    broken = break_hidden(_master(bank), task)
    slipped = [v.name for v in bank.of("trap", task) if run(broken, [v], only=task)[task].points > 0]
    assert slipped, f"without its hidden test no trap of {task} would get points: the bank is blind"


def test_the_masters_answers_are_remembered_and_a_wrong_one_would_be_noticed(bank: Bank) -> None:
    memory = _memory(bank)
    assert memory.calls, "no task's answers are remembered"
    for task in memory.calls:
        wrong = Memory({task: [None] * 100})
        results = run(_master(bank), told=wrong.replay, only=task)
        assert results[task].points == 0


def test_assemble_changes_the_answer_and_nothing_else(bank: Bank) -> None:
    master, variant = _master(bank), bank.of("trap")[0]
    notebook = assemble(master, [variant])
    changed = [new["id"] for new, old in zip(notebook["cells"], master["cells"], strict=True) if new != old]
    assert changed == [variant.task]
    assert notebook["metadata"] == master["metadata"]
