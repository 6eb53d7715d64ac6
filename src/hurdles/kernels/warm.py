"""The warm process: imports once, keeps a few forked kernels ready, hands them out, and says how they ended.

It never has a second thread, and it never reads what a client sends beyond one byte: that is the forked
kernel's business, so that no client can hold up another.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import json
import os
import select
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hurdles.kernels import channel, memory, stamps
from hurdles.kernels.channel import Place, RefusedError
from hurdles.kernels.preload import KERNEL as KERNEL_MODULES
from hurdles.kernels.preload import NotAheadError, Preloaded, preload, threads, wanted
from hurdles.kernels.threadpools import Pools

__all__ = ["END", "KERNEL", "OTHER", "STATUS", "Settings", "Warm", "main"]

KERNEL, OTHER, STATUS, END = b"K", b"O", b"S", b"E"
# The kernel handed out last shall have the processor for itself before the next one is made ready.
_PAUSE = 0.25
_ATTEMPTS = 8
# Imports keep a processor busy for a second or two, and whoever started a stock kernel meanwhile keeps another one
# busy: they wait until both are free, but not for ever. Two warm processes import one after the other.
_FREE = min(os.cpu_count() or 1, 2) - 0.5
_LOOK = 0.2
_TURN_WITHIN = 8.0
_GIVEN = dict(os.environ)


@dataclass(frozen=True)
class Settings:
    """What a warm process is told when it is started.

    Parameters
    ----------
    folder, key : str
        Its place.
    preload : tuple of str, optional
        Modules to import; without it the common ones and what installed courses add.
    kind : str
        What its children become: ``kernel`` or ``program``.
    pool : int
        Kernels to keep ready at most.
    idle : float
        Seconds without a kernel after which it ends.
    without : tuple of str
        Modules of the list that must not be imported ahead.
    patience : float
        Seconds to wait for free processors before it imports, since somebody works with a stock kernel meanwhile.
    attempt : int
        How often it has begun anew.
    """

    folder: str
    key: str
    preload: tuple[str, ...] | None = None
    kind: str = "kernel"
    pool: int = 2
    idle: float = 1800.0
    without: tuple[str, ...] = ()
    patience: float = 0.0
    attempt: int = 0

    @classmethod
    def read(cls, text: str) -> Settings:
        """Return the settings from the command line."""
        said = json.loads(text)
        modules = said.get("preload")
        ours = {"preload": None if modules is None else tuple(modules), "without": tuple(said.get("without", ()))}
        return cls(**{**said, **ours})

    def changed(self, **others: object) -> str:
        """Return them as text for the command line, some of them changed."""
        return json.dumps({**self.__dict__, **others})

    @property
    def place(self) -> Place:
        """Where clients look for it."""
        return Place(Path(self.folder), self.key)


@dataclass
class Kernel:
    """A forked kernel, as the warm process sees it."""

    pid: int
    ended: int
    control: socket.socket
    client: socket.socket | None = None
    taken: bool = False
    finished: bool = False


class Forked(BaseException):
    """Unwinds the stack in a forked child, up to where it becomes a kernel, or whatever its request says."""

    def __init__(self, control: socket.socket, *, other: bool) -> None:
        super().__init__()
        self.control, self.other = control, other


@dataclass
class Warm:
    """The server loop.

    Parameters
    ----------
    settings : Settings
        As told.
    listener : socket.socket
        Where clients connect.
    lock : int
        File descriptor that holds the lock against a second one.
    preloaded : Preloaded
        What was imported.
    pools : Pools
        Of threads, to be set in each kernel.
    kept : frozenset of int
        File descriptors that libraries hold open: kernels keep them.
    files : list of str
        Sources to look at before each start.
    stamps : dict
        What they and the environment looked like while importing.
    """

    settings: Settings
    listener: socket.socket
    lock: int
    preloaded: Preloaded
    pools: Pools
    kept: frozenset[int] = frozenset({0, 1, 2})
    files: list[str] = field(default_factory=list)
    stamps: stamps.Stamps = field(default_factory=dict)
    waiting: dict[int, socket.socket] = field(default_factory=dict)
    wishes: deque[tuple[socket.socket, bytes]] = field(default_factory=deque)
    kernels: dict[int, Kernel] = field(default_factory=dict)
    served: int = 0
    retired: bool = False
    busy_until: float = 0.0
    used: float = field(default_factory=time.monotonic)

    def run(self) -> None:
        """Serve until idle or retired, and all kernels have ended.

        Raises
        ------
        Forked
            In a child.
        """
        self.events = select.epoll()
        self.events.register(self.listener, select.EPOLLIN)
        while not self._done():
            for number, what in self.events.poll(self._patience()):
                if not self.retired and number == self.listener.fileno():
                    self._accept()
                elif number in self.waiting:
                    self._read(number)
                else:
                    self._notice(number, what)
            # One after the other, since a fork takes a while: whoever comes meanwhile is told so first.
            if self.wishes:
                self._give(*self.wishes.popleft())
            else:
                self._refill()
        self._retire()

    def forget(self) -> None:
        """Close everything that only the warm process needs; called in a child."""
        self.events.close()
        self.listener.close()
        for connection in (*self.waiting.values(), *(wish[0] for wish in self.wishes)):
            connection.close()
        for kernel in self.kernels.values():
            kernel.control.close()
            if kernel.client is not None:
                kernel.client.close()
            if not kernel.finished:
                os.close(kernel.ended)
        if self.lock >= 0:
            os.close(self.lock)
        self.kernels.clear()
        self.waiting.clear()
        self.wishes.clear()

    def _done(self) -> bool:
        if self.wishes or any(kernel.taken for kernel in self.kernels.values()):
            return False
        return self.retired or time.monotonic() - self.used >= self.settings.idle

    def _patience(self) -> float | None:
        """Seconds until there is something to do unasked; none while a kernel lives and the pool is full."""
        now = time.monotonic()
        if self.wishes:
            return 0.0
        if not self.retired and self._missing() > 0:
            return max(0.0, self.busy_until - now)
        if any(kernel.taken for kernel in self.kernels.values()):
            return None
        return max(0.0, self.used + self.settings.idle - now)

    def _missing(self) -> int:
        ready = sum(not kernel.taken for kernel in self.kernels.values())
        return self._wanted - ready

    @property
    def _wanted(self) -> int:
        return memory.pool_size(self.settings.pool, memory.available())

    def _refill(self) -> None:
        if not self.retired and time.monotonic() >= self.busy_until and self._missing() > 0:
            self._fork()

    def _fork(self, *, other: bool = False) -> Kernel:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        gc.freeze()
        pid = os.fork()
        if pid == 0:
            ours.close()
            raise Forked(theirs, other=other)
        theirs.close()
        kernel = Kernel(pid, os.pidfd_open(pid), ours)
        self.kernels[pid] = kernel
        self.events.register(kernel.ended, select.EPOLLIN)
        return kernel

    def _accept(self) -> None:
        """Let in everybody who is at the door."""
        while not self.retired:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setblocking(False)
            if channel.peer(connection)[1] != os.geteuid():
                connection.close()
                continue
            self.waiting[connection.fileno()] = connection
            self.events.register(connection, select.EPOLLIN)
            self._read(connection.fileno())

    def _read(self, number: int) -> None:
        connection = self.waiting[number]
        try:
            wish = connection.recv(1)
        except BlockingIOError:
            return
        except OSError:
            wish = b""
        del self.waiting[number]
        self.events.unregister(number)
        if wish in (KERNEL, OTHER):
            self._answer(connection, {"accepted": True})
            self.wishes.append((connection, wish))
            return
        if wish == STATUS:
            self._answer(connection, self._status())
        connection.close()
        if wish == END:
            self._retire()

    def _answer(self, connection: socket.socket, message: Mapping[str, object]) -> None:
        # A client that does not read its few bytes loses them; it must not hold up the others.
        with contextlib.suppress(OSError):
            connection.send(channel.pack(message))

    def _give(self, connection: socket.socket, wish: bytes) -> None:
        if self.retired or not self._fresh():
            # The lock is free before the client knows, so that it can start the next one.
            self._retire()
            self._answer(connection, RefusedError("packages changed", channel.OUTDATED).told())
            connection.close()
            return
        # What is ready has become half a kernel; something else needs a child that has become nothing yet.
        ready = next((kernel for kernel in self.kernels.values() if not kernel.taken), None) if wish == KERNEL else None
        kernel = ready or self._fork(other=wish == OTHER)
        try:
            socket.send_fds(kernel.control, [b"K"], [connection.fileno()])
        except OSError:
            self._answer(connection, RefusedError("a kernel that was ready is gone").told())
            connection.close()
            return
        self._answer(connection, {"kernel": kernel.pid})
        kernel.taken, kernel.client = True, connection
        # Only a hang-up is of interest here: what the client writes is for the kernel.
        self.events.register(connection, 0)
        self.served += 1
        self.used = time.monotonic()
        self.busy_until = self.used + _PAUSE

    def _fresh(self) -> bool:
        return stamps.stamp(self.files) == self.stamps

    def _notice(self, number: int, what: int) -> None:
        for kernel in list(self.kernels.values()):
            if not kernel.finished and number == kernel.ended:
                self._finish(kernel)
                return
            if kernel.client is not None and number == kernel.client.fileno() and what & select.EPOLLHUP:
                self._drop_client(kernel)
                return

    def _finish(self, kernel: Kernel) -> None:
        """Tell the client how its kernel ended; the process table keeps the entry until the client has read it."""
        kernel.finished = True
        self.events.unregister(kernel.ended)
        os.close(kernel.ended)
        kernel.control.close()
        found = os.waitid(os.P_PID, kernel.pid, os.WEXITED | os.WNOWAIT)
        code = None if found is None else found.si_status * (1 if found.si_code == os.CLD_EXITED else -1)
        if kernel.client is None:
            self._reap(kernel)
        else:
            self._answer(kernel.client, {"exit": code})
        self.used = time.monotonic()

    def _drop_client(self, kernel: Kernel) -> None:
        assert kernel.client is not None
        self.events.unregister(kernel.client)
        kernel.client.close()
        kernel.client = None
        if kernel.finished:
            self._reap(kernel)

    def _reap(self, kernel: Kernel) -> None:
        os.waitpid(kernel.pid, 0)
        del self.kernels[kernel.pid]

    def _retire(self) -> None:
        """Take no more clients; stay only for the kernels that live."""
        if self.retired:
            return
        self.retired = True
        with contextlib.suppress(OSError):
            self.settings.place.file("sock").unlink()
        self.events.unregister(self.listener)
        self.listener.close()
        for connection in self.waiting.values():
            connection.close()
        self.waiting.clear()
        for kernel in self.kernels.values():
            if not kernel.taken:
                kernel.control.close()
        _note(self.lock, "ended")
        os.close(self.lock)
        self.lock = -1

    def _status(self) -> dict[str, object]:
        return {
            "pid": os.getpid(),
            "kind": self.settings.kind,
            "kernels": sorted(kernel.pid for kernel in self.kernels.values() if kernel.taken and not kernel.finished),
            "ready": sorted(kernel.pid for kernel in self.kernels.values() if not kernel.taken),
            "served": self.served,
            "failed": self.preloaded.failed,
            "left out": list(self.settings.without),
        }


def _claim(place: Place) -> int:
    """Take the lock, or end quietly: somebody else is warming already."""
    lock = os.open(place.file("lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # This kind of lock is not inherited by forked kernels, which would hold it longer than it is meant to be.
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(0)
    _note(lock, "warming")
    return lock


def _turn(place: Place, patience: float) -> int:
    """Wait until no other warm process of this user imports, and so many seconds until the processors are free.

    Returns a file descriptor; closing it lets the next one begin.
    """
    end = time.monotonic() + max(_TURN_WITHIN, patience)
    turn = os.open(place.folder / "turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    while time.monotonic() < end:
        # Without holding the turn meanwhile: whoever is less patient goes first.
        if patience and not _free():
            continue
        try:
            fcntl.lockf(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError:
            time.sleep(_LOOK)
    return turn


def _free() -> bool:
    """Look for a moment whether the processors have nothing to do."""
    before = _idle_seconds()
    time.sleep(_LOOK)
    return _idle_seconds() - before >= _FREE * _LOOK


def _idle_seconds() -> float:
    """Return how long all processors together have had nothing to do."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()
    return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")


def _note(lock: int, word: str) -> None:
    """Leave a word in the lock file: what a client finds there when nobody holds the lock any more."""
    with contextlib.suppress(OSError):
        os.ftruncate(lock, 0)
        os.pwrite(lock, word.encode(), 0)


def _listen(place: Place) -> socket.socket:
    """Bind under another name first: a socket that clients can see answers them."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    temporary = place.file(f"{os.getpid()}.new")
    temporary.unlink(missing_ok=True)
    with channel.address(temporary) as name:
        listener.bind(name)
    temporary.chmod(0o600)
    listener.listen(128)
    listener.setblocking(False)
    return listener


def _ordinary_signals() -> None:
    """Undo what a shell does to programs in its background."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGPIPE}:
        if signal.getsignal(number) == signal.SIG_IGN and number < signal.SIGRTMIN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def _begin_anew(settings: Settings, **others: object) -> None:
    """Start over in the same process; the lock is let go in between."""
    settings.place.file(f"{os.getpid()}.new").unlink(missing_ok=True)
    if settings.attempt >= _ATTEMPTS:
        sys.exit("The environment does not keep still; no warm process.")
    options = sys.orig_argv[1 : sys.orig_argv.index("-c")]
    code = sys.orig_argv[sys.orig_argv.index("-c") + 1]
    text = settings.changed(attempt=settings.attempt + 1, **others)
    # With the environment as it was given: imports have added to it, and a client's has none of that.
    os.execve(sys.executable, [sys.executable, *options, "-c", code, text], _GIVEN)  # noqa: S606 - itself


def prepare(settings: Settings) -> Warm:
    """Take the lock, import, and listen."""
    place = settings.place
    place.make()
    lock = _claim(place)
    listener = _listen(place)
    turn = _turn(place, settings.patience)
    opened = _descriptors()
    before, started = stamps.stamp(), time.time_ns()
    try:
        names = [name for name in wanted(settings.preload) if name not in settings.without]
        preloaded = preload(names, KERNEL_MODULES if settings.kind == "kernel" else ())
    except NotAheadError as found:
        name = str(found)
        _begin_anew(settings, without=[*settings.without, name])
        raise
    pools = Pools()
    files = stamps.outside()
    now = stamps.stamp(files)
    changed = any(state is not None and state[0] > started for name, state in now.items() if name in files)
    if changed or any(now[name] != state for name, state in before.items()):
        _begin_anew(settings)
    if threads() > 1:
        sys.exit("A module started a thread; no warm process.")
    gc.collect()
    gc.freeze()
    gc.disable()
    os.close(turn)
    place.file(f"{os.getpid()}.new").rename(place.file("sock"))
    _note(lock, "ready")
    kept = frozenset({0, 1, 2} | (_descriptors() - opened))
    return Warm(settings, listener, lock, preloaded, pools, kept, files, now)


def _descriptors() -> set[int]:
    with os.scandir("/proc/self/fd") as entries:
        numbers = {int(entry.name) for entry in entries}
    return {number for number in numbers if Path(f"/proc/self/fd/{number}").exists()}


def main() -> None:
    """Run a warm process; in a forked child, become a kernel.

    The command line is the interpreter's ``-c`` and one argument: the settings as JSON.
    """
    if sys.path and sys.path[0] == "":
        del sys.path[0]
    os.environ.pop("JPY_PARENT_PID", None)
    _ordinary_signals()
    settings = Settings.read(sys.argv[1])
    os.chdir("/")
    warm = prepare(settings)
    try:
        warm.run()
    except Forked as forked:
        control, other = forked.control, forked.other
    else:
        return
    from hurdles.kernels import child

    child.main(control, warm, other=other)
