"""Kernels of both kinds, in a runtime directory and an IPython directory of the tests' own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.kernels import WARM, Session, Start, make, tell, warm_up
from traitlets.config import Config

from hurdles.kernels.channel import Place
from hurdles.kernels.warm import END


@pytest.fixture(scope="session")
def runtime() -> Iterator[Path]:
    """Let Jupyter and IPython keep their files here for all tests of kernels; end warm processes afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="hurdles-kernels-test-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_RUNTIME_DIR", str(folder / "runtime"))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        for name in ("JPY_PARENT_PID", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MPLBACKEND"):
            patch.delenv(name, raising=False)
        yield folder / "runtime"
        for socket in (folder / "runtime" / "hurdles-kernels").glob("*.sock"):
            tell(Place(socket.parent, socket.stem), END)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def start(runtime: Path) -> Iterator[Start]:
    """Return ``start(kind, config=…, manager=…, **launch)``; kernels end with the test."""
    sessions: list[Session] = []

    def begin(
        kind: str, *, config: Config | None = None, manager: dict[str, Any] | None = None, **launch: Any
    ) -> Session:
        sessions.append(make(kind, config, manager or {}, launch))
        return sessions[-1]

    yield begin
    for session in sessions:
        if session.manager.has_kernel:
            session.close(now=True)


@pytest.fixture(scope="module")
def pair(runtime: Path) -> Iterator[Callable[[str], Session]]:
    """Return a function that gives this module's stock or warm kernel, for tests that leave no trace in it."""
    found: dict[str, Session] = {}

    def get(kind: str) -> Session:
        if kind not in found:
            if kind == WARM:
                warm_up(runtime)
            found[kind] = make(kind, None, {}, {})
        return found[kind]

    yield get
    for session in found.values():
        session.close()


@pytest.fixture
def warmed(runtime: Path) -> Place:
    """See that the common warm process is ready; return its place."""
    return warm_up(runtime)
