"""Compute plus draw of every demo, over its grid of controls."""

from __future__ import annotations

import time

from benchmarks.table import Row, percentile
from hurdles import catalog, paths
from hurdles.gallery import load_demo

__all__ = ["measure"]


def measure() -> list[Row]:
    """Time each point of each demo's grid once, cold where the learner would be cold."""
    rows = []
    for lesson in catalog.load(paths.content_root()).lessons:
        if lesson.demo is None:
            continue
        demo = load_demo(lesson.demo)
        demo.picture(**demo.defaults)  # what opening the page costs is not the slider's
        times = []
        for controls in demo.grid():
            started = time.perf_counter()
            demo.picture(**controls)
            times.append(1000 * (time.perf_counter() - started))
        figure = f"widget `{demo.name}`: compute, draw and PNG, 95th percentile of {len(times)} settings"
        rows.append(Row(figure, percentile(times, 0.95), limit=100))
    return rows
