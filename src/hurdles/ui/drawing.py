"""From a figure to a picture: fixed size, crisp on dense screens, cheap to encode."""

from __future__ import annotations

import io
from typing import Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

__all__ = ["CSS_PIXELS_PER_INCH", "DOTS_PER_INCH", "png", "shown_size"]

# One inch of figure is 96 pixels of a page, drawn with one and a half times as many dots: sharp on dense screens,
# and half the work of twice as many.
CSS_PIXELS_PER_INCH: Final = 96
DOTS_PER_INCH: Final = 144


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
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    dots = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    # No transparency: a page in a dark theme must not shine through behind dark text.
    pixels = Image.fromarray(dots).convert("RGB")
    file = io.BytesIO()
    # The picture goes to a browser nearby: time to compress counts, size does not. Level 2 was the fastest.
    pixels.save(file, "PNG", compress_level=2)
    return file.getvalue()


def shown_size(figure: Figure) -> tuple[int, int]:
    """Return the width and height in page pixels at which a figure's picture is shown."""
    width, height = figure.get_size_inches()
    return round(width * CSS_PIXELS_PER_INCH), round(height * CSS_PIXELS_PER_INCH)
