"""A forked kernel: what it does ahead of any request, and how it becomes the kernel that was asked for.

Everything that does not depend on the request happens ahead: the application, its configuration, the shell.
Then the process waits. With the request it takes over the client's environment, folder, standard streams and
limits, and runs the rest of IPython's own start. If the request does not fit what was done ahead, it says so,
and the client starts a stock kernel.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import io
import os
import random
import re
import select
import signal
import socket
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.machinery import all_suffixes
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from hurdles.kernels import channel
from hurdles.kernels.channel import RefusedError
from hurdles.kernels.preload import ask_again
from hurdles.kernels.situation import assume

if TYPE_CHECKING:
    from hurdles.kernels.warm import Warm

__all__ = ["main"]

# Options of these classes concern what is made after the request came.
_LATE = re.compile(r"--(IPKernelApp|HistoryManager|HistoryAccessor|Session|IPythonKernel|Kernel)\.\w+=")
# Where IPython's settings come from. They must be those that the process was prepared with.
_CONFIGURATION = ("IPYTHONDIR", "HOME", "IPYTHON_SUPPRESS_CONFIG_ERRORS")
_CONFIGURATION_FILES = ("ipython_config", "ipython_kernel_config")


def main(control: socket.socket, warm: Warm) -> NoReturn:
    """Prepare, wait for a request, become its kernel, and end as a process ends."""
    os.setsid()
    warm.forget()
    _close_others(warm, {control.fileno()})
    gc.enable()
    _own_random_state()
    kernel = _Prepared(warm)
    if not select.select([control], [], [], 0)[0]:
        _rehearse(kernel.app, kernel.shell)
    received = channel.receive_descriptors(control)
    control.close()
    if not received:
        os._exit(0)
    client = socket.socket(fileno=received[0])
    client.setblocking(True)
    _end(kernel.serve(client))


class _Prepared:
    """A kernel without its request.

    Parameters
    ----------
    warm : Warm
        What was preloaded, and how.
    """

    def __init__(self, warm: Warm) -> None:
        self.preloaded = warm.preloaded
        self.pools = warm.pools
        self.shadowable = warm.preloaded.shadowable()
        self.path = _base_path()
        _forget_ourselves(warm)
        self.app = _kernelapp().IPKernelApp.instance()
        # Up to the configuration; the rest of the start needs the request.
        _application().BaseIPythonApplication.initialize(self.app, [])
        self.configured = bool(self.app.loaded_config_files)
        shell = import_module("ipykernel.zmqshell").ZMQInteractiveShell
        # A session of history begins with the kernel.
        with _replaced(shell, "init_history", lambda self: None):
            self.shell: Any = shell.instance(
                parent=self.app,
                profile_dir=self.app.profile_dir,
                user_ns=self.app.user_ns,
                compiler_class=_ipkernel().IPythonKernel.compiler_class.default_value,
            )

    def serve(self, client: socket.socket) -> int:
        """Become the kernel that the client asks for; return its exit code."""
        try:
            request, streams = _request(client)
            self._check(request)
            self._take_over(request, streams)
        except RefusedError as refusal:
            channel.send(client, {"refused": str(refusal)})
            return 0
        except (EOFError, ConnectionError):
            return 0
        try:
            self._initialize(request, channel.peer(client)[0])
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else 1
        except Exception as error:
            channel.send(client, {"refused": f"{type(error).__name__}: {error}"})
            return 1
        channel.send(client, {"ready": True})
        client.close()
        self.app.start()
        # The control thread stops the loop above before it has answered; ipykernel's own clean-up would take away
        # the socket it answers on, and then wait for it in vain.
        if getattr(self.app.kernel, "_shutdown_message", None) is not None:
            self.app.control_thread.join(2.0)
        return 0

    def _check(self, request: dict[str, Any]) -> None:
        """See that this process can become what is asked for.

        Raises
        ------
        RefusedError
            If not.
        """
        environment: dict[str, str] = request["environment"]
        differing = self.preloaded.differing(environment)
        if differing:
            raise RefusedError(f"other values of {', '.join(differing)}")
        if any(environment.get(name) != self.preloaded.environment.get(name) for name in _CONFIGURATION):
            raise RefusedError("another configuration of IPython")
        if not all(_LATE.match(argument) for argument in request["arguments"]):
            raise RefusedError("arguments that change more than the kernel application")
        folder = request["folder"]
        if not Path(folder).is_dir():
            raise RefusedError(f"there is no folder {folder}")
        given = _given(environment)
        missing = [place for place in _given(self.preloaded.environment) if place not in given and _used(place)]
        shadows = _shadows([folder, *given], self.shadowable)
        if missing or shadows or Path(folder, "matplotlibrc").exists():
            raise RefusedError(f"other files than those imported: {missing}, {sorted(shadows)}, or matplotlibrc")
        places = [folder, *(path for path in self.app.config_file_paths if path != "/")]
        if self.configured or any(
            Path(place, name + ending).exists()
            for place in places
            for name in _CONFIGURATION_FILES
            for ending in (".py", ".json")
        ):
            raise RefusedError("IPython has a configuration of its own here")

    def _take_over(self, request: dict[str, Any], streams: list[int]) -> None:
        """Take over from the client what a child of its own would have inherited."""
        assume(request["situation"])
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.write_through:
            sys.stdout.reconfigure(line_buffering=sys.stdout.isatty())
        environment: dict[str, str] = request["environment"]
        os.environ.clear()
        os.environ.update(environment)
        for name, value in self.preloaded.added.items():
            os.environ.setdefault(name, value)
        try:
            os.chdir(request["folder"])
        except OSError as error:
            raise RefusedError(f"{request['folder']}: {error.strerror}") from error
        time.tzset()
        tempfile.tempdir = None
        given = _given(environment)
        sys.path[:] = [*given, *(place for place in self.path if place not in given)]
        sys.argv[:] = [_launcher(), *request["command"][request["command"].index("-m") + 2 :]]
        sys.orig_argv[:] = request["command"]
        self.pools.set(environment)
        _own_backend(environment)

    def _initialize(self, request: dict[str, Any], client: int) -> None:
        """Run the rest of the kernel application's own start."""
        app, shell = self.app, self.shell
        app.config_file_paths = [request["folder"] if p == "/" else p for p in app.config_file_paths]
        app.parent_handle = int(os.environ.get("JPY_PARENT_PID") or 0)
        init_kernel = app.init_kernel
        baseline = {name: sys.modules[name] for name in self.preloaded.baseline if name in sys.modules}

        def arguments_only(self: Any, argv: list[str] | None = None) -> None:
            self.parse_command_line(argv)

        def kernel_for_the_shell() -> None:
            # The debugger takes all modules loaded so far for the kernel's own, and skips them.
            with _replaced(_ipkernel(), "sys", _SysWith(baseline)):
                init_kernel()
            _join(shell, app.kernel)
            ask_again()

        with (
            _replaced(_kernelapp(), "ParentPollerUnix", lambda parent_pid: _ClientWatch(client)),
            _replaced(_application().BaseIPythonApplication, "initialize", arguments_only),
            _replaced(app, "init_kernel", kernel_for_the_shell),
        ):
            app.initialize(sys.argv[1:])


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Let something be another thing for a while."""
    own = vars(owner)
    missing = name not in own
    before = own.get(name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if missing:
            delattr(owner, name)
        else:
            setattr(owner, name, before)


def _kernelapp() -> Any:
    return import_module("ipykernel.kernelapp")


def _ipkernel() -> Any:
    return import_module("ipykernel.ipkernel")


def _application() -> Any:
    return import_module("IPython.core.application")


class _SysWith:
    """The module ``sys``, but for its list of modules."""

    def __init__(self, modules: dict[str, ModuleType]) -> None:
        self.modules = modules

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


class _ClientWatch(threading.Thread):
    """Ends the kernel when the process that asked for it is gone; stands in for ipykernel's poller.

    That one looks at the parent process, which for a forked kernel is the warm one.

    Parameters
    ----------
    client : int
        The process to watch.
    """

    def __init__(self, client: int) -> None:
        super().__init__(name="Client watch", daemon=True)
        self.client = client

    def run(self) -> None:
        """Wait for the end of the client, without waking up before."""
        try:
            descriptor = os.pidfd_open(self.client)
        except ProcessLookupError:
            os._exit(1)
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        while not poll.poll():
            pass
        os._exit(1)


def _join(shell: Any, kernel: Any) -> None:
    """Give the shell its kernel and what it would have read from the request while it was made."""
    shell.kernel = kernel
    shell.parent = kernel
    shell.config = kernel.config
    shell.starting_dir = str(Path.cwd())
    shell.init_environment()
    shell.init_history()
    shell.configurables.insert(1, shell.configurables.pop())
    # What is registered later runs earlier: the shell writes its history before the history closes its file.
    atexit.unregister(shell.atexit_operations)
    atexit.register(shell.atexit_operations)
    shell.init_user_ns()
    shell.execution_count = 1


def _rehearse(app: Any, shell: Any) -> None:
    """Do once what the start will do again, so that most memory it writes to is this process's own already.

    Nothing of it stays: sockets without a name, a session without a client, a history in memory.
    """
    import sqlite3

    import zmq
    from jupyter_client.session import Session
    from zmq.eventloop.zmqstream import ZMQStream

    cell = "import os\n%matplotlib inline\nos.path\n"
    shell.compile.ast_parse(shell.transform_cell(cell))
    shell.run_cell("import os\ndel os", store_history=False, silent=True)
    shell.last_execution_result = None
    app.parse_command_line(["-f", "", "--IPKernelApp.log_level=30"])
    session = Session(parent=app, key=b"rehearsal")
    message = session.msg("execute_request", {"code": cell, "silent": False})
    session.deserialize(session.feed_identities(session.serialize(message))[1])
    sqlite3.connect(":memory:").close()
    context = zmq.Context()
    thread = import_module("ipykernel.control").ControlThread(daemon=True)
    sockets = [context.socket(kind) for kind in (zmq.ROUTER, zmq.ROUTER, zmq.STREAM, zmq.DEALER, zmq.XPUB)]
    port = sockets[0].bind_to_random_port("tcp://127.0.0.1")
    sockets[3].connect(f"tcp://127.0.0.1:{port}")
    stream = ZMQStream(sockets[0], thread.io_loop)
    thread.start()
    thread.stop()
    thread.join()
    stream.close()
    for each in sockets:
        each.close(linger=0)
    context.term()


def _request(client: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Receive the request and the three standard streams."""
    streams = channel.receive_descriptors(client)
    if len(streams) != 3:
        raise EOFError("no request")
    return channel.receive(client), streams


def _close_others(warm: Warm, needed: set[int]) -> None:
    """Close what is left open of the warm process, whoever opened it."""
    for entry in list(Path("/proc/self/fd").iterdir()):
        if int(entry.name) not in needed | warm.kept:
            with suppress(OSError):
                os.close(int(entry.name))


def _own_random_state() -> None:
    """Draw new seeds. Python's `random` does so itself after a fork; NumPy's global generator does not."""
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()
    processes = sys.modules.get("multiprocessing.process")
    if processes is not None:
        processes.current_process().authkey = os.urandom(32)
    tempfile._name_sequence = None  # type: ignore[attr-defined]


def _own_backend(environment: dict[str, str]) -> None:
    """Let matplotlib take the backend from the environment, as it does while it is imported."""
    matplotlib = sys.modules.get("matplotlib")
    if matplotlib is not None and environment.get("MPLBACKEND"):
        matplotlib.rcParams["backend"] = environment["MPLBACKEND"]


def _forget_ourselves(warm: Warm) -> None:
    """Take the provisioner's own modules out of sight: a notebook that imports them gets them from disk."""
    wanted = {name.partition(".")[0] for name in warm.preloaded.modules}
    package = __name__.partition(".")[0]
    for name in list(sys.modules):
        if name.startswith(__name__.rpartition(".")[0]) or (name == package and package not in wanted):
            del sys.modules[name]
    if package in sys.modules:
        sys.modules[package].__dict__.pop("kernels", None)


def _base_path() -> list[str]:
    given = _given(os.environ)
    return [place for place in sys.path if place not in given]


def _given(environment: Mapping[str, str]) -> list[str]:
    """Return the folders that an environment puts before those of the interpreter."""
    return [
        os.path.normpath(Path(place).absolute())
        for place in environment.get("PYTHONPATH", "").split(os.pathsep)
        if place
    ]


def _used(place: str) -> bool:
    """Say whether a module was imported from below this folder."""
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    return any(file.startswith(place + os.sep) for file in files if file)


def _shadows(places: Iterable[str], names: frozenset[str]) -> set[str]:
    """Return the modules that would be imported from these folders instead of from where they were."""
    found: set[str] = set()
    settled: set[str] = set()
    for place in places:
        for name in _modules_in(place, names) - settled:
            file = Path(getattr(sys.modules.get(name), "__file__", None) or "/")
            home = file.parent.parent if file.name.startswith("__init__.") else file.parent
            settled.add(name)
            if os.path.realpath(home) != os.path.realpath(place):
                found.add(name)
    return found


def _launcher() -> str:
    spec = find_spec("ipykernel_launcher")
    return (spec.origin if spec is not None else None) or "ipykernel_launcher"


def _modules_in(place: str, names: frozenset[str]) -> set[str]:
    """Return which of the names an import would find in a folder; one without ``__init__`` comes last of all."""
    try:
        entries = {entry.name for entry in os.scandir(place)}
    except OSError:
        return set()
    found = {name for suffix in all_suffixes() for name in names if name + suffix in entries}
    packages = names & entries
    return found | {
        name for name in packages for suffix in all_suffixes() if Path(place, name, "__init__" + suffix).exists()
    }


def _end(code: int) -> NoReturn:
    """End as an interpreter ends, but without taking apart thousands of modules that are shared with others."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    main_module = sys.modules.get("__main__")
    if main_module is not None:
        main_module.__dict__.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()
    for item in gc.get_objects():
        if isinstance(item, io.TextIOWrapper | io.BufferedWriter | io.BufferedRandom) and not item.closed:
            with suppress(OSError, ValueError):
                item.flush()
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    # C's own exit: it writes out the buffers of C libraries, too. The lock of the interpreter is kept meanwhile.
    ctypes.PyDLL(None).exit(code)
    os._exit(code)
