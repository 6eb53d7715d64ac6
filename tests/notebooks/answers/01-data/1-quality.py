"""Answers to 01-data/1-quality: right ones in different styles, and the misconceptions its tests must catch."""

from __future__ import annotations

import numpy as np
import pandas as pd
from notebooks.bank import right, trap

# The notebook's own, from its setup cell; named here so that a linter knows them.
CODES = [666, 999, 999999.4, 1_000_000]
KNOWN_LATER = ["action", "approve", "typur", "inson", "review"]
RULES = {"loan_within_price": "", "ratio_agrees": "", "housing_within_total": "", "units_agree": ""}


# --- find_sentinels -------------------------------------------------------------------------------


@right("find_sentinels")
def sentinels_by_loops(frame):
    from collections import Counter

    result = {}
    for name in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[name]) or frame[name].dtype == bool:
            continue
        values = [float(v) for v in frame[name].tolist() if not pd.isna(v)]
        counts = Counter(v for v in values if all(abs(v - c) > 0.1 for c in CODES))
        biggest = max([abs(v) for v in counts], default=0)
        for code in CODES:
            n = sum(abs(v - code) <= 0.1 for v in values)
            rivals = [k for v, k in counts.items() if code / 2 <= v <= 2 * code]
            if n and (code > 10 * biggest or (n >= 5 and all(n > 5 * k for k in rivals))):
                result[name] = (*result.get(name, ()), code)
    return result


@right("find_sentinels")
def sentinels_as_stored_and_every_column_named(frame):
    """Return the values as the file stores them, and an empty list for columns without any."""
    out = {}
    for name, column in frame.items():
        out[name] = []
        if column.dtype.kind not in "iuf" and str(column.dtype) != "Int64":
            continue
        x = column.to_numpy(dtype=float, na_value=np.nan)
        x = x[~np.isnan(x)]
        is_code = np.zeros(len(x), dtype=bool)
        for code in CODES:
            is_code |= np.isclose(x, code, rtol=0, atol=0.1)
        rest = x[~is_code]
        for code in CODES:
            held = x[np.isclose(x, code, rtol=0, atol=0.1)]
            if len(held) == 0:
                continue
            near = rest[(rest >= code / 2) & (rest <= code * 2)]
            top = np.unique(near, return_counts=True)[1].max() if len(near) else 0
            if code > 10 * np.max(np.abs(rest), initial=0) or (len(held) >= 5 and top * 5 < len(held)):
                out[name].append(held[0])
    return out


@trap("find_sentinels", message="co_income: 666 is reported")
def every_666_is_a_sentinel(frame):
    numeric = frame.select_dtypes("number")
    found = {c: [k for k in CODES if ((numeric[c] - k).abs() < 0.1).any()] for c in numeric}
    return {c: codes for c, codes in found.items() if codes}


@trap("find_sentinels", message="appraisal: 999 is reported.*deviations")
def outliers_by_deviations(frame):
    found = {}
    for name in frame.select_dtypes("number"):
        x = frame[name].dropna().astype(float)
        for code in CODES:
            if ((x - code).abs() < 0.1).any() and abs(code - x.mean()) > 3 * x.std():
                found.setdefault(name, []).append(code)
    return found


@trap("find_sentinels", message="assets: 666 is not reported.*size cannot show it")
def only_what_towers(frame):
    found = {}
    for name in frame.select_dtypes("number"):
        x = frame[name].dropna().astype(float)
        is_code = np.logical_or.reduce([(x - c).abs() < 0.1 for c in CODES])
        for code in CODES:
            if ((x - code).abs() < 0.1).any() and code > 10 * x[~is_code].abs().max():
                found.setdefault(name, []).append(code)
    return found


@trap("find_sentinels", message="income: 666 is not reported. 48 is more frequent")
def spike_against_the_whole_column(frame):
    found = {}
    for name in frame.select_dtypes("number"):
        x = frame[name].dropna().astype(float)
        is_code = np.logical_or.reduce([(x - c).abs() < 0.1 for c in CODES])
        rest = x[~is_code]
        most = rest.value_counts().max() if len(rest) else 0
        for code in CODES:
            n = ((x - code).abs() < 0.1).sum()
            if n and (code > 10 * rest.abs().max() or (n >= 5 and n > 5 * most)):
                found.setdefault(name, []).append(code)
    return found


@trap("find_sentinels", message="price: 666 is reported.*A count means nothing alone")
def whatever_recurs(frame):
    found = {}
    for name in frame.select_dtypes("number"):
        x = frame[name].dropna().astype(float)
        is_code = np.logical_or.reduce([(x - c).abs() < 0.1 for c in CODES])
        for code in CODES:
            n = ((x - code).abs() < 0.1).sum()
            if n and (code > 10 * x[~is_code].abs().max() or n >= 5):
                found.setdefault(name, []).append(code)
    return found


@trap("find_sentinels", message="guidelines: 666 is not reported")
def only_what_spikes(frame):
    found = {}
    for name in frame.select_dtypes("number"):
        x = frame[name].dropna().astype(float)
        is_code = np.logical_or.reduce([(x - c).abs() < 0.1 for c in CODES])
        rest = x[~is_code]
        for code in CODES:
            n = ((x - code).abs() < 0.1).sum()
            near = rest[rest.between(code / 2, code * 2)].value_counts().max()
            if n >= 5 and not near >= n / 5:
                found.setdefault(name, []).append(code)
    return found


@trap("find_sentinels", message="credit_lines: 1000000 is reported.*too wide")
def tolerance_too_wide(frame):
    found = {}
    for name in frame.select_dtypes("number"):
        x = frame[name].dropna().astype(float)
        is_code = np.logical_or.reduce([np.isclose(x, c) for c in CODES])
        rest = x[~is_code]
        for code in CODES:
            n = np.isclose(x, code).sum()
            near = rest[rest.between(code / 2, code * 2)].value_counts().max()
            if n and (code > 10 * rest.abs().max() or (n >= 5 and not near >= n / 5)):
                found.setdefault(name, []).append(code)
    return found


@trap("find_sentinels", message="credit_lines: 999999.4 is not reported.*tolerance of 0.1")
def exact_equality(frame):
    found = {}
    for name in frame.select_dtypes("number"):
        x = frame[name].dropna().astype(float)
        rest = x[~x.isin(CODES)]
        for code in CODES:
            n = (x == code).sum()
            near = rest[rest.between(code / 2, code * 2)].value_counts().max()
            if n and (code > 10 * rest.abs().max() or (n >= 5 and not near >= n / 5)):
                found.setdefault(name, []).append(code)
    return found


@trap("find_sentinels", message="children: 666 is not reported. The 999 in the same column is a code")
def other_codes_taken_for_values(frame):
    found = {}
    for name in frame.select_dtypes("number"):
        x = frame[name].dropna().astype(float)
        for code in CODES:
            held = (x - code).abs() < 0.1
            rest = x[~held]
            near = rest[rest.between(code / 2, code * 2)].value_counts().max()
            if held.any() and (code > 10 * rest.abs().max() or (held.sum() >= 5 and not near >= held.sum() / 5)):
                found.setdefault(name, []).append(code)
    return found


@trap("find_sentinels", message="The frame has no column appinc.*look at the frame you are given")
def codes_by_heart(frame):
    return {
        "appinc": [666],
        "gdlin": [666],
        "review": [999],
        "lines": [999999.4],
        "term": [999999.4],
        "liq": [1_000_000],
    }


@trap("find_sentinels", message="visits: 999 is not reported, but the other.*Only their types differ")
def decimals_only(frame):
    found = {}
    for name in frame.select_dtypes("float"):
        x = frame[name].dropna()
        is_code = np.logical_or.reduce([(x - c).abs() < 0.1 for c in CODES])
        rest = x[~is_code]
        for code in CODES:
            n = ((x - code).abs() < 0.1).sum()
            near = rest[rest.between(code / 2, code * 2)].value_counts().max()
            if n and (not len(rest) or code > 10 * rest.abs().max() or (n >= 5 and not near >= n / 5)):
                found.setdefault(name, []).append(code)
    return found


@trap("find_sentinels", message="calls: 999 is not reported, but the other.*Only their types differ")
def whole_numbers_only(frame):
    found = {}
    for name in frame.select_dtypes("integer"):
        x = frame[name].dropna().astype(float)
        is_code = np.logical_or.reduce([(x - c).abs() < 0.1 for c in CODES])
        rest = x[~is_code]
        for code in CODES:
            n = ((x - code).abs() < 0.1).sum()
            near = rest[rest.between(code / 2, code * 2)].value_counts().max()
            if n and (not len(rest) or code > 10 * rest.abs().max() or (n >= 5 and not near >= n / 5)):
                found.setdefault(name, []).append(code)
    return found


@trap("find_sentinels", message="Not a mean or a median")
def towers_over_the_median(frame):
    found = {}
    for column in frame.select_dtypes("number"):
        values = frame[column].dropna().astype(float)
        holds = {code: (values - code).abs() < 0.1 for code in CODES}
        ordinary = values[~np.logical_or.reduce(list(holds.values()))]
        largest = ordinary.abs().median() if len(ordinary) else 0
        for code, rows in holds.items():
            near = ordinary[ordinary.between(code / 2, code * 2)].value_counts().max()
            spikes = rows.sum() >= 5 and not near >= rows.sum() / 5
            if rows.any() and (code > 10 * largest or spikes):
                found.setdefault(column, []).append(code)
    return found


@trap("find_sentinels", message="Take absolute values")
def forgets_the_sign(frame):
    found = {}
    for column in frame.select_dtypes("number"):
        values = frame[column].dropna().astype(float)
        holds = {code: (values - code).abs() < 0.1 for code in CODES}
        ordinary = values[~np.logical_or.reduce(list(holds.values()))]
        largest = ordinary.max() if len(ordinary) else 0
        for code, rows in holds.items():
            near = ordinary[ordinary.between(code / 2, code * 2)].value_counts().max()
            spikes = rows.sum() >= 5 and not near >= rows.sum() / 5
            if rows.any() and (code > 10 * largest or spikes):
                found.setdefault(column, []).append(code)
    return found


@trap("find_sentinels", message="Neighbours begin at code / 2")
def neighbours_above_only(frame):
    found = {}
    for column in frame.select_dtypes("number"):
        values = frame[column].dropna().astype(float)
        holds = {code: (values - code).abs() < 0.1 for code in CODES}
        ordinary = values[~np.logical_or.reduce(list(holds.values()))]
        largest = ordinary.abs().max() if len(ordinary) else 0
        for code, rows in holds.items():
            near = ordinary[ordinary.between(code, code * 2)].value_counts().max()
            spikes = rows.sum() >= 5 and not near >= rows.sum() / 5
            if rows.any() and (code > 10 * largest or spikes):
                found.setdefault(column, []).append(code)
    return found


@trap("find_sentinels", message="Neighbours reach up to code")
def neighbours_below_only(frame):
    found = {}
    for column in frame.select_dtypes("number"):
        values = frame[column].dropna().astype(float)
        holds = {code: (values - code).abs() < 0.1 for code in CODES}
        ordinary = values[~np.logical_or.reduce(list(holds.values()))]
        largest = ordinary.abs().max() if len(ordinary) else 0
        for code, rows in holds.items():
            near = ordinary[ordinary.between(code / 2, code)].value_counts().max()
            spikes = rows.sum() >= 5 and not near >= rows.sum() / 5
            if rows.any() and (code > 10 * largest or spikes):
                found.setdefault(column, []).append(code)
    return found


@trap("find_sentinels", message="these 5 are enough")
def wants_six_rows(frame):
    found = {}
    for column in frame.select_dtypes("number"):
        values = frame[column].dropna().astype(float)
        holds = {code: (values - code).abs() < 0.1 for code in CODES}
        ordinary = values[~np.logical_or.reduce(list(holds.values()))]
        largest = ordinary.abs().max() if len(ordinary) else 0
        for code, rows in holds.items():
            near = ordinary[ordinary.between(code / 2, code * 2)].value_counts().max()
            spikes = rows.sum() >= 6 and not near >= rows.sum() / 5
            if rows.any() and (code > 10 * largest or spikes):
                found.setdefault(column, []).append(code)
    return found


@trap("find_sentinels", message="these 4 are too few")
def takes_four_rows(frame):
    found = {}
    for column in frame.select_dtypes("number"):
        values = frame[column].dropna().astype(float)
        holds = {code: (values - code).abs() < 0.1 for code in CODES}
        ordinary = values[~np.logical_or.reduce(list(holds.values()))]
        largest = ordinary.abs().max() if len(ordinary) else 0
        for code, rows in holds.items():
            near = ordinary[ordinary.between(code / 2, code * 2)].value_counts().max()
            spikes = rows.sum() >= 4 and not near >= rows.sum() / 5
            if rows.any() and (code > 10 * largest or spikes):
                found.setdefault(column, []).append(code)
    return found


@trap("find_sentinels", message="6 are not fewer than 20 / 5")
def half_as_frequent(frame):
    found = {}
    for column in frame.select_dtypes("number"):
        values = frame[column].dropna().astype(float)
        holds = {code: (values - code).abs() < 0.1 for code in CODES}
        ordinary = values[~np.logical_or.reduce(list(holds.values()))]
        largest = ordinary.abs().max() if len(ordinary) else 0
        for code, rows in holds.items():
            near = ordinary[ordinary.between(code / 2, code * 2)].value_counts().max()
            spikes = rows.sum() >= 5 and not near >= rows.sum() / 2
            if rows.any() and (code > 10 * largest or spikes):
                found.setdefault(column, []).append(code)
    return found


@trap("find_sentinels", message="666.4 is no code")
def rounds_to_whole_numbers(frame):
    found = {}
    for column in frame.select_dtypes("number"):
        values = frame[column].dropna().astype(float)
        holds = {
            code: values.round() == round(code) if code != 999999.4 else (values - code).abs() < 0.1 for code in CODES
        }
        ordinary = values[~np.logical_or.reduce(list(holds.values()))]
        largest = ordinary.abs().max() if len(ordinary) else 0
        for code, rows in holds.items():
            near = ordinary[ordinary.between(code / 2, code * 2)].value_counts().max()
            spikes = rows.sum() >= 5 and not near >= rows.sum() / 5
            if rows.any() and (code > 10 * largest or spikes):
                found.setdefault(column, []).append(code)
    return found


@trap("find_sentinels", message="int32 is a number, too")
def two_types_only(frame):
    found = {}
    for column in frame.select_dtypes(["int64", "Int64", "float64"]):
        values = frame[column].dropna().astype(float)
        holds = {code: (values - code).abs() < 0.1 for code in CODES}
        ordinary = values[~np.logical_or.reduce(list(holds.values()))]
        largest = ordinary.abs().max() if len(ordinary) else 0
        for code, rows in holds.items():
            near = ordinary[ordinary.between(code / 2, code * 2)].value_counts().max()
            spikes = rows.sum() >= 5 and not near >= rows.sum() / 5
            if rows.any() and (code > 10 * largest or spikes):
                found.setdefault(column, []).append(code)
    return found


# --- clean ----------------------------------------------------------------------------------------


@right("clean")
def clean_by_loops(frame, sentinels=None):
    """Go cell by cell, from the last column to the first, and give None for a gap."""
    data = {}
    for name in reversed(list(frame.columns)):
        if name in KNOWN_LATER:
            continue
        codes = sentinels.get(name, [])
        column = []
        for value in frame[name].tolist():
            is_gap = value is None or value != value or any(abs(value - code) < 0.1 for code in codes)
            column.append(None if is_gap else value)
        data[name] = column
    return pd.DataFrame(data, index=frame.index)


@right("clean")
def clean_with_nullable_types(frame, sentinels=None):
    out = frame[[c for c in frame.columns if c not in KNOWN_LATER]].convert_dtypes()
    for name in out.columns:
        for code in sentinels.get(name, ()):
            hit = np.isclose(frame[name].to_numpy(dtype=float), code, rtol=0, atol=0.1)
            out[name] = out[name].where(~hit, pd.NA)
    return out


@right("clean")
def clean_by_assignment(frame, sentinels=None):
    out = frame.copy()
    for name, codes in sentinels.items():
        out[name] = out[name].astype("float64")
        for code in codes:
            out.loc[np.abs(out[name] - code) < 0.1, name] = np.nan
    for name in KNOWN_LATER:
        if name in out:
            del out[name]
    return out


@trap("clean", message=r"rows where \d+ went in.*dropping rows with gaps")
def drops_every_row_with_a_gap(frame, sentinels=None):
    out = frame.drop(columns=KNOWN_LATER, errors="ignore")
    for name in set(sentinels) & set(out):
        for code in sentinels[name]:
            out[name] = out[name].astype(float).mask((out[name] - code).abs() < 0.1)
    return out.dropna()


@trap("clean", message="a gap has become 0.*Zero is a claim")
def fills_with_zero(frame, sentinels=None):
    out = frame.drop(columns=KNOWN_LATER, errors="ignore")
    for name in set(sentinels) & set(out):
        for code in sentinels[name]:
            out[name] = out[name].astype(float).mask((out[name] - code).abs() < 0.1)
    numeric = out.select_dtypes("number").columns
    return out.assign(**out[numeric].fillna(0))


@trap("clean", message="which nobody ever wrote in the file.*belongs in the model's pipeline")
def fills_with_the_median(frame, sentinels=None):
    out = frame.drop(columns=KNOWN_LATER, errors="ignore")
    for name in set(sentinels) & set(out):
        for code in sentinels[name]:
            out[name] = out[name].astype(float).mask((out[name] - code).abs() < 0.1)
    return out.fillna(out.mean(numeric_only=True))


@trap("clean", message="still has what is written later: .*Nobody knows it")
def keeps_what_is_known_later(frame, sentinels=None):
    out = frame.copy()
    for name in sentinels:
        for code in sentinels[name]:
            out[name] = out[name].astype(float).mask((out[name] - code).abs() < 0.1)
    return out


@trap("clean", message="666 went in and 666 came out.*not a value")
def takes_666_for_a_value(frame, sentinels=None):
    return frame.drop(columns=KNOWN_LATER, errors="ignore")


@trap("clean", message="the true value .* has been wiped out")
def wipes_codes_everywhere(frame, sentinels=None):
    out = frame.drop(columns=KNOWN_LATER, errors="ignore")
    for name in out.select_dtypes("number"):
        for codes in sentinels.values():
            for code in codes:
                out[name] = out[name].astype(float).mask((out[name] - code).abs() < 0.1)
    return out


@trap("clean", message="lines, row .*still 999999.375.*tolerance of 0.1")
def replaces_by_equality(frame, sentinels=None):
    out = frame.drop(columns=KNOWN_LATER, errors="ignore")
    for name in set(sentinels) & set(out):
        out[name] = out[name].astype(float).replace(dict.fromkeys(sentinels[name], np.nan))
    return out


@trap("clean", message="has no column .*Only columns of KNOWN_LATER go")
def drops_columns_with_gaps(frame, sentinels=None):
    out = frame.drop(columns=KNOWN_LATER, errors="ignore")
    for name in set(sentinels) & set(out):
        for code in sentinels[name]:
            out[name] = out[name].astype(float).mask((out[name] - code).abs() < 0.1)
    return out.dropna(axis="columns")


@trap("clean", message="reject is gone from the result")
def drops_the_label(frame, sentinels=None):
    out = frame.drop(columns=[*KNOWN_LATER, "reject"], errors="ignore")
    for name in set(sentinels) & set(out):
        for code in sentinels[name]:
            out[name] = out[name].astype(float).mask((out[name] - code).abs() < 0.1)
    return out


@trap("clean", message="visits, row .*Take columns and codes from sentinels")
def cleans_known_codes_only(frame, sentinels=None):
    out = frame.drop(columns=KNOWN_LATER, errors="ignore")
    for name in set(sentinels) & set(out):
        for code in CODES:
            if code in sentinels[name]:
                out[name] = out[name].astype(float).mask((out[name] - code).abs() < 0.1)
    return out


@trap("clean", message="The index labels of .* changed from .*looks rows up by label")
def numbers_the_rows_afresh(frame, sentinels=None):
    out = frame.drop(columns=KNOWN_LATER, errors="ignore")
    for name in set(sentinels) & set(out):
        for code in sentinels[name]:
            out[name] = out[name].astype(float).mask((out[name] - code).abs() < 0.1)
    return out.reset_index(drop=True)


@trap("clean", message="a column that did not go in: index\\. reset_index\\(\\) made")
def makes_the_index_a_column(frame, sentinels=None):
    out = frame.drop(columns=KNOWN_LATER, errors="ignore")
    for name in set(sentinels) & set(out):
        for code in sentinels[name]:
            out[name] = out[name].astype(float).mask((out[name] - code).abs() < 0.1)
    return out.reset_index()


@trap("clean", message="a column that did not go in: .*takes out and adds nothing")
def adds_indicators(frame, sentinels=None):
    out = frame.drop(columns=KNOWN_LATER, errors="ignore")
    for name in set(sentinels) & set(out):
        for code in sentinels[name]:
            out[name] = out[name].astype(float).mask((out[name] - code).abs() < 0.1)
    return out.assign(**{f"{name}_known": out[name].notna() for name in sentinels if name in out})


@trap("clean", message="The rows came back in another order.*do not sort")
def sorts_the_rows(frame, sentinels=None):
    out = frame.drop(columns=KNOWN_LATER, errors="ignore")
    for name in set(sentinels) & set(out):
        for code in sentinels[name]:
            out[name] = out[name].astype(float).mask((out[name] - code).abs() < 0.1)
    return out.sort_values("reject" if "visits" in out else "income", ascending=False)


@trap("clean", message="has no column (town|purpose).*Text stays")
def keeps_numeric_columns_only(frame, sentinels=None):
    out = frame.drop(columns=KNOWN_LATER, errors="ignore")
    for name in set(sentinels) & set(out):
        for code in sentinels[name]:
            out[name] = out[name].astype(float).mask((out[name] - code).abs() < 0.1)
    return out.select_dtypes("number")


@trap("clean", message="the code 666 has become 'missing', which is text and no gap")
def writes_missing_for_a_code(frame, sentinels=None):
    out = frame.drop(columns=KNOWN_LATER, errors="ignore")
    for name in set(sentinels) & set(out):
        out[name] = [
            "missing" if any(abs(value - code) < 0.1 for code in sentinels[name]) else value for value in out[name]
        ]
    return out


@trap("clean", message="the code 666 has become .*Nobody knows the true value")
def puts_the_median_for_a_code(frame, sentinels=None):
    out = frame.drop(columns=KNOWN_LATER, errors="ignore")
    for name in set(sentinels) & set(out):
        for code in sentinels[name]:
            held = (out[name] - code).abs() < 0.1
            out[name] = out[name].astype(float).mask(held, out[name][~held].median())
    return out


@trap("clean", message="clean changed argument 1 in place")
def cleans_the_frame_itself(frame, sentinels=None):
    frame.drop(columns=KNOWN_LATER, errors="ignore", inplace=True)
    for name in set(sentinels) & set(frame):
        for code in sentinels[name]:
            frame[name] = frame[name].astype(float).mask((frame[name] - code).abs() < 0.1)
    return frame


@trap("clean", message="neither those a little further off, nor all larger ones")
def half_a_unit_is_close_enough(frame, sentinels):
    cleaned = frame.drop(columns=KNOWN_LATER, errors="ignore")
    for column, codes in sentinels.items():
        if column in cleaned:
            values = cleaned[column].astype(float)
            for code in codes:
                values = values.mask((values - code).abs() < 0.5)
            cleaned[column] = values
    return cleaned


@trap("clean", message="A column of nothing but gaps stays")
def drops_empty_columns(frame, sentinels):
    cleaned = frame.drop(columns=KNOWN_LATER, errors="ignore")
    for column, codes in sentinels.items():
        if column in cleaned:
            values = cleaned[column].astype(float)
            for code in codes:
                values = values.mask((values - code).abs() < 0.1)
            cleaned[column] = values
    return cleaned.dropna(axis=1, how="all")


# --- violations -----------------------------------------------------------------------------------


@right("violations")
def violations_by_loops(frame):
    import math

    lines = {"rule": [], "row": []}
    for label, row in frame.iterrows():
        amount, price, unit, multi = row["loanamt"], row["price"], row["unit"], row["multi"]
        broken = [
            ("housing_within_total", row["hrat"] > row["obrat"]),
            ("loan_within_price", amount > price),
            ("ratio_agrees", abs(amount / price - row["loanprc"]) > 0.01),
        ]
        if not math.isnan(unit) and not math.isnan(multi):
            broken.append(("units_agree", bool(multi) != (unit > 1)))
        for rule, is_broken in broken:
            if is_broken:
                lines["rule"].append(rule)
                lines["row"].append(label)
    return pd.DataFrame(lines)


@right("violations")
def violations_by_query_and_concat(frame):
    conditions = {
        "loan_within_price": "loanamt > price",
        "ratio_agrees": "abs(loanprc - loanamt / price) > 0.01",
        "housing_within_total": "hrat > obrat",
        "units_agree": "(multi == 1 and unit <= 1) or (multi == 0 and unit > 1)",
    }
    parts = [pd.DataFrame({"row": frame.query(c).index, "rule": rule, "why": c}) for rule, c in conditions.items()]
    return pd.concat(parts, ignore_index=True).sort_values(["row", "rule"])


@right("violations")
def violations_by_limits(frame):
    """Ask on both sides of the limit, and name only the rules that are not kept."""
    price, unit = frame["price"].where(frame["price"] > 0), frame["unit"]
    ratio = frame["loanamt"].div(price)
    known = frame[["unit", "multi"]].notna().all(axis=1)
    marks = pd.DataFrame(
        {
            "loan_within_price": frame["loanamt"].gt(frame["price"]),
            "ratio_agrees": ~frame["loanprc"].between(ratio - 0.01, ratio + 0.01)
            & frame["loanprc"].notna()
            & ratio.notna(),
            "housing_within_total": frame["hrat"].gt(frame["obrat"]),
            "units_agree": known & frame["multi"].eq(1).ne(unit.gt(1)),
        }
    )
    lines = marks.rename_axis(index="row", columns="rule").stack()
    return lines[lines].reset_index()[["row", "rule"]]


@right("violations")
def violations_by_isclose(frame):
    lines = []
    for label in frame.index:
        row = frame.loc[label]
        if row["loanamt"] > row["price"]:
            lines.append({"row": label, "rule": "loan_within_price"})
        ratio = row["loanamt"] / row["price"]
        if pd.notna(ratio) and pd.notna(row["loanprc"]) and not np.isclose(row["loanprc"], ratio, rtol=0, atol=0.01):
            lines.append({"row": label, "rule": "ratio_agrees"})
        if row["hrat"] > row["obrat"]:
            lines.append({"row": label, "rule": "housing_within_total"})
        if pd.notna(row["unit"]) and pd.notna(row["multi"]) and row["multi"] != int(row["unit"] > 1):
            lines.append({"row": label, "rule": "units_agree"})
    return pd.DataFrame(lines, columns=["row", "rule"])


@trap("violations", message="the label, not the position")
def gives_positions(frame):
    several = (frame["unit"] > 1).astype(float).mask(frame["unit"].isna())
    broken = {
        "loan_within_price": frame["loanamt"] > frame["price"],
        "ratio_agrees": (frame["loanprc"] - frame["loanamt"] / frame["price"]).abs() > 0.01,
        "housing_within_total": frame["hrat"] > frame["obrat"],
        "units_agree": (frame["multi"] - several).abs() > 0,
    }
    lines = [(i, rule) for rule, marks in broken.items() for i in np.flatnonzero(marks)]
    return pd.DataFrame(lines, columns=["row", "rule"])


@trap("violations", message="its (loanamt|loanprc|obrat|price) is missing")
def gaps_break_rules(frame):
    known = frame["unit"].notna() & frame["multi"].notna()
    kept = {
        "loan_within_price": frame["loanamt"] <= frame["price"],
        "ratio_agrees": (frame["loanprc"] - frame["loanamt"] / frame["price"]).abs() <= 0.01,
        "housing_within_total": frame["hrat"] <= frame["obrat"],
        "units_agree": ((frame["unit"] > 1) == (frame["multi"] == 1)) | ~known,
    }
    lines = [(row, rule) for rule, marks in kept.items() for row in frame.index[~marks]]
    return pd.DataFrame(lines, columns=["row", "rule"])


@trap("violations", message="It breaks several rules, and some are missing")
def first_rule_only(frame):
    several = (frame["unit"] > 1).astype(float).mask(frame["unit"].isna())
    lines = []
    for i, row in frame.iterrows():
        if row["loanamt"] > row["price"]:
            lines.append((i, "loan_within_price"))
        elif abs(row["loanprc"] - row["loanamt"] / row["price"]) > 0.01:
            lines.append((i, "ratio_agrees"))
        elif row["hrat"] > row["obrat"]:
            lines.append((i, "housing_within_total"))
        elif abs(row["multi"] - several[i]) > 0:
            lines.append((i, "units_agree"))
    return pd.DataFrame(lines, columns=["row", "rule"])


@trap("violations", message="Do not drop rows with gaps first")
def judges_whole_rows_only(frame):
    whole = frame.dropna()
    broken = {
        "loan_within_price": whole["loanamt"] > whole["price"],
        "ratio_agrees": (whole["loanprc"] - whole["loanamt"] / whole["price"]).abs() > 0.01,
        "housing_within_total": whole["hrat"] > whole["obrat"],
        "units_agree": (whole["unit"] > 1) != (whole["multi"] == 1),
    }
    lines = [(row, rule) for rule, marks in broken.items() for row in whole.index[marks]]
    return pd.DataFrame(lines, columns=["row", "rule"])


@trap("violations", message="comparing with == or !=")
def ratio_by_equality(frame):
    several = (frame["unit"] > 1).astype(float).mask(frame["unit"].isna())
    ratio = frame["loanamt"] / frame["price"]
    broken = {
        "loan_within_price": frame["loanamt"] > frame["price"],
        "ratio_agrees": frame["loanprc"] != ratio,
        "housing_within_total": frame["hrat"] > frame["obrat"],
        "units_agree": (frame["multi"] - several).abs() > 0,
    }
    lines = [(row, rule) for rule, marks in broken.items() for row in frame.index[marks]]
    return pd.DataFrame(lines, columns=["row", "rule"])


@trap("violations", message="keeps this rule: list those that break it")
def lists_what_keeps_the_rules(frame):
    several = (frame["unit"] > 1).astype(float).mask(frame["unit"].isna())
    kept = {
        "loan_within_price": frame["loanamt"] <= frame["price"],
        "ratio_agrees": (frame["loanprc"] - frame["loanamt"] / frame["price"]).abs() <= 0.01,
        "housing_within_total": frame["hrat"] <= frame["obrat"],
        "units_agree": frame["multi"] == several,
    }
    lines = [(row, rule) for rule, marks in kept.items() for row in frame.index[marks]]
    return pd.DataFrame(lines, columns=["row", "rule"])


@trap("violations", message='"at most" includes the limit')
def limit_breaks_the_rule(frame):
    several = (frame["unit"] > 1).astype(float).mask(frame["unit"].isna())
    broken = {
        "loan_within_price": frame["loanamt"] >= frame["price"],
        "ratio_agrees": (frame["loanprc"] - frame["loanamt"] / frame["price"]).abs() > 0.01,
        "housing_within_total": frame["hrat"] >= frame["obrat"],
        "units_agree": (frame["multi"] - several).abs() > 0,
    }
    lines = [(row, rule) for rule, marks in broken.items() for row in frame.index[marks]]
    return pd.DataFrame(lines, columns=["row", "rule"])


@trap("violations", message="Check the rule in both directions")
def one_direction_only(frame):
    broken = {
        "loan_within_price": frame["loanamt"] > frame["price"],
        "ratio_agrees": (frame["loanprc"] - frame["loanamt"] / frame["price"]).abs() > 0.01,
        "housing_within_total": frame["hrat"] > frame["obrat"],
        "units_agree": (frame["unit"] > 1) & (frame["multi"] == 0),
    }
    lines = [(row, rule) for rule, marks in broken.items() for row in frame.index[marks]]
    return pd.DataFrame(lines, columns=["row", "rule"])


@trap("violations", message="Name the columns even when there is nothing to list")
def nothing_without_columns(frame):
    several = (frame["unit"] > 1).astype(float).mask(frame["unit"].isna())
    broken = {
        "loan_within_price": frame["loanamt"] > frame["price"],
        "ratio_agrees": (frame["loanprc"] - frame["loanamt"] / frame["price"]).abs() > 0.01,
        "housing_within_total": frame["hrat"] > frame["obrat"],
        "units_agree": (frame["multi"] - several).abs() > 0,
    }
    return pd.DataFrame([{"row": i, "rule": rule} for rule, marks in broken.items() for i in frame.index[marks]])


@trap("violations", message="multi is missing.*NaN != 0 is True.*notna")
def gap_in_multi_breaks_the_rule(frame):
    broken = {
        "loan_within_price": frame["loanamt"] > frame["price"],
        "ratio_agrees": (frame["loanprc"] - frame["loanamt"] / frame["price"]).abs() > 0.01,
        "housing_within_total": frame["hrat"] > frame["obrat"],
        "units_agree": (frame["multi"] != (frame["unit"] > 1)) & frame["unit"].notna(),
    }
    lines = [(row, rule) for rule, marks in broken.items() for row in frame.index[marks]]
    return pd.DataFrame(lines, columns=["row", "rule"])


@trap("violations", message="but its unit is missing.*NaN > 1 is False")
def gap_in_unit_breaks_the_rule(frame):
    broken = {
        "loan_within_price": frame["loanamt"] > frame["price"],
        "ratio_agrees": (frame["loanprc"] - frame["loanamt"] / frame["price"]).abs() > 0.01,
        "housing_within_total": frame["hrat"] > frame["obrat"],
        "units_agree": ((frame["multi"] == 1) != (frame["unit"] > 1)) & frame["multi"].notna(),
    }
    lines = [(row, rule) for rule, marks in broken.items() for row in frame.index[marks]]
    return pd.DataFrame(lines, columns=["row", "rule"])


@trap("violations", message="loanprc 0.47, loanamt / price 0.5, not listed.*absolute difference")
def ratio_upwards_only(frame):
    several = (frame["unit"] > 1).astype(float).mask(frame["unit"].isna())
    broken = {
        "loan_within_price": frame["loanamt"] > frame["price"],
        "ratio_agrees": frame["loanprc"] - frame["loanamt"] / frame["price"] > 0.01,
        "housing_within_total": frame["hrat"] > frame["obrat"],
        "units_agree": (frame["multi"] - several).abs() > 0,
    }
    lines = [(row, rule) for rule, marks in broken.items() for row in frame.index[marks]]
    return pd.DataFrame(lines, columns=["row", "rule"])


@trap("violations", message="loanprc 0.53, loanamt / price 0.5, not listed.*absolute difference")
def ratio_downwards_only(frame):
    several = (frame["unit"] > 1).astype(float).mask(frame["unit"].isna())
    broken = {
        "loan_within_price": frame["loanamt"] > frame["price"],
        "ratio_agrees": frame["loanamt"] / frame["price"] - frame["loanprc"] > 0.01,
        "housing_within_total": frame["hrat"] > frame["obrat"],
        "units_agree": (frame["multi"] - several).abs() > 0,
    }
    lines = [(row, rule) for rule, marks in broken.items() for row in frame.index[marks]]
    return pd.DataFrame(lines, columns=["row", "rule"])


@trap("violations", message="off by rounding alone.*atol")
def ratio_by_isclose(frame):
    several = (frame["unit"] > 1).astype(float).mask(frame["unit"].isna())
    broken = {
        "loan_within_price": frame["loanamt"] > frame["price"],
        "ratio_agrees": ~np.isclose(frame["loanprc"], frame["loanamt"] / frame["price"]),
        "housing_within_total": frame["hrat"] > frame["obrat"],
        "units_agree": (frame["multi"] - several).abs() > 0,
    }
    lines = [(row, rule) for rule, marks in broken.items() for row in frame.index[marks]]
    return pd.DataFrame(lines, columns=["row", "rule"])


@trap("violations", message="differ by 0.008, and the limit")
def rounds_both_ratios(frame):
    several = (frame["unit"] > 1).astype(float).mask(frame["unit"].isna())
    broken = {
        "loan_within_price": frame["loanamt"] > frame["price"],
        "ratio_agrees": frame["loanprc"].round(2) != (frame["loanamt"] / frame["price"]).round(2),
        "housing_within_total": frame["hrat"] > frame["obrat"],
        "units_agree": (frame["multi"] - several).abs() > 0,
    }
    lines = [(row, rule) for rule, marks in broken.items() for row in frame.index[marks]]
    return pd.DataFrame(lines, columns=["row", "rule"])


@trap("violations", message="differ by 0.013, which is more.*Do not round")
def rounds_the_difference(frame):
    several = (frame["unit"] > 1).astype(float).mask(frame["unit"].isna())
    broken = {
        "loan_within_price": frame["loanamt"] > frame["price"],
        "ratio_agrees": (frame["loanprc"] - frame["loanamt"] / frame["price"]).abs().round(2) > 0.01,
        "housing_within_total": frame["hrat"] > frame["obrat"],
        "units_agree": (frame["multi"] - several).abs() > 0,
    }
    lines = [(row, rule) for rule, marks in broken.items() for row in frame.index[marks]]
    return pd.DataFrame(lines, columns=["row", "rule"])


@trap("violations", message='"within 0.01" includes the limit')
def ratio_at_the_limit_breaks_the_rule(frame):
    several = (frame["unit"] > 1).astype(float).mask(frame["unit"].isna())
    broken = {
        "loan_within_price": frame["loanamt"] > frame["price"],
        "ratio_agrees": (frame["loanprc"] - frame["loanamt"] / frame["price"]).abs() >= 0.01,
        "housing_within_total": frame["hrat"] > frame["obrat"],
        "units_agree": (frame["multi"] - several).abs() > 0,
    }
    lines = [(row, rule) for rule, marks in broken.items() for row in frame.index[marks]]
    return pd.DataFrame(lines, columns=["row", "rule"])


@trap("violations", message="holds a list in column rule.*one line per row and rule")
def one_line_per_row(frame):
    several = (frame["unit"] > 1).astype(float).mask(frame["unit"].isna())
    broken = {
        "loan_within_price": frame["loanamt"] > frame["price"],
        "ratio_agrees": (frame["loanprc"] - frame["loanamt"] / frame["price"]).abs() > 0.01,
        "housing_within_total": frame["hrat"] > frame["obrat"],
        "units_agree": (frame["multi"] - several).abs() > 0,
    }
    rules = [(row, [rule for rule in broken if broken[rule][row]]) for row in frame.index]
    return pd.DataFrame([line for line in rules if line[1]], columns=["row", "rule"])


@trap("violations", message="No row is listed under")
def finds_nothing(frame):
    return pd.DataFrame({"row": [], "rule": []})


@trap("violations", message=r"(too many: \[\(502, 'units_agree'\), |only \d+ different ones)")
def lists_a_row_twice(frame):
    several = (frame["unit"] > 1).astype(float).mask(frame["unit"].isna())
    marks = (frame["multi"] - several).abs() > 0
    broken = {
        "loan_within_price": frame["loanamt"] > frame["price"],
        "ratio_agrees": (frame["loanprc"] - frame["loanamt"] / frame["price"]).abs() > 0.01,
        "housing_within_total": frame["hrat"] > frame["obrat"],
    }
    pairs = [*broken.items(), ("units_agree", marks), ("units_agree", marks)]
    lines = [(row, rule) for rule, held in pairs for row in frame.index[held]]
    return pd.DataFrame(lines, columns=["row", "rule"])


# --- predict_reject -------------------------------------------------------------------------------


@right("predict_reject")
def boosting_with_native_gaps(train, test):
    from sklearn.ensemble import HistGradientBoostingClassifier

    use = train.columns.intersection(test.columns).difference(KNOWN_LATER)
    model = HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=8, random_state=0).fit(
        train[use], train["reject"]
    )
    return pd.Series(model.predict_proba(test[use])[:, 1], index=test.index)


@right("predict_reject")
def forest_with_indicator(train, test):
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    train = train.copy()
    label = train.pop("reject")
    use = [c for c in train if c in test and c not in KNOWN_LATER]
    forest = RandomForestClassifier(60, min_samples_leaf=3, class_weight="balanced", random_state=1)
    model = make_pipeline(SimpleImputer(add_indicator=True), forest).fit(train[use], label)
    return model.predict_proba(test[use])[:, [1]].tolist()


@right("predict_reject")
def logistic_by_hand(train, test):
    import math

    names = [n for n in test.columns if n in train.columns and n not in KNOWN_LATER]
    middle = train[names].median().fillna(0)
    spread = train[names].std().replace(0, 1).fillna(1)
    x = ((train[names].fillna(middle) - middle) / spread).to_numpy()
    x = np.column_stack([np.ones(len(x)), x])
    y = train["reject"].to_numpy()
    weights = np.zeros(x.shape[1])
    for _ in range(300):
        weights -= 0.3 * (x.T @ (1 / (1 + np.exp(-x @ weights)) - y) / len(y) + 0.001 * weights)
    chances = []
    for row in ((test[names].fillna(middle) - middle) / spread).to_numpy():
        score = weights[0] + sum(w * v for w, v in zip(weights[1:], row, strict=True))
        chances.append(float(1 / (1 + math.exp(-score))))
    return chances


@right("predict_reject")
def small_tree_on_plain_lists(train, test):
    """Be sure of some rows: a leaf of a tree may well say 0 or 1."""
    from sklearn.tree import DecisionTreeClassifier

    names = [name for name in test.columns if name in train.columns and name not in KNOWN_LATER]
    middle = {}
    for name in names:
        known = sorted(value for value in train[name] if value == value)
        middle[name] = known[len(known) // 2]

    def filled(frame):
        return [
            [v if v == v else middle[n] for n, v in zip(names, row, strict=True)] for row in frame[names].to_numpy()
        ]

    tree = DecisionTreeClassifier(max_depth=4, random_state=0).fit(filled(train), train["reject"].tolist())
    return [pair[1] for pair in tree.predict_proba(filled(test))]


@trap("predict_reject", message="nothing but the classes 0 and 1")
def classes_for_probabilities(train, test):
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    use = [c for c in test if c in train and c not in KNOWN_LATER]
    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()).fit(train[use], train["reject"])
    return model.predict(test[use])


@trap("predict_reject", message="The ranking is upside down")
def column_of_the_other_class(train, test):
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    use = [c for c in test if c in train and c not in KNOWN_LATER]
    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()).fit(train[use], train["reject"])
    return model.predict_proba(test[use])[:, 0]


@trap("predict_reject", message="hardly better than a coin")
def the_base_rate_for_everyone(train, test):
    return [train["reject"].mean()] * len(test)


@trap("predict_reject", message=r"has \d+ values for \d+ rows")
def drops_test_rows_with_a_gap(train, test):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    use = [c for c in test if c in train and c not in KNOWN_LATER]
    whole = train.dropna(subset=use)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(whole[use], whole["reject"])
    return model.predict_proba(test[use].dropna())[:, 1]


@trap("predict_reject", message="learned from whole rows only")
def drops_training_rows_with_a_gap(train, test):
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    use = [c for c in test if c in train and c not in KNOWN_LATER]
    whole = train.dropna(subset=use)
    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()).fit(whole[use], whole["reject"])
    return model.predict_proba(test[use])[:, 1]


@trap("predict_reject", message="far from all real ones, such as 0, flatten the model")
def fills_gaps_with_zero(train, test):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    use = [c for c in test if c in train and c not in KNOWN_LATER]
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(train[use].fillna(0), train["reject"])
    return model.predict_proba(test[use].fillna(0))[:, 1]


@trap("predict_reject", message="written after the decision, so a model that leans on them")
def keeps_action_and_typur(train, test):
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    use = [c for c in test if c in train]
    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()).fit(train[use], train["reject"])
    return model.predict_proba(test[use])[:, 1]


@trap("predict_reject", message="A scale or a weight is learned from test")
def scales_before_the_split(train, test):
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    use = [c for c in test if c in train and c not in KNOWN_LATER]
    middle = train[use].median()
    both = pd.concat([train[use], test[use]]).fillna(middle)
    scaled = StandardScaler().fit_transform(both)
    model = LogisticRegression().fit(scaled[: len(train)], train["reject"])
    return model.predict_proba(scaled[len(train) :])[:, 1]


@trap("predict_reject", message="gaps are filled from test's own values")
def fills_test_with_its_own_medians(train, test):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    use = [c for c in test if c in train and c not in KNOWN_LATER]
    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.fit(train[use].fillna(train[use].median()), train["reject"])
    filled = test[use].fillna(test[use].median()).fillna(train[use].median())
    return model.predict_proba(filled)[:, 1]


@trap("predict_reject", message="Two calls with the same input differ")
def draws_at_random(train, test):
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    use = [c for c in test if c in train and c not in KNOWN_LATER]
    model = make_pipeline(SimpleImputer(), ExtraTreesClassifier(20, min_samples_leaf=3, random_state=None))
    return model.fit(train[use], train["reject"]).predict_proba(test[use])[:, 1]


@trap("predict_reject", message="from the row above or below")
def fills_from_neighbouring_rows(train, test):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    use = [c for c in test.columns if c in train.columns and c not in [*KNOWN_LATER, "reject"]]
    middle = train[use].median()
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(train[use].fillna(middle), train["reject"])
    return model.predict_proba(test[use].ffill().fillna(middle))[:, 1]


@trap("predict_reject", message="choose the same ones by name")
def takes_columns_by_place(train, test):
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    use = [c for c in train.columns if c in test.columns and c not in [*KNOWN_LATER, "reject"]]
    model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression())
    model.fit(train[use].to_numpy(), train["reject"])
    return model.predict_proba(test.drop(columns=KNOWN_LATER, errors="ignore").to_numpy()[:, : len(use)])[:, 1]


@trap("predict_reject", message="left out because it has gaps")
def leaves_out_columns_with_gaps(train, test):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    shared = [c for c in test.columns if c in train.columns and c not in [*KNOWN_LATER, "reject"]]
    use = [c for c in shared if train[c].notna().all() and test[c].notna().all()]
    use = use or shared
    middle = train[use].median()
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(train[use].fillna(middle), train["reject"])
    return model.predict_proba(test[use].fillna(middle))[:, 1]
