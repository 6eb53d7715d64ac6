"""The catalogue: what the notebooks say of themselves, in order."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from support.course import KEY

from hurdles import catalog
from hurdles.errors import HurdlesError


def test_it_reads_areas_lessons_and_tasks(course: Path) -> None:
    (area,) = catalog.load(course).areas
    assert (area.slug, area.title, area.planned) == ("01-toy", "Toys", ("More toys",))
    (lesson,) = area.lessons
    assert (lesson.key, lesson.title, lesson.level) == (KEY, "Sums", "beginner")
    assert (lesson.minutes_read, lesson.minutes_do) == (15, 10)
    assert [task.id for task in lesson.tasks] == ["double", "tally"]
    assert [objective.id for objective in lesson.objectives] == ["o1"]


def test_lessons_are_in_the_order_of_their_numbers(tmp_path: Path, course: Path) -> None:
    root = Path(shutil.copytree(course, tmp_path / "c"))
    for name in ("10-last", "2-second"):
        shutil.copy(root / "lessons" / f"{KEY}.ipynb", root / "lessons" / "01-toy" / f"{name}.ipynb")
    lessons = catalog.load(root).lessons
    assert [lesson.slug for lesson in lessons] == ["1-sums", "2-second", "10-last"]
    assert lessons[1].solution_path is None


@pytest.mark.parametrize("name", ["lessons/areas.toml", f"lessons/{KEY}.ipynb"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, course: Path, name: str) -> None:
    root = Path(shutil.copytree(course, tmp_path / "c"))
    (root / name).write_text("{", encoding="utf-8")
    with pytest.raises(HurdlesError, match=Path(name).name):
        catalog.load(root)


def test_the_index_is_a_notebook_that_links_what_exists(course: Path) -> None:
    page = catalog.render_index(catalog.load(course))
    nbformat.validate(nbformat.from_dict(page))
    text = json.dumps(page)
    assert f"(lessons/{KEY}.ipynb)" in text
    assert f"(exercises/{KEY}.ipynb)" in text
    assert "More toys" in text


def test_the_map_lists_what_exists_and_what_is_planned(course: Path) -> None:
    table = catalog.render_map(catalog.load(course))
    assert "[Sums](lessons/01-toy/1-sums.ipynb) (15 + 10 min)" in table
    assert "More toys" in table
