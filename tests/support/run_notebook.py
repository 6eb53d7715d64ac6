"""Execute one notebook in a clean process without network; print what it took as JSON.

Usage: python run_notebook.py NOTEBOOK FOLDER TOLERATED...
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


def main() -> None:
    path, folder, tolerated = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=60,
        kernel_name="python3",
        allow_error_names=tolerated,
        resources={"metadata": {"path": folder}},
    )
    started = time.perf_counter()
    error = None
    try:
        client.execute()
    except CellExecutionError as failure:
        error = str(failure)
    facts = {
        "error": error,
        "seconds": round(time.perf_counter() - started, 1),
        # The kernel is the largest child of this process; the figure is in KiB on Linux.
        "peak_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
        "stderr": [
            out["text"] for cell in notebook.cells for out in cell.get("outputs", ()) if out.get("name") == "stderr"
        ],
    }
    print(json.dumps(facts))


main()
