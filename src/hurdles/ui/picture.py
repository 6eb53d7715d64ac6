"""A figure with words for those who cannot see it."""

from __future__ import annotations

import base64
import html

from matplotlib.figure import Figure

from hurdles.ui import drawing

__all__ = ["Picture"]


class Picture:
    """A figure with its alternative text, shown by a notebook as an image that screen readers can name.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Made with the object API.
    alt : str
        What it shows, in words.
    """

    def __init__(self, figure: Figure, alt: str) -> None:
        self.figure = figure
        self.alt = alt

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        del include, exclude
        image = base64.b64encode(drawing.png(self.figure)).decode("ascii")
        width, _ = drawing.shown_size(self.figure)
        tag = (
            f'<img alt="{html.escape(self.alt)}" width="{width}" style="max-width: 100%; height: auto" '
            f'src="data:image/png;base64,{image}">'
        )
        return {"text/html": tag, "image/png": image, "text/plain": self.alt}
