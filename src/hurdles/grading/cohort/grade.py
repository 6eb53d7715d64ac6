"""Grading a course: many submissions at a time are run, one after the other is written down."""

from __future__ import annotations

import asyncio
import base64
import fcntl
import logging
import os
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.exc import SAWarning

from hurdles.errors import HurdlesError
from hurdles.grading.cohort.book import Book, Entry, NotebookResult
from hurdles.grading.cohort.course import Course, Found, digest_of, files_below, inside, open_course, see_submissions
from hurdles.grading.cohort.master import Master, MasterNotebook, read_master
from hurdles.grading.cohort.prepare import Pipeline, Prepared, cells_to_run, prepare, written
from hurdles.grading.cohort.report import CohortReport, SubmissionReport, TaskReport
from hurdles.grading.cohort.staging import Staging
from hurdles.grading.cohort.verdict import Verdict, judge, result_of
from hurdles.grading.sandbox import Limits, View
from hurdles.grading.stems import Stems
from hurdles.grading.supervisor import Job, Launcher, NotebookRun, Place, choose_place, run_job, stems_of
from hurdles.kernels.channel import RefusedError

__all__ = ["Options", "Progress", "Runner", "grade_course"]

_MOST_BYTES = 256 << 20
_LOG = logging.getLogger("hurdles.grading")
# What nbgrader's steps log is no news for an instructor: our own notes say what matters.
_LOG.addHandler(logging.NullHandler())


# Seconds that a run which was killed a moment ago may take to be gone.
_ANOTHER_ENDS = 2.0


@dataclass(frozen=True)
class Options:
    """What to grade, and how.

    Parameters
    ----------
    assignment, student : str
        Only these; ``*`` stands for all.
    workers : int, optional
        Submissions to run at a time; by default one for each processor.
    sandbox : bool
        Whether submissions are locked in.
    force : bool
        Whether to grade again what was graded before.
    scheduler : str, optional
        Address of a Dask scheduler whose workers run the submissions.
    """

    assignment: str = "*"
    student: str = "*"
    workers: int | None = None
    sandbox: bool = True
    force: bool = False
    scheduler: str | None = None


@dataclass(frozen=True)
class Progress:
    """How far it is.

    Parameters
    ----------
    total, done, failed : int
        Submissions.
    """

    total: int
    done: int
    failed: int


class Runner(Protocol):
    """Runs a notebook somewhere."""

    workers: int

    async def run(self, job: Job, slot: int) -> NotebookRun:
        """Run it; raise RefusedError if nothing of it could be run."""

    async def close(self) -> None:
        """Let go of what it holds."""


class LocalRunner:
    """Runs notebooks on this machine.

    Parameters
    ----------
    place : Place
        In which kind of sandbox.
    workers : int
        How many at a time.
    """

    def __init__(self, place: Place, workers: int) -> None:
        self.place, self.workers = place, workers
        self._launchers: dict[tuple[str, ...], tuple[Launcher, Stems | None]] = {}

    async def run(self, job: Job, slot: int) -> NotebookRun:
        """Run a notebook in a process forked from one that has imported what it needs."""
        if job.modules not in self._launchers:
            launcher = Launcher(self.place, job.modules, pool=self.workers)
            self._launchers[job.modules] = launcher, stems_of(launcher)
        launcher, stems = self._launchers[job.modules]
        return await run_job(job, launcher, slot, stems)

    @property
    def cold_because(self) -> str:
        """Why processes were started one by one instead of being forked; empty if they were forked."""
        return next((one.cold_because for one, _ in self._launchers.values() if one.cold_because), "")

    async def close(self) -> None:
        """End what is there for this run alone; the process that has the libraries imported ends when it is idle."""
        for _, stems in self._launchers.values():
            if stems is not None:
                await stems.close()


@dataclass
class _Work:
    """One submission on its way."""

    found: Found
    digest: str
    master: Master | None
    report: SubmissionReport
    files: dict[str, Path] = field(default_factory=dict)
    prepared: dict[str, Prepared] = field(default_factory=dict)
    results: list[NotebookResult] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)
    cell_seconds: float = 0.0


def grade_course(folder: Path, options: Options, *, told: Callable[[Progress], None] | None = None) -> CohortReport:
    """Grade the submissions of an nbgrader course that were not graded yet.

    Parameters
    ----------
    folder : pathlib.Path
        The course: what holds ``nbgrader_config.py`` or ``source/`` and ``submitted/``.
    options : Options
        What to grade, and how.
    told : callable, optional
        Called with the progress after each submission.

    Returns
    -------
    CohortReport

    Raises
    ------
    hurdles.errors.HurdlesError
        If nothing can be graded; it says why.
    """
    # Everything that touches the gradebook or the disk is done in this one thread, one after the other, while the
    # main one watches over what runs.
    with ThreadPoolExecutor(1, thread_name_prefix="gradebook") as writer, warnings.catch_warnings():
        # nbgrader with SQLAlchemy 2.1 warns of its own way of adding a submission.
        warnings.simplefilter("ignore", SAWarning)
        course = open_course(folder.resolve())
        see_submissions(course)
        # As nbgrader does: what a course's settings name is looked for from its folder.
        with inside(course.root):
            return asyncio.run(_grade(course, options, told or (lambda _: None), writer))


async def _grade(
    course: Course, options: Options, told: Callable[[Progress], None], writer: ThreadPoolExecutor
) -> CohortReport:
    loop, started = asyncio.get_running_loop(), time.monotonic()
    with _alone(course):
        desk = await loop.run_in_executor(writer, _Desk, course, options)
        runner = None
        try:
            report = CohortReport()
            todo, unchanged = await loop.run_in_executor(writer, desk.plan)
            report.submissions += unchanged
            first = next((one.master for one in todo if one.master is not None), None)
            if first is not None:
                runner = await _runner(course, options, first.modules)
                report.sandbox = getattr(getattr(runner, "place", None), "kind", "")
            await _all(desk, todo, runner, report, told, writer)
        finally:
            if runner is not None:
                report.cold_because = getattr(runner, "cold_because", "")
                await runner.close()
            await loop.run_in_executor(writer, desk.close)
    report.seconds = time.monotonic() - started
    return report


async def _runner(course: Course, options: Options, modules: tuple[str, ...]) -> Runner:
    # While a process begins or ends it waits for the system: one more keeps the processors busy.
    workers = options.workers or len(os.sched_getaffinity(0)) + 1
    limits = Limits(config=course.config)
    if options.scheduler:
        from hurdles.grading.cohort.cluster import connect

        return await connect(options.scheduler, limits.caps(), options.workers, sandbox=options.sandbox)
    from hurdles import paths

    view = View.of_this_interpreter(hidden=[course.root, paths.content_root() / "solutions"], more=limits.shown)
    place = await choose_place(view, limits.caps(), sandbox=options.sandbox, modules=modules, pool=workers)
    return LocalRunner(place, workers)


@dataclass
class _Task:
    """A submission to be graded, or one that cannot be, and why."""

    found: Found
    digest: str
    master: Master | None
    fault: str = ""


async def _all(
    desk: _Desk,
    todo: list[_Task],
    runner: Runner | None,
    report: CohortReport,
    told: Callable[[Progress], None],
    writer: ThreadPoolExecutor,
) -> None:
    """Grade them all, so many at a time."""
    waiting = iter(todo)
    progress = Progress(len(todo), 0, 0)
    told(progress)

    async def work(slot: int) -> None:
        nonlocal progress
        for task in waiting:
            one, seconds = await _one(desk, task, runner, slot, writer)
            report.submissions.append(one)
            report.cell_seconds += seconds
            progress = Progress(len(todo), progress.done + 1, progress.failed + (one.state == "failed"))
            told(progress)

    places = runner.workers if runner is not None else 1
    async with asyncio.TaskGroup() as group:
        for slot in range(places):
            group.create_task(work(slot))


async def _one(
    desk: _Desk, task: _Task, runner: Runner | None, slot: int, writer: ThreadPoolExecutor
) -> tuple[SubmissionReport, float]:
    """Grade one submission; whatever happens, the others go on."""
    loop = asyncio.get_running_loop()
    work = await loop.run_in_executor(writer, desk.begin, task)
    if work.master is not None and runner is not None:
        for name, prepared in work.prepared.items():
            master = work.master.notebooks[name]
            try:
                job = await loop.run_in_executor(writer, desk.job, work, master, prepared)
                run = await runner.run(job, slot)
            except (RefusedError, OSError) as reason:
                work.report.faults.append(f"{name}.ipynb could not be run: {reason}. Run the command again.")
                work.results.append(_nothing(master))
                continue
            await loop.run_in_executor(writer, desk.judge, work, master, prepared, run)
    await loop.run_in_executor(writer, desk.finish, work)
    work.report.seconds = time.monotonic() - work.started
    return work.report, work.cell_seconds


class _Desk:
    """All that reads submissions and writes grades; used by one thread."""

    def __init__(self, course: Course, options: Options) -> None:
        self.course, self.options = course, options
        self.pipeline = Pipeline(course.config, course.directory, _LOG)
        self.staging = Staging(course, self.pipeline.converter)
        self.book = Book(course)
        self.masters: dict[str, Master | None] = {}

    def close(self) -> None:
        self.book.close()

    def plan(self) -> tuple[list[_Task], list[SubmissionReport]]:
        """Return what is to be graded, and what need not be; bring to its end what a crash left half done."""
        found = self.course.submissions(self.options.assignment, self.options.student)
        if not found:
            wish = f"{self.options.student}/{self.options.assignment}".replace("*", "any")
            raise HurdlesError(
                f"There is no submission ({wish}) in {self.course.root / self.course.directory.submitted_directory}. "
                "Collect them first (nbgrader collect, or nbgrader zip_collect), or check the names."
            )
        todo: list[_Task] = []
        unchanged: list[SubmissionReport] = []
        journal: dict[str, dict[str, Entry]] = {}
        for one in found:
            if one.assignment not in self.masters:
                self.masters[one.assignment] = read_master(
                    self.book.reader, one.assignment, self.course.source(one.assignment)
                )
                journal[one.assignment] = self.book.journal(one.assignment)
            master = self.masters[one.assignment]
            try:
                digest = self._digest(one, master)
            except OSError as error:
                todo.append(_Task(one, "", None, f"it cannot be read: {error}. See that its files are readable."))
                continue
            entry = journal[one.assignment].get(one.student)
            done = self._is_done(one, digest, entry)
            self.staging.clear(one)
            if done and not self.options.force:
                unchanged.append(SubmissionReport(one.student, one.assignment, "unchanged"))
            else:
                todo.append(_Task(one, digest, master))
        self.book.release()
        return todo, unchanged

    def _digest(self, found: Found, master: Master | None) -> str:
        files, refused = files_below(found.folder, self.course.directory.ignore)
        source, _ = files_below(self.course.source(found.assignment), [*self.course.directory.ignore, "*.ipynb"])
        return digest_of(
            files | {f"source:{name}": path for name, path in source.items()}, master.digest if master else "", *refused
        )

    def _is_done(self, found: Found, digest: str, entry: Entry | None) -> bool:
        if entry is None or entry != Entry(digest, "done"):
            return False
        if self.staging.is_ready(found, digest):
            # The gradebook had taken it; only the last step was missing.
            self.staging.put(found, digest)
        return self.staging.is_there(found)

    def begin(self, task: _Task) -> _Work:
        """Read a submission and make its notebooks ready to be run."""
        found, master = task.found, task.master
        work = _Work(found, task.digest, master, SubmissionReport(found.student, found.assignment))
        if master is None:
            work.report.faults.append(
                task.fault
                or f"the gradebook does not know the assignment {found.assignment}. Run 'nbgrader generate_assignment "
                f"{found.assignment}' first."
            )
            return work
        try:
            self._read(work)
        except (HurdlesError, OSError) as error:
            work.report.faults.append(f"{error}")
            work.prepared.clear()
            work.results = [_nothing(notebook) for notebook in master.notebooks.values()]
        return work

    def _read(self, work: _Work) -> None:
        directory, found, master = self.course.directory, work.found, work.master
        assert master is not None
        files, refused = files_below(found.folder, directory.ignore)
        for name in refused:
            work.report.notes.append(f"{name} is no ordinary file but a link or the like: it was left out")
        theirs = {name: path for name, path in files.items() if not name.endswith(".ipynb")}
        source, _ = files_below(self.course.source(found.assignment), [*directory.ignore, "*.ipynb"])
        kept = self.pipeline.converter.exclude_overwriting.get(found.assignment, [])
        work.files = theirs | {name: path for name, path in source.items() if name not in kept or name not in theirs}
        if sum(path.stat().st_size for path in work.files.values()) > _MOST_BYTES:
            raise HurdlesError(f"its files are larger than {_MOST_BYTES >> 20} MB together.")
        names = {"student": found.student, "assignment": found.assignment, "db_url": self.book.url}
        for name, notebook in master.notebooks.items():
            path = files.get(f"{name}.ipynb")
            if path is None:
                how = "is a link" if f"{name}.ipynb" in refused else "was not handed in"
                work.report.notes.append(f"{name}.ipynb {how}: no points for it")
                work.results.append(NotebookResult(name, dict.fromkeys(notebook.cells, 0.0)))
                work.report.tasks += _unseen(notebook, f"{name}.ipynb {how}.")
                continue
            self._prepare(work, path, notebook, names)
        if not any(f"{name}.ipynb" in files for name in master.notebooks):
            expected = ", ".join(f"{name}.ipynb" for name in master.notebooks)
            work.report.faults.append(
                f"there is no notebook in it that belongs to the assignment ({expected}). Was one renamed? "
                "Give it its name back and run the command again."
            )

    def _prepare(self, work: _Work, path: Path, notebook: MasterNotebook, names: dict[str, str]) -> None:
        language = notebook.kernelspec.get("language", "python")
        try:
            if language != "python" or "python" not in notebook.kernelspec.get("name", "python3"):
                raise HurdlesError(
                    f"it needs the kernel {notebook.kernelspec.get('name')}, and only Python is run here. "
                    "Grade it with 'nbgrader autograde'"
                )
            prepared = prepare(path, notebook, self.pipeline, names)
        except HurdlesError as error:
            work.report.faults.append(str(error))
            work.results.append(_nothing(notebook))
            work.report.tasks += _unseen(notebook, f"{path.name} could not be graded.")
            return
        work.prepared[notebook.name] = prepared
        work.report.notes += prepared.notes
        for name in prepared.missing:
            work.report.notes.append(
                f"the cell {name} is missing: no points for it. To have such cells put back, set "
                "c.OverwriteCells.add_missing_cells = True"
            )

    def job(self, work: _Work, master: MasterNotebook, prepared: Prepared) -> Job:
        """Return what is needed to run a notebook."""
        files = {name: base64.b64encode(path.read_bytes()).decode() for name, path in work.files.items()}
        folder = "".join(c if c.isalnum() or c in "-_" else "_" for c in work.found.assignment) or "assignment"
        assert work.master is not None
        return Job(cells_to_run(prepared.notebook, master), files, folder, work.master.modules)

    def judge(self, work: _Work, master: MasterNotebook, prepared: Prepared, run: NotebookRun) -> None:
        """Turn what the cells did into points and a notebook to look at."""
        try:
            verdicts = {one.name: one for one in judge(prepared.notebook, run, master)}
            notebook = self.pipeline.after(prepared.notebook, prepared.resources)
            work.contents[f"{master.name}.ipynb"] = written(notebook)
            result = result_of(notebook, master, _LOG)
        except Exception as error:  # a step of the course's own may raise anything; the others go on
            work.report.faults.append(f"{master.name}.ipynb: {type(error).__name__}: {error}")
            work.results.append(_nothing(master))
            return
        work.results.append(result)
        work.cell_seconds += sum(cell.seconds for cell in run.cells.values())
        if run.broken:
            work.report.notes.append(f"{master.name}.ipynb was not run to its end: {run.broken}")
        tampered = sorted({name for cell in run.cells.values() for name in cell.tampered})
        if tampered:
            work.report.notes.append(
                f"{master.name}.ipynb changed {', '.join(tampered)}; it was put back before the tests"
            )
        work.report.tasks += _tasks(master, verdicts, result)

    def finish(self, work: _Work) -> None:
        """Write down what a submission is worth, and put the graded notebooks in their place."""
        report, found = work.report, work.found
        report.state = "failed" if report.faults else "graded"
        if work.master is None:
            return
        try:
            if work.contents:
                self.staging.write(found, work.digest, work.files, work.contents)
            self._record(work)
            if work.contents:
                self.staging.put(found, work.digest)
            else:
                self.staging.withdraw(found)
        except (HurdlesError, OSError) as error:
            report.state = "failed"
            report.faults.append(f"{error}. Nothing of it was written down; run the command again.")
            with _ignored():
                self.staging.drop(found, work.digest)

    def _record(self, work: _Work) -> None:
        state = "failed" if work.report.faults else "done"
        self.book.record(
            work.found.student, work.found.assignment, Entry(work.digest, state), work.results,
            timestamp=self.course.timestamp(work.found), penalty=self._penalty() if self.pipeline.penalises else None,
        )  # fmt: skip

    def _penalty(self) -> Callable[[Any, Any], float | None]:
        step = self.pipeline.penalty
        step.init_plugin()

        def points(submission: Any, place: Any) -> float | None:
            late = submission.total_seconds_late
            if late <= 0:
                return None
            found = step.plugin_inst.late_submission_penalty(submission.student_id, place.score, late)
            return None if found is None else float(step._check_late_penalty(place, found))

        return points


def _nothing(master: MasterNotebook) -> NotebookResult:
    """Return no points for anything, and that somebody must look at it."""
    return NotebookResult(master.name, dict.fromkeys(master.cells, 0.0), failed=True)


def _unseen(master: MasterNotebook, message: str) -> list[TaskReport]:
    return [
        TaskReport(master.name, cell.name, "error", 0.0, cell.max_score, message)
        for cell in master.cells.values()
        if cell.grade
    ]


def _tasks(master: MasterNotebook, verdicts: dict[str, Verdict], result: NotebookResult) -> list[TaskReport]:
    found = []
    for name, cell in master.cells.items():
        if not (cell.grade or cell.task):
            continue
        one = verdicts.get(name)
        if one is not None:
            found.append(
                TaskReport(
                    master.name,
                    name,
                    one.status,
                    one.score,
                    one.max_score,
                    one.message,
                    round(one.seconds, 4),
                    round(one.peak / 1024, 1),
                )
            )
        elif name in result.scores:
            score = result.scores[name]
            status = "by-hand" if score is None else "not-attempted"
            found.append(TaskReport(master.name, name, status, score, cell.max_score))
        else:
            found.append(TaskReport(master.name, name, "error", 0.0, cell.max_score, f"The cell {name} is missing."))
    return found


@contextmanager
def _alone(course: Course) -> Iterator[None]:
    """Keep two runs from grading the same course at the same time."""
    try:
        course.work.mkdir(exist_ok=True)
        handle = os.open(course.work / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise HurdlesError(f"{course.work} cannot be written to: {error.strerror}. Nothing was graded.") from error
    try:
        end = time.monotonic() + _ANOTHER_ENDS
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if time.monotonic() > end:
                    raise HurdlesError(f"Somebody grades {course.root} already. Wait until that is done.") from error
                time.sleep(0.05)
        yield
    finally:
        os.close(handle)


@contextmanager
def _ignored() -> Iterator[None]:
    try:
        yield
    except OSError:
        return
