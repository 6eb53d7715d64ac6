"""Running a program in a process whose imports are done."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from hurdles.kernels import allowed
from hurdles.kernels.asking import Source
from hurdles.kernels.process import WarmProcess

__all__ = ["run"]


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
    if sys.platform != "linux" or not hasattr(os, "pidfd_open") or not allowed(os.environ):
        return None
    options = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    try:
        from jupyter_core.paths import jupyter_runtime_dir

        source = Source(Path(jupyter_runtime_dir()), (sys.executable, *options), tuple(preload), "program", pool=1)
        request = {
            "command": [sys.executable, *options, "-m", entry.partition(":")[0], *arguments],
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


def _wait(process: WarmProcess) -> int:
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            # The terminal told only us: the program leads a session of its own.
            process.send_signal(signal.SIGINT)
        else:
            return code if code >= 0 else 128 - code
