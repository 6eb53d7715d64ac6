"""What a refused applicant hears: reasons to state, changes within reach; and the desk's own memo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final, Literal

import numpy as np
import pandas as pd

from hurdles.datasets.desk import COSTS, CUTS, REVIEWS, Desk, cut_off
from hurdles.interpretability.attribution import shap_values
from hurdles.interpretability.decisions import outcome, profit_of_decisions, who

__all__ = ["MOVES", "REASONS", "WayOut", "memo", "reasons", "rule_of", "ways_out"]

Rule = Literal["cheapest", "capacity", "half"]
# What a letter would say for each column. Related columns share their words, and so make one reason.
REASONS: Final[Mapping[str, str]] = {
    "obrat": "obligations in relation to income",
    "hrat": "obligations in relation to income",
    "loanamt": "size of the loan, also in relation to the price",
    "loanprc": "size of the loan, also in relation to the price",
    "appinc": "amount of yearly income",
    "netw": "net worth and liquid assets",
    "liq": "net worth and liquid assets",
    "lines": "number of credit lines on the report",
    "cons": "payments on consumer credit",
    "chist": "delinquency on the record",
    "mortg": "payments on earlier mortgages",
    "pubrec": "bankruptcy on the record",
    "gdlin": "credit history against the guidelines (an officer must say which)",
    "unver": "information that could not be verified",
}
# What an applicant may change, in steps from easy to hard: a part of the loan, and points of income.
MOVES: Final[Mapping[str, tuple[float, ...]]] = {
    "borrow less": (0.05, 0.10, 0.15, 0.20),
    "pay off debts": (2.0, 4.0, 6.0, 8.0),
    "bring the missing papers": (1.0,),
}


@dataclass(frozen=True)
class WayOut:
    """A small change that would bring an application below the threshold, by the model.

    Parameters
    ----------
    moves : dict of str to float
        Keys of `MOVES`, with the step's size.
    chance : float
        The model's chance of refusal afterwards.
    """

    moves: dict[str, float]
    chance: float

    def __str__(self) -> str:
        words = {
            "borrow less": "borrow {:.0%} less",
            "pay off debts": "pay off debts: obligations lower by {:.0f} points of income",
            "bring the missing papers": "bring the papers that could not be verified",
        }
        return "; ".join(words[name].format(size) for name, size in self.moves.items())


def reasons(desk: Desk, row: pd.DataFrame, background: pd.DataFrame, k: int = 4) -> pd.Series[float]:
    """Return at most `k` reasons for a refusal, the strongest first.

    Parameters
    ----------
    desk : Desk
        The model.
    row : pandas.DataFrame of shape (1, columns)
        One application.
    background : pandas.DataFrame
        Whom it is compared with.
    k : int
        The most that a letter holds.

    Returns
    -------
    pandas.Series
        SHAP values, added up over columns that share the words of `REASONS`; only sums that raise the chance.
    """
    values = shap_values(desk, row, background).values.iloc[0]
    told = values.groupby([REASONS[str(column)] for column in values.index]).sum()
    return told[told > 0].nlargest(k).rename("raises the chance by")


def _moved(row: pd.Series[float], moves: Mapping[str, float]) -> pd.Series[float]:
    """Return the application after some moves; what hangs together moves together."""
    new = row.copy()
    # Nearly all of the housing cost is the loan's: taken as all of it, so that it falls in step.
    saved = row["hrat"] * moves.get("borrow less", 0.0)
    new[["loanamt", "loanprc"]] *= 1 - moves.get("borrow less", 0.0)
    new["hrat"] -= saved
    # Obligations hold the housing cost, and cannot fall below it.
    new["obrat"] = min(row["obrat"] - saved, max(new["hrat"], row["obrat"] - saved - moves.get("pay off debts", 0.0)))
    if "bring the missing papers" in moves:
        new["unver"] = 0.0
    return new


def _plans(row: pd.Series[float]) -> list[dict[str, float]]:
    """Return all combinations of moves, the fewest moves first, then the fewest steps."""
    steps = {name: sizes for name, sizes in MOVES.items() if name != "bring the missing papers" or row["unver"] == 1}
    plans = product(*(range(len(sizes) + 1) for sizes in steps.values()))
    ordered = sorted((plan for plan in plans if any(plan)), key=lambda plan: (sum(map(bool, plan)), sum(plan)))
    return [
        {name: sizes[place - 1] for (name, sizes), place in zip(steps.items(), plan, strict=True) if place}
        for plan in ordered
    ]


def ways_out(desk: Desk, rows: pd.DataFrame, threshold: float) -> dict[int, WayOut | None]:
    """Search for the smallest change, within `MOVES`, that would bring each application below the threshold.

    Parameters
    ----------
    desk : Desk
        The model.
    rows : pandas.DataFrame of shape (n, columns)
        Applications whose chance reaches the threshold.
    threshold : float
        From this chance on, an application is refused.

    Returns
    -------
    dict of int to WayOut or None
        By label. Fewest moves, then fewest steps; None if no combination suffices. Nothing outside `MOVES` is touched:
        not the past, not who somebody is, not the lender's own judgement.
    """
    found: dict[int, WayOut | None] = {}
    for label, row in rows.iterrows():
        plans = _plans(row)
        chances = desk.chance(pd.DataFrame([_moved(row, plan) for plan in plans], columns=desk.features))
        below = np.flatnonzero(chances < threshold)
        found[int(str(label))] = WayOut(plans[below[0]], float(chances[below[0]])) if below.size else None
    return found


def rule_of(choice: str | None) -> Rule:
    """Return the rule that a decision's option stands for; the desk's default for none, or for words it does not know.

    Parameters
    ----------
    choice : str or None
        A value of `hurdles.datasets.desk.CUTS`.

    Returns
    -------
    {"cheapest", "capacity", "half"}
    """
    rules: dict[str, Rule] = {CUTS["capacity"]: "capacity", CUTS["half"]: "half"}
    return rules.get(choice or "", "cheapest")


def memo(desk: Desk, rule: Rule, author: str = "the desk") -> str:
    """Write the one-page memo: what is proposed, what it brings, whom it affects, what nobody knows.

    Parameters
    ----------
    desk : Desk
        The model of `hurdles.datasets.desk.desk_model` with its default arguments.
    rule : {"cheapest", "capacity", "half"}
        See `hurdles.datasets.desk.cut_off`.
    author : str
        Who proposes it.

    Returns
    -------
    str
        Markdown; every number is worked out here, on applications that chose nothing.
    """
    cut, chances, labels = cut_off(rule), desk.chance(desk.test), desk.refused_test.to_numpy()
    seen, refuse = outcome(chances, labels, cut), chances >= cut
    rng = np.random.default_rng(0)
    draws = [rng.integers(len(labels), size=len(labels)) for _ in range(500)]
    low, high = np.quantile([profit_of_decisions(labels[rows], refuse[rows]) for rows in draws], [0.025, 0.975])
    found = ways_out(desk, desk.test[refuse], cut)
    helped = sum(way is not None for way in found.values())
    affected = [
        f"| {name} | {part.count} of {part.total} | {part.value:.0%} | {part.low:.0%} to {part.high:.0%} |"
        for name, part in who(desk, refuse).items()
    ]
    return "\n".join(
        [
            "### Memo: where the mortgage desk draws the line",
            "",
            f"**Proposal** (by {author}). {CUTS[rule]}: refuse from a chance of {cut:.0%}, as the model gives it. "
            "An officer signs each refusal.",
            "",
            f"**What it brings.** On {len(labels)} applications that chose nothing: {seen['profit']:.2f} thousand "
            f"dollars an application (95 % interval {low:.2f} to {high:.2f}). It refuses {seen['refused']}, of whom "
            f"officers had approved {seen['of these, officers approved']}; it approves "
            f"{seen['approved, officers refused']} whom they had refused. Officers can look at {REVIEWS:.0%} again: "
            f"of these applications, {REVIEWS * len(labels):.0f}.",
            "",
            "**Whom it affects.**",
            "",
            "| applicants | refused | share | 95 % interval |",
            "|---|---|---|---|",
            *affected,
            "",
            "The model sees none of these columns. The table says that shares differ, not why, and not that they may.",
            "",
            f"**What applicants hear.** Up to four reasons each. {helped} of {len(found)} have a way below the line by "
            "borrowing less, paying off debts or bringing papers. It is the model's answer, not a promise.",
            "",
            f"**What we assume.** Approving whom officers would refuse costs {COSTS['approved']:g} thousand dollars, "
            f"refusing whom they would approve {COSTS['refused']:g}. The file holds officers' decisions of 1990, and "
            "no defaults: nobody knows who would have paid.",
            "",
            "**We come back** when costs change, when chances stop fitting what officers decide, or in three months.",
        ]
    )
