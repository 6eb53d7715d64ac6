"""What a careless join costs: rows, and a score that does not hold at the desk.

Sources are those of `hurdles.data.integration_sources`. A join is put together from four choices; a logistic
regression learns from the joined table. Its AUC is measured twice: on the joined table itself, as somebody would who
trusts the join, and at the desk, where each new application comes once, with its own newest report and the reading
known when it is decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, get_args

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hurdles.data.integration_joins import (
    as_of,
    fuzzy_pairs,
    logistic_weights,
    pairs_ranked_right,
    tidy_address,
)
from hurdles.data.integration_sources import BUREAU, DESK, Sources, simulate
from hurdles.data.plots import BLUE, GREY, ORANGE
from hurdles.errors import HurdlesError
from hurdles.ui import Choice, Demo, Slider

__all__ = [
    "HOURS",
    "Joined",
    "Keys",
    "Kind",
    "Look",
    "broken_rows",
    "careless_join",
    "compute",
    "describe",
    "draw",
    "joins",
    "match",
]

Kind = Literal["inner", "left", "newest"]
Keys = Literal["typed", "tidy", "near"]
Look = Literal["before", "nearest"]
HOURS: Final = (1, 6, 11, 16, 21, 26, 31)
_FOLDS: Final = 5
_DEFAULT_HOURS: Final = 6
_KINDS: Final = {
    "inner": "An inner join with every report",
    "left": "A left join with every report",
    "newest": "A left join with the newest report",
}
_KEYS: Final = {"typed": "addresses as typed", "tidy": "tidied addresses", "near": "tidied addresses, then near ones"}
# Smaller than this, a difference of AUC is not worth a word.
_SAME: Final = 0.01


@dataclass(frozen=True)
class Joined:
    """What one way of joining does.

    Parameters
    ----------
    kind, keys, look : str
        The choices.
    hours : int
        How far from the decision a reading may lie.
    applications : int
        Applications in the file.
    lost : int
        Of these, how many are in no row of the joined table.
    rows : int
        Rows of the joined table.
    wrong : int
        Rows with somebody else's report.
    later : int
        Rows with a reading from after the decision.
    measured, desk : float
        AUC on the joined table, and at the desk.
    careful : float
        AUC at the desk after a careful join: the newest report of near addresses, the reading before.
    """

    kind: Kind
    keys: Keys
    look: Look
    hours: int
    applications: int
    lost: int
    rows: int
    wrong: int
    later: int
    measured: float
    desk: float
    careful: float


def broken_rows(contract: Any, frame: pd.DataFrame) -> int:
    """Count the rows that break a contract.

    Parameters
    ----------
    contract : pandera.pandas.DataFrameSchema
        What the frame must keep.
    frame : pandas.DataFrame
        What is to be joined; its index labels are unique.

    Returns
    -------
    int
        How many rows fail a check, each counted once; a missing column breaks it for every row.
    """
    from pandera.errors import SchemaErrors

    try:
        contract.validate(frame, lazy=True)
    except SchemaErrors as error:
        rows = error.failure_cases["index"]
        return len(frame) if rows.isna().any() else int(rows.nunique())
    return 0


def match(sources: Sources, keys: Keys) -> pd.Series:
    """Give each report to an application by its address.

    Parameters
    ----------
    sources : hurdles.data.integration_sources.Sources
        What was simulated.
    keys : str
        ``typed``: addresses must agree letter by letter; ``tidy``: after `tidy_address`; ``near``: those still
        unmatched may also be nearly alike, with the same house number.

    Returns
    -------
    pandas.Series
        For each report the application's number; missing where there is none.
    """
    ours, theirs = sources.applications["address"], sources.reports["address"]
    if keys != "typed":
        ours, theirs = ours.map(tidy_address), theirs.map(tidy_address)
    number = dict(zip(ours, sources.applications["application"], strict=True))
    if keys == "near":
        met = set(theirs)
        pairs = fuzzy_pairs([a for a in theirs if a not in number], [a for a in ours if a not in met])
        theirs = theirs.map(lambda address: pairs.get(address, address))
    return theirs.map(number).astype("Int64")


def careless_join(sources: Sources, kind: Kind, keys: Keys, look: Look, hours: float) -> pd.DataFrame:
    """Join applications, reports and readings in one of the ways of the demo.

    Parameters
    ----------
    sources : hurdles.data.integration_sources.Sources
        What was simulated.
    kind : str
        ``inner``: applications that have a report and a reading, a row for each report; ``left``: all applications,
        a row for each report; ``newest``: all applications, the newest report.
    keys : str
        See `match`.
    look : str
        ``before``: the latest reading at or before the decision; ``nearest``: the nearest one, later ones too.
    hours : float
        How far from the decision a reading may lie.

    Returns
    -------
    pandas.DataFrame
        The applications' columns but for the address, the report's, ``damp`` and ``at``, and ``report``: which row
        of the reports.
    """
    return _join(_with_reading(sources, look, hours), sources.reports, match(sources, keys), kind)


def _with_reading(sources: Sources, look: Look, hours: float) -> pd.DataFrame:
    direction: Literal["backward", "nearest"] = "backward" if look == "before" else "nearest"
    return as_of(sources.applications.drop(columns="address"), sources.readings, hours, direction)


def _join(applications: pd.DataFrame, reports: pd.DataFrame, matched: pd.Series, kind: Kind) -> pd.DataFrame:
    reports = reports.drop(columns="address")
    reports = reports.assign(application=matched, report=np.arange(len(reports)))[matched.notna()]
    reports["application"] = reports["application"].astype("int64")
    if kind == "newest":
        reports = reports.sort_values("pulled", kind="stable").drop_duplicates("application", keep="last")
    table = applications.merge(reports, on="application", how="inner" if kind == "inner" else "left")
    return table[table["damp"].notna()].reset_index(drop=True) if kind == "inner" else table


def compute(kind: Kind, keys: Keys, look: Look, hours: int) -> Joined:
    """Join in one way and work out what it costs.

    Parameters
    ----------
    kind, keys, look : str
        See `careless_join`.
    hours : int
        One of `HOURS`.

    Returns
    -------
    Joined
    """
    chosen = ((kind, Kind), (keys, Keys), (look, Look))
    if hours not in HOURS or any(value not in get_args(options) for value, options in chosen):
        raise HurdlesError(
            f"compute() was asked for {kind!r}, {keys!r}, {look!r} and {hours!r} hours. There are {get_args(Kind)}, "
            f"{get_args(Keys)}, {get_args(Look)} and the hours {HOURS}."
        )
    return _computed(kind, keys, look, hours)


@cache
def _computed(kind: Kind, keys: Keys, look: Look, hours: int) -> Joined:
    sources = _sources()
    table = _join(_timed(look, hours), sources.reports, _matched(keys), kind)
    numbers = sources.applications["application"]
    owner = _owners()[table["report"].fillna(-1).astype(int)]
    wrong = table["report"].notna().to_numpy() & (owner != table["application"].to_numpy())
    measured, desk = _scores(table)
    careful = (
        desk
        if (kind, keys, look, hours) == ("newest", "near", "before", _DEFAULT_HOURS)
        else _computed("newest", "near", "before", _DEFAULT_HOURS).desk
    )
    return Joined(
        kind=kind,
        keys=keys,
        look=look,
        hours=hours,
        applications=len(numbers),
        lost=len(numbers) - table["application"].nunique(),
        rows=len(table),
        wrong=int(wrong.sum()),
        later=int((table["at"] > table["decided"]).sum()),
        measured=measured,
        desk=desk,
        careful=careful,
    )


@cache
def _sources() -> Sources:
    return simulate()


@cache
def _matched(keys: Keys) -> pd.Series:
    return match(_sources(), keys)


@cache
def _timed(look: Look, hours: int) -> pd.DataFrame:
    return _with_reading(_sources(), look, hours)


@cache
def _owners() -> NDArray[np.int64]:
    """Return for each report its application; 0 for strangers, and at the end for 'no report'."""
    owners = _sources().owners.fillna(0).astype("int64").to_numpy()
    return np.append(owners, 0)


@cache
def _at_the_desk() -> pd.DataFrame:
    """Return what is known of each application when it is decided: its own newest report, the reading before."""
    sources = _sources()
    return _join(_timed("before", max(HOURS)), sources.reports, sources.owners, "newest")


def _features(table: pd.DataFrame) -> NDArray[np.float64]:
    """Return rows x columns, gaps filled with what is usual at the desk, with two columns that say so."""
    columns = [*DESK, *BUREAU, "damp"]
    middle, spread = _usual()
    values = table[columns].to_numpy(dtype=float)
    gaps = np.isnan(values)
    standard = np.where(gaps, 0.0, (values - middle) / spread)
    ones = np.ones((len(table), 1))
    return np.hstack([ones, np.clip(standard, -4, 4), gaps[:, [len(DESK), -1]].astype(float)])


@cache
def _usual() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    values = _at_the_desk()[[*DESK, *BUREAU, "damp"]].to_numpy(dtype=float)
    return np.nanmedian(values, axis=0), np.nanstd(values, axis=0)


def _scores(table: pd.DataFrame) -> tuple[float, float]:
    """Return the AUC measured on the table (folds of its rows) and the AUC at the desk (folds of applications)."""
    features, label = _features(table), table["reject"].to_numpy(dtype=float)
    desk = _at_the_desk()
    new, truth = _features(desk), desk["reject"].to_numpy(dtype=float)
    rng = np.random.default_rng(0)
    fold_of_row = rng.permutation(len(table)) % _FOLDS
    fold_of_new = rng.permutation(len(desk)) % _FOLDS
    place = pd.Series(np.arange(len(desk)), index=desk["application"])
    fold_of_owner = fold_of_new[place[table["application"]].to_numpy()]
    seen, said = np.empty(len(table)), np.empty(len(desk))
    for fold in range(_FOLDS):
        kept = fold_of_row == fold
        seen[kept] = features[kept] @ logistic_weights(features[~kept], label[~kept])
        out = fold_of_owner == fold
        asked = fold_of_new == fold
        said[asked] = new[asked] @ logistic_weights(features[~out], label[~out])
    return pairs_ranked_right(label, seen), pairs_ranked_right(truth, said)


def draw(result: Joined) -> Figure:
    """Draw rows on the left, AUC on the right.

    Parameters
    ----------
    result : Joined
        What `compute` returned.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(8.8, 3.3))
    left, right = figure.add_axes((0.165, 0.2, 0.31, 0.64)), figure.add_axes((0.665, 0.2, 0.315, 0.64))
    _draw_rows(left, result)
    _draw_auc(right, result)
    return figure


def _draw_rows(axes: Axes, result: Joined) -> None:
    extra = result.rows - (result.applications - result.lost)
    bars = {
        "applications": (result.applications, GREY),
        "rows joined": (result.rows, BLUE),
        "applicants lost": (result.lost, ORANGE),
        "extra rows": (extra, ORANGE),
        "wrong report": (result.wrong, ORANGE),
        "later reading": (result.later, ORANGE),
    }
    for place, (count, colour) in enumerate(bars.values()):
        axes.barh(place, count, color=colour, height=0.62)
        axes.text(count + 50, place, f"{count:,}", verticalalignment="center_baseline", fontsize=10)
    axes.set_yticks(range(len(bars)), list(bars))
    axes.set(xlim=(0, 4000), ylim=(len(bars) - 0.5, -0.5), xlabel="number", xticks=(0, 2000))
    axes.spines[["top", "right"]].set_visible(False)
    axes.text(0, 1.05, "Rows: orange should be 0", transform=axes.transAxes, fontsize=11)


def _draw_auc(axes: Axes, result: Joined) -> None:
    names = ("on the joined table", "at the desk")
    axes.plot([result.careful] * 2, [-0.5, 1.5], color=GREY, linestyle=":", linewidth=1.6)
    for place, (value, marker, colour) in enumerate(((result.measured, "s", ORANGE), (result.desk, "o", BLUE))):
        axes.plot([value], [place], marker=marker, color=colour, markersize=10)
        # Beside the marker, on the side away from the dotted line.
        side, shift = ("right", -0.008) if value < result.careful else ("left", 0.008)
        where: dict[str, Any] = {"horizontalalignment": side, "verticalalignment": "center_baseline"}
        axes.text(value + shift, place, f"{value:.3f}", fontsize=10, color=colour, **where)
    axes.text(0.753, 1.68, f"dotted: at the desk after a careful join, {result.careful:.3f}", fontsize=9, color=GREY)
    axes.set_yticks((0, 1), names)
    axes.set(xlim=(0.75, 0.95), ylim=(1.8, -0.6), xlabel="AUC (the axis begins at 0.75)")
    axes.set_xticks((0.75, 0.85, 0.95))
    axes.spines[["top", "right"]].set_visible(False)
    axes.text(0, 1.05, "Score: claimed, and true", transform=axes.transAxes, fontsize=11)


def describe(result: Joined) -> str:
    """Say in words what the picture of a `Joined` shows.

    Parameters
    ----------
    result : Joined
        What `compute` returned.

    Returns
    -------
    str
        Rows lost and multiplied, wrong and late facts, and both scores with their direction.
    """
    extra = result.rows - (result.applications - result.lost)
    where = "at or before the decision" if result.look == "before" else "on either side of the decision"
    unit = "hour" if result.hours == 1 else "hours"
    text = (
        f"{_KINDS[result.kind]}, {_KEYS[result.keys]}, readings up to {result.hours} {unit} away {where}: "
        f"{result.applications:,} applications become {result.rows:,} rows. "
        f"{result.lost:,} applications are lost, {extra:,} rows are extra, {result.wrong:,} rows carry somebody "
        f"else's report, {result.later:,} a reading from after the decision. "
    )
    gap = result.measured - result.desk
    claim = "agrees with" if abs(gap) < _SAME else "promises more than" if gap > 0 else "promises less than"
    text += f"The AUC on the joined table, {result.measured:.2f}, {claim} the AUC at the desk, {result.desk:.2f}. "
    loss = result.careful - result.desk
    if abs(loss) < _SAME:
        return f"{text}A careful join does about as well at the desk."
    return f"{text}A careful join gets {result.careful:.2f} at the desk, {'more' if loss > 0 else 'less'}."


joins: Final = Demo(
    name="joins",
    title="What a careless join costs",
    question="What does a careless join cost?",
    minutes=5,
    controls={
        "kind": Choice(
            "Join",
            options=[
                ("inner, every report", "inner"),
                ("left, every report", "left"),
                ("left, newest report", "newest"),
            ],
            value="inner",
        ),
        "keys": Choice(
            "Addresses",
            options=[("as typed", "typed"), ("tidied", "tidy"), ("tidied, then near", "near")],
            value="typed",
        ),
        "look": Choice(
            "Reading",
            options=[("latest before the decision", "before"), ("nearest, later ones too", "nearest")],
            value="nearest",
        ),
        "hours": Slider("Tolerance", HOURS[0], HOURS[-1], HOURS[1] - HOURS[0], _DEFAULT_HOURS, unit="h"),
    },
    compute=compute,
    draw=draw,
    describe=describe,
    alt=(
        "Left, bars: applications, rows after the join, applicants lost, extra rows, rows with a wrong report or a "
        "later reading. Right: AUC claimed by the joined table, and AUC at the desk, beside that of a careful join."
    ),
)
