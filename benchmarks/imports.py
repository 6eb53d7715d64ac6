"""What importing the package costs."""

from __future__ import annotations

import statistics
import subprocess
import sys

from benchmarks.table import Row

__all__ = ["measure"]

RUNS = 15
# The clock runs inside, so that the start of the interpreter, many times longer, does not drown it.
CLOCK = "import time; begun = time.perf_counter(); import hurdles; print(time.perf_counter() - begun)"


def measure() -> list[Row]:
    """Import the package in fresh interpreters."""
    times = []
    for _ in range(RUNS):
        done = subprocess.run([sys.executable, "-c", CLOCK], check=True, capture_output=True, text=True)
        times.append(1000 * float(done.stdout))
    return [Row(f"`import hurdles`, median of {RUNS}", statistics.median(times), limit=50)]
