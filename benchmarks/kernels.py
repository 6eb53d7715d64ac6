"""Warm kernels beside stock ones, in turn: ready with a lesson's imports, memory, a demo's page, grading."""

from __future__ import annotations

import ast
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat

from benchmarks.browser import FLAGS, _free_port, _wait
from benchmarks.table import Row
from benchmarks.warm import RUNS, STOCK, VARIABLE, home, in_turn, make_course, run
from hurdles import catalog, gallery, paths
from hurdles.kernels import NAME

__all__ = ["measure", "small_notebook"]

AREA, LESSON = "01-data", "1-quality"
SUBMISSIONS = 10
# Notes when a demo's picture is there: then its controls are live. Time counts from the start of the navigation.
WATCH = """
const watch = setInterval(() => {
    const picture = document.querySelector('img[src^="blob:"]');
    if (!picture || !picture.complete || !picture.naturalWidth) return;
    window.usable = performance.now();
    clearInterval(watch);
}, 5);
"""
FIRSTS = 5
# Between two pages, so that one does not pay for the end of the other, nor for what is prepared in its stead.
PAUSE = 2.0
# What a course elsewhere hands out: the usual imports, a table, a small fit, a picture.
SMALL = {
    "setup": "import matplotlib.pyplot as plt\nimport numpy as np\nimport pandas as pd\nimport seaborn as sns\n"
    "from sklearn.datasets import load_breast_cancer\nfrom sklearn.linear_model import LogisticRegression\n"
    "from sklearn.model_selection import train_test_split\nfrom sklearn.pipeline import make_pipeline\n"
    "from sklearn.preprocessing import StandardScaler",
    "load": "frame = load_breast_cancer(as_frame=True).frame\nframe.groupby('target').mean()",
    "draw": "sns.histplot(frame, x='mean radius', hue='target');",
    "fit": "def fit(frame):\n    ### BEGIN SOLUTION\n    x, y = frame.drop(columns='target'), frame['target']\n"
    "    return make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y)\n    ### END SOLUTION",
    "test": "train, test = train_test_split(frame, random_state=0)\n"
    "assert fit(train).score(test.drop(columns='target'), test['target']) > 0.9",
}


def measure() -> list[Row]:
    """Measure all figures with a warm process of its own, which ends afterwards."""
    firsts = _first()
    with home():
        _warm_up()
        return [*_ready(), *firsts, *_page(), *_autograde()]


def _first() -> list[Row]:
    """Start a kernel where no warm process is yet: a stock one must not be slower for it."""
    code = _imports()

    def once(kind: str) -> float:
        with home():
            return _start(kind, code)[1]

    ours, stock = in_turn(once, FIRSTS)
    return [Row(f"kernel answers and has the imports, no warm process yet, median of {FIRSTS}", ours, stock)]


def _warm_up() -> None:
    """Start the warm process and wait until it has two kernels ready."""
    end = time.monotonic() + 120
    while not _start(NAME, "")[3]:
        if time.monotonic() > end:
            raise RuntimeError("The warm process does not become ready.")
        time.sleep(1.0)
    time.sleep(2.0)


def _imports() -> str:
    """Return the import statements of the lesson's set-up cell."""
    notebook = nbformat.read(paths.content_root() / "lessons" / AREA / f"{LESSON}.ipynb", as_version=4)
    source = next(cell.source for cell in notebook.cells if cell.id == "setup")
    found = [node for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom)]
    return "import hurdles.ui\n" + "\n".join(ast.unparse(node) for node in found)


def _start(kind: str, code: str) -> tuple[float, float, float, bool]:
    """Start a kernel and run a cell; return ms until it answers, until the cell is done, its memory in MB, and kind."""
    from jupyter_client.manager import KernelManager
    from jupyter_client.provisioning.factory import KernelProvisionerFactory

    from hurdles.kernels.provisioner import WarmProcess

    KernelProvisionerFactory.instance().default_provisioner_name = kind
    manager = KernelManager(kernel_name="python3")
    started = time.perf_counter()
    manager.start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    client.kernel_info(reply=True, timeout=60)
    ready = time.perf_counter()
    reply = client.execute(code, reply=True, timeout=120)
    done = time.perf_counter()
    if reply["content"]["status"] != "ok":
        raise RuntimeError(str(reply["content"]))
    provisioner: Any = manager.provisioner
    pid, process = provisioner.pid, provisioner.process
    time.sleep(0.3)
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    own = sum(int(line.split()[1]) for line in lines if line.startswith("Private")) / 1024
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.context.destroy(linger=0)
    return 1000 * (ready - started), 1000 * (done - started), own, isinstance(process, WarmProcess)


def _ready() -> list[Row]:
    code = _imports()
    found: dict[str, list[tuple[float, float, float, bool]]] = {NAME: [], STOCK: []}
    for _ in range(RUNS):
        for kind, runs in found.items():
            runs.append(_start(kind, code))
            time.sleep(0.5)
    if not all(warm for *_, warm in found[NAME]):
        raise RuntimeError("Some of the warm kernels were stock ones.")
    columns = {kind: [statistics.median(column) for column in zip(*runs, strict=True)] for kind, runs in found.items()}
    (ready, done, own, _), (stock_ready, stock_done, stock_own, _) = columns[NAME], columns[STOCK]
    return [
        Row(f"kernel answers, median of {RUNS}", ready, stock_ready),
        Row(f"kernel answers and has a lesson's imports, median of {RUNS}", done, stock_done, limit=stock_done / 10),
        Row("memory of its own of an idle kernel with these imports", own, stock_own, limit=0.4 * stock_own, unit="MB"),
    ]


def _page() -> list[Row]:
    """Open two pages in Chromium, served with both kinds of kernels: a demo, and one that imports like a lesson."""
    with tempfile.TemporaryDirectory(prefix="hurdles-bench-") as folder:
        notebook = gallery.demo_notebook("hurdles.data.demos:missingness", "A lesson's page", back="")
        notebook.cells.insert(1, nbformat.v4.new_code_cell(_imports(), id="imports"))
        nbformat.write(notebook, Path(folder) / "page.ipynb")
        demos = ["hurdles", "demos", "--no-browser", "--port"]
        voila = ["voila", "page.ipynb", "--no-browser", "--template=hurdles", "--port"]
        page, sent = _times(voila, [""], Path(folder))
        pages = [f"voila/render/{name}.ipynb" for name in _demos()]
        all_pages, _ = _times(demos, pages, Path(folder))
    return [
        Row(f"a page in plain Voila with a lesson's imports, cold to interactive, median of {RUNS}", *page),
        Row("… of which until the server has sent it; the rest is the browser's own work", *sent),
        Row(
            f"the {len(pages)} pages of the gallery, each cold to interactive, together, median of {RUNS}",
            *all_pages,
            limit=all_pages[1] / 3,
        ),
    ]


def _served() -> int:
    """Return how many kernels the warm processes have handed out."""
    said = subprocess.run([sys.executable, "-m", "hurdles.kernels"], check=True, capture_output=True, text=True).stdout
    return sum(int(count) for count in re.findall(r"kernels run, \d+ ready, (\d+) served", said))


def _demos() -> list[str]:
    """Return the names of the gallery's pages."""
    lessons = catalog.load(paths.content_root()).lessons
    return [gallery.load_demo(lesson.demo).name for lesson in lessons if lesson.demo]


def _times(command: list[str], pages: list[str], folder: Path) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the medians, warm and stock, until all pages can be used, and until the server has sent them."""
    from playwright.sync_api import sync_playwright

    servers: dict[str, tuple[Any, str]] = {}
    try:
        for kind in (NAME, STOCK):
            port = _free_port()
            given = {**os.environ, VARIABLE: kind, "JUPYTER_PATH": str(gallery.template_root())}
            server = subprocess.Popen(
                [sys.executable, "-m", *command, str(port)], cwd=folder, env=given, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )  # fmt: skip
            servers[kind] = server, f"http://127.0.0.1:{port}/"
        for _, url in servers.values():
            _wait(url)
        with sync_playwright() as playwright:
            chromium_path = os.environ.get("HURDLES_CHROMIUM") or shutil.which("chromium")
            chromium = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
            sent: dict[str, list[float]] = {kind: [] for kind in servers}

            def load(url: str) -> tuple[float, float]:
                context = chromium.new_context()
                page = context.new_page()
                page.add_init_script(WATCH)
                page.goto(url, wait_until="commit")
                page.wait_for_function("window.usable !== undefined", timeout=60_000)
                times = page.evaluate("[usable, performance.getEntriesByType('navigation')[0].responseEnd]")
                context.close()
                time.sleep(PAUSE)
                return float(times[0]), float(times[1])

            def load_all(kind: str) -> float:
                took = [load(servers[kind][1] + path) for path in pages]
                sent[kind].append(sum(until for _, until in took))
                return sum(usable for usable, _ in took)

            for kind in servers:
                load_all(kind)
                sent[kind].clear()
            before = _served()
            whole = in_turn(load_all)
            if _served() < before + RUNS * len(pages):
                raise RuntimeError("Some of the pages had stock kernels.")
            chromium.close()
            return whole, (statistics.median(sent[NAME]), statistics.median(sent[STOCK]))
    finally:
        for server, _ in servers.values():
            server.send_signal(signal.SIGINT)
            server.wait(30)


def _autograde() -> list[Row]:
    master = paths.content_root() / "solutions" / AREA / f"{LESSON}.ipynb"
    with tempfile.TemporaryDirectory(prefix="hurdles-bench-") as folder:
        small = Path(folder) / "small.ipynb"
        nbformat.write(small_notebook(), small)
        rows = []
        for name, notebook in (("a small notebook", small), (f"{AREA}/{LESSON}", master)):
            place = Path(folder) / notebook.stem
            place.mkdir()
            course = make_course(place, AREA, notebook, SUBMISSIONS)
            command = [sys.executable, "-m", "nbgrader", "autograde", AREA, "--force"]
            ours, stock = in_turn(lambda kind, c=command, f=course: run(c, f, kind))  # type: ignore[misc]
            title = f"`nbgrader autograde` of {SUBMISSIONS} submissions of {name}, median of {RUNS}"
            rows.append(Row(title, ours, stock, limit=stock / 4))
        return rows


def small_notebook() -> Any:
    """Return the small notebook, as an instructor writes it."""
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    for name, source in SMALL.items():
        cell = nbformat.v4.new_code_cell(source, id=name)
        if name in {"fit", "test"}:
            test = name == "test"
            cell.metadata["nbgrader"] = {
                "grade": test, "grade_id": name, "locked": test, "schema_version": 3, "solution": not test,
                "task": False, **({"points": 1} if test else {}),
            }  # fmt: skip
        notebook.cells.append(cell)
    return notebook
