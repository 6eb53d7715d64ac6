"""Standard errors, leaves, reading times and fair comparisons."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from hurdles.datasets import mortgage_columns, mortgages
from hurdles.errors import HurdlesError
from hurdles.interpretability.transparent import (
    COLUMNS,
    Trial,
    paths,
    reading_seconds,
    standard_errors,
    trial,
    verdict,
)


def sample(n: int, seed: int = 0) -> tuple[pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(seed)
    features = pd.DataFrame(rng.normal(size=(n, 3)), columns=["a", "b", "c"])
    risk = features["a"] - 0.5 * features["b"] - 0.3
    return features, pd.Series((rng.random(n) < 1 / (1 + np.exp(-risk))).astype(int), features.index)


def test_no_column_is_sensitive_or_written_later() -> None:
    facts = mortgage_columns().loc[list(COLUMNS)]
    assert not facts["sensitive"].any()
    assert (facts["written"] == "applying").all()
    assert set(COLUMNS) <= set(mortgages().columns)


def test_standard_errors_are_the_scatter_of_weights_over_samples() -> None:
    weights, errors = [], []
    for seed in range(60):
        features, label = sample(400, seed)
        model = LogisticRegression(C=np.inf).fit(features, label)
        weights.append(model.coef_[0])
        errors.append(standard_errors(features, model.predict_proba(features)[:, 1]))
    assert np.mean(errors, axis=0) == pytest.approx(np.std(weights, axis=0), rel=0.25)


@given(scale=st.floats(0.01, 100), shift=st.floats(-50, 50))
@settings(max_examples=20, deadline=None)
def test_a_standard_error_follows_the_unit_of_its_column(scale: float, shift: float) -> None:
    features, label = sample(200)
    chance = LogisticRegression(C=np.inf).fit(features, label).predict_proba(features)[:, 1]
    plain = standard_errors(features, chance)
    changed = standard_errors(features.assign(b=features["b"] * scale + shift), chance)
    assert changed == pytest.approx(plain / [1, scale, 1], rel=1e-5)


def test_a_column_that_repeats_others_is_named_as_the_reason() -> None:
    features, _ = sample(50)
    with pytest.raises(HurdlesError, match="worked out from the others"):
        standard_errors(features.assign(d=features["a"] + features["b"]), np.full(50, 0.3))


@given(depth=st.integers(1, 6), seed=st.integers(0, 50))
@settings(max_examples=15, deadline=None)
def test_every_row_meets_exactly_one_leaf_whose_share_it_shares(depth: int, seed: int) -> None:
    features, label = sample(150, seed)
    tree = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(features, label)
    times = np.zeros(len(features), dtype=int)
    for leaf in paths(tree):
        meets = np.ones(len(features), dtype=bool)
        for column, sign, at in leaf.conditions:
            values = features.iloc[:, column].to_numpy()
            meets &= values <= at if sign == "<=" else values > at
        assert meets.sum() == leaf.rows
        assert label[meets].mean() == pytest.approx(leaf.share)
        assert len(leaf.conditions) <= depth
        times += meets
    assert (times == 1).all()


@pytest.mark.parametrize("only", [0, 1])
def test_a_tree_that_asks_nothing_has_one_leaf(only: int) -> None:
    features, label = sample(20)
    (leaf,) = paths(DecisionTreeClassifier().fit(features, label * 0 + only))
    assert (leaf.conditions, leaf.share, leaf.rows) == ((), float(only), 20)


def test_reading_takes_a_minute_for_238_words() -> None:
    assert reading_seconds("word " * 238) == 60
    assert reading_seconds("") == 0


def test_trial_judges_rows_that_the_model_has_not_seen() -> None:
    features, label = sample(300)
    results = trial({"good": LogisticRegression(), "none": DummyClassifier()}, features, label)
    assert results.auc.shape == (5, 2)
    assert (results.auc["none"] == 0.5).all()
    assert results.auc["good"].mean() > 0.6
    assert results.chances.notna().all(axis=None)
    assert results.seen.empty
    grown = trial({"tree": DecisionTreeClassifier(random_state=0)}, features, label, seen=True)
    assert (grown.seen["tree"] == 1).all()
    assert grown.auc["tree"].mean() < 0.8


def test_verdict_compares_fold_by_fold_and_counts_refusals_in_the_list() -> None:
    label = pd.Series([1, 1, 0, 0, 0])
    chances = pd.DataFrame({"base": [0.9, 0.1, 0.8, 0.2, 0.3], "tied": [0.5] * 5, "sure": [0.9, 0.8, 0.1, 0.2, 0.3]})
    auc = pd.DataFrame({"base": [0.6, 0.7], "tied": [0.5, 0.5], "sure": [0.8, 0.9]})
    table = verdict(Trial(auc, chances, pd.DataFrame()), label, "base")
    assert table["refused in list"].to_dict() == pytest.approx({"base": 1, "tied": 0.8, "sure": 2})
    assert table["folds better"].to_dict() == {"base": "", "tied": "0 of 2", "sure": "2 of 2"}
    assert table.loc["sure", "difference"] == pytest.approx(0.2)
    assert table.loc["sure", "spread"] == pytest.approx(0)
