"""For tests that grade notebooks as on a learner's machine: in processes forked from the one that kernels come from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.warm import warm_kernels


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Have a warm process, which takes its time to begin: only for tests that start a notebook."""
    with warm_kernels(tmp_path_factory.mktemp("runtime")) as folder:
        yield folder
