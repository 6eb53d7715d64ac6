"""What all tests share: the repository's root, and a small course of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from support.course import make_course

# Warm kernels have tests of their own; elsewhere a process that outlives the tests would only be in the way.
os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] = "local-provisioner"
# A shell's script ignores Ctrl+C in what it runs in the background; servers that tests start would inherit that.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
ROOT = Path(__file__).resolve().parent.parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one process run all tests of a file, where several processes share the tests: it sets up what they need."""
    for item in items:
        if not any(item.iter_markers("xdist_group")) and not any(item.iter_markers("scattered")):
            item.add_marker(pytest.mark.xdist_group(item.path.relative_to(ROOT).as_posix()))


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the root of the clone."""
    return ROOT


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the content of a small course; tests must not change it."""
    return make_course(tmp_path_factory.mktemp("course"), ROOT / "nbgrader_config.py")


@pytest.fixture(autouse=True)
def _no_workspace_of_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tests away from the workspace of whoever runs them."""
    monkeypatch.delenv("HURDLES_WORKSPACE", raising=False)


@pytest.fixture
def report_figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Return a function that puts a measured figure into the summary at the end of the run."""
    # Properties come along with a test's report, whichever process has run it.
    return lambda figure: request.node.user_properties.append(("measured", figure))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured."""
    reports = [one for found in terminalreporter.stats.values() for one in found if isinstance(one, pytest.TestReport)]
    figures = [
        text for one in reports for name, text in one.user_properties if name == "measured" and one.when == "call"
    ]
    if figures:
        terminalreporter.section("measured")
        for figure in sorted(figures):
            terminalreporter.line(figure)
