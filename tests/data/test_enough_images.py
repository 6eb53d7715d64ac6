"""Changed images keep their size, their range and their labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hurdles.data import enough_images as images
from hurdles.data.enough_plots import digit_rows

CHANGES: list[tuple[Callable[..., Any], float]] = [(images.turned, 15), (images.turned, 180), (images.noisy, 5)]
pictures = arrays(np.float64, (3, 8, 8), elements=st.floats(0, images.BRIGHTEST))


@pytest.mark.parametrize(("change", "most"), [*CHANGES, (images.shifted, 2)])
@given(pictures, st.integers(0, 50))
@settings(deadline=None, max_examples=25)
def test_size_range_and_originals_are_kept(change: Any, most: Any, given_images: Any, seed: int) -> None:
    before = given_images.copy()
    changed = change(given_images, most, seed)
    assert changed.shape == before.shape
    assert changed.min() >= 0
    assert changed.max() <= images.BRIGHTEST
    assert np.array_equal(given_images, before)
    assert np.array_equal(changed, change(given_images, most, seed))


@given(st.integers(1, 20), st.integers(0, 99))
@settings(deadline=None, max_examples=20)
def test_copies_get_the_labels_of_their_originals(n: int, seed: int) -> None:
    seen, labels, _, _ = images.digits(seed=seed, train=n, test=1)
    grown, named = images.grown(seen, labels, images.turned(seen, 15, seed))
    assert np.array_equal(grown[:n], seen)
    assert np.array_equal(named[:n], labels)
    assert np.array_equal(named[n:], labels)


def test_no_change_is_no_change() -> None:
    seen, _, _, _ = images.digits(train=10)
    assert np.allclose(images.turned(seen, 0, 1), seen)
    assert np.array_equal(images.shifted(seen, 0, 1), seen)
    assert np.array_equal(images.noisy(seen, 0, 1), seen)


def test_the_sets_of_digits_do_not_overlap() -> None:
    seen, labels, others, wanted = images.digits(seed=3, train=900, test=897)
    assert len(seen) + len(others) == 1797
    assert set(labels) == set(wanted) == set(range(10))
    together = np.concatenate([seen, others]).reshape(1797, -1)
    assert len(np.unique(together, axis=0)) == 1797


def test_copies_help_with_their_own_kind() -> None:
    seen, labels, others, wanted = images.digits()
    trained = {"as they are": (seen, labels), "turned": images.grown(seen, labels, images.turned(seen, 30, 0))}
    tests = {"as they are": (others, wanted), "turned": (images.turned(others, 30, 1), wanted)}
    table = images.right_on(trained, tests)
    assert table.loc["turned", "turned"] > table.loc["as they are", "turned"] + 5
    assert abs(table.loc["turned", "as they are"] - table.loc["as they are", "as they are"]) < 2


def test_digits_are_drawn_in_rows_with_names() -> None:
    seen, _, _, _ = images.digits(train=4)
    picture = digit_rows([seen[:2], seen[2:]], ["as it is", "turned"], ["a", "b"])
    assert len(picture.figure.axes) == 4
    assert picture.alt == "a, b, each as it is, turned."
