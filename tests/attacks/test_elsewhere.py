"""The same grades by a cluster of processes, some of which are lost on the way, and in PostgreSQL."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy
from support.cohort import HONEST, RIGHT, Cohort

from hurdles.errors import HurdlesError

SLOW = RIGHT | {"setup": "import time\ntime.sleep(1.0)"}


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def program(*arguments: str, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of Dask's until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments], cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a scheduler and three workers, each a process of its own."""
    address = f"tcp://127.0.0.1:{_free_port()}"
    with ExitStack() as stack:
        stack.enter_context(program("distributed.cli.dask_scheduler", "--host", address, "--no-dashboard", cwd=folder))
        workers = [
            stack.enter_context(
                program(
                    "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard",
                    # A worker that imports with its first task gives no sign of life meanwhile.
                    "--preload", "hurdles.grading.cohort.cluster", "--local-directory", str(folder), cwd=folder,
                )
            )
            for _ in range(3)
        ]  # fmt: skip
        _wait_for(address, 3)
        yield address, workers


def _wait_for(address: str, count: int) -> None:
    from distributed import Client

    with Client(address, timeout=60) as client:
        client.wait_for_workers(count, timeout=60)


@pytest.mark.timeout(400)
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same_grades_and_survives_its_workers(cohort: Cohort, tmp_path: Path) -> None:
    for number in range(6):
        cohort.submit(f"s{number}", SLOW if number % 2 else SLOW | {"double": "def double(x):\n    return 1"})
    twin = Cohort(Path(shutil.copytree(cohort.course, tmp_path / "twin")))
    twin.grade()
    cohort.set("c.Limits.patience = 15")
    with cluster(tmp_path) as (address, workers):
        done: list[int] = []

        def disturb(progress: object) -> None:
            """Kill a worker after the first result, and let another one stand still."""
            done.append(1)
            if len(done) == 3:
                workers[0].kill()
            if len(done) == 4:
                os.kill(workers[1].pid, signal.SIGSTOP)

        report = cohort.grade(told=disturb, scheduler=address)
        assert workers[0].poll() is not None
    assert [one.faults for one in report.submissions if one.faults] == []
    assert cohort.book() == twin.book()
    assert {run for _, run in cohort.journal().values()} == {1}
    assert cohort.score("ada") == HONEST


def test_no_cluster_is_named(cohort: Cohort, monkeypatch: pytest.MonkeyPatch) -> None:
    from hurdles.grading.cohort import cluster as ours

    monkeypatch.setattr(ours, "_CONNECT_WITHIN", 0.5)
    with pytest.raises(HurdlesError, match="No Dask scheduler answers"):
        cohort.grade(scheduler=f"tcp://127.0.0.1:{_free_port()}")
    assert cohort.book() == []


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL server of Debian's packages, and give the address of an empty database."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        pytest.fail("PostgreSQL is missing: 'make test' installs the package postgresql as root, else ask for it.")
    port = str(_free_port())
    # PostgreSQL refuses to be run by root.
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    as_user = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def run(name: str, *arguments: str) -> None:
        subprocess.run([str(found[-1] / name), *arguments], check=True, capture_output=True, cwd="/", **as_user)

    data = folder / "data"
    run("initdb", "-D", str(data), "-U", "course", "--auth=trust", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        run("createdb", "-h", "127.0.0.1", "-p", port, "-U", "course", "grades")
        yield f"postgresql+psycopg://course@127.0.0.1:{port}/grades"
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")


def test_postgresql_as_gradebook(cohort: Cohort) -> None:
    with tempfile.TemporaryDirectory(prefix="hurdles-pg-") as folder, postgres(Path(folder)) as url:
        Path(folder).chmod(0o755)
        cohort.set(f"c.CourseDirectory.db_url = {url!r}")
        (cohort.course / "gradebook.db").unlink()
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "nbgrader", "generate_assignment", "ps1", "--force"],
            cwd=cohort.course, check=True, capture_output=True, env={**os.environ, "PATH": path},
        )  # fmt: skip
        report = cohort.grade()
        assert [(one.state, one.faults) for one in report.submissions] == [("graded", [])] * 2
        engine = sqlalchemy.create_engine(url)
        with engine.connect() as connection:
            rows = connection.execute(
                sqlalchemy.text(
                    "SELECT student_id, sum(auto_score) FROM grade "
                    "JOIN submitted_notebook sn ON sn.id = grade.notebook_id "
                    "JOIN submitted_assignment sa ON sa.id = sn.assignment_id GROUP BY student_id"
                )
            ).fetchall()
        engine.dispose()
        assert {student: float(score) for student, score in rows} == {"ada": HONEST, "bob": 6.0}
        assert {one.state for one in cohort.grade().submissions} == {"unchanged"}
