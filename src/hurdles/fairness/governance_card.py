"""The papers of a model: its card, written with skops and read back, and a datasheet of its data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from hurdles.datasets import mortgage_columns, mortgages
from hurdles.datasets.desk import COSTS, FEATURES, Desk

if TYPE_CHECKING:
    from fairlearn.metrics import MetricFrame
    from skops.card import Card

__all__ = ["GROUPS", "REQUIRED", "by_group", "card_gaps", "datasheet", "fill_card", "limits", "sections", "status"]

GROUPS: Final[Mapping[str, str]] = {"white": "white", "black": "Black", "hispan": "Hispanic"}
# What the desk's board demands of a card.
REQUIRED: Final = ("Intended use", "Limits of use", "Training data", "Evaluation by group", "Owner and appeal")
_FEWEST: Final = 100
_PLACEHOLDERS: Final = frozenset({"", "none", "n/a", "tbd", "todo", "[more information needed]"})
_HEADING: Final = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")


def sections(markdown: str) -> dict[str, str]:
    """Read a card: the text under each heading, without that of headings below it.

    Parameters
    ----------
    markdown : str
        A model card.

    Returns
    -------
    dict of str to str
        Title to text, in the order of the card. ``skops.card.parse_modelcard`` reads more, and needs the program
        pandoc.
    """
    found: dict[str, list[str]] = {}
    title, fenced = "", False
    for line in markdown.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        match = None if fenced else _HEADING.match(line)
        if match:
            title = match[2]
            found.setdefault(title, [])
        elif title:
            found[title].append(line)
    return {name: "\n".join(lines).strip() for name, lines in found.items()}


def card_gaps(card: Mapping[str, str], required: Iterable[str] = REQUIRED) -> list[str]:
    """Return the required sections that a card lacks, or whose text says nothing.

    Parameters
    ----------
    card : mapping of str to str
        What `sections` returned.
    required : iterable of str
        Titles, in the order of the result.

    Returns
    -------
    list of str
    """
    return [name for name in required if card.get(name, "").strip().lower() in _PLACEHOLDERS]


def status(card: Mapping[str, str], required: Iterable[str] = REQUIRED) -> pd.DataFrame:
    """Return for each section of a card, and each required one, how many words it has.

    Returns
    -------
    pandas.DataFrame
        Indexed by title; ``words`` and ``says`` ("something", "a placeholder" or "not there"), ``required``.
    """
    titles = [*card, *(name for name in required if name not in card)]
    rows = []
    for name in titles:
        text = card.get(name)
        body = "" if text is None else text.replace("[More Information Needed]", "").strip()
        says = "not there" if text is None else "something" if body else "a placeholder"
        rows.append({"section": name, "says": says, "words": len(body.split()), "required": name in set(required)})
    return pd.DataFrame(rows).set_index("section")


def by_group(desk: Desk, cut: float) -> MetricFrame:
    """Return what happens to each group of unseen applicants at a threshold, as fairlearn tells it.

    Parameters
    ----------
    desk : hurdles.datasets.desk.Desk
        The model and its rows.
    cut : float
        Applications whose chance of refusal reaches it are refused.

    Returns
    -------
    fairlearn.metrics.MetricFrame
        ``people``, ``refused`` (share) and ``wrongly refused`` (share of those whom the officers approved).
    """
    from fairlearn.metrics import MetricFrame, count, false_positive_rate, selection_rate

    measures = {"people": count, "refused": selection_rate, "wrongly refused": false_positive_rate}
    refused = (desk.chance(desk.test) >= cut).astype(int)
    return MetricFrame(
        metrics=measures, y_true=desk.refused_test.to_numpy(), y_pred=refused, sensitive_features=group_of(desk.test)
    )


def group_of(rows: pd.DataFrame) -> pd.Series[Any]:
    """Return each applicant's group, read from the file by index label; the desk's model never sees it."""
    frame = mortgages().loc[rows.index, list(GROUPS)]
    return frame.idxmax(axis=1).map(dict(GROUPS)).rename("group")


def limits(desk: Desk, cut: float) -> str:
    """Return the section on limits of use, as markdown; every figure in it is worked out here."""
    frame = by_group(desk, cut).by_group
    small = frame.index[frame["people"] < _FEWEST]
    shares = ", ".join(
        f"{name} {frame.loc[name, 'refused']:.0%} of {frame.loc[name, 'people']:.0f}" for name in frame.index
    )
    missed = float(np.mean(desk.chance(desk.test)[desk.refused_test.to_numpy() == 1] < cut))
    return "\n".join(
        [
            "- Not for deciding alone. It predicts what one market's officers decided in 1990, not who repays.",
            f"- Not outside the range it has seen: {len(desk.train)} applications, Boston, 1990, loans up to "
            f"{desk.train['loanamt'].max():.0f} thousand dollars.",
            f"- At the threshold {cut:.2f} it misses {missed:.0%} of the refusals among unseen applications.",
            f"- It refuses groups unequally: {shares}. Why, these figures do not say.",
            f"- No verdict on groups of fewer than {_FEWEST} unseen applicants: {', '.join(small) or 'none'}.",
            f"- Costs of mistakes are assumed: {COSTS['approved']:g} and {COSTS['refused']:g} thousand dollars.",
        ]
    )


def fill_card(card: Card, desk: Desk, cut: float) -> Card:
    """Write what is known about the desk's model into its card.

    Parameters
    ----------
    card : skops.card.Card
        With skops' template.
    desk : hurdles.datasets.desk.Desk
        The model and its rows.
    cut : float
        The threshold it is used with.

    Returns
    -------
    skops.card.Card
        The same card.
    """
    top = "Model description"
    card.delete(f"{top}/Intended uses & limitations")
    card.delete(f"{top}/Training Procedure/Model Plot")
    for name in ("How to Get Started with the Model", "Model Card Authors", "Model Card Contact"):
        card.delete(name)
    sensitive = mortgage_columns().query("sensitive").index
    card.add(
        **{
            top: f"Boosted trees (scikit-learn) on {len(FEATURES)} columns of a mortgage application. "
            "They give a chance that the lender's officers refuse it.",
            f"{top}/Intended use": "Advice to officers of one mortgage desk, who decide and sign. For teaching only.",
            f"{top}/Limits of use": limits(desk, cut),
            f"{top}/Training data": f"{len(desk.train)} mortgage applications, Boston, 1990 (Hunter and Walker 1996), "
            f"see the datasheet. Not used as inputs: {', '.join(sensitive)}.",
            f"{top}/Training Procedure": "Fitted once, seed 0; gaps filled with medians of the training rows.",
            "Owner and appeal": "Head of the mortgage desk. A refused applicant may ask a second officer, who has not "
            "seen the score, to decide anew.",
            "Citation": "W. C. Hunter and M. B. Walker (1996), Journal of Real Estate Finance and Economics 13, 57-70.",
        }
    )
    card.add_metrics(
        section=f"{top}/Evaluation Results",
        description="On unseen applications, against the officers' decisions of 1990:",
        AUC=round(desk.auc(), 3),
        applications=len(desk.test),
        threshold=round(cut, 3),
    )
    table = by_group(desk, cut).by_group.round(3)
    card.add_table(folded=False, **{"Evaluation by group": table.rename_axis("group").reset_index()})
    return card


def datasheet() -> pd.DataFrame:
    """Return a datasheet of the mortgage file in the seven parts that Gebru and others ask for.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``part``; ``question``, ``answer``. Figures are counted in the file; what the loader does not know is
        called not documented.

    Notes
    -----
    T. Gebru and others (2021), "Datasheets for Datasets", Communications of the ACM 64(12).
    """
    raw, clean, columns = mortgages(), mortgages(cleaned=True), mortgage_columns()
    doc = mortgages.__doc__ or ""
    codes = int((clean.isna() & raw.notna()).to_numpy().sum())
    late = columns.index[columns["written"] != "applying"]
    rows = [
        ("Motivation", "What is it, and who gathered it?", _said(doc, "Applications for home mortgages") + "."),
        (
            "Composition",
            "What is a row? What is missing? Who can be hurt?",
            f"An application: {len(raw):,} rows, {raw.shape[1]} columns. {int(raw.isna().to_numpy().sum()):,} gaps, "
            f"{codes} codes for no answer. Sensitive: {', '.join(columns.query('sensitive').index)}.",
        ),
        ("Collection", "How, and did people agree?", f"{_said(doc, 'Source:')}. Consent: not documented."),
        (
            "Preprocessing",
            "What was changed?",
            f"Labels that disagree with values: {_doubtful(columns)} columns say so.",
        ),
        ("Uses", "What is it not for?", f"No model may use {', '.join(late)}: written while deciding or after."),
        ("Distribution", "Under which terms?", f"{_said(doc, 'Licence:')}."),
        ("Maintenance", "Who mends errors?", "Not documented. The course counts faults and leaves them in."),
    ]
    return pd.DataFrame(rows, columns=["part", "question", "answer"]).set_index("part")


def _said(doc: str, start: str) -> str:
    """Return the sentence or note of a docstring that begins so, on one line, without the final stop."""
    text = " ".join(doc[doc.index(start) :].split("\n\n", maxsplit=1)[0].split())
    text = text.removeprefix("Source: ").removeprefix("Licence: ").replace("`", "")
    return text.split(". This is")[0].rstrip(".")


def _doubtful(columns: pd.DataFrame) -> int:
    return int(columns["meaning"].str.contains("labelled|look like codes|not documented").sum())
