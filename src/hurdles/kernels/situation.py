"""What a process inherits besides its environment, and making one process's situation another's.

A stock kernel inherits all this from the client that starts it. A forked one would have that of the warm process;
and a client locked into a sandbox could reach out of it through a kernel that is not.
"""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path
from typing import Any

from hurdles.kernels.channel import RefusedError

__all__ = ["assume", "situation"]

_LIMITS = sorted(name for name in dir(resource) if name.startswith("RLIMIT_"))
_STATUS = ("CapEff", "CapBnd", "CapPrm", "NoNewPrivs", "Seccomp", "Gid", "Groups", "Uid", "Umask")


def situation() -> dict[str, Any]:
    """Return this thread's situation in terms that JSON can carry."""
    lines = _lines(Path("/proc/thread-self/status"))
    root = Path("/").stat()
    return {
        **{name: " ".join(lines.get(name, "").split()) for name in _STATUS},
        "namespaces": {entry.name: entry.stat().st_ino for entry in os.scandir("/proc/self/ns")},
        "root": [root.st_dev, root.st_ino],
        "limits": {name: list(resource.getrlimit(getattr(resource, name))) for name in _LIMITS},
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
        "processors": sorted(os.sched_getaffinity(0)),
        "scheduler": os.sched_getscheduler(0),
        "cgroup": Path("/proc/self/cgroup").read_text(encoding="utf-8"),
        "oom": Path("/proc/self/oom_score_adj").read_text(encoding="utf-8").strip(),
        "ignored": [number for number in range(1, 65) if int(lines.get("SigIgn", "0"), 16) >> (number - 1) & 1],
    }


def assume(wanted: dict[str, Any]) -> None:
    """Bring this process into another one's situation.

    Parameters
    ----------
    wanted : dict
        What `situation` said in the other process.

    Raises
    ------
    RefusedError
        If that is not possible; some of it may have been changed then.
    """
    own = situation()
    settled = ("limits", "nice", "Umask", "cgroup", "oom", "ignored")
    for name in sorted((own.keys() | wanted.keys()) - set(settled)):
        if own.get(name) != wanted.get(name):
            raise RefusedError(f"the client's {name} differs from the warm process's")
    try:
        for name, limits in wanted["limits"].items():
            if limits != own["limits"].get(name):
                resource.setrlimit(getattr(resource, name), tuple(limits))
        if wanted["nice"] != own["nice"]:
            os.setpriority(os.PRIO_PROCESS, 0, wanted["nice"])
        if wanted["oom"] != own["oom"]:
            Path("/proc/self/oom_score_adj").write_text(wanted["oom"], encoding="utf-8")
        if wanted["cgroup"] != own["cgroup"]:
            _join(wanted["cgroup"])
    except (OSError, ValueError) as error:
        raise RefusedError(f"the client's limits cannot be taken over ({error})") from error
    for number in set(wanted["ignored"]) - set(own["ignored"]):
        signal.signal(number, signal.SIG_IGN)
    os.umask(int(wanted["Umask"], 8))


def _lines(path: Path) -> dict[str, str]:
    pairs = (line.partition(":") for line in path.read_text(encoding="utf-8", errors="replace").splitlines())
    return {name: value for name, _, value in pairs}


def _join(groups: str) -> None:
    """Move into the client's control group, which works below a group that belongs to the user."""
    lines = groups.splitlines()
    if len(lines) != 1 or not lines[0].startswith("0::/"):
        raise OSError("control groups of version 1")
    folder = Path("/sys/fs/cgroup") / lines[0].removeprefix("0::/")
    (folder / "cgroup.procs").write_text(str(os.getpid()), encoding="utf-8")
