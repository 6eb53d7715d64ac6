"""A decision log that can be added to, and in which changes show."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

__all__ = ["START", "as_table", "head", "log_decision", "seal", "verify_log"]

Record = dict[str, Any]
# What the first record names as the seal before it.
START: Final = "0" * 64


def seal(entry: Any, previous: str) -> str:
    """Return the SHA-256 of an entry together with the seal before it.

    Parameters
    ----------
    entry : object
        Plain data that JSON can hold.
    previous : str
        Seal of the record before.

    Returns
    -------
    str
        64 hexadecimal digits. Keys are sorted, so that two ways of writing the same entry have the same seal.
    """
    text = json.dumps([previous, entry], sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def head(log: Sequence[Mapping[str, Any]]) -> str:
    """Return the last seal of a log: what a third party keeps."""
    return str(log[-1]["hash"]) if log else START


def log_decision(log: Sequence[Mapping[str, Any]], entry: Mapping[str, Any]) -> list[Record]:
    """Return a new log with one more record; the log given stays as it is.

    Parameters
    ----------
    log : sequence of dict
        Records with ``entry``, ``previous`` and ``hash``, the oldest first.
    entry : dict
        What was decided, by whom and why: plain data that JSON can hold.

    Returns
    -------
    list of dict
    """
    before = copy.deepcopy([dict(record) for record in log])
    kept, previous = copy.deepcopy(dict(entry)), head(log)
    return [*before, {"entry": kept, "previous": previous, "hash": seal(kept, previous)}]


def verify_log(log: Sequence[Mapping[str, Any]], kept: str | None = None) -> int | None:
    """Return the position of the first record that does not fit; None if all fit.

    Parameters
    ----------
    log : sequence of dict
        What `log_decision` built, perhaps changed since.
    kept : str, optional
        The last seal as somebody else kept it. Without it, a log rewritten to its end fits in itself.

    Returns
    -------
    int or None
        From 0. The length of the log if every record fits, but the last seal is not the one kept.
    """
    previous = START
    for position, record in enumerate(log):
        if record.get("previous") != previous or record.get("hash") != seal(record.get("entry"), previous):
            return position
        previous = str(record["hash"])
    return len(log) if kept is not None and kept != previous else None


def as_table(log: Sequence[Mapping[str, Any]], digits: int = 8) -> pd.DataFrame:
    """Return a log as a table, seals cut to their first digits."""
    rows = [{**r["entry"], "previous": r["previous"][:digits], "seal": r["hash"][:digits]} for r in log]
    return pd.DataFrame(rows)
