"""Building brings a clone in line with its authors' notebooks; checking only looks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from notebooks.pages import KEY, good, make_clone

from hurdles import catalog
from hurdles.errors import HurdlesError
from hurdles.notebooks.build import build, check, plan
from hurdles.notebooks.normalise import normalise, parse, to_bytes
from hurdles.notebooks.release import release

LESSON, MASTER, EXERCISE = (f"{folder}/{KEY}.ipynb" for folder in ("lessons", "solutions", "exercises"))
INDEX = "lessons/index.ipynb"


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture(scope="module", autouse=True)
def _release_the_same_masters_once() -> Iterator[None]:
    """Remember what nbgrader made of the masters: it takes seconds, and most tests build the same clone again."""
    known: dict[tuple[object, ...], dict[str, bytes]] = {}

    def remembered(config: Path, masters: Mapping[str, bytes]) -> dict[str, bytes]:
        key = (config.read_bytes(), *sorted(masters.items()))
        if key not in known:
            known[key] = release(config, masters)
        return dict(known[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hurdles.notebooks.build.release", remembered)
        yield


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> dict[str, bytes]:
    """Return the files of a clone with one lesson, after a build."""
    root = make_clone(tmp_path_factory.mktemp("built") / "clone", repository)
    for name, kind in ((LESSON, "lesson"), (MASTER, "master")):
        (root / name).parent.mkdir()
        (root / name).write_bytes(to_bytes(good()[kind]))  # type: ignore[index]
    assert {str(change) for change in build(root)} == {EXERCISE, INDEX, "README.md"}
    return contents(root)


@pytest.fixture
def clone(built: dict[str, bytes], tmp_path: Path) -> Path:
    root = tmp_path / "clone"
    for name, content in built.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def changed(root: Path) -> set[str]:
    return {change.path for change in plan(root)}


def test_after_a_build_there_is_nothing_to_do(clone: Path) -> None:
    verdict = check(clone)
    assert (verdict.ok, verdict.changes, [str(finding) for finding in verdict.findings]) == (True, (), [])
    assert build(clone) == []


def test_the_start_page_and_the_map_come_from_the_catalogue(clone: Path) -> None:
    course = catalog.load(clone)
    index = parse((clone / INDEX).read_bytes(), "index")
    assert any(f"lessons/{KEY}.ipynb" in cell.source for cell in index.cells)
    assert (clone / "README.md").read_text() == (
        f"# Course\n\n<!-- map:begin -->\n{catalog.render_map(course)}\n<!-- map:end -->\n\nThe end.\n"
    )


def test_a_changed_master_changes_its_exercise(clone: Path) -> None:
    master = clone / MASTER
    master.write_text(master.read_text().replace("Only known values can be compared", "Compare known values"))
    before = contents(clone)
    assert {(change.path, change.why) for change in check(clone).changes} == {(EXERCISE, "does not match its master")}
    assert contents(clone) == before
    assert [change.path for change in build(clone)] == [EXERCISE]
    assert "Compare known values" in (clone / EXERCISE).read_text()
    assert check(clone).ok


@pytest.mark.parametrize("name", [LESSON, MASTER])
def test_a_notebook_that_was_run_is_made_normal(clone: Path, name: str) -> None:
    path, normal = clone / name, (clone / name).read_bytes()
    notebook = json.loads(normal)
    for cell in notebook["cells"]:
        cell["metadata"]["collapsed"] = True
    notebook["metadata"]["kernelspec"]["name"] = "another"
    path.write_text(json.dumps(notebook))
    assert changed(clone) == {name}
    build(clone)
    assert path.read_bytes() == normal


def test_a_hand_edited_exercise_is_made_anew(clone: Path, built: dict[str, bytes]) -> None:
    (clone / EXERCISE).write_text("{}")
    assert changed(clone) == {EXERCISE}
    build(clone)
    assert contents(clone) == built


def test_a_master_carries_its_key(clone: Path) -> None:
    master = parse((clone / MASTER).read_bytes(), "master")
    del master.metadata["hurdles"]["lesson"]
    (clone / MASTER).write_bytes(to_bytes(normalise(master)))
    build(clone)
    for name in (MASTER, EXERCISE):
        assert parse((clone / name).read_bytes(), name).metadata["hurdles"]["lesson"] == KEY


def test_stale_exercises_go(clone: Path) -> None:
    stale = clone / "exercises" / "01-data" / "9-gone.ipynb"
    stale.parent.mkdir()
    stale.write_text("{}")
    (clone / "exercises" / "02-people" / "data.csv").write_text("a,b")
    found = {change.path: change.why for change in check(clone).changes}
    assert found == dict.fromkeys(
        ("exercises/01-data/9-gone.ipynb", "exercises/02-people/data.csv"), "has no master in solutions/"
    )
    build(clone)
    assert not stale.exists()
    assert check(clone).ok


def test_what_editors_leave_behind_is_ignored(clone: Path) -> None:
    for folder in ("lessons", "solutions", "exercises"):
        left = clone / folder / "02-people" / ".ipynb_checkpoints" / "1-skills-checkpoint.ipynb"
        left.parent.mkdir()
        left.write_text("{")
        hidden = clone / folder / ".ipynb_checkpoints" / "x-checkpoint.ipynb"
        hidden.parent.mkdir()
        hidden.write_text("{")
    assert check(clone).ok


def test_a_title_change_reaches_the_map_and_the_start_page(clone: Path) -> None:
    lesson = clone / LESSON
    lesson.write_text(lesson.read_text().replace('"title": "Skills"', '"title": "Skills and gaps"'))
    assert changed(clone) == {INDEX, "README.md"}


def test_findings_are_reported_with_the_changes(clone: Path) -> None:
    lesson = clone / LESSON
    lesson.write_text(lesson.read_text().replace('"read": 30', '"read": 0'))
    verdict = check(clone)
    assert not verdict.ok
    assert [finding.rule for finding in verdict.findings] == ["minutes"]


@pytest.mark.parametrize("text", ["No place at all.\n", "<!-- map:end -->\n<!-- map:begin -->\n"])
def test_a_readme_without_a_place_for_the_map_is_a_finding(clone: Path, text: str) -> None:
    (clone / "README.md").write_text(text)
    assert [finding.rule for finding in check(clone).findings] == ["map"]
    build(clone)
    assert (clone / "README.md").read_text() == text


def test_a_broken_notebook_is_named_and_nothing_is_changed(clone: Path) -> None:
    (clone / LESSON).write_text("{")
    (clone / EXERCISE).unlink()
    before = contents(clone)
    with pytest.raises(HurdlesError, match=r"1-skills\.ipynb is not a notebook"):
        build(clone)
    assert contents(clone) == before


def test_a_course_without_lessons_is_built(tmp_path: Path, repository: Path) -> None:
    root = make_clone(tmp_path / "clone", repository)
    assert {change.path for change in build(root)} == {INDEX, "README.md"}
    assert check(root).ok
