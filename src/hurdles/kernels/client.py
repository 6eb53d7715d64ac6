"""Clients that know when their kernel has nothing more to say.

A stock client waits until it has heard nothing for 0.2 s before it counts a kernel as ready, because a kernel that
just starts may still publish something. That is more than a warm kernel's whole start.
"""

from __future__ import annotations

import functools
import time
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.client import KernelClient
from jupyter_core.utils import ensure_async, run_sync

__all__ = ["quick"]

_TRIES = 5
_REPLY_WITHIN = 1.0
_PUBLISHED_WITHIN = 0.2


@functools.lru_cache
def quick(kind: type[KernelClient]) -> type[KernelClient]:
    """Return a class of clients that differs in one thing: a ready kernel is taken for ready at once.

    Parameters
    ----------
    kind : type
        The class a kernel manager makes its clients of.

    Returns
    -------
    type
        A subclass; the class itself if its clients wait in a way of their own.
    """
    for stock, wait in ((AsyncKernelClient, _wait), (BlockingKernelClient, run_sync(_wait))):
        if issubclass(kind, stock) and kind.wait_for_ready is stock.wait_for_ready:
            return type(kind.__name__, (kind,), {"wait_for_ready": wait, "_async_wait_for_ready": _wait})
    return kind


async def _wait(self: Any, timeout: float | None = None) -> None:
    """Wait until the kernel answers and all that it published before is read."""
    if not await _greeted(self):
        await KernelClient._async_wait_for_ready(self, timeout)


async def _greeted(client: Any) -> bool:
    """Ask the kernel who it is. Once it says that it has finished that, it has published nothing else before."""
    for _ in range(_TRIES):
        request = client.kernel_info()
        reply = await _find(client.shell_channel, request, _REPLY_WITHIN)
        if reply is None:
            return False
        # What was published while the channel was still being connected never arrives: then ask again.
        if await _find(client.iopub_channel, request, _PUBLISHED_WITHIN) is not None:
            client._handle_kernel_info_reply(reply)
            return True
    return False


async def _find(channel: Any, request: str, seconds: float) -> dict[str, Any] | None:
    """Read a channel up to the last message that belongs to a request."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        try:
            message: dict[str, Any] = await ensure_async(channel.get_msg(timeout=left))
        except Empty:
            return None
        kind, state = message["msg_type"], message["content"].get("execution_state")
        if message["parent_header"].get("msg_id") == request and (kind == "kernel_info_reply" or state == "idle"):
            return message
    return None
