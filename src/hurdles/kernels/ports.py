"""Ports that stay a kernel's own from the moment they are chosen.

Jupyter's clients choose a kernel's ports by binding sockets and closing them again; the kernel binds the numbers a
moment later. Whoever asks the system for a free port in between, another kernel that starts at the same time for
instance, may get one of them, and the kernel dies (jupyter_client, issue 487). So the sockets are kept here. Linux lets
a second one bind to the same port, as ZeroMQ does, as long as both allow it and the first one does not listen; and
it gives nobody a port that is bound.
"""

from __future__ import annotations

import socket
import sys
import weakref

__all__ = ["HeldPorts"]


class HeldPorts:
    """Ports that the system gives to nobody else until they are released.

    Parameters
    ----------
    address : str
        An IPv4 address of this machine.
    number : int
        How many.

    Attributes
    ----------
    numbers : tuple of int
        The ports.

    Raises
    ------
    OSError
        If the address is not this machine's, if there are not so many free ports, or if this system cannot hold them.
    """

    def __init__(self, address: str, number: int) -> None:
        if sys.platform != "linux":
            raise OSError("Ports can be held for another process on Linux only.")
        sockets: list[socket.socket] = []
        self._finalizer = weakref.finalize(self, _close, sockets)
        try:
            for _ in range(number):
                sockets.append(socket.socket())
                sockets[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sockets[-1].bind((address, 0))
        except OSError:
            self.release()
            raise
        self.numbers: tuple[int, ...] = tuple(each.getsockname()[1] for each in sockets)

    def release(self) -> None:
        """Let the ports go; doing so twice does no harm."""
        self._finalizer()


def _close(sockets: list[socket.socket]) -> None:
    for each in sockets:
        each.close()
