"""What each module that warm kernels have imported costs: ``python -m benchmarks.preload`` prints a table."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys

from hurdles.kernels.preload import KERNEL, wanted

__all__ = ["main"]

RUNS = 3
# Imports one module after the other, and notes what each adds to those before it.
PROGRAM = """
import importlib, json, sys, time
def own():
    with open("/proc/self/smaps_rollup") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("Private"))
found, names = [], json.loads(sys.argv[1])
for name in names:
    before, started = own(), time.perf_counter()
    importlib.import_module(name)
    found.append([1000 * (time.perf_counter() - started), (own() - before) / 1024])
print(json.dumps(found))
"""


def main() -> None:
    """Print the table."""
    modules = wanted(None)
    runs = [_once([*KERNEL, *modules]) for _ in range(RUNS)]
    medians = [[statistics.median(value) for value in zip(*cells, strict=True)] for cells in zip(*runs, strict=True)]
    kernel, rest = medians[: len(KERNEL)], medians[len(KERNEL) :]
    rows = [("the kernel itself", *map(sum, zip(*kernel, strict=True)))]
    rows += [(f"`{name}`", *cells) for name, cells in zip(modules, rest, strict=True)]
    rows.append(("all", *map(sum, zip(*medians, strict=True))))
    print("| module | ms | MB |\n|---|---:|---:|")
    for name, took, memory in rows:
        print(f"| {name} | {took:.0f} | {memory:.1f} |")


def _once(names: list[str]) -> list[list[float]]:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", PROGRAM, json.dumps(names)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    found: list[list[float]] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
