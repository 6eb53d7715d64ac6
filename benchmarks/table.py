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
        In the unit.
    stock : float, optional
        The same with a stock tool, in the same run.
    limit : float, optional
        What it may be at most.
    unit : str
        ``ms``, which is shown as seconds when there are many, or another one.
    """

    figure: str
    ours: float
    stock: float | None = None
    limit: float | None = None
    unit: str = "ms"


def percentile(times: Sequence[float], share: float) -> float:
    """Return the smallest of the times that at least this share of them do not exceed."""
    ordered = sorted(times)
    return ordered[max(0, -(-len(ordered) * share // 1).__int__() - 1)]


def render(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| figure | Hurdles | stock | stock / Hurdles | at most |", "|---|---:|---:|---:|---:|"]
    for row in rows:
        ours, stock, limit = (_shown(value, row.unit) for value in (row.ours, row.stock, row.limit))
        ratio = f"{row.stock / row.ours:.2f}x" if row.stock is not None else ""
        lines.append(f"| {row.figure} | {ours} | {stock} | {ratio} | {limit} |")
    return "\n".join(lines)


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if value < 10:
        return f"{value:.1f} {unit}"
    return f"{value:.0f} {unit}" if value < 1000 or unit != "ms" else f"{value / 1000:.2f} s"
