"""The mortgage desk's data as it reaches the desk: four files that have no common key.

Numbers about applications are real (`hurdles.datasets.mortgages`). What the survey does not hold is simulated here,
seeded and by simple rules: addresses and how they are typed, dates, older credit reports, damp loggers, officers'
notes. So the truth is known: which report belongs to whom, and what could be known when.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from hurdles.datasets import mortgages

__all__ = ["BUREAU", "DESK", "Files", "Sources", "simulate", "write_files"]

DESK: Final = ("loanamt", "appinc", "loanprc", "obrat", "unver")
"""Real columns that the desk itself writes down when an application comes in."""
BUREAU: Final = ("cons", "mortg", "chist", "pubrec")
"""Real columns that come from a credit report."""

_TOWNS: Final = ("Cambridge", "Somerville", "Quincy", "Newton", "Medford", "Malden", "Waltham", "Brookline")
_STREETS: Final = (
    "Adams", "Beacon", "Bond", "Cedar", "Chestnut", "Elm", "Forest", "Franklin", "Grove", "Harvard", "High", "Hill",
    "Lincoln", "Maple", "Mill", "Oak", "Park", "Pearl", "Pine", "Pleasant", "Pond", "Prospect", "School", "Summer",
    "Union", "Walnut", "Washington", "Winter",
)  # fmt: skip
_KINDS: Final = {"Street": "St.", "Avenue": "Ave", "Road": "Rd"}
_NUMBERS: Final = 120
# Of the bureau's files on an address, these shares are typed as the desk does, in another style, and with a slip.
_AS_DESK: Final = 0.4
_SLIP: Final = 0.09
_OLDER_DIFFERS: Final = 0.6
_NEXT_DOOR: Final = 0.35
_ROUND_THE_CORNER: Final = 0.35
# Hours of a logger: installed before the decision, fetched after it.
_BEFORE: Final = 36
_AFTER: Final = 12
_SETTLING: Final = 12
_NO_LOGGER: Final = 0.04
_OUTAGE: Final = 0.35


@dataclass(frozen=True)
class Sources:
    """What each source holds, as frames.

    Parameters
    ----------
    applications : pandas.DataFrame
        One row for each application: ``application`` (number), ``address`` as the desk typed it, ``decided``
        (time), the columns `DESK`, and ``reject``.
    reports : pandas.DataFrame
        One row for each credit report, in no order: ``address`` as the bureau typed it, ``pulled`` (date), the
        columns `BUREAU`.
    readings : pandas.DataFrame
        One row an hour for each damp logger, in order of time: ``application``, ``at`` (time), ``damp`` (relative
        humidity of a wall, in percent).
    notes : pandas.DataFrame
        One row for each application: ``application``, ``note``.
    owners : pandas.Series
        The truth: for each report the number of the application it belongs to; missing for people who never applied.
    """

    applications: pd.DataFrame
    reports: pd.DataFrame
    readings: pd.DataFrame
    notes: pd.DataFrame
    owners: pd.Series


@dataclass(frozen=True)
class Files:
    """Where the files are.

    Parameters
    ----------
    applications : pathlib.Path
        CSV, one line for each application.
    bureau : pathlib.Path
        JSON: a list of ``{"address": …, "pulled": …, "record": {"cons": …, …}}``.
    readings, notes : pathlib.Path
        Parquet.
    """

    applications: Path
    bureau: Path
    readings: Path
    notes: Path


def simulate(seed: int = 0) -> Sources:
    """Take the mortgage data apart into the sources that a desk would have to join.

    Parameters
    ----------
    seed : int
        The same seed gives the same sources.

    Returns
    -------
    Sources
        Real: the columns `DESK` and `BUREAU`, ``reject``, and how many reports an application has (``rep``; one
        where that is missing). Made up: everything else. An older report differs from the newest at random in
        ``cons``. The bureau's file also holds people who did not apply, some of them next door to an applicant who
        has no report. A logger reads the van it came in for twelve hours, then the wall: about 2.5 points damper for
        applications refused later. After an approval, works begin and the wall dries; after a refusal it does not.
        Notes mention what the columns ``unver``, ``self``, ``gift``, ``cosign`` and ``gdlin`` say, most of the time.

    Notes
    -----
    Source: `hurdles.datasets.mortgages` and this function. Nobody lives at these addresses.
    """
    rng = np.random.default_rng(seed)
    real = mortgages(cleaned=True)
    number = pd.Series(np.arange(len(real)) + 10_001, name="application")
    places = _places(rng, len(real))
    decided = _working_hours(rng, len(real))
    applications = pd.DataFrame({"application": number, "address": [_full(place) for place in places]})
    applications["decided"] = decided
    applications = applications.join(real[[*DESK, "reject"]])
    reports, owners = _reports(rng, real, number, places, decided)
    readings = _readings(rng, real["reject"].to_numpy(), number.to_numpy(), decided)
    notes = pd.DataFrame({"application": number, "note": _notes(rng, real)})
    return Sources(applications, reports, readings, notes, owners)


def write_files(sources: Sources, folder: str | Path) -> Files:
    """Write the sources as a desk gets them: a CSV, a nested JSON and two Parquet files.

    Parameters
    ----------
    sources : Sources
        What `simulate` returned.
    folder : str or pathlib.Path
        An existing folder.

    Returns
    -------
    Files
    """
    import duckdb

    base = Path(folder)
    files = Files(*(base / name for name in ("applications.csv", "bureau.json", "readings.parquet", "notes.parquet")))
    sources.applications.to_csv(files.applications, index=False)
    nested = sources.reports[["address", "pulled"]].assign(
        pulled=sources.reports["pulled"].dt.strftime("%Y-%m-%d"),
        record=pd.Series(sources.reports[list(BUREAU)].to_dict("records"), index=sources.reports.index),
    )
    nested.to_json(files.bureau, orient="records")
    with duckdb.connect() as base_of_files:
        for frame, path in ((sources.readings, files.readings), (sources.notes, files.notes)):
            base_of_files.from_df(frame).write_parquet(str(path))
    return files


_Place = tuple[int, str, str, str]


def _places(rng: np.random.Generator, n: int) -> list[_Place]:
    kinds = list(_KINDS)
    shape = (_NUMBERS, len(_STREETS), len(kinds), len(_TOWNS))
    chosen = rng.choice(int(np.prod(shape)), n, replace=False)
    return [
        (int(a) + 1, _STREETS[b], kinds[c], _TOWNS[d])
        for a, b, c, d in zip(*np.unravel_index(chosen, shape), strict=True)
    ]


def _full(place: _Place) -> str:
    number, street, kind, town = place
    return f"{number} {street} {kind}, {town}"


def _as_the_bureau_types(rng: np.random.Generator, place: _Place) -> str:
    number, street, kind, town = place
    style, slip = rng.random(2)
    if slip < _SLIP:
        if rng.random() < 0.5:
            street = _slip(rng, street)
        else:
            town = _slip(rng, town)
    if style < _AS_DESK:
        return _full((number, street, kind, town))
    short = _KINDS[kind]
    styles = (
        f"{number} {street} {short}, {town}",
        f"{number} {street} {short} {town}".upper(),
        f" {number}  {street} {kind} - {town}",
        f"{number} {street} {kind},{town.upper()}",
    )
    return styles[int(rng.integers(len(styles)))]


def _slip(rng: np.random.Generator, word: str) -> str:
    """Leave a letter out, double one, or swap two."""
    i = int(rng.integers(1, len(word) - 1))
    slips = (word[:i] + word[i + 1 :], word[:i] + word[i] + word[i:], word[:i] + word[i + 1] + word[i] + word[i + 2 :])
    return slips[int(rng.integers(len(slips)))]


def _working_hours(rng: np.random.Generator, n: int) -> pd.Series:
    day = pd.Timestamp("1990-02-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D")
    minute = pd.to_timedelta(rng.integers(9 * 60, 17 * 60, n), unit="min")
    return pd.Series(day + minute).astype("datetime64[us]")


def _reports(
    rng: np.random.Generator, real: pd.DataFrame, number: pd.Series, places: list[_Place], decided: pd.Series
) -> tuple[pd.DataFrame, pd.Series]:
    many = real["rep"].fillna(1).astype(int).to_numpy()
    typed = np.array([_as_the_bureau_types(rng, place) for place in places])
    row = np.repeat(np.arange(len(real)), many)
    age = np.concatenate([np.arange(k) for k in many])  # 0 is the newest
    reports = real.loc[row, list(BUREAU)].reset_index(drop=True)
    days = 5 + 60 * age + rng.integers(0, 50, len(row))
    reports.insert(0, "address", typed[row])
    reports.insert(1, "pulled", decided.dt.normalize().to_numpy()[row] - days.astype("timedelta64[D]"))
    other = (age > 0) & (rng.random(len(row)) < _OLDER_DIFFERS)
    reports.loc[other, "cons"] = rng.choice(real["cons"].to_numpy(), int(other.sum()))
    strangers = _strangers(rng, real, [place for place, k in zip(places, many, strict=True) if k == 0], set(places))
    owners = pd.concat([number.iloc[row], pd.Series([np.nan] * len(strangers))]).astype("Int64")
    everyone = pd.concat([reports, strangers])
    order = rng.permutation(len(everyone))
    return everyone.iloc[order].reset_index(drop=True), owners.iloc[order].reset_index(drop=True).rename("application")


def _strangers(
    rng: np.random.Generator, real: pd.DataFrame, without: list[_Place], applied: set[_Place]
) -> pd.DataFrame:
    """Return reports on people who did not apply, and live next door to applicants without a report or nearby."""
    near: list[_Place] = []
    for number, street, kind, town in without:
        chance = rng.random()
        place = (number, street, kind, town)
        if chance < _NEXT_DOOR:
            place = (number + 2, street, kind, town)
        elif chance < _NEXT_DOOR + _ROUND_THE_CORNER:
            place = (number, str(rng.choice(_STREETS)), kind, town)
        if place not in applied:
            near.append(place)
    reports = real[list(BUREAU)].sample(len(near), random_state=int(rng.integers(1 << 30)))
    reports.insert(0, "address", [_as_the_bureau_types(rng, place) for place in near])
    days = rng.integers(0, 300, len(near)).astype("timedelta64[D]")
    reports.insert(1, "pulled", np.datetime64("1990-01-15", "us") + days)
    return reports


def _readings(rng: np.random.Generator, reject: np.ndarray, number: np.ndarray, decided: pd.Series) -> pd.DataFrame:
    n, hours = len(number), np.arange(-_BEFORE, _AFTER)
    # Each logger ticks at a minute of its own; at hour 0 that minute may lie before the decision or after it.
    first = decided.dt.floor("h").to_numpy() + rng.integers(0, 60, n) * np.timedelta64(1, "m")
    at = first[:, None] + hours.astype("timedelta64[h]")
    since = (at - decided.to_numpy()[:, None]) / np.timedelta64(1, "h")
    wall = 55 + 2.5 * reject + rng.normal(0, 3.5, n)
    damp = wall[:, None] + rng.normal(0, 1.2, (n, len(hours)))
    damp -= np.where(reject[:, None] == 1, 0.0, 9 * (1 - np.exp(-np.maximum(since, 0))))
    settling = hours < -_BEFORE + _SETTLING
    damp[:, settling] = rng.normal(45, 3.5, (n, 1)) + rng.normal(0, 1.2, (n, int(settling.sum())))
    # An outage begins somewhere and lasts up to a day and a half.
    begins = rng.integers(-_BEFORE, _AFTER, n)[:, None]
    lasts = np.where(rng.random(n) < _OUTAGE, rng.integers(2, 36, n), 0)[:, None]
    heard = (hours < begins) | (hours >= begins + lasts)
    heard &= (rng.random(n) >= _NO_LOGGER)[:, None]
    frame = pd.DataFrame(
        {
            "application": np.repeat(number, len(hours)),
            "at": at.ravel().astype("datetime64[us]"),
            "damp": damp.ravel().round(1),
        }
    )
    return frame[heard.ravel()].sort_values(["at", "application"], ignore_index=True)


# For each column: the value that is written about, how often it is, and in which words.
_PHRASES: Final = (
    ("unver", 1, 0.8, ("could not verify the salary", "employer does not confirm the job", "papers contradict")),
    ("self", 1, 0.8, ("self employed, sent tax returns", "runs a small business")),
    ("gift", 1, 0.7, ("parents add a gift", "gift letter is in the file")),
    ("cosign", 1, 0.9, ("a relative will co-sign",)),
    ("gdlin", 0, 0.6, ("history outside our guidelines", "explained several overdue bills", "arrears on two accounts")),
)
_SMALL_TALK: Final = (
    "visited the branch", "telephone interview", "house in good order", "kitchen was redone", "asked about rates",
    "wants to close in spring", "pleasant meeting", "roof is new", "first home", "moving within the town",
    "garage included",
)  # fmt: skip


def _notes(rng: np.random.Generator, real: pd.DataFrame) -> list[str]:
    notes = []
    for row in real[[column for column, *_ in _PHRASES]].to_dict("records"):
        said = [
            str(rng.choice(words)) for c, value, often, words in _PHRASES if row[c] == value and rng.random() < often
        ]
        said += [str(text) for text in rng.choice(_SMALL_TALK, int(rng.integers(2, 4)), replace=False)]
        rng.shuffle(said)
        notes.append(f"File {rng.integers(10_000, 99_999)}: {'; '.join(said)}.")
    return notes
