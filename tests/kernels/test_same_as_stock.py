"""A forked kernel is as good as a fresh one: both are asked the same, and answer the same."""

from __future__ import annotations

import ast
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.kernels import (
    STOCK,
    WARM,
    Session,
    Start,
    alive,
    announced,
    environment,
    eventually,
    wait_until_announced,
)

BOTH = pytest.mark.parametrize("kind", [STOCK, WARM])
Pair = Callable[[str], Session]

# Each expression's value must be the same in both kernels, before anything was imported by a cell.
STATE = {
    "path": "__import__('sys').path",
    "arguments": "[__import__('os').path.basename(a) for a in __import__('sys').argv[:2]]",
    "interpreter": "__import__('sys').orig_argv[1:4], __import__('sys').executable, __import__('sys').prefix",
    "flags": "tuple(__import__('sys').flags), __import__('sys').warnoptions, __import__('sys')._xoptions",
    "folder": "__import__('os').getcwd(), __import__('os').listdir('/proc/self/cwd/') == __import__('os').listdir()",
    "names": "sorted(n for n in dir() if not n.startswith(('_i', '__warning')))",
    "module": "__name__, __doc__, __import__('__main__').__dict__ is globals()",
    "handlers": "[str(__import__('signal').getsignal(n)) for n in (1, 2, 3, 10, 12, 13, 14, 15, 17)]",
    "mask": "__import__('signal').pthread_sigmask(0, [])",
    "leader": "(lambda o: o.getpid() == o.getpgrp() == o.getsid(0))(__import__('os'))",
    "limits": "[__import__('resource').getrlimit(n) for n in range(16)]",
    "umask": "[l for l in open('/proc/self/status') if l.startswith(('Umask', 'Cap', 'NoNew', 'Groups'))]",
    "niceness": "__import__('os').nice(0), __import__('os').sched_getaffinity(0)",
    "input": "__import__('os').read(0, 1), __import__('sys').stdin.read(), __import__('sys').stdin.encoding",
    "streams": "[(s.encoding, s.errors, s.line_buffering) for s in"
    " (__import__('sys').__stdout__, __import__('sys').__stderr__)]",
    "collector": "__import__('gc').isenabled(), __import__('gc').get_threshold()",
    "faults": "__import__('faulthandler').is_enabled()",
    "locale": "__import__('locale').setlocale(0), __import__('time').tzname",
    "profile": "get_ipython().profile_dir.location, get_ipython().ipython_dir, get_ipython().starting_dir",
    "settings": "{k: v for k, v in get_ipython().config.items() if k != 'IPKernelApp'}",
    "shell": "sorted((k, repr(v).partition(' at 0x')[0]) for k, v in get_ipython().trait_values(config=True).items())",
    "kernel": "sorted((k, repr(v)) for k, v in get_ipython().kernel.trait_values(config=True).items())",
    "application": "sorted((k, repr(v)) for k, v in get_ipython().kernel.parent.trait_values(config=True).items()"
    " if k not in ('connection_file', 'parent_handle') and not k.endswith('_port'))",
    "family": "type(get_ipython().parent).__name__, get_ipython().parent is get_ipython().kernel,"
    " [type(c).__name__ for c in get_ipython().configurables]",
    "magics": "[sorted(names) for names in get_ipython().magics_manager.magics.values()]",
    "hooks": "sorted((k, len(v)) for k, v in get_ipython().events.callbacks.items())",
    "threads": "sorted(type(t).__name__.replace('ParentPollerUnix', 'Watch').replace('ClientWatch', 'Watch')"
    " for t in __import__('threading').enumerate())",
    "start method": "__import__('multiprocessing').get_start_method()",
    "debugger": "sorted(get_ipython().kernel._kernel_modules) != [], len(get_ipython().kernel._kernel_modules) < 1100",
    "count": "get_ipython().execution_count > 0, get_ipython().history_manager.session_number > 0",
}
# After the imports, again.
IMPORTED = {
    "backend": "__import__('matplotlib').get_backend(), __import__('matplotlib').is_interactive()",
    "drawing": "sorted((k, str(v)) for k, v in __import__('matplotlib').rcParams.items())",
    "display": "[(n, __import__('pandas').get_option(n)) for n in"
    " ('display.max_rows', 'display.notebook_repr_html', 'display.width', 'mode.copy_on_write')]",
    "pools": "sorted((p['internal_api'], p['num_threads'], p['filepath']) for p in"
    " __import__('threadpoolctl').threadpool_info())",
    "errors": "__import__('numpy').geterr(), __import__('numpy').get_printoptions()",
    "sklearn": "__import__('sklearn').get_config()",
    "environment": "sorted((k, v) for k, v in __import__('os').environ.items() if k != 'JPY_PARENT_PID')",
    "comm targets": "sorted(__import__('comm').get_comm_manager().targets)",
    "own modules": "sorted(m for m in __import__('sys').modules if m.startswith('hurdles.kernels'))",
    "progress bars": "__import__('tqdm.auto').auto.tqdm.__mro__[1].__name__",
}
IMPORTS = (
    "import numpy, pandas, scipy.stats, sklearn.ensemble, matplotlib.pyplot, seaborn, ipywidgets, anywidget, joblib,"
    " tqdm.auto, pandera.pandas, skrub, cleanlab.filter"
)


def test_the_kernel_under_test_is_a_forked_one(pair: Pair) -> None:
    assert pair(WARM).warm
    assert not pair(STOCK).warm


@pytest.mark.parametrize("what", STATE)
def test_state_at_the_start(pair: Pair, what: str) -> None:
    assert pair(WARM).value(STATE[what]).split("\n") == pair(STOCK).value(STATE[what]).split("\n")


@pytest.mark.parametrize("what", IMPORTED)
def test_state_after_the_imports(pair: Pair, what: str) -> None:
    for kind in (STOCK, WARM):
        assert pair(kind).run(IMPORTS).status == "ok"
    assert pair(WARM).value(IMPORTED[what]).split("\n") == pair(STOCK).value(IMPORTED[what]).split("\n")


def test_variables_that_libraries_set_are_all_that_is_added(pair: Pair) -> None:
    """A library's variable is there from the start, not only once it is imported."""
    expression = "sorted(f'{k}={v}' for k, v in __import__('os').environ.items())"
    stock, warm = (set(ast.literal_eval(pair(kind).value(expression))) for kind in (STOCK, WARM))
    assert not [item for item in stock - warm if not item.startswith("JPY_PARENT_PID=")]


@BOTH
def test_only_its_own_files_are_open(pair: Pair, kind: str) -> None:
    """No socket of the warm process, no connection of another kernel, no lock."""
    looking = (
        "import contextlib, os\ntargets = []\n"
        "for n in range(3, 400):\n    with contextlib.suppress(OSError):\n"
        "        targets.append(os.readlink(f'/proc/self/fd/{n}'))"  # one may be closed meanwhile
    )
    assert pair(kind).run(looking).status == "ok"
    targets = ast.literal_eval(pair(kind).value("targets"))
    named = {target for target in targets if target.startswith("/") and not target.startswith("/dev/")}
    # SQLite opens the folder, too, for a moment, when it has written.
    assert {Path(name).name for name in named} <= {"history.sqlite", "history.sqlite-journal", "profile_default"}


def test_two_forks_draw_different_numbers(warmed: object, start: Start) -> None:
    draw = (
        "(__import__('random').random(), __import__('numpy').random.rand(),"
        " __import__('numpy').random.default_rng().random(), __import__('tempfile').mktemp(),"
        " __import__('uuid').uuid4().hex, __import__('multiprocessing').current_process().authkey)"
    )
    one, two = (start(WARM) for _ in range(2))
    assert one.warm and two.warm
    for first, second in zip(ast.literal_eval(one.value(draw)), ast.literal_eval(two.value(draw)), strict=True):
        assert first != second


def test_a_hash_seed_that_is_asked_for_is_kept(warmed: object, start: Start) -> None:
    """All forks share the warm process's seed; one that is asked for can only be had from a new interpreter."""
    seeded = environment(PYTHONHASHSEED="7")
    one, two = start(WARM, env=seeded), start(STOCK, env=seeded)
    assert not one.warm
    assert one.value("hash('hurdles')") == two.value("hash('hurdles')")


@BOTH
def test_environment_and_folder_are_those_of_the_request(
    warmed: object, start: Start, kind: str, tmp_path: Path
) -> None:
    (tmp_path / "beside.py").write_text("VALUE = 41\n")
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "further.py").write_text("VALUE = 1\n")
    given = environment(HURDLES_PROBE="x\udce9y", PYTHONPATH=str(tmp_path / "library"), TZ="Asia/Tokyo")
    given.pop("HOME_PAGE", None)
    session = start(kind, env=given, cwd=str(tmp_path))
    assert session.warm == (kind == WARM)
    session.run("import os, sys, time, ctypes, beside, further")
    assert session.value("beside.VALUE + further.VALUE") == "42"
    places = ast.literal_eval(session.value("[os.getcwd(), sys.path[0], *map(str, _dh)]"))
    assert places == [str(tmp_path), str(tmp_path / "library"), str(tmp_path)]
    assert session.value("os.environ['HURDLES_PROBE'], time.tzname") == repr(("x\udce9y", ("JST", "JST")))
    assert session.value("ctypes.CDLL(None).getenv(b'HURDLES_PROBE') != 0") == "True"
    assert session.run("!echo $TZ $PWD").out.split() == ["Asia/Tokyo", str(tmp_path)]


@BOTH
def test_signals_that_the_client_ignores_are_ignored(warmed: object, start: Start, kind: str) -> None:
    """As after ``nohup``."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        session = start(kind)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert session.warm == (kind == WARM)
    assert session.value("__import__('signal').getsignal(1).name") == "'SIG_IGN'"


@BOTH
def test_numbers_of_threads_are_those_asked_for(warmed: object, start: Start, kind: str) -> None:
    session = start(kind, env=environment(OMP_NUM_THREADS="1"))
    assert session.warm == (kind == WARM)
    session.run(
        "import numpy, scipy.linalg, sklearn.ensemble, threading\n"
        "from threadpoolctl import threadpool_info\n"
        "from sklearn.utils._openmp_helpers import _openmp_effective_n_threads as effective\n"
        "seen = []\nthread = threading.Thread(target=lambda: seen.append(effective()))\nthread.start(); thread.join()"
    )
    assert session.value("{p['num_threads'] for p in threadpool_info()}, effective(), seen") == "({1}, 1, [1])"


@BOTH
def test_a_session_of_history_of_its_own(warmed: object, start: Start, kind: str) -> None:
    session = start(kind)
    session.run("first = 1")
    session.run("second = 2")
    assert session.value("In[:3]") == "['', 'first = 1', 'second = 2']"
    number = int(session.value("get_ipython().history_manager.session_number"))
    other = start(kind)
    assert int(other.value("get_ipython().history_manager.session_number")) == number + 1
    assert "second = 2" in other.run("%history ~1/1-3").out


@BOTH
@pytest.mark.parametrize("magic", ["", "%matplotlib inline\n"])
def test_figures_appear_below_the_cell(warmed: object, start: Start, kind: str, magic: str) -> None:
    session = start(kind)
    result = session.run(magic + "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3]);")
    assert [sorted(data) for data in result.data] == [["image/png", "text/plain"]]
    assert session.run("plt.plot([3, 2, 1]);").data[0]["text/plain"] == "<Figure size 640x480 with 1 Axes>"
    assert session.value("plt.get_fignums()") == "[]"


@BOTH
def test_widgets_speak_with_the_page(pair: Pair, kind: str) -> None:
    session = pair(kind)
    made = session.run("import ipywidgets\nslider = ipywidgets.IntSlider(3)\nslider")
    assert "application/vnd.jupyter.widget-view+json" in made.data[0]
    opened = [message for message in made.messages if message["msg_type"] == "comm_open"]
    identity = opened[-1]["content"]["comm_id"]
    update = {"comm_id": identity, "data": {"method": "update", "state": {"value": 5}}}
    session.client.shell_channel.send(session.client.session.msg("comm_msg", update))
    assert session.value("slider.value") == "5"


@BOTH
def test_input_is_asked_of_the_client(pair: Pair, kind: str) -> None:
    result = pair(kind).run("print('Hello ' + input('Who? '))", answer="Ada")
    assert result.out == "Hello Ada\n"


@BOTH
@pytest.mark.parametrize(
    "loop",
    [
        "while True: pass",
        "import time\nwhile True: time.sleep(60)",
        "import re\nre.match('(a+)+b', 'a' * 64)",
        "import sklearn.svm, numpy\nx = numpy.random.rand(300, 20)\nwhile True: numpy.linalg.svd(x)",
    ],
)
def test_an_interrupt_reaches_a_loop_in_c(pair: Pair, kind: str, loop: str, tmp_path: Path) -> None:
    session = pair(kind)
    request = session.client.execute(announced(loop, tmp_path / "in"))
    wait_until_announced(tmp_path / "in")
    session.manager.interrupt_kernel()
    assert session.finish(request).error == "KeyboardInterrupt"
    assert session.value("6 * 7") == "42"


@BOTH
def test_restart(warmed: object, start: Start, kind: str) -> None:
    session = start(kind)
    session.run("left = 1")
    pid, ports = session.pid, session.manager.ports
    session.manager.restart_kernel()
    session.client.wait_for_ready(timeout=60)
    assert session.warm == (kind == WARM)
    assert session.pid != pid and not alive(pid)
    assert session.manager.ports == ports
    assert session.run("left").error == "NameError"


@BOTH
@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ("import os; os._exit(0)", 0),
        ("import os; os._exit(1)", 1),
        ("import os; os._exit(77)", 77),
        ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL),
        ("import os; os.kill(os.getpid(), 15)", -signal.SIGTERM),
        ("import ctypes; ctypes.string_at(0)", -signal.SIGSEGV),
    ],
)
def test_exit_codes(warmed: object, start: Start, kind: str, ending: str, code: int) -> None:
    session = start(kind)
    process = session.manager.provisioner.process
    session.client.execute(ending)
    assert eventually(lambda: not session.manager.is_alive())
    assert process.poll() == process.wait() == code


@BOTH
def test_shutdown(warmed: object, start: Start, kind: str) -> None:
    session = start(kind)
    pid = session.pid
    assert session.close() == 0
    assert eventually(lambda: not Path(f"/proc/{pid}").exists())
    assert not Path(session.manager.connection_file).exists()


@BOTH
def test_leaving_is_as_thorough(warmed: object, start: Start, kind: str, tmp_path: Path) -> None:
    session = start(kind, cwd=str(tmp_path))
    session.run(
        "import atexit, tempfile, threading, time, ctypes, pathlib\n"
        "kept = open('python.txt', 'w'); kept.write('buffered')\n"
        "c = ctypes.CDLL(None); c.fopen.restype = ctypes.c_void_p\n"
        "c.fputs(b'buffered', ctypes.c_void_p(c.fopen(b'c.txt', b'w')))\n"
        "atexit.register(lambda: pathlib.Path('atexit.txt').write_text('called'))\n"
        "folder = tempfile.TemporaryDirectory()\n"
        "class Last:\n"
        "    def __del__(self, write=pathlib.Path('deleted.txt').write_text): write('called')\n"
        "last = Last()\n"
        "def slow(): time.sleep(0.3); pathlib.Path('thread.txt').write_text('finished')\n"
        "threading.Thread(target=slow).start()"
    )
    folder = Path(ast.literal_eval(session.value("folder.name")))
    assert folder.exists()
    assert session.close() == 0
    left = {path.name: path.read_text() for path in tmp_path.glob("*.txt")}
    assert left == {
        "python.txt": "buffered", "c.txt": "buffered", "atexit.txt": "called", "deleted.txt": "called",
        "thread.txt": "finished",
    }  # fmt: skip
    assert not folder.exists()


@BOTH
def test_children_are_killed_with_it(warmed: object, start: Start, kind: str) -> None:
    session = start(kind)
    child = int(session.value("__import__('subprocess').Popen(['sleep', '600']).pid"))
    assert alive(child)
    session.close(now=True)
    assert eventually(lambda: not alive(child))


@BOTH
def test_it_ends_with_its_client(warmed: object, runtime: Path, kind: str) -> None:
    import subprocess
    import sys

    program = (
        "from jupyter_client.manager import KernelManager\n"
        "from jupyter_client.provisioning import KernelProvisionerFactory as F\n"
        f"F.instance().default_provisioner_name = {kind!r}\n"
        "m = KernelManager(kernel_name='python3'); m.start_kernel(); c = m.client(); c.start_channels()\n"
        "c.wait_for_ready(60)\n"
        "print(m.provisioner.pid, type(m.provisioner.process).__name__, flush=True)\n"
        "input()\n"
    )
    client = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert client.stdout is not None and client.stdin is not None
    pid, process = client.stdout.readline().split()
    assert process == ("WarmProcess" if kind == WARM else "Popen")
    assert alive(int(pid))
    client.kill()
    client.wait()
    client.stdin.close()
    client.stdout.close()
    assert eventually(lambda: not alive(int(pid)))


@BOTH
def test_processes_and_threads_inside(pair: Pair, kind: str) -> None:
    session = pair(kind)
    forked = session.run(
        "import os, sys\npid = os.fork()\n"
        "if pid == 0:\n    print('from the child'); sys.stdout.flush(); os._exit(5)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))"
    )
    assert forked.status == "ok"
    assert "5\n" in forked.out
    pooled = session.run(
        "import multiprocessing, numpy\n"
        "def square(x): return float(numpy.dot([x], [x]))\n"
        "with multiprocessing.get_context('fork').Pool(2) as pool: squares = pool.map(square, range(8))\n"
        "with multiprocessing.get_context('spawn').Pool(2) as pool: roots = pool.map(abs, range(-4, 0))\n"
    )
    assert pooled.status == "ok", pooled
    assert session.value("squares[-1], roots") == "(49.0, [4, 3, 2, 1])"
    threaded = session.run(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(4) as pool: print(sum(pool.map(lambda x: x * x, range(100))))"
    )
    assert threaded.out == "328350\n"


@BOTH
def test_parallel_fits_inside(pair: Pair, kind: str) -> None:
    session = pair(kind)
    fitted = session.run(
        "import numpy as np\n"
        "from sklearn.datasets import make_classification\n"
        "from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "from sklearn.model_selection import cross_val_score\n"
        "from joblib import Parallel, delayed\n"
        "x, y = make_classification(400, random_state=0)\n"
        "scores = [RandomForestClassifier(20, n_jobs=2, random_state=0).fit(x, y).score(x, y),\n"
        "          HistGradientBoostingClassifier(max_iter=20).fit(x, y).score(x, y),\n"
        "          cross_val_score(LogisticRegression(), x, y, n_jobs=2).mean().round(6),\n"
        "          float(np.linalg.svd(np.arange(90000.0).reshape(300, 300))[1][0].round(3))]\n"
        "pids = set(Parallel(n_jobs=2)(delayed(__import__('os').getpid)() for _ in range(8)))\n"
        "assert __import__('os').getpid() not in pids\n"
        "print(scores)"
    )
    assert fitted.status == "ok", fitted
    assert fitted.out.startswith("[")


def test_parallel_fits_find_the_same(pair: Pair) -> None:
    values: list[Any] = []
    for kind in (STOCK, WARM):
        pair(kind).run(
            "from sklearn.datasets import make_classification\n"
            "from sklearn.ensemble import HistGradientBoostingClassifier as H, RandomForestClassifier as R\n"
            "x, y = make_classification(300, random_state=1)\n"
            "seen = [H(max_iter=10).fit(x, y).predict_proba(x).sum(0).tolist(),"
            " R(10, n_jobs=2, random_state=3).fit(x, y).predict_proba(x).sum(0).tolist()]"
        )
        values.append(pair(kind).value("seen"))
    assert values[0] == values[1]


@BOTH
def test_subshells(pair: Pair, kind: str) -> None:
    session = pair(kind)
    made = control(session, "create_subshell_request", {})
    message = session.client.session.msg("execute_request", {"code": "print('from a subshell')", "silent": False})
    message["header"]["subshell_id"] = made["subshell_id"]
    session.client.shell_channel.send(message)
    assert session.finish(message["header"]["msg_id"]).out == "from a subshell\n"
    assert control(session, "delete_subshell_request", {"subshell_id": made["subshell_id"]})["status"] == "ok"


@BOTH
def test_the_debugger_stops_at_a_breakpoint(warmed: object, start: Start, kind: str) -> None:
    session = start(kind)
    assert session.warm == (kind == WARM)
    debug(session, 1, "initialize", {"clientID": "test", "adapterID": "", "pathFormat": "path"})
    debug(session, 2, "attach", {})
    code = "def add(a):\n    b = a + 1\n    return b\nadd(1)\n"
    path = debug(session, 3, "dumpCell", {"code": code})["body"]["sourcePath"]
    debug(
        session, 4, "setBreakpoints", {"breakpoints": [{"line": 2}], "source": {"path": path}, "sourceModified": False}
    )
    debug(session, 5, "configurationDone", {})
    request = session.client.execute(code)
    stopped = next(
        message["content"]["body"]
        for message in iter(lambda: session.client.get_iopub_msg(timeout=60), None)
        if message["msg_type"] == "debug_event" and message["content"]["event"] == "stopped"
    )
    frames = debug(session, 6, "stackTrace", {"threadId": stopped["threadId"]})["body"]["stackFrames"]
    assert (frames[0]["name"], frames[0]["line"]) == ("add", 2)
    debug(session, 7, "continue", {"threadId": stopped["threadId"]})
    assert session.finish(request).status == "ok"


@BOTH
def test_faulthandler_writes_to_the_real_standard_error(
    warmed: object, start: Start, kind: str, tmp_path: Path
) -> None:
    with (tmp_path / "err").open("wb") as error:
        session = start(kind, stderr=error)
    assert session.warm == (kind == WARM)
    session.run("import faulthandler, os\nfaulthandler.enable()")
    session.client.execute("os.kill(os.getpid(), 11)")
    assert eventually(lambda: not session.manager.is_alive())
    assert "Segmentation fault" in (tmp_path / "err").read_text()


@BOTH
def test_streams_of_the_request(warmed: object, start: Start, kind: str, tmp_path: Path) -> None:
    import subprocess

    with (tmp_path / "out").open("wb") as out:
        session = start(kind, stdout=out, stderr=subprocess.PIPE)
    assert session.warm == (kind == WARM)
    process = session.manager.provisioner.process
    session.run("import os, sys\nprint('real', file=sys.__stdout__, flush=True)")
    session.run("get_ipython().kernel.parent.log.error('told on standard error')")
    assert "real\n" in (tmp_path / "out").read_text()
    heard = b""
    while b"told on standard error" not in heard:
        heard += os.read(process.stderr.fileno(), 10000)
    session.close()
    assert process.stderr.closed


@BOTH
@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_transports_and_connection_files(
    warmed: object, start: Start, kind: str, transport: str, tmp_path: Path
) -> None:
    manager = {"transport": transport, "connection_file": str(tmp_path / "c.json")}
    session = start(kind, manager=manager)
    assert session.warm == (kind == WARM)
    assert (tmp_path / "c.json").stat().st_mode & 0o777 == 0o600
    assert session.value("6 * 7") == "42"
    session.close()
    assert not list(tmp_path.glob("*"))


@BOTH
def test_encrypted_transport(warmed: object, start: Start, kind: str) -> None:
    session = start(kind, manager={"transport_encryption": "required"})
    assert session.warm == (kind == WARM)
    assert session.manager.curve_secretkey
    assert session.value("get_ipython().kernel.parent.curve_secretkey is not None") == "True"
    session.manager.restart_kernel()
    session.client.wait_for_ready(timeout=60)
    assert session.value("6 * 7") == "42"


@BOTH
def test_arguments_for_the_kernel(warmed: object, start: Start, kind: str) -> None:
    session = start(kind, extra_arguments=["--IPKernelApp.log_level=ERROR", "--HistoryManager.hist_file=:memory:"])
    assert session.warm == (kind == WARM)
    assert session.value("get_ipython().kernel.parent.log_level, get_ipython().history_manager.hist_file") == repr(
        (40, ":memory:")
    )


def control(session: Session, kind: str, content: dict[str, Any]) -> dict[str, Any]:
    message = session.client.session.msg(kind, content)
    session.client.control_channel.send(message)
    while True:
        reply = session.client.get_control_msg(timeout=60)
        if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
            found: dict[str, Any] = reply["content"]
            return found


def debug(session: Session, number: int, command: str, arguments: dict[str, Any]) -> dict[str, Any]:
    reply = control(
        session, "debug_request", {"type": "request", "seq": number, "command": command, "arguments": arguments}
    )
    assert reply.get("success"), reply
    return reply


def test_numbers_of_open_files_are_alike(start: Start, warmed: object) -> None:
    # In kernels of their own: what parallel fits of other tests have left open is closed at some time or other.
    count = "len(__import__('os').listdir('/proc/self/fd'))"
    assert abs(int(start(WARM).value(count)) - int(start(STOCK).value(count))) <= 2
