"""The same sandbox made by the program bubblewrap, for machines on which a process may not make its own."""

from __future__ import annotations

import os

from hurdles.grading.sandbox.limits import Caps
from hurdles.grading.sandbox.view import HOME, View

__all__ = ["command"]


def command(view: View, caps: Caps) -> list[str]:
    """Return the command line in front of the program that is to run inside.

    Parameters
    ----------
    view : View
        What is seen from inside.
    caps : Caps
        What may be used; the program itself applies what is not a size of a folder.
    """
    line = [
        "bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
        "--uid", "1000", "--gid", "1000", "--hostname", "sandbox",
    ]  # fmt: skip
    for place in (HOME, "/tmp"):
        line += ["--size", str(caps.disk), "--tmpfs", place]
    for place in view.shown:
        if os.path.islink(place):
            line += ["--symlink", os.readlink(place), place]
        else:
            line += ["--ro-bind-try", place, place]
    for place in view.covered:
        line += ["--tmpfs", place, "--remount-ro", place]
    line += ["--proc", "/proc", "--dev", "/dev"]
    line += ["--remount-ro", "/"]
    return [*line, "--chdir", HOME, "--"]
