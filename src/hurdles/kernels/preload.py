"""Importing ahead, without a thread, and noting what the imports looked at."""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import os
import sys
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

__all__ = ["COMMON", "GROUP", "KERNEL", "NotAheadError", "Preloaded", "ask_again", "preload", "threads", "wanted"]

# What every kernel imports before the first cell runs.
KERNEL = (
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "IPython.utils.wildcard",
    "bdb",
    "cmd",
    "pdb",
    "sqlite3",
    "tornado.platform.asyncio",
)
# What lessons of data analysis import. docs/kernels.md has what each costs in time and memory.
COMMON = (
    "numpy",
    "pandas",
    "scipy.stats",
    "sklearn.compose",
    "sklearn.datasets",
    "sklearn.ensemble",
    "sklearn.inspection",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "sklearn.tree",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "seaborn",
    "ipywidgets",
    "anywidget",
)
# Installed packages name further modules under this group of entry points.
GROUP = "hurdles.kernels.preload"
INLINE = "module://matplotlib_inline.backend_inline"
# These connect themselves to the running shell while they are imported: each kernel must import them itself.
_NOT_AHEAD = ("matplotlib_inline.backend_inline",)
# OpenBLAS starts its threads when it is loaded. Each kernel sets its own numbers of threads, see `threadpools`.
_WHILE_LOADING = {"OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": INLINE}
APPLIED = ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "MPLBACKEND")
# Read by libraries that are not written in Python, or by the interpreter itself.
FAMILIES = (
    "BLIS_", "DYLD_", "GLIBC_TUNABLES", "GOMP_", "GOTO_", "KMP_", "LANG", "LC_", "LD_", "MALLOC_", "MKL_", "NUMEXPR_",
    "OMP_", "OPENBLAS_", "PYTHON", "VECLIB_",
)  # fmt: skip
# Read while importing, but only to look for a program that is looked for again when it is needed, or taken over anew.
_HARMLESS = ("PATH", "TERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "PYTHONPATH", "PWD", "USER")


class NotAheadError(Exception):
    """A module of the list must not be imported ahead; its name is the argument."""


@dataclass
class Preloaded:
    """What was imported, and under which circumstances.

    Parameters
    ----------
    baseline : frozenset of str
        Modules that a stock kernel has imported when it is ready.
    environment : dict of str to str
        Before the imports.
    added : dict of str to str
        Variables the imports set.
    read : frozenset of str
        Variables the imports looked at.
    failed : list of str
        Modules that could not be imported, with the reason.
    modules : tuple of str
        What was asked for.
    """

    modules: tuple[str, ...] = ()
    baseline: frozenset[str] = frozenset()
    environment: dict[str, str] = field(default_factory=dict)
    added: dict[str, str] = field(default_factory=dict)
    read: frozenset[str] = frozenset()
    failed: list[str] = field(default_factory=list)

    def differing(self, environment: dict[str, str]) -> list[str]:
        """Return the variables whose other value might have changed what was imported."""
        names = {name for name in environment.keys() | self.environment.keys() if name.startswith(FAMILIES)}
        names = (names | self.read) - {*APPLIED, *_HARMLESS}
        differing = {name for name in names if environment.get(name) != self.environment.get(name)}
        # A client that has imported the same libraries has the variables that they set; a kernel will have them, too.
        return sorted(name for name in differing if environment.get(name, "") != self.added.get(name))

    def shadowable(self) -> frozenset[str]:
        """Return the top-level names that a file in the notebook's folder would take the place of."""
        names = {name.partition(".")[0] for name in sys.modules} - {name.partition(".")[0] for name in self.baseline}
        return frozenset(names | {"matplotlib_inline"})


def threads() -> int:
    """Return the number of threads of this process, those of C libraries included."""
    return len(list(Path("/proc/self/task").iterdir()))


def wanted(modules: Iterable[str] | None) -> list[str]:
    """Return the modules to import: those given, or else the common ones and what installed courses add.

    A package adds a module by an entry point of the group ``hurdles.kernels.preload``, whose value is the module.
    """
    if modules is not None:
        return list(modules)
    added = sorted(entry.value for entry in importlib.metadata.entry_points(group=GROUP))
    return list(dict.fromkeys([*COMMON, *added]))


def preload(modules: Iterable[str], first: Iterable[str] = KERNEL) -> Preloaded:
    """Import a kernel's own modules, or what else is to come first, then the given ones.

    What is not installed is left out.

    Raises
    ------
    NotAheadError
        If a module started a thread: such a process must not fork. Or if it asked for the running shell: it would
        be another one in a kernel.
    """
    found = Preloaded(tuple(modules), environment=dict(os.environ))
    for name in first:
        importlib.import_module(name)
    found.baseline = frozenset(sys.modules)
    os.environ.update(_WHILE_LOADING)
    os.environ.pop("OMP_NUM_THREADS", None)
    with _noted_reads() as read, _noted_askers() as askers, warnings.catch_warnings():
        for name in found.modules:
            try:
                importlib.import_module(name)
            except Exception as error:  # one broken package must not keep the others from being ready
                found.failed.append(f"{name}: {type(error).__name__}: {error}")
            if threads() > 1 or askers - set(ASKERS):
                raise NotAheadError(name)
    known = found.environment.keys() | _WHILE_LOADING.keys()
    found.added = {name: value for name, value in os.environ.items() if name not in known}
    found.read = frozenset(read)
    for name in _NOT_AHEAD:
        if sys.modules.pop(name, None) is not None:
            parent, _, leaf = name.rpartition(".")
            sys.modules[parent].__dict__.pop(leaf, None)
    return found


def ask_again() -> None:
    """Let modules that look for the running shell while they are imported find it; called in a kernel."""
    for name, settle in ASKERS.items():
        if name in sys.modules:
            settle()


def _register_widgets() -> None:
    # As ipywidgets does itself when a running kernel imports it.
    sys.modules["ipywidgets"].register_comm_target()


def _choose_progress_bars() -> None:
    # They choose between bars for a terminal and for a notebook; reloading keeps the modules others hold.
    for name in ("tqdm.autonotebook", "tqdm.auto"):
        if name in sys.modules:
            importlib.reload(sys.modules[name])


ASKERS = {"ipywidgets": _register_widgets, "tqdm.autonotebook": _choose_progress_bars}


@contextlib.contextmanager
def _noted_askers() -> Iterator[set[str]]:
    """Note which modules ask for the running shell while they are imported."""
    import IPython
    from IPython.core import getipython

    names: set[str] = set()
    original = getipython.get_ipython

    def noting() -> Any:
        frame: FrameType | None = sys._getframe(1)
        # A function that is called while importing counts for the module whose body calls it.
        while frame is not None and frame.f_code.co_name != "<module>":
            frame = frame.f_back
        if frame is not None:
            names.add(frame.f_globals["__name__"])
        return original()

    places = [module for module in (IPython, getipython) if vars(module).get("get_ipython") is original]
    for module in places:
        module.get_ipython = noting  # type: ignore[attr-defined]
    try:
        yield names
    finally:
        for module in list(sys.modules.values()):
            # Those that imported it by name meanwhile hold ours.
            if getattr(module, "__dict__", {}).get("get_ipython") is noting:
                module.get_ipython = original  # type: ignore[attr-defined]


@contextlib.contextmanager
def _noted_reads() -> Iterator[set[str]]:
    """Note which environment variables Python code asks for, one by one (copying all of them does not count)."""
    names: set[str] = set()
    kind = type(os.environ)
    original = kind.__getitem__

    def noting(self: os._Environ[str], key: str) -> str:
        caller = sys._getframe(1)
        if caller.f_code.co_name not in {"copy", "__iter__"} and isinstance(key, str):
            names.add(key)
        return original(self, key)

    kind.__getitem__ = noting  # type: ignore[method-assign]
    try:
        yield names
    finally:
        kind.__getitem__ = original  # type: ignore[method-assign]
