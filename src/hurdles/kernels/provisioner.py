"""The provisioner: a warm kernel where that is possible, the stock one everywhere else."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_client.connect import LocalPortCache
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_core.paths import jupyter_runtime_dir
from traitlets import Bool, Float, Integer, List, Unicode

from hurdles.kernels.asking import ANSWER_WITHIN, IDLE, POOL, READY_WITHIN, Source
from hurdles.kernels.channel import RefusedError
from hurdles.kernels.client import quick
from hurdles.kernels.ports import HeldPorts
from hurdles.kernels.process import WarmProcess

__all__ = ["WarmProcess", "WarmProvisioner", "understand"]

_PORTS = ("shell_port", "iopub_port", "stdin_port", "hb_port", "control_port")
_KNOWN = {"cwd", "env", "stdin", "stdout", "stderr", "independent", "kernel_id", "extra_arguments"}


class WarmProvisioner(LocalProvisioner):
    """Starts kernels by forking a warm process; hands over to the stock provisioner whenever it cannot."""

    process: Any = None
    _held: HeldPorts | None = None

    enabled = Bool(True, config=True, help="Whether to use warm kernels at all.")
    preload = List(
        Unicode(),
        default_value=None,
        allow_none=True,
        config=True,
        help="The modules that the warm process imports. What is not installed is left out, and so is what starts "
        "threads while it is imported. By default what lessons of data analysis import, and what installed packages "
        "add by entry points of the group hurdles.kernels.preload.",
    )
    pool = Integer(POOL, min=0, config=True, help="How many kernels to keep ready at most; fewer when memory is short.")
    idle = Float(IDLE, config=True, help="Seconds without any kernel after which the warm process ends.")
    answer_within = Float(
        ANSWER_WITHIN, config=True, help="Seconds for the warm process to answer before stock is used."
    )
    ready_within = Float(
        READY_WITHIN, config=True, help="Seconds for a forked kernel to be ready before stock is used."
    )
    quick_clients = Bool(
        True,
        config=True,
        help="Whether clients of a warm kernel begin once it says that it is ready, without the 0.2 s of silence that "
        "a stock client waits for.",
    )

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose the ports so that nobody else can take them before the kernel does; leave the rest to stock."""
        manager = self.parent
        if self.enabled and manager is not None and manager.cache_ports and not self.ports_cached:
            with suppress(OSError):  # then they are chosen as stock does it
                self._held = HeldPorts(manager.ip, len(_PORTS))
                for name, port in zip(_PORTS, self._held.numbers, strict=True):
                    setattr(manager, name, port)
                LocalPortCache.instance().currently_used_ports.update(self._held.numbers)
                self.ports_cached = True
        return await super().pre_launch(**kwargs)

    async def cleanup(self, restart: bool = False) -> None:
        """Let the ports go with the kernel; one that restarts keeps them."""
        await super().cleanup(restart=restart)
        if self._held is not None and not restart:
            self._held.release()

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start a kernel, warm if possible."""
        try:
            process = await self._warm(cmd, kwargs)
        except Exception as reason:  # whatever it is, a kernel can be had without us
            self.log.debug("A stock kernel is started, because: %s", reason)
            return await super().launch_kernel(cmd, **kwargs)
        self.process = process
        self.pid = self.pgid = process.pid
        self.cwd = kwargs.get("cwd", Path.cwd())
        if self.quick_clients and isinstance(self.parent, KernelManager):
            self.parent.client_factory = quick(self.parent.client_factory)
        return self.connection_info

    async def shutdown_requested(self, restart: bool = False) -> None:
        """Wait a moment for the kernel's end, which for a warm one is announced: nobody need ask for it every 0.1 s."""
        if isinstance(self.process, WarmProcess):
            await self.process.ended(1.0)

    async def _warm(self, cmd: list[str], kwargs: dict[str, Any]) -> WarmProcess:
        if not self.enabled:
            raise RefusedError("switched off")
        interpreter, arguments = understand(cmd)
        unknown = sorted(kwargs.keys() - _KNOWN)
        if unknown:
            raise RefusedError(f"no way to pass on {', '.join(unknown)}")
        source = Source(
            Path(jupyter_runtime_dir()),
            tuple(interpreter),
            None if self.preload is None else tuple(self.preload),
            pool=self.pool,
            idle=self.idle,
        )
        environment = dict(kwargs.get("env") or os.environ)
        if not kwargs.get("independent"):
            environment["JPY_PARENT_PID"] = str(os.getpid())
        request = {
            "command": cmd,
            "arguments": arguments,
            "environment": environment,
            "folder": str(Path(kwargs.get("cwd") or "").expanduser().absolute()),
        }
        # As the stock launcher: a kernel's input is closed unless the caller wants to write to it.
        streams = {**kwargs, "stdin": os.devnull if kwargs.get("stdin") is None else kwargs["stdin"]}
        return await source.obtain(request, streams, answer_within=self.answer_within, ready_within=self.ready_within)


def understand(cmd: list[str]) -> tuple[list[str], list[str]]:
    """Split a kernelspec's command into interpreter with options, and the arguments for the kernel.

    Raises
    ------
    RefusedError
        If it is not this environment's own interpreter running ipykernel.
    """
    if sys.platform != "linux" or not hasattr(os, "pidfd_open"):
        raise RefusedError("this platform has no way to do it")
    if "-m" not in cmd[1:]:
        raise RefusedError("not an ipykernel")
    at = cmd.index("-m", 1)
    if cmd[at + 1 : at + 3] not in (["ipykernel_launcher", "-f"], ["ipykernel", "-f"]) or len(cmd) < at + 4:
        raise RefusedError("not an ipykernel")
    ours, theirs = Path(sys.executable), Path(cmd[0]).expanduser()
    if os.path.realpath(theirs.parent) != os.path.realpath(ours.parent) or not ours.samefile(theirs):
        raise RefusedError("another interpreter")
    return [sys.executable, *cmd[1:at]], cmd[at + 4 :]
