"""The lesson's pictures show what they are given, and say it in words too; the micro-exercises name mistakes."""

from __future__ import annotations

import base64

import numpy as np
import pandas as pd
import pytest

from hurdles.checks import CheckFailed
from hurdles.interpretability.transparent_micro import odds_for_ten_points, refused_by_two_conditions
from hurdles.interpretability.transparent_plots import folds, odds, shapes

RATIOS = pd.DataFrame({"odds_ratio": [2.0, 0.9], "low": [1.5, 0.7], "high": [2.7, 1.2]}, ["a", "b"])


def test_odds_fills_the_dot_where_the_interval_leaves_out_one() -> None:
    picture = odds(RATIOS)
    axes = picture.figure.axes[0]
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [dot.get_markerfacecolor() == "white" for dot in dots] == [False, True]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["a", "b"]
    assert "a 2.00, b 0.90" in picture.alt
    left, right = axes.get_xlim()
    assert left < 0.7
    assert right > 2.7


def test_a_picture_carries_its_alternative_text() -> None:
    picture = odds(RATIOS)
    picture.alt = 'five "rows" & more'
    shown = picture._repr_mimebundle_()
    assert 'alt="five &quot;rows&quot; &amp; more"' in shown["text/html"]
    assert base64.b64decode(shown["image/png"]).startswith(b"\x89PNG")


def test_folds_draws_every_fold_and_the_mean() -> None:
    picture = folds(pd.DataFrame({"one": [0.6, 0.7], "two": [0.8, 0.9]}))
    axes = picture.figure.axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["one", "two"]
    assert "AUC" in axes.get_xlabel()
    assert "one 0.650, two 0.850" in picture.alt


def test_shapes_draws_a_curve_and_a_line_for_each_column() -> None:
    from interpret.glassbox import ExplainableBoostingClassifier

    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"obrat": rng.normal(33, 8, 400), "x": rng.normal(size=400)})
    label = (frame["obrat"] + rng.normal(0, 4, 400) > 38).astype(int)
    booster = ExplainableBoostingClassifier(interactions=0, outer_bags=2, n_jobs=1).fit(frame, label)
    picture = shapes(booster, ["obrat", "x"], {"obrat": 0.2, "x": 0.0}, frame.mean())
    left, right = picture.figure.axes
    assert left.get_xlabel() == "obrat (% of income)"
    assert right.get_xlabel() == "x"
    assert "log-odds" in left.get_ylabel()
    rise = left.lines[0].get_ydata()
    assert rise[-1] > rise[0] + 1
    assert "obrat from -" in picture.alt


def test_ten_points_accepts_both_ways_to_work_it_out() -> None:
    for value in (np.exp(0.6), np.exp(0.06) ** 10, round(float(np.exp(0.6)), 2)):
        assert "comparison" in odds_for_ten_points(value, 0.06)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.exp(0.06), "for one point"),
        (10 * np.exp(0.06), "ten times the odds ratio"),
        (0.6, "sum of weights"),
        (3.0, "np.exp"),
        ("much", "ratio"),
    ],
)
def test_ten_points_names_the_mistake(value: object, message: str) -> None:
    with pytest.raises(CheckFailed, match=message):
        odds_for_ten_points(value, 0.06)


FEATURES = pd.DataFrame({"gdlin": [1, 1, 1, 1, 0, 0, 0], "unver": [1, 1, 1, 0, 1, 0, 0]})
REFUSED = pd.Series([1, 0, 0, 0, 1, 1, 0])


def test_two_conditions_accepts_the_share() -> None:
    assert "counting" in refused_by_two_conditions(1 / 3, FEATURES, REFUSED)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (3, "between 0 and 1"),
        (0.5, "all rows with unver 1"),
        (1.0, "do not meet the guidelines"),
        (2 / 3, "share approved"),
        (0.1, "Combine"),
    ],
)
def test_two_conditions_names_the_mistake(value: object, message: str) -> None:
    with pytest.raises(CheckFailed, match=message):
        refused_by_two_conditions(value, FEATURES, REFUSED)
