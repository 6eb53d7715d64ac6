"""The pictures of the lesson on joins, and its micro-exercises."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hurdles.checks import CheckFailed
from hurdles.data.integration_joins import as_of
from hurdles.data.integration_micro import later_readings, rows_of_both
from hurdles.data.integration_plots import around_the_decision, heaviest_words
from hurdles.data.integration_sources import simulate

SOURCES = simulate()
BUSIEST = SOURCES.owners.value_counts().index[0]
REPORTS = int((SOURCES.owners == BUSIEST).sum())
READINGS = int((SOURCES.readings["application"] == BUSIEST).sum())
CLOSE = as_of(SOURCES.applications, SOURCES.readings, 1, "nearest")
HEARD = CLOSE.dropna(subset=["at"])


def test_the_lines_are_named_and_the_axes_labelled() -> None:
    picture = around_the_decision(SOURCES.applications, SOURCES.readings)
    axes = picture.figure.axes[0]
    assert axes.get_xlabel()
    assert "%" in axes.get_ylabel()
    assert {"refused", "approved"} <= {text.get_text() for text in axes.texts}
    assert "before the decision" in picture.alt


def test_words_are_ordered_by_their_weight() -> None:
    picture = heaviest_words(["a", "b", "c", "d"], np.array([0.5, -2.0, 3.0, -1.0]), most=2)
    axes = picture.figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["c", "a", "d", "b"]
    assert "towards refused: c, a" in picture.alt
    assert "towards approved: b, d" in picture.alt.replace("Towards", "towards")


def test_rows_of_both() -> None:
    assert "before you join" in rows_of_both(REPORTS * READINGS)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (REPORTS + READINGS, "plus"),
        (REPORTS, "one of the two counts"),
        (READINGS, "one of the two counts"),
        (1, "Count the rows"),
        ("many", "rows"),
    ],
)
def test_rows_of_both_names_the_mistake(value: object, message: str) -> None:
    with pytest.raises(CheckFailed, match=message):
        rows_of_both(value)


def test_later_readings() -> None:
    assert "direction" in later_readings((HEARD["at"] > HEARD["decided"]).mean())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ((CLOSE["at"] > CLOSE["decided"]).mean(), "of all applications"),
        ((HEARD["at"] <= HEARD["decided"]).mean(), "at or before"),
        (100 * (HEARD["at"] > HEARD["decided"]).mean(), "in percent"),
        ((HEARD["at"] > HEARD["decided"]).sum(), "a count"),
        (0.9, "Compare close"),
        (pd.Series([0.1, 0.2]), "share"),
    ],
)
def test_later_readings_names_the_mistake(value: object, message: str) -> None:
    with pytest.raises(CheckFailed, match=message):
        later_readings(value)
