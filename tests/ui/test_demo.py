"""A demo is pure: settings, pictures, grid."""

from __future__ import annotations

import dataclasses
import gc
import io
import weakref

import pytest
from matplotlib.figure import Figure
from PIL import Image
from support.wave import WAVE

from hurdles.errors import HurdlesError
from hurdles.ui import Demo


def size(png: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(png)).size


def test_a_picture_is_a_png_of_one_size_sharper_than_shown() -> None:
    reading = WAVE.read()
    assert reading.size == (576, 288)
    assert size(reading.png) == (864, 432)
    assert size(WAVE.picture(turns=10, shape="square")) == (864, 432)
    assert Image.open(io.BytesIO(reading.png)).mode == "RGB"
    assert reading.text == "A round wave turns 3 times in one second."


def test_a_picture_depends_on_its_setting_only() -> None:
    assert WAVE.picture() == WAVE.picture(turns=3)
    assert WAVE.picture() != WAVE.picture(turns=4)


def test_the_grid_visits_defaults_and_every_corner_once() -> None:
    grid = list(WAVE.grid())
    assert grid[0] == WAVE.defaults == {"turns": 3, "shape": "round"}
    corners = [{"turns": t, "shape": s} for t in (1, 10) for s in ("round", "square")]
    assert grid[1:] == corners
    finer = list(WAVE.grid(points=10))
    assert len(finer) == 20
    assert len({tuple(setting.items()) for setting in finer}) == 20


def test_unknown_controls_and_values_are_named() -> None:
    with pytest.raises(HurdlesError, match=r"no control 'speed'. It has: turns, shape"):
        WAVE.picture(speed=1)
    with pytest.raises(HurdlesError, match="11 is not a value of its control 'turns'"):
        WAVE.picture(turns=11)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"alt": " "}, "empty alt"),
        ({"name": "a b"}, "letters, digits"),
        ({"minutes": 0}, "0 minutes"),
        ({"controls": {}}, "no controls"),
        ({"compute": lambda turns: turns}, "does not take its controls"),
    ],
)
def test_an_impossible_demo_says_what_is_wrong(change: dict[str, object], said: str) -> None:
    with pytest.raises(HurdlesError, match=said):
        dataclasses.replace(WAVE, **change)


def test_a_demo_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        WAVE.title = "Other"  # type: ignore[misc]
    assert isinstance(WAVE, Demo)


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_rests_while_drawing_and_is_left_as_it_was(enabled: bool) -> None:
    seen: list[bool] = []

    def fail(_: object) -> None:
        seen.append(gc.isenabled())
        raise ValueError("no words")

    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        with pytest.raises(ValueError, match="no words"):
            dataclasses.replace(WAVE, describe=fail).read()
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()
    assert seen == [False]


def test_a_figure_is_gone_after_its_picture() -> None:
    figures: list[weakref.ref[Figure]] = []

    def draw(wave: object) -> Figure:
        figure = WAVE.draw(wave)
        figures.append(weakref.ref(figure))
        return figure

    dataclasses.replace(WAVE, draw=draw).read()
    assert figures[0]() is None
