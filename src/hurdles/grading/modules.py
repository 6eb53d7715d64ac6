"""What a process that runs notebooks is called, and what it has imported ahead."""

from __future__ import annotations

__all__ = ["KIND", "MODULES"]

KIND = "hurdles.grading.runner:Runner"
# What running a first cell would import, one by one, and what is done once instead of in each notebook.
MODULES = (
    "hurdles.grading.runner",
    "hurdles.grading.sandbox.enter",
    "hurdles.grading.rehearsal",
    "hurdles.grading.codec",
    "hurdles.datasets.ahead",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "ipykernel.comm",
    "ipykernel.eventloops",
)
