"""A forked kernel: what it does ahead of any request, and how it becomes the kernel that was asked for.

Everything that does not depend on the request happens ahead: the application, its configuration, the shell. With the
request it runs the rest of IPython's own start.
"""

from __future__ import annotations

import atexit
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from hurdles.kernels.channel import RefusedError
from hurdles.kernels.child import Child, ClientWatch, given_paths, shadows
from hurdles.kernels.preload import ask_again

if TYPE_CHECKING:
    from hurdles.kernels.warm import Warm

__all__ = ["Kernel"]

# Options of these classes concern what is made after the request came.
_LATE = re.compile(r"--(IPKernelApp|HistoryManager|HistoryAccessor|Session|IPythonKernel|Kernel)\.\w+=")
# Where IPython's settings come from. They must be those that the process was prepared with.
_CONFIGURATION = ("IPYTHONDIR", "HOME", "IPYTHON_SUPPRESS_CONFIG_ERRORS")
_CONFIGURATION_FILES = ("ipython_config", "ipython_kernel_config")


class Kernel(Child):
    """A kernel without its request."""

    def __init__(self, warm: Warm) -> None:
        super().__init__(warm)
        self.shadowable = warm.preloaded.shadowable()
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

    def rehearse(self) -> None:
        """Do once what the start will do again."""
        _rehearse(self.app, self.shell)

    def check(self, request: dict[str, Any]) -> None:
        """See besides that IPython would find the same settings, and the same modules from the notebook's folder."""
        super().check(request)
        environment: dict[str, str] = request["environment"]
        if any(environment.get(name) != self.preloaded.environment.get(name) for name in _CONFIGURATION):
            raise RefusedError("another configuration of IPython")
        if not all(_LATE.match(argument) for argument in request["arguments"]):
            raise RefusedError("arguments that change more than the kernel application")
        folder = request["folder"]
        found = shadows([folder, *given_paths(environment)], self.shadowable)
        if found or Path(folder, "matplotlibrc").exists():
            raise RefusedError(f"other files than those imported: {sorted(found)}, or matplotlibrc")
        places = [folder, *(path for path in self.app.config_file_paths if path != "/")]
        if self.configured or any(
            Path(place, name + ending).exists()
            for place in places
            for name in _CONFIGURATION_FILES
            for ending in (".py", ".json")
        ):
            raise RefusedError("IPython has a configuration of its own here")

    def become(self, request: dict[str, Any], client: int) -> None:
        """Run the rest of the kernel application's own start."""
        sys.argv[0] = _launcher()
        _own_backend(request["environment"])
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
            _replaced(_kernelapp(), "ParentPollerUnix", lambda parent_pid: ClientWatch(client)),
            _replaced(_application().BaseIPythonApplication, "initialize", arguments_only),
            _replaced(app, "init_kernel", kernel_for_the_shell),
        ):
            app.initialize(sys.argv[1:])

    def run(self) -> int:
        """Serve until shut down."""
        self.app.start()
        # The control thread stops the loop above before it has answered; ipykernel's own clean-up would take away
        # the socket it answers on, and then wait for it in vain.
        if getattr(self.app.kernel, "_shutdown_message", None) is not None:
            self.app.control_thread.join(2.0)
        return 0


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


def _own_backend(environment: dict[str, str]) -> None:
    """Let matplotlib take the backend from the environment, as it does while it is imported."""
    matplotlib = sys.modules.get("matplotlib")
    if matplotlib is not None and environment.get("MPLBACKEND"):
        matplotlib.rcParams["backend"] = environment["MPLBACKEND"]


def _launcher() -> str:
    spec = find_spec("ipykernel_launcher")
    return (spec.origin if spec is not None else None) or "ipykernel_launcher"


def _forget_ourselves(warm: Warm) -> None:
    """Take the provisioner's own modules out of sight: a notebook that imports them gets them from disk."""
    wanted = {name.partition(".")[0] for name in warm.preloaded.modules}
    package = __name__.partition(".")[0]
    for name in list(sys.modules):
        if name.startswith(__name__.rpartition(".")[0]) or (name == package and package not in wanted):
            del sys.modules[name]
    if package in sys.modules:
        sys.modules[package].__dict__.pop("kernels", None)
