"""Rates keep their intervals, verdicts know when they cannot tell, and what is said about groups adds up."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from hurdles.datasets import mortgages
from hurdles.datasets.desk import FEATURES, cut_off, desk_model
from hurdles.fairness import audit
from hurdles.fairness import audit_records as records


@pytest.fixture(scope="module")
def unseen() -> pd.DataFrame:
    return audit.decisions(desk_model(), cut_off())


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_agrees_with_scipy_and_always_has_a_width(pair: tuple[int, int]) -> None:
    count, people = pair
    low, high = audit.wilson(count, people)
    wanted = binomtest(count, people).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((wanted.low, wanted.high), abs=1e-4)
    assert 0 <= low < high <= 1
    assert low - 1e-12 <= count / people <= high + 1e-12


def test_everybody_counts_to_one_group_of_each_kind(unseen: pd.DataFrame) -> None:
    desk = desk_model()
    assert list(unseen.index) == list(desk.test.index)
    for group in audit.GROUPINGS:
        assert unseen[group].notna().all()
        assert audit.rates(unseen, group)["people"].sum() == len(desk.test)
    people = mortgages(cleaned=True).loc[unseen.index]
    assert (unseen["origin"] == "Black").sum() == people["black"].sum()
    assert (unseen["sex"] == "not known").sum() == people["male"].isna().sum() > 0
    assert (unseen["neighbourhood"] == "not known").sum() == people["min30"].isna().sum()


def test_decisions_on_all_rows_trust_no_memorised_chance() -> None:
    desk = desk_model()
    everybody = audit.decisions(desk, cut_off(), "all")
    assert sorted(everybody.index) == sorted(mortgages().index)
    assert everybody.loc[desk.train.index, "chance"].to_numpy() == pytest.approx(desk.held_out())
    assert (everybody["officers"] == mortgages().loc[everybody.index, "reject"]).all()


def test_rates_add_up_and_fit_fairlearn(unseen: pd.DataFrame) -> None:
    from fairlearn.metrics import MetricFrame, selection_rate

    table = audit.rates(unseen, "origin")
    frame = MetricFrame(
        metrics=selection_rate,
        y_true=unseen["officers"],
        y_pred=unseen["refused"],
        sensitive_features=unseen["origin"],
    )
    assert table["rate"].to_dict() == pytest.approx(frame.by_group.to_dict())
    assert table["count"].sum() == unseen["refused"].sum()


@pytest.mark.parametrize(
    ("low", "high", "people", "said"),
    [
        (0.5, 0.79, 30, "below four fifths"),
        (0.5, 0.79, 29, "cannot tell"),
        (0.8, 1.1, 500, "at least four fifths"),
        (0.7, 0.9, 500, "cannot tell"),
        (0.7, 0.8, 500, "cannot tell"),
    ],
)
def test_a_verdict_needs_people_and_an_interval_on_one_side(low: float, high: float, people: int, said: str) -> None:
    assert audit.verdict(low, high, people) == said


def test_the_bootstrap_agrees_with_the_formula_and_repeats(unseen: pd.DataFrame) -> None:
    told = audit.impact(unseen, "Black", "white", draws=20_000)
    by_formula = records.projected(audit.rates(unseen, "origin", "approved"), "Black", "white", [told["people"]]).iloc[
        0
    ]
    assert told["ratio"] == pytest.approx(by_formula["ratio"])
    assert (told["low"], told["high"]) == pytest.approx((by_formula["low"], by_formula["high"]), abs=0.03)
    assert audit.impact(unseen, "Black", "white", seed=3) == audit.impact(unseen, "Black", "white", seed=3)
    assert audit.impact(unseen, "white", "white")["ratio"] == 1


def test_the_smaller_group_decides_whether_there_is_a_verdict() -> None:
    frame = pd.DataFrame({"origin": ["a"] * 400 + ["b"] * 20, "approved": [0] * 300 + [1] * 119 + [0]})
    assert audit.impact(frame, "a", "b")["high"] < audit.FOUR_FIFTHS
    assert audit.impact(frame, "a", "b")["verdict"] == "cannot tell"


def test_a_column_that_is_always_wrong_is_as_strong_as_one_that_is_right() -> None:
    member = pd.Series([0, 0, 1, 1, 1])
    frame = pd.DataFrame({"right": [1, 2, 3, 4, 5], "wrong": [5.0, 4, None, 2, 1], "idle": [1, 1, 1, 1, 1]})
    assert audit.strengths(frame, member).to_dict() == {"right": 1.0, "wrong": 1.0, "idle": 0.5}


def test_the_models_columns_hint_at_the_group() -> None:
    people = mortgages(cleaned=True)
    assert 0.6 < audit.guessing(people[list(FEATURES)], 1 - people["white"]) < 0.9


def test_like_for_like_explains_a_part_of_the_difference() -> None:
    people = mortgages(cleaned=True)
    table = audit.like_for_like(draws=20)
    white = people.loc[people["white"] == 1, "reject"].mean()
    assert list(table.index) == ["Black", "Hispanic"]
    assert table["refused"]["Black"] == pytest.approx(people.loc[people["black"] == 1, "reject"].mean())
    assert (table["expected"] > white).all()
    assert (table["refused"] - table["expected"]).to_numpy() == pytest.approx(table["difference"].to_numpy())
    assert (table["low"] < table["difference"]).all()
    assert (table["difference"] < table["high"]).all()


@given(
    st.dictionaries(st.sampled_from("abcd"), st.integers(1, 60), min_size=1),
    st.dictionaries(st.sampled_from("abcde"), st.sampled_from([0.05, 0.1, 0.25, 0.3, 0.6]), min_size=1),
)
def test_the_missing_records_are_just_enough(counts: dict[str, int], population: dict[str, float]) -> None:
    labels = pd.Series([name for name, n in counts.items() for _ in range(n)])
    table = records.missing_records(labels, population)
    n = len(labels)
    for name, share in population.items():
        have, more = counts.get(name, 0), int(table["records"][name])
        assert (have + more) / (n + more) >= share - 1e-9
        assert more == 0 or (have + more - 1) / (n + more - 1) < share


def test_more_applicants_narrow_the_interval_until_it_tells() -> None:
    table = pd.DataFrame({"people": [100, 1000], "rate": [0.6, 0.9]}, index=["few", "many"])
    told = records.projected(table, "few", "many", [50, 100, 1000])
    assert (told["high"] - told["low"]).is_monotonic_decreasing
    needed = records.records_needed(table, "few", "many")
    assert needed is not None
    assert records.projected(table, "few", "many", [needed])["high"].iloc[0] < audit.FOUR_FIFTHS
    assert records.projected(table, "few", "many", [needed - 10])["high"].iloc[0] >= audit.FOUR_FIFTHS
    assert f"about {needed}" in records.needed_text(table, "few", "many")
    even = pd.DataFrame({"people": [100, 1000], "rate": [0.72, 0.9]}, index=["few", "many"])
    assert records.records_needed(even, "few", "many") is None
    assert "more than could be looked at" in records.needed_text(even, "few", "many")


def test_retraining_counts_the_records_it_was_given() -> None:
    table = records.with_records(desk_model(), [0, 10_000], seeds=1)
    people = mortgages(cleaned=True).loc[desk_model().train.index]
    assert list(table.index) == [0, (people["white"] != 1).sum()]
    assert table["AUC"].between(0.5, 1).all()
