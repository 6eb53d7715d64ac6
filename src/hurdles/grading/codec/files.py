"""Files, each handed over with its content."""

from __future__ import annotations

import os
import pathlib
import stat
from pathlib import Path
from typing import Any

from hurdles.files import write_atomically
from hurdles.grading.codec import parts
from hurdles.grading.codec.parts import CodecError
from hurdles.grading.codec.runs import Data, Sender, Taker, sends, takes

_MOST_FILE = 64 << 20
# A file of these kinds is run when somebody else's program starts or imports; hidden files configure such programs.
_RUNNABLE = {".egg", ".pth", ".py", ".pyc", ".pyd", ".pyw", ".so"}


@sends(pathlib.PurePath)
def _send_path(out: Sender, value: Any) -> Any:
    path = Path(os.path.abspath(pathlib.PurePath.__str__(value)))  # noqa: PTH100 - resolve() would follow links
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe must not make us wait
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise parts.refused("a path to something that is not a file", "give the path of a file")
            content = file.read(_MOST_FILE + 1)
    except OSError as error:
        raise parts.refused("a path where no file can be read", "write the file first, or return a text") from error
    if len(content) > _MOST_FILE:
        raise CodecError(f"a file of more than {_MOST_FILE >> 20} MB is too large to be handed over")
    return {"t": "path", "name": out.send(str(path)), "v": out.raw(content)}


@takes("path")
def _take_path(inn: Taker, data: Data) -> Path:
    if inn.files is None:
        raise CodecError("a file cannot be handed over here")
    name = inn.kind(data["name"], str)
    content = parts.bytes_of(data["v"])
    if len(content) > _MOST_FILE:
        raise CodecError(f"a file of more than {_MOST_FILE >> 20} MB is too large to be handed over")
    place = inn.files / _inside_homes(name)
    # A folder that is a link could lead out of where files may be; a file that is one is replaced.
    if any(folder.is_symlink() for folder in place.parents if folder != inn.files and inn.files in folder.parents):
        raise CodecError("a file cannot be handed over to a place behind a link")
    write_atomically(place, content)
    return place


def _inside_homes(name: str) -> str:
    """Return a file's absolute path without the root, if a file may be written there."""
    path = Path(name)
    homes = [Path("/tmp"), Path.home()]  # noqa: S108
    home = next((home for home in homes if path.is_relative_to(home) and path != home), None)
    if home is None or len(home.parts) < 2 or len(name) > 4096:
        raise CodecError("a file can be handed over only if it is in /tmp or in the home folder")
    names = path.relative_to(home).parts
    # ".." is hidden, too.
    if any(part.startswith(".") for part in names) or path.suffix.lower() in _RUNNABLE:
        raise CodecError("a hidden file, or one that Python runs, cannot be handed over")
    return str(path.relative_to("/"))
