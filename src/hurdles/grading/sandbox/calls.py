"""The system calls that Python 3.11 has no functions for."""

from __future__ import annotations

import ctypes
import os
import platform
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path

__all__ = [
    "NEW_ALL",
    "NEW_MOUNTS",
    "NEW_USER",
    "bind_tree",
    "detach",
    "drop_capabilities",
    "dumpable",
    "end_with_parent",
    "forget_bounding_set",
    "loopback_up",
    "make_private",
    "mount",
    "no_new_rights",
    "not_dumpable",
    "pivot",
    "read_only",
    "unshare",
]

NEW_USER = 0x10000000
NEW_MOUNTS = 0x00020000
_NEW_PID, _NEW_NET, _NEW_IPC, _NEW_UTS = 0x20000000, 0x40000000, 0x08000000, 0x04000000
NEW_ALL = NEW_MOUNTS | _NEW_PID | _NEW_NET | _NEW_IPC | _NEW_UTS

NO_SETUID, NO_DEVICES, NO_PROGRAMS = 2, 4, 8
_BIND, _RECURSIVE, _PRIVATE, _DETACH = 0x1000, 0x4000, 1 << 18, 2
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_ATTR_READ_ONLY, _ATTR_NO_SETUID = 1, 2
# The same number on all architectures, since it is a new call.
_MOUNT_SETATTR = 442
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "riscv64": 41, "ppc64le": 203, "s390x": 217}
_PR_SET_PDEATHSIG, _PR_GET_DUMPABLE, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS, _PR_CAPBSET_DROP = 1, 3, 4, 38, 24
_LAST_CAPABILITY = 40
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Leave the namespaces that these flags name for new ones; a new one of processes begins with the next child."""
    _checked(_libc.unshare(flags), "no namespaces of its own")


def mount(kind: str, place: str, flags: int = NO_SETUID | NO_DEVICES, options: str = "") -> None:
    """Mount a file system that needs no device, such as ``tmpfs``."""
    _checked(_libc.mount(kind.encode(), place.encode(), kind.encode(), flags, options.encode()), f"mount of {place}")


def make_private() -> None:
    """Keep what is mounted here from being seen outside, and the other way round."""
    _checked(_libc.mount(None, b"/", None, _RECURSIVE | _PRIVATE, None), "mounts of its own")


def bind_tree(source: str, place: str) -> None:
    """Show a folder or file, with all that is mounted below it, at another place."""
    _checked(_libc.mount(source.encode(), place.encode(), None, _BIND | _RECURSIVE, None), f"view of {source}")


class _Attributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns")]


def read_only(place: str, *, recursive: bool = True) -> None:
    """Forbid writing to a mount, and with it to all mounts below."""
    wanted = _Attributes(set=_ATTR_READ_ONLY | _ATTR_NO_SETUID)
    result = _libc.syscall(
        ctypes.c_long(_MOUNT_SETATTR), _AT_FDCWD, place.encode(), _AT_RECURSIVE if recursive else 0,
        ctypes.byref(wanted), ctypes.c_size_t(ctypes.sizeof(wanted)),
    )  # fmt: skip
    _checked(result, f"{place} read-only")


def pivot(root: str, old: str) -> None:
    """Make `root` the root of the file system, and show the old one at `old` below it."""
    number = _PIVOT_ROOT.get(platform.machine())
    if number is None:
        raise OSError(f"a root of its own: unknown on {platform.machine()}")
    _checked(_libc.syscall(ctypes.c_long(number), root.encode(), old.encode()), "a root of its own")


def detach(place: str) -> None:
    """Take away a mount and all below it."""
    _checked(_libc.umount2(place.encode(), _DETACH), f"unmount of {place}")


def loopback_up() -> None:
    """Let programs of the sandbox talk to each other over 127.0.0.1, which leads nowhere else."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = ioctl(any_socket, _SIOCGIFFLAGS, struct.pack("16sh14x", b"lo", 0))
        flags = struct.unpack("16sh14x", asked)[1]
        ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def no_new_rights() -> None:
    """Keep programs from gaining rights by being started, as with sudo."""
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new rights")


def not_dumpable() -> None:
    """Keep other processes of the same user from looking into this one."""
    _checked(_libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0), "a closed process")


@contextmanager
def dumpable() -> Iterator[None]:
    """For a moment, let this process write what its own files under /proc take."""
    before = _libc.prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0)
    _checked(_libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0), "an open process")
    try:
        yield
    finally:
        if before != 1:
            not_dumpable()


def end_with_parent(number: int) -> None:
    """Send this process a signal when its parent ends."""
    _checked(_libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0), "an end with the parent")


def forget_bounding_set() -> None:
    """See that no program that is started later gets one of root's rights back."""
    last = Path("/proc/sys/kernel/cap_last_cap")
    for number in range((int(last.read_text()) if last.exists() else _LAST_CAPABILITY) + 1):
        _libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0)


def drop_capabilities() -> None:
    """Give up all rights that root has over others."""
    head, none = struct.pack("=Ii", 0x20080522, 0), bytes(24)
    _checked(_libc.capset(head, none), "capabilities")
