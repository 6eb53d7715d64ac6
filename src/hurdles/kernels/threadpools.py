"""Numbers of threads in BLAS and OpenMP as a fresh process would have them."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import Any

__all__ = ["Pools"]


class Pools:
    """The thread pools of the libraries loaded so far, none of which has started a thread."""

    def __init__(self) -> None:
        try:
            from threadpoolctl import ThreadpoolController
        except ImportError:
            self._blas: list[Any] = []
            self._openmp: list[Any] = []
            return
        found = ThreadpoolController().lib_controllers
        self._blas = [library for library in found if library.internal_api == "openblas"]
        self._openmp = [library for library in found if library.user_api == "openmp"]

    def set(self, environment: Mapping[str, str]) -> None:
        """Give each pool the size it would have taken from the environment while it was loaded."""
        processors = len(os.sched_getaffinity(0))
        wanted = [_count(environment.get(f"{name}_NUM_THREADS")) for name in ("OPENBLAS", "GOTO", "OMP")]
        blas = min(next((count for count in wanted if count), processors), processors)
        for library in self._blas:
            library.set_num_threads(blas)
        if wanted[-1] and self._openmp:
            self._limit_openmp(wanted[-1])

    def _limit_openmp(self, count: int) -> None:
        # OpenMP keeps this number per thread, and a new thread starts with the process's: so tell each new one.
        def tell() -> None:
            for library in self._openmp:
                library.set_num_threads(count)

        tell()
        original = threading.Thread._bootstrap_inner  # type: ignore[attr-defined]

        def begin(self: threading.Thread) -> None:
            tell()
            original(self)

        # Below run(), which subclasses replace.
        threading.Thread._bootstrap_inner = begin  # type: ignore[attr-defined]


def _count(value: str | None) -> int:
    try:
        return max(0, int((value or "").split(",")[0]))
    except ValueError:
        return 0
