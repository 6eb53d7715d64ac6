"""Warm processes of the tests' own, which end with them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from hurdles import kernels

__all__ = ["own_runtime", "warm_kernels"]


@contextmanager
def own_runtime(folder: Path) -> Iterator[Path]:
    """Let Jupyter keep what runs in a folder of its own; whatever is warm there ends with the block."""
    with mock.patch.dict(os.environ, {"JUPYTER_RUNTIME_DIR": str(folder)}):
        try:
            yield folder
        finally:
            subprocess.run([sys.executable, "-m", "hurdles.kernels", "stop"], check=True, capture_output=True)


@contextmanager
def warm_kernels(folder: Path) -> Iterator[Path]:
    """Have a warm process for kernels, as a learner's JupyterLab does."""
    with own_runtime(folder), mock.patch.dict(os.environ, {"JUPYTER_DEFAULT_PROVISIONER_NAME": kernels.NAME}):
        kernels.begin(os.environ)
        end = time.monotonic() + 90
        while not kernels.ready():
            if time.monotonic() > end:
                raise TimeoutError("the warm process does not become ready")
            time.sleep(0.1)
        yield folder
