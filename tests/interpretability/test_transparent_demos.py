"""The demo computes, draws and speaks at every corner of its controls."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from hurdles.errors import HurdlesError
from hurdles.interpretability.transparent_demos import describe_price, transparent_demo
from hurdles.interpretability.transparent_price import MODELS, SIZES, price, spoken

EVERY = [{"model": model, "size": size} for model, size in product(MODELS, SIZES)]


def test_the_controls_offer_what_was_fitted() -> None:
    assert transparent_demo.controls["size"].values == SIZES
    assert transparent_demo.controls["model"].values == MODELS
    corners = [{"model": model, "size": size} for model, size in product(MODELS, (SIZES[0], SIZES[-1]))]
    assert all(corner in list(transparent_demo.grid()) for corner in corners)


@pytest.mark.parametrize("setting", EVERY, ids=lambda s: f"{s['model']}-{s['size']}")
def test_it_draws_the_chosen_point_and_the_text_and_says_the_same(setting: dict[str, Any]) -> None:
    result = transparent_demo.compute(**setting)
    figure = transparent_demo.draw(result)
    (axes,) = figure.axes
    assert axes.get_ylabel() == "AUC"
    assert "size" in axes.get_xlabel()
    dot = next(line for line in axes.lines if line.get_marker() == "o")
    assert (dot.get_xdata()[0], dot.get_ydata()[0]) == pytest.approx((result.size, result.auc))
    bottom, top = axes.get_ylim()
    assert bottom <= min(result.low) <= max(result.seen) <= top
    shown = [text.get_text() for text in figure.texts]
    assert any(spoken(result.seconds) in text for text in shown)
    assert any(text == result.text[0] or text.startswith("… ") for text in shown)
    words = transparent_demo.describe(result)
    assert f"{result.auc:.3f}" in words
    assert words.endswith(".")


def test_more_questions_make_the_tree_longer_and_better_only_on_rows_it_knows() -> None:
    small, large = price("tree", 2), price("tree", 8)
    assert large.seconds > 5 * small.seconds
    assert np.all(np.diff(large.seen) > 0)
    assert large.auc < small.auc
    assert large.forest.seconds > 100 * large.seconds
    assert "2 ranks best" in describe_price(large)


def test_a_list_has_a_line_for_each_rule_and_one_for_the_rest() -> None:
    result = price("list", 4)
    assert len(result.text) == 5
    assert result.text[0].startswith("if ")
    assert result.text[-1].startswith("else: ")


def test_the_first_rule_of_the_list_counts_right() -> None:
    from hurdles.datasets import mortgages

    frame = mortgages(cleaned=True)
    share = frame.loc[frame["gdlin"] == 0, "reject"].mean()
    assert price("list", 1).text[0] == f"if gdlin < 0.5: {share:.0%}"


@pytest.mark.parametrize(("seconds", "text"), [(2, "2 seconds"), (240, "4 minutes"), (36_000, "10.0 hours")])
def test_times_are_said_as_a_person_would(seconds: float, text: str) -> None:
    assert spoken(seconds) == text


def test_an_unknown_setting_is_refused_with_the_known_ones() -> None:
    with pytest.raises(HurdlesError, match="tree"):
        price("forest", 3)  # type: ignore[arg-type]
    with pytest.raises(HurdlesError, match="8"):
        price("tree", 9)


def test_it_makes_a_picture() -> None:
    assert transparent_demo.picture().startswith(b"\x89PNG")
