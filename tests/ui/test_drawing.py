"""Pictures are what matplotlib would draw, whatever `png` remembers from the pictures before."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from hurdles.ui import drawing


def decoded(png: bytes) -> NDArray[np.uint8]:
    image = Image.open(io.BytesIO(png))
    assert image.mode == "RGB"
    return np.asarray(image)


def stock(figure: Figure) -> NDArray[np.uint8]:
    """Draw as matplotlib does on its own."""
    figure.set_dpi(drawing.DOTS_PER_INCH)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB"))


def centre(ink: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return where the darkness of a picture has its centre of mass, in dots."""
    dark = 255.0 - ink.mean(axis=2)
    rows, columns = np.indices(dark.shape)
    return np.array([(dark * rows).sum(), (dark * columns).sum()]) / dark.sum()


TEXTS = {
    "plain": {"s": "rows dropped"},
    "turned up": {"s": "AUC (a share)", "rotation": 90},
    "slanted": {"s": "slanted", "rotation": 33},
    "centred": {"s": "in the middle", "ha": "center", "va": "center"},
    "mathematics": {"s": "$10^{-3}$ and more"},
    "two lines": {"s": "first\nsecond line"},
    "overhanging": {"s": "fjord", "style": "italic", "fontsize": 30},
    "pale": {"s": "pale", "alpha": 0.3},
    "pale colour": {"s": "pale colour", "color": (0.8, 0.1, 0.1, 0.5)},
    "rough": {"s": "rough", "antialiased": False},
    "tagged": {"s": "tagged", "language": "en"},
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_looks_and_sits_as_matplotlib_draws_it(text: dict[str, object]) -> None:
    def figure() -> Figure:
        made = Figure(figsize=(4, 2))
        made.text(0.3, 0.4, **text)
        return made

    wanted = stock(figure())
    for _ in ("written", "stamped"):
        seen = decoded(drawing.png(figure()))
        assert seen.shape == wanted.shape
        assert np.abs(centre(seen) - centre(wanted)).max() < 1.5
        ink, wanted_ink = (255.0 * 3 - picture.sum(axis=2, dtype=float) for picture in (seen, wanted))
        assert ink.sum() == pytest.approx(wanted_ink.sum(), rel=0.06)
        assert seen.min() == pytest.approx(wanted.min(), abs=40)


def test_texts_that_differ_in_one_thing_only_are_not_mixed_up() -> None:
    looks = [
        {},
        {"color": "red"},
        {"fontsize": 11},
        {"weight": "bold"},
        {"rotation": 10},
        {"s": "tesT"},
        {"alpha": 0.5},
    ]
    pictures = []
    for _ in range(2):
        for look in looks:
            figure = Figure(figsize=(2, 1))
            figure.text(0.2, 0.5, **{"s": "test", **look})
            pictures.append(drawing.png(figure))
    assert len(set(pictures)) == len(looks)
    assert pictures[: len(looks)] == pictures[len(looks) :]


def test_a_text_is_cut_off_where_its_axes_end() -> None:
    figure = Figure(figsize=(2, 2))
    axes = figure.add_axes((0.0, 0.0, 0.5, 1.0), frame_on=False, xticks=(), yticks=())
    axes.text(0.2, 0.5, "much too long for this place", clip_on=True)
    ink = decoded(drawing.png(figure)) < 255
    assert ink[:, : ink.shape[1] // 2].any()
    assert not ink[:, ink.shape[1] // 2 + 1 :].any()


def test_a_chart_with_a_layout_engine_keeps_its_size() -> None:
    figure = Figure(figsize=(3, 2), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [1, 1000], label="a line")
    axes.set(xlabel="x", ylabel="y", title="a title", yscale="log")
    axes.legend()
    assert decoded(drawing.png(figure)).shape == (2 * drawing.DOTS_PER_INCH, 3 * drawing.DOTS_PER_INCH, 3)
    assert drawing.shown_size(figure) == (3 * drawing.CSS_PIXELS_PER_INCH, 2 * drawing.CSS_PIXELS_PER_INCH)


@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))))
def test_the_file_holds_every_dot(pixels: NDArray[np.uint8]) -> None:
    assert (decoded(drawing._encoded(pixels)) == pixels).all()


def test_there_is_no_transparency() -> None:
    figure = Figure(figsize=(1, 1), facecolor="none")
    assert (decoded(drawing.png(figure)) == 255).all()
