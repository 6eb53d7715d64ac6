"""The simulated sources: the same every time, true to the real numbers, and readable in all three formats."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from hurdles.data.integration_sources import BUREAU, DESK, simulate, write_files
from hurdles.datasets import mortgage_columns, mortgages

SOURCES = simulate()
REAL = mortgages(cleaned=True)


def test_the_same_seed_gives_the_same_sources_and_another_seed_others() -> None:
    again, other = simulate(), simulate(seed=1)
    for name in ("applications", "reports", "readings", "notes"):
        pd.testing.assert_frame_equal(getattr(SOURCES, name), getattr(again, name))
        assert not getattr(SOURCES, name).equals(getattr(other, name))


def test_real_numbers_stay_real() -> None:
    pd.testing.assert_frame_equal(SOURCES.applications[[*DESK, "reject"]], REAL[[*DESK, "reject"]])
    own = SOURCES.reports.assign(application=SOURCES.owners).dropna(subset=["application"])
    newest = own.sort_values("pulled").drop_duplicates("application", keep="last").set_index("application")
    row = newest.index.astype(int) - 10_001
    assert (newest[list(BUREAU)].to_numpy() == REAL.loc[row, list(BUREAU)].to_numpy()).all()
    many = own["application"].value_counts().reindex(SOURCES.applications["application"], fill_value=0)
    assert (many.to_numpy() == REAL["rep"].fillna(1).to_numpy()).all()


def test_no_column_is_sensitive_or_written_after_the_decision() -> None:
    facts = mortgage_columns().loc[[*DESK, *BUREAU]]
    assert not facts["sensitive"].any()
    assert (facts["written"] == "applying").all()


def test_addresses_are_unique_and_reports_come_before_the_decision() -> None:
    applications = SOURCES.applications
    assert applications["address"].is_unique
    own = SOURCES.reports.assign(application=SOURCES.owners).dropna(subset=["application"])
    decided = applications.set_index("application")["decided"]
    assert (own["pulled"] < own["application"].map(decided)).all()


def test_before_the_decision_the_wall_tells_a_little_and_afterwards_all() -> None:
    joined = SOURCES.readings.merge(SOURCES.applications[["application", "decided", "reject"]], on="application")
    hours = (joined["at"] - joined["decided"]).dt.total_seconds() / 3600
    gap = {}
    for when, part in {"van": hours < -26, "before": (hours > -20) & (hours <= 0), "after": hours > 4}.items():
        means = joined[part].groupby("reject")["damp"].mean()
        gap[when] = means[1] - means[0]
    assert abs(gap["van"]) < 1
    assert 1.5 < gap["before"] < 4
    assert gap["after"] > 9


def test_the_files_hold_the_sources(tmp_path: Path) -> None:
    files = write_files(SOURCES, tmp_path)
    csv = duckdb.read_csv(str(files.applications)).df()
    assert csv["application"].tolist() == SOURCES.applications["application"].tolist()
    nested = duckdb.read_json(str(files.bureau))
    assert nested.columns == ["address", "pulled", "record"]
    flat = nested.select("address, pulled, record.*").df()
    assert flat["address"].tolist() == SOURCES.reports["address"].tolist()
    assert np.array_equal(flat[list(BUREAU)], SOURCES.reports[list(BUREAU)])
    for path, frame in ((files.readings, SOURCES.readings), (files.notes, SOURCES.notes)):
        pd.testing.assert_frame_equal(duckdb.read_parquet(str(path)).df(), frame, check_dtype=False)
