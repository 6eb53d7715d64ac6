"""Micro-exercises name each usual mistake, pictures say what they show, the demo works at every corner."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hurdles.checks import CheckFailed
from hurdles.fairness.audit import rates, wilson
from hurdles.fairness.audit_demo import METRICS, compute, describe, draw, who_is_refused
from hurdles.fairness.audit_micro import approval_ratio, none_of_thirty
from hurdles.fairness.audit_plots import draw_projection, draw_rates, draw_ratios

GRID = list(who_is_refused.grid())
FRAME = pd.DataFrame({"sex": ["women"] * 10 + ["men"] * 20, "approved": [1] * 7 + [0] * 3 + [1] * 18 + [0] * 2})


def test_none_of_thirty_names_the_mistake() -> None:
    high = wilson(0, 30)[1]
    assert "thirty people" in none_of_thirty(100 * high)
    for value, message in ((0, "the rate seen"), (high, "that is a share"), (50, "second number")):
        with pytest.raises(CheckFailed, match=message):
            none_of_thirty(value)


def test_approval_ratio_names_the_mistake() -> None:
    assert "interval" in approval_ratio(0.7 / 0.9, FRAME)
    for value, message in (
        (0.3 / 0.1, "compares refusals"),
        (0.9 / 0.7, "men over women"),
        (0.7 - 0.9, "difference"),
        (0.5, "both rates"),
    ):
        with pytest.raises(CheckFailed, match=message):
            approval_ratio(value, FRAME)


@pytest.mark.parametrize("setting", GRID, ids=lambda s: "-".join(str(value) for value in s.values()))
def test_the_demo_counts_and_draws_at_every_corner(setting: dict[str, Any]) -> None:
    result = compute(**setting)
    assert (result.count <= result.people).all()
    some = result.people > 0
    share = result.count[some] / result.people[some]
    assert (result.wilson[some, 0] <= share + 1e-12).all()
    assert (share <= result.wilson[some, 1] + 1e-12).all()
    assert (np.isnan(result.bootstrap).any(axis=1) == ~some).all()
    (axes,) = draw(result).axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert [label.split(":")[0] for label in labels] == result.names
    assert METRICS[result.metric][2] in axes.get_xlabel()
    low, high = sorted(axes.get_ylim())
    assert low < -0.3
    assert len(labels) - 0.7 < high
    said = describe(result)
    assert all(f"{name}: " in said for name in result.names)
    assert said.endswith(".")


def test_a_higher_threshold_refuses_nobody_more() -> None:
    counts = [compute(t, "refused", "origin", 20).count.sum() for t in (0.02, 0.11, 0.5, 0.9)]
    assert counts == sorted(counts, reverse=True)


def test_the_metrics_share_out_all_applications() -> None:
    all_, approved, refused = (compute(0.11, metric, "origin", 20) for metric in METRICS)
    assert (approved.people + refused.people == all_.people).all()
    assert (approved.count + refused.people - refused.count == all_.count).all()


def test_where_nobody_is_counted_only_wilson_has_a_width() -> None:
    result = compute(0.9, "false refusals", "origin and sex", 2000)
    none = (result.count == 0) & (result.people > 0)
    assert none.any()
    assert (result.bootstrap[none] == 0).all()
    assert (result.wilson[none, 1] > 0).all()


def test_more_draws_settle_the_bootstrap_and_a_setting_repeats() -> None:
    one, same = compute(0.11, "refused", "origin", 200), compute(0.11, "refused", "origin", 200)
    assert (one.bootstrap == same.bootstrap).all()
    settled = compute(0.11, "refused", "origin", 2000)
    assert np.allclose(settled.bootstrap, settled.wilson, atol=0.05)


def test_it_makes_a_picture() -> None:
    assert who_is_refused.picture().startswith(b"\x89PNG")


def test_pictures_carry_their_alternative_text_and_labels() -> None:
    table = rates(FRAME, "sex", "approved")
    told = pd.DataFrame({"ratio": [0.7, 0.7], "low": [0.5, 0.65], "high": [0.9, 0.75]}, index=[50, 500])
    seen = pd.DataFrame({"people": [60], "ratio": [0.72], "low": [0.52], "high": [0.91]})
    ratio = seen.assign(verdict="cannot tell").set_axis(["women / men"])
    pictures = [
        draw_rates(table, table, "approved (%)"),
        draw_ratios(ratio),
        draw_projection(told, seen, "women / men"),
    ]
    assert "men: model 90% (70% to 97%) of 20" in pictures[0].alt
    assert "women / men: 0.72 (0.52 to 0.91), cannot tell" in pictures[1].alt
    assert "500 applicants: 0.65 to 0.75. Measured: 60 applicants: 0.72" in pictures[2].alt
    for picture in pictures:
        bundle = picture._repr_mimebundle_()
        assert 'alt="' in bundle["text/html"]
        assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
        assert all(axes.get_xlabel() for axes in picture.figure.axes)
