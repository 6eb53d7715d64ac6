"""From what cells did to what they are worth: no verdict, no points, and it is said why."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import Any

from nbformat.v4 import new_output
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, is_task

from hurdles.grading.cohort.book import NotebookResult
from hurdles.grading.cohort.master import MasterNotebook
from hurdles.grading.report import plain, status_of
from hurdles.grading.supervisor import CellRun, NotebookRun

__all__ = ["Verdict", "judge", "result_of"]

_NO_END = "No verdict, no points: "


@dataclass(frozen=True)
class Verdict:
    """What became of one test cell.

    Parameters
    ----------
    name : str
        Its grade_id.
    status : str
        One of `hurdles.grading.report.STATUSES`.
    score, max_score : float
        Points.
    message : str
        Why it did not pass; empty if it did.
    seconds : float
        How long it took.
    peak : int
        The most memory its process had until then, in kilobytes.
    tampered : tuple of str
        What of the shell had been changed before it.
    """

    name: str
    status: str
    score: float
    max_score: float
    message: str = ""
    seconds: float = 0.0
    peak: int = 0
    tampered: tuple[str, ...] = ()


def judge(notebook: Any, run: NotebookRun, master: MasterNotebook) -> list[Verdict]:
    """Put the outputs into a notebook, and say what each test cell is worth.

    nbgrader reads points off a cell's outputs, here and whenever it looks again. So where no verdict came to pass, an
    error says so in the cell; and what the cell wrote to stderr goes, since nbgrader takes a warning for a failure.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        As it was run; outputs are written into it.
    run : NotebookRun
        What became of it.
    master : MasterNotebook
        The author's.
    """
    verdicts = []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        found = run.cells.get(index)
        cell.outputs = [_node(output) for output in found.outputs] if found else []
        cell.execution_count = found.count if found else None
        if found and not found.ok:
            _say_why(cell, found, run.broken)
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        facts = master.cells.get(name) if name else None
        if facts is None or not facts.test or not is_grade(cell):
            continue
        cell.outputs = [o for o in cell.outputs if not (o.output_type == "stream" and o.name == "stderr")]
        verdicts.append(_verdict(cell, found, run, facts))
    return verdicts


def result_of(notebook: Any, master: MasterNotebook, log: logging.Logger) -> NotebookResult:
    """Read the points off a judged notebook's cells, as nbgrader does.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        After `judge`.
    master : MasterNotebook
        The author's.
    log : logging.Logger
        Where nbgrader reports.
    """
    result = NotebookResult(master.name)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name not in master.cells:
            continue
        if is_grade(cell):
            result.scores[name] = determine_grade(cell, log)[0]
        elif is_task(cell):
            result.scores[name] = None
        if is_solution(cell) or is_task(cell):
            same = cell.metadata["nbgrader"].get("checksum") == compute_checksum(cell)
            result.comments[name] = "No response." if same and not is_task(cell) else None
    return result


def _node(output: dict[str, Any]) -> Any:
    kind = output["output_type"]
    return new_output(kind, **{name: value for name, value in output.items() if name != "output_type"})


def _say_why(cell: Any, found: CellRun, broken: str) -> None:
    """See that a cell that did not run to its end has an error for it."""
    if found.timed_out:
        cell.outputs.append(_error("CellTimeoutError", "" if found.ended else broken))
    elif not found.ended:
        cell.outputs.append(_error("KernelDied", _sentence(broken)))
    elif found.left:
        cell.outputs.append(_error("KernelDied", "The code asked to end the kernel, as exit() does."))
    elif not any(output.output_type == "error" for output in cell.outputs):
        cell.outputs.append(_error("NoVerdict", "the cell did not run to its end."))


def _verdict(cell: Any, found: CellRun | None, run: NotebookRun, facts: Any) -> Verdict:
    most = facts.max_score
    if found is None:
        reason = f"the cell was not run, because {run.broken}." if run.broken else "the cell was not run."
        # An empty test cell is the author's own wish: nobody can fail it.
        if facts.source.strip() or run.broken:
            cell.outputs = [_error("KernelDied", _NO_END + reason)]
            return Verdict(facts.name, "error", 0.0, most, _NO_END + reason)
        return Verdict(facts.name, "pass", most, most)
    about: dict[str, Any] = {"seconds": found.seconds, "peak": found.peak, "tampered": found.tampered}
    error = next((o for o in cell.outputs if o.output_type == "error" and o.ename == "CellTimeoutError"), None)
    error = error or next((o for o in cell.outputs if o.output_type == "error"), None)
    if error is None and found.ok:
        results = [o for o in cell.outputs if o.output_type == "execute_result"]
        if not results and not facts.gives_points:
            return Verdict(facts.name, "pass", most, most, **about)
        score, fault = _partial(results, most)
        if not fault:
            status = "pass" if score >= most else "fail"
            message = "" if score >= most else f"{score:g} of {most:g} points."
            return Verdict(facts.name, status, score, most, message, **about)
        error = _error("NoVerdict", _NO_END + fault)
    elif error is None:
        error = _error("NoVerdict", _NO_END + "the cell did not run to its end.")
    # In front of whatever else there is, since the first one that gives points decides.
    cell.outputs = [error, *(o for o in cell.outputs if o is not error)]
    status = status_of(error)
    text = plain(error)
    if status == "timeout":
        text = text or "It did not finish in time."
    return Verdict(facts.name, status, 0.0, most, text or str(error.ename), **about)


def _partial(results: list[Any], most: float) -> tuple[float, str]:
    """Return the points that a cell's value stands for, or what is wrong with it."""
    if not results:
        return 0.0, "the test cell gave no points."
    if len(results) > 1:
        return 0.0, "the test cell gave more than one value."
    text = str(results[0].data.get("text/plain", ""))
    try:
        score = float(text)
    except ValueError:
        return 0.0, f"the test cell gave {text[:60]!r}, which is no number of points."
    if not math.isfinite(score) or not 0 <= score <= most:
        return 0.0, f"the test cell gave {text[:60]}, which is not between 0 and {most:g} points."
    return score, ""


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _error(name: str, text: str) -> Any:
    return new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}" if text else name])
