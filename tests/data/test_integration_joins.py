"""Keys, near matches and as-of joins: what must hold for any input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hurdles.data.integration_joins import as_of, fuzzy_pairs, match_quality, tidy_address
from hurdles.errors import HurdlesError

START = pd.Timestamp("1990-05-01")
MOMENTS = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 600)), min_size=1, max_size=25)


def frame(rows: list[tuple[int, int]], column: str) -> pd.DataFrame:
    at = START + pd.to_timedelta([minute for _, minute in rows], unit="min")
    return pd.DataFrame({"application": [number for number, _ in rows], column: at.astype("datetime64[us]")})


@given(events=MOMENTS, heard=MOMENTS, hours=st.integers(0, 8))
def test_the_as_of_join_never_looks_ahead_and_keeps_every_row(
    events: list[tuple[int, int]], heard: list[tuple[int, int]], hours: int
) -> None:
    decisions = frame(events, "decided").set_index(pd.Index(range(100, 100 + len(events)))[::-1])
    readings = frame(sorted(set(heard)), "at")
    readings["damp"] = np.arange(len(readings)) + 0.5
    joined = as_of(decisions, readings, hours)
    assert list(joined.index) == list(decisions.index)
    assert list(joined["application"]) == list(decisions["application"])
    for row in joined.itertuples():
        own = readings[(readings["application"] == row.application) & (readings["at"] <= row.decided)]
        own = own[own["at"] >= row.decided - pd.Timedelta(hours=hours)]
        if len(own):
            assert row.damp == own.sort_values("at")["damp"].iloc[-1]
            assert row.at <= row.decided
        else:
            assert np.isnan(row.damp)


@given(events=MOMENTS, heard=MOMENTS)
def test_what_comes_later_changes_nothing(events: list[tuple[int, int]], heard: list[tuple[int, int]]) -> None:
    decisions, readings = frame(events, "decided"), frame(sorted(set(heard)), "at")
    readings["damp"] = 1.0
    last = decisions["decided"].max()
    changed = readings.assign(damp=readings["damp"].where(readings["at"] <= last, -9.0))
    pd.testing.assert_frame_equal(as_of(decisions, readings, 3), as_of(decisions, changed, 3))


def test_a_negative_tolerance_is_named() -> None:
    with pytest.raises(HurdlesError, match="-1"):
        as_of(pd.DataFrame(), pd.DataFrame(), -1)


@given(st.text())
def test_a_tidy_address_stays_as_it_is(text: str) -> None:
    once = tidy_address(text)
    assert tidy_address(once) == once
    assert once == " ".join(once.split())


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("12 Mill Rd., Quincy", "12 MILL ROAD QUINCY"),
        (" 12  mill road - QUINCY", "12 MILL ROAD QUINCY"),
        ("9 East Stone Ave", "9 EAST STONE AVENUE"),
        ("", ""),
        (None, ""),
        (float("nan"), ""),
    ],
)
def test_tidy_address(text: object, key: str) -> None:
    assert tidy_address(text) == key


def test_near_pairs_respect_the_house_number_and_serve_once() -> None:
    left = ["12 MIL ROAD QUINCY", "12 MLL ROAD QUINCY", "7 OAK STREET LYNN"]
    right = ["12 MILL ROAD QUINCY", "17 OAK STREET LYNN"]
    pairs = fuzzy_pairs(left, right)
    assert list(pairs.values()) == ["12 MILL ROAD QUINCY"]
    blind = fuzzy_pairs(left, right, same_start=False)
    assert blind["7 OAK STREET LYNN"] == "17 OAK STREET LYNN"
    assert fuzzy_pairs(left, right, cutoff=100) == {}
    assert fuzzy_pairs([], right) == {}


def test_match_quality_counts_strangers_as_wrong() -> None:
    matched = pd.Series([1, 2, None, 3], dtype="Int64")
    owners = pd.Series([1, 9, 4, None], dtype="Int64")
    assert match_quality(matched, owners).to_dict() == {"right": 1, "somebody else's": 2, "not matched": 1}
