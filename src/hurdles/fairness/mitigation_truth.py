"""Two simulated groups whose true chances are known: which kinds of equality can hold together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["KINDS", "Group", "at_once", "simulated", "wrongly_refused"]

Floats = NDArray[np.float64]
# How much chances differ within a group: the larger, the less they do.
_ALIKE: Final = 3.0


@dataclass(frozen=True)
class Group:
    """Applicants of one group, with chances that are right.

    Parameters
    ----------
    chance : numpy.ndarray of shape (n,)
        True chance that officers refuse, which is also the score: among many with a score of 0.3, three in ten are
        refused. So scores are calibrated in each group.
    refused : numpy.ndarray of shape (n,)
        What officers then do: 1 for refused.
    """

    chance: Floats
    refused: Floats


def simulated(base_rate: float, seed: int, people: int = 100_000) -> Group:
    """Draw a group.

    Parameters
    ----------
    base_rate : float
        Mean chance of being refused, above 0 and below 1.
    seed : int
        Another seed, another group.
    people : int
        How many.

    Returns
    -------
    Group
        Chances are drawn from a beta distribution.
    """
    rng = np.random.default_rng(seed)
    chance = rng.beta(_ALIKE * base_rate, _ALIKE * (1 - base_rate), people)
    return Group(chance, (rng.random(people) < chance).astype(float))


# What may be the same in two groups, when those from a threshold on are refused; each is a share of 0 to 1.
KINDS: Final[dict[str, Callable[[Group, float], float]]] = {
    "refused": lambda group, cut: float((group.chance >= cut).mean()),
    "wrongly refused": lambda group, cut: float((group.chance[group.refused == 0] >= cut).mean()),
    "wrongly approved": lambda group, cut: float((group.chance[group.refused == 1] < cut).mean()),
    "refusals that are wrong": lambda group, cut: float(1 - group.refused[group.chance >= cut].mean()),
}


def at_once(base_rates: tuple[float, float], cut: float, seed: int = 0) -> pd.DataFrame:
    """Make one kind of equality hold after the other, and show what becomes of the others.

    Parameters
    ----------
    base_rates : tuple of two floats
        Share refused by officers in the first and in the second group.
    cut : float
        Threshold of the first group; that of the second is moved.
    seed : int
        Draws both groups.

    Returns
    -------
    pandas.DataFrame
        One row for each thing made equal, the threshold first and, for comparison, the threshold where both groups have
        the first one's base rate. ``threshold`` is the second group's; the other columns, `KINDS`, are differences in
        percentage points, second less first.
    """
    first, second = simulated(base_rates[0], seed), simulated(base_rates[1], seed + 1)
    cuts = {"threshold": cut} | {kind: _cut(second, kind, KINDS[kind](first, cut)) for kind in KINDS}
    rows = {f"same {name}": _gaps(first, second, cut, other) for name, other in cuts.items()}
    rows["same threshold, same base rate"] = _gaps(first, simulated(base_rates[0], seed + 2), cut, cut)
    return pd.DataFrame(rows).T


def _gaps(first: Group, second: Group, cut: float, other: float) -> dict[str, float]:
    gaps = {kind: 100 * (share(second, other) - share(first, cut)) for kind, share in KINDS.items()}
    return {"threshold": other, **gaps}


def _cut(group: Group, kind: str, wanted: float) -> float:
    """Return the threshold at which a share has the value wanted: shares rise or fall with it throughout."""
    low, high = 0.0, float(np.quantile(group.chance, 0.999))
    rises = KINDS[kind](group, high) > KINDS[kind](group, low)
    for _ in range(40):
        middle = (low + high) / 2
        if (KINDS[kind](group, middle) < wanted) == rises:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def wrongly_refused(base_rate: float, wrong_refusals: float, wrongly_approved: float) -> float:
    """Return the share wrongly refused that follows from three other shares.

    Parameters
    ----------
    base_rate : float
        Share that officers refuse, above 0 and below 1.
    wrong_refusals : float
        Of the desk's refusals, the share that is wrong, below 1.
    wrongly_approved : float
        Of those that officers refuse, the share that the desk approves.

    Returns
    -------
    float
        Of those that officers approve, the share that the desk refuses.

    Notes
    -----
    A. Chouldechova (2017), "Fair Prediction with Disparate Impact: A Study of Bias in Recidivism Prediction
    Instruments", Big Data 5(2), 153-163. Nothing but counting: rightly refused are ``base_rate * (1 -
    wrongly_approved)`` of all, and wrongly refused ``wrong_refusals / (1 - wrong_refusals)`` times as many.
    """
    odds = base_rate / (1 - base_rate)
    return odds * (1 - wrongly_approved) * wrong_refusals / (1 - wrong_refusals)
