"""What turned copies do to a model, and the demo that shows it at every corner of its controls."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import rotate

from hurdles.data import enough
from hurdles.data.enough import ANGLES, NOISES, SHARES, TURNS, Turned, turned_copies
from hurdles.data.enough_demo import describe_turned, turned
from hurdles.errors import HurdlesError

GRID = list(turned.grid())


def name(setting: dict[str, Any]) -> str:
    return "-".join(str(value) for value in setting.values())


def test_the_grid_visits_every_corner() -> None:
    corners = set(product((ANGLES[0], ANGLES[-1]), (NOISES[0], NOISES[-1]), (SHARES[0], SHARES[-1])))
    assert corners <= {(s["angle"], s["noise"], s["share"]) for s in GRID}


@pytest.mark.parametrize("setting", GRID, ids=name)
def test_it_draws_both_panels_with_labels_and_says_the_same_in_words(setting: dict[str, Any]) -> None:
    result = turned.compute(**setting)
    left, right = turned.draw(result).axes
    assert "degrees" in left.get_xlabel()
    assert "(%)" in left.get_ylabel()
    assert "(%)" in right.get_xlabel()
    assert [label.get_text() for label in right.get_yticklabels()][1] == f"turned up to {setting['angle']}°"
    drawn = [line.get_ydata() for line in left.lines]
    assert np.allclose(drawn[0], result.plain.by_turn)
    assert np.allclose(drawn[1], result.augmented.by_turn)
    assert turned.describe(result).strip().endswith(".")


def test_nothing_changes_without_copies() -> None:
    for angle, noise in product(ANGLES, NOISES):
        result = turned_copies(angle, noise, 0)
        assert result.augmented == result.plain
        assert "No digit is changed" in describe_turned(result)


def test_shares_are_percentages_and_the_same_setting_gives_the_same_result() -> None:
    result = turned_copies(60, 2, 75)
    again = turned_copies(60, 2, 75)
    assert again == result
    for told in (result.plain, result.augmented):
        assert all(0 <= v <= 100 for v in (*told.by_turn, told.noisy, told.sixes_and_nines, told.swapped))
        assert told.upright == told.by_turn[0] == told.within(0)
        assert told.within(180) == pytest.approx(np.mean(told.by_turn))
    assert len(result.plain.by_turn) == len(TURNS)


def test_small_turns_help_and_half_turns_swap_sixes_and_nines() -> None:
    small, half = turned_copies(30, 0, 50), turned_copies(180, 0, 100)
    assert small.augmented.within(30) > small.plain.within(30) + 5
    assert small.augmented.upright > small.plain.upright - 2
    assert half.augmented.upright < half.plain.upright - 10
    assert half.augmented.swapped > small.augmented.swapped + 5
    assert "taken for the other" in describe_turned(half)
    assert "up from" in describe_turned(small)


def test_the_matrices_turn_as_scipy_does() -> None:
    image = np.random.default_rng(0).uniform(0, 16, (8, 8))
    for angle in (-180, -45, 5, 90):
        turn = enough._turns()[(angle + 180) // 5]
        expected = rotate(image, angle, reshape=False, order=1)
        assert np.allclose((image.reshape(64) @ turn).reshape(8, 8), expected, atol=1e-4)


@pytest.mark.parametrize("setting", [(7, 0, 50), (30, 1, 50), (30, 0, 33)])
def test_a_value_that_is_not_offered_is_refused(setting: tuple[int, int, int]) -> None:
    with pytest.raises(HurdlesError, match="Choose one of"):
        turned_copies(*setting)


def test_the_picture_needs_no_controls() -> None:
    assert isinstance(turned.compute(**turned.defaults), Turned)
    assert turned.picture().startswith(b"\x89PNG")
