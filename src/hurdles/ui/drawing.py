"""From a figure to a picture: fixed size, crisp on dense screens, cheap to draw again and again."""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.backend_bases import GraphicsContextBase
    from matplotlib.text import Text

__all__ = ["CSS_PIXELS_PER_INCH", "DOTS_PER_INCH", "png", "shown_size"]

# One inch of figure is 96 pixels of a page, drawn with one and a half times as many dots: sharp on dense screens,
# and half the work of twice as many.
CSS_PIXELS_PER_INCH: Final = 96
DOTS_PER_INCH: Final = 144
# Room for the parts of letters that reach beyond their measured box, in dots.
_MARGIN: Final = 4
# Enough for all texts of all pictures of a session; a text takes some ten kilobytes.
_TEXTS: Final = 512

Mathematical = bool | Literal["TeX"]


def png(figure: Figure) -> bytes:
    """Draw a figure and return it as PNG.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Made with the object API. It is drawn at its own size, never cropped, so that pictures of one demo all
        have one size and the page does not jump.

    Returns
    -------
    bytes
    """
    figure.set_dpi(DOTS_PER_INCH)
    canvas = _Canvas(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    dots = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    # No transparency: a page in a dark theme must not shine through behind dark text.
    return _encoded(dots[..., :3])


def shown_size(figure: Figure) -> tuple[int, int]:
    """Return the width and height in page pixels at which a figure's picture is shown."""
    width, height = figure.get_size_inches()
    return round(width * CSS_PIXELS_PER_INCH), round(height * CSS_PIXELS_PER_INCH)


def _encoded(pixels: NDArray[np.uint8]) -> bytes:
    """Write red, green and blue as a PNG file, every row as it is.

    Libraries try five ways to predict each row from the one above, and take half as long again. That pays for
    photographs; a chart is mostly paper.
    """
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 3 * width), dtype=np.uint8)  # a row starts with 0: not predicted
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits a channel, three channels
    # The picture goes to a browser nearby: time to compress counts, size does not.
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.data, 1)), (b"IEND", b""))
    framed = (struct.pack(">I", len(b)) + name + b + struct.pack(">I", zlib.crc32(name + b)) for name, b in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


class _Canvas(FigureCanvasAgg):
    """A canvas that remembers what texts look like."""

    _drawn_by: _Renderer | None = None

    def get_renderer(self) -> _Renderer:
        """Return what draws: the same one as long as the figure keeps its size."""
        size = (*self.get_width_height(physical=True), self.figure.dpi)
        if self._drawn_by is None or (self._drawn_by.width, self._drawn_by.height, self._drawn_by.dpi) != size:
            self._drawn_by = _Renderer(*size)  # type: ignore[no-untyped-call]
        return self._drawn_by


class _Renderer(RendererAgg):
    """Writes each text once in the life of the process, and from then on stamps it.

    Shaping and filling letters is half of the work of drawing a chart, and the next picture of a demo has the same
    titles, labels and ticks as the last. A stamp sits on whole dots, at most half a dot from where the text belongs.
    """

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: Mathematical
    ) -> tuple[float, float, float]:
        """Measure a text."""
        return _measured(s, prop.copy(), ismath, self.dpi)

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Mathematical = False,
        mtext: Text | None = None,
    ) -> None:
        """Put a text where its baseline starts; `y` counts from the top."""
        special = mtext is not None and (mtext.get_fontfeatures() or mtext.get_language())
        # An image takes a text's opacity from its dots, and behind a clip path once more.
        if special or gc.get_clip_path()[0] is not None:
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)  # type: ignore[no-untyped-call]
            return
        stamp = _stamp(s, prop.copy(), ismath, self.dpi, angle, to_rgba(gc.get_rgb()), gc.get_antialiased())
        self.draw_image(gc, round(x) - stamp.left, self.height - round(y) - stamp.below, stamp.dots)


@dataclass(frozen=True)
class _Stamp:
    """A text as dots, the bottom row first, and how far its baseline's start lies from the left and the bottom."""

    dots: NDArray[np.uint8]
    left: int
    below: int


@lru_cache(_TEXTS)
def _measured(text: str, font: FontProperties, mathematical: Mathematical, dpi: float) -> tuple[float, float, float]:
    paper = RendererAgg(1, 1, dpi)  # type: ignore[no-untyped-call]
    size: tuple[float, float, float] = paper.get_text_width_height_descent(text, font, mathematical)  # type: ignore[no-untyped-call]
    return size


@lru_cache(_TEXTS)
def _stamp(
    text: str,
    font: FontProperties,
    mathematical: Mathematical,
    dpi: float,
    angle: float,
    colour: tuple[float, float, float, float],
    smooth: bool,
) -> _Stamp:
    width, height, descent = _measured(text, font, mathematical, dpi)
    turn = np.exp(1j * math.radians(angle))
    corners = turn * np.array([complex(a, b) for a in (0, width) for b in (-descent, height - descent)])
    left, below, right, above = (
        math.ceil(reach) + _MARGIN
        for reach in (-corners.real.min(), -corners.imag.min(), corners.real.max(), corners.imag.max())
    )
    paper = RendererAgg(left + right, below + above, dpi)  # type: ignore[no-untyped-call]
    ink = paper.new_gc()
    ink.set_foreground(colour, isRGBA=True)
    ink.set_antialiased(smooth)
    paper.draw_text(ink, left, above, text, font, angle, mathematical)  # type: ignore[no-untyped-call]
    dots = np.asarray(paper.buffer_rgba())[::-1].copy()  # type: ignore[no-untyped-call]
    return _Stamp(dots, left, below)
