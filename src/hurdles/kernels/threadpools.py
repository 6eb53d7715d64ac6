"""Numbers of threads in BLAS and OpenMP as a fresh process would have them."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import Any

__all__ = ["Pools"]

# The variables that each library reads while it is loaded, the first that is set counts.
_ASKS = {"openblas": ("OPENBLAS", "GOTO", "OMP"), "mkl": ("MKL", "OMP")}


class Pools:
    """The thread pools of the libraries loaded so far, none of which has started a thread."""

    def __init__(self) -> None:
        try:
            from threadpoolctl import ThreadpoolController
        except ImportError:
            self._blas: dict[str, list[Any]] = {}
            self._openmp: list[Any] = []
            return
        found = ThreadpoolController().lib_controllers
        self._blas = {kind: [library for library in found if library.internal_api == kind] for kind in _ASKS}
        self._openmp = [library for library in found if library.user_api == "openmp"]

    def set(self, environment: Mapping[str, str]) -> None:
        """Give each pool the size it would have taken from the environment while it was loaded."""
        processors = len(os.sched_getaffinity(0))
        for kind, names in _ASKS.items():
            wanted = (_count(environment.get(f"{name}_NUM_THREADS")) for name in names)
            number = min(next((count for count in wanted if count), processors), processors)
            for library in self._blas.get(kind, ()):
                library.set_num_threads(number)
        openmp = _count(environment.get("OMP_NUM_THREADS"))
        if openmp and self._openmp:
            self._limit_openmp(openmp)

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
