"""A process that runs one notebook for a grader: forked with its imports done, or started cold."""

from __future__ import annotations

import base64
import os
import signal
import socket
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from hurdles.grading import cells, crossing, wire
from hurdles.grading.modules import MODULES
from hurdles.grading.sandbox.limits import Caps
from hurdles.grading.sandbox.view import HOME, View
from hurdles.grading.stem import Seeds, stand
from hurdles.kernels.child import Child

__all__ = ["Runner", "main"]

# What a running notebook has other values of than the process that it is forked from.
_ITS_OWN = ("HOME", "USER", "LOGNAME", "TMPDIR", "IPYTHONDIR", "NBGRADER_EXECUTION", "PYTHONDONTWRITEBYTECODE")


class Runner(Child):
    """A running notebook without its request."""

    def check(self, request: dict[str, Any]) -> None:
        """See that this process can do it; that it has a home of its own is what is wanted."""
        before = self.preloaded.environment
        environment = {name: value for name, value in request["environment"].items() if name not in _ITS_OWN}
        kept = {name: before[name] for name in _ITS_OWN if name in before}
        super().check({**request, "environment": {**environment, **kept}})

    def become(self, request: dict[str, Any], client: int) -> None:
        """Go into the sandbox, unless the request says that there is none."""
        asked = request["arguments"][0]
        if asked["view"] is not None:
            from hurdles.grading.sandbox.enter import enter

            enter(View.read(asked["view"]), Caps.read(asked["caps"]), client=client, slot=asked["slot"])
        self.asked = asked

    def run(self) -> int:
        """Run cells as long as the grader sends some."""
        return _serve(self.asked)


def _serve(asked: dict[str, Any]) -> int:
    connection = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    # What other programs and C code print goes the way of standard error, which the grader reads, too.
    os.dup2(2, 1)
    caps = Caps.read(asked["caps"])
    first = wire.receive(connection)
    if first is None:
        return 0
    _lay_out(first)
    seeds = Seeds()
    shell, outputs = cells.make_shell(lambda message: wire.send(connection, message), caps.output)
    guard = cells.Guard(shell)

    def send(message: dict[str, Any]) -> None:
        wire.send(connection, message)

    def receive() -> dict[str, Any] | None:
        return wire.receive(connection)

    tests = crossing.Examiner(shell.user_ns, send, receive)
    learner = crossing.Learner(shell.user_ns, send, receive, outputs.flush)
    wire.send(connection, {"ready": True})
    while (message := wire.receive(connection)) is not None:
        if "stand" in message:
            grown = stand(connection, View.read(asked["view"]), caps, seeds)
            if grown is None:
                break
            # In a forked process all goes on over its own connection.
            connection = grown
            continue
        if "ask" in message:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            learner.answer(message["ask"])
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            continue
        tampered = guard.restore() if message["test"] else []
        if "names" in message:
            cells.short_errors(shell)
        try:
            tests.fetch(message.get("names", []))
        except Exception as error:  # what cannot be handed over fails the test, with the reason
            text = str(error)
            outputs.other({"output_type": "error", "ename": type(error).__name__, "evalue": text, "traceback": [text]})
            send({"done": message["index"], "tampered": tampered, "ok": False, "count": shell.execution_count})
            continue
        done = cells.run_cell(shell, outputs, message["source"], message.get("id"), shown=message["index"] >= 0)
        # Between two cells there is nothing to interrupt.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        wire.send(connection, {"done": message["index"], "tampered": tampered, "cut": outputs.cut, **done})
    return 0


def _lay_out(first: dict[str, Any]) -> None:
    """Write the assignment's files, and make their folder the current one."""
    folder = Path.cwd() / first["folder"]
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in first["files"].items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
    os.chdir(folder)
    # Behind the libraries: a file beside the notebook is imported only if nothing else has its name.
    sys.path[:] = [place for place in sys.path if place not in ("", str(folder))] + [str(folder)]


def main() -> None:
    """Run one notebook in a process that was started for it."""
    import json

    asked = json.loads(sys.argv[1])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in MODULES:
        import_module(name)
    if asked["view"] is not None:
        from hurdles.grading.sandbox.enter import enter

        enter(View.read(asked["view"]), Caps.read(asked["caps"]), client=os.getppid(), slot=asked["slot"])
    elif Path(HOME).is_dir():
        # Bubblewrap has made the rest of the place.
        Caps.read(asked["caps"]).apply()
    os.environ.setdefault("HOME", HOME)
    sys.exit(_serve(asked))


if __name__ == "__main__":
    main()
