"""Serving the gallery: Voila, with our index at its root and nothing loaded from other hosts."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tornado.web
from jupyter_core.paths import jupyter_path
from tornado.ioloop import IOLoop
from traitlets import Unicode
from traitlets.config import Config
from voila.app import Voila
from voila.paths import collect_static_paths, collect_template_paths
from voila.tornado.handler import TornadoVoilaHandler

from hurdles import kernels
from hurdles.catalog import Catalog
from hurdles.errors import HurdlesError
from hurdles.gallery.pages import PICTURES, Page, build, draw, template_root
from hurdles.kernels.memory import available

__all__ = ["serve"]

_HOST = "127.0.0.1"
# What a demo needs in the browser; every other extension of JupyterLab would only slow the page down.
_EXTENSIONS = ["@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8", "anywidget"]
_IDLE_SECONDS = 600
# A page that waits, already run, takes about 60 MB when its kernel is a warm one. Most of the memory stays free.
_PER_PAGE = 256 << 20


class _File(tornado.web.RequestHandler):
    """Sends a file as it is now."""

    def initialize(self, file: Path, kind: str) -> None:
        self.file, self.kind = file, kind

    def get(self) -> None:
        self.set_header("Content-Type", f"{self.kind}; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        self.finish(self.file.read_bytes())


class _Demo(TornadoVoilaHandler):  # type: ignore[misc]
    """Sends a demo's page, always with the cookie that the page needs to give its kernel back when it is left.

    Voila sets it only while it renders a page, which for one that was run ahead is long over.
    """

    async def prepare(self) -> None:
        """Prepare the answer."""
        await super().prepare()
        # Reading it is what sets the cookie.
        _ = self.xsrf_token


class _Gallery(Voila):  # type: ignore[misc]
    """Voila over a folder of demo pages."""

    index = Unicode(help="The index page.")

    def setup_template_dirs(self) -> None:
        """Let our template be found without touching the environment."""
        roots = [str(template_root()), *jupyter_path()]
        names = ["voila", "nbconvert"]
        self.template_paths = collect_template_paths(names, "hurdles", prune=True, root_dirs=roots)
        self.static_paths = collect_static_paths(names, "lab")

    def init_handlers(self) -> list[Any]:
        """Put the index in front of Voila's list of files."""
        found = [
            (pattern, _Demo if handler is TornadoVoilaHandler else handler, *rest)
            for pattern, handler, *rest in super().init_handlers()
        ]
        index = Path(self.index)
        own = [
            (self.server_url, _File, {"file": index, "kind": "text/html"}),
            (f"{self.server_url}{PICTURES}", _File, {"file": index.with_name(PICTURES), "kind": "application/json"}),
        ]
        return [*own, *found]


def serve(catalog: Catalog, *, port: int = 8866, open_browser: bool = True) -> None:
    """Build the gallery into a temporary folder and serve it until Ctrl+C.

    Parameters
    ----------
    catalog : hurdles.catalog.Catalog
        Its lessons name the demos.
    port : int
        Port on this machine; the gallery is not reachable from others.
    open_browser : bool
        Whether to open the index in a browser.

    Raises
    ------
    hurdles.errors.HurdlesError
        If the port is taken, or there is nothing to show.
    """
    _claim(port)
    kernels.begin(os.environ)
    with tempfile.TemporaryDirectory(prefix="hurdles-gallery-") as name, kernels.as_default():
        folder = Path(name)
        pages = build(catalog, folder)
        app = _Gallery(config=_config(folder, port, open_browser), index=str(folder / "index.html"))
        app.initialize([])
        IOLoop.current().spawn_callback(_prepare, app, [f"{page.name}.ipynb" for page in pages])
        with _drawing(pages, folder):
            demos = f"{len(pages)} demo{'s' if len(pages) != 1 else ''}"
            print(f"{demos} at http://{_HOST}:{port}/ (Ctrl+C ends it)", flush=True)
            app.start()


@contextmanager
def _drawing(pages: Sequence[Page], folder: Path) -> Iterator[None]:
    """Draw the pages' pictures beside the server: some demos compute for seconds, and the index need not wait."""
    process = multiprocessing.get_context("spawn").Process(target=_draw, args=(pages, folder), daemon=True)
    # Ctrl+C in a terminal reaches every process of the group; ending this one is the server's business.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    try:
        yield
    finally:
        process.terminate()
        process.join()


def _draw(pages: Sequence[Page], folder: Path) -> None:
    # Whoever has opened a page already comes first.
    os.nice(10)
    draw(pages, folder)


async def _prepare(app: _Gallery, pages: Sequence[str]) -> None:
    """Keep one run of each page ready, once kernels are warm: stock ones would take too much memory and time."""
    if not app.voila_configuration.preheat_kernel:
        return
    while not kernels.ready():
        await asyncio.sleep(0.5)
    manager = app.kernel_manager
    for page in pages:
        # One after another, so that a page opened meanwhile does not have to share the processors with all of them.
        if available() < len(pages) * _PER_PAGE:
            return
        manager.kernel_pools_config = {**manager.kernel_pools_config, page: {"pool_size": 1}}
        manager.fill_if_needed(delay=0.0, notebook_name=page)
        await asyncio.gather(*manager._pools[page], return_exceptions=True)


def _claim(port: int) -> None:
    """See that the port is free before the costly part begins."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as error:
            raise HurdlesError(
                f"Port {port} cannot be used ({error.strerror}). Choose another one, such as --port {port + 1}."
            ) from error


def _config(folder: Path, port: int, open_browser: bool) -> Config:
    config = Config()
    config.Voila.ip = _HOST
    config.Voila.port = port
    config.Voila.port_retries = 0
    config.Voila.open_browser = open_browser
    config.Voila.root_dir = str(folder)
    # A voila.py that happens to lie in the current folder has no say here.
    config.Voila.config_file_paths = []
    # At lower levels Voila warns of every page that its notebook is not trusted, which for ours means nothing.
    config.Voila.log_level = logging.ERROR
    config.VoilaConfiguration.extension_allowlist = _EXTENSIONS
    config.VoilaConfiguration.allow_template_override = "NO"
    # None is prepared before kernels are warm: see _prepare.
    config.VoilaConfiguration.preheat_kernel = kernels.allowed(os.environ)
    config.VoilaConfiguration.default_pool_size = 0
    # A page that was left without saying so (a laptop closed) gives its kernel back after a while.
    config.MappingKernelManager.cull_idle_timeout = _IDLE_SECONDS
    config.MappingKernelManager.cull_interval = 60
    config.MappingKernelManager.cull_connected = False
    return config
