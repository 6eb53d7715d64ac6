"""The checker, checked: every right answer gets full marks, every misconception its own message."""

from __future__ import annotations

import itertools
import re
from functools import cache
from typing import Any

import pytest
from notebooks.bank import (
    Bank,
    Result,
    Variant,
    assemble,
    break_hidden,
    load_banks,
    read_master,
    rounds,
    run,
    stub,
    tasks,
)

BANKS = load_banks()


def _case(bank: Bank, *values: Any, name: str) -> Any:
    """Return a case; those of one bank are run by one process, which tries all answers once."""
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
def _outcomes(bank: Bank) -> dict[Variant, Result]:
    """Return what each answer got in its round, the untouched stubs too."""
    found: dict[Variant, Result] = {}
    for variants in rounds(_master(bank), bank):
        results = run(_master(bank), variants)
        found |= {variant: results[variant.task] for variant in variants}
    return found


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
    """Others would try all of them again: twice the time, and nothing would tell."""
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


def test_every_answer_meets_another_kind(bank: Bank) -> None:
    """Each is tried once; somewhere a right answer to each task stands beside a trap or a stub of every other task."""
    found = rounds(_master(bank), bank)
    flat = [variant for variants in found for variant in variants]
    assert all(flat.count(variant) == 1 for variant in bank.variants)
    assert {stub(task) for task in tasks(_master(bank))} <= set(flat)
    for task, other in itertools.permutations(tasks(_master(bank)), 2):
        kinds = {
            (mine.kind, theirs.kind)
            for variants in found
            for mine in variants
            for theirs in variants
            if (mine.task, theirs.task) == (task, other)
        }
        assert ("right", "trap") in kinds, (task, other)


@pytest.mark.parametrize(("bank", "variant"), RIGHT)
def test_a_right_answer_gets_full_marks(bank: Bank, variant: Variant) -> None:
    result = _outcomes(bank)[variant]
    assert (result.status, result.points) == ("pass", result.max_points), result.message


@pytest.mark.parametrize(("bank", "variant"), TRAPS)
def test_a_trap_loses_its_points(bank: Bank, variant: Variant) -> None:
    result = _outcomes(bank)[variant]
    assert (result.status, result.points) == ("fail", 0.0), result.message


@pytest.mark.parametrize(("bank", "variant"), TRAPS)
def test_a_trap_gets_the_message_meant_for_it_and_no_other(bank: Bank, variant: Variant) -> None:
    message = _outcomes(bank)[variant].message
    fitting = {other.name for other in bank.of("trap", variant.task) if re.search(other.message, message)}
    assert fitting == {variant.name}, message


@pytest.mark.parametrize(("bank", "variant"), TRAPS)
def test_the_hidden_test_catches_the_trap_by_itself(bank: Bank, variant: Variant) -> None:
    """Both tests are run, whatever the visible one says."""
    message = _outcomes(bank)[variant].messages["hidden"]
    assert re.search(variant.message, message), message


@pytest.mark.parametrize(("bank", "task"), TASKS)
def test_a_hidden_test_needs_nothing_of_visible_ones(bank: Bank, task: str) -> None:
    """A trap that gets past the visible test, if there is one, meets all of the hidden test."""
    outcomes = _outcomes(bank)
    caught = min(bank.of("trap", task), key=lambda variant: outcomes[variant].messages["visible"] != "")
    for variant in (bank.of("right", task)[0], caught):
        alone = run(_master(bank), [variant], visible=False, only=task)[task]
        assert alone.status == outcomes[variant].status
        assert alone.messages["hidden"] == outcomes[variant].messages["hidden"]


@pytest.mark.parametrize(("bank", "task"), TASKS)
def test_an_untouched_stub_is_not_attempted(bank: Bank, task: str) -> None:
    alone = run(_master(bank), [stub(task)], visible=False, only=task)[task]
    for result in (_outcomes(bank)[stub(task)], alone):
        assert (result.status, result.points) == ("not-attempted", 0.0)


@pytest.mark.parametrize(("bank", "task"), TASKS)
def test_the_bank_notices_a_broken_hidden_test(bank: Bank, task: str) -> None:
    broken = break_hidden(_master(bank), task)
    slipped = any(run(broken, [variant], only=task)[task].points > 0 for variant in bank.of("trap", task))
    assert slipped, f"without its hidden test no trap of {task} would get points: the bank is blind"


def test_assemble_changes_the_answer_and_nothing_else(bank: Bank) -> None:
    master, variant = _master(bank), bank.of("trap")[0]
    notebook = assemble(master, [variant])
    changed = [new["id"] for new, old in zip(notebook["cells"], master["cells"], strict=True) if new != old]
    assert changed == [variant.task]
    assert notebook["metadata"] == master["metadata"]
