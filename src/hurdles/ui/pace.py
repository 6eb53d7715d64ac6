"""Merging a burst of changes into one action."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["Debouncer"]


@dataclass
class Debouncer:
    """Call an action once after a burst of changes; the action reads the newest state, so the last value wins.

    Parameters
    ----------
    action : callable
        What to do.
    delay : float
        Seconds of quiet to wait for.
    longest : float
        Seconds after which the action runs even though changes keep coming, so that a slider that is dragged or
        a key that is held still moves the picture.
    """

    action: Callable[[], None]
    delay: float = 0.025
    longest: float = 0.2
    _timer: asyncio.TimerHandle | None = field(default=None, init=False, repr=False)
    _loop: asyncio.AbstractEventLoop | None = field(default=None, init=False, repr=False)
    _deadline: float = field(default=0.0, init=False, repr=False)

    def __call__(self) -> None:
        """Note a change."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            # A plain Python process has nobody who would come back later.
            self.action()
            return
        now = loop.time()
        # A kernel may serve widgets from a thread with a loop of its own; a timer can only be moved in its loop.
        if self._timer is None or self._loop is not loop:
            self._deadline = now + self.longest
        else:
            self._timer.cancel()
        self._loop = loop
        self._timer = loop.call_at(min(now + self.delay, self._deadline), self._run)

    def _run(self) -> None:
        self._timer = None
        self.action()
