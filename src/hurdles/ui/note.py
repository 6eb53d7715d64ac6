"""A few sentences shown under a cell, as text and as plain HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Note"]


@dataclass(frozen=True)
class Note:
    """Sentences for people.

    Parameters
    ----------
    lines : sequence of str
        Shown one below the other.
    folded : str
        Shown when the reader opens it; plain text shows it too.
    summary : str
        What the fold is called.
    """

    lines: Sequence[str]
    folded: str = ""
    summary: str = ""

    def text(self) -> str:
        """Return everything as plain text."""
        return "\n".join([*self.lines, *([self.folded] if self.folded else [])])

    def html(self) -> str:
        """Return it as HTML; every character of the text is escaped."""
        parts = [f"<p>{_escaped(line)}</p>" for line in self.lines]
        if self.folded:
            parts.append(
                f"<details><summary>{_escaped(self.summary)}</summary><p>{_escaped(self.folded)}</p></details>"
            )
        return "".join(parts)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html()}


def _escaped(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")
