"""What a grader and a running notebook say to each other: one JSON object at a time, its length in front.

Nothing that comes out of a sandbox is believed beyond its shape: the reader's side has a limit of size, and `output`
lets through only what a notebook may hold.
"""

from __future__ import annotations

import json
import socket
from typing import Any

from hurdles.kernels.channel import pack, send
from hurdles.kernels.channel import unpack_size as size

__all__ = ["HEAD", "WireError", "exactly", "output", "pack", "receive", "send", "size"]

# Bytes of the length that stands in front of a message.
HEAD = 4


class WireError(Exception):
    """What came is no message."""


def receive(connection: socket.socket) -> dict[str, Any] | None:
    """Receive a message over a blocking connection; None when the other side has hung up."""
    head = exactly(connection, HEAD)
    if head is None:
        return None
    body = exactly(connection, size(head))
    return None if body is None else unpack(body)


def unpack(body: bytes) -> dict[str, Any]:
    """Return the message that these bytes are.

    Raises
    ------
    WireError
        If they are none.
    """
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise WireError("no JSON") from error
    if not isinstance(message, dict):
        raise WireError("no object")
    return message


def output(given: Any) -> dict[str, Any]:
    """Return an output of a cell as a notebook holds it.

    Raises
    ------
    WireError
        If it is something else.
    """
    if not isinstance(given, dict):
        raise WireError("no output")
    kind = given.get("output_type")
    if kind == "stream":
        name = "stderr" if given.get("name") == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": _text(given.get("text"))}
    if kind == "error":
        lines = given.get("traceback")
        return {
            "output_type": "error", "ename": _text(given.get("ename")), "evalue": _text(given.get("evalue")),
            "traceback": [_text(line) for line in lines] if isinstance(lines, list) else [],
        }  # fmt: skip
    if kind in ("display_data", "execute_result"):
        data, metadata = given.get("data"), given.get("metadata")
        if not isinstance(data, dict):
            raise WireError("no data")
        found = {"output_type": kind, "data": _bundle(data), "metadata": metadata if isinstance(metadata, dict) else {}}
        if kind == "execute_result":
            count = given.get("execution_count")
            found["execution_count"] = count if isinstance(count, int) and not isinstance(count, bool) else None
        return found
    raise WireError("no kind of output")


def _bundle(data: dict[str, Any]) -> dict[str, Any]:
    """Return what is shown: as nbformat wants it, text except where the kind says that it is JSON."""
    return {
        name: value if name == "application/json" or (name.startswith("application/") and name.endswith("+json"))
        else _text(value)
        for name, value in data.items()
    }  # fmt: skip


def _text(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "".join(value)
    if not isinstance(value, str):
        raise WireError("no text")
    # Halves of characters cannot be written to a file.
    return value.encode("utf-8", "replace").decode()


def exactly(connection: socket.socket, count: int) -> bytes | None:
    """Receive so many bytes over a blocking connection; None when the other side has hung up."""
    pieces, missing = [], count
    while missing:
        try:
            piece = connection.recv(min(missing, 1 << 20))
        except ConnectionError:
            return None
        if not piece:
            return None
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)
