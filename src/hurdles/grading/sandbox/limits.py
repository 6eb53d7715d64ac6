"""How much a submission may use."""

from __future__ import annotations

import resource
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from traitlets import Float, Integer, List, Unicode
from traitlets.config import Configurable

__all__ = ["Caps", "Limits", "free_user"]

_MB = 1024 * 1024
_FEWEST_USERS = 60_000


@dataclass(frozen=True)
class Caps:
    """The limits as plain numbers, which cross to the process that they hold for.

    Parameters
    ----------
    memory : int
        Bytes of data that one process may have.
    processor : int
        Seconds of processor time that one process may use.
    processes : int
        Processes and threads at the same time.
    file : int
        Bytes of the largest file that may be written.
    disk : int
        Bytes of all files, in the home folder and in /tmp each.
    output : int
        Bytes of output of one notebook that are kept.
    cell, whole : float
        Seconds that one cell, and that the whole notebook may take.
    patience : float
        Seconds without a sign of life after which a cluster's worker is taken to stand still, and its notebook is run
        elsewhere; 0 for a minute.
    """

    memory: int = 3072 * _MB
    processor: int = 600
    processes: int = 256
    file: int = 128 * _MB
    disk: int = 256 * _MB
    output: int = 10 * _MB
    cell: float = 30.0
    whole: float = 600.0
    patience: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return them as plain data."""
        return asdict(self)

    @classmethod
    def read(cls, data: dict[str, Any]) -> Caps:
        """Return the limits from plain data."""
        return cls(**{field.name: data[field.name] for field in fields(cls)})

    def apply(self) -> None:
        """Set what the operating system can enforce, for this process and all that come from it."""
        wanted = {
            # Memory that is only reserved, as number libraries do, is no use of it: data counts, addresses do not.
            resource.RLIMIT_DATA: self.memory,
            resource.RLIMIT_CPU: self.processor,
            resource.RLIMIT_FSIZE: self.file,
            resource.RLIMIT_NPROC: self.processes,
            resource.RLIMIT_CORE: 0,
        }
        for kind, most in wanted.items():
            hard = resource.getrlimit(kind)[1]
            value = most if hard == resource.RLIM_INFINITY else min(most, hard)
            # The signal that comes with the first number can be ignored, the one with the second cannot.
            grace = value + 1 if kind == resource.RLIMIT_CPU else value
            resource.setrlimit(kind, (value, grace if hard == resource.RLIM_INFINITY else min(grace, hard)))


class Limits(Configurable):
    """The limits as an instructor sets them in ``nbgrader_config.py``, such as ``c.Limits.memory = 4000``.

    Parameters
    ----------
    config : traitlets.config.Config, optional
        Of the course.
    """

    memory = Integer(
        Caps.memory // _MB, min=64, config=True, help="Megabytes of data that one process of a submission may have."
    )
    processor = Integer(
        Caps.processor, min=1, config=True, help="Seconds of processor time that one of its processes may use."
    )
    processes = Integer(
        Caps.processes, min=8, config=True, help="Processes and threads that it may have at the same time."
    )
    file = Integer(Caps.file // _MB, min=1, config=True, help="Megabytes of the largest file that it may write.")
    disk = Integer(
        Caps.disk // _MB, min=1, config=True, help="Megabytes that its files may take, in its home and in /tmp each."
    )
    output = Integer(
        Caps.output // 1024,
        min=1,
        config=True,
        help="Kilobytes of output that are kept of a notebook; the rest is cut.",
    )
    cell = Float(Caps.cell, min=0.1, config=True, help="Seconds that one cell may take.")
    whole = Float(Caps.whole, min=1.0, config=True, help="Seconds that a whole notebook may take.")

    patience = Float(
        0.0, min=0.0, config=True, help="Seconds without a sign of life from a worker of a cluster; 0 for a minute."
    )
    shown = List(
        Unicode(), config=True, help="Folders that submissions may read besides the libraries, such as one with data."
    )

    def caps(self) -> Caps:
        """Return them as plain numbers, in bytes and seconds."""
        return Caps(
            memory=self.memory * _MB,
            processor=self.processor,
            processes=self.processes,
            file=self.file * _MB,
            disk=self.disk * _MB,
            output=self.output * 1024,
            cell=self.cell,
            whole=self.whole,
            patience=self.patience,
        )


def free_user(slot: int) -> int | None:
    """Return the number of a user that nobody is, for a process that drops the rights of root; None if there is none.

    Linux counts processes by user: with one for each slot, submissions do not count each other's. In a container not
    all numbers may be known.
    """
    lines = Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines()
    ranges = [(int(start), int(count)) for start, _, count in (line.split() for line in lines)]
    start, count = max(ranges, key=lambda found: found[1])
    if count < _FEWEST_USERS:
        return None
    # From the upper end, where no system gives out numbers of its own.
    most = min(start + count, 2_100_000_000)
    return most - 1000 + slot % 1000
