"""What transparency costs: a tree, a rule list and a scorecard of every size, beside a random forest.

All are fitted once on the cleaned mortgages, on the same folds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, get_args

import numpy as np

from hurdles.errors import HurdlesError
from hurdles.interpretability.transparent import COLUMNS, paths, reading_seconds, standard_errors, trial

__all__ = ["MODELS", "SIZES", "UNITS", "Forest", "Model", "Price", "price", "spoken"]

Model = Literal["tree", "list", "card"]
MODELS: Final[tuple[Model, ...]] = get_args(Model)
SIZES: Final = tuple(range(1, 9))
UNITS: Final[dict[Model, tuple[str, str]]] = {
    "tree": ("question in a row", "questions in a row"),
    "list": ("rule", "rules"),
    "card": ("column", "columns"),
}
_TREES: Final = 60


@dataclass(frozen=True)
class Forest:
    """The random forest that every transparent model is set beside.

    Parameters
    ----------
    auc : float
        Area under the ROC curve on unseen rows, mean over folds.
    rules, seconds : float
        Leaves of all its trees, and how long it takes to read them.
    """

    auc: float
    rules: int
    seconds: float


@dataclass(frozen=True)
class Price:
    """What one kind of transparent model gives at each size, and the text of one of them.

    Parameters
    ----------
    model : str
        ``tree``, ``list`` or ``card``.
    size : int
        Depth, number of rules or number of columns: one of `SIZES`.
    unseen, low, high, seen : tuple of float
        For each of `SIZES`: area under the ROC curve on unseen rows, as mean, least and greatest of five folds, and
        its mean on the rows learned from.
    text : tuple of str
        The whole model, fitted on all rows, one rule or column a line.
    seconds : float
        How long the text takes to read once.
    forest : Forest
        What it is set beside.
    """

    model: Model
    size: int
    unseen: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    seen: tuple[float, ...]
    text: tuple[str, ...]
    seconds: float
    forest: Forest

    @property
    def auc(self) -> float:
        """Area under the ROC curve on unseen rows, at this size."""
        return self.unseen[SIZES.index(self.size)]


def price(model: Model, size: int) -> Price:
    """Work out what a transparent model of some size gives, on the cleaned mortgages.

    Parameters
    ----------
    model : str
        ``tree``: scikit-learn's decision tree, leaves of at least 5 rows. ``list``: the greedy rule list of imodels.
        ``card``: a logistic regression on the standardised columns with the largest weights.
    size : int
        Depth of the tree, rules in the list, columns on the card: one of `SIZES`.

    Returns
    -------
    Price
    """
    if model not in MODELS or size not in SIZES:
        raise HurdlesError(f"price() was asked for {model!r} of size {size!r}. Models: {MODELS}; sizes: {SIZES}.")
    curves, texts = _world()[0][model]
    text = texts[SIZES.index(size)]
    return Price(model, size, *curves, text, reading_seconds("\n".join(text)), _world()[1])


def spoken(seconds: float) -> str:
    """Say a time as a person would.

    Parameters
    ----------
    seconds : float
        The time.

    Returns
    -------
    str
        In seconds, minutes or hours.
    """
    for unit, long in (("seconds", 1), ("minutes", 60)):
        if seconds < 90 * long:
            return f"{seconds / long:.0f} {unit}"
    return f"{seconds / 3600:.1f} hours"


Curves = tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...], tuple[float, ...]]


@cache
def _world() -> tuple[dict[Model, tuple[Curves, list[tuple[str, ...]]]], Forest]:
    """Fit everything once: gaps are filled by medians, learned with each model."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from threadpoolctl import threadpool_limits

    from hurdles.datasets import mortgages

    frame = mortgages(cleaned=True)
    features, label = frame[list(COLUMNS)], frame["reject"]
    filled = features.fillna(features.median())

    def piped(last: Any) -> Any:
        return make_pipeline(SimpleImputer(strategy="median").set_output(transform="pandas"), last)

    bushes = RandomForestClassifier(_TREES, min_samples_leaf=5, random_state=0)
    models = {f"{kind} {size}": piped(_model(kind, size)) for kind in MODELS for size in SIZES}
    results = trial({**models, "forest": piped(bushes)}, features, label, seen=True)
    found: dict[Model, tuple[Curves, list[tuple[str, ...]]]] = {}
    with threadpool_limits(1):
        for kind in MODELS:
            unseen = results.auc[[f"{kind} {size}" for size in SIZES]].to_numpy()
            seen = results.seen[[f"{kind} {size}" for size in SIZES]].to_numpy()
            rows = (unseen.mean(0), unseen.min(0), unseen.max(0), seen.mean(0))
            a, b, c, d = (tuple(float(value) for value in row) for row in rows)
            texts = [_text(kind, _model(kind, size).fit(filled, label), filled) for size in SIZES]
            found[kind] = ((a, b, c, d), texts)
        bushes.fit(filled, label)
    lines = [line for one in bushes.estimators_ for line in _text("tree", one, filled)]
    return found, Forest(float(results.auc["forest"].mean()), len(lines), reading_seconds("\n".join(lines)))


def _model(kind: Model, size: int) -> Any:
    if kind == "tree":
        from sklearn.tree import DecisionTreeClassifier

        return DecisionTreeClassifier(max_depth=size, min_samples_leaf=5, random_state=0)
    if kind == "list":
        from imodels import GreedyRuleListClassifier  # type: ignore[import-untyped]

        return GreedyRuleListClassifier(max_depth=size)
    from sklearn.feature_selection import SelectFromModel
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    largest = SelectFromModel(LogisticRegression(), max_features=size, threshold=-np.inf)
    return make_pipeline(StandardScaler(), largest, LogisticRegression(C=np.inf))


def _text(kind: Model, fitted: Any, filled: Any) -> tuple[str, ...]:
    if kind == "tree":
        return tuple(
            (" and ".join(f"{COLUMNS[c]} {sign} {_short(at)}" for c, sign, at in leaf.conditions) or "always")
            + f": {leaf.share:.0%}"
            for leaf in paths(fitted)
        )
    if kind == "list":
        lines, rest = [], 0.0
        for rule in fitted.rules_:
            if "col" in rule:
                # `flip` says on which side of the cutoff the rule holds.
                sign = "<" if rule["flip"] else ">="
                lines.append(f"if {rule['col']} {sign} {_short(rule['cutoff'])}: {rule['val_right']:.0%}")
                rest = float(rule["val"])
        return (*(f"{'else ' if i else ''}{line}" for i, line in enumerate(lines)), f"else: {rest:.0%}")
    scaler, largest, last = (step for _, step in fitted.steps)
    kept = np.flatnonzero(largest.get_support())
    values = scaler.transform(filled)[:, kept]
    errors = standard_errors(values, last.predict_proba(values)[:, 1])
    rows = sorted(zip(kept, last.coef_[0], errors, strict=True), key=lambda row: -abs(row[1]))
    return tuple(
        f"{COLUMNS[i]} up by {_short(scaler.scale_[i])}: odds x {np.exp(w):.2f} "
        f"({np.exp(w - 1.96 * e):.2f} to {np.exp(w + 1.96 * e):.2f})"
        for i, w, e in rows
    )


def _short(number: float) -> str:
    return f"{number:.3g}" if abs(number) < 1000 else f"{number:.0f}"
