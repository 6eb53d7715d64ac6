"""Every rule notices what it is for, names the cell, and lets good notebooks pass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from notebooks.pages import KEY, Notebooks, broken, cell, findings_of, good, make_clone

from hurdles.notebooks.lint import RULES, lint
from hurdles.notebooks.lint.prose import words
from hurdles.notebooks.normalise import to_bytes

Change = Callable[[Notebooks], object]


def write(kind: Any, cell_id: str, source: str) -> Change:
    """Replace a cell's source."""

    def change(notebooks: Notebooks) -> None:
        cell(notebooks[kind], cell_id).source = source

    return change


def add(kind: Any, cell_id: str, source: str) -> Change:
    """Add to a cell's source."""

    def change(notebooks: Notebooks) -> None:
        cell(notebooks[kind], cell_id).source += f"\n{source}"

    return change


def rename(kind: Any, cell_id: str, name: str) -> Change:
    def change(notebooks: Notebooks) -> None:
        cell(notebooks[kind], cell_id)["id"] = name

    return change


def drop(kind: Any, cell_id: str) -> Change:
    def change(notebooks: Notebooks) -> None:
        notebooks[kind].cells.remove(cell(notebooks[kind], cell_id))

    return change


def to_front(kind: Any, cell_id: str) -> Change:
    def change(notebooks: Notebooks) -> None:
        found = cell(notebooks[kind], cell_id)
        notebooks[kind].cells.remove(found)
        notebooks[kind].cells.insert(0, found)

    return change


def facts(kind: Any, /, **values: Any) -> Change:
    """Change the notebook's own metadata; None removes."""

    def change(notebooks: Notebooks) -> None:
        found = notebooks[kind].metadata["hurdles"]
        for name, value in values.items():
            found.pop(name) if value is None else found.update({name: value})

    return change


def metadata(kind: Any, cell_id: str, /, **values: Any) -> Change:
    def change(notebooks: Notebooks) -> None:
        cell(notebooks[kind], cell_id).metadata.update(values)

    return change


def nbgrader(cell_id: str, /, **values: Any) -> Change:
    def change(notebooks: Notebooks) -> None:
        cell(notebooks["master"], cell_id).metadata["nbgrader"].update(values)

    return change


def objective(ids: list[str]) -> list[dict[str, str]]:
    return [{"id": name, "text": f"Do {name}."} for name in ids]


def lines(count: int) -> str:
    return "\n".join(f"value_{i} = {i}" for i in range(count))


def function(count: int) -> str:
    return "\n".join(["def helper():", *(f"    value_{i} = {i}" for i in range(count - 1))])


def only(notebooks: Notebooks, *kinds: Any) -> None:
    for kind in set(notebooks) - set(kinds):
        del notebooks[kind]


WORD = "word " * 200

# (rule, cell it names, what breaks it)
BROKEN: list[tuple[str, str, Change]] = [
    # parts of a lesson
    ("lesson-parts", "", drop("lesson", "trade-offs")),
    ("lesson-parts", "", drop("lesson", "data-card")),
    ("lesson-parts", "", drop("lesson", "story")),
    ("lesson-parts", "", rename("lesson", "instructor-1", "instructor-2")),
    ("lesson-parts", "my-cell", rename("lesson", "widget-intro", "my-cell")),
    ("lesson-parts", "fault", rename("lesson", "fault-1", "fault")),
    ("lesson-parts", "header", to_front("lesson", "summary")),
    (
        "quiz",
        "pre-check",
        write("lesson", "pre-check", 'import hurdles.ui as ui\nlesson = ui.open_lesson("02-people/1-skills")'),
    ),
    ("quiz", "post-check", metadata("lesson", "post-check", jupyter={"source_hidden": False})),
    ("predict-first", "predict-reveal", write("lesson", "predict", 'lesson.predict("other", "How many?")')),
    ("predict-first", "predict", write("lesson", "predict", "print(1)")),
    ("predict-first", "predict-reveal", write("lesson", "predict-reveal", "print(1)")),
    ("predict-first", "fault-2", add("lesson", "fault-2", 'lesson.reveal("gaps", gaps)')),
    ("instructor-tag", "instructor-1", metadata("lesson", "instructor-1", tags=[])),
    ("instructor-tag", "summary", metadata("lesson", "summary", tags=["instructor"])),
    ("cell-count", "", lambda n: [drop("lesson", c.id)(n) for c in n["lesson"].cells[20:]]),
    ("cell-count", "", lambda n: n["lesson"].cells.extend(dict_cell(f"further-{w}") for w in "abcdefgh")),
    ("headings", "story", write("lesson", "story", f"# Second title\n{WORD[:500]}")),
    ("headings", "story", write("lesson", "story", f"### Skips\n{WORD[:500]}")),
    ("headings", "header", write("lesson", "header", "## No title")),
    ("empty-cell", "widget-reading", write("lesson", "widget-reading", " ")),
    # parts of an exercise
    ("exercise-parts", "", drop("master", "recap")),
    ("exercise-parts", "", drop("master", "share_above-hints")),
    ("exercise-parts", "", drop("master", "fill_missing-hidden")),
    ("exercise-parts", "extra", rename("master", "stretch", "extra")),
    ("exercise-parts", "header", to_front("master", "recap")),
    ("cell-count", "", lambda n: n["master"].cells.extend(dict_cell(f"recap-{i}") for i in range(20))),
    ("empty-cell", "recap", write("master", "recap", "")),
    # facts
    ("minutes", "", facts("lesson", minutes=None)),
    ("minutes", "", facts("lesson", minutes={"read": 0, "do": 5})),
    ("minutes", "", facts("master", minutes={"read": 3})),
    ("catalogue", "", facts("lesson", kind="exercise")),
    ("catalogue", "", facts("lesson", title=" ")),
    ("catalogue", "", facts("lesson", area="01-data")),
    ("catalogue", "", facts("lesson", level="easy")),
    ("catalogue", "", facts("lesson", prerequisites=None)),
    ("catalogue", "", facts("lesson", demo="people.demo")),
    ("catalogue", "", facts("lesson", terms={})),
    ("objectives", "objectives", facts("lesson", objectives=objective(["count", "compare", "fill", "orphan"]))),
    ("objectives", "objectives", facts("lesson", objectives=objective(["count", "compare"]))),
    ("objectives", "objectives", facts("lesson", objectives=objective(["count", "compare", "compare", "fill"]))),
    (
        "objectives",
        "objectives",
        facts("lesson", objectives=[*objective(["count", "compare"]), {"id": "fill", "text": ""}]),
    ),
    ("tasks", "", facts("master", objectives=["count", "unknown"])),
    ("tasks", "", facts("master", tasks=[{"id": "count_missing", "objectives": ["count"]}])),
    ("pair", "", lambda n: only(n, "lesson")),
    ("pair", "", lambda n: only(n, "master")),
    # prose
    ("lesson-length", "", add("lesson", "data-card", WORD * 3)),
    (
        "lesson-length",
        "",
        lambda n: [write("lesson", c.id, "Short.")(n) for c in n["lesson"].cells if c.cell_type == "markdown"],
    ),
    ("part-length", "story", write("lesson", "story", "## Short\nOnly this.")),
    ("part-length", "concept-2", add("lesson", "concept-2", WORD)),
    ("alt-text", "widget-intro", add("lesson", "widget-intro", "![](attachment:a.png)")),
    ("alt-text", "widget-intro", add("lesson", "widget-intro", '<img src="a.png">')),
    ("alt-text", "widget-intro", add("lesson", "widget-intro", '<img src="a.png" alt="  ">')),
    ("alt-text", "fault-2", add("lesson", "fault-2", "Image(data)")),
    ("alt-text", "recap", add("master", "recap", "![ ][picture]")),
    ("typed-number", "fault-1-reading", write("lesson", "fault-1-reading", "About 12 % are refused.")),
    ("typed-number", "fault-1-reading", write("lesson", "fault-1-reading", "The AUC is 0.83.")),
    ("typed-number", "fault-1-reading", write("lesson", "fault-1-reading", "We lose 1,989 rows.")),
    ("typed-number", "fault-1-reading", write("lesson", "fault-1-reading", "It costs $40 more.")),
    ("typed-number", "fault-1-reading", write("lesson", "fault-1-reading", "Twelve percent are refused.")),
    ("typed-number", "summary", add("lesson", "summary", "- Half of 80 applications.")),
    ("typed-number", "decision-intro", add("lesson", "decision-intro", "You have 3 weeks.")),
    # code
    ("code-length", "fault-2", write("lesson", "fault-2", lines(21))),
    ("code-length", "concept-1-code", write("lesson", "concept-1-code", lines(9))),
    ("code-length", "setup", write("master", "setup", lines(21))),
    ("helper", "fault-2", add("lesson", "fault-2", function(11))),
    ("helper", "fault-2", add("lesson", "fault-2", function(11).replace("def helper()", "class Helper"))),
    ("syntax", "fault-2", write("lesson", "fault-2", "if :")),
    ("network", "fault-2", add("lesson", "fault-2", "import requests")),
    ("network", "fault-2", add("lesson", "fault-2", "from urllib.request import urlopen")),
    ("network", "fault-2", add("lesson", "fault-2", "import httpx as h")),
    ("network", "fault-2", add("lesson", "fault-2", "!curl example.org")),
    ("network", "fault-2", add("lesson", "fault-2", "listing = !wget example.org")),
    ("network", "fault-2", add("lesson", "fault-2", "%pip install pandas")),
    ("network", "fault-2", add("lesson", "fault-2", "subprocess.run(['git', 'clone', repository])")),
    ("network", "fault-2", add("lesson", "fault-2", 'pd.read_csv("https://example.org/a.csv")')),
    ("network", "fault-2", add("lesson", "fault-2", "fetch_openml(data_id=1)")),
    ("network", "fault-2", add("lesson", "fault-2", """HTML('<script src="https://example.org/a.js"></script>')""")),
    ("network", "stretch", add("master", "stretch", "![A picture](https://example.org/a.png)")),
    ("data-path", "fault-2", add("lesson", "fault-2", 'pd.read_csv("data/loans.csv")')),
    ("data-path", "fault-2", add("lesson", "fault-2", 'text = open("notes.txt").read()')),
    ("data-path", "fault-2", add("lesson", "fault-2", 'text = Path("notes.txt").read_text()')),
    ("data-path", "fault-2", add("lesson", "fault-2", 'pd.read_parquet(f"{folder}/loans.parquet")')),
    ("data-path", "setup", add("master", "setup", 'np.load("weights.npy")')),
    (
        "own-key",
        "setup",
        lambda n: write("lesson", "pre-check", cell(n["lesson"], "pre-check").source.replace("1-skills", "2-x"))(n),
    ),
    ("own-key", "check", write("master", "check", 'ui.check_button("01-data/1-quality")')),
    # tasks
    ("nbgrader", "count_missing", nbgrader("count_missing", grade_id="count")),
    ("nbgrader", "count_missing", nbgrader("count_missing", locked=True)),
    ("nbgrader", "count_missing-visible", nbgrader("count_missing-visible", points=1)),
    ("nbgrader", "count_missing-hidden", nbgrader("count_missing-hidden", points=0)),
    ("nbgrader", "count_missing-hidden", nbgrader("count_missing-hidden", schema_version=2)),
    ("nbgrader", "count_missing-hidden", nbgrader("count_missing-hidden", colour="red")),
    ("nbgrader", "", nbgrader("count_missing-hidden", grade_id="count_missing_visible")),
    ("nbgrader", "explain", nbgrader("explain", grade=False)),
    ("nbgrader", "setup", nbgrader("setup", grade=True, points=1)),
    (
        "solution",
        "count_missing",
        write(
            "master", "count_missing", "### BEGIN SOLUTION\ndef count_missing(values):\n    return 1\n### END SOLUTION"
        ),
    ),
    ("solution", "count_missing", write("master", "count_missing", "def other():\n    return 1")),
    (
        "solution",
        "count_missing",
        write("master", "count_missing", "def count_missing(v):\n    '''Doc.'''\n    return 1"),
    ),
    (
        "solution",
        "count_missing",
        write(
            "master",
            "count_missing",
            "def count_missing(v):\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION",
        ),
    ),
    (
        "stub-length",
        "count_missing",
        lambda n: write(
            "master",
            "count_missing",
            cell(n["master"], "count_missing").source.replace('None."""', "None.\n" + "    More.\n" * 8 + '    """'),
        )(n),
    ),
    ("tests", "count_missing-visible", write("master", "count_missing-visible", "print('never calls it')")),
    (
        "tests",
        "count_missing-hidden",
        write("master", "count_missing-hidden", "### BEGIN HIDDEN TESTS\nassert True\n### END HIDDEN TESTS"),
    ),
    ("tests", "count_missing-hidden", add("master", "count_missing-hidden", "assert count_missing([None]) == 1")),
    (
        "tests",
        "count_missing-hidden",
        lambda n: write(
            "master",
            "count_missing-hidden",
            cell(n["master"], "count_missing-hidden").source.split("\n", 1)[1],
        )(n),
    ),
    ("apart", "", facts("master", verdict="here")),
    ("apart", "setup", add("master", "setup", "count_missing([])")),
    ("apart", "count_missing-visible", add("master", "count_missing-visible", "count_missing(somewhere)")),
    (
        "apart",
        "share_above-visible",
        lambda n: [
            add("master", "share_above", "LIMIT = 3")(n),
            add("master", "share_above-visible", "share_above([1], LIMIT)")(n),
        ],
    ),
    ("instruction", "count_missing-task", add("master", "count_missing-task", WORD)),
    ("instruction", "count_missing-task", write("master", "count_missing-task", "## Count\n\nCount them.")),
    (
        "hints",
        "count_missing-hints",
        write("master", "count_missing-hints", "<details><summary>Hint 1</summary>Only one.</details>"),
    ),
    ("explain", "explain", lambda n: cell(n["master"], "explain").metadata.pop("nbgrader")),
    ("explain", "explain", nbgrader("explain", points=0)),
    ("explain", "explain", write("master", "explain", "The question and the answer, with no markers.")),
    (
        "explain",
        "explain",
        lambda n: write("master", "explain", cell(n["master"], "explain").source.replace("details>", "div>"))(n),
    ),
    # leaks
    (
        "answer-in-sight",
        "share_above-visible",
        add("master", "share_above-visible", "expected = sum(v > bound for v in found) / len(found)"),
    ),
    (
        "answer-in-sight",
        "share_above-example",
        add("master", "share_above-example", "# same\nresult = sum(a > b for a in c) / len(c)"),
    ),
    (
        "answer-in-sight",
        "recap",
        add("master", "recap", "`[middle if value is None else value for value in values]` fills."),
    ),
    (
        "answer-in-sight",
        "count_missing-visible",
        lambda n: [
            write(
                "master",
                "count_missing",
                'def count_missing(v):\n    """Doc."""\n    ### BEGIN SOLUTION\n'
                '    return {"a": [666, 999], "b": [1]}\n    ### END SOLUTION',
            )(n),
            add("master", "count_missing-visible", 'assert count_missing(1) == {"a": [666, 999], "b": [1]}')(n),
        ],
    ),
    ("answer-in-sight", "setup", add("master", "setup", "from hurdles.people.answers import count_missing")),
    ("markers-released", "recap", add("release", "recap", "### BEGIN HIDDEN TESTS")),
    ("hidden-released", "recap", add("release", "recap", "    _count([None, None, 4, 5]) >= 1,")),
    (
        "hidden-released",
        "count_missing-hidden",
        lambda n: write("release", "count_missing-hidden", cell(n["master"], "count_missing-hidden").source)(n),
    ),
    (
        "solution-released",
        "count_missing",
        add("release", "count_missing", "    return sum(value  is None for value in values)"),
    ),
    ("solution-released", "explain", add("release", "explain", "Write the answer that you would give.")),
]


def dict_cell(cell_id: str) -> Any:
    from nbformat.v4 import new_markdown_cell

    return new_markdown_cell("Text.", id=cell_id)


# What a careless rule would take for a fault.
HARMLESS: list[tuple[str, Change]] = [
    ("numbers in backticks", write("lesson", "fault-1-reading", "The code `999 %` and `0.5` stand for a gap.")),
    ("whole numbers without unit", write("lesson", "fault-1-reading", "The code 666 stands for a gap; see step 2.")),
    ("numbers in the story", add("lesson", "story", "In 1990, 12 % of 1,989 applications were refused.")),
    ("numbers in the data card", add("lesson", "data-card", "1,989 rows from 3 years.")),
    (
        "numbers that code computes",
        write("lesson", "fault-1-code", 'share = 0.5\nprint(f"{share:.0%} of {gaps} rows")'),
    ),
    (
        "a picture with a text",
        add("lesson", "widget-intro", '![A map](attachment:a.png) <img src="a.png" alt="A map">'),
    ),
    ("a picture in code", add("lesson", "widget-intro", "`![](a.png)`\n\n```html\n<img src='a.png'>\n```")),
    ("a link in prose", add("lesson", "further", "See [the paper](https://example.org/paper).")),
    ("a model that predicts", add("lesson", "fault-2", "model.predict(frame)")),
    ("a magic that stays at home", add("lesson", "fault-2", "%timeit len(applications)")),
    ("twenty lines", write("lesson", "fault-2", lines(20))),
    ("a helper of ten lines", add("lesson", "fault-2", function(10))),
    ("a heading in code", add("lesson", "widget-intro", "```python\n# A comment\n```")),
    ("reading from memory", add("lesson", "fault-2", "pd.read_csv(io.StringIO(text))")),
    ("opening no file", add("lesson", "fault-2", 'duckdb.connect(":memory:")')),
    ("joining words", add("lesson", "fault-2", 'print(", ".join(["http", "curl"]))')),
    ("hints near the code", add("master", "count_missing-hints", "`sum(value is None for value in values)`")),
    (
        "an idiom that a solution uses too",
        add("master", "share_above-visible", "kept = [v for v in example if v is not None]"),
    ),
    (
        "a call with a format",
        add("master", "share_above-visible", 'print(f"{sum(example, 1):5.1f} {max(example, 2).real:.3f}")'),
    ),
    ("an everyday expression", add("master", "share_above-visible", "assert len(example) == 4 and example.copy()")),
    ("a test that states a value", add("master", "count_missing-visible", "assert count_missing([None, 1]) == 1")),
    (
        "a note above hidden tests",
        lambda n: write("master", "share_above-hidden", "# A note.\n" + cell(n["master"], "share_above-hidden").source)(
            n
        ),
    ),
]


def test_good_notebooks_have_no_findings() -> None:
    assert [str(finding) for finding in findings_of(good())] == []


@pytest.mark.parametrize(
    ("rule", "cell_id", "change"), [pytest.param(*case, id=f"{case[0]}-{i}") for i, case in enumerate(BROKEN)]
)
def test_a_rule_notices_what_breaks_it(rule: str, cell_id: str, change: Change) -> None:
    assert (rule, cell_id) in broken(change)


@pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in HARMLESS])
def test_no_rule_minds_what_is_harmless(change: Change) -> None:
    assert broken(change) == set()


def test_every_rule_has_a_notebook_that_breaks_it() -> None:
    assert {rule.name for rule in RULES} == {rule for rule, _, _ in BROKEN}


def test_rules_have_names_of_their_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_a_finding_says_where_what_and_which_rule() -> None:
    notebooks = good()
    write("lesson", "fault-2", lines(21))(notebooks)
    assert [str(finding) for finding in findings_of(notebooks)] == [
        f"lessons/{KEY}.ipynb, cell 'fault-2': This cell has 21 lines of code; 20 is the most. "
        "Split it, or move work into the package. [code-length]"
    ]


def test_each_message_ends_with_what_to_do() -> None:
    for _, _, change in BROKEN:
        notebooks = good()
        change(notebooks)
        for finding in findings_of(notebooks):
            assert finding.message.endswith("."), finding
            assert finding.message.count(".") + finding.message.count("…") >= 2, f"no advice: {finding}"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One two-three, 1,989 four's.", 4),
        ("A [link text](https://example.org/a/b/c) here", 4),
        ("`frame.copy(deep=True)` is one", 3),
        ("Before\n\n```python\nnot counted at all\n```\n\nafter", 2),
        ("<details><summary>Hint one</summary></details>", 2),
    ],
)
def test_words_are_counted_as_a_reader_meets_them(text: str, count: int) -> None:
    assert words(text) == count


def test_a_course_on_disk_is_linted_whole(tmp_path: Path, repository: Path) -> None:
    root = make_clone(tmp_path / "clone", repository)
    notebooks = good()
    write("lesson", "fault-2", lines(21))(notebooks)
    add("release", "recap", "_count([None, None, None, 5]) != 1,")(notebooks)
    for folder, kind in (("lessons", "lesson"), ("solutions", "master"), ("exercises", "release")):
        path = root / folder / f"{KEY}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(to_bytes(notebooks[kind]))  # type: ignore[index]
    (root / "lessons" / "01-data").mkdir()
    (root / "lessons" / "01-data" / "1-broken.ipynb").write_text("{")
    found = {(finding.path, finding.rule) for finding in lint(root)}
    assert found == {
        ("lessons/01-data/1-broken.ipynb", "readable"),
        (f"lessons/{KEY}.ipynb", "code-length"),
        (f"exercises/{KEY}.ipynb", "hidden-released"),
    }
