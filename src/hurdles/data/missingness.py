"""What missing values cost: a model's ranking, and the truth of an average.

Applicants are simulated (`hurdles.datasets.applicants`), so that the truth is known. Some of their incomes are
hidden, at random or not; an imputer treats the holes; a logistic regression learns from the result and ranks new
applicants whose incomes have holes of the same kind. Everything is repeated on samples drawn anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from hurdles.datasets import applicants
from hurdles.errors import HurdlesError

__all__ = ["IMPUTERS", "MECHANISMS", "SAMPLES", "SHARES", "Cost", "Curve", "Imputer", "Mechanism", "cost", "hide"]

Floats = NDArray[np.float64]
Mechanism = Literal["MCAR", "MAR", "MNAR"]
Imputer = Literal["drop", "zero", "median", "indicator", "regression"]
MECHANISMS: Final[tuple[Mechanism, ...]] = get_args(Mechanism)
IMPUTERS: Final[tuple[Imputer, ...]] = get_args(Imputer)
SHARES: Final = (0, 10, 20, 30, 40, 50, 60, 70, 80)

SAMPLES: Final = 12
_TRAIN: Final = 400
_TEST: Final = 600
# How strongly the cause of a gap outweighs chance: the cause's standard deviations for one unit of logistic noise.
_PULL: Final = 2.0
_RIDGE: Final = 1.0
_STEPS: Final = 5


@dataclass(frozen=True)
class Curve:
    """A quantity over the share of missing values.

    Parameters
    ----------
    mean, low, high : tuple of float
        For each of `SHARES`: its mean over the samples, and between what 80 % of the samples lie.
    """

    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def at(self, share: int) -> tuple[float, float, float]:
        """Return mean, low and high at one of `SHARES`."""
        i = SHARES.index(share)
        return self.mean[i], self.low[i], self.high[i]


@dataclass(frozen=True)
class Cost:
    """What a share of missing incomes costs under one mechanism and one imputer.

    Parameters
    ----------
    share : int
        Share missing, in percent: one of `SHARES`.
    mechanism, imputer : str
        Why values are missing, and what is done about it.
    auc, bias : Curve
        Area under the ROC curve on new applicants; average income as estimated less the true one, in dollars a
        year.
    auc_drop, bias_drop : Curve
        The same when rows with a gap are dropped.
    """

    share: int
    mechanism: Mechanism
    imputer: Imputer
    auc: Curve
    bias: Curve
    auc_drop: Curve
    bias_drop: Curve


def hide(income: Floats, loan: Floats, share: float, mechanism: Mechanism, seed: int) -> NDArray[np.bool_]:
    """Choose whose income is hidden.

    Parameters
    ----------
    income, loan : numpy.ndarray
        One value for each applicant.
    share : float
        Share to hide, from 0 to 1. A larger share hides the same applicants and more.
    mechanism : str
        ``MCAR``: chance alone. ``MAR``: large loans, which everyone can see, go with hidden incomes. ``MNAR``: high
        incomes hide themselves.
    seed : int
        The same seed hides the same applicants.

    Returns
    -------
    numpy.ndarray
        True where the income is hidden.
    """
    if mechanism not in MECHANISMS:
        raise HurdlesError(f"There is no mechanism {mechanism!r}. Choose one of: {', '.join(MECHANISMS)}.")
    causes = {"MCAR": np.zeros_like(income), "MAR": loan, "MNAR": income}
    cause = causes[mechanism]
    spread = float(cause.std()) or 1.0
    urge = _PULL * (cause - cause.mean()) / spread + np.random.default_rng(seed).logistic(size=len(income))
    hidden = np.zeros(len(income), dtype=bool)
    hidden[np.argsort(-urge)[: round(share * len(income))]] = True
    return hidden


def cost(share: int, mechanism: Mechanism, imputer: Imputer) -> Cost:
    """Work out what missing incomes cost.

    Parameters
    ----------
    share : int
        Share of incomes missing, in percent: one of `SHARES`.
    mechanism : str
        ``MCAR``, ``MAR`` or ``MNAR``: see `hide`.
    imputer : str
        ``drop`` the rows with a gap (a new applicant with a gap gets the average risk); fill with ``zero``; fill with
        the ``median``; the median and an ``indicator`` column; a ``regression`` on the other columns.

    Returns
    -------
    Cost
    """
    if share not in SHARES or imputer not in IMPUTERS:
        raise HurdlesError(
            f"cost() was asked for a share of {share!r} and the imputer {imputer!r}. Shares are {SHARES}, "
            f"imputers {IMPUTERS}."
        )
    auc, bias = _curves(mechanism, imputer)
    auc_drop, bias_drop = _curves(mechanism, "drop")
    return Cost(share, mechanism, imputer, auc, bias, auc_drop, bias_drop)


@dataclass(frozen=True)
class _World:
    """Samples side by side: axis 0 is the sample, axis 1 the applicant, new ones after the first `_TRAIN`."""

    loan: Floats
    income: Floats
    late: Floats
    obligations: Floats
    reject: Floats


@cache
def _world() -> _World:
    size = _TRAIN + _TEST
    frame = applicants(SAMPLES * size, seed=0)
    columns = [frame[name].to_numpy(dtype=float).reshape(SAMPLES, size) for name in frame]
    loan, income, late, obligations, reject = columns
    return _World(loan, income, late, obligations, reject)


@cache
def _holes(mechanism: Mechanism) -> NDArray[np.bool_]:
    """Return samples x shares x applicants: True where an income is hidden. Holes are cut in old and new alike."""
    world, parts = _world(), (slice(0, _TRAIN), slice(_TRAIN, _TRAIN + _TEST))
    return np.stack(
        [
            np.stack(
                [
                    np.concatenate(
                        [
                            hide(world.income[s, part], world.loan[s, part], share / 100, mechanism, 2 * s + i)
                            for i, part in enumerate(parts)
                        ]
                    )
                    for share in SHARES
                ]
            )
            for s in range(SAMPLES)
        ]
    )


@cache
def _curves(mechanism: Mechanism, imputer: Imputer) -> tuple[Curve, Curve]:
    world, hidden = _world(), _holes(mechanism)
    seen = ~hidden[..., :_TRAIN]
    income = _filled(imputer, hidden)
    columns = [np.broadcast_to(c[:, None], hidden.shape) for c in (world.loan, world.late, world.obligations)]
    columns.append(income)
    if imputer == "indicator":
        columns.append(hidden.astype(float))
    features = np.stack(columns, axis=-1)
    known = seen.astype(float) if imputer == "drop" else np.ones(seen.shape)
    label = np.broadcast_to(world.reject[:, None], hidden.shape)
    score = _scores(features, label[..., :_TRAIN], known)
    if imputer == "drop":
        usual = (label[..., :_TRAIN] * known).sum(-1, keepdims=True) / known.sum(-1, keepdims=True)
        score = np.where(hidden[..., _TRAIN:], np.log(usual / (1 - usual)), score)
    auc = _auc(label[..., _TRAIN:], score)
    truth = world.income[:, None, :_TRAIN].mean(-1)
    bias = 1000 * ((income[..., :_TRAIN] * known).sum(-1) / known.sum(-1) - truth)
    return _curve(auc), _curve(bias)


def _filled(imputer: Imputer, hidden: NDArray[np.bool_]) -> Floats:
    """Fill the holes with what the rows to learn from say, never with anything of the new applicants."""
    world = _world()
    income = np.where(hidden, np.nan, world.income[:, None])
    if imputer in ("drop", "zero"):
        return np.nan_to_num(income, nan=0.0)
    if imputer in ("median", "indicator"):
        return np.where(hidden, np.nanmedian(income[..., :_TRAIN], axis=-1, keepdims=True), income)
    others = np.stack([np.ones_like(world.loan), world.loan, world.late, world.obligations], axis=-1)[:, None]
    weight = (~hidden[..., :_TRAIN, None]).astype(float)
    old = others[..., :_TRAIN, :]
    gram = np.swapaxes(old * weight, -1, -2) @ old
    moment = np.swapaxes(old * weight, -1, -2) @ np.nan_to_num(income[..., :_TRAIN, None])
    return np.where(hidden, (others @ np.linalg.solve(gram, moment))[..., 0], income)


def _scores(features: Floats, label: Floats, weight: Floats) -> Floats:
    """Fit many small logistic regressions at once (Newton's method, a little ridge); return the new rows' log-odds.

    Fitted side by side they take milliseconds, where as many calls of a library would keep a slider waiting.
    """
    old, total = features[..., :_TRAIN, :], weight.sum(-1)[..., None, None]
    centre = (old * weight[..., None]).sum(-2, keepdims=True) / total
    spread = np.sqrt(((old - centre) ** 2 * weight[..., None]).sum(-2, keepdims=True) / total)
    scaled = (features - centre) / np.where(spread > 0, spread, 1.0)
    design = np.concatenate([np.ones((*scaled.shape[:-1], 1)), scaled], axis=-1)
    fit, new = design[..., :_TRAIN, :], design[..., _TRAIN:, :]
    ridge = _RIDGE * np.eye(design.shape[-1])
    ridge[0, 0] = 1e-6
    beta = np.zeros((*design.shape[:-2], design.shape[-1], 1))
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-(fit @ beta)[..., 0]))
        slope = np.swapaxes(fit, -1, -2) @ (weight * (label - chance))[..., None] - ridge @ beta
        curvature = np.swapaxes(fit * (weight * chance * (1 - chance))[..., None], -1, -2) @ fit + ridge
        beta = beta + np.linalg.solve(curvature, slope)
    scores: Floats = (new @ beta)[..., 0]
    return scores


def _auc(label: Floats, score: Floats) -> Floats:
    """Return the area under the ROC curve along the last axis; ties count half."""
    above = np.empty(score.shape[:-1])
    for place in np.ndindex(above.shape):
        wanted = label[place] > 0
        ordered, refused = np.sort(score[place]), score[place][wanted]
        # Tied scores share the mean of their ranks. Not scipy's rankdata: importing scipy.stats takes a second.
        ranks = (np.searchsorted(ordered, refused, "left") + np.searchsorted(ordered, refused, "right") + 1) / 2
        above[place] = ranks.sum() - len(refused) * (len(refused) + 1) / 2
    bad = label.sum(-1)
    area: Floats = above / (bad * (label.shape[-1] - bad))
    return area


def _curve(values: Floats) -> Curve:
    low, high = np.quantile(values, [0.1, 0.9], axis=0)
    mean, low, high = (tuple(float(v) for v in row) for row in (values.mean(axis=0), low, high))
    return Curve(mean, low, high)
