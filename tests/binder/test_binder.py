"""A Binder launch: the recipe that repo2docker reads, and its steps walked by hand as an ordinary user."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
import websocket

NOBODY = 65534
TOKEN = "for-tests-only"
MOST_BYTES = 2 * 2**30
LESSON = "hurdles-workspace/lessons/01-data/1-quality.ipynb"
ROOT = Path(__file__).resolve().parents[2]


def tracked(root: Path) -> list[str]:
    """Name the files that a clone would have."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in names if (root / name).is_file()]


def test_repo2docker_reads_the_recipe() -> None:
    command = [str(Path(sys.executable).parent / "repo2docker"), "--no-build", "--debug", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    dockerfile = done.stdout + done.stderr
    assert done.returncode == 0, dockerfile
    for line in (
        'pip install --no-cache-dir -r "binder/requirements.txt"',
        "RUN ./binder/postBuild",
        'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"',
        "environment-2epy-2d3-2e11",
    ):
        assert line in dockerfile


def test_the_lock_is_a_plain_list_that_covers_what_the_package_needs() -> None:
    lines = (ROOT / "binder" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    names = {line.split("==")[0].lower() for line in lines}
    assert all(line.count("==") == 1 and " " not in line for line in lines)
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {requirement.split(">")[0].lower() for requirement in project["dependencies"]}
    assert needed <= names
    assert not names & {"hurdles", "pytest", "playwright"}


@dataclass
class Launch:
    """A launched server: its process, its address, and the user it runs as."""

    process: subprocess.Popen[bytes]
    url: str
    home: Path
    python: str


def an_interpreter_for_everyone() -> str:
    """Return a Python that an ordinary user may run: ours, or the system's."""
    probe = "import os, sys; os.stat(sys.executable); os.listdir(sys.prefix)"
    for path in (getattr(sys, "_base_executable", sys.executable), "/usr/bin/python3"):
        if subprocess.run(_as_nobody([path, "-c", probe]), check=False, capture_output=True).returncode == 0:
            return str(path)
    pytest.fail("No Python here that an ordinary user may run. Install one (Debian: apt-get install python3).")


def _as_nobody(command: list[str]) -> list[str]:
    if os.geteuid() != 0:
        return command
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--", *command]


def run(command: list[str], home: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(_as_nobody(command), cwd=home, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-3000:]}"


@pytest.fixture(scope="module")
def launch() -> Iterator[Launch]:
    """Install the lock, copy the repository, run postBuild and start, in the order of the Dockerfile."""
    folder = Path(tempfile.mkdtemp(prefix="hurdles-binder-"))
    folder.chmod(0o755)
    try:
        home, venv = folder / "home", folder / "env"
        python = an_interpreter_for_everyone()
        subprocess.run([python, "-m", "venv", "--without-pip", str(venv)], check=True)
        subprocess.run([sys.executable, "-m", "pip", "--python", str(venv), "install", "--quiet", "pip"], check=True)
        (home / "binder").mkdir(parents=True)
        shutil.copy(ROOT / "binder" / "requirements.txt", home / "binder")
        environment = {
            "HOME": str(home),
            "PATH": f"{venv / 'bin'}:{os.defpath}:/usr/sbin",
            "LANG": "C.UTF-8",
            **{name: value for name, value in os.environ.items() if name.startswith("PIP_")},
        }
        hand_over(folder)
        run(
            ["python", "-m", "pip", "install", "--quiet", "--no-cache-dir", "-r", "binder/requirements.txt"],
            home,
            environment,
        )
        for name in tracked(ROOT):
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, home / name)  # as in the Dockerfile, these files belong to root
        run(["./binder/postBuild"], home, environment)
        yield from started(home, environment)
        run(["python", "-m", "hurdles.kernels", "stop"], home, environment)
    finally:
        shutil.rmtree(folder)


def hand_over(folder: Path) -> None:
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def started(home: Path, environment: dict[str, str]) -> Iterator[Launch]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = ["jupyter", "lab", "--ip=127.0.0.1", f"--port={port}", "--no-browser", f"--IdentityProvider.token={TOKEN}"]
    log = home.parent / "log.txt"
    with log.open("wb") as out:
        process = subprocess.Popen(
            _as_nobody(["./binder/start", *server]),
            cwd=home,
            env=environment,
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        end = time.monotonic() + 120
        while True:
            try:
                fetch(f"{url}/api/status")
                break
            except (urllib.error.URLError, ConnectionError):
                if process.poll() is not None or time.monotonic() > end:
                    pytest.fail(f"The server did not come up: {log.read_text()[-3000:]}")
                time.sleep(0.3)
        yield Launch(process, url, home, str(home.parent / "env" / "bin" / "python"))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def fetch(url: str, data: dict[str, Any] | None = None) -> str:
    body = None if data is None else json.dumps(data).encode()
    request = urllib.request.Request(url, body, headers={"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return str(answer.read().decode())


def test_the_badge_opens_the_index_in_jupyterlab(launch: Launch) -> None:
    assert "jupyter-config-data" in fetch(f"{launch.url}/lab/tree/hurdles-workspace/index.ipynb")
    index = json.loads(fetch(f"{launch.url}/api/contents/hurdles-workspace/index.ipynb"))
    assert "lessons/01-data/1-quality.ipynb" in json.dumps(index["content"])


def test_the_second_link_opens_the_demo(launch: Launch) -> None:
    page = fetch(f"{launch.url}/voila/render/hurdles-workspace/demos/missingness.ipynb")
    assert "application/vnd.jupyter.widget-view+json" in page
    assert "missing" in page
    # What the page loads; the browser tests hold the same for what its scripts load.
    assert not re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="(?:https?:)?//(?!127\.0\.0\.1)[^"]*"', page)


def test_an_installed_wheel_grades_as_an_ordinary_user(launch: Launch) -> None:
    """Run the command line of the environment without a clone around it."""
    command = [launch.python, "-P", "-m", "hurdles", "check", "exercises/01-data/1-quality.ipynb", "--json"]
    place = launch.home / "hurdles-workspace"
    environment = {"HOME": str(launch.home), "PATH": os.defpath}
    done = subprocess.run(_as_nobody(command), cwd=place, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {task["status"] for task in json.loads(done.stdout)["tasks"]} == {"not-attempted"}
    assert (place / ".hurdles" / "gradebook.db").exists()


def test_kernels_are_warm_from_the_first_one_on(launch: Launch) -> None:
    kernel = json.loads(fetch(f"{launch.url}/api/kernels", {"name": "python3"}))
    told = subprocess.run(
        _as_nobody([launch.python, "-m", "hurdles.kernels"]), env={"HOME": str(launch.home), "PATH": os.defpath},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert re.search(r", [1-9]\d* kernels run, ", told), told
    request = urllib.request.Request(
        f"{launch.url}/api/kernels/{kernel['id']}", method="DELETE", headers={"Authorization": f"token {TOKEN}"}
    )
    urllib.request.urlopen(request, timeout=60).close()


def test_the_readme_names_both_links() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "urlpath=lab/tree/hurdles-workspace/index.ipynb" in readme
    assert "urlpath=voila/render/hurdles-workspace/demos/missingness.ipynb" in readme


def test_the_whole_launch_fits_into_two_gigabytes(launch: Launch, report_figure: Any) -> None:
    """Hold the demo's page and the lesson, executed in a kernel of the server, at the same time."""
    fetch(f"{launch.url}/voila/render/hurdles-workspace/demos/missingness.ipynb")
    session = json.loads(
        fetch(
            f"{launch.url}/api/sessions",
            {"path": LESSON, "type": "notebook", "name": "", "kernel": {"name": "python3"}},
        )
    )
    notebook = nbformat.read(launch.home / LESSON, as_version=4)
    address = f"{launch.url.replace('http', 'ws', 1)}/api/kernels/{session['kernel']['id']}/channels?token={TOKEN}"
    connection = websocket.create_connection(address, timeout=120)
    try:
        for cell in notebook.cells:
            if cell.cell_type == "code":
                execute(connection, cell.source)
        used = memory(str(Path(launch.python).parent))
    finally:
        connection.close()
    report_figure(f"Binder launch, lesson executed and demo open: {used / 2**20:.0f} MB (PSS of all processes)")
    assert used < MOST_BYTES


def execute(connection: websocket.WebSocket, source: str) -> None:
    """Run one cell over the kernel's channels, as JupyterLab does, and wait until it is done."""
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": "execute_request",
        "username": "",
        "session": "test",
        "version": "5.4",
    }
    content = {"code": source, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
    message = {
        "channel": "shell",
        "header": header,
        "parent_header": {},
        "metadata": {},
        "content": content,
        "buffers": [],
    }
    connection.send(json.dumps(message))
    while True:
        received = connection.recv()
        if not isinstance(received, str):
            continue  # a widget's picture: binary, and none of our replies
        reply = json.loads(received)
        if reply["parent_header"].get("msg_id") != header["msg_id"]:
            continue
        assert reply["msg_type"] != "error", reply["content"]
        if reply["msg_type"] == "status" and reply["content"]["execution_state"] == "idle":
            return


def memory(place: str) -> int:
    """Return the proportional memory of all processes that run a program from a folder, in bytes.

    The container's budget is for all of them: the server and its children, warm processes and their kernels.
    """
    mine = [process for process in psutil.process_iter(["cmdline"]) if place in " ".join(process.info["cmdline"] or [])]
    assert mine
    return sum(process.memory_full_info().pss for process in mine)
