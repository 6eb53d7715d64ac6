"""Kernels that start at once: forked from a process that has imported the common libraries already.

`WarmProvisioner` is a standard Jupyter kernel provisioner. Make it the default one and every Jupyter client
gets such kernels for the plain ``python3`` kernelspec; whatever it cannot serve goes to the stock provisioner.
The page ``docs/kernels.md`` says how it works, what its limits are and how to switch it off.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hurdles.kernels.provisioner import WarmProvisioner

__all__ = ["NAME", "WarmProvisioner", "allowed", "as_default", "begin", "ready", "switched_on"]

NAME = "hurdles-warm"
_VARIABLE = "JUPYTER_DEFAULT_PROVISIONER_NAME"
_STOCK = "local-provisioner"


def switched_on(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a Jupyter client that shall start warm kernels.

    Parameters
    ----------
    environment : mapping of str to str
        The environment to start from; a default provisioner that it names already stays.

    Returns
    -------
    dict of str to str
    """
    return {_VARIABLE: NAME, **environment}


def allowed(environment: Mapping[str, str]) -> bool:
    """Say whether an environment leaves it to us to use warm kernels: it names no other provisioner."""
    return environment.get(_VARIABLE, NAME) == NAME


@contextmanager
def as_default() -> Iterator[None]:
    """Start warm kernels in this process, unless another provisioner is named in the environment or set already."""
    from jupyter_client.provisioning.factory import KernelProvisionerFactory

    factory = KernelProvisionerFactory.instance()
    before = factory.default_provisioner_name
    if allowed(os.environ) and before == _STOCK:
        factory.default_provisioner_name = NAME
    try:
        yield
    finally:
        factory.default_provisioner_name = before


def begin(environment: Mapping[str, str]) -> None:
    """Let a warm process for kernels start, so that the first one can be warm already.

    Parameters
    ----------
    environment : mapping of str to str
        That of the kernels to come. If it names another provisioner, nothing is done.
    """
    import sys
    from pathlib import Path

    from jupyter_core.paths import jupyter_runtime_dir

    from hurdles.kernels.asking import Source

    if sys.platform != "linux" or not allowed(environment):
        return
    Source(Path(jupyter_runtime_dir()), (sys.executable,)).begin(environment, patience=0.0)


def ready() -> bool:
    """Say whether a warm process for kernels of this interpreter answers."""
    import sys
    from pathlib import Path

    from jupyter_core.paths import jupyter_runtime_dir

    from hurdles.kernels.asking import Source
    from hurdles.kernels.channel import connect

    if sys.platform != "linux":
        return False
    try:
        connect(Source(Path(jupyter_runtime_dir()), (sys.executable,)).place).close()
    except OSError:
        return False
    return True


def __getattr__(name: str) -> Any:
    # Late, because jupyter_client is not needed to say what the provisioner is called.
    if name == "WarmProvisioner":
        from hurdles.kernels.provisioner import WarmProvisioner

        return WarmProvisioner
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
