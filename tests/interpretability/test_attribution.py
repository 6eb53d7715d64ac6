"""Shapley values keep their promises, explanations add up or do not, and reasons are read from them rightly."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hurdles.datasets import mortgage_columns
from hurdles.datasets.desk import CODES, FEATURES, LABELS, Desk, desk_model
from hurdles.interpretability.attribution import (
    BACKGROUNDS,
    agreement,
    directions,
    drop_of_auc,
    importances,
    lime_weights,
    pool,
    shap_values,
    shapley,
    top,
)

CASE = 1339
PLAYERS = ["a", "b", "c", "d"]
GROUPS = [frozenset(g) for n in range(len(PLAYERS) + 1) for g in combinations(PLAYERS, n)]
worths = st.lists(st.floats(-100, 100), min_size=len(GROUPS), max_size=len(GROUPS))


@pytest.fixture(scope="module")
def desk() -> Desk:
    return desk_model()


@given(worths)
def test_shapley_values_share_out_exactly_what_there_is(numbers: list[float]) -> None:
    game = dict(zip(GROUPS, numbers, strict=True))
    shares = shapley(game.__getitem__, PLAYERS)
    assert sum(shares.values()) == pytest.approx(game[frozenset(PLAYERS)] - game[frozenset()], abs=1e-9)


@given(worths)
def test_players_that_do_the_same_get_the_same(numbers: list[float]) -> None:
    game = dict(zip(GROUPS, numbers, strict=True))

    def value(group: frozenset[str]) -> float:
        swapped = frozenset({"a": "b", "b": "a"}.get(p, p) for p in group)
        return game[group] + game[swapped]

    shares = shapley(value, PLAYERS)
    assert shares["a"] == pytest.approx(shares["b"], abs=1e-9)


@given(worths)
def test_a_player_without_effect_gets_nothing(numbers: list[float]) -> None:
    game = dict(zip(GROUPS, numbers, strict=True))
    shares = shapley(lambda group: game[group - {"d"}], PLAYERS)
    assert shares["d"] == 0
    assert shares == pytest.approx(shapley(lambda group: game[group - {"d"}], [*PLAYERS[:3]]) | {"d": 0}, abs=1e-9)


def test_the_desk_uses_no_sensitive_column_and_none_written_later(desk: Desk) -> None:
    columns = mortgage_columns().loc[list(FEATURES)]
    assert not columns["sensitive"].any()
    assert (columns["written"] == "applying").all()
    assert set(CODES) < set(FEATURES)
    assert set(LABELS) == set(FEATURES)
    assert desk.features == list(FEATURES)
    assert [desk.features[i] for i in desk.codes] == list(CODES)


def test_the_desk_is_the_same_each_time_and_keeps_rows_apart(desk: Desk) -> None:
    assert desk_model() is desk
    assert not set(desk.train.index) & set(desk.test.index)
    assert not desk.train.isna().any(axis=None)
    assert not desk.test.isna().any(axis=None)
    assert desk.auc("train") > desk.auc() > 0.8
    assert desk.refused().is_monotonic_decreasing
    assert set(desk.refused().index) == set(desk.refused_test.index[desk.refused_test == 1])
    assert desk.chances(desk.test.to_numpy()) == pytest.approx(desk.chances(desk.test))
    assert desk.chances(desk.test).sum(axis=1) == pytest.approx(1)


def test_another_split_a_dropped_gap_and_an_added_column(desk: Desk) -> None:
    assert set(desk_model(seed=1).test.index) != set(desk.test.index)
    dropped = desk_model(gaps="drop")
    assert set(dropped.test.index) < set(desk.test.index)
    assert CASE in dropped.test.index
    extra = pd.DataFrame({"one": np.ones(1989)})
    assert desk_model(["obrat", "unver"], extra=extra).features == ["obrat", "unver", "one"]


def test_shap_values_add_up_to_the_chance_for_every_unseen_row(desk: Desk) -> None:
    for background in (desk.train.sample(100, random_state=0), desk.train.head(7)):
        told = shap_values(desk, desk.test, background)
        assert told.base == pytest.approx(desk.chance(background).mean())
        assert told.base + told.values.sum(axis=1).to_numpy() == pytest.approx(desk.chance(desk.test), abs=1e-6)


def test_raw_shap_values_are_the_shapley_values_of_swapping_in_background_rows() -> None:
    small = desk_model(["obrat", "gdlin", "unver", "loanprc"])
    background, row = small.train.sample(20, random_state=3), small.test.loc[CASE]

    def value(group: frozenset[str]) -> float:
        mixed = background.assign(**{name: row[name] for name in group})
        return float(small.model.decision_function(mixed).mean())

    told = shap_values(small, small.test.loc[[CASE]], background, scale="raw")
    assert told.base == pytest.approx(value(frozenset()))
    assert told.values.loc[CASE].to_dict() == pytest.approx(shapley(value, small.features), abs=1e-6)


def test_lime_depends_on_its_seed_and_on_nothing_else(desk: Desk) -> None:
    first, again, other = (lime_weights(desk, CASE, seed) for seed in (0, 0, 1))
    assert list(first.index) == desk.features
    assert first.equals(again)
    assert not first.equals(other)
    assert first["gdlin"] < 0 < first["loanprc"]


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_the_pools_are_training_rows_of_the_kind_asked_for(desk: Desk, background: str) -> None:
    rows = pool(desk, CASE, background)  # type: ignore[arg-type]
    assert set(rows.index) <= set(desk.train.index)
    assert len(rows) >= 100
    if background == "approved":
        assert not desk.refused_train[rows.index].any()
    if background == "similar":
        here = desk.test.loc[CASE, "obrat"]
        assert abs(rows["obrat"] - here).mean() < abs(desk.train["obrat"] - here).mean()


def test_reasons_raise_the_chance_and_their_lists_are_compared_in_pairs() -> None:
    weights = pd.Series({"a": 0.1, "b": -0.9, "c": 0.3, "d": 0.0})
    assert top(weights, 1) == ["c"]
    assert top(weights, 4) == ["c", "a"]
    assert agreement([["a", "b"], ["b", "a"]]) == 1
    assert agreement([["a"], ["b"], ["b"]]) == pytest.approx(1 / 3)
    assert agreement([[], []]) == 1


def test_noise_matters_on_training_rows_only() -> None:
    noise = pd.DataFrame({"random": np.random.default_rng(0).random(1989)})
    noisy = desk_model(extra=noise)
    seen, unseen = importances(noisy, "train"), importances(noisy, "test")
    assert seen["random"] > 0.003 > abs(unseen["random"])
    assert seen["loanamt"] > 0.01 > unseen["loanamt"]


def test_twins_hide_each_other_until_shuffled_together(desk: Desk) -> None:
    from hurdles.datasets import mortgages

    error = np.random.default_rng(0).normal(0, 1, 1989)
    both = desk_model(extra=(mortgages(cleaned=True)["obrat"] + error).to_frame("twin"))
    alone, one, two = drop_of_auc(desk, ["obrat"]), drop_of_auc(both, ["obrat"]), drop_of_auc(both, ["twin"])
    together = drop_of_auc(both, ["obrat", "twin"])
    assert max(one, two) < 0.6 * alone
    assert together == pytest.approx(alone, rel=0.35)
    assert drop_of_auc(desk, ["obrat"]) == alone


def test_directions_compare_values_with_what_they_do() -> None:
    rows = pd.DataFrame({"up": [1.0, 2, 3, 4], "down": [1.0, 2, 3, 4]})
    values = pd.DataFrame({"up": [-0.2, -0.1, 0.0, 0.4], "down": [0.3, 0.2, 0.0, -0.9]})
    table = directions(values, rows, {"up": 1, "down": 1})
    assert table["passes"].to_dict() == {"up": True, "down": False}
    assert table.loc["down", "seen"] == "lowers"
    assert table["rank correlation"].to_list() == pytest.approx([1, -1])
