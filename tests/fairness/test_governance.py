"""Classes follow rules, papers say what is computed, second looks are counted rightly, the log shows changes."""

from __future__ import annotations

import copy
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skops.card import Card

from hurdles.datasets import mortgages
from hurdles.datasets.desk import CUTS, REVIEWS, Desk, cut_off, desk_model
from hurdles.errors import HurdlesError
from hurdles.fairness.governance import (
    CLASSES,
    DUTIES,
    FUNCTIONS,
    LARGE,
    USES,
    System,
    duties,
    overview,
    risk_class,
)
from hurdles.fairness.governance_card import (
    REQUIRED,
    by_group,
    card_gaps,
    datasheet,
    fill_card,
    group_of,
    limits,
    sections,
    status,
)
from hurdles.fairness.governance_log import START, as_table, head, log_decision, seal, verify_log
from hurdles.fairness.governance_review import (
    ASKING,
    WAYS,
    followed,
    override_rates,
    put_right,
    refusals,
    review,
    spend,
)

SYSTEMS = [
    System(use, data, autonomy, reach)  # type: ignore[arg-type]
    for use, data, autonomy, reach in product(
        USES, ("profile", "persons", "companies"), ("prepares", "advises", "decides"), (1, LARGE)
    )
]
entries = st.lists(
    st.dictionaries(
        st.text(max_size=3), st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
    ),
    min_size=2,
    max_size=6,
    unique_by=lambda entry: seal(entry, START),
)


@pytest.fixture(scope="module")
def desk() -> Desk:
    return desk_model()


def logged(decisions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    log: list[dict[str, Any]] = []
    for entry in decisions:
        log = log_decision(log, entry)
    return log


# --- classes and duties ---------------------------------------------------------------------------


def test_classes_of_the_banks_systems() -> None:
    assert risk_class(System("credit", "profile", "advises", 5)) == "high"
    assert risk_class(System("credit", "persons", "prepares", 5)) == "minimal"
    assert risk_class(System("credit", "profile", "prepares", 5)) == "high"
    assert risk_class(System("credit", "companies", "decides", 5)) == "minimal"
    assert risk_class(System("fraud", "profile", "decides", LARGE)) == "minimal"
    assert risk_class(System("conduct", "profile", "advises", 1)) == "prohibited"
    assert risk_class(System("chat", "persons", "decides", 1)) == "transparency"


def test_neither_an_officer_nor_the_reach_changes_the_class() -> None:
    for system in SYSTEMS:
        assert risk_class(system) == risk_class(System(system.use, system.data, system.autonomy, 7))
        if system.autonomy == "advises":
            assert risk_class(system) == risk_class(System(system.use, system.data, "decides", system.reach))


def test_duties_come_in_order_and_from_a_property() -> None:
    for system in SYSTEMS:
        found = duties(system)
        assert list(found) == [name for name in DUTIES if name in found]
        assert set(found.values()) <= {"use", "data", "autonomy", "reach", "own will"}
        assert (risk_class(system) == "prohibited") == ("stop" in found)
        assert (risk_class(system) == "high") == ("oversee" in found)
    assert "lawful" in duties(System("fraud", "profile", "advises", 1))
    assert duties(System("credit", "profile", "decides", 1))["contest"] == "autonomy"
    assert duties(System("post", "persons", "prepares", LARGE))["impact"] == "reach"
    assert set(duties(System("post", "companies", "decides", LARGE))) == {"own"}


@pytest.mark.parametrize(
    "wrong", [("x", "persons", "decides", 1), ("post", "x", "decides", 1), ("post", "persons", "x", 1)]
)
def test_a_system_that_cannot_be_is_refused_in_words(wrong: tuple[Any, Any, Any, int]) -> None:
    with pytest.raises(HurdlesError, match="Choose"):
        System(*wrong)
    with pytest.raises(HurdlesError, match="0 or more"):
        System("post", "persons", "decides", -1)


def test_tables_of_classes_and_functions() -> None:
    table = overview({"a": SYSTEMS[0], "b": SYSTEMS[-1]})
    assert list(table.index) == ["a", "b"]
    assert set(table["class"]) <= set(CLASSES)
    assert list(FUNCTIONS) == ["Govern", "Map", "Measure", "Manage"]


# --- papers ---------------------------------------------------------------------------------------


def test_a_fresh_card_says_nothing_of_what_the_board_requires(desk: Desk) -> None:
    card = sections(Card(desk.model, model_diagram=False).render())
    assert card_gaps(card) == list(REQUIRED)
    table = status(card)
    assert table.loc["Limits of use", "says"] == "not there"
    assert table.loc["Model description", "says"] == "a placeholder"
    assert table.loc["Hyperparameters", "says"] == "something"


@pytest.mark.parametrize("rule", CUTS)
def test_a_filled_card_has_no_gap_and_its_figures_are_those_of_the_threshold(desk: Desk, rule: Any) -> None:
    cut = cut_off(rule)
    card = sections(fill_card(Card(desk.model, model_diagram=False), desk, cut).render())
    assert card_gaps(card) == []
    assert not (status(card)["says"] != "something").any()
    missed = np.mean(desk.chance(desk.test)[desk.refused_test == 1] < cut)
    assert f"{missed:.0%} of the refusals" in card["Limits of use"]
    frame = by_group(desk, cut).by_group
    refused = desk.chance(desk.test) >= cut
    for name in frame.index:
        here = (group_of(desk.test) == name).to_numpy()
        assert frame.loc[name, "people"] == here.sum()
        assert frame.loc[name, "refused"] == pytest.approx(refused[here].mean())
        assert f"{name} {refused[here].mean():.0%} of {here.sum()}" in limits(desk, cut)


def test_sections_are_read_outside_of_fences_and_placeholders_are_gaps() -> None:
    card = sections("# A\n\ntext\n\n## B ##\n```\n# no heading\n```\n# C\nTODO \n")
    assert card == {"A": "text", "B": "```\n# no heading\n```", "C": "TODO"}
    assert card_gaps(card, ["A", "B", "C", "D"]) == ["C", "D"]


def test_the_datasheet_counts_in_the_file() -> None:
    sheet = datasheet()["answer"].astype(str).to_dict()
    assert len(sheet) == 7
    raw = mortgages()
    assert f"{len(raw):,} rows" in sheet["Composition"]
    assert f"{int(raw.isna().to_numpy().sum()):,} gaps" in sheet["Composition"]
    assert "reject" in sheet["Uses"]
    assert "MIT" in sheet["Distribution"]
    assert "Hunter" in sheet["Collection"]


# --- second looks ---------------------------------------------------------------------------------


def test_override_rates_by_hand() -> None:
    def case(model: str, officer: str, right: str) -> dict[str, str]:
        return {"model": model, "officer": officer, "right": right}

    week = [
        case("refuse", "refuse", "refuse"),
        case("refuse", "approve", "refuse"),
        case("refuse", "approve", "approve"),
        case("approve", "approve", "refuse"),
    ]
    assert override_rates(week) == {"overridden": 0.5, "caught": 0.5, "spoiled": 0.5}
    assert override_rates([]) == {"overridden": None, "caught": None, "spoiled": None}
    assert override_rates(week[:1])["caught"] is None


@given(st.integers(0, 10_000), st.floats(0, 1), st.floats(0, 1))
def test_overrides_are_what_is_caught_and_what_is_spoiled(seed: int, follow: float, skill: float) -> None:
    cases = refusals(desk_model(), 0.5)
    rates = override_rates(review(cases, follow, seed, skill))
    wrong = (cases["right"] == "approve").mean()
    assert rates["caught"] is not None
    assert rates["spoiled"] is not None
    assert rates["overridden"] == pytest.approx(wrong * rates["caught"] + (1 - wrong) * rates["spoiled"])


def test_reviewers_at_both_ends(desk: Desk) -> None:
    cases = refusals(desk, cut_off())
    assert (cases["chance"] >= cut_off()).all()
    asleep, perfect = review(cases, 1, 0), review(cases, 0, 0, skill=1)
    assert override_rates(asleep)["overridden"] == 0
    assert [r["officer"] for r in perfect] == cases["right"].to_list()
    with pytest.raises(HurdlesError, match="shares"):
        review(cases, 1.2, 0)


def test_the_less_is_read_the_less_is_put_right(desk: Desk) -> None:
    table = put_right(refusals(desk, cut_off()), [0, 0.5, 0.9, 1], runs=40)
    assert table["caught"].is_monotonic_decreasing
    assert table["agreed"].is_monotonic_increasing
    assert (table["low"] <= table["caught"]).all()
    assert (table["caught"] <= table["high"]).all()


def test_planted_cases_measure_better_the_more_there_are() -> None:
    few, many = followed(0.9, 10, 0), followed(0.9, 2000, 0)
    assert many["high"] - many["low"] < few["high"] - few["low"]
    # Agreed unread, or read and judged wrongly.
    assert many["low"] < 0.9 + 0.1 * 0.1 < many["high"]


def test_looks_are_limited_and_each_way_gives_up_something(desk: Desk) -> None:
    budget = round(REVIEWS * len(desk.test))
    table = {way: spend(desk, cut_off(), way, runs=60) for way in WAYS}
    groups = [f"refused, {name}" for name in ASKING]
    assert all(row["looked at"] <= budget for row in table.values())
    assert all(0 <= row[name] <= 1 for row in table.values() for name in groups)
    worst = "refused, Black"
    assert max(table, key=lambda way: table[way]["put right"]) == "nearest the line"
    assert min(table, key=lambda way: table[way][worst]) == "worst-hit group first"
    with pytest.raises(HurdlesError, match="no way"):
        spend(desk, cut_off(), "x")  # type: ignore[arg-type]


# --- the log --------------------------------------------------------------------------------------


@given(entries)
def test_an_honest_log_fits_and_adding_leaves_the_old_one_alone(decisions: list[dict[str, Any]]) -> None:
    log = logged(decisions)
    before = copy.deepcopy(log)
    longer = log_decision(log, {"x": 1})
    assert log == before
    assert longer[:-1] == log
    assert verify_log(longer) is None
    assert verify_log(longer, head(longer)) is None
    assert verify_log([]) is None
    assert verify_log([], START) is None


@given(entries, st.data())
def test_any_edit_deletion_or_swap_is_noticed(decisions: list[dict[str, Any]], data: st.DataObject) -> None:
    log = logged(decisions)
    kept, last = head(log), len(log) - 1
    at = data.draw(st.integers(0, last))
    edited = copy.deepcopy(log)
    edited[at]["entry"]["edited"] = data.draw(st.integers())
    assert verify_log(edited) == (at if edited[at]["entry"] != log[at]["entry"] else None)
    assert verify_log(log[:at] + log[at + 1 :], kept) == at
    other = data.draw(st.integers(0, last).filter(lambda i: i != at))
    swapped = list(log)
    swapped[at], swapped[other] = swapped[other], swapped[at]
    assert verify_log(swapped) == min(at, other)


@given(entries)
def test_a_log_rewritten_to_its_end_fits_in_itself_and_not_with_a_kept_seal(decisions: list[dict[str, Any]]) -> None:
    log = logged(decisions)
    rewritten = logged([{**decisions[0], "rewritten": True}, *decisions[1:]])
    assert verify_log(rewritten) is None
    assert verify_log(rewritten, head(log)) == len(log)
    assert verify_log(log[:-1], head(log)) == len(log) - 1


def test_a_later_change_of_the_callers_entry_does_not_reach_the_log() -> None:
    entry = {"what": "cut", "choice": [1]}
    log = log_decision([], entry)
    entry["choice"].append(2)  # type: ignore[attr-defined]
    assert verify_log(log) is None
    assert log[0]["entry"]["choice"] == [1]
    assert seal({"a": 1, "b": 2}, START) == seal({"b": 2, "a": 1}, START)


def test_a_log_as_a_table() -> None:
    table = as_table(logged([{"what": "a", "by": "x"}, {"what": "b", "by": "y"}]))
    assert table["previous"].to_list()[1] == table["seal"].to_list()[0]
    assert table["what"].to_list() == ["a", "b"]
