"""The lesson's pictures show what they are given, and say it in words too."""

from __future__ import annotations

import base64

import numpy as np
import pandas as pd
import pytest

from hurdles.data.plots import Picture, fold_scores, spikes, suspects_found


def bundle(picture: Picture) -> dict[str, str]:
    return picture._repr_mimebundle_()


def test_a_picture_carries_its_alternative_text() -> None:
    picture = suspects_found(np.linspace(0, 1, 11), looked_at=5)
    picture.alt = 'five "rows" & more'
    shown = bundle(picture)
    assert 'alt="five &quot;rows&quot; &amp; more"' in shown["text/html"]
    assert "http" not in shown["text/html"]
    assert shown["text/plain"] == picture.alt
    assert base64.b64decode(shown["image/png"]).startswith(b"\x89PNG")


def test_spikes_marks_the_code_and_counts_its_rows() -> None:
    frame = pd.DataFrame({"a": [1, 2, 2, 666, 666, 666], "b": [0, 1, 0, 1, 0, 999], "c": [5.0] * 6})
    picture = spikes(frame, {"a": 666, "b": 999, "c": 7})
    titles = [axes.get_title(loc="left") for axes in picture.figure.axes if axes.get_visible()]
    assert titles == ["a: 666 on 3 rows", "b: 999 on 1 row", "c: 7 on 0 rows"]
    assert all(title in picture.alt for title in titles)
    assert bundle(picture)["image/png"]


def test_fold_scores_draws_every_fold_and_the_mean() -> None:
    table = pd.DataFrame({"one": [0.6, 0.7], "two": [0.8, 0.9]})
    picture = fold_scores({"left": table, "right": table + 0.05})
    left, right = picture.figure.axes
    assert [text.get_text() for text in left.get_yticklabels()] == ["one", "two"]
    assert list(left.lines[0].get_xdata()) == [0.6, 0.7]
    assert left.lines[1].get_xdata()[0] == pytest.approx(0.65)
    assert "AUC" in right.get_xlabel()
    assert "left: one 0.650, two 0.850; right: one 0.700, two 0.900" in picture.alt


def test_suspects_found_says_how_much_is_found() -> None:
    picture = suspects_found(np.array([0, 0.5, 1, 1, 1]), looked_at=1)
    assert "Reading the 1 most doubtful of 4 applications finds 50 %" in picture.alt
    assert "finds 25 % on average" in picture.alt
    axes = picture.figure.axes[0]
    assert axes.get_xlabel()
    assert axes.get_ylabel()
