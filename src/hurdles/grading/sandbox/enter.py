"""Going into a sandbox: the calling process forks twice, and only the innermost one goes on, locked in."""

from __future__ import annotations

import os
import select
import shutil
import signal
import stat
import sys
from pathlib import Path
from typing import NoReturn

from hurdles.grading.sandbox import calls
from hurdles.grading.sandbox.limits import Caps, free_user
from hurdles.grading.sandbox.view import HOME, View

__all__ = ["enter", "own_files", "possible"]

_USER = 1000
_OLD = "/.old"
_MOST_OPEN = 256
_WRITABLE = {HOME: "0700", "/tmp": "1777", "/dev/shm": "0700"}
_DEVICES = ("null", "zero", "full", "random", "urandom")
_LINKS = {"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"}


def enter(view: View, caps: Caps, *, client: int, slot: int = 0) -> None:
    """Lock this process in: it returns in a process of its own, which sees the view and has the limits.

    The calling process must have one thread. It stays outside and waits: with the signals it gets (SIGINT is passed on,
    SIGTERM ends all), with the end of the client, and with the end of what runs inside it ends itself. Between
    the two stands the first process of the sandbox, which collects orphans and with which all others end.

    Parameters
    ----------
    view : View
        What is seen from inside.
    caps : Caps
        What may be used.
    client : int
        Process whose end is the end of it all.
    slot : int
        Number of the place of work, so that no two at work share a user when root drops its rights.

    Raises
    ------
    OSError
        If the machine does not allow it. Nothing runs inside then.
    """
    # Opened before there is another root, under which a device may be missing for a moment.
    null = os.open(os.devnull, os.O_RDWR)
    user = free_user(slot) if os.geteuid() == 0 else None
    if user is None:
        _be_root_of_own()
    else:
        calls.unshare(calls.NEW_ALL)
    first = os.fork()
    if first:
        _stay_outside(first, client, null)
    calls.end_with_parent(signal.SIGKILL)
    calls.loopback_up()
    _change_root(view, caps, user or _USER)
    inner = os.fork()
    if inner:
        _be_first(inner, null)
    calls.forget_bounding_set()
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    calls.drop_capabilities()
    calls.no_new_rights()
    calls.end_with_parent(signal.SIGKILL)
    os.setsid()
    caps.apply()
    os.close(null)
    os.chdir(HOME)


def own_files(view: View, caps: Caps) -> None:
    """Inside a sandbox, give this process writable files of its own, which begin as copies of what is there.

    Parameters
    ----------
    view : View
        What is seen from inside.
    caps : Caps
        What may be used.

    Raises
    ------
    OSError
        If the machine does not allow it.
    """
    user, group, here = os.geteuid(), os.getegid(), os.getcwd()
    # Whoever has given up the rights of root must not even write to what is its own under /proc.
    with calls.dumpable():
        calls.unshare(calls.NEW_USER | calls.NEW_MOUNTS)
        _map(user, user, group)
    for place, mode in _WRITABLE.items():
        # The old folder is still the current one when the new one lies on it.
        os.chdir(place)
        calls.mount("tmpfs", place, options=_writable(caps, user, mode))
        for shown in view.shown:
            if shown.startswith(f"{place}/") and os.path.isdir(os.path.relpath(shown, place)):
                os.makedirs(shown, exist_ok=True)
                calls.bind_tree(os.path.relpath(shown, place), shown)
        _copy(".", place, os.stat(".").st_dev)
    os.chdir(here)
    calls.drop_capabilities()


def _copy(source: str, target: str, device: int) -> None:
    """Copy folders, files and links, but nothing that is only shown there."""
    with os.scandir(source) as entries:
        for entry in entries:
            info, to = entry.stat(follow_symlinks=False), os.path.join(target, entry.name)
            if info.st_dev != device:
                continue
            if stat.S_ISLNK(info.st_mode):
                os.symlink(os.readlink(entry.path), to)
            elif stat.S_ISDIR(info.st_mode):
                os.makedirs(to, exist_ok=True)
                _copy(entry.path, to, device)
            elif stat.S_ISREG(info.st_mode):
                shutil.copy2(entry.path, to)


def possible() -> bool:
    """Say whether this machine lets a process make a sandbox for itself, as far as can be seen in a moment."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            calls.unshare(calls.NEW_ALL if os.geteuid() == 0 else calls.NEW_ALL | calls.NEW_USER)
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _be_root_of_own() -> None:
    """Get the rights to set up a sandbox without being root: over namespaces of one's own alone."""
    user, group = os.geteuid(), os.getegid()
    calls.unshare(calls.NEW_ALL | calls.NEW_USER)
    _map(_USER, user, group)


def _map(inside: int, user: int, group: int) -> None:
    """Say who the user of this process is in its new namespace."""
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{inside} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{inside} {group} 1", encoding="ascii")


def _stay_outside(first: int, client: int, null: int) -> NoReturn:
    """Watch over the sandbox; never return."""
    inside = os.pidfd_open(first)
    signal.signal(signal.SIGINT, lambda *_: _send(inside, signal.SIGINT))
    signal.signal(signal.SIGTERM, lambda *_: _send(inside, signal.SIGKILL))
    poll = select.poll()
    poll.register(inside, select.POLLIN)
    try:
        outside = os.pidfd_open(client)
        poll.register(outside, select.POLLIN)
    except ProcessLookupError:
        _send(inside, signal.SIGKILL)
    _let_go(null)
    while True:
        ready = {number for number, _ in poll.poll()}
        if inside not in ready:
            _send(inside, signal.SIGKILL)
            poll.unregister(next(iter(ready)))
            continue
        _, status = os.waitpid(first, 0)
        code = os.waitstatus_to_exitcode(status)
        os._exit(code if code >= 0 else 128 - code)


def _send(process: int, number: int) -> None:
    try:
        signal.pidfd_send_signal(process, number)
    except ProcessLookupError:
        return


def _be_first(inner: int, null: int) -> NoReturn:
    """Be the first process of the sandbox: pass on interrupts, collect orphans, end with the inner one."""
    calls.not_dumpable()
    signal.signal(signal.SIGINT, lambda *_: _interrupt(inner))
    _let_go(null)
    while True:
        try:
            ended, status = os.wait()
        except ChildProcessError:
            os._exit(255)
        if ended == inner:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def _interrupt(inner: int) -> None:
    try:
        os.kill(inner, signal.SIGINT)
    except ProcessLookupError:
        return


def _let_go(null: int) -> None:
    """Close the connections, which are the inner process's business; what it holds must end with it."""
    # By trying, since a sandbox may have no /proc to look into.
    for number in range(_MOST_OPEN):
        try:
            kind = os.fstat(number).st_mode
        except OSError:
            continue
        if number != null and (stat.S_ISSOCK(kind) or stat.S_ISFIFO(kind)):
            os.dup2(null, number)
    os.close(null)


def _change_root(view: View, caps: Caps, user: int) -> None:
    """Make a root of its own, with what is to be seen, and forget the old one."""
    calls.make_private()
    os.umask(0o022)
    calls.mount("tmpfs", "/tmp", options="mode=0755,size=4m,nr_inodes=16384")
    os.mkdir("/tmp/.old", 0o700)
    os.chdir("/tmp")
    calls.pivot(".", ".old")
    os.chdir("/")
    for place, mode in _WRITABLE.items():
        os.makedirs(place, exist_ok=True)
        calls.mount("tmpfs", place, options=_writable(caps, user, mode))
    # After the folders above, since an interpreter may lie in one of them.
    for place in view.shown:
        _show(place)
    for place in view.covered:
        calls.mount("tmpfs", place, options="mode=0755,size=64k,nr_inodes=4")
        calls.read_only(place)
    _make_devices()
    _make_settings(user)
    _show_processes()
    calls.detach(_OLD)
    os.rmdir(_OLD)
    calls.read_only("/", recursive=False)
    sys.stdout.flush()


def _writable(caps: Caps, user: int, mode: str) -> str:
    return f"mode={mode},size={caps.disk},nr_inodes=20000,uid={user},gid={user}"


def _show(place: str) -> None:
    source = _OLD + place
    if os.path.islink(source):
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.symlink(os.readlink(source), place)
        return
    if not os.path.exists(source):
        return
    if os.path.isdir(source):
        os.makedirs(place, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.close(os.open(place, os.O_WRONLY | os.O_CREAT, 0o644))
    calls.bind_tree(source, place)
    calls.read_only(place)


def _make_devices() -> None:
    for name in _DEVICES:
        os.close(os.open(f"/dev/{name}", os.O_WRONLY | os.O_CREAT, 0o666))
        calls.bind_tree(f"{_OLD}/dev/{name}", f"/dev/{name}")
    for name, target in _LINKS.items():
        os.symlink(target, f"/dev/{name}")


def _make_settings(user: int) -> None:
    os.makedirs("/etc", exist_ok=True)
    files = {
        "passwd": f"learner:x:{user}:{user}:learner:{HOME}:/bin/sh\n",
        "group": f"learner:x:{user}:\n",
        "hosts": "127.0.0.1 localhost\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    }
    for name, text in files.items():
        Path("/etc", name).write_text(text, encoding="ascii")


def _show_processes() -> None:
    """Show the processes of the sandbox alone; where the machine forbids even that, a few facts and no process."""
    os.makedirs("/proc", exist_ok=True)
    try:
        calls.mount("proc", "/proc", calls.NO_SETUID | calls.NO_DEVICES | calls.NO_PROGRAMS)
    except OSError:
        for name in ("cpuinfo", "meminfo", "stat", "uptime", "loadavg"):
            try:
                text = Path(f"{_OLD}/proc/{name}").read_bytes()
            except OSError:
                continue
            Path("/proc", name).write_bytes(text)
