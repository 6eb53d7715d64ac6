"""Rows of people who do not exist: a Gaussian copula, and whether its rows are useful and private."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from threadpoolctl import threadpool_limits

from hurdles.errors import HurdlesError

__all__ = ["blurred", "copied", "copula", "halves", "independent", "nearest", "privacy", "smoted", "trained_on"]

Floats = NDArray[np.float64]
# A column with more different values than this is one of amounts: values between those seen make sense.
_AMOUNTS: Final = 30


def copula(frame: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """Draw new rows from a Gaussian copula.

    Each column is turned into normal scores by its ranks, so that only how columns go together is left: one
    correlation a pair. New scores are drawn with these correlations and turned back by each column's quantiles.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns of numbers, flags and codes included. Rows with a gap are not used.
    n : int
        How many rows to draw.
    seed : int
        The same seed draws the same rows.

    Returns
    -------
    pandas.DataFrame
        `n` rows with the columns of `frame`. Every value lies within its column's range; a column with at most 30
        different values keeps to these.

    Raises
    ------
    hurdles.errors.HurdlesError
        If fewer than two rows have no gap.

    Notes
    -----
    Source: R. B. Nelsen (2006), *An Introduction to Copulas*, 2nd edition. Ties flatten a correlation: a flag says less
    than the score behind it. The scores of tied values are therefore the means of the scores they share, and each
    correlation is divided by the spread that is left, which is exact to first order.
    """
    from scipy.special import ndtr

    whole = frame.dropna().astype(float)
    if len(whole) < 2:
        raise HurdlesError("A copula needs at least two rows without gaps. Fill the gaps, or use fewer columns.")
    scores = np.column_stack([_normal_scores(whole[column].to_numpy()) for column in whole])
    drawn = np.random.default_rng(seed).standard_normal((n, whole.shape[1])) @ _root(_correlation(scores)).T
    ranks = ndtr(drawn)
    return pd.DataFrame(
        {column: _quantiles(whole[column].to_numpy(), ranks[:, i]) for i, column in enumerate(whole.columns)},
        columns=whole.columns,
    )


def _normal_scores(values: Floats) -> Floats:
    """Return for each value the mean of a standard normal variable over the share of ranks that the value holds."""
    from scipy.special import ndtri

    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    edges = ndtri(np.concatenate([[0.0], np.cumsum(counts) / len(values)]).clip(0, 1))
    density = np.exp(-(edges**2) / 2) / np.sqrt(2 * np.pi)
    scores: Floats = ((density[:-1] - density[1:]) * len(values) / counts)[place]
    return scores


def _correlation(scores: Floats) -> Floats:
    spread = scores.std(axis=0)
    # A constant column goes with nothing.
    safe = np.where(spread > 0, spread, 1.0)
    matrix = (scores.T @ scores / len(scores)) / np.outer(safe**2, safe**2)
    np.fill_diagonal(matrix, 1.0)
    return matrix.clip(-0.99, 0.99) + 0.01 * np.eye(len(matrix))


def _root(matrix: Floats) -> Floats:
    """Return a square root of the nearest thing to a correlation matrix."""
    values, vectors = np.linalg.eigh(matrix)
    root = vectors * np.sqrt(values.clip(0))
    result: Floats = root / np.sqrt((root**2).sum(axis=1, keepdims=True))
    return result


def _quantiles(values: Floats, ranks: Floats) -> Floats:
    method: Any = "linear" if len(np.unique(values)) > _AMOUNTS else "inverted_cdf"
    result: Floats = np.quantile(values, ranks, method=method)
    return result


def independent(frame: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """Draw each column by itself, so that nothing goes with anything.

    Parameters
    ----------
    frame : pandas.DataFrame
        Real rows; those with a gap are not used.
    n : int
        How many rows to draw.
    seed : int
        The same seed draws the same rows.

    Returns
    -------
    pandas.DataFrame
        `n` rows with the columns of `frame`.
    """
    rng, whole = np.random.default_rng(seed), frame.dropna()
    return pd.DataFrame({column: rng.choice(whole[column].to_numpy(), n) for column in whole})


def copied(frame: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """Draw real rows with replacement: "synthetic" data as it should not be.

    Parameters
    ----------
    frame : pandas.DataFrame
        Real rows; those with a gap are not used.
    n : int
        How many rows to draw.
    seed : int
        The same seed draws the same rows.

    Returns
    -------
    pandas.DataFrame
        `n` rows with the columns of `frame`.
    """
    return frame.dropna().sample(n, replace=True, random_state=seed).reset_index(drop=True)


def blurred(frame: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """Draw real rows with replacement and move each amount by about a hundredth: copies in disguise.

    Parameters
    ----------
    frame : pandas.DataFrame
        Real rows; those with a gap are not used.
    n : int
        How many rows to draw.
    seed : int
        The same seed draws the same rows.

    Returns
    -------
    pandas.DataFrame
        `n` rows with the columns of `frame`; columns with at most 30 different values are left alone.
    """
    rows, rng = copied(frame, n, seed).astype(float), np.random.default_rng(seed)
    for column in rows:
        if frame[column].nunique() > _AMOUNTS:
            rows[column] *= rng.normal(1, 0.01, n)
    return rows


def smoted(frame: pd.DataFrame, label: str, seed: int) -> pd.DataFrame:
    """Return the rows that SMOTE adds: points on lines between near rows of the rarer label.

    Parameters
    ----------
    frame : pandas.DataFrame
        Real rows with the label; those with a gap are not used.
    label : str
        Column of 0 and 1.
    seed : int
        The same seed adds the same rows.

    Returns
    -------
    pandas.DataFrame
        As many rows as it takes to balance the labels. Columns are standardised for the search of near rows.
    """
    from imblearn.over_sampling import SMOTE
    from sklearn.preprocessing import StandardScaler

    whole = frame.dropna()
    features = whole.drop(columns=label).astype(float)
    scaler = StandardScaler().fit(features)
    balanced, labels = SMOTE(random_state=seed).fit_resample(scaler.transform(features), whole[label])
    made = pd.DataFrame(scaler.inverse_transform(balanced[len(whole) :]), columns=features.columns)
    # Turning a scale back leaves rounding errors, which would make a true 0 or 1 look like a value between.
    return made.round(9).assign(**{label: np.asarray(labels)[len(whole) :]})[list(whole.columns)]


def halves(frame: pd.DataFrame, label: str, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cut the rows without gaps in two, with the same share of each label.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    label : str
        The column whose shares are to be equal.
    seed : int
        Seed of the shuffling.

    Returns
    -------
    tuple of pandas.DataFrame
        The rows to learn from, and as many that nobody looks at.
    """
    whole = frame.dropna()
    even = whole.iloc[: len(whole) // 2 * 2]
    seen, kept = train_test_split(even, test_size=0.5, random_state=seed, stratify=even[label])
    return seen, kept


def trained_on(makers: Mapping[str, Any], frame: pd.DataFrame, label: str, model: Any, repeats: int) -> pd.DataFrame:
    """Train on made-up rows, test on real ones.

    Parameters
    ----------
    makers : mapping of str to callable
        ``maker(frame, n, seed) -> frame``, such as `copula`.
    frame : pandas.DataFrame
        Real rows with the label.
    label : str
        Column to predict, 0 or 1.
    model : estimator
        An unfitted classifier or pipeline.
    repeats : int
        How many halves to cut anew.

    Returns
    -------
    pandas.DataFrame
        AUC on the real half that was kept aside: a row for each repeat, a column for the real half (``real rows``)
        and one for each maker.
    """
    scores = []
    with threadpool_limits(1):
        for seed in range(repeats):
            seen, kept = halves(frame, label, seed)
            made = {"real rows": seen} | {name: maker(seen, len(seen), seed) for name, maker in makers.items()}
            fitted = {
                name: clone(model).fit(rows.drop(columns=label), rows[label].astype(int)) for name, rows in made.items()
            }
            hidden = kept.drop(columns=label)
            scores.append({n: roc_auc_score(kept[label], m.predict_proba(hidden)[:, 1]) for n, m in fitted.items()})
    return pd.DataFrame(scores).rename_axis("split")


def nearest(rows: pd.DataFrame, real: pd.DataFrame) -> Floats:
    """Measure how far each row is from the nearest real record.

    Parameters
    ----------
    rows : pandas.DataFrame
        The rows to check, without gaps.
    real : pandas.DataFrame
        Real records with the same columns, without gaps.

    Returns
    -------
    numpy.ndarray
        Euclidean distances, with each column measured in ranks among the real records, from 0 to 1: 0 is a copy.
    """
    from scipy.spatial import KDTree

    distances, _ = KDTree(_ranks(real, real)).query(_ranks(rows[real.columns], real))
    result: Floats = distances
    return result


def _ranks(rows: pd.DataFrame, real: pd.DataFrame) -> Floats:
    columns = []
    for column in real:
        ordered, values = np.sort(real[column].to_numpy()), rows[column].to_numpy()
        below, upto = (np.searchsorted(ordered, values, side) for side in ("left", "right"))
        columns.append((below + upto) / 2 / len(ordered))
    return np.column_stack(columns)


def privacy(made: Mapping[str, pd.DataFrame], seen: pd.DataFrame, kept: pd.DataFrame) -> pd.DataFrame:
    """Ask whether made-up rows lie closer to the records they were made from than to other real records.

    Parameters
    ----------
    made : mapping of str to pandas.DataFrame
        Rows to check.
    seen, kept : pandas.DataFrame
        The real records they were made from, and as many others, which nobody used.

    Returns
    -------
    pandas.DataFrame
        For each: ``copies (%)``, rows at distance 0 from a record used; ``median distance`` to the nearest record
        used; ``closer to used records (%)``, about 50 when nothing was learned by heart (ties count half).
    """
    out = {}
    for name, rows in made.items():
        used, other = nearest(rows, seen), nearest(rows, kept)
        closer = (used < other).mean() + (used == other).mean() / 2
        out[name] = {
            "copies (%)": 100 * float((used < 1e-12).mean()),
            "median distance": float(np.median(used)),
            "closer to used records (%)": 100 * float(closer),
        }
    return pd.DataFrame.from_dict(out, orient="index")
