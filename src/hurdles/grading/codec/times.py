"""Dates and times: pandas' single values, and Python's own."""

from __future__ import annotations

import datetime
import re
import zoneinfo
from typing import Any

import numpy as np
import pandas as pd

from hurdles.grading.codec import parts
from hurdles.grading.codec.runs import Data, Sender, Taker, sends, takes

__all__ = ["PERIOD", "closed", "period_name", "send_zone", "take_zone"]

_ZONE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,3}")
PERIOD = re.compile(r"period\[(\d{0,9}[A-Za-z]{1,4}(?:-[A-Z]{3})?)\]")


@sends(type(pd.NaT))
def _send_nat(out: Sender, value: Any) -> Any:
    return {"t": "NaT"}


@takes("NaT")
def _take_nat(inn: Taker, data: Data) -> Any:
    return pd.NaT


@sends(type(pd.NA))
def _send_na(out: Sender, value: Any) -> Any:
    return {"t": "NA"}


@takes("NA")
def _take_na(inn: Taker, data: Data) -> Any:
    return pd.NA


def _count(moment: Any) -> tuple[int, str]:
    """Return a datetime64 or timedelta64 as its number and unit."""
    return int(moment.astype("i8")), np.datetime_data(moment.dtype)[0]


def _unit(data: Any) -> Any:
    if data not in parts.UNITS:
        raise parts.malformed("no unit of time")
    return data


@sends(pd.Timestamp)
def _send_timestamp(out: Sender, value: Any) -> Any:
    moment, fold, zone = parts.fields(pd.Timestamp, value, "asm8", "fold", "tzinfo")
    number, unit = _count(moment)
    return {"t": "timestamp", "v": out.send(number), "unit": unit, "fold": fold, "zone": send_zone(out, zone)}


@takes("timestamp")
def _take_timestamp(inn: Taker, data: Data) -> Any:
    found: Any = pd.Timestamp(np.datetime64(inn.whole(data["v"]), _unit(data["unit"])))
    if data["zone"] is not None:
        return found.tz_localize("UTC").tz_convert(take_zone(inn, data["zone"]))
    return found.replace(fold=1) if data["fold"] == 1 else found


@sends(pd.Timedelta)
def _send_pd_timedelta(out: Sender, value: Any) -> Any:
    number, unit = _count(parts.fields(pd.Timedelta, value, "asm8")[0])
    return {"t": "pd.timedelta", "v": out.send(number), "unit": unit}


@takes("pd.timedelta")
def _take_pd_timedelta(inn: Taker, data: Data) -> Any:
    return pd.Timedelta(np.timedelta64(inn.whole(data["v"]), _unit(data["unit"])))


@sends(pd.Period)
def _send_period(out: Sender, value: Any) -> Any:
    return {"t": "period", "v": out.send(value.ordinal), "dtype": period_name(f"period[{value.freqstr}]")}


@takes("period")
def _take_period(inn: Taker, data: Data) -> Any:
    freq = parts.matched(PERIOD, data["dtype"]).removeprefix("period[").removesuffix("]")
    return pd.Period(ordinal=inn.whole(data["v"]), freq=freq)


@sends(pd.Interval)
def _send_interval(out: Sender, value: Any) -> Any:
    left, right, closed = parts.fields(pd.Interval, value, "left", "right", "closed")
    return {"t": "interval", "v": out.all((left, right)), "closed": closed}


@takes("interval")
def _take_interval(inn: Taker, data: Data) -> Any:
    left, right = inn.all(parts.listed(data["v"], 2))
    return pd.Interval(left, right, closed=closed(data["closed"]))


def closed(data: Any) -> Any:
    """Return the data if they say which sides of an interval belong to it."""
    if data not in ("left", "right", "both", "neither"):
        raise parts.malformed("no sides")
    return data


def period_name(name: str) -> str:
    """Return the name of a kind of period, if it is a simple one."""
    if not PERIOD.fullmatch(name):
        raise parts.refused(f"a period of {name[:60]}", "use days, weeks, months, quarters or years")
    return name


_DATE = ("year", "month", "day")
_TIME = ("hour", "minute", "second", "microsecond")


def send_zone(out: Sender, zone: Any) -> Any:
    """Return a time zone as data: a name, or an offset with its name."""
    if zone is None:
        return None
    if parts.is_a(zone, datetime.timezone):
        offset, *name = datetime.timezone.__getinitargs__(zone)  # type: ignore[attr-defined]
        return [out.send(offset), out.send(name[0] if name else None)]
    key = zoneinfo.ZoneInfo.key.__get__(zone) if parts.is_a(zone, zoneinfo.ZoneInfo) else None
    if type(key) is not str or not _ZONE.fullmatch(key):
        raise parts.refused(f"a time zone that is {parts.called(type(zone))}", 'use zoneinfo.ZoneInfo("Area/City")')
    return key


def take_zone(inn: Taker, data: Any) -> datetime.tzinfo | None:
    """Return the time zone that data stand for."""
    if data is None:
        return None
    if type(data) is str:
        return zoneinfo.ZoneInfo(parts.matched(_ZONE, data))
    offset, name = inn.all(parts.listed(data, 2))
    # The constructors give back the one UTC for an offset of nothing.
    return datetime.timezone(offset) if name is None else datetime.timezone(offset, name)


@sends(datetime.datetime)
def _send_datetime(out: Sender, value: Any) -> Any:
    *fields, fold, zone = parts.fields(datetime.datetime, value, *_DATE, *_TIME, "fold", "tzinfo")
    return {"t": "datetime", "v": fields, "fold": fold, "zone": send_zone(out, zone)}


@takes("datetime")
def _take_datetime(inn: Taker, data: Data) -> datetime.datetime:
    (fold,), zone = parts.ints([data["fold"]]), take_zone(inn, data["zone"])
    year, month, day, hour, minute, second, microsecond = parts.ints(data["v"], 7)
    return datetime.datetime(year, month, day, hour, minute, second, microsecond, zone, fold=fold)


@sends(datetime.date)
def _send_date(out: Sender, value: Any) -> Any:
    return {"t": "date", "v": parts.fields(datetime.date, value, *_DATE)}


@takes("date")
def _take_date(inn: Taker, data: Data) -> datetime.date:
    return datetime.date(*parts.ints(data["v"], 3))


@sends(datetime.time)
def _send_time(out: Sender, value: Any) -> Any:
    *fields, fold, zone = parts.fields(datetime.time, value, *_TIME, "fold", "tzinfo")
    return {"t": "time", "v": fields, "fold": fold, "zone": send_zone(out, zone)}


@takes("time")
def _take_time(inn: Taker, data: Data) -> datetime.time:
    (fold,), zone = parts.ints([data["fold"]]), take_zone(inn, data["zone"])
    hour, minute, second, microsecond = parts.ints(data["v"], 4)
    return datetime.time(hour, minute, second, microsecond, zone, fold=fold)


@sends(datetime.timedelta)
def _send_timedelta(out: Sender, value: Any) -> Any:
    return {"t": "timedelta", "v": parts.fields(datetime.timedelta, value, "days", "seconds", "microseconds")}


@takes("timedelta")
def _take_timedelta(inn: Taker, data: Data) -> datetime.timedelta:
    return datetime.timedelta(*parts.ints(data["v"], 3))
