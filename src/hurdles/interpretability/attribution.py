"""Attribution: how much each column of one application, or of all, has to do with what a model says."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, permutations
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hurdles.datasets.desk import Desk

__all__ = [
    "BACKGROUNDS",
    "Attribution",
    "agreement",
    "directions",
    "drop_of_auc",
    "importances",
    "lime_weights",
    "pool",
    "shap_values",
    "shapley",
    "top",
]

Floats = NDArray[np.float64]
Background = Literal["all", "approved", "similar"]
BACKGROUNDS: Final[tuple[Background, ...]] = ("all", "approved", "similar")
# Of the training rows, as many as count as similar to one application.
_SIMILAR: Final = 200


@dataclass(frozen=True)
class Attribution:
    """SHAP values of some rows, and the baseline they start from.

    Parameters
    ----------
    base : float
        The model's mean chance of refusal over the background rows, 0 to 1.
    values : pandas.DataFrame of shape (rows, columns)
        What each column adds to the chance: with `base` they add up to the model's chance for the row.
    """

    base: float
    values: pd.DataFrame


def shapley(value: Callable[[frozenset[str]], float], players: Sequence[str]) -> dict[str, float]:
    """Return exact Shapley values: each player's mean gain over all orders of joining.

    Parameters
    ----------
    value : callable
        What a set of players is worth.
    players : sequence of str
        At most about eight: the number of orders is a factorial.

    Returns
    -------
    dict of str to float
        They add up to the worth of all players less that of none.

    Notes
    -----
    L. S. Shapley (1953), "A Value for n-Person Games", in: Contributions to the Theory of Games II.
    """
    worth = {s: value(s) for n in range(len(players) + 1) for s in map(frozenset, combinations(players, n))}
    gains = dict.fromkeys(players, 0.0)
    orders = list(permutations(players))
    for order in orders:
        steps = [frozenset(order[:n]) for n in range(len(order) + 1)]
        for player, (before, after) in zip(order, pairwise(steps), strict=True):
            gains[player] += (worth[after] - worth[before]) / len(orders)
    return gains


def pool(desk: Desk, who: int, background: Background) -> pd.DataFrame:
    """Return the training rows that one application is compared with.

    Parameters
    ----------
    desk : Desk
        The model and its rows.
    who : int
        Label of an unseen application.
    background : {"all", "approved", "similar"}
        All applicants, those the lender approved, or those nearest in the columns' standard deviations.

    Returns
    -------
    pandas.DataFrame
    """
    if background == "all":
        return desk.train
    if background == "approved":
        return desk.train[desk.refused_train == 0]
    distance = (((desk.train - desk.test.loc[who]) / desk.train.std()) ** 2).sum(axis=1)
    return desk.train.loc[distance.nsmallest(_SIMILAR).index]


def shap_values(
    desk: Desk, rows: pd.DataFrame, background: pd.DataFrame, scale: Literal["probability", "raw"] = "probability"
) -> Attribution:
    """Return SHAP values by shap's explainer for trees.

    Parameters
    ----------
    desk : Desk
        The model.
    rows : pandas.DataFrame
        Applications to explain.
    background : pandas.DataFrame
        Applications to compare them with; a hundred or so.
    scale : {"probability", "raw"}
        Chances, or the log-odds in which the trees add up.

    Returns
    -------
    Attribution
        For ``raw``, in log-odds throughout.

    Notes
    -----
    Log-odds: exact Shapley values, where columns outside a group take the values of a background row. Chances: for each
    background row these are stretched to the difference of the two chances. They add up, but are not the Shapley values
    of the chance itself.
    """
    with warnings.catch_warnings():
        # On import, shap's colour maps use a way of matplotlib that is on its way out.
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        import shap  # type: ignore[import-untyped,unused-ignore]
    explained = shap.TreeExplainer(desk.model, background, model_output=scale)(rows)
    base = float(np.ravel(explained.base_values)[0])
    return Attribution(base, pd.DataFrame(explained.values, rows.index, rows.columns))


def lime_weights(
    desk: Desk, who: int, seed: int, samples: int = 500, around: pd.DataFrame | None = None
) -> pd.Series[float]:
    """Return LIME's weights for the chance of refusal of one application.

    Parameters
    ----------
    desk : Desk
        The model and its rows.
    who : int
        Label of an unseen application.
    seed : int
        Decides which neighbours are made up.
    samples : int
        How many neighbours.
    around : pandas.DataFrame, optional
        Rows that say which values occur, and how often; the training rows if not given.

    Returns
    -------
    pandas.Series
        A weight for each column: how far the chance differs, in a straight line fitted nearby, between neighbours
        that share the application's value (or, for amounts, its quarter of the values) and those that do not.
    """
    from lime.lime_tabular import LimeTabularExplainer  # type: ignore[import-untyped,unused-ignore]

    rows = desk.train if around is None else around
    explainer = LimeTabularExplainer(
        rows.to_numpy(), feature_names=desk.features, categorical_features=desk.codes, random_state=seed
    )
    told = explainer.explain_instance(
        desk.test.loc[who].to_numpy(), desk.chances, num_features=len(desk.features), num_samples=samples
    )
    weights = dict(told.as_map()[1])
    return pd.Series([float(weights[i]) for i in range(len(desk.features))], desk.features)


def top(weights: pd.Series[float], k: int) -> list[str]:
    """Return the `k` columns that raise the chance of refusal most, the strongest first; none that lowers it."""
    return [str(name) for name in weights[weights > 0].nlargest(k).index]


def agreement(reasons: Iterable[Sequence[str]]) -> float:
    """Return how far lists of reasons agree: 1 if all name the same, 0 if no two share any.

    Parameters
    ----------
    reasons : iterable of sequence of str
        Two lists or more.

    Returns
    -------
    float
        The mean over all pairs: reasons in both, divided by reasons in either (Jaccard's index).
    """
    sets = [set(names) for names in reasons]
    return float(np.mean([len(a & b) / len(a | b) if a | b else 1.0 for a, b in combinations(sets, 2)]))


def importances(desk: Desk, rows: Literal["train", "test"], repeats: int = 5) -> pd.Series[float]:
    """Return the permutation importance of each column, by scikit-learn.

    Parameters
    ----------
    desk : Desk
        The model and its rows.
    rows : {"train", "test"}
        Where columns are shuffled: among rows the model learned from, or among unseen ones.
    repeats : int
        How often each column is shuffled.

    Returns
    -------
    pandas.Series
        How far AUC falls on average when the column is shuffled.
    """
    from sklearn.inspection import permutation_importance

    frame, refused = (desk.train, desk.refused_train) if rows == "train" else (desk.test, desk.refused_test)
    result = permutation_importance(desk.model, frame, refused, scoring="roc_auc", n_repeats=repeats, random_state=0)
    return pd.Series(result.importances_mean, desk.features, name=rows)


def drop_of_auc(desk: Desk, columns: Sequence[str], repeats: int = 10) -> float:
    """Return how far AUC on unseen rows falls when columns are shuffled together, as one block.

    Parameters
    ----------
    desk : Desk
        The model and its rows.
    columns : sequence of str
        The block: rows keep their combination of these, but get somebody else's.
    repeats : int
        Shuffles to average over.

    Returns
    -------
    float
    """
    from sklearn.metrics import roc_auc_score

    rng, names, whole = np.random.default_rng(0), list(columns), desk.auc()
    drops = []
    for _ in range(repeats):
        mixed = desk.test.copy()
        mixed[names] = desk.test[names].to_numpy()[rng.permutation(len(mixed))]
        drops.append(whole - float(roc_auc_score(desk.refused_test, desk.chance(mixed))))
    return float(np.mean(drops))


def directions(values: pd.DataFrame, rows: pd.DataFrame, expected: Mapping[str, int]) -> pd.DataFrame:
    """Test whether larger values of a column push the chance the way that people expect.

    Parameters
    ----------
    values : pandas.DataFrame of shape (n, columns)
        SHAP values.
    rows : pandas.DataFrame of shape (n, columns)
        The columns' values.
    expected : mapping of str to int
        For each column to test, 1 if larger values should raise the chance of refusal, -1 if they should lower it.

    Returns
    -------
    pandas.DataFrame
        One row for each column: ``expected`` and ``seen`` ("raises" or "lowers"), ``rank correlation`` of value and
        SHAP value, from -1 to 1, and ``passes``.
    """
    found: dict[str, dict[str, Any]] = {}
    for column, sign in expected.items():
        # Pandas' own Spearman asks for scipy.stats, whose import takes a second; ranks and Pearson are the same.
        rho = float(rows[column].rank().corr(values[column].rank()))
        found[column] = {
            "expected": "raises" if sign > 0 else "lowers",
            "seen": "raises" if rho > 0 else "lowers",
            "rank correlation": rho,
            "passes": bool(sign * rho > 0),
        }
    return pd.DataFrame.from_dict(found, orient="index")
