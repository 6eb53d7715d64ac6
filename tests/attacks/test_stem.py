"""Processes of the tests that are forked from one with the author's set-up behind it are as good as fresh ones."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from hurdles.grading.jobs import Cell, Job, NotebookRun
from hurdles.grading.sandbox import View
from hurdles.grading.sandbox.limits import Caps
from hurdles.grading.stems import Stem, Stems
from hurdles.grading.supervisor import Launcher, Place, run_job, stems_of

CAPS = Caps(memory=1 << 30, processes=40, disk=8 << 20, cell=4.0)
RIGHT = "def answer():\n    return 1"
Run = Callable[..., Awaitable[NotebookRun]]


def job(setup: str, test: str, learner: str = RIGHT, files: dict[str, str] | None = None) -> Job:
    far = Cell(2, test, test=True, far=True, names=("answer",), before=(setup,))
    return Job((Cell(0, learner), far), files or {})


def told(run: NotebookRun) -> str:
    """Return what the test has printed, or the error that ended it."""
    assert not run.broken
    return "".join(str(output.get("text", output.get("evalue"))) for output in run.cells[2].outputs).strip()


def grade(plan: Callable[[Run, Stems], Awaitable[Any]]) -> Any:
    """Run a plan with a launcher and its stems; nothing of them is left behind."""

    async def whole() -> Any:
        launcher = Launcher(Place("own", View.of_this_interpreter(), CAPS), pool=2)
        stems = stems_of(launcher)
        assert stems is not None

        async def run(one: Job, slot: int = 0) -> NotebookRun:
            return await run_job(one, launcher, slot, stems)

        try:
            found = await plan(run, stems)
            alive = [await task for task in stems._made.values()]
        finally:
            await stems.close()
        assert all(stem is None or stem.watch.process.poll() is not None for stem in alive)
        return found

    return asyncio.run(whole())


def in_turn(*jobs: Job) -> list[str]:
    async def plan(run: Run, _: Stems) -> list[str]:
        return [told(await run(one)) for one in jobs]

    found: list[str] = grade(plan)
    return found


def standing(stems: Stems) -> list[Stem | None]:
    return [task.result() for task in stems._made.values()]


pytestmark = pytest.mark.usefixtures("runtime")


def test_the_set_up_is_run_once_and_each_has_its_variables_for_itself() -> None:
    setup = "import os\nborn, seen = os.getpid(), []"
    test = "seen.append(answer())\nprint(os.getpid() == born, seen)"
    assert in_turn(*[job(setup, test)] * 4) == ["True [1]"] + ["False [1]"] * 3


def test_files_are_each_ones_own() -> None:
    setup = (
        "import pathlib, tempfile\nmark = pathlib.Path('mark.txt')\nmark.write_text('set up')\n"
        "other = pathlib.Path(tempfile.mkdtemp()) / 'mark.txt'\nother.write_text('set up')"
    )
    test = (
        "print(mark.read_text(), other.read_text(), pathlib.Path('data.txt').read_text())\n"
        "mark.write_text('used')\nother.write_text('used')\npathlib.Path('/tmp/new').touch(exist_ok=False)"
    )

    async def at_once(run: Run, _: Stems) -> list[str]:
        one = job(setup, test, files={"data.txt": "aGVyZQ=="})
        return [told(found) for found in await asyncio.gather(*(run(one, slot) for slot in range(5)))]

    assert grade(at_once) == ["set up set up here"] * 5


def test_other_files_beside_the_notebook_need_another_set_up() -> None:
    setup = "text = open('data.txt').read()"
    jobs = [job(setup, "print(text)", files={"data.txt": data}) for data in ("YQ==", "YQ==", "YQ==", "Yg==", "Yg==")]
    assert in_turn(*jobs) == ["a", "a", "a", "b", "b"]


def test_random_numbers_are_each_ones_own_unless_the_author_has_set_a_seed() -> None:
    draw = "print(random.random(), np.random.random())"
    free = in_turn(*[job("import random\nimport numpy as np", draw)] * 4)
    assert len({part for text in free for part in text.split()}) == 8
    seeded = "import random\nimport numpy as np\nrandom.seed(4)\nnp.random.seed(4)\nrandom.random()"
    assert len(set(in_turn(*[job(seeded, draw)] * 4))) == 1


@pytest.mark.parametrize(
    "setup",
    [
        "import threading\nevent = threading.Event()\nthreading.Thread(target=event.wait, daemon=True).start()\nv = 7",
        "kept = open('kept.txt', 'w+')\nv = 7",
    ],
)
def test_a_set_up_that_cannot_be_forked_is_run_for_each(setup: str) -> None:
    async def plan(run: Run, stems: Stems) -> list[str]:
        found = [told(await run(job(setup, "print(v, answer())"))) for _ in range(3)]
        assert standing(stems) == [None]
        return found

    assert grade(plan) == ["7 1"] * 3


def test_a_set_up_that_fails_or_hangs_does_as_without() -> None:
    assert in_turn(*[job("v = 1 / 0", "print('v' in globals(), answer())")] * 3) == ["False 1"] * 3
    assert in_turn(*[job("while True:\n    pass", "print(answer())")] * 2) == ["1"] * 2


def test_what_hangs_is_interrupted_and_the_next_is_not_touched() -> None:
    async def plan(run: Run, stems: Stems) -> list[NotebookRun]:
        hangs = job("v = 7", "import time\nif answer() == 2:\n    time.sleep(60)\nprint(v)")
        slow = Job((Cell(0, RIGHT.replace("1", "2")), *hangs.cells[1:]))
        return [await run(hangs), await run(slow), await run(slow), await run(hangs)]

    found: list[NotebookRun] = grade(plan)
    assert [run.cells[2].timed_out for run in found] == [False, True, True, False]
    assert told(found[0]) == told(found[3]) == "7"


def test_programs_that_a_test_has_started_end_with_it() -> None:
    start = "import subprocess\nsubprocess.Popen(['sleep', '86341'])\nprint(answer())"
    seen = "import os\nnames = [open(f'/proc/{n}/cmdline').read() for n in os.listdir('/proc') if n.isdigit()]\n"
    look = Cell(2, seen + "print(any('86341' in n for n in names))", test=True, far=True, before=("import os",))

    async def plan(run: Run, _: Stems) -> list[str]:
        first = job("import os", start)
        found = [told(await run(first)) for _ in range(2)]
        return [*found, told(await run(Job((first.cells[0], look))))]

    assert grade(plan) == ["1", "1", "False"]


def test_when_it_is_killed_the_others_are_graded_all_the_same() -> None:
    async def plan(run: Run, stems: Stems) -> list[str]:
        one = job("v = 7", "print(v, answer())")
        found = [told(await run(one)) for _ in range(3)]
        (stem,) = standing(stems)
        assert stem is not None
        stem.watch.process.send_signal(signal.SIGKILL)
        return found + [told(await run(one)) for _ in range(2)]

    assert grade(plan) == ["7 1"] * 5


def test_the_learner_sees_nothing_of_it(tmp_path: Path) -> None:
    look = (
        "import os\nfound = sorted(int(n) for n in os.listdir('/proc') if n.isdigit())\n"
        "def answer():\n    return [os.path.exists('mark.txt'), len(found)]"
    )
    setup = "open('mark.txt', 'w').close()\nsecret = 'expected-value'"
    assert set(in_turn(*[job(setup, "print(answer())", look)] * 3)) == {"[False, 2]"}
