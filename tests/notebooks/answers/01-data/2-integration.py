"""Answers to 01-data/2-integration: right ones in different styles, and the misconceptions its tests must catch."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
from notebooks.bank import right, trap

# The notebook's own, from its setup cell; named here so that a linter knows it.
ABBREVIATIONS = {"ST": "STREET", "AVE": "AVENUE", "RD": "ROAD"}


# --- normalise_key --------------------------------------------------------------------------------


@right("normalise_key")
def key_by_pattern(text):
    import re

    if text is None or text != text:
        return ""
    key = re.sub(r"[\W_]+", " ", str(text)).upper().strip()
    for short, whole in ABBREVIATIONS.items():
        key = re.sub(rf"\b{short}\b", whole, key)
    return key


@right("normalise_key")
def key_letter_by_letter(text):
    words, word = [], ""
    for letter in (text if isinstance(text, str) else "") + " ":
        if letter.isalpha() or letter.isdigit():
            word += letter.upper()
        elif word:
            words.append(ABBREVIATIONS.get(word, word))
            word = ""
    return " ".join(words)


@trap("normalise_key", message="STREETO|ST was replaced inside other words")
def replaces_inside_words(text):
    if not isinstance(text, str):
        return ""
    key = " ".join("".join(c if c.isalnum() else " " for c in text.upper()).split())
    for short, whole in ABBREVIATIONS.items():
        key = key.replace(whole, short).replace(short, whole)
    return key


@trap("normalise_key", message="All gaps would then match each other")
def gap_becomes_a_text(text):
    words = "".join(c if c.isalnum() else " " for c in str(text).upper()).split()
    return " ".join(ABBREVIATIONS.get(word, word) for word in words)


@trap("normalise_key", message="A comma without a blank still separates")
def deletes_punctuation(text):
    if not isinstance(text, str):
        return ""
    words = "".join(c for c in text.upper() if c.isalnum() or c.isspace()).split()
    return " ".join(ABBREVIATIONS.get(word, word) for word in words)


@trap("normalise_key", message="the house number is gone")
def letters_only(text):
    if not isinstance(text, str):
        return ""
    words = "".join(c if c.isalpha() else " " for c in text.upper()).split()
    return " ".join(ABBREVIATIONS.get(word, word) for word in words)


@trap("normalise_key", message="zeros included")
def strips_zeros(text):
    if not isinstance(text, str):
        return ""
    words = "".join(c if c.isalnum() else " " for c in text.upper()).split()
    return " ".join(ABBREVIATIONS.get(word, word).strip("0") for word in words)


@trap("normalise_key", message="Take punctuation away before you look words up")
def looks_up_before_cleaning(text):
    if not isinstance(text, str):
        return ""
    words = " ".join(ABBREVIATIONS.get(word, word) for word in text.upper().split())
    return " ".join("".join(c if c.isalnum() else " " for c in words).split())


@trap("normalise_key", message="the words changed places")
def sorts_the_words(text):
    if not isinstance(text, str):
        return ""
    words = "".join(c if c.isalnum() else " " for c in text.upper()).split()
    return " ".join(sorted(ABBREVIATIONS.get(word, word) for word in words))


@trap("normalise_key", message="é is a letter, too")
def knows_english_letters_only(text):
    import re

    if not isinstance(text, str):
        return ""
    words = re.sub(r"[^A-Z0-9]+", " ", text.upper()).split()
    return " ".join(ABBREVIATIONS.get(word, word) for word in words)


@trap("normalise_key", message="An underscore separates words as well")
def underscore_is_a_letter(text):
    import re

    if not isinstance(text, str):
        return ""
    return " ".join(ABBREVIATIONS.get(word, word) for word in re.findall(r"\w+", text.upper()))


@trap("normalise_key", message="Write all letters as capitals")
def title_case(text):
    if not isinstance(text, str):
        return ""
    words = "".join(c if c.isalnum() else " " for c in text.upper()).split()
    return " ".join(ABBREVIATIONS.get(word, word) for word in words).title()


@trap("normalise_key", message="One blank between words, none at the ends")
def keeps_blanks(text):
    if not isinstance(text, str):
        return ""
    words = "".join(c if c.isalnum() else " " for c in text.upper()).split(" ")
    return " ".join(ABBREVIATIONS.get(word, word) for word in words)


@trap("normalise_key", message="sees no edge beside an underscore")
def abbreviations_before_underscores(text):
    import re

    if not isinstance(text, str):
        return ""
    text = text.upper()
    for short, long in ABBREVIATIONS.items():
        text = re.sub(rf"\b{short}\b", long, text)
    return re.sub(r"[\W_]+", " ", text).strip()


@trap("normalise_key", message="Letters are more than those of one language")
def french_letters_only(text):
    import re

    if not isinstance(text, str):
        return ""
    words = re.findall("[A-Z0-9À-Ý]+", text.upper())
    return " ".join(ABBREVIATIONS.get(word, word) for word in words)


@trap("normalise_key", message="look up one word after the other")
def replaces_between_blanks(text):
    if not isinstance(text, str):
        return ""
    text = " " + " ".join("".join(c if c.isalnum() else " " for c in text.upper()).split()) + " "
    for short, long in ABBREVIATIONS.items():
        text = text.replace(f" {short} ", f" {long} ")
    return text.strip()


@trap("normalise_key", message="A word that comes twice stays twice")
def each_word_once(text):
    if not isinstance(text, str):
        return ""
    words = "".join(c if c.isalnum() else " " for c in text.upper()).split()
    # One abbreviation twice would be told of first.
    kept = [w for i, w in enumerate(words) if w in ABBREVIATIONS or w not in words[:i]]
    return " ".join(ABBREVIATIONS.get(word, word) for word in kept)


# --- join_sources ---------------------------------------------------------------------------------


@right("join_sources")
def joins_in_sql(csv, json, parquet):
    return duckdb.sql(f"""
        with lines as (
            select ref, amount, row_number() over () as place
            from read_csv('{csv}', header = true, columns = {{'ref': 'VARCHAR', 'amount': 'DOUBLE'}})
        ), reports as (
            select distinct on (ref) ref, history.late as late, history.lines as lines
            from read_json('{json}') order by ref, pulled desc
        ), prices as (
            select ref, price from read_parquet('{parquet}')
            qualify row_number() over (partition by ref order by made desc) = 1
        )
        select lines.ref, amount, late, lines.lines, price from (
            select lines.*, late, reports.lines from lines left join reports using (ref)
        ) as lines left join prices using (ref) order by place
    """).df()


@right("join_sources")
def joins_by_dictionaries(csv, json, parquet):
    import csv as files
    import json as texts
    from pathlib import Path

    newest, rows = {}, []
    for report in texts.loads(Path(json).read_text()):
        if report["ref"] not in newest or newest[report["ref"]]["pulled"] < report["pulled"]:
            newest[report["ref"]] = report
    found = sorted(duckdb.read_parquet(parquet).select("made, ref, price").fetchall())
    prices = {ref: price for _, ref, price in found}
    with Path(csv).open() as file:
        for line in files.DictReader(file):
            history = newest.get(line["ref"], {"history": {}})["history"]
            rows.append(
                {
                    "price": prices.get(line["ref"]),
                    "ref": line["ref"],
                    "amount": float(line["amount"]) if line["amount"] else None,
                    "late": history.get("late"),
                    "lines": history.get("lines"),
                }
            )
    return pd.DataFrame(rows)


@trap("join_sources", message="An inner join drops them without a word")
def inner_join_drops_applicants(csv, json, parquet):
    lines = pd.read_csv(csv, dtype={"ref": str})
    reports = duckdb.read_json(json).select("ref, pulled, history.late, history.lines").df()
    prices = duckdb.read_parquet(parquet).df()
    reports = reports.sort_values("pulled").drop_duplicates("ref", keep="last")
    return lines.merge(reports, on="ref").merge(
        prices.sort_values("made").drop_duplicates("ref", keep="last"), on="ref"
    )


@trap("join_sources", message="multiply its rows")
def many_to_many(csv, json, parquet):
    lines = pd.read_csv(csv, dtype={"ref": str})
    reports = duckdb.read_json(json).select("ref, pulled, history.late, history.lines").df()
    prices = duckdb.read_parquet(parquet).df()
    return lines.merge(reports, on="ref", how="left").merge(prices, on="ref", how="left")


@trap("join_sources", message="Zeros at the start belong to a ref")
def refs_read_as_numbers(csv, json, parquet):
    lines = pd.read_csv(csv).astype({"ref": str})
    reports = duckdb.read_json(json).select("ref, pulled, history.late, history.lines").df()
    prices = duckdb.read_parquet(parquet).df()
    reports = reports.sort_values("pulled").drop_duplicates("ref", keep="last")
    prices = prices.sort_values("made").drop_duplicates("ref", keep="last")
    return lines.merge(reports, on="ref", how="left").merge(prices, on="ref", how="left")


@trap("join_sources", message="Did a key change its type or its zeros")
def keys_of_one_side_stripped(csv, json, parquet):
    lines = pd.read_csv(csv, dtype={"ref": str})
    reports = duckdb.read_json(json).select("ref, pulled, history.late, history.lines").df()
    prices = duckdb.read_parquet(parquet).df()
    reports["ref"] = reports["ref"].str.zfill(7)
    reports = reports.sort_values("pulled").drop_duplicates("ref", keep="last")
    prices = prices.sort_values("made").drop_duplicates("ref", keep="last")
    return lines.merge(reports, on="ref", how="left").merge(prices, on="ref", how="left")


@trap("join_sources", message="The order in the file is no order of time")
def first_report_in_the_file(csv, json, parquet):
    lines = pd.read_csv(csv, dtype={"ref": str})
    reports = duckdb.read_json(json).select("ref, pulled, history.late, history.lines").df().drop_duplicates("ref")
    prices = duckdb.read_parquet(parquet).df().sort_values("made").drop_duplicates("ref", keep="last")
    return lines.merge(reports, on="ref", how="left").merge(prices, on="ref", how="left")


@trap("join_sources", message="Something filled the gap")
def last_value_that_is_there(csv, json, parquet):
    lines = pd.read_csv(csv, dtype={"ref": str})
    reports = duckdb.read_json(json).select("ref, pulled, history.late, history.lines").df()
    prices = duckdb.read_parquet(parquet).df()
    reports = reports.sort_values("pulled").groupby("ref", as_index=False).last()
    prices = prices.sort_values("made").groupby("ref", as_index=False).last()
    return lines.merge(reports, on="ref", how="left").merge(prices, on="ref", how="left")


@trap("join_sources", message="Do not average or add up")
def averages_reports(csv, json, parquet):
    lines = pd.read_csv(csv, dtype={"ref": str})
    reports = duckdb.read_json(json).select("ref, history.late, history.lines").df()
    prices = duckdb.read_parquet(parquet).df()
    reports = reports.groupby("ref", as_index=False).agg({"late": "last", "lines": lambda x: x.mean() + 0.01})
    reports["late"] = np.nan
    newest = duckdb.read_json(json).select("ref, pulled, history.late").df().sort_values("pulled")
    reports = reports.drop(columns="late").merge(newest.drop_duplicates("ref", keep="last"), on="ref")
    prices = prices.sort_values("made").drop_duplicates("ref", keep="last")
    return lines.merge(reports, on="ref", how="left").merge(prices, on="ref", how="left")


@trap("join_sources", message="Nobody knows the value: leave a gap")
def fills_gaps_with_zero(csv, json, parquet):
    lines = pd.read_csv(csv, dtype={"ref": str})
    reports = duckdb.read_json(json).select("ref, pulled, history.late, history.lines").df()
    prices = duckdb.read_parquet(parquet).df()
    reports = reports.sort_values("pulled").drop_duplicates("ref", keep="last")
    prices = prices.sort_values("made").drop_duplicates("ref", keep="last")
    joined = lines.merge(reports, on="ref", how="left").merge(prices, on="ref", how="left")
    return joined.fillna({"late": 0, "lines": 0, "price": 0})


@trap("join_sources", message="Keep the order of the CSV")
def sorted_by_ref(csv, json, parquet):
    lines = pd.read_csv(csv, dtype={"ref": str})
    reports = duckdb.read_json(json).select("ref, pulled, history.late, history.lines").df()
    prices = duckdb.read_parquet(parquet).df()
    reports = reports.sort_values("pulled").drop_duplicates("ref", keep="last")
    prices = prices.sort_values("made").drop_duplicates("ref", keep="last")
    return lines.merge(reports, on="ref", how="left").merge(prices, on="ref", how="left").sort_values("ref")


@trap("join_sources", message="Somebody who did not apply came in")
def outer_join(csv, json, parquet):
    lines = pd.read_csv(csv, dtype={"ref": str})
    reports = duckdb.read_json(json).select("ref, pulled, history.late, history.lines").df()
    prices = duckdb.read_parquet(parquet).df()
    reports = reports.sort_values("pulled").drop_duplicates("ref", keep="last")
    prices = prices.sort_values("made").drop_duplicates("ref", keep="last")
    return lines.merge(reports, on="ref", how="outer").merge(prices, on="ref", how="left")


@trap("join_sources", message="Rows with a gap stay, too")
def drops_lines_without_amount(csv, json, parquet):
    lines = pd.read_csv(csv, dtype={"ref": str})
    reports = duckdb.read_json(json).select("ref, pulled, history.late, history.lines").df()
    prices = duckdb.read_parquet(parquet).df()
    reports = reports.sort_values("pulled").drop_duplicates("ref", keep="last")
    prices = prices.sort_values("made").drop_duplicates("ref", keep="last")
    joined = lines.merge(reports, on="ref", how="left").merge(prices, on="ref", how="left")
    return joined[joined["amount"].notna() | joined["lines"].isna() | joined["price"].isna()]


# --- latest_before --------------------------------------------------------------------------------


@right("latest_before")
def latest_by_loops(events, readings, tolerance):
    values = []
    for ref, at in zip(events["ref"], events["at"], strict=True):
        best, value = None, None
        for other, taken, seen in zip(readings["ref"], readings["at"], readings["value"], strict=True):
            age = (at - taken).total_seconds() / 3600
            if other == ref and 0 <= age <= tolerance and (best is None or taken > best):
                best, value = taken, seen
        values.append(value)
    return events.assign(value=values)


@right("latest_before")
def latest_in_sql(events, readings, tolerance):
    with duckdb.connect() as base:
        base.register("e", events.reset_index(drop=True).rename_axis("place").reset_index())
        base.register("r", readings)
        found = base.sql(f"""
            select place, arg_max(r.value, r."at") as value from e join r
            on e.ref = r.ref and r."at" <= e."at" and r."at" >= e."at" - interval '{int(tolerance * 60)} minutes'
            group by place
        """).df()
    return events.assign(value=pd.Series(range(len(events))).map(found.set_index("place")["value"]).to_numpy())


@right("latest_before")
def latest_by_search(events, readings, tolerance):
    out = events.copy()
    out["value"] = np.nan
    for ref, own in readings.sort_values("at").groupby("ref"):
        mine = np.flatnonzero((events["ref"] == ref).to_numpy())
        at = events["at"].iloc[mine]
        place = np.searchsorted(own["at"].to_numpy(), at.to_numpy(), side="right") - 1
        for row, when, i in zip(mine, at, place, strict=True):
            if i >= 0 and when - own["at"].iloc[i] <= pd.Timedelta(hours=tolerance):
                out.iloc[row, out.columns.get_loc("value")] = own["value"].iloc[i]
    return out


@trap("latest_before", message="never nearest or forward")
def nearest_looks_ahead(events, readings, tolerance):
    ordered = events.assign(_place=range(len(events))).sort_values("at")
    joined = pd.merge_asof(
        ordered,
        readings.sort_values("at"),
        on="at",
        by="ref",
        direction="nearest",
        tolerance=pd.Timedelta(hours=tolerance),
    )
    return joined.sort_values("_place").drop(columns="_place").set_axis(events.index)


@trap("latest_before", message="Each has a sensor of its own")
def any_sensor_will_do(events, readings, tolerance):
    ordered = events.assign(_place=range(len(events))).sort_values("at")
    right = readings.drop(columns="ref").sort_values("at")
    joined = pd.merge_asof(ordered, right, on="at", tolerance=pd.Timedelta(hours=tolerance))
    return joined.sort_values("_place").drop(columns="_place").set_axis(events.index)


@trap("latest_before", message="That is too old")
def no_tolerance(events, readings, tolerance):
    ordered = events.assign(_place=range(len(events))).sort_values("at")
    joined = pd.merge_asof(ordered, readings.sort_values("at"), on="at", by="ref")
    return joined.sort_values("_place").drop(columns="_place").set_axis(events.index)


@trap("latest_before", message="a reading of the very moment counts")
def strictly_before(events, readings, tolerance):
    ordered = events.assign(_place=range(len(events))).sort_values("at")
    joined = pd.merge_asof(
        ordered,
        readings.sort_values("at"),
        on="at",
        by="ref",
        allow_exact_matches=False,
        tolerance=pd.Timedelta(hours=tolerance),
    )
    return joined.sort_values("_place").drop(columns="_place").set_axis(events.index)


@trap("latest_before", message=r"Tolerance \d+ hours: .* got a gap")
def tolerance_in_minutes(events, readings, tolerance):
    ordered = events.assign(_place=range(len(events))).sort_values("at")
    joined = pd.merge_asof(
        ordered,
        readings.sort_values("at"),
        on="at",
        by="ref",
        tolerance=pd.Timedelta(minutes=tolerance),
    )
    return joined.sort_values("_place").drop(columns="_place").set_axis(events.index)


@trap("latest_before", message="Take the latest, not the first or the largest")
def earliest_in_the_window(events, readings, tolerance):
    values = []
    for ref, at in zip(events["ref"], events["at"], strict=True):
        age = at - readings["at"]
        fits = readings[(readings["ref"] == ref) & (age >= pd.Timedelta(0)) & (age <= pd.Timedelta(hours=tolerance))]
        values.append(fits.sort_values("at")["value"].iloc[0] if len(fits) else None)
        if (fits["at"] == at).any():
            values[-1] = fits.loc[fits["at"] == at, "value"].iloc[0]
    return events.assign(value=values)


@trap("latest_before", message="which is the value of no reading")
def average_of_the_window(events, readings, tolerance):
    values = []
    for ref, at in zip(events["ref"], events["at"], strict=True):
        age = at - readings["at"]
        fits = (readings["ref"] == ref) & (age >= pd.Timedelta(0)) & (age <= pd.Timedelta(hours=tolerance))
        values.append(readings.loc[fits, "value"].mean() + 0.123)
    return events.assign(value=values)


@trap("latest_before", message="Every event stays, with or without a reading")
def drops_events_without_a_reading(events, readings, tolerance):
    ordered = events.assign(_place=range(len(events))).sort_values("at")
    joined = pd.merge_asof(
        ordered, readings.sort_values("at"), on="at", by="ref", tolerance=pd.Timedelta(hours=tolerance)
    )
    joined = joined.sort_values("_place").drop(columns="_place").set_axis(events.index)
    return joined.dropna(subset=["value"])


@trap("latest_before", message="The index labels of .* changed from|came back in another order")
def leaves_them_sorted(events, readings, tolerance):
    return pd.merge_asof(
        events.sort_values("at"),
        readings.sort_values("at"),
        on="at",
        by="ref",
        tolerance=pd.Timedelta(hours=tolerance),
    )


@trap("latest_before", message="put them back afterwards, labels and rows together")
def sorted_rows_under_old_labels(events, readings, tolerance):
    joined = pd.merge_asof(
        events.sort_values("at"),
        readings.sort_values("at"),
        on="at",
        by="ref",
        tolerance=pd.Timedelta(hours=tolerance),
    )
    return joined.set_axis(events.index)


@trap("latest_before", message="changed argument 1 in place")
def writes_into_events(events, readings, tolerance):
    ordered = events.assign(_place=range(len(events))).sort_values("at")
    joined = pd.merge_asof(
        ordered, readings.sort_values("at"), on="at", by="ref", tolerance=pd.Timedelta(hours=tolerance)
    )
    events["value"] = joined.sort_values("_place")["value"].to_numpy()
    return events


@trap("latest_before", message="put events back by place, not by label")
def back_by_label(events, readings, tolerance):
    ordered = events.sort_values("at", kind="stable")
    sides = {"on": "at", "by": "ref", "tolerance": pd.Timedelta(hours=tolerance)}
    joined = pd.merge_asof(ordered, readings.sort_values("at"), **sides).set_axis(ordered.index)
    return joined.loc[events.index]


# --- top_terms ------------------------------------------------------------------------------------


@right("top_terms")
def terms_in_two_steps(notes, labels, k):
    from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

    frame = pd.DataFrame({"note": notes, "label": labels}).dropna()
    counter = CountVectorizer()
    weights = pd.DataFrame(
        TfidfTransformer().fit_transform(counter.fit_transform(frame["note"])).toarray(),
        columns=counter.get_feature_names_out(),
    )
    means = weights.groupby(frame["label"].to_numpy().astype(int)).mean()
    return (means.loc[1] - means.loc[0]).nlargest(k).index


@right("top_terms")
def terms_by_hand(notes, labels, k):
    import math
    import re
    from collections import Counter

    counts = {0: [], 1: []}
    for note, label in zip(notes, labels, strict=True):
        if label in (0, 1):
            counts[label].append(Counter(re.findall(r"\b\w\w+\b", note.lower())))
    every = counts[0] + counts[1]
    held = Counter(word for count in every for word in count)
    rare = {word: math.log((1 + len(every)) / (1 + n)) + 1 for word, n in held.items()}
    total = Counter()
    for label, sign in ((1, 1), (0, -1)):
        for count in counts[label]:
            raw = {word: n * rare[word] for word, n in count.items()}
            length = math.sqrt(sum(v * v for v in raw.values())) or 1
            for word, value in raw.items():
                total[word] += sign * value / length / len(counts[label])
    return [word for word, _ in total.most_common(k)]


@trap("top_terms", message="Vocabulary and weights of words come from labelled notes only")
def vocabulary_of_all_notes(notes, labels, k):
    from sklearn.feature_extraction.text import TfidfVectorizer

    reader = TfidfVectorizer().fit(notes)
    ones = reader.transform([n for n, v in zip(notes, labels, strict=True) if v == 1]).toarray()
    zeros = reader.transform([n for n, v in zip(notes, labels, strict=True) if v == 0]).toarray()
    order = np.argsort(-(ones.mean(axis=0) - zeros.mean(axis=0)))
    return reader.get_feature_names_out()[order[:k]].tolist()


@trap("top_terms", message="were learned from, and counted as label 0")
def tomorrow_is_zero(notes, labels, k):
    from sklearn.feature_extraction.text import TfidfVectorizer

    reader = TfidfVectorizer()
    weights = reader.fit_transform(notes).toarray()
    ones = np.array([label == 1 for label in labels])
    order = np.argsort(-(weights[ones].mean(axis=0) - weights[~ones].mean(axis=0)))
    return reader.get_feature_names_out()[order[:k]].tolist()


@trap("top_terms", message="Leave those notes out of both means")
def fitted_well_but_counted_as_zero(notes, labels, k):
    from sklearn.feature_extraction.text import TfidfVectorizer

    reader = TfidfVectorizer().fit([n for n, v in zip(notes, labels, strict=True) if v is not None])
    weights = reader.transform(notes).toarray()
    ones = np.array([label == 1 for label in labels])
    order = np.argsort(-(weights[ones].mean(axis=0) - weights[~ones].mean(axis=0)))
    return reader.get_feature_names_out()[order[:k]].tolist()


@trap("top_terms", message="so they rank when words are merely counted")
def counts_words(notes, labels, k):
    from sklearn.feature_extraction.text import CountVectorizer

    known = [(n, v) for n, v in zip(notes, labels, strict=True) if v is not None]
    reader = CountVectorizer()
    weights = reader.fit_transform([n for n, _ in known]).toarray()
    ones = np.array([v for _, v in known]) == 1
    order = np.argsort(-(weights[ones].mean(axis=0) - weights[~ones].mean(axis=0)), kind="stable")
    return reader.get_feature_names_out()[order[:k]].tolist()


@trap("top_terms", message="as a ranking by sums would")
def sums_instead_of_means(notes, labels, k):
    from sklearn.feature_extraction.text import TfidfVectorizer

    known = [(n, v) for n, v in zip(notes, labels, strict=True) if v is not None]
    reader = TfidfVectorizer()
    weights = reader.fit_transform([n for n, _ in known]).toarray()
    ones = np.array([v for _, v in known]) == 1
    order = np.argsort(-(weights[ones].sum(axis=0) - weights[~ones].sum(axis=0)))
    return reader.get_feature_names_out()[order[:k]].tolist()


@trap("top_terms", message="a word that is everywhere tells nothing")
def heaviest_in_refused_notes(notes, labels, k):
    from sklearn.feature_extraction.text import TfidfVectorizer

    known = [(n, v) for n, v in zip(notes, labels, strict=True) if v is not None]
    reader = TfidfVectorizer()
    weights = reader.fit_transform([n for n, _ in known]).toarray()
    ones = np.array([v for _, v in known]) == 1
    return reader.get_feature_names_out()[np.argsort(-weights[ones].mean(axis=0))[:k]].tolist()


@trap("top_terms", message="they speak for label 0")
def the_other_way_round(notes, labels, k):
    from sklearn.feature_extraction.text import TfidfVectorizer

    known = [(n, v) for n, v in zip(notes, labels, strict=True) if v is not None]
    reader = TfidfVectorizer()
    weights = reader.fit_transform([n for n, _ in known]).toarray()
    ones = np.array([v for _, v in known]) == 1
    order = np.argsort(weights[ones].mean(axis=0) - weights[~ones].mean(axis=0))
    return reader.get_feature_names_out()[order[:k]].tolist()


@trap("top_terms", message="the order runs from small to large")
def smallest_of_the_largest_first(notes, labels, k):
    from sklearn.feature_extraction.text import TfidfVectorizer

    known = [(n, v) for n, v in zip(notes, labels, strict=True) if v is not None]
    reader = TfidfVectorizer()
    weights = reader.fit_transform([n for n, _ in known]).toarray()
    ones = np.array([v for _, v in known]) == 1
    order = np.argsort(weights[ones].mean(axis=0) - weights[~ones].mean(axis=0))
    return reader.get_feature_names_out()[order[-k:]].tolist()


# --- found by somebody who tried the exercise blind --------------------------------------------------


@trap("normalise_key", message="An apostrophe is no letter")
def deletes_apostrophes(text):
    if not isinstance(text, str):
        return ""
    spaced = "".join(c if c.isalnum() else " " for c in text.upper().replace("'", ""))
    return " ".join(ABBREVIATIONS.get(word, word) for word in spaced.split())


@trap("normalise_key", message="side by side are one word")
def splits_digits_from_letters(text):
    import re

    if not isinstance(text, str):
        return ""
    words = re.findall(r"\d+|[^\W\d_]+", text.upper())
    return " ".join(ABBREVIATIONS.get(word, word) for word in words)


@trap("normalise_key", message="Look up every word")
def leaves_the_first_word_alone(text):
    if not isinstance(text, str):
        return ""
    first, *rest = "".join(c if c.isalnum() else " " for c in text.upper()).split() or [""]
    return " ".join([first, *(ABBREVIATIONS.get(word, word) for word in rest)])


@trap("latest_before", message=r"Tolerance 2\.5 hours: .* got a gap")
def cuts_off_parts_of_an_hour(events, readings, tolerance):
    ordered = events.assign(_place=range(len(events))).sort_values("at")
    joined = pd.merge_asof(
        ordered, readings.sort_values("at"), on="at", by="ref", tolerance=pd.Timedelta(hours=int(tolerance))
    )
    return joined.sort_values("_place").drop(columns="_place").set_axis(events.index)


@trap("top_terms", message="are not the ones with the largest differences")
def leaves_out_stop_words(notes, labels, k):
    from sklearn.feature_extraction.text import TfidfVectorizer

    known = [(note, label) for note, label in zip(notes, labels, strict=True) if label is not None]
    vectoriser = TfidfVectorizer(stop_words="english")
    weights = vectoriser.fit_transform([note for note, _ in known]).toarray()
    ones = np.array([label for _, label in known]) == 1
    difference = weights[ones].mean(axis=0) - weights[~ones].mean(axis=0)
    return [str(vectoriser.get_feature_names_out()[i]) for i in np.argsort(-difference)[:k]]
