"""A forked process: what it does ahead of any request, and how it becomes what was asked for.

It prepares what it can ahead, then waits. With the request it takes over the client's environment, folder, standard
streams and limits. If the request does not fit what was done ahead, it says so, and the client does without it.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import io
import os
import random
import select
import signal
import socket
import sys
import tempfile
import threading
import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib import import_module
from importlib.machinery import all_suffixes
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from hurdles.kernels import channel
from hurdles.kernels.channel import RefusedError
from hurdles.kernels.situation import assume

if TYPE_CHECKING:
    from hurdles.kernels.warm import Warm

__all__ = ["Child", "ClientWatch", "given_paths", "kind_of", "main", "shadows"]


def main(control: socket.socket, warm: Warm, *, other: bool = False) -> NoReturn:
    """Prepare, wait for a request, become what it asks for, and end as a process ends.

    Parameters
    ----------
    control : socket.socket
        Over it comes the connection to the client.
    warm : Warm
        What was preloaded, and how.
    other : bool
        Whether the request itself says what to become; then nothing is prepared.
    """
    os.setsid()
    warm.forget()
    _close_others(warm, {control.fileno()})
    gc.enable()
    _own_random_state()
    child = None if other else kind_of(warm.settings.kind)(warm)
    if child is not None and not select.select([control], [], [], 0)[0]:
        child.rehearse()
    received = channel.receive_descriptors(control)
    control.close()
    if not received:
        os._exit(0)
    client = socket.socket(fileno=received[0])
    client.setblocking(True)
    end(_serve(child, client, warm))


def _serve(child: Child | None, client: socket.socket, warm: Warm) -> int:
    try:
        request, streams = _request(client)
    except (EOFError, ConnectionError):
        return 0
    if child is None:
        try:
            child = kind_of(request["kind"])(warm)
        except Exception as error:
            channel.send(client, RefusedError(f"{type(error).__name__}: {error}").told())
            return 1
    return child.serve(client, request, streams)


def kind_of(name: str) -> type[Child]:
    """Return the class for a kind of children: one of ours by its short name, any other as ``module:Class``."""
    module, _, member = name.partition(":")
    found: type[Child] = getattr(import_module(module if member else f"hurdles.kernels.{name}"), member or name.title())
    return found


class Child(ABC):
    """A process without its request.

    Parameters
    ----------
    warm : Warm
        What was preloaded, and how.
    """

    def __init__(self, warm: Warm) -> None:
        self.preloaded = warm.preloaded
        self.pools = warm.pools
        self.path = _base_path()

    @abstractmethod
    def become(self, request: dict[str, Any], client: int) -> None:
        """Do what must be done before the client is told that all is ready; `client` is its process."""

    @abstractmethod
    def run(self) -> int:
        """Do the work; return the exit code."""

    def rehearse(self) -> None:  # noqa: B027 - not every kind has something to rehearse
        """Do what makes the start quicker and leaves nothing behind; called while nobody waits."""

    def serve(self, client: socket.socket, request: dict[str, Any], streams: list[int]) -> int:
        """Become what the client asks for; return the exit code."""
        try:
            self.check(request)
            self._take_over(request, streams)
        except RefusedError as refusal:
            channel.send(client, refusal.told())
            return 0
        except (EOFError, ConnectionError):
            return 0
        try:
            self.become(request, channel.peer(client)[0])
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else 1
        except Exception as error:
            channel.send(client, RefusedError(f"{type(error).__name__}: {error}").told())
            return 1
        channel.send(client, {"ready": True})
        client.close()
        return self.run()

    def check(self, request: dict[str, Any]) -> None:
        """See that this process can become what is asked for.

        Raises
        ------
        RefusedError
            If not.
        """
        environment: dict[str, str] = request["environment"]
        differing = self.preloaded.differing(environment)
        if differing:
            raise RefusedError(f"other values of {', '.join(differing)}", channel.OTHERS)
        if not Path(request["folder"]).is_dir():
            raise RefusedError(f"there is no folder {request['folder']}")
        given = given_paths(environment)
        missing = [place for place in given_paths(self.preloaded.environment) if place not in given and _used(place)]
        if missing:
            raise RefusedError(f"modules come from folders that are not asked for: {missing}", channel.OTHERS)

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
        given = given_paths(environment)
        sys.path[:] = [*given, *(place for place in self.path if place not in given)]
        command: list[str] = request["command"]
        sys.argv[:] = command[command.index("-m") + 1 :]
        sys.orig_argv[:] = command
        self.pools.set(environment)


class ClientWatch(threading.Thread):
    """Ends this process when the client that asked for it is gone: its parent is the warm process.

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


def _base_path() -> list[str]:
    given = given_paths(os.environ)
    return [place for place in sys.path if place not in given]


def given_paths(environment: Mapping[str, str]) -> list[str]:
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


def shadows(places: Iterable[str], names: frozenset[str]) -> set[str]:
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


def end(code: int) -> NoReturn:
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
