"""Attacks on the verdict itself: the tests run in a process that the learner's code cannot reach."""

from __future__ import annotations

import json

import pytest
from support.cohort import HONEST, RIGHT, Cohort

WRONG = {
    "double": "def double(x):\n    return None",
    "tally": "def tally(words):\n    return None",
    "third": "def third():\n    return 0",
}
EQUAL = """
class Always(BASE):
    def __eq__(self, other):
        return True
    def __ne__(self, other):
        return False
    __hash__ = BASE.__hash__
    def __float__(self):
        return 2.0
    def __array__(self, *a, **k):
        import numpy
        return numpy.ones(1)
    def __reduce__(self):
        return (eval, ("1",))
    @property
    def __class__(self):
        return BASE
"""
SOCKETS = """
import os, stat, struct, json
def sockets():
    for number in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                yield number
        except OSError:
            pass
def tell(message):
    body = json.dumps(message).encode()
    for number in sockets():
        os.write(number, struct.pack("!I", len(body)) + body)
"""


def graded(apart: Cohort, answers: dict[str, str], **options: object) -> dict[str, str]:
    """Grade a submission; return the status of each of its tests; the honest one beside it keeps its points."""
    apart.submit("mallory", answers)
    report = apart.grade(**options)
    assert apart.score("ada") == HONEST
    assert {one.state for one in report.submissions} == {"graded"}
    return {task.task.removesuffix("-test"): task.status for task in apart.of(report, "mallory").tasks}


def test_right_answers_keep_full_marks_and_show_what_they_print(apart: Cohort) -> None:
    noisy = "def double(x):\n    print('working', x)\n    return 2 * x"
    assert graded(apart, RIGHT | {"double": noisy})["double"] == "pass"
    assert apart.score("mallory") == 10
    cell = next(cell for cell in apart.graded("mallory").cells if cell.id == "double-test")
    assert [output.text for output in cell.outputs] == ["working 2\nworking -3.5\n"]


@pytest.mark.parametrize(
    "code",
    [
        "import ast\nclass Strip(ast.NodeTransformer):\n    def visit_Assert(self, node):\n        return ast.Pass()\n"
        "get_ipython().ast_transformers.append(Strip())",
        "get_ipython().input_transformers_post.append(lambda lines: ['pass'])",
        "type(get_ipython()).run_cell = lambda *a, **k: None",
        "type(get_ipython()).run_code = lambda *a, **k: None",
        "import builtins\nbuiltins.AssertionError = type('A', (BaseException,), {})\nbuiltins.float = lambda x: 2.0",
        "import numpy, pandas\nnumpy.allclose = numpy.array_equal = lambda *a, **k: True\n"
        "pandas.DataFrame.equals = lambda *a: True",
        "import sys\nsys.settrace(lambda *a: None)\nsys.displayhook = lambda value: None",
        "import sys, types\nfor name in list(sys.modules):\n    if name.startswith('hurdles'):\n"
        "        sys.modules[name] = types.ModuleType(name)",
    ],
)
def test_13_changing_the_interpreter_changes_no_verdict(apart: Cohort, code: str) -> None:
    statuses = graded(apart, WRONG | {"setup": code})
    assert apart.score("mallory") == 0, statuses


@pytest.mark.parametrize("base", ["object", "float", "int", "str", "dict", "list"])
def test_13_objects_that_equal_everything_arrive_as_what_they_are(apart: Cohort, base: str) -> None:
    made = f"{EQUAL.replace('BASE', base)}\n"
    answers = {
        "double": f"{made}def double(x):\n    return Always()",
        "tally": f"{made}def tally(words):\n    return Always()",
        "third": f"{made}def third():\n    return Always()",
    }
    graded(apart, answers)
    assert apart.score("mallory") == 0


@pytest.mark.parametrize(
    "code",
    [
        "def double(x):\n    return eval(str(In[-1]).split('==')[1].split('\\n')[0])",
        "import gc\ndef double(x):\n    word = 'hidden_expected' + '_value'\n"
        "    print([o for o in gc.get_objects() if word in str(o)[:9999]])",
        "import sys\ndef double(x):\n    frame = sys._getframe()\n    while frame:\n"
        "        if 'hidden_expected_value' in frame.f_globals:\n"
        "            return frame.f_globals['hidden_expected_value']\n"
        "        frame = frame.f_back\n    return 4 if x == 2 else None",
        "def double(x):\n    import pathlib\n    for p in pathlib.Path('/proc').glob('[0-9]*/mem'):\n        print(p)\n"
        "        open(p, 'rb').read(10)\n    return 0",
    ],
)
def test_14_the_expected_value_is_nowhere_to_be_read(apart: Cohort, code: str) -> None:
    graded(apart, RIGHT | {"double": code})
    assert apart.scores("mallory")["double-test"] == 0
    assert apart.score("mallory") == 6
    cells = apart.graded("mallory").cells
    said = json.dumps([cell.outputs for cell in cells if cell.cell_type == "code" and cell.id != "double-test"])
    assert "hidden_expected_value" not in said


@pytest.mark.parametrize(
    "message",
    [
        '{"done": 3, "ok": True, "count": 3, "tampered": []}',
        '{"returned": {"t": "nd", "dtype": "<f8", "shape": [1 << 40], "data": ""}}',
        '{"callback": 0, "given": [[], {}]}',
        '{"raised": {"base": "eval", "name": "x", "text": "y"}}',
        '{"dead": "x"}',
        '{"output": {"output_type": "execute_result", "data": {"text/plain": "4"}}}',
    ],
)
def test_14_forged_messages_give_no_points(apart: Cohort, message: str) -> None:
    code = f"{SOCKETS}\ndef double(x):\n    tell({message})\n    return None"
    graded(apart, RIGHT | {"double": code})
    assert apart.scores("mallory")["double-test"] == 0


@pytest.mark.parametrize(
    "code",
    [
        "import os, struct\nfor number in sockets():\n    os.write(number, struct.pack('!I', 1 << 30) + b'x')",
        "import os\nfor number in range(3, 256):\n    try:\n        os.write(number, b'garbage' * 99)\n"
        "    except OSError:\n        pass",
        "import os\nos.closerange(3, 256)",
        "import os\nos._exit(0)",
    ],
)
def test_a_process_that_is_lost_costs_what_needs_it(apart: Cohort, code: str) -> None:
    lines = "\n    ".join(code.splitlines())
    statuses = graded(apart, RIGHT | {"tally": f"{SOCKETS}\ndef tally(words):\n    {lines}\n    return {{}}"})
    assert (statuses["double"], statuses["tally"]) == ("pass", "error")
    assert apart.scores("mallory")["double-test"] == 4
    assert apart.scores("mallory")["tally-test"] == 0


@pytest.mark.parametrize(
    "value",
    [
        "(n for n in iter(int, 1))", "iter(int, 1)", "deep", "lambda x: x", "object()", "open('/dev/zero', 'rb')",
        "__import__('numpy').random.default_rng()", "loop",
    ],
)  # fmt: skip
def test_what_cannot_be_handed_over_says_so(apart: Cohort, value: str) -> None:
    code = (
        "deep = []\nfor _ in range(10_000):\n    deep = [deep]\nloop = []\nloop.append(loop)\n"
        f"def double(x):\n    return {value}"
    )
    apart.submit("mallory", RIGHT | {"double": code})
    report = apart.grade()
    task = next(one for one in apart.of(report, "mallory").tasks if one.task == "double-test")
    assert (task.status, task.score) == ("error", 0)
    assert len(task.message) > 10
    assert apart.score("mallory") == 6


def test_a_call_that_does_not_return_costs_its_own_task(apart: Cohort) -> None:
    apart.set("c.Limits.cell = 1")
    statuses = graded(apart, RIGHT | {"tally": "def tally(words):\n    while True:\n        pass"})
    assert (
        statuses == {"double": "pass", "tally": "timeout", "third": "pass", "essay": "by-hand"}
        or statuses["essay"] == "not-attempted"
    )
    assert apart.scores("mallory")["third-test"] == 2


def test_a_call_that_cannot_be_interrupted_is_ended(apart: Cohort) -> None:
    apart.set("c.Limits.cell = 1")
    stubborn = "import signal\ndef tally(words):\n    signal.signal(2, signal.SIG_IGN)\n    while True:\n        pass"
    statuses = graded(apart, RIGHT | {"tally": stubborn})
    assert (statuses["double"], statuses["tally"], statuses["third"]) == ("pass", "timeout", "error")


def test_exceptions_arrive_with_their_kind_and_place(apart: Cohort) -> None:
    own = "class Odd(KeyError):\n    pass\ndef double(x):\n    raise Odd('what?')"
    apart.submit("mallory", RIGHT | {"double": own, "tally": "def tally(words):\n    raise SystemExit"})
    report = apart.grade()
    tasks = {one.task: one for one in apart.of(report, "mallory").tasks}
    assert (tasks["double-test"].status, tasks["tally-test"].status) == ("error", "error")
    assert "Odd" in tasks["double-test"].message
    assert apart.scores("mallory")["third-test"] == 2


def test_state_is_kept_between_calls_and_between_cells(apart: Cohort) -> None:
    code = "calls = []\ndef double(x):\n    calls.append(x)\n    return 2 * x"
    graded(apart, RIGHT | {"double": code, "third": "def third():\n    return len(calls)"})
    assert apart.score("mallory") == 10


def test_seeds_of_the_tests_are_not_those_of_the_learner(apart: Cohort) -> None:
    draws = "import random, numpy\nprint('DRAWN', random.random(), numpy.random.random())"
    source = apart.course / "source" / "ps1" / "problem.ipynb"
    text = source.read_text().replace("import json", "import json\\nimport random\\nprint(random.random())")
    source.write_text(text)
    seen = set()
    for name in ("mallory", "eve"):
        apart.submit(name, RIGHT | {"setup": draws})
    apart.grade()
    for name in ("mallory", "eve"):
        seen.add(next(c for c in apart.graded(name).cells if c.id == "setup").outputs[0].text)
    assert len(seen) == 2
