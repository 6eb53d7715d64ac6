"""What importing the package costs, beside an interpreter that imports nothing."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from benchmarks.table import Row

__all__ = ["measure"]

RUNS = 15


def _start(code: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return 1000 * (time.perf_counter() - started)


def measure() -> list[Row]:
    """Start interpreters with and without the import, in turn; the medians' difference is the import's."""
    bare, ours = [], []
    for _ in range(RUNS):
        bare.append(_start("pass"))
        ours.append(_start("import hurdles"))
    return [Row("`import hurdles`", max(statistics.median(ours) - statistics.median(bare), 0.01), limit=50)]
