"""A row of the table of figures, and the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Row", "percentile", "render"]


@dataclass(frozen=True)
class Row:
    """One figure.

    Parameters
    ----------
    figure : str
        What was measured.
    ours : float
        In milliseconds.
    stock : float, optional
        The same with a stock tool, in the same run, in milliseconds.
    limit : float, optional
        What it may be at most, in milliseconds.
    """

    figure: str
    ours: float
    stock: float | None = None
    limit: float | None = None


def percentile(times: Sequence[float], share: float) -> float:
    """Return the smallest of the times that at least this share of them do not exceed."""
    ordered = sorted(times)
    return ordered[max(0, -(-len(ordered) * share // 1).__int__() - 1)]


def render(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| figure | Hurdles | stock | stock / Hurdles | at most |", "|---|---:|---:|---:|---:|"]
    for row in rows:
        stock = _time(row.stock)
        ratio = f"{row.stock / row.ours:.2f}x" if row.stock is not None else ""
        lines.append(f"| {row.figure} | {_time(row.ours)} | {stock} | {ratio} | {_time(row.limit)} |")
    return "\n".join(lines)


def _time(milliseconds: float | None) -> str:
    if milliseconds is None:
        return ""
    if milliseconds < 10:
        return f"{milliseconds:.1f} ms"
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.2f} s"
