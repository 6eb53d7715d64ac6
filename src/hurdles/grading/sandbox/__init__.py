"""A place in which a stranger's code can run: it sees the libraries, its own files, and nothing else of the machine.

`Limits` says how much it may use. `enter` puts the calling process into the sandbox, in tens of milliseconds, so that
a process forked with its imports done keeps them. Where the machine forbids that, `bubblewrap.command` starts
a fresh one inside. The page ``docs/grading.md`` says what the sandbox holds back and what it does not.
"""

from hurdles.grading.sandbox.limits import Limits
from hurdles.grading.sandbox.view import View

__all__ = ["Limits", "View"]
