"""How many kernels may wait ready, given the memory that is free."""

from __future__ import annotations

from pathlib import Path

__all__ = ["available", "pool_size"]

# A waiting kernel takes about 30 MB; what a notebook does with it takes more. Below the reserve none is kept ready.
RESERVE = 512 << 20
PER_KERNEL = 256 << 20


def available() -> int:
    """Return the bytes of memory that could be taken without swapping, within this process's control group."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    free = next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
    try:
        group = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()[0].removeprefix("0::/")
        folder = Path("/sys/fs/cgroup") / group
        limit, used = (folder / "memory.max").read_text(), (folder / "memory.current").read_text()
        return min(free, int(limit) - int(used))
    except (OSError, ValueError, IndexError):
        return free


def pool_size(most: int, free: int) -> int:
    """Return how many kernels to keep ready.

    Parameters
    ----------
    most : int
        However much memory there is.
    free : int
        Bytes.

    Returns
    -------
    int
    """
    return max(0, min(most, (free - RESERVE) // PER_KERNEL))
