"""The button in an exercise's last cell: save the notebook, grade it, show what came out."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anywidget
import traitlets as t
from IPython.core.getipython import get_ipython

from hurdles import ledger
from hurdles.errors import HurdlesError
from hurdles.ui import bundle
from hurdles.ui.controls import number

__all__ = ["CheckWork", "check_button", "notebook_path", "task_rows"]

_VERDICTS: Mapping[str, tuple[str, str]] = {
    "pass": ("✓", "passed"),
    "fail": ("✗", "not yet"),
    "error": ("!", "stopped with an error"),
    "timeout": ("!", "took too long"),
    "not-attempted": ("○", "not attempted yet"),
}
# These describe the notebook's own kernel; the checker starts kernels of its own.
_KERNELS_OWN = ("JPY_SESSION_NAME", "JPY_PARENT_PID", "JPY_INTERRUPT_EVENT", "MPLBACKEND")
_SAVE_BY_HAND = "This page cannot save the notebook. Save it with Ctrl+S (Cmd+S on a Mac), then press again."

# -P: a numpy.py beside the notebook must not take the library's place in the checker.
_CHECKER = (sys.executable, "-P", "-m", "hurdles", "check")

Fingerprint = tuple[int, int]


def check_button(lesson_key: str) -> CheckWork:
    """Return the button that checks an exercise; as a cell's last expression it is shown below the cell.

    Parameters
    ----------
    lesson_key : str
        The lesson, such as ``01-data/1-quality``.

    Returns
    -------
    CheckWork
    """
    return CheckWork(lesson_key)


def notebook_path(
    lesson_key: str, environment: Mapping[str, str], folder: Path, name: str = "", editors_path: str | None = None
) -> Path:
    """Find the notebook file that a button stands in.

    Parameters
    ----------
    lesson_key : str
        The lesson, to fall back on the workspace's exercise.
    environment : mapping
        Environment of the kernel: jupyter_server puts the notebook's path, as it was when the kernel started,
        into ``JPY_SESSION_NAME``.
    folder : pathlib.Path
        The kernel's folder.
    name : str, optional
        File name the front end knows, which is newer when the notebook was renamed.
    editors_path : str, optional
        Path an editor left in the notebook's namespace.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    hurdles.errors.HurdlesError
        If no such file is found.
    """
    candidates = []
    session = environment.get("JPY_SESSION_NAME", "")
    if session.endswith(".ipynb"):
        started = folder / session
        # A name from a browser is a file name, never a path.
        candidates += [started.parent / Path(name).name, started] if name.endswith(".ipynb") else [started]
    if editors_path:
        candidates.append(Path(editors_path))
    workspace = ledger.find_workspace()
    if workspace is not None:
        candidates.append(workspace / "exercises" / f"{lesson_key}.ipynb")
    for candidate in candidates:
        if candidate.is_file():
            return candidate.resolve()
    raise HurdlesError(
        f"The file of this notebook was not found. Save it, then run 'hurdles check exercises/{lesson_key}.ipynb'"
        " in a terminal, in the folder of your workspace."
    )


def task_rows(result: Any) -> tuple[list[dict[str, str]], str]:
    """Turn the checker's answer into what the button shows: one row a task, and the total.

    Raises
    ------
    hurdles.errors.HurdlesError
        If the answer does not have the agreed form.
    """
    try:
        rows = [_row(task) for task in result["tasks"]]
        passed = sum(task["status"] == "pass" for task in result["tasks"])
        points = _points(result["score"], result["max_score"])
    except (KeyError, TypeError, ValueError) as error:
        raise HurdlesError("The checker's answer could not be read. Run 'hurdles doctor' in a terminal.") from error
    return rows, f"Total: {points}. {passed} of {len(rows)} tasks passed."


def _row(task: Mapping[str, Any]) -> dict[str, str]:
    symbol, word = _VERDICTS.get(task["status"], ("!", str(task["status"])))
    return {
        "id": str(task["id"]),
        "status": str(task["status"]),
        "symbol": symbol,
        "word": word,
        "points": _points(task["score"], task["max_score"]),
        "message": str(task.get("message") or ""),
        "hint": str(task.get("hint") or ""),
    }


def _points(score: float, of: float) -> str:
    return f"{number(float(score))} of {number(float(of))} points"


def fingerprint(path: Path) -> Fingerprint | None:
    """Return what changes when a file is written, or None when it is not there."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size


async def changed(path: Path, before: Fingerprint | None, seconds: float) -> bool:
    """Wait until a file is another than `before`; give up after some seconds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while fingerprint(path) == before:
        if loop.time() > end:
            return False
        await asyncio.sleep(0.05)
    return True


async def grade(command: Sequence[str], path: Path) -> Any:
    """Run the checker on a notebook in a process of its own.

    Returns
    -------
    object
        What it printed, read as JSON.

    Raises
    ------
    hurdles.errors.HurdlesError
        If it could not grade; the text is what it said.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _KERNELS_OWN}
    process = await asyncio.create_subprocess_exec(
        *command,
        str(path),
        "--json",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=path.parent,
        env=environment,
    )
    try:
        output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
    said = errors.decode(errors="replace").strip()
    if process.returncode == 2:
        raise HurdlesError(said or "The notebook could not be graded, and the checker did not say why.")
    if process.returncode != 0:
        last = "\n".join(said.splitlines()[-5:])
        raise HurdlesError(f"The checker stopped unexpectedly (exit code {process.returncode}). {last}".strip())
    try:
        return json.loads(output)
    except ValueError as error:
        raise HurdlesError("The checker's answer could not be read. Run 'hurdles doctor' in a terminal.") from error


@dataclass
class _Save:
    """A save that was asked for and has not been answered."""

    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[tuple[bool, str]]

    def settle(self, ok: bool, reason: str) -> None:
        """Note the front end's answer, from whichever thread it arrives in; a second one is ignored."""

        def settle() -> None:
            if not self.answer.done():
                self.answer.set_result((ok, reason))

        self.loop.call_soon_threadsafe(settle)


class CheckWork(anywidget.AnyWidget):
    """The button and its results.

    Parameters
    ----------
    lesson_key : str
        The lesson.
    command : sequence of str, optional
        The checker; the notebook's path and ``--json`` are added. By default this environment's ``hurdles check``.
    save_seconds : float, optional
        How long to wait for the front end to save.
    """

    _esm = bundle.script("check")
    _css = bundle.stylesheet()

    busy = t.Bool(False).tag(sync=True)
    status = t.Unicode().tag(sync=True)
    tasks: t.List[dict[str, str]] = t.List().tag(sync=True)
    total = t.Unicode().tag(sync=True)

    def __init__(self, lesson_key: str, *, command: Sequence[str] | None = None, save_seconds: float = 60) -> None:
        self._key = lesson_key
        self._command = tuple(command or _CHECKER)
        self._save_seconds = save_seconds
        # Each file as it was when we last graded it or asked to save it by hand, and whether we have just asked.
        self._seen: dict[Path, Fingerprint | None] = {}
        self._asked = False
        self._save: _Save | None = None
        # The event loop holds its tasks weakly: without this a check could vanish half way.
        self._running: set[asyncio.Task[None]] = set()
        super().__init__()
        self.on_msg(self._hear)

    def _hear(self, _: object, content: Any, __: object) -> None:
        if not isinstance(content, dict):
            return
        if content.get("kind") == "press" and not self.busy:
            # Set before the task starts, so that a second click that is already on its way finds it set.
            self._begin()
            press = self.press(bool(content.get("can_save")), str(content.get("name") or ""))
            task = asyncio.get_running_loop().create_task(press)
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        elif content.get("kind") == "saved" and self._save is not None:
            self._save.settle(bool(content.get("ok")), str(content.get("reason") or ""))

    def _begin(self) -> None:
        with self.hold_sync():
            self.busy, self.status = True, "Saving the notebook …"

    async def press(self, can_save: bool, name: str = "") -> None:
        """Do what a press does: save, wait for the file, grade it, show the result.

        Parameters
        ----------
        can_save : bool
            Whether the front end can save the notebook.
        name : str, optional
            The notebook's file name as the front end knows it.
        """
        self._begin()
        try:
            path = notebook_path(self._key, os.environ, Path.cwd(), name, _editors_path())
            refusal = await self._saved(path) if can_save else self._by_hand(path)
            if refusal:
                self.status = refusal
                return
            self.status = "Grading your work. This takes some seconds …"
            rows, total = task_rows(await grade(self._command, path))
            self._seen[path] = fingerprint(path)
            with self.hold_sync():
                self.tasks, self.total, self.status = rows, total, f"Checked. {total}"
        except HurdlesError as error:
            self.status = f"⚠ {error}"
        except Exception as error:  # the button must come back to life whatever happened
            self.status = f"⚠ The check could not run: {type(error).__name__}: {error}"
        finally:
            self.busy = False

    async def _saved(self, path: Path) -> str:
        """Ask the front end to save and see that the file changed; return why not, or an empty text."""
        before = fingerprint(path)
        loop = asyncio.get_running_loop()
        self._save = _Save(loop, loop.create_future())
        self.send({"kind": "save"})
        try:
            ok, reason = await asyncio.wait_for(self._save.answer, self._save_seconds)
        except TimeoutError:
            return "⚠ The notebook was not saved in time. Save it with Ctrl+S, then press again."
        finally:
            self._save = None
        if not ok:
            return f"⚠ The notebook could not be saved: {reason or 'no reason given'}. Save it with Ctrl+S first."
        if not await changed(path, before, min(5.0, self._save_seconds)):
            return (
                f"⚠ The notebook was saved, but {path.name} in {path.parent} did not change. Was it moved or renamed?"
                " Restart the kernel, run this cell and press again."
            )
        return ""

    def _by_hand(self, path: Path) -> str:
        """Where the front end cannot save: grade what has changed since we last looked, else ask once to save."""
        now = fingerprint(path)
        if self._asked or self._seen.get(path, now) != now:
            self._asked = False
            return ""
        self._seen[path], self._asked = now, True
        return _SAVE_BY_HAND

    def _repr_mimebundle_(self, **kwargs: Any) -> bundle.Bundle:
        lines = [f"{row['symbol']} {row['word']}: {row['id']}, {row['points']}" for row in self.tasks]
        command = f"To check your work without this button: hurdles check exercises/{self._key}.ipynb"
        return bundle.with_fallback(
            super()._repr_mimebundle_(**kwargs), "\n".join([*lines, *filter(None, [self.total]), command])
        )


def _editors_path() -> str | None:
    """Return the path that VS Code leaves in a notebook's namespace, which tells the kernel nothing else."""
    shell = get_ipython()
    path = shell.user_ns.get("__vsc_ipynb_file__") if shell is not None else None
    return path if isinstance(path, str) else None
