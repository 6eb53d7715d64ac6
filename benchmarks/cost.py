"""What a large cohort costs on a cluster, computed from the figures that were measured; writes the table in the docs.

Run it after the README's table has changed: ``python -m benchmarks.cost``.
"""

from __future__ import annotations

import re
from pathlib import Path

from hurdles import paths

__all__ = ["page", "seconds_each", "table"]

SUBMISSIONS = 10_000
WORKERS = (1, 4, 16, 64)
# The machine that the README's figures were measured on, and the size of a worker here.
CORES = 2
_ROW = re.compile(
    r"^\| `hurdles grade --scheduler`[^|]* (?P<count>\d+) submissions[^|]*"
    r"\| (?P<took>[\d.]+) (?P<unit>m?s) \|",
    re.MULTILINE,
)
_PART = re.compile(r"(<!-- cost:begin -->\n).*?(<!-- cost:end -->)", re.DOTALL)


def seconds_each(readme: str) -> float:
    """Return the measured seconds of one submission on one worker, from the README's table."""
    found = _ROW.search(readme)
    if found is None:
        raise ValueError("The README has no row on 'hurdles grade --scheduler'.")
    took = float(found["took"]) * (0.001 if found["unit"] == "ms" else 1.0)
    return took / int(found["count"])


def table(each: float) -> str:
    """Return the table for submissions that take this many seconds each on one worker."""
    lines = [f"| workers of {CORES} cores | {SUBMISSIONS:,} submissions take | core hours |", "|---:|---:|---:|"]
    for workers in WORKERS:
        minutes = SUBMISSIONS * each / workers / 60
        shown = f"{minutes / 60:.1f} hours" if minutes > 90 else f"{minutes:.1f} minutes"
        lines.append(f"| {workers} | {shown} | {minutes / 60 * workers * CORES:.1f} |")
    return "\n".join(lines)


def page(text: str, readme: str) -> str:
    """Return the docs' page with its table made anew."""
    return _PART.sub(lambda found: f"{found[1]}{table(seconds_each(readme))}\n{found[2]}", text)


def main() -> None:
    """Write the table."""
    root = paths.content_root()
    path: Path = root / "docs" / "cluster.md"
    path.write_text(page(path.read_text(encoding="utf-8"), (root / "README.md").read_text(encoding="utf-8")), "utf-8")


if __name__ == "__main__":
    main()
