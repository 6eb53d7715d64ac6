"""Values as plain data, for a learner's process and a grader's that do not trust each other.

A value is written as JSON: None, truth values, short whole numbers, finite numbers and texts as they are, all else as
an object with a tag `t`. Nothing is pickled, and reading never runs what it reads. Two rules hold throughout:

- The sender looks at a value's true type and reads it with the methods of the plain base class, so that a subclass
  arrives as what it is made of, whatever it pretends to be.
- The taker believes nothing: each length is checked against what really came before memory is taken for it.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from hurdles.grading.codec.parts import CodecError, called
from hurdles.grading.codec.runs import OnSend, OnTake, Sender, Taker

__all__ = ["CodecError", "decode", "encode"]

# In this order: of two classes that a value is made of, the one that was registered first decides.
for _part in ("plain", "times", "files", "arrays", "tables"):
    import_module(f"{__name__}.{_part}")


def encode(value: Any, *, on_callable: OnSend | None = None, most: int = 256 << 20) -> Any:
    """Return a value as data that JSON can hold.

    Parameters
    ----------
    value
        What to hand over. A subclass is handed over as its plain base, a member of an Enum as its value, a
        `pathlib.Path` as the file it names.
    on_callable
        Called with each function, method or class that is met; returns the number that stands for it. Without it
        they are refused.
    most
        How many bytes the data may have, roughly.

    Returns
    -------
    Any
        None, a bool, int, float or str, or a dict; `json.dumps(…, allow_nan=False)` takes it.

    Raises
    ------
    CodecError
        If something in the value cannot be handed over, contains itself, is nested too deeply or is too large.
    """
    try:
        return Sender(on_callable, most).send(value)
    except CodecError:
        raise
    except Exception as error:  # an object of the learner's may raise anything while it is looked at
        raise CodecError(f"{called(type(value))} cannot be handed over: it could not be read") from error


def decode(data: Any, *, on_callable: OnTake | None = None, files: Path | None = None) -> Any:
    """Return the value that `encode` wrote, made of plain types only.

    Parameters
    ----------
    data
        What `json.loads` gave; need not be trusted.
    on_callable
        Called with the number of each function, method or class; returns what stands for it. Without it they are
        refused.
    files
        The folder that stands for the file system's root: a file from ``/tmp/a.csv`` is written to, and named,
        ``files/tmp/a.csv``. Only files of ``/tmp`` and the home folder are, none that is hidden or that Python
        would run. Without it files are refused.

    Returns
    -------
    Any
        The value. The memory it takes is of the order of the data's.

    Raises
    ------
    CodecError
        If the data are not of a value. Nothing else is raised.
    """
    try:
        return Taker(on_callable, files).take(data)
    except CodecError:
        raise
    except Exception as error:  # what pandas raises about malformed parts is not enumerable
        raise CodecError(f"what came cannot be read as a value ({type(error).__name__})") from error
