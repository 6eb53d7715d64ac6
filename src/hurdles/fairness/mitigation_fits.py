"""Rules under a constraint that the lesson on mitigation shows, fitted ahead: each takes a second or two.

``python -m hurdles.fairness.mitigation_fits`` fits them anew, with `hurdles.fairness.mitigation.fitted`. A test does so
for some of them and fails where the stored ones no longer agree, as they may after an update of fairlearn or
scikit-learn.
"""

from __future__ import annotations

import json
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hurdles.files import write_atomically

__all__ = ["Fit", "Key", "ahead", "find", "main"]

Floats = NDArray[np.float64]
# Constraint, slack in percentage points, threshold in thousandths of a percentage point, split.
Key = tuple[str, float, int, int]
# Chance that a line decides, shape (lines,); and for each line its constant and its slopes, shape (lines, 1 + columns).
Fit = tuple[Floats, Floats]

_FILE: Final = Path(__file__).with_suffix(".json")
_DIGITS: Final = 12


def find(constraint: str, slack: float, cut: float, seed: int) -> Fit | None:
    """Return a rule that was fitted ahead, or None where there is none.

    Parameters
    ----------
    constraint, slack, cut, seed : str, float, float, int
        See `hurdles.fairness.mitigation.reduced`.

    Returns
    -------
    tuple of numpy.ndarray or None
        Weights, shape (lines,), and lines, shape (lines, 1 + columns); see `Fit`.
    """
    return _stored().get(_key(constraint, slack, cut, seed))


def ahead() -> list[tuple[str, float, float, int]]:
    """Return what is fitted ahead: constraint, slack, threshold and split of the lesson's frontier and of its demo."""
    from hurdles.datasets.desk import CUTS, cut_off
    from hurdles.fairness.mitigation import CONSTRAINTS, SLACKS

    lines = [cut_off(rule) for rule in CUTS]
    frontier = list(product(("same share", "same errors"), SLACKS, lines, (0, 1, 2)))
    demo = list(product(CONSTRAINTS, SLACKS, [cut_off("cheapest")], [0]))
    return list(dict.fromkeys([*frontier, *demo]))


def _key(constraint: str, slack: float, cut: float, seed: int) -> Key:
    # A threshold is a chance that trees gave; its last digits may differ between machines.
    return constraint, float(slack), round(cut * 1e5), seed


@cache
def _stored() -> dict[Key, Fit]:
    found = json.loads(_FILE.read_text(encoding="utf-8")) if _FILE.exists() else []
    return {tuple(one["key"]): (np.array(one["weights"]), np.array(one["lines"])) for one in found}


def _entry(setting: tuple[str, float, float, int], fit: Fit) -> dict[str, Any]:
    weights, lines = fit
    return {
        "key": _key(*setting),
        "weights": np.round(weights, _DIGITS).tolist(),
        "lines": np.round(lines, _DIGITS).tolist(),
    }


def main() -> None:
    """Fit all rules anew, and store them."""
    from hurdles.fairness.mitigation import fitted

    entries = [json.dumps(_entry(setting, fitted(*setting))) for setting in ahead()]
    write_atomically(_FILE, ("[\n" + ",\n".join(entries) + "\n]\n").encode())
    print(f"{_FILE.name}: {len(entries)} rules.")


if __name__ == "__main__":
    main()
