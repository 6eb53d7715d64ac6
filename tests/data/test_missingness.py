"""What missing values cost: the laws that hold under each mechanism."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from hurdles.data import missingness
from hurdles.data.missingness import IMPUTERS, MECHANISMS, SHARES, Imputer, Mechanism, cost, hide
from hurdles.datasets import applicants
from hurdles.errors import HurdlesError

PEOPLE = applicants(4000, seed=5)
INCOME, LOAN = PEOPLE["income"].to_numpy(), PEOPLE["loan"].to_numpy()


@given(
    low=st.integers(0, 100),
    high=st.integers(0, 100),
    mechanism=st.sampled_from(MECHANISMS),
    seed=st.integers(0, 1000),
)
def test_a_larger_share_hides_the_same_and_more(low: int, high: int, mechanism: Mechanism, seed: int) -> None:
    few, many = sorted((low, high))
    less, more = (hide(INCOME[:50], LOAN[:50], share / 100, mechanism, seed) for share in (few, many))
    assert less.sum() == round(few / 100 * 50)
    assert more[less].all()


def test_only_mnar_depends_on_what_is_hidden_beyond_what_is_known() -> None:
    rest = INCOME - 0.3 * LOAN  # what the loan does not tell about the income
    shift = {}
    for mechanism in MECHANISMS:
        hidden = hide(INCOME, LOAN, 0.4, mechanism, seed=0)
        shift[mechanism] = (LOAN[hidden].mean() - LOAN[~hidden].mean(), rest[hidden].mean() - rest[~hidden].mean())
    assert abs(shift["MCAR"][0]) < 6
    assert abs(shift["MCAR"][1]) < 2
    assert shift["MAR"][0] > 30
    assert abs(shift["MAR"][1]) < 2
    assert shift["MNAR"][1] > 5


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("imputer", IMPUTERS)
def test_without_gaps_there_is_no_cost(mechanism: Mechanism, imputer: Imputer) -> None:
    result = cost(0, mechanism, imputer)
    assert result.bias.at(0) == pytest.approx((0, 0, 0), abs=1e-6)
    assert result.auc.at(0) == pytest.approx(cost(0, "MCAR", "drop").auc.at(0), abs=1e-9)


@pytest.mark.parametrize("imputer", ["drop", "regression"])
def test_under_mcar_neither_dropping_nor_regression_biases_the_average(imputer: Imputer) -> None:
    mean, low, high = cost(50, "MCAR", imputer).bias.at(50)
    assert low < 0 < high
    assert abs(mean) < 1000


def test_under_mar_the_regression_restores_the_average_and_dropping_does_not() -> None:
    assert abs(cost(50, "MAR", "regression").bias.at(50)[0]) < 1000
    assert cost(50, "MAR", "drop").bias.at(50)[2] < -5000


@pytest.mark.parametrize("imputer", IMPUTERS)
def test_under_mnar_no_treatment_restores_the_average(imputer: Imputer) -> None:
    assert cost(50, "MNAR", imputer).bias.at(50)[2] < -2000


def test_under_mnar_the_indicator_helps_the_ranking_and_under_mcar_it_does_not() -> None:
    gain = {
        mechanism: cost(40, mechanism, "indicator").auc.at(40)[0] - cost(40, mechanism, "median").auc.at(40)[0]
        for mechanism in MECHANISMS
    }
    assert gain["MNAR"] > 0.02
    assert abs(gain["MCAR"]) < 0.01


def test_filling_with_0_is_the_worst_for_the_average() -> None:
    zero = cost(30, "MCAR", "zero").bias.at(30)[0]
    assert all(zero < cost(30, "MCAR", imputer).bias.at(30)[0] for imputer in IMPUTERS if imputer != "zero")


def test_the_side_by_side_fits_agree_with_a_library() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(2, missingness._TRAIN + missingness._TEST, 3))
    label = (rng.random(features.shape[:2]) < 1 / (1 + np.exp(-features.sum(-1)))).astype(float)
    old, new = slice(None, missingness._TRAIN), slice(missingness._TRAIN, None)
    scores = missingness._scores(features, label[:, old], np.ones((2, missingness._TRAIN)))
    areas = missingness._auc(label[:, new], scores)
    for sample in range(2):
        model = LogisticRegression(C=1e3).fit(features[sample, old], label[sample, old])
        wanted = model.decision_function(features[sample, new])
        assert np.corrcoef(scores[sample], wanted)[0, 1] > 0.9999
        assert areas[sample] == pytest.approx(roc_auc_score(label[sample, new], scores[sample]))


def test_ties_count_half() -> None:
    label, score = np.array([[1.0, 0.0, 1.0, 0.0]]), np.array([[1.0, 1.0, 2.0, 0.0]])
    assert missingness._auc(label, score) == pytest.approx(roc_auc_score(label[0], score[0]))


def test_curves_keep_their_order() -> None:
    for curve in (cost(0, "MAR", "median").auc, cost(0, "MAR", "median").bias):
        assert len(curve.mean) == len(SHARES)
        assert (np.array(curve.low) <= np.array(curve.mean) + 1e-9).all()
        assert (np.array(curve.mean) <= np.array(curve.high) + 1e-9).all()


@pytest.mark.parametrize(
    ("share", "mechanism", "imputer"), [(15, "MCAR", "drop"), (10, "guess", "drop"), (10, "MAR", "mode")]
)
def test_unknown_settings_are_named(share: int, mechanism: str, imputer: str) -> None:
    with pytest.raises(HurdlesError, match=r"15|guess|mode"):
        cost(share, mechanism, imputer)  # type: ignore[arg-type]
