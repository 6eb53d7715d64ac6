"""Kernels that start at once: forked from a process that has imported the common libraries already.

`WarmProvisioner` is a standard Jupyter kernel provisioner. Make it the default one and every Jupyter client
gets such kernels for the plain ``python3`` kernelspec; whatever it cannot serve goes to the stock provisioner.
The page ``docs/kernels.md`` says how it works, what its limits are and how to switch it off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hurdles.kernels.provisioner import WarmProvisioner

__all__ = ["NAME", "WarmProvisioner", "switched_on"]

NAME = "hurdles-warm"
_VARIABLE = "JUPYTER_DEFAULT_PROVISIONER_NAME"


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


def __getattr__(name: str) -> Any:
    # Late, because jupyter_client is not needed to say what the provisioner is called.
    if name == "WarmProvisioner":
        from hurdles.kernels.provisioner import WarmProvisioner

        return WarmProvisioner
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
