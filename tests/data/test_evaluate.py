"""Comparing models on the same folds, and learning from complete rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from hurdles.data.evaluate import CompleteRows, auc, compare, out_of_fold, versus


@pytest.fixture
def data() -> tuple[pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(0)
    features = pd.DataFrame(rng.normal(size=(300, 2)), columns=["a", "b"])
    label = (features["a"] + rng.normal(size=300) > 0).astype(int)
    return features, label


def test_compare_gives_a_row_for_each_fold_and_a_column_for_each_model(data: tuple[pd.DataFrame, pd.Series]) -> None:
    scores = compare({"good": LogisticRegression(), "none": DummyClassifier()}, *data, repeats=3)
    assert scores.shape == (15, 2)
    assert (scores["none"] == 0.5).all()
    assert scores["good"].mean() > 0.7


def test_models_meet_the_same_folds_and_the_seed_decides_which(data: tuple[pd.DataFrame, pd.Series]) -> None:
    twins = compare({"one": LogisticRegression(), "two": LogisticRegression()}, *data)
    assert (twins["one"] == twins["two"]).all()
    assert not twins["one"].equals(compare({"one": LogisticRegression()}, *data, seed=1)["one"])


def test_auc_is_the_mean_over_five_folds(data: tuple[pd.DataFrame, pd.Series]) -> None:
    assert auc(LogisticRegression(), *data) == compare({"one": LogisticRegression()}, *data, repeats=1)["one"].mean()
    assert auc(DummyClassifier(), *data) == 0.5


def test_versus_reports_paired_differences() -> None:
    scores = pd.DataFrame({"base": [0.5, 0.7], "better": [0.6, 0.8], "mixed": [0.4, 0.9]})
    both = versus({"one": scores, "two": scores / 2}, "base")
    assert both.loc[("two", "better"), "difference"] == pytest.approx(0.05)
    table = both.loc["one"]
    assert table.loc["better", "difference"] == pytest.approx(0.1)
    assert table.loc["better", "spread"] == pytest.approx(0)
    assert table["folds better"].to_dict() == {"base": "", "better": "2 of 2", "mixed": "1 of 2"}
    assert table.loc["mixed", "AUC"] == pytest.approx(0.65)


def test_out_of_fold_never_shows_a_model_the_row_it_judges() -> None:
    features = pd.DataFrame({"id": np.arange(100.0)})
    label = pd.Series(np.random.default_rng(0).permutation([0, 1] * 50))

    class Memory(DummyClassifier):  # type: ignore[misc]
        """Knows by heart what it has seen."""

        def fit(self, features: pd.DataFrame, label: pd.Series) -> Memory:
            self.seen_ = set(features["id"])
            super().fit(features, label)
            return self

        def predict_proba(self, features: pd.DataFrame) -> np.ndarray:
            seen = features["id"].isin(self.seen_).to_numpy(dtype=float)
            return np.column_stack([1 - seen, seen])

    assert not out_of_fold(Memory(), features, label)[:, 1].any()


def test_complete_rows_learns_from_rows_without_gaps_only(data: tuple[pd.DataFrame, pd.Series]) -> None:
    features, label = data
    gap = np.arange(300) % 3 == 0
    holed = features.assign(a=features["a"].mask(gap))
    model = CompleteRows(LogisticRegression()).fit(holed, label)
    alone = LogisticRegression().fit(features[~gap], label[~gap])
    chance = model.predict_proba(holed)
    assert chance.sum(axis=1) == pytest.approx(np.ones(300))
    assert chance[~gap] == pytest.approx(alone.predict_proba(features[~gap]))
    assert chance[gap, 1] == pytest.approx(np.full(gap.sum(), label[~gap].mean()))
    assert (model.predict(holed)[~gap] == alone.predict(features[~gap])).all()


def test_complete_rows_answers_when_every_new_row_has_a_gap(data: tuple[pd.DataFrame, pd.Series]) -> None:
    features, label = data
    chance = CompleteRows(LogisticRegression()).fit(features, label).predict_proba(features.head(3).assign(a=np.nan))
    assert chance[:, 1] == pytest.approx(np.full(3, label.mean()))
