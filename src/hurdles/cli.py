"""The command line: parses, calls, prints. No logic lives here."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hurdles import __version__, ledger
from hurdles.errors import HurdlesError

__all__ = ["app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Learn what makes machine learning hard in practice: lessons, live demos, graded exercises.",
)
out = Console(highlight=False, soft_wrap=True)

Workspace = Annotated[
    Path | None,
    typer.Option("--workspace", "-w", metavar="DIR", help="Your workspace. Found from here if not given."),
]
_SYMBOLS = {"pass": "✔", "fail": "✘", "error": "!", "timeout": "⧗", "not-attempted": "○"}
_STYLES = {"pass": "green", "fail": "red", "error": "red", "timeout": "red", "not-attempted": "dim"}


def main() -> None:
    """Run the command line; a user's mistake ends in a sentence and exit code 2, never in a traceback."""
    try:
        app(prog_name="hurdles")
    except HurdlesError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(escape(str(error)))
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def _version(value: bool) -> None:
    if value:
        out.print(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


def _workspace(named: Path | None, *, near: Path | None = None) -> Path:
    """Return the workspace that is named, else the one around a notebook or this folder, else the default."""
    return named or (near and ledger.find_workspace(near)) or ledger.find_workspace() or Path("hurdles-workspace")


def _catalog() -> Any:
    from hurdles import catalog, paths

    return catalog.load(paths.content_root())


@app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def lab(context: typer.Context, workspace: Workspace = None) -> None:
    """Open JupyterLab on your workspace; further arguments go to JupyterLab.

    Example: `hurdles lab --workspace ~/hurdles --no-browser --port 9911`
    """
    from hurdles import paths
    from hurdles.lab import open_lab
    from hurdles.progress import prepare

    place = _workspace(workspace)
    update = prepare(place, paths.content_root())
    out.print(f"Workspace: {escape(str(place.resolve()))}")
    for names, what in ((update.added, "added"), (update.updated, "updated")):
        if names:
            out.print(f"{len(names)} notebook{'s' * (len(names) > 1)} {what}.")
    for name in update.kept:
        out.print(
            f"Kept your {escape(name)}: there is a newer version. To take it, rename yours and start again.",
            style="yellow",
        )
    sys.stdout.flush()
    open_lab(place, context.args)


@app.command()
def check(
    notebooks: Annotated[list[Path], typer.Argument(metavar="NOTEBOOK...", help="Exercises to grade.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a notebook.")] = False,
    workspace: Workspace = None,
    timeout: Annotated[int, typer.Option(min=1, help="Seconds that one cell may run.")] = 30,
) -> None:
    """Grade exercises with visible and hidden tests.

    Exit code 0: graded, whatever the score; 2: could not be graded.

    Example: `hurdles check exercises/01-data/1-quality.ipynb`
    """
    from hurdles.grading import check_notebook

    course, failed = _catalog(), False
    for named in notebooks:
        notebook = _exercise(named, workspace)
        place = _workspace(workspace, near=notebook.parent)
        try:
            report = check_notebook(
                notebook, course, place if _is_workspace(place, workspace) else None, timeout=timeout
            )
        except HurdlesError as error:
            failed = True
            Console(stderr=True, highlight=False, soft_wrap=True).print(escape(str(error)))
            continue
        if as_json:
            print(json.dumps(report.to_dict(), ensure_ascii=False))
        else:
            _print_report(report)
    if failed:
        raise typer.Exit(2)


def _exercise(named: Path, workspace: Path | None) -> Path:
    """Return the notebook that is named, by its path or as 'hurdles list' prints it."""
    by_key = _workspace(workspace) / "exercises" / f"{named}.ipynb"
    return by_key if not named.exists() and by_key.exists() else named


def _is_workspace(place: Path, named: Path | None) -> bool:
    return named is not None or (place / ledger.HOME).is_dir()


def _print_report(report: Any) -> None:
    table = Table(title=f"{report.lesson}: {report.score:g} of {report.max_score:g} points", title_justify="left")
    table.add_column("Task")
    table.add_column("Result")
    table.add_column("Points", justify="right")
    for task in report.tasks:
        result = f"{_SYMBOLS[task.status]} {task.status.replace('-', ' ')}"
        table.add_row(escape(task.id), f"[{_STYLES[task.status]}]{result}[/]", f"{task.score:g} of {task.max_score:g}")
    out.print(table)
    for task in report.tasks:
        if task.message:
            # Some messages name the task themselves.
            name = "" if task.message.startswith(f"{task.id} ") else f"[bold]{escape(task.id)}[/]: "
            out.print(f"{name}{escape(task.message)}")
        if task.hint:
            out.print(f"  {escape(task.hint)}", style="cyan")
    for note in report.notes:
        out.print(escape(note))


@app.command()
def grade(
    course: Annotated[Path, typer.Argument(metavar="[COURSE_DIR]", help="The folder of an nbgrader course.")] = Path(),
    assignment: Annotated[str, typer.Option("--assignment", "-a", help="Only this assignment.")] = "*",
    student: Annotated[str, typer.Option("--student", "-s", help="Only this student.")] = "*",
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", "-n", min=1, help="Submissions at a time; one more than there are processors if not given."
        ),
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Run them on a Dask cluster, such as tcp://host:8786.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write status, message, seconds and memory of every task.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Grade again what was graded before.")] = False,
    sandbox: Annotated[bool, typer.Option("--sandbox/--no-sandbox", help="Lock submissions in.")] = True,
) -> None:
    """Grade the submissions of an nbgrader course, in parallel and each in a sandbox.

    The gradebook and autograded/ are then as nbgrader leaves them. What was graded before and has not changed is left
    alone, so the command can be run again at any time.

    Exit code 0: all are graded; 1: some could not be, each is named; 2: nothing could be graded.

    Example: `hurdles grade ~/course --assignment ps1 --report ps1.csv`
    """
    from hurdles.grading.cohort import Options, grade_course
    from hurdles.grading.cohort.report import check_report_path, write_report

    if report is not None:
        check_report_path(report)
    options = Options(assignment, student, workers, sandbox, force, scheduler)
    with _progress_bar() as told:
        found = grade_course(course, options, told=told)
    if report is not None:
        write_report(found, report)
    _print_cohort(found)
    if found.failed:
        raise typer.Exit(1)


@app.command()
def feedback(
    course: Annotated[Path, typer.Argument(metavar="[COURSE_DIR]", help="The folder of an nbgrader course.")] = Path(),
    assignment: Annotated[str, typer.Option("--assignment", "-a", help="Only this assignment.")] = "*",
    student: Annotated[str, typer.Option("--student", "-s", help="Only this student.")] = "*",
) -> None:
    """Make feedback pages without hidden tests, in which nothing of a learner's runs.

    Example: `hurdles feedback ~/course --assignment ps1`
    """
    from hurdles.grading.feedback import generate_feedback

    out.print(f"{generate_feedback(course, assignment, student)} feedback pages.")


@contextmanager
def _progress_bar() -> Iterator[Callable[[Any], None]]:
    """Give a function that shows how far it is; on stderr, so that output can go to a file."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("graded"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[failed]} failed"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None, failed=0)
        yield lambda now: bar.update(task, total=now.total, completed=now.done, failed=now.failed)


def _print_cohort(report: Any) -> None:
    count = {
        state: sum(one.state == state for one in report.submissions) for state in ("graded", "failed", "unchanged")
    }
    for one in sorted(report.submissions, key=lambda found: found.name):
        for note in one.notes:
            out.print(f"{escape(one.name)}: {escape(note)}.", style="yellow")
        for fault in one.faults:
            out.print(f"[bold]{escape(one.name)}[/]: could not be graded: {escape(fault)}", style="red")
    if report.cold_because:
        out.print(
            "This took longer than it has to. Each notebook imported its libraries by itself: the process that has "
            f"them ready could not be used ({escape(report.cold_because)}). End it, then the next run makes a new one: "
            "python -m hurdles.kernels stop",
            style="yellow",
        )
    out.print(
        f"{count['graded']} graded, {count['failed']} could not be, {count['unchanged']} unchanged since they were "
        f"graded; {report.seconds:.1f} seconds."
    )


@app.command()
def restore(notebook: Annotated[Path, typer.Argument(help="The exercise to mend.")]) -> None:
    """Put back test cells that an exercise lost; your code is kept.

    Example: `hurdles restore exercises/01-data/1-quality.ipynb`
    """
    from hurdles.grading import restore as mend

    done = mend(notebook, _catalog())
    if done.backup is None:
        out.print(f"Nothing to do: {escape(str(notebook))} is whole.")
        return
    for fault in done.faults:
        out.print(f"Mended: {escape(fault)}.")
    out.print(f"Your notebook as it was: {escape(str(done.backup))}")


@app.command()
def progress(workspace: Workspace = None) -> None:
    """Show what you have done and what comes next.

    Example: `hurdles progress`
    """
    from hurdles.progress import overview

    place = _workspace(workspace)
    view = overview(place, _catalog())
    table = Table(title=f"Progress in {escape(str(place))}", title_justify="left")
    for column in ("Lesson", "State", "Exercise", "Last worked on"):
        table.add_column(column)
    for entry in view.lessons:
        table.add_row(escape(entry.lesson.key), entry.state, entry.words, entry.last[:10] or "–")
    out.print(table)
    if view.next_up:
        out.print(f"Next: {escape(view.next_up.title)} (lessons/{view.next_up.key}.ipynb)")


@app.command(name="list")
def list_lessons() -> None:
    """List areas and lessons with their minutes.

    Example: `hurdles list`
    """
    table = Table()
    for column in ("Lesson", "Title", "Level", "Read", "Do"):
        table.add_column(column)
    for area in _catalog().areas:
        table.add_row(f"[bold]{area.slug}[/]", f"[bold]{escape(area.title)}[/]", "", "", "")
        for lesson in area.lessons:
            minutes = (f"{lesson.minutes_read} min", f"{lesson.minutes_do} min" if lesson.tasks else "–")
            table.add_row(f"  {lesson.key}", escape(lesson.title), lesson.level, *minutes)
    out.print(table)


@app.command()
def demos(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to serve on; 0 takes a free one.")] = 8866,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")] = True,
) -> None:
    """Serve the gallery of live demos with Voila.

    Example: `hurdles demos --port 8900`
    """
    from hurdles import gallery

    gallery.serve(_catalog(), port=port, open_browser=browser)


@app.command()
def build(
    only_check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 if anything would change.")
    ] = False,
) -> None:
    """Normalise notebooks, regenerate exercises and the index, and lint (for maintainers, in a clone).

    Example: `hurdles build --check`
    """
    from hurdles.notebooks import build as maker

    root = _clone()
    if not only_check:
        for change in maker.build(root):
            out.print(f"{'removed' if change.content is None else 'wrote'} {escape(str(change))}")
    verdict = maker.check(root)
    for name in verdict.changes:
        out.print(f"{escape(str(name))}: would change; run 'hurdles build'")
    for finding in verdict.findings:
        out.print(escape(str(finding)))
    if verdict.changes or verdict.findings:
        raise typer.Exit(1)
    out.print("Everything is up to date and keeps the anatomy.")


@app.command(name="new-lesson")
def new_lesson(
    area: Annotated[str, typer.Argument(help="The area's folder, such as 01-data.")],
    name: Annotated[str, typer.Argument(help="A short name, such as 'outliers'.")],
) -> None:
    """Write the skeleton of a lesson, its exercise and its answers bank (for maintainers, in a clone).

    Example: `hurdles new-lesson 01-data outliers`
    """
    from hurdles.notebooks import skeleton

    for path in skeleton.new_lesson(_clone(), area, name):
        out.print(f"wrote {escape(str(path))}")


def _clone() -> Path:
    from hurdles import paths

    for folder in (Path.cwd(), *Path.cwd().parents):
        if (folder / "pyproject.toml").is_file() and (folder / "lessons" / "areas.toml").is_file():
            return folder
    root = paths.clone_root()
    if root is None:
        raise HurdlesError("This is a command for a clone of the repository. Change into the clone and run it there.")
    return root


@app.command()
def doctor(workspace: Workspace = None) -> None:
    """Look for what could keep you from working, and say what to do. Exit code 1 if something is wrong.

    Example: `hurdles doctor`
    """
    from hurdles.lab import examine

    problems = 0
    for finding in examine(_workspace(workspace)):
        mark = "[green]✔[/]" if finding.ok else "[red]✘[/]"
        out.print(f"{mark} {escape(finding.subject)}: {escape(finding.seen)}")
        if not finding.ok:
            problems += 1
            out.print(f"    {escape(finding.advice)}")
    if problems:
        raise typer.Exit(1)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="Where to write your work.")],
    workspace: Workspace = None,
) -> None:
    """Write your notebooks and progress into a zip file, to carry them to another machine.

    Example: `hurdles export my-work.zip`
    """
    from hurdles.progress import export_workspace

    number = export_workspace(_workspace(workspace), file)
    out.print(f"{number} files and your progress are in {escape(str(file))}.")


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="A file that 'hurdles export' wrote.")],
    workspace: Workspace = None,
) -> None:
    """Bring exported work back; newer work here is never destroyed.

    Example: `hurdles import my-work.zip`
    """
    from hurdles.progress import import_workspace

    place = _workspace(workspace)
    done = import_workspace(place, file)
    out.print(f"{len(done.written)} files brought into {escape(str(place))}.")
    for name in done.replaced:
        out.print(f"Replaced {escape(name)}: the imported one is newer. Yours is kept in .hurdles/replaced/.")
    for name in done.beside:
        out.print(f"Kept your newer notebook; the imported one is {escape(name)}.")
