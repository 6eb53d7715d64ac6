"""Importing this module does once what the first figure and the first table of every notebook would do again.

A process that is forked afterwards has it done: fonts are found and read, formatters and parsers are built. Nothing of
it starts a thread, and no setting is changed.
"""

from __future__ import annotations

import io
import random

import numpy as np
import pandas as pd

__all__: list[str] = []


def _table() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.random(20), "b": list("xyzw") * 5, "c": rng.integers(0, 9, 20)})
    frame.loc[3, "a"] = np.nan
    frame.head().to_html()
    repr(frame.describe())
    frame.groupby("b")["a"].agg(["mean", "size"]).sort_values("mean").round(2).to_html()
    frame.merge(frame, on="b").fillna(0).drop_duplicates().isna().sum()
    pd.read_csv(io.StringIO(frame.to_csv(index=False)))


def _figure() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, 2)
    axes[0].plot([0, 1], [1, 0], label="Line")
    axes[0].set(title="Title", xlabel="x (units)", ylabel="y (units)")
    axes[0].legend()
    axes[1].hist([1, 2, 2, 3])
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")


def _rehearse() -> None:
    state, own = np.random.get_state(), random.getstate()
    _table()
    _figure()
    np.random.set_state(state)
    random.setstate(own)


_rehearse()
