"""Controls are finite, labelled lists of values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hurdles.errors import HurdlesError
from hurdles.ui import Choice, Slider
from hurdles.ui.controls import number


def test_a_whole_slider_has_whole_values_and_labels_with_unit() -> None:
    slider = Slider("Share missing", 0, 60, 20, 20, unit="%")
    assert slider.values == (0, 20, 40, 60)
    assert all(type(value) is int for value in slider.values)
    assert slider.labels[1] == "20\u202f%"
    assert slider.start == 1


def test_a_fractional_slider_has_the_values_an_author_would_type() -> None:
    assert Slider("Share", 0.1, 0.4, 0.05, 0.15, fmt=".0%").values == (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4)
    assert Slider("Share", 0.1, 0.4, 0.05, 0.15, fmt=".0%").labels[1] == "15%"


def test_a_slider_keeps_to_its_range_when_the_step_does_not_fit() -> None:
    assert Slider("Rows", 0, 10, 4, 4).values == (0, 4, 8)


@given(low=st.integers(-50, 50), step=st.integers(1, 7), count=st.integers(1, 40), points=st.integers(1, 9))
def test_positions_stay_in_range_and_corners_hold_both_ends(low: int, step: int, count: int, points: int) -> None:
    slider = Slider("Number", low, low + step * count, step, low)
    assert slider.values[0] == low
    assert slider.values[-1] == low + step * count
    assert len(slider.values) == len(slider.labels) == count + 1
    corners = slider.corners(points)
    assert set(corners) <= set(slider.values)
    assert points == 1 or {corners[0], corners[-1]} == {slider.values[0], slider.values[-1]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("", 0, 1, 1, 0), "no label"),
        (("a", 1, 0, 1, 0), "low < high"),
        (("a", 0, 1, 0, 0), "step above zero"),
        (("a", 0, 1, 0.0001, 0), "more than 1000 positions"),
        (("a", 0, 10, 5, 3), "not one of its positions"),
    ],
)
def test_an_impossible_slider_says_what_is_wrong(arguments: tuple, said: str) -> None:
    with pytest.raises(HurdlesError, match=said):
        Slider(*arguments)


def test_a_choice_takes_pairs_or_words() -> None:
    choice = Choice("Imputer", [("the median", "median"), "drop"], "drop")
    assert (choice.values, choice.labels, choice.start) == (("median", "drop"), ("the median", "drop"), 1)
    assert choice.corners(2) == ("median", "drop")


@pytest.mark.parametrize(("options", "value"), [(["a"], "a"), (["a", "a"], "a"), (["a", "b"], "c")])
def test_an_impossible_choice_is_refused(options: list[str], value: str) -> None:
    with pytest.raises(HurdlesError, match="The choice 'Pick'"):
        Choice("Pick", options, value)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((12.0,), "12"),
        ((1234.5,), "1,234.5"),
        ((12.345, "%"), "12.35\u202f%"),
        ((0.00123,), "0.0012"),
        ((0.5, "", ".0%"), "50%"),
        ((0.5, "", "{:.0%}"), "50%"),
        ((3, "", lambda n: f"about {n}"), "about 3"),
        ((float("nan"),), "nan"),
    ],
)
def test_numbers_are_written_as_people_read_them(arguments: tuple, text: str) -> None:
    assert number(*arguments) == text
