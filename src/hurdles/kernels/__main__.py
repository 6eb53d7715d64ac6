"""``python -m hurdles.kernels``: say what the warm processes of this environment do; with ``stop``, end them."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from jupyter_core.paths import jupyter_runtime_dir

from hurdles.kernels import channel
from hurdles.kernels.channel import Place
from hurdles.kernels.warm import END, STATUS


def main(arguments: list[str]) -> int:
    """Print one line for each warm process; return the exit code."""
    if arguments not in ([], ["stop"]):
        print("usage: python -m hurdles.kernels [stop]", file=sys.stderr)
        return 2
    folder = Path(jupyter_runtime_dir()) / "hurdles-kernels"
    found = 0
    for path in sorted(folder.glob("*.sock")):
        try:
            connection = channel.connect(Place(folder, path.stem))
        except OSError:
            continue
        found += 1
        with connection:
            connection.setblocking(True)
            connection.settimeout(5.0)
            _say(connection, path.stem, stop=bool(arguments))
    if not found:
        print("No warm process runs.")
    return 0


def _say(connection: socket.socket, name: str, *, stop: bool) -> None:
    connection.send(END if stop else STATUS)
    if stop:
        connection.recv(1)
        print(f"{name}: takes no more requests and ends with the last process it forked.")
        return
    said = channel.receive(connection)
    counts = f"{len(said['kernels'])} {said['kind']}s run, {len(said['ready'])} ready, {said['served']} served"
    print(f"{name}: process {said['pid']}, {counts}.")
    for failure in said["failed"]:
        print(f"  could not be imported: {failure}")
    for module in said["left out"]:
        print(f"  starts threads, so it is left out: {module}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
