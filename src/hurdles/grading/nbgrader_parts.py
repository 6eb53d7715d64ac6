"""Preprocessors that stand in for nbgrader's where a learner's check needs more patience than a course run."""

from __future__ import annotations

from queue import Empty
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbclient.util import ensure_async, run_sync
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.preprocessors import Execute, NbGraderPreprocessor

__all__ = ["ForgiveWarnings", "PatientExecute"]

_DIED = "The kernel stopped in the middle (did the code call exit, or use all memory?). Nothing after that ran."
_STUCK = "The code above could not be interrupted, so nothing after it ran."


class PatientExecute(Execute):  # type: ignore[misc]
    """Execute a notebook; when the kernel dies or hangs, say so in the cells that did not run instead of giving up."""

    def preprocess(self, nb: Any, resources: Any = None, km: Any = None) -> tuple[Any, Any]:
        """Execute every cell; see nbgrader's Execute."""
        self._reason = _DIED
        self._too_slow: str | None = None
        try:
            return super().preprocess(nb, resources, km)  # type: ignore[no-any-return]
        except DeadKernelError:
            for cell in nb.cells:
                if utils.is_grade(cell) and cell.cell_type == "code" and not cell.execution_count and not cell.outputs:
                    cell.outputs = [_error("KernelDied", self._reason)]
            return nb, resources

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:
        """Execute one cell; after a timeout, go on only if the kernel answers again.

        When a task's first test has timed out its other tests would, too: they are not waited for.
        """
        task = _task(cell)
        if task is not None and task == self._too_slow:
            cell.outputs = [_error("CellTimeoutError", "")]
            return cell, resources
        try:
            cell, resources = super().preprocess_cell(cell, resources, index)
        except CellTimeoutError:
            cell.outputs.append(_error("CellTimeoutError", ""))
        timed_out = cell.cell_type == "code" and any(
            out.output_type == "error" and out.ename == "CellTimeoutError" for out in cell.outputs
        )
        if timed_out:
            self._too_slow = task
        if timed_out and not run_sync(self._answers)(seconds=5):
            self._reason = _STUCK
            raise DeadKernelError("the kernel does not answer")
        return cell, resources

    async def _answers(self, seconds: float) -> bool:
        assert self.kc is not None
        asked = self.kc.kernel_info()
        try:
            while True:
                reply = await ensure_async(self.kc.shell_channel.get_msg(timeout=seconds))
                if reply["parent_header"].get("msg_id") == asked:
                    return True
        except Empty:
            return False


class ForgiveWarnings(NbGraderPreprocessor):  # type: ignore[misc]
    """Drop what a test cell wrote to stderr: nbgrader counts any of it as failure, a warning even of a right answer."""

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:
        """Drop stderr from one cell's outputs if it is a test cell."""
        if utils.is_grade(cell) and cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if not (o.output_type == "stream" and o.name == "stderr")]
        return cell, resources


def _task(cell: Any) -> str | None:
    """Return the task a test cell belongs to: its grade_id is the task's, then ``_visible`` or ``_hidden``."""
    return str(cell.metadata.nbgrader.grade_id).rpartition("_")[0] if utils.is_grade(cell) else None


def _error(name: str, text: str) -> Any:
    return new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"])
