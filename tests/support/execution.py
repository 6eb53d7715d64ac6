"""Running a notebook as a new user's machine would: a process of its own, without network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SUPPORT = ROOT / "tests" / "support"
LESSONS = sorted((ROOT / "lessons").glob("*/*.ipynb"))
MASTERS = sorted((ROOT / "solutions").glob("*/*.ipynb"))
RELEASES = sorted((ROOT / "exercises").glob("*/*.ipynb"))


def name(path: Path) -> str:
    """Return what a test of this notebook is called."""
    return path.relative_to(ROOT).as_posix()


def execute(path: Path, folder: Path, *tolerated: str) -> dict[str, Any]:
    """Run a notebook as a process of its own, without network and with nobody's configuration."""
    environment = os.environ | {
        "PYTHONPATH": str(SUPPORT / "offline"),
        "HOME": str(folder),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_NO_CONFIG": "1",
        # For libraries in C, which the audit hook does not see.
        **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9"),
    }
    command = [sys.executable, str(SUPPORT / "run_notebook.py"), str(path), str(folder), *tolerated]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))
