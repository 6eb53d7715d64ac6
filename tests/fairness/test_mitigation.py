"""Weights make groups alike, constraints hold where they are imposed, and measures count what they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hurdles.datasets import mortgage_columns
from hurdles.datasets.desk import COSTS, FEATURES, Desk, cut_off, desk_model
from hurdles.fairness import mitigation_fits as fits
from hurdles.fairness.mitigation import (
    CONSTRAINTS,
    GROUPS,
    SLACKS,
    Chances,
    Reduced,
    _line,
    by_group,
    compare,
    exchanged,
    fitted,
    frontier,
    groups_of,
    outcome,
    outcomes,
    reduced,
    refused_by,
    reweighed,
    reweighing,
    standardised,
    thresholds,
    who_changes,
)
from hurdles.fairness.mitigation_truth import KINDS, at_once, simulated, wrongly_refused

cells = st.integers(1, 30)
people = st.lists(st.tuples(st.sampled_from("ab"), st.booleans(), st.booleans()), min_size=1, max_size=60)
points = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=25)


@pytest.fixture(scope="module")
def desk() -> Desk:
    return desk_model()


@given(st.lists(st.tuples(cells, cells), min_size=2, max_size=4))
def test_reweighed_base_rates_are_equal_and_groups_keep_their_size(counts: list[tuple[int, int]]) -> None:
    labels = [y for approved, refused in counts for y in [0] * approved + [1] * refused]
    groups = [g for g, pair in enumerate(counts) for _ in range(sum(pair))]
    frame = pd.DataFrame({"y": labels, "g": groups, "w": reweighing(labels, groups)})
    weight = frame.groupby("g")["w"].sum()
    rates = frame["w"].mul(frame["y"]).groupby(frame["g"]).sum() / weight
    assert rates.to_numpy() == pytest.approx(np.mean(labels))
    assert weight.to_numpy() == pytest.approx(frame["g"].value_counts(sort=False).to_numpy())


def test_weights_do_not_depend_on_the_order_of_rows() -> None:
    labels, groups = [1, 0, 0, 1, 0], ["a", "a", "b", "b", "b"]
    order = [4, 2, 0, 3, 1]
    again = reweighing([labels[i] for i in order], [groups[i] for i in order])
    assert again == pytest.approx(reweighing(labels, groups)[order])


@given(people)
def test_changes_of_each_direction_explain_the_change_of_the_share(rows: list[tuple[str, bool, bool]]) -> None:
    groups, before, after = zip(*rows, strict=True)
    table = who_changes(before, after, groups)
    assert table["people"].sum() == len(rows)
    shares = refused_by({"before": before, "after": after}, groups)
    step = shares.loc["after"] - shares.loc["before"]
    net = table["newly refused"] - table["newly approved"]
    assert net.to_dict() == pytest.approx(step.to_dict())


@given(points)
def test_the_frontier_keeps_exactly_what_nothing_beats(pairs: list[tuple[int, int]]) -> None:
    results = pd.DataFrame(pairs, columns=["cost", "gap"])
    best = frontier(results)
    assert best["gap"].is_monotonic_increasing
    for row in results.itertuples():
        beaten = any(c <= row.cost and g <= row.gap and (c, g) != (row.cost, row.gap) for c, g in pairs)
        assert (row.Index in best.index) != beaten


def test_measures_count_by_hand() -> None:
    refused, groups = [1, 0, 0, 1, 1], list("aaabb")
    table = by_group([1, 1, 0, 0, 1], refused, groups)
    assert table["people"].to_dict() == {"a": 3, "b": 2}
    assert table["refused"].to_dict() == pytest.approx({"a": 2 / 3, "b": 1 / 2})
    assert table.loc["a", "wrongly refused"] == 1 / 2
    assert table.loc["b", "wrongly approved"] == 1 / 2
    assert np.isnan(table.loc["b", "wrongly refused"])
    assert (table["low"] < table["refused"]).all()
    assert (table["refused"] < table["high"]).all()
    measured = outcome([1, 1, 0, 0, 1], refused, groups)
    assert measured["accuracy"] == pytest.approx(3 / 5)
    assert measured["cost"] == pytest.approx(1000 * (COSTS["approved"] + COSTS["refused"]) / 5)
    assert measured["gap"] == pytest.approx(100 / 6)
    assert outcomes({"x": [1, 1, 0, 0, 1]}, refused, groups).loc["x", "gap (points)"] == pytest.approx(100 / 6)


def test_no_sensitive_column_is_in_a_model_and_groups_are_the_files(desk: Desk) -> None:
    assert not mortgage_columns().loc[list(FEATURES), "sensitive"].any()
    groups = groups_of(desk.test)
    assert set(groups) == set(GROUPS)
    assert list(groups.index) == list(desk.test.index)
    assert (exchanged(groups) != groups).all()
    assert exchanged(exchanged(groups)).equals(groups)


def test_a_constraint_holds_in_training_and_less_so_on_unseen_rows(desk: Desk) -> None:
    cut = cut_off()
    for constraint, measure in (("same share", "gap"), ("same errors", "error gap")):
        rule = reduced(constraint, 1, cut)  # type: ignore[arg-type]
        assert sum(rule.weights) == pytest.approx(1)
        seen = outcome(rule.chance(desk.train), desk.refused_train, groups_of(desk.train))
        unseen = outcome(rule.chance(desk.test), desk.refused_test, groups_of(desk.test))
        assert seen[measure] < 4
        assert unseen["gap"] > seen["gap"]


def test_rules_that_were_fitted_ahead_are_what_a_fit_gives(desk: Desk) -> None:
    cheapest = cut_off("cheapest")
    assert all(fits.find(*setting) is not None for setting in fits.ahead())
    assert {(way, slack, cheapest, 0) for way in CONSTRAINTS for slack in SLACKS} <= set(fits.ahead())
    for way, slack, cut, seed in (
        ("same share", 1, cheapest, 2),
        ("same errors", 5, cut_off("half"), 0),
        ("same wrong refusals", 1, cheapest, 0),
    ):
        rows = desk_model(seed=seed).test
        stored = reduced(way, slack, cut, seed)  # type: ignore[arg-type]
        anew = Reduced(stored.mean, stored.scale, *fitted(way, slack, cut, seed)[::-1])  # type: ignore[arg-type]
        # Few applications lie so near a line that another machine's arithmetic puts them on its other side.
        assert (np.abs(stored.chance(rows) - anew.chance(rows)) > 1e-4).mean() < 0.005
        assert sum(stored.weights) == pytest.approx(1)


def test_a_rule_that_nobody_fitted_ahead_is_fitted(desk: Desk) -> None:
    assert fits.find("same share", 3, 0.3, 0) is None
    assert fitted("same share", 3, 0.3, 0) is fitted("same share", 3, 0.3, 0)
    rule = reduced("same share", 3, 0.3)
    assert outcome(rule.chance(desk.train), desk.refused_train, groups_of(desk.train))["gap"] < 8


def test_a_reduction_may_end_in_one_answer_for_all() -> None:
    from sklearn.dummy import DummyClassifier
    from sklearn.linear_model import LogisticRegression

    rows = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 1.0]])
    models = [DummyClassifier(strategy="constant", constant=k).fit(rows, [k] * 4) for k in (0, 1)]
    models.append(LogisticRegression().fit(rows, [0, 0, 1, 1]))
    lines = np.array([_line(model, 2) for model in models])
    for i, model in enumerate(models):
        rule = Reduced(np.zeros(2), np.ones(2), lines[[i]], np.ones(1))
        assert rule.chance(pd.DataFrame(rows)).tolist() == model.predict(rows).tolist()


def test_reweighing_changes_the_model_and_nothing_else(desk: Desk) -> None:
    other = reweighed(desk)
    assert other.test is desk.test
    assert not np.allclose(other.chance(desk.test), desk.chance(desk.test))


def test_thresholds_need_the_group_to_decide(desk: Desk) -> None:
    optimiser = thresholds(desk, "demographic_parity", cut_off())
    chances, groups = desk.chance(desk.test)[:, None], groups_of(desk.test)
    with pytest.raises(TypeError, match="sensitive_features"):
        optimiser.predict(chances)
    own = optimiser.predict(chances, sensitive_features=groups, random_state=0)
    other = optimiser.predict(chances, sensitive_features=exchanged(groups), random_state=0)
    assert (own != other).any()
    assert Chances().fit(None).predict([[0.2], [0.7]]).tolist() == [0.2, 0.7]


def test_standardised_rows_use_training_rows_only(desk: Desk) -> None:
    learn, unseen = standardised(desk)
    assert learn.mean(axis=0) == pytest.approx(0, abs=1e-9)
    assert learn.std(axis=0) == pytest.approx(1)
    assert unseen.shape == desk.test.shape


def test_comparing_starts_from_the_desk() -> None:
    results = compare(cut_off(), seeds=(0,))
    assert results.loc[results["way"] == "desk", "extra"].tolist() == [0]
    assert set(results["group needed"]) == {"never", "in training", "to decide"}
    best = frontier(results, ("extra", "gap"))
    assert best["extra"].is_monotonic_decreasing


def test_simulated_scores_are_calibrated() -> None:
    group = simulated(0.2, seed=3)
    assert group.refused.mean() == pytest.approx(0.2, abs=0.01)
    near = (group.chance > 0.25) & (group.chance < 0.35)
    assert group.refused[near].mean() == pytest.approx(group.chance[near].mean(), abs=0.02)


def test_each_equality_leaves_another_gap_open_unless_base_rates_agree() -> None:
    table = at_once((0.1, 0.27), cut=0.11)
    for kind in KINDS:
        row = table.loc[f"same {kind}", list(KINDS)].abs()
        assert row[kind] < 0.1
        assert row.drop(kind).max() > 5
    assert table.loc["same threshold", list(KINDS)].abs().min() > 5
    assert table.loc["same threshold, same base rate", list(KINDS)].abs().max() < 1.5


@given(st.floats(0.02, 0.6), st.floats(0.05, 0.5), st.floats(0, 0.9))
def test_wrong_refusals_follow_by_counting(base: float, wrong: float, missed: float) -> None:
    right = base * (1 - missed)
    wrongly = wrongly_refused(base, wrong, missed) * (1 - base)
    assert wrongly / (wrongly + right) == pytest.approx(wrong)
