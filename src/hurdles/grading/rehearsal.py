"""Importing this module does once what the first figure, table, model and error of every notebook would do again.

A process that is forked afterwards has it done: fonts are found and read, formatters and parsers are built, modules
that libraries import late are there. Nothing of it starts a thread, and no setting is changed.
"""

from __future__ import annotations

import io
import json
import linecache
import random
import sys

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


def _model() -> None:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    frame = pd.DataFrame({"a": [1.0, 2.0, np.nan, 4.0], "b": [0.0, 1.0, 0.5, 0.2]})
    model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression())
    chances = model.fit(frame, [0, 1, 0, 1]).predict_proba(frame)[:, 1]
    roc_auc_score(pd.Series([0, 1, 0, 1]), chances)


def _hand_over() -> None:
    from hurdles.grading import codec

    frame = pd.DataFrame({"a": [1.0, np.nan], "b": [2.0, 3.0], "c": ["x", "y"], "d": [1, 2]}, index=[7, 8])
    whole = [frame, frame["a"], frame.to_numpy(), {"k": (1, {2}, None)}, np.float64(1.5)]
    codec.decode(json.loads(json.dumps(codec.encode([whole, {}]))))


def _error() -> None:
    from IPython.core.ultratb import AutoFormattedTB

    formatter = AutoFormattedTB(mode="Context", tb_offset=0)  # type: ignore[no-untyped-call]
    try:
        raise ValueError("an error to look at")
    except ValueError:
        formatter.structured_traceback(*sys.exc_info())
    # What was read for it may have changed when the next error is looked at.
    linecache.clearcache()


def _rehearse() -> None:
    state, own = np.random.get_state(), random.getstate()
    _table()
    _figure()
    _model()
    _hand_over()
    _error()
    np.random.set_state(state)
    random.setstate(own)


_rehearse()
