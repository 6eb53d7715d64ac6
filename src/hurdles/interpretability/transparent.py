"""Transparent models on the mortgage desk: odds ratios, rules, and a fair comparison with a forest.

Nothing here draws. Heavy libraries are imported by the functions that need them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hurdles.errors import HurdlesError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "Leaf", "Trial", "paths", "reading_seconds", "standard_errors", "trial", "verdict"]

Floats = NDArray[np.float64]

COLUMNS: Final = (
    "appinc", "loanprc", "hrat", "obrat", "netw", "liq", "lines", "gdlin", "chist", "pubrec", "cons", "mortg", "unver",
)  # fmt: skip
"""What an officer knows when an application comes in; nothing sensitive, nothing written later."""

# Adults reading English non-fiction in silence: M. Brysbaert (2019), "How many words do we read per minute? A review
# and meta-analysis of reading rate", Journal of Memory and Language 109.
_WORDS_A_MINUTE: Final = 238
_FOLDS: Final = 5


def standard_errors(design: ArrayLike, chances: ArrayLike) -> Floats:
    """Return how far each weight of a logistic regression may be off by chance.

    Parameters
    ----------
    design : array-like
        Rows x columns: what an unpenalised logistic regression with an intercept was fitted on.
    chances : array-like
        Its probability of class 1 for each of these rows.

    Returns
    -------
    numpy.ndarray
        For each column, the standard error of its weight (in log-odds for one unit of the column), without the
        intercept's. About 95 % of intervals of 1.96 standard errors to either side hold the weight that unlimited
        rows would give.

    Raises
    ------
    hurdles.errors.HurdlesError
        If a column repeats others, so that its weight is not determined.

    Notes
    -----
    The inverse of the information matrix, as in D. W. Hosmer and S. Lemeshow, *Applied Logistic Regression*.
    """
    rows = np.asarray(design, dtype=float)
    chance = np.asarray(chances, dtype=float)
    full = np.column_stack([np.ones(len(rows)), rows])
    information = (full * (chance * (1 - chance))[:, None]).T @ full
    if np.linalg.matrix_rank(information) < len(information):
        raise HurdlesError(
            "A column can be worked out from the others (or is constant), so its weight means nothing. Leave it out."
        )
    errors: Floats = np.sqrt(np.diag(np.linalg.inv(information)))[1:]
    return errors


@dataclass(frozen=True)
class Leaf:
    """One leaf of a decision tree, with the way to it.

    Parameters
    ----------
    conditions : tuple of (int, str, float)
        From the root down: number of the column, ``<=`` or ``>``, threshold. Empty if the tree asks nothing.
    share : float
        Share of class 1 among the training rows in the leaf, from 0 to 1.
    rows : int
        How many training rows are in it.
    """

    conditions: tuple[tuple[int, str, float], ...]
    share: float
    rows: int


def paths(tree: Any) -> list[Leaf]:
    """List the leaves of a fitted decision tree, each with the conditions that lead to it.

    Parameters
    ----------
    tree : sklearn.tree.DecisionTreeClassifier
        Fitted on classes 0 and 1, with no gaps and no weights.

    Returns
    -------
    list of Leaf
        From left to right. ``leaf.conditions`` holds (number of the column, sign, threshold), ``leaf.share`` the share
        of class 1. Every row without gaps meets all conditions of exactly one leaf.
    """
    inner = tree.tree_
    one = list(tree.classes_).index(1) if 1 in tree.classes_ else None
    found: list[Leaf] = []

    def walk(node: int, conditions: tuple[tuple[int, str, float], ...]) -> None:
        left, right = int(inner.children_left[node]), int(inner.children_right[node])
        if left == right:
            counts = inner.value[node][0]
            share = 0.0 if one is None else float(counts[one] / counts.sum())
            found.append(Leaf(conditions, share, int(inner.n_node_samples[node])))
            return
        column, threshold = int(inner.feature[node]), float(inner.threshold[node])
        walk(left, (*conditions, (column, "<=", threshold)))
        walk(right, (*conditions, (column, ">", threshold)))

    walk(0, ())
    return found


def reading_seconds(text: str) -> float:
    """Estimate how long an adult takes to read a text once.

    Parameters
    ----------
    text : str
        What separates words is white space; a number or a sign counts as a word.

    Returns
    -------
    float
        Seconds at 238 words a minute, the average for English non-fiction (Brysbaert 2019). Reading a rule to check
        it takes longer, so this is a lower bound.
    """
    return 60 * len(text.split()) / _WORDS_A_MINUTE


class Trial(NamedTuple):
    """What models said about rows they had not seen.

    Parameters
    ----------
    auc : pandas.DataFrame
        Area under the ROC curve: one row for each fold, one column for each model.
    chances : pandas.DataFrame
        Probability of class 1: one row for each row of the data, one column for each model.
    seen : pandas.DataFrame
        Like `auc`, but on the rows each model learned from; empty unless asked for.
    """

    auc: pd.DataFrame
    chances: pd.DataFrame
    seen: pd.DataFrame


def trial(
    models: Mapping[str, Any], features: pd.DataFrame, label: pd.Series, seed: int = 0, seen: bool = False
) -> Trial:
    """Let models predict rows they have not seen, all on the same five folds.

    Parameters
    ----------
    models : mapping of str to estimator
        Unfitted classifiers or pipelines; everything they learn is learned in the training part of each fold.
    features : pandas.DataFrame
        What they may look at.
    label : pandas.Series
        0 or 1 for each row.
    seed : int
        Seed of the shuffling into folds.
    seen : bool
        Whether to score the models on the rows they learned from, too.

    Returns
    -------
    Trial
    """
    import pandas as pd
    from sklearn.base import clone
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold
    from threadpoolctl import threadpool_limits

    chances = pd.DataFrame(np.nan, index=features.index, columns=list(models))
    new, old = [], []
    # On tables this small, threads only wait for each other.
    with threadpool_limits(1):
        for learn, judge in StratifiedKFold(_FOLDS, shuffle=True, random_state=seed).split(features, label):
            known: dict[str, float] = {}
            for place, (name, model) in enumerate(models.items()):
                fitted = clone(model).fit(features.iloc[learn], label.iloc[learn])
                chances.iloc[judge, place] = fitted.predict_proba(features.iloc[judge])[:, 1]
                if seen:
                    known[name] = roc_auc_score(label.iloc[learn], fitted.predict_proba(features.iloc[learn])[:, 1])
            unseen = chances.iloc[judge]
            new.append({name: roc_auc_score(label.iloc[judge], unseen[name]) for name in models})
            old.append(known)
    return Trial(pd.DataFrame(new).rename_axis("fold"), chances, pd.DataFrame(old).rename_axis("fold"))


def verdict(results: Trial, label: pd.Series, base: str) -> pd.DataFrame:
    """Set models beside one of them, fold by fold, and say how many refusals each one's short list holds.

    Parameters
    ----------
    results : Trial
        What `trial` returned.
    label : pandas.Series
        1 for each row that was refused, else 0.
    base : str
        The model to compare with.

    Returns
    -------
    pandas.DataFrame
        One row for each model. ``AUC``: its mean over folds. ``difference``: mean over folds of its AUC less that of
        `base`; ``spread``: standard deviation of that. ``folds better``: in how many folds it beats `base`.
        ``refused in list``: of the rows with the highest probability, as many as were refused in all, how many were
        refused; where the list's end falls among equal probabilities, their average share counts.
    """
    import pandas as pd

    gain = results.auc.sub(results.auc[base], axis=0)
    better = {name: "" if name == base else f"{(gain[name] > 0).sum()} of {len(gain)}" for name in gain}
    found = {name: _found(results.chances[name].to_numpy(), label.to_numpy()) for name in gain}
    columns = {"AUC": results.auc.mean(), "difference": gain.mean(), "spread": gain.std(), "folds better": better}
    return pd.DataFrame({**columns, "refused in list": found}).rename_axis("model")


def _found(chance: Floats, label: NDArray[Any]) -> float:
    """Count class 1 among the highest chances, as many as class 1 has rows; ties share alike."""
    size = int(label.sum())
    last = np.sort(chance)[-size]
    above, tied = chance > last, chance == last
    return float(label[above].sum() + (size - above.sum()) * label[tied].mean())
