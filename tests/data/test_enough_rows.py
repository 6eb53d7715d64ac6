"""Alarms, resampling in the right and the wrong order, made-up rows and their distances."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_score, recall_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from hurdles.checks import CheckFailed
from hurdles.data import enough_balance as balance
from hurdles.data import enough_micro as micro
from hurdles.data import enough_plots as plots
from hurdles.data import enough_synthetic as synthetic
from hurdles.errors import HurdlesError


def people(seed: int = 0, n: int = 600) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    z = rng.multivariate_normal([0, 0, 0], [[1, 0.7, -0.6], [0.7, 1, -0.4], [-0.6, -0.4, 1]], n)
    flag = (z[:, 2] > 0.9).astype(int)
    return pd.DataFrame({"income": np.exp(4 + 0.5 * z[:, 0]), "loan": 120 + 40 * z[:, 1], "reject": flag})


PEOPLE = people()


@given(st.integers(0, 10_000), st.floats(0, 1))
@settings(deadline=None, max_examples=40)
def test_alarms_agree_with_scikit_learn(seed: int, threshold: float) -> None:
    rng = np.random.default_rng(seed)
    label, chance = rng.integers(0, 2, 50), rng.random(50)
    label[0] = 1
    seen, alarm = balance.alarms(label, chance, threshold), chance >= threshold
    assert seen["recall"] == pytest.approx(recall_score(label, alarm))
    assert seen["accuracy"] == pytest.approx((alarm == label).mean())
    if alarm.any():
        assert seen["precision"] == pytest.approx(precision_score(label, alarm))
    else:
        assert np.isnan(seen["precision"])


def test_without_cases_there_is_no_recall() -> None:
    assert np.isnan(balance.alarms([0, 0], [0.1, 0.9], 0.5)["recall"])


def test_as_many_alarms_as_asked_for() -> None:
    chance = np.random.default_rng(3).random(80)
    for count in (1, 7, 80):
        assert balance.alarms(np.ones(80), chance, balance.as_many_alarms(chance, count))["alarms"] == count


def test_resampling_too_early_flatters() -> None:
    features, label = PEOPLE[["income", "loan"]], PEOPLE["reject"]
    smote, near = SMOTE(random_state=0), KNeighborsClassifier(5)
    early = balance.balanced_too_early(StandardScaler(), smote, near, features, label)
    honest = balance.alarms(
        label, balance.unseen(make_pipeline(StandardScaler(), smote, near), features, label), threshold=0.5
    )
    assert early["precision"] > honest["precision"] + 0.1
    assert early["recall"] > honest["recall"]


def test_the_scorecard_shows_what_balancing_does_to_chances() -> None:
    features, label = PEOPLE[["income", "loan"]], PEOPLE["reject"]
    ways = {"as they are": None, "class weights": "balanced"}
    chances = {
        name: balance.unseen(make_pipeline(StandardScaler(), LogisticRegression(class_weight=way)), features, label)
        for name, way in ways.items()
    }
    card = balance.scorecard(label, chances, 60)
    assert card.loc["as they are", "mean chance"] == pytest.approx(label.mean(), abs=0.02)
    assert card.loc["class weights", "mean chance"] > label.mean() + 0.1
    assert card["recall at 0.5"].is_monotonic_increasing
    assert np.ptp(card["precision of 60 alarms"]) < 0.1
    figure = plots.precision_recall(label, chances).figure
    assert "recall" in figure.axes[0].get_xlabel()
    assert "%" in plots.over_thresholds(label, chances["as they are"]).alt


values = arrays(np.float64, (25, 3), elements=st.floats(-1e6, 1e6, width=32) | st.sampled_from([0.0, 1.0]))


@given(values, st.integers(1, 40), st.integers(0, 99))
@settings(deadline=None, max_examples=60)
def test_copula_rows_stay_within_the_range_of_each_column(table: np.ndarray, n: int, seed: int) -> None:
    frame = pd.DataFrame(table, columns=["a", "b", "c"])
    made = synthetic.copula(frame, n, seed)
    assert made.shape == (n, 3)
    assert list(made.columns) == list(frame.columns)
    for column in frame:
        # At most 30 different values: only these occur.
        assert made[column].isin(frame[column]).all()
    pd.testing.assert_frame_equal(made, synthetic.copula(frame, n, seed))


def test_the_copula_keeps_values_and_how_columns_go_together() -> None:
    made = synthetic.copula(PEOPLE, 4000, 1)
    assert set(made["reject"]) == {0, 1}
    assert made["reject"].mean() == pytest.approx(PEOPLE["reject"].mean(), abs=0.03)
    for column in ("income", "loan"):
        assert PEOPLE[column].min() <= made[column].min()
        assert made[column].max() <= PEOPLE[column].max()
    gap = (made.corr("spearman") - PEOPLE.corr("spearman")).abs().to_numpy().max()
    assert gap < 0.08
    assert not made.equals(synthetic.copula(PEOPLE, 4000, 2))


def test_gaps_and_constant_columns_are_no_obstacle() -> None:
    frame = PEOPLE.assign(term=360.0)
    frame.loc[:20, "loan"] = np.nan
    made = synthetic.copula(frame, 50, 0)
    assert made.notna().all(axis=None)
    assert (made["term"] == 360).all()
    with pytest.raises(HurdlesError, match="without gaps"):
        synthetic.copula(frame.head(10), 5, 0)


def test_useful_rows_are_told_from_useless_ones() -> None:
    makers = {"copula": synthetic.copula, "alone": synthetic.independent}
    scores = synthetic.trained_on(makers, PEOPLE, "reject", make_pipeline(StandardScaler(), LogisticRegression()), 3)
    means = scores.mean()
    assert list(scores.columns) == ["real rows", "copula", "alone"]
    assert means["copula"] > means["alone"] + 0.1
    assert means["copula"] > means["real rows"] - 0.1


def test_halves_share_no_row_and_the_label() -> None:
    used, kept = synthetic.halves(PEOPLE, "reject", 4)
    assert len(used) == len(kept) == len(PEOPLE) // 2
    assert not set(used.index) & set(kept.index)
    assert used["reject"].mean() == pytest.approx(kept["reject"].mean(), abs=0.01)


def test_distances_unmask_copies_even_blurred_ones() -> None:
    used, kept = synthetic.halves(PEOPLE, "reject", 0)
    sources = {"copula": synthetic.copula, "copies": synthetic.copied, "blurred": synthetic.blurred}
    table = synthetic.privacy({name: make(used, 300, 1) for name, make in sources.items()}, used, kept)
    assert table.loc["copies", "copies (%)"] == 100
    assert table.loc["blurred", "copies (%)"] == 0
    assert table.loc["blurred", "closer to used records (%)"] > 65
    assert 35 < table.loc["copula", "closer to used records (%)"] < 65
    assert (synthetic.nearest(used, used) == 0).all()
    assert (synthetic.nearest(kept, used) > 0).all()
    assert "median" in plots.distances({"held out": synthetic.nearest(kept, used)}).alt


def test_smote_adds_rows_of_the_rare_label_between_near_rows() -> None:
    added = synthetic.smoted(PEOPLE, "reject", 0)
    assert list(added.columns) == list(PEOPLE.columns)
    assert (added["reject"] == 1).all()
    assert len(added) + PEOPLE["reject"].sum() == (PEOPLE["reject"] == 0).sum()
    rare = PEOPLE[PEOPLE["reject"] == 1]
    assert added["income"].between(rare["income"].min() - 1e-6, rare["income"].max() + 1e-6).all()


LABEL = np.array([1, 1, 0, 1, 0, 0, 0, 0, 1, 0])
CHANCE = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0])


def test_the_first_micro_exercise_accepts_the_share_and_names_mistakes() -> None:
    check = micro.precision_of_highest(LABEL, CHANCE, 5)
    assert "officer's time" in check(0.6)
    mistakes = {0.75: "recall", 0.4: "refused among all", 0.2: "lowest chances", 3: "divide by", 0.5: "Sort by chance"}
    for value, message in mistakes.items():
        with pytest.raises(CheckFailed, match=message):
            check(value)


def test_the_second_micro_exercise_accepts_the_count_and_names_mistakes() -> None:
    check = micro.between_flags(pd.DataFrame({"pubrec": [0, 0, 1, 0.2, 0.7, 1, 1, 0.5, 1]}), "pubrec")
    assert "half bankrupt" in check(3)
    mistakes = {7: "true ones", 5: "true zeros", 6: "those are 0 or 1", 3 / 9: "share", 8: "Combine two"}
    for value, message in mistakes.items():
        with pytest.raises(CheckFailed, match=message):
            check(value)
