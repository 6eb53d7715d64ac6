"""Running a program in a process whose imports are done."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from hurdles.kernels import allowed
from hurdles.kernels.asking import Source
from hurdles.kernels.process import WarmProcess

__all__ = ["begin", "run"]

# Nobody waits for a program that may be wanted some day: its imports come when the processors are free.
_HEAD_START_WITHIN = 60.0
# A lesson lies between opening JupyterLab and the first check.
_IDLE = 7200.0


def begin(environment: Mapping[str, str], *, preload: Sequence[str]) -> None:
    """Let the warm process for a program start, so that already its first run is quick.

    Parameters
    ----------
    environment : mapping of str to str
        That of the runs to come. If it names another provisioner than ours, nothing is done.
    preload : sequence of str
        The modules that the program needs.
    """
    if _possible(environment):
        _source(preload).begin(environment, patience=_HEAD_START_WITHIN)


def run(entry: str, arguments: Sequence[str], *, preload: Sequence[str]) -> int | None:
    """Run a program, forked from a warm process of its own kind.

    The program has this process's standard streams, environment, folder and limits, but the folder is not on its
    path. Ctrl+C reaches it; it ends with this process.

    Parameters
    ----------
    entry : str
        The function to call, as a console script names it: ``package.module:function``.
    arguments : sequence of str
        The program's arguments, for ``sys.argv``.
    preload : sequence of str
        The modules that it needs.

    Returns
    -------
    int or None
        Its exit code; None if it could not be started. The caller then runs it in this process; a warm one is on its
        way for the next time.
    """
    if not _possible(os.environ):
        return None
    try:
        source = _source(preload)
        request = {
            "command": [*source.interpreter, "-m", entry.partition(":")[0], *arguments],
            "arguments": [entry],
            "environment": dict(os.environ),
            "folder": str(Path.cwd()),
        }
        sys.stdout.flush()
        sys.stderr.flush()
        process = asyncio.run(source.obtain(request, {}))
    except Exception:  # whatever it is, the program can be run without us
        return None
    return _wait(process)


def _possible(environment: Mapping[str, str]) -> bool:
    return sys.platform == "linux" and hasattr(os, "pidfd_open") and allowed(environment)


def _source(preload: Sequence[str]) -> Source:
    from jupyter_core.paths import jupyter_runtime_dir

    options = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    interpreter = (sys.executable, *options)
    return Source(Path(jupyter_runtime_dir()), interpreter, tuple(preload), "program", pool=1, idle=_IDLE)


def _wait(process: WarmProcess) -> int:
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            # The terminal told only us: the program leads a session of its own.
            process.send_signal(signal.SIGINT)
        else:
            return code if code >= 0 else 128 - code
