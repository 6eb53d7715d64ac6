"""A real browser, real servers, and a guard: nothing may leave the machine.

Chromium comes from the system (``apt-get install chromium``), or from ``$HURDLES_CHROMIUM``.
Playwright's fixtures live for one module only: while they do, an event loop runs in this thread, and tests
elsewhere need that place.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
ARTIFACTS = ROOT / "artifacts"
LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}
LOCAL_SCHEMES = {"about", "blob", "data"}
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A name that is not this machine's cannot even be looked up.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
LAB_SETTINGS = {
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
}
TOKEN = "for-tests-only"
OPEN_NOTEBOOK = """async (path) => {
    const app = window.jupyterapp;
    await app.restored;
    const panel = await app.commands.execute('docmanager:open', { path, factory: 'Notebook' });
    await panel.context.ready;
    await panel.context.sessionContext.ready;
    for (let i = 0; i < 600 && panel.context.sessionContext.kernelDisplayStatus !== 'idle'; i++)
        await new Promise((resolve) => setTimeout(resolve, 100));
    return panel.context.sessionContext.kernelDisplayStatus;
}"""


@dataclass
class Server:
    """A server process that a test talks to."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def stop(self) -> int:
        """End it as Ctrl+C does, and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                # JupyterLab asks "are you sure?" on the first Ctrl+C only when it has a terminal.
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 90) -> None:
    """Wait until a server answers, or fail with what it logged."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"No answer from {url}. The server's log ends:\n{log.read_text()[-3000:]}")


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """Return an environment in which Jupyter knows nothing of the user who runs the tests."""
    settings = home / "lab-settings"
    for name, content in LAB_SETTINGS.items():
        file = settings / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content))
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT / "tests"),
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "lab-workspaces"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        **more,
    }


StartServer = Callable[..., Server]


@pytest.fixture(scope="module")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """Return a function that starts a server and waits for it; all are ended with the module.

    ``{port}`` in the command and the address stands for a free port.
    """
    servers: list[Server] = []

    def start(
        command: Sequence[str], url: str, *, folder: Path, environment: Mapping[str, str] | None = None
    ) -> Server:
        port = str(free_port())
        url = url.replace("{port}", port)
        home = tmp_path_factory.mktemp("server")
        log = home / "log.txt"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [part.replace("{port}", port) for part in command],
                cwd=folder,
                env={**clean_environment(home), **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        servers.append(Server(process, url, log))
        wait_for(url, process, log)
        return servers[-1]

    yield start
    for server in servers:
        server.stop()
        # Warm processes outlive the server that started them, for a while.
        own = {**os.environ, "JUPYTER_RUNTIME_DIR": str(server.log.parent / "runtime")}
        subprocess.run([sys.executable, "-m", "hurdles.kernels", "stop"], env=own, check=True, capture_output=True)


@pytest.fixture(scope="module")
def start_lab(start_server: StartServer) -> Callable[..., Server]:
    """Return a function ``start_lab(folder, environment=…)`` that serves a folder in JupyterLab."""

    def start(folder: Path, environment: Mapping[str, str] | None = None) -> Server:
        command = [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.root_dir={folder}",
            "--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}",
            "--LabApp.expose_app_in_browser=True",
        ]  # fmt: skip
        url = f"http://127.0.0.1:{{port}}/lab?token={TOKEN}&reset"
        return start_server(command, url, folder=folder, environment=environment)

    return start


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium with an empty profile."""
    path = os.environ.get("HURDLES_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.fail(
            "Browser tests need Chromium. Install it ('apt-get install chromium'), or set HURDLES_CHROMIUM to its path."
        )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


def is_local(url: str) -> bool:
    """Say whether a request stays on this machine."""
    parts = urlsplit(url)
    return parts.scheme in LOCAL_SCHEMES or parts.hostname in LOCAL_HOSTS


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return a fresh page; afterwards the test fails if anything was asked of another machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(PATIENCE_MS)
    foreign: list[str] = []

    def note(url: str) -> None:
        if not is_local(url):
            foreign.append(url)

    context.on("request", lambda request: note(request.url))
    context.on("page", lambda opened: opened.on("websocket", lambda ws: note(ws.url)))
    yield context.new_page()
    context.close()
    assert not foreign, f"requests to other machines: {sorted(set(foreign))}"


@pytest.fixture
def shoot(request: pytest.FixtureRequest) -> Callable[[Page | Locator, str], Path]:
    """Return a function that writes a picture of a page or an element into artifacts/."""

    def take(target: Page | Locator, name: str) -> Path:
        ARTIFACTS.mkdir(exist_ok=True)
        path = ARTIFACTS / f"{name}.png"
        target.screenshot(path=path)
        return path

    return take


@pytest.fixture
def open_notebook(page: Page) -> Iterator[Callable[[Server, str], None]]:
    """Return a function that opens a notebook in JupyterLab with an idle kernel; kernels end with the test."""
    used: list[Server] = []

    def open_it(server: Server, path: str) -> None:
        used.append(server)
        page.goto(server.url)
        page.wait_for_function("window.jupyterapp !== undefined")
        assert page.evaluate(OPEN_NOTEBOOK, path) == "idle"

    yield open_it
    for server in used:
        end_sessions(server)


@pytest.fixture
def run_all(page: Page) -> Callable[[], None]:
    """Return a function that runs all cells of the open notebook and waits for the last."""

    def run() -> None:
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")

    return run


def end_sessions(server: Server) -> None:
    """Delete the server's sessions, so that the next test starts with none."""
    base = server.url.split("/lab")[0]
    for session in _api(f"{base}/api/sessions", "GET"):
        _api(f"{base}/api/sessions/{session['id']}", "DELETE")


def _api(url: str, method: str) -> Any:
    request = urllib.request.Request(url, method=method, headers={"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"null")


@pytest.fixture
def write_notebook() -> Callable[..., Path]:
    """Return a function ``write_notebook(path, *sources)`` that writes a notebook of code cells."""

    def write(path: Path, *sources: str) -> Path:
        cells = [nbformat.v4.new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(sources)]
        kernelspec = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernelspec}), path)
        return path

    return write
