"""Talking over Unix sockets: where the socket is, who is at the other end, and one message at a time."""

from __future__ import annotations

import array
import hashlib
import json
import os
import socket
import stat
import struct
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = [
    "OTHERS",
    "OUTDATED",
    "Place",
    "RefusedError",
    "address",
    "connect",
    "pack",
    "peer",
    "receive",
    "receive_descriptors",
    "send",
    "unpack_size",
]

PROTOCOL = 3
_SIZE = struct.Struct("!I")
_PEER = struct.Struct("3i")
_MOST_DESCRIPTORS = 8
# Kinds of refusals that a client does something about.
OUTDATED, OTHERS = "outdated", "made for others"


class RefusedError(Exception):
    """A start that cannot be served by a warm kernel.

    Parameters
    ----------
    reason : str
        Why, for people.
    kind : str
        `OUTDATED` if the warm process has older packages than the disk and ends, `OTHERS` if it was made for somebody
        with another environment; empty otherwise.
    """

    def __init__(self, reason: str, kind: str = "") -> None:
        super().__init__(reason)
        self.kind = kind

    def told(self) -> dict[str, str]:
        """Return it as the message that brings it to the client."""
        return {"refused": str(self), "kind": self.kind}

    @classmethod
    def read(cls, message: dict[str, Any]) -> RefusedError:
        """Return what such a message says."""
        return cls(str(message["refused"]), str(message.get("kind", "")))


@dataclass(frozen=True)
class Place:
    """Where one warm process is found: a private folder and a name in it.

    Parameters
    ----------
    folder : pathlib.Path
        In Jupyter's runtime directory; only its owner may enter it.
    key : str
        Of the interpreter, its options and what is preloaded.
    """

    folder: Path
    key: str

    @classmethod
    def of(
        cls, runtime: Path, interpreter: Sequence[str], preload: Sequence[str] | None, kind: str = "kernel"
    ) -> Place:
        """Return the place for an interpreter (with its options), a list of modules and a kind of children."""
        modules = preload if preload is None else list(preload)
        said = json.dumps([PROTOCOL, sys.prefix, sys.version, list(interpreter), modules, kind])
        return cls(runtime / "hurdles-kernels", hashlib.sha256(said.encode()).hexdigest()[:16])

    def file(self, kind: str) -> Path:
        """Return the path of the place's socket (``sock``), lock (``lock``) or log (``log``)."""
        return self.folder / f"{self.key}.{kind}"

    def make(self) -> None:
        """Make the folder, or see that the one that is there is private.

        Raises
        ------
        RefusedError
            If somebody else could enter it.
        OSError
            If it cannot be made.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.check()

    def check(self) -> None:
        """See that the folder belongs to this user alone."""
        found = self.folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise RefusedError(f"{self.folder} is not a private folder of this user")


@contextmanager
def address(path: Path) -> Iterator[str]:
    """Give an address for a Unix socket that stays short however long the path is."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def connect(place: Place) -> socket.socket:
    """Return a non-blocking connection to the warm process.

    Raises
    ------
    RefusedError
        If the folder is not private, or another user listens there.
    OSError
        If nobody listens.
    """
    place.check()
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        with address(place.file("sock")) as name:
            connection.connect(name)
        if peer(connection)[1] != os.geteuid():
            raise RefusedError("the warm process belongs to another user")
    except BaseException:
        connection.close()
        raise
    return connection


def peer(connection: socket.socket) -> tuple[int, int, int]:
    """Return process, user and group at the other end, as the kernel knows them."""
    pid, uid, gid = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    return pid, uid, gid


def pack(message: Mapping[str, Any]) -> bytes:
    """Return a message as bytes, its length in front."""
    body = json.dumps(message).encode()
    return _SIZE.pack(len(body)) + body


def unpack_size(head: bytes) -> int:
    """Return the length that stands in front of a message."""
    return int(_SIZE.unpack(head)[0])


def send(connection: socket.socket, message: Mapping[str, Any]) -> None:
    """Send a message over a blocking connection."""
    connection.sendall(pack(message))


def receive(connection: socket.socket) -> dict[str, Any]:
    """Receive a message over a blocking connection.

    Raises
    ------
    EOFError
        If the other end is closed.
    """
    message: dict[str, Any] = json.loads(_exactly(connection, unpack_size(_exactly(connection, _SIZE.size))))
    return message


def receive_descriptors(connection: socket.socket) -> list[int]:
    """Receive one byte and the file descriptors that came with it; no descriptors if the other end is closed."""
    ancillary = socket.CMSG_SPACE(_MOST_DESCRIPTORS * array.array("i").itemsize)
    data, messages, _, _ = connection.recvmsg(1, ancillary, socket.MSG_CMSG_CLOEXEC)
    found = array.array("i")
    for level, kind, content in messages if data else []:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(content[: len(content) - len(content) % found.itemsize])
    return list(found)


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise EOFError("the other end is closed")
        data += piece
    return data
