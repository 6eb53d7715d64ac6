"""A forked program: a function that a console script would call, with its imports done."""

from __future__ import annotations

import signal
import sys
import traceback
from importlib import import_module
from typing import Any

from hurdles.kernels.child import Child, ClientWatch

__all__ = ["Program"]


class Program(Child):
    """A program without its request."""

    def become(self, request: dict[str, Any], client: int) -> None:
        """See that it ends with its client."""
        self.entry: str = request["arguments"][0]
        ClientWatch(client).start()

    def run(self) -> int:
        """Call the function; return the exit code as the interpreter would."""
        module, _, function = self.entry.partition(":")
        try:
            sys.exit(getattr(import_module(module), function)())
        except SystemExit as wanted:
            if wanted.code is None or isinstance(wanted.code, int):
                return wanted.code or 0
            print(wanted.code, file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 128 + signal.SIGINT
        except BaseException:  # as the interpreter does: it is told, and the exit code is 1
            traceback.print_exc()
            return 1
