"""The simulated applicants follow the rules that their documentation gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hurdles.datasets import applicants
from hurdles.errors import HurdlesError


@given(n=st.integers(1, 200), seed=st.integers(0, 2**32 - 1))
def test_any_seed_gives_complete_plausible_applicants(n: int, seed: int) -> None:
    frame = applicants(n, seed)
    assert frame.columns.tolist() == ["loan", "income", "late", "obligations", "reject"]
    assert len(frame) == n
    assert not frame.isna().any(axis=None)
    assert (frame["income"] > 10 + 0.3 * frame["loan"]).all()
    assert frame["reject"].isin([0, 1]).all()


def test_the_same_seed_gives_the_same_applicants_and_another_seed_others() -> None:
    pd.testing.assert_frame_equal(applicants(50, seed=3), applicants(50, seed=3))
    assert not applicants(50, seed=3).equals(applicants(50, seed=4))


def test_the_documented_sizes_hold() -> None:
    frame = applicants(40_000, seed=0)
    assert frame["loan"].median() == pytest.approx(126, rel=0.02)
    assert (frame["income"] - 10 - 0.3 * frame["loan"]).mean() == pytest.approx(24, rel=0.02)
    assert frame["late"].mean() == pytest.approx(0.6, rel=0.03)
    assert frame["obligations"].mean() == pytest.approx(33, rel=0.01)


def test_refusals_follow_the_documented_log_odds() -> None:
    frame = applicants(40_000, seed=1)
    log_odds = (
        0.7 + 0.02 * frame["loan"] - 0.07 * frame["income"] + 0.6 * frame["late"] + 0.05 * (frame["obligations"] - 33)
    )
    chance = 1 / (1 + np.exp(-log_odds))
    tenth = pd.qcut(chance, 10, labels=False)
    assert frame["reject"].groupby(tenth).mean().to_numpy() == pytest.approx(
        chance.groupby(tenth).mean().to_numpy(), abs=0.03
    )


@pytest.mark.parametrize("n", [0, -1])
def test_nobody_cannot_be_simulated(n: int) -> None:
    with pytest.raises(HurdlesError, match="one or more"):
        applicants(n, seed=0)
