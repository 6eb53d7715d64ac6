"""Thresholds earn what they should, reasons and ways out keep their promises, and the memo says what was worked out."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hurdles.datasets import mortgage_columns
from hurdles.datasets.desk import COSTS, CUTS, Desk, cut_off, desk_model
from hurdles.interpretability.decisions import (
    best_threshold,
    eager_forest,
    halves,
    outcome,
    outcomes,
    profit,
    profit_of_decisions,
    profits,
    promise,
    reliability,
    share,
    who,
)
from hurdles.interpretability.decisions_letters import MOVES, REASONS, memo, reasons, rule_of, ways_out

CASE = 1339
scored = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=30)


@pytest.fixture(scope="module")
def desk() -> Desk:
    return desk_model()


def test_profit_adds_up_four_cases() -> None:
    chances, labels = np.array([0.1, 0.2, 0.8, 0.9]), [0, 1, 0, 1]
    assert profit(chances, labels, 0.5, {"approved": 10, "refused": 4}) == (4 - 10) / 4
    assert profit(chances, labels, 0.2, {"approved": 10, "refused": 4}) == 4 / 4
    assert profit_of_decisions(labels, [1, 1, 1, 1]) == 0


@given(scored)
def test_every_threshold_earns_what_profits_says_and_none_earns_more_than_the_best(pairs: list) -> None:
    chances, labels = np.array([s / 20 for s, _ in pairs]), np.array([bad for _, bad in pairs], dtype=int)
    edges, worth = profits(chances, labels)
    assert np.all(np.diff(edges) > 0)
    assert worth == pytest.approx([profit(chances, labels, edge) for edge in edges])
    best = best_threshold(chances, labels)
    assert profit(chances, labels, best) == pytest.approx(worth.max())
    # Of equally good ones, it refuses fewest.
    equal = [(chances >= edge).sum() for edge, w in zip(edges, worth, strict=True) if w == pytest.approx(worth.max())]
    assert (chances >= best).sum() == min(equal)


def test_the_lessons_threshold_is_the_desks(desk: Desk) -> None:
    held_out, labels = desk.held_out(), desk.refused_train.to_numpy()
    assert profit(held_out, labels, cut_off("cheapest")) == pytest.approx(profits(held_out, labels)[1].max())


def test_rows_known_by_heart_promise_most(desk: Desk) -> None:
    unseen, labels = (desk.chance(desk.test), desk.refused_test), desk.refused_train
    heart = promise(desk.chance(desk.train), labels, *unseen)
    honest = promise(desk.held_out(), labels, *unseen)
    assert heart["profit promised"] > honest["profit promised"] > 0
    assert honest["profit, unseen rows"] == profit(*unseen, honest["threshold"])
    flattered = promise(*unseen, *unseen)
    assert flattered["profit promised"] == flattered["profit, unseen rows"] >= honest["profit, unseen rows"]


def test_outcomes_count_both_mistakes(desk: Desk) -> None:
    chances, labels = desk.chance(desk.test), desk.refused_test.to_numpy()
    found = outcome(chances, labels, 0.5)
    right = found["refused"] - found["of these, officers approved"]
    assert right + found["approved, officers refused"] == labels.sum()
    assert outcomes({"one half": found}).loc["one half", "refused"] == found["refused"]


def test_halves_promise_more_than_they_keep(desk: Desk) -> None:
    found = halves(desk.chance(desk.test), desk.refused_test, repeats=50)
    assert found["promised"].mean() > found["kept"].mean()
    pd.testing.assert_frame_equal(found, halves(desk.chance(desk.test), desk.refused_test, repeats=50))


def test_the_forest_ranks_well_and_says_too_much(desk: Desk) -> None:
    said = eager_forest().fit(desk.train, desk.refused_train).predict_proba(desk.test)[:, 1]
    table = reliability(said, desk.refused_test)
    assert (table["said"] > table["came"]).all()
    honest = reliability(desk.chance(desk.test), desk.refused_test)
    assert (honest["said"] - honest["came"]).abs().max() < 0.05


@given(st.integers(0, 50), st.integers(0, 50))
def test_wilsons_interval_holds_the_share_and_keeps_a_width(one: int, other: int) -> None:
    found = share(min(one, other), max(one, other))
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1
    assert found.high > found.low


def test_who_counts_each_unseen_applicant_once(desk: Desk) -> None:
    parts = who(desk, np.ones(len(desk.test), dtype=bool))
    assert sum(part.total for part in parts.values()) == len(desk.test)
    assert all(part.count == part.total for part in parts.values())


def test_reasons_raise_the_chance_and_are_few(desk: Desk) -> None:
    approved = desk.train[desk.refused_train == 0].sample(50, random_state=0)
    told = reasons(desk, desk.test.loc[[CASE]], approved, k=3)
    assert 0 < len(told) <= 3
    assert (told > 0).all()
    assert told.is_monotonic_decreasing
    assert set(told.index) <= set(REASONS.values())
    assert set(REASONS) == set(desk.features)


def test_ways_out_cross_the_line_and_touch_only_what_is_within_reach(desk: Desk) -> None:
    cut = cut_off("cheapest")
    refused = desk.test[desk.chance(desk.test) >= cut]
    found = ways_out(desk, refused, cut)
    assert list(found) == list(refused.index)
    ways = [way for way in found.values() if way]
    assert ways
    assert all(way.chance < cut and set(way.moves) <= set(MOVES) and str(way) for way in ways)
    fixed = mortgage_columns().query("sensitive").index
    assert not any(re.search(rf"\b{name}\b", str(way)) for way in ways for name in fixed)
    # One move is tried before two.
    single = ways_out(desk, desk.test.loc[[CASE]], cut)[CASE]
    assert single is not None
    assert len(single.moves) == 1


def test_a_line_that_nothing_reaches_has_no_way(desk: Desk) -> None:
    assert ways_out(desk, desk.test.loc[[CASE]], 0.0) == {CASE: None}


@pytest.mark.parametrize("rule", CUTS)
def test_the_memo_holds_the_figures_of_its_rule(desk: Desk, rule: str) -> None:
    text = memo(desk, rule, "you")  # type: ignore[arg-type]
    counts = outcome(desk.chance(desk.test), desk.refused_test.to_numpy(), cut_off(rule))  # type: ignore[arg-type]
    assert CUTS[rule] in text
    assert (
        f"It refuses {counts['refused']}, of whom officers had approved {counts['of these, officers approved']}" in text
    )
    assert f"{COSTS['approved']:g} thousand" in text
    assert rule_of(CUTS[rule]) == rule


def test_unknown_words_stand_for_the_desks_default() -> None:
    assert rule_of(None) == rule_of("something else") == "cheapest"
