"""Gaps and label errors: found, and made on purpose."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hurdles.data.gaps import gap_table, punch
from hurdles.data.labels import found, plant_flips, recall_curve
from hurdles.errors import HurdlesError


def test_gap_table_compares_shares_and_tells_chance_from_cause() -> None:
    gap = np.repeat([True, False], 500)
    frame = pd.DataFrame(
        {
            "x": np.where(gap, np.nan, 1.0),
            "tied": np.where(gap, np.arange(1000) % 10 == 0, np.arange(1000) % 2 == 0).astype(int),
            "free": np.arange(1000) % 2,
        }
    )
    table = gap_table(frame, "x", ["tied", "free"])
    assert table.loc["tied", ["known (%)", "missing (%)"]].tolist() == [50.0, 10.0]
    assert table.loc["tied", "p"] == "< 0.001"
    assert table.loc["free", ["known (%)", "missing (%)"]].tolist() == [50.0, 50.0]
    assert float(table.loc["free", "p"]) > 0.9


@pytest.mark.parametrize("values", [[1.0, 2.0], [np.nan, np.nan]])
def test_gap_table_needs_gaps_and_values(values: list[float]) -> None:
    with pytest.raises(HurdlesError, match="nothing to compare"):
        gap_table(pd.DataFrame({"x": values, "y": [0, 1]}), "x", ["y"])


@given(share=st.floats(0, 1), seed=st.integers(0, 1000))
def test_punch_makes_holes_only_where_told_and_changes_no_value(share: float, seed: int) -> None:
    frame = pd.DataFrame({"a": np.arange(60), "b": np.arange(60)})
    holed = punch(frame, ["a"], share, seed)
    assert holed["b"].equals(frame["b"])
    assert (holed["a"].isna() | (holed["a"] == frame["a"])).all()
    assert not frame.isna().any(axis=None)
    pd.testing.assert_frame_equal(holed, punch(frame, ["a"], share, seed))


def test_punch_makes_about_as_many_holes_as_asked() -> None:
    holed = punch(pd.DataFrame({"a": np.zeros(10_000)}), ["a"], 0.3, seed=0)
    assert holed["a"].isna().mean() == pytest.approx(0.3, abs=0.02)


@given(share=st.floats(0, 1), seed=st.integers(0, 1000))
def test_planted_labels_are_turned_round_and_no_others(share: float, seed: int) -> None:
    label = pd.Series(np.arange(40) % 2, index=range(100, 140))
    flipped = plant_flips(label, share, seed)
    assert flipped["planted"].sum() == round(share * 40)
    assert ((flipped["label"] != label) == flipped["planted"]).all()


def test_found_counts_hits_and_false_alarms() -> None:
    result = found([True, True, False, False, True], [True, False, True, False, True])
    assert result == {"planted": 3, "suspects": 3, "found": 2, "recall": 0.67, "precision": 0.67}
    assert found([False, False], [True, False])["precision"] == 0


def test_recall_curve_reads_the_most_doubtful_first() -> None:
    curve = recall_curve(np.array([0.9, 0.1, 0.5, 0.2]), [False, True, True, False])
    assert curve.tolist() == [0, 0.5, 0.5, 1, 1]
