"""What a live widget leaves behind where widgets are dead, and the scripts it is made of."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

__all__ = ["script", "stylesheet", "with_fallback"]

_STATIC = Path(__file__).parent / "static"

Bundle = tuple[dict[str, Any], dict[str, Any]]


def script(name: str) -> str:
    """Return the browser module `name`, with the helpers that all of them share in front."""
    return "\n".join((_STATIC / file).read_text(encoding="utf-8") for file in ("common.js", f"{name}.js"))


def stylesheet() -> str:
    """Return the style that all widgets share."""
    return (_STATIC / "hurdles.css").read_text(encoding="utf-8")


def with_fallback(
    live: Bundle | dict[str, Any] | None, text: str, png: bytes = b"", size: tuple[int, int] = (0, 0), alt: str = ""
) -> Bundle:
    """Put a picture and words beside a live widget.

    A front end shows the richest form it can: JupyterLab and Voila the widget, a static page or a code host the
    picture, a terminal the words.

    Parameters
    ----------
    live : tuple or dict or None
        What the widget itself would display.
    text : str
        The same in words.
    png : bytes, optional
        The same as a picture, with its `size` in page pixels and its `alt` text.

    Returns
    -------
    tuple of dict
        Data and metadata by media type.
    """
    data, metadata = live if isinstance(live, tuple) else (live or {}, {})
    data, metadata = {**data, "text/plain": text}, dict(metadata)
    if png:
        data["image/png"] = base64.b64encode(png).decode("ascii")
        metadata["image/png"] = {"width": size[0], "height": size[1], "alt": alt}
    return data, metadata
