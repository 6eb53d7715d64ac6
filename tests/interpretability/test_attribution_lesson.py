"""Micro-exercises name each usual mistake, pictures say what they show, the demo works at every corner."""

from __future__ import annotations

import base64
from typing import Any

import pandas as pd
import pytest

from hurdles.checks import CheckFailed
from hurdles.datasets.desk import desk_model
from hurdles.interpretability.attribution import Attribution, drop_of_auc, importances
from hurdles.interpretability.attribution_demo import APPLICANTS, compute, describe, explain, why_refused
from hurdles.interpretability.attribution_micro import held_out_importance, points_above_baseline
from hurdles.interpretability.attribution_plots import draw_agreement, draw_importances, draw_reasons, named

GRID = list(why_refused.grid())
TOLD = Attribution(0.1, pd.DataFrame({"a": [0.30], "b": [-0.05], "c": [0.10]}))


def name(setting: dict[str, Any]) -> str:
    return "-".join(str(value) for value in setting.values())


def ends(axes: Any) -> list[float]:
    """Return where each bar ends."""
    bars = axes.collections[0].get_segments()
    return [float(bar[1][0]) for bar in bars]


def test_points_above_the_baseline() -> None:
    assert "Nothing is left unexplained" in points_above_baseline(35.0, TOLD)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0.35, "that is a share"),
        (10.0, "the baseline itself"),
        (45.0, "the model's whole chance"),
        (40.0, "only columns that raise"),
        (-45.0, "Add up the values"),
        ("35", "points"),
    ],
)
def test_points_names_the_mistake(value: object, message: str) -> None:
    with pytest.raises(CheckFailed, match=message):
        points_above_baseline(value, TOLD)


def test_points_tells_when_signs_were_lost() -> None:
    told = Attribution(0.2, TOLD.values)
    with pytest.raises(CheckFailed, match="Keep the signs"):
        points_above_baseline(45.0, told)


@pytest.mark.parametrize("gaps", ["fill", "drop"])
def test_held_out_importance_accepts_any_shuffles(gaps: Any) -> None:
    desk = desk_model(gaps=gaps)
    for value in (importances(desk, "test")["obrat"], drop_of_auc(desk, ["obrat"], 3)):
        assert "spread" in held_out_importance(value, desk)


def test_held_out_importance_names_the_mistake() -> None:
    desk = desk_model()
    drop = drop_of_auc(desk, ["obrat"])
    for value, message in (
        (importances(desk, "train")["obrat"], "on training rows"),
        (desk.auc() - drop, "the AUC that is left"),
        (-drop, "sign is turned round"),
        (0.4, "look up obrat"),
    ):
        with pytest.raises(CheckFailed, match=message):
            held_out_importance(value, desk)


def test_the_grid_visits_every_choice() -> None:
    assert {s["applicant"] for s in GRID} == set(APPLICANTS)
    assert {s["background"] for s in GRID} == {"all", "approved", "similar"}
    assert {s["seed"] for s in GRID} == {0, 9}


@pytest.mark.parametrize("setting", GRID, ids=name)
def test_it_draws_both_panels_with_labels_and_says_the_same_in_words(setting: dict[str, Any]) -> None:
    result = why_refused.compute(**setting)
    assert result.base + result.shap.sum() == pytest.approx(result.chance, abs=1e-6)
    figure = why_refused.draw(result)
    left, right = figure.axes
    assert "against the background" in left.get_xlabel()
    assert "against other neighbours" in right.get_xlabel()
    labels = [label.get_text() for label in left.get_yticklabels()]
    shown = {named(column, result.row[column]): 100 * result.shap[column] for column in result.shap.index}
    assert ends(left) == pytest.approx([shown[label] for label in labels])
    for axes in (left, right):
        low, high = axes.get_xlim()
        assert all(low < end < high for end in ends(axes))
    assert f"{result.base:.0%}" in left.texts[-1].get_text()
    said = describe(result)
    assert f"{result.chance:.0%} chance of refusal" in said
    assert said.endswith(".")


def test_the_same_setting_gives_the_same_result_and_another_seed_another() -> None:
    one, same, other = explain("C", "all", 0), explain("C", "all", 0), explain("C", "all", 1)
    assert one.lime.equals(same.lime)
    assert one.shap.equals(same.shap)
    assert not one.lime.equals(other.lime)
    assert not one.shap.equals(other.shap)


def test_every_applicant_of_the_demo_was_refused_and_is_unseen() -> None:
    desk = desk_model()
    assert all(desk.refused_test[who] == 1 for who in APPLICANTS.values())
    assert compute("D", "all", 0).chance < 0.5 < compute("C", "all", 0).chance


def test_it_makes_a_picture() -> None:
    assert why_refused.picture().startswith(b"\x89PNG")


def test_pictures_carry_their_alternative_text_and_labels() -> None:
    desk = desk_model()
    row, weights = desk.test.loc[1339], pd.Series(0.1, desk.features)
    weights["obrat"], weights["gdlin"] = 0.4, -0.3
    reasons = draw_reasons({"one": weights, "two": -weights}, row, ["points"] * 2)
    bars = draw_importances(weights, weights / 2, marked="obrat")
    lines = draw_agreement([200, 5000], [0.4, 0.9], 1.0)
    assert "one: obligations / income +40.0, meets guidelines -30.0" in reasons.alt
    assert "'obrat' has 0.4000 on training rows and 0.2000 on unseen ones" in bars.alt
    assert "200: 0.40, 5000: 0.90. SHAP over backgrounds: 1.00" in lines.alt
    for picture in (reasons, bars, lines):
        bundle = picture._repr_mimebundle_()
        assert 'alt="' in bundle["text/html"]
        assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
        assert all(axes.get_xlabel() for axes in picture.figure.axes)


def test_a_label_shows_codes_whole_and_amounts_short() -> None:
    assert named("gdlin", 1.0) == "meets guidelines = 1"
    assert named("obrat", 38.4004) == "obligations / income = 38.4"
    assert named("twin") == "twin"
