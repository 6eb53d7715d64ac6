"""The demo of careless joins: laws that hold, at every corner of its controls."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest

from hurdles.data import integration
from hurdles.data.integration import (
    HOURS,
    Keys,
    broken_rows,
    careless_join,
    compute,
    describe,
    joins,
    match,
)
from hurdles.data.integration_sources import simulate
from hurdles.errors import HurdlesError

GRID = list(joins.grid())
SOURCES = simulate()


def name(setting: dict[str, Any]) -> str:
    return "-".join(str(value) for value in setting.values())


def test_the_grid_visits_every_corner() -> None:
    choices = [control.values for key, control in joins.controls.items() if key != "hours"]
    corners = {(*rest, hours) for hours in (HOURS[0], HOURS[-1]) for rest in product(*choices)}
    assert corners <= {tuple(setting.values()) for setting in GRID}
    assert joins.controls["hours"].values == HOURS


@pytest.mark.parametrize("setting", GRID, ids=name)
def test_rows_add_up_and_are_drawn_and_said(setting: dict[str, Any]) -> None:
    result = joins.compute(**setting)
    assert result.rows >= result.applications - result.lost
    assert max(result.wrong, result.later) <= result.rows
    assert 0.5 < result.desk < 1
    assert 0.5 < result.measured < 1
    if setting["kind"] != "inner":
        assert result.lost == 0
    if setting["kind"] == "newest":
        assert result.rows == result.applications == len(SOURCES.applications)
    if setting["look"] == "before":
        assert result.later == 0
    left, right = joins.draw(result).axes
    shown = [text.get_text() for text in left.texts]
    assert f"{result.rows:,}" in shown
    assert f"{result.lost:,}" in shown
    assert "AUC" in right.get_xlabel()
    assert left.get_xlabel()
    low, high = right.get_xlim()
    assert low < min(result.desk, result.measured)
    assert max(result.desk, result.measured) < high
    assert max(result.rows, result.applications) < left.get_xlim()[1]
    words = joins.describe(result)
    assert f"{result.rows:,} rows" in words
    assert f"{result.measured:.2f}" in words
    assert words.endswith(".")


def test_the_same_setting_gives_the_same_result() -> None:
    assert joins.compute(**joins.defaults) == compute("inner", "typed", "nearest", 6)


def test_looking_ahead_raises_the_claim_and_not_the_truth() -> None:
    ahead, back = compute("newest", "near", "nearest", 6), compute("newest", "near", "before", 6)
    assert ahead.measured > back.measured + 0.01
    assert ahead.desk < back.desk + 0.005
    assert "promises more" in describe(ahead)


def test_lost_keys_cost_applicants_and_the_score() -> None:
    typed, tidy, near = (compute("inner", keys, "before", 6) for keys in ("typed", "tidy", "near"))
    assert typed.lost > tidy.lost > near.lost > 0
    assert typed.desk < near.desk
    assert near.wrong > 0


@pytest.mark.parametrize("keys", ["typed", "tidy", "near"])
def test_a_match_gives_an_address_to_one_application(keys: Keys) -> None:
    matched = match(SOURCES, keys)
    found = pd.DataFrame({"address": SOURCES.reports["address"], "number": matched}).dropna()
    assert found.groupby("address")["number"].nunique().max() == 1
    assert set(found["number"]) <= set(SOURCES.applications["application"])


def test_the_demo_joins_what_careless_join_joins() -> None:
    table = careless_join(SOURCES, "left", "near", "nearest", 6)
    result = compute("left", "near", "nearest", 6)
    assert len(table) == result.rows
    assert (table["at"] > table["decided"]).sum() == result.later
    owners = SOURCES.owners[table["report"].dropna().astype(int)].fillna(0).to_numpy()
    assert (owners != table.loc[table["report"].notna(), "application"].to_numpy()).sum() == result.wrong


def test_the_newest_report_is_newest() -> None:
    table = careless_join(SOURCES, "newest", "near", "before", 6)
    every = careless_join(SOURCES, "left", "near", "before", 6)
    newest = every.groupby("application")["pulled"].max()
    assert (table.set_index("application")["pulled"].fillna(pd.Timestamp(0)) == newest.fillna(pd.Timestamp(0))).all()


def test_the_fits_agree_with_a_library() -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(0)
    features = np.hstack([np.ones((800, 1)), rng.normal(size=(800, 3))])
    label = (rng.random(800) < 1 / (1 + np.exp(-features[:, 1] + 0.5))).astype(float)
    score = features @ integration.logistic_weights(features, label)
    wanted = LogisticRegression(C=1.0).fit(features[:, 1:], label).decision_function(features[:, 1:])
    assert np.allclose(score, wanted, atol=1e-3)
    score = score.round(1)  # ties count half
    assert integration.pairs_ranked_right(label, score) == pytest.approx(roc_auc_score(label, score))


def test_broken_rows_counts_each_row_once() -> None:
    contract = pa.DataFrameSchema({"a": pa.Column(int, [pa.Check.gt(0), pa.Check.ne(-1)], unique=True)})
    assert broken_rows(contract, pd.DataFrame({"a": [1, 2, 3]})) == 0
    assert broken_rows(contract, pd.DataFrame({"a": [1, 1, -1]})) == 3
    assert broken_rows(contract, pd.DataFrame({"b": [1, 2]})) == 2


@pytest.mark.parametrize(
    "setting", [("outer", "typed", "before", 6), ("left", "x", "before", 6), ("left", "typed", "y", 6)]
)
def test_unknown_settings_are_named(setting: tuple[Any, ...]) -> None:
    with pytest.raises(HurdlesError, match="compute"):
        compute(*setting)
    with pytest.raises(HurdlesError, match="7"):
        compute("left", "typed", "before", 7)


def test_it_makes_a_picture() -> None:
    assert joins.picture().startswith(b"\x89PNG")
