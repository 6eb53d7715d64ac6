"""From a key press on a demo's slider to the changed image, in Chromium."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from benchmarks.table import Row, percentile

__all__ = ["measure"]

PRESSES = 24
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
# The clock runs in the page: from the key to the first frame that can show the new picture.
CLOCK = """() => {
    const image = document.querySelector('img[src^="blob:"]');
    window.took = [];
    let pressed = 0;
    addEventListener('keydown', () => { pressed = performance.now(); }, true);
    const done = () => requestAnimationFrame(() => {
        if (pressed) window.took.push(performance.now() - pressed);
        pressed = 0;
    });
    image.addEventListener('load', done);
    new MutationObserver((records) => {
        for (const record of records)
            for (const node of record.addedNodes)
                if (node.tagName === 'IMG') node.addEventListener('load', done);
    }).observe(image.parentElement, { childList: true });
}"""


def measure() -> list[Row]:
    """Open the first demo of the gallery and press arrow keys, one after the other."""
    from playwright.sync_api import sync_playwright

    port = _free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "hurdles", "demos", "--port", str(port), "--no-browser"], stdout=subprocess.DEVNULL
    )
    try:
        _wait(f"http://127.0.0.1:{port}/")
        with sync_playwright() as playwright:
            path = os.environ.get("HURDLES_CHROMIUM") or shutil.which("chromium")
            chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
            page = chromium.new_page()
            started = time.perf_counter()
            page.goto(f"http://127.0.0.1:{port}/")
            page.locator("ul a, ol a").first.click()
            slider = page.get_by_role("slider").first
            page.wait_for_selector('img[src^="blob:"]', timeout=60_000)
            cold = 1000 * (time.perf_counter() - started)
            page.evaluate(CLOCK)
            for number in range(PRESSES):
                slider.press("ArrowRight" if number % 8 < 4 else "ArrowLeft")
                page.wait_for_function(f"window.took.length > {number}", timeout=30_000)
            took = page.evaluate("window.took")
            chromium.close()
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)
    return [
        Row("gallery to an interactive demo, cold", cold),
        Row(f"slider to changed image in the browser, median of {PRESSES} presses", percentile(took, 0.5), limit=300),
        Row(f"slider to changed image in the browser, 95th percentile of {PRESSES}", percentile(took, 0.95), limit=300),
    ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
