from dataclasses import replace

import numpy as np
import pytest

from hurdles.datasets.desk import COSTS, CUTS, REVIEWS, cut_off, desk_model
from hurdles.errors import HurdlesError


def cost(chances: np.ndarray, refused: np.ndarray, threshold: float) -> float:
    kept = chances < threshold
    return float(COSTS["approved"] * (kept & refused).sum() + COSTS["refused"] * (~kept & ~refused).sum())


def test_held_out_chances_come_from_models_that_have_not_seen_the_row() -> None:
    desk = desk_model()
    chances, refused = desk.held_out(), desk.refused_train.to_numpy() == 1
    own = desk.chance(desk.train)
    assert chances.shape == (len(desk.train),)
    anew = replace(desk).held_out()
    assert np.array_equal(chances, anew)
    chances[:] = 0  # What a caller does with its copy is nobody else's concern.
    assert np.array_equal(anew, desk.held_out())
    chances = anew
    # A model knows its own rows better than rows it has not seen.
    assert own[refused].mean() - own[~refused].mean() > chances[refused].mean() - chances[~refused].mean()


def test_no_other_threshold_costs_less_than_the_cheapest() -> None:
    desk = desk_model()
    chances, refused = desk.held_out(), desk.refused_train.to_numpy() == 1
    least = cost(chances, refused, cut_off("cheapest"))
    assert all(cost(chances, refused, float(edge)) >= least for edge in [0.0, *chances, *(chances + 1e-9), 1.0])


def test_each_rule_gives_its_threshold() -> None:
    chances = desk_model().held_out()
    assert cut_off("half") == 0.5
    assert (chances >= cut_off("capacity")).mean() == pytest.approx(REVIEWS, abs=0.002)
    assert all(0 < cut_off(rule) < 1 for rule in CUTS)
    assert cut_off() == cut_off("cheapest")


def test_an_unknown_rule_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(HurdlesError, match=r"'guess'.*cheapest, capacity, half"):
        cut_off("guess")
