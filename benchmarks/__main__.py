"""Measure everything and print one table."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import browser, check, grade, imports, kernels, widgets
from benchmarks.table import Row, render

SUITES: dict[str, Callable[[], list[Row]]] = {
    "imports": imports.measure,
    "widgets": widgets.measure,
    "browser": browser.measure,
    "check": check.measure,
    "kernels": kernels.measure,
    "grade": grade.measure,
}


def machine() -> str:
    """Name the processor, its cores and the interpreter."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        lines = info.read_text(encoding="utf-8").splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model)
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def main() -> None:
    """Run the suites named on the command line, or all of them."""
    names = sys.argv[1:] or list(SUITES)
    unknown = [name for name in names if name not in SUITES]
    if unknown:
        print(f"There is no suite {', '.join(unknown)}. Suites: {', '.join(SUITES)}.", file=sys.stderr)
        sys.exit(2)
    rows: list[Row] = []
    for name in names:
        print(f"measuring {name} …", file=sys.stderr)
        rows += SUITES[name]()
    print(f"Measured on: {machine()}\n")
    print(render(rows))


main()
