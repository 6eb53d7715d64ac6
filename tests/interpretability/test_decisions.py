"""Profit adds up, the best threshold is the best, and letters say what holds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hurdles.datasets.desk import COSTS, CUTS, FEATURES, cut_off, desk_model
from hurdles.interpretability.decisions import (
    GROUPS,
    best_threshold,
    eager_forest,
    halves,
    outcome,
    outcomes,
    profit,
    profit_of_decisions,
    profits,
    promises,
    reliability,
    share,
    who,
)
from hurdles.interpretability.decisions_letters import MOVES, REASONS, memo, reasons, rule_of, ways_out

CASE = 1339
rows = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 1)), min_size=1, max_size=30)


def split(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([score / 20 for score, _ in pairs]), np.array([label for _, label in pairs])


def test_profit_adds_up_four_cases() -> None:
    costs = {"approved": 10, "refused": 4}
    assert profit_of_decisions([0, 1, 0, 1], [0, 0, 1, 1], costs) == pytest.approx((4 - 10) / 4)
    assert profit(np.array([0.1, 0.5]), [0, 0], 0.5, costs) == 2


@given(rows)
def test_profit_is_a_constant_less_the_cost_of_mistakes(pairs: list[tuple[int, int]]) -> None:
    chances, labels = split(pairs)
    for threshold in (0.0, 0.35, 2.0):
        refuse = chances >= threshold
        lost = COSTS["approved"] * (~refuse & (labels == 1)) + COSTS["refused"] * (refuse & (labels == 0))
        assert profit(chances, labels, threshold) == pytest.approx(
            COSTS["refused"] * (labels == 0).mean() - lost.mean()
        )


@given(rows)
def test_the_curve_agrees_with_profit_and_the_best_is_its_top(pairs: list[tuple[int, int]]) -> None:
    chances, labels = split(pairs)
    edges, worth = profits(chances, labels)
    assert (np.diff(edges) > 0).all() or edges[0] == 0
    assert worth == pytest.approx([profit(chances, labels, edge) for edge in edges])
    best = best_threshold(chances, labels)
    assert profit(chances, labels, best) == pytest.approx(worth.max())
    fewer = [edge for edge in edges if edge > best]
    assert all(profit(chances, labels, edge) < worth.max() for edge in fewer)


def test_the_best_threshold_is_the_desks_cheapest() -> None:
    desk = desk_model()
    assert best_threshold(desk.held_out(), desk.refused_train) == pytest.approx(cut_off("cheapest"))


@given(st.integers(0, 60), st.integers(1, 60))
def test_a_share_lies_in_its_interval(count: int, more: int) -> None:
    total = count + more
    part = share(count, total)
    assert 0 <= part.low <= part.value + 1e-12
    assert part.value <= part.high + 1e-12 <= 1 + 1e-9
    larger = share(100 * count, 100 * total)
    assert larger.high - larger.low < part.high - part.low


def test_a_share_of_nobody_may_be_anything() -> None:
    assert (share(0, 0).value, share(0, 0).low, share(0, 0).high) == (0, 0, 1)


def test_rows_that_choose_flatter_what_they_chose() -> None:
    desk = desk_model()
    chances = desk.chance(desk.test)
    found = halves(chances, desk.refused_test, 60)
    assert found["promised"].mean() > found["kept"].mean()
    assert found.equals(halves(chances, desk.refused_test, 60))
    known, held = desk.chance(desk.train), desk.held_out()
    table = promises(
        {"known": (known, desk.refused_train), "held": (held, desk.refused_train)}, chances, desk.refused_test
    )
    assert table.loc["known", "profit promised"] > table.loc["held", "profit promised"]
    assert table.loc["known", "profit promised"] > table.loc["known", "profit on unseen rows"]
    assert table.loc["held", "threshold"] == pytest.approx(cut_off("cheapest"))


def test_equal_weights_make_refusals_look_common() -> None:
    desk = desk_model()
    forest = eager_forest().fit(desk.train, desk.refused_train)
    said = reliability(forest.predict_proba(desk.test)[:, 1], desk.refused_test)
    assert (said["said"] > said["came"]).all()
    own = reliability(desk.chance(desk.test), desk.refused_test)
    assert (own["said"] - own["came"]).abs().max() < 0.05


def test_outcomes_keep_counts_whole() -> None:
    seen = outcome(np.array([0.1, 0.5, 0.9, 0.2]), [0, 0, 1, 1], 0.5)
    table = outcomes({"one": seen})
    assert list(seen)[1:4] == ["refused", "of these, officers approved", "approved, officers refused"]
    assert table.loc["one"].tolist()[1:4] == [2, 1, 1]
    assert pd.api.types.is_integer_dtype(table["refused"].dtype)


def test_every_unseen_applicant_is_in_one_group() -> None:
    desk = desk_model()
    everybody = who(desk, np.ones(len(desk.test), dtype=bool))
    assert list(everybody) == list(GROUPS.values())
    assert sum(part.total for part in everybody.values()) == len(desk.test)
    assert all(part.value == 1 for part in everybody.values())


def test_reasons_are_few_positive_and_add_up_related_columns() -> None:
    desk = desk_model()
    assert set(REASONS) == set(FEATURES)
    background = desk.train[desk.refused_train == 0].sample(50, random_state=1)
    told = reasons(desk, desk.test.loc[[CASE]], background, k=2)
    assert len(told) == 2
    assert (told > 0).all()
    assert told.is_monotonic_decreasing
    assert told.index[0] == "obligations in relation to income"


def test_ways_out_cross_the_line_by_allowed_moves_only() -> None:
    desk, cut = desk_model(), cut_off("cheapest")
    refused = desk.test[desk.chance(desk.test) >= cut].head(25)
    found = ways_out(desk, refused, cut)
    assert set(found) == set(refused.index)
    ways = {label: way for label, way in found.items() if way is not None}
    assert 0 < len(ways) < len(found)
    for label, way in ways.items():
        assert way.chance < cut
        assert set(way.moves) <= set(MOVES)
        assert all(size in MOVES[name] for name, size in way.moves.items())
        assert "bring the missing papers" not in way.moves or desk.test.loc[label, "unver"] == 1
        assert str(way)


def test_a_way_out_takes_no_more_than_it_needs() -> None:
    desk, cut = desk_model(), cut_off("cheapest")
    way = ways_out(desk, desk.test.loc[[CASE]], cut)[CASE]
    assert way is not None
    assert list(way.moves) == ["borrow less"]
    assert str(way) == "borrow 20% less"


def test_no_way_out_where_nothing_helps() -> None:
    desk = desk_model()
    assert ways_out(desk, desk.test.loc[[CASE]], 0.0) == {CASE: None}


def test_a_decisions_words_become_a_rule_and_anything_else_the_default() -> None:
    assert [rule_of(words) for words in CUTS.values()] == list(CUTS)
    assert rule_of(None) == rule_of("something else") == "cheapest"


@pytest.mark.parametrize("rule", ["cheapest", "capacity", "half"])
def test_the_memo_says_its_rule_its_groups_and_its_limits(rule: str) -> None:
    desk = desk_model()
    text = memo(desk, rule, "you")  # type: ignore[arg-type]
    seen = outcome(desk.chance(desk.test), desk.refused_test, cut_off(rule))  # type: ignore[arg-type]
    assert CUTS[rule] in text
    assert "(by you)" in text
    assert f"It refuses {seen['refused']}, of whom" in text
    assert all(f"| {name} | " in text for name in GROUPS.values())
    assert "no defaults" in text
    assert "not a promise" in text
