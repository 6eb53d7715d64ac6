"""One notebook, one form."""

from __future__ import annotations

import ast
import copy
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hurdles.errors import HurdlesError
from hurdles.notebooks.normalise import normalise, parse, read, to_bytes

UUID = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"


def code(source: str = "1 + 1", **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None, **more}


def markdown(source: str = "Text", **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source, **more}


def notebook(*cells: dict[str, Any], **metadata: Any) -> Any:
    return nbformat.from_dict({"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def ids(*cells: dict[str, Any]) -> list[str]:
    return [cell.id for cell in normalise(notebook(*cells)).cells]


def source_of(cell: dict[str, Any]) -> str:
    text: str = normalise(notebook(cell)).cells[0].source
    return text


# --- what is thrown away, what is kept ------------------------------------------------------------


def test_outputs_and_counts_go() -> None:
    output = {"output_type": "stream", "name": "stdout", "text": "2"}
    cell = normalise(notebook(code(id="one", outputs=[output], execution_count=7))).cells[0]
    assert (cell.outputs, cell.execution_count) == ([], None)


def test_every_notebook_gets_the_same_kernel_and_version() -> None:
    nb = normalise(
        nbformat.from_dict(
            {
                "cells": [],
                "metadata": {
                    "kernelspec": {"name": "conda-env-x", "display_name": "X", "language": "python"},
                    "language_info": {"name": "python", "version": "3.9.1", "file_extension": ".py"},
                    "widgets": {"state": {}},
                    "hurdles": {"title": "T"},
                },
                "nbformat": 4,
                "nbformat_minor": 2,
            }
        )
    )
    assert nb.metadata == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "hurdles": {"title": "T"},
    }
    assert (nb.nbformat, nb.nbformat_minor) == (4, 5)


def test_metadata_of_authors_stay_and_those_of_editors_go() -> None:
    kept = {
        "hurdles": {"a": 1},
        "nbgrader": {"grade": True, "grade_id": "x", "points": 0},
        "tags": ["instructor"],
        "deletable": False,
        "editable": False,
        "jupyter": {"source_hidden": True},
    }
    dropped = {"execution": {"a": 1}, "collapsed": True, "scrolled": "auto", "vscode": {}, "ExecuteTime": {}}
    metadata = {**kept, **dropped, "jupyter": {"source_hidden": True, "outputs_hidden": True}}
    assert normalise(notebook(code(id="one", metadata=metadata))).cells[0].metadata == kept


def test_the_notebook_given_is_not_changed() -> None:
    nb = notebook(code("x = 1  \n", id=UUID, metadata={"collapsed": True}), hurdles={"terms": {"a": "b"}})
    before = copy.deepcopy(nb)
    normalise(nb).metadata["hurdles"]["terms"]["a"] = "changed"
    assert nb == before


def test_attachments_of_text_stay() -> None:
    picture = {"a.png": {"image/png": "aGk="}}
    assert normalise(notebook(markdown(id="one", attachments=picture))).cells[0].attachments == picture


# --- blanks at the ends of lines ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (code("x = 1  \ny = 2\t\n\n"), "x = 1\ny = 2"),
        (code("x = 1\r\ny = 2\r\n"), "x = 1\ny = 2"),
        (code('text = """a  \nb"""\n'), 'text = """a  \nb"""'),
        (markdown("One   \ntwo \n\nthree  \n"), "One  \ntwo\n\nthree"),
        (markdown("A paragraph  \n\nanother"), "A paragraph\n\nanother"),
    ],
    ids=["code", "windows", "inside a string", "a line break in markdown", "no break before a blank line"],
)
def test_blanks_at_the_end_go_unless_they_mean_something(cell: dict[str, Any], expected: str) -> None:
    assert source_of(cell) == expected


# --- cell ids -------------------------------------------------------------------------------------


def test_meaningful_ids_stay() -> None:
    assert ids(markdown(id="pre-check"), code(id="find_sentinels-hidden"), code(id="concept-1-code")) == [
        "pre-check",
        "find_sentinels-hidden",
        "concept-1-code",
    ]


@pytest.mark.parametrize("random_id", [None, "", "3fa1c9d2", UUID, UUID.replace("-", ""), "not valid!", "x" * 65])
def test_a_missing_or_random_id_becomes_a_name(random_id: str | None) -> None:
    cell = markdown("## Further reading: *books*")
    assert ids(cell if random_id is None else {**cell, "id": random_id}) == ["further-reading-books"]


def test_a_graded_cell_is_named_after_its_grade_id() -> None:
    graded = code(metadata={"nbgrader": {"grade_id": "clean_hidden"}}, id="3fa1c9d2")
    assert ids(graded) == ["clean-hidden"]


def test_a_cell_without_heading_is_named_after_its_content() -> None:
    one, other = ids(code("a = 1"), code("b = 2"))
    assert one != other
    assert all(re.fullmatch(r"code-[0-9a-f]{6}", name) for name in (one, other))
    assert ids(code("b = 2"), code("a = 1")) == [other, one]


def test_the_second_of_two_equal_ids_gets_another() -> None:
    assert ids(code("a", id="setup"), code("b", id="fine"), code("## c", id="setup"))[:2] == ["setup", "fine"]
    assert len(set(ids(*[markdown("# Same")] * 4, markdown(id="same-2")))) == 5


# --- whatever comes -------------------------------------------------------------------------------

ALPHABET = "ab1 \t\n\r\x0b\u00a0\u2028#\"'\\é…🙂"
texts = st.text(ALPHABET, max_size=60) | st.lists(
    st.sampled_from(["# Title", "deadbeef", "x = 1  ", '"""', " \t", "\r\n", "\n", "\\", "%pip x", "- a  "]), max_size=8
).map("\n".join)
cell_ids = (
    st.none() | st.sampled_from(["one", "two", "code-2", "deadbeef", UUID, "a b"]) | st.text(ALPHABET, max_size=70)
)
metadata = st.fixed_dictionaries(
    {},
    optional={
        "tags": st.lists(st.sampled_from(["a", "b"]), max_size=3),
        "collapsed": st.booleans(),
        "deletable": st.booleans(),
        "jupyter": st.dictionaries(st.sampled_from(["source_hidden", "outputs_hidden"]), st.booleans()),
        "nbgrader": st.fixed_dictionaries({"grade_id": st.sampled_from(["t", "t_visible", "cell-0123456789abcdef"])}),
    },
)


@st.composite
def cells(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from([code, markdown]))
    cell: dict[str, Any] = kind(draw(texts), metadata=draw(metadata))
    cell_id = draw(cell_ids)
    return cell if cell_id is None else {**cell, "id": cell_id}


@given(st.lists(cells(), max_size=6))
def test_the_normal_form_is_valid_and_final(found: list[dict[str, Any]]) -> None:
    once = normalise(notebook(*found))
    nbformat.validate(once)
    assert len({cell.id for cell in once.cells}) == len(found)
    assert to_bytes(normalise(once)) == to_bytes(once)
    assert to_bytes(parse(to_bytes(once), "it")) == to_bytes(once)


@given(st.lists(cells(), max_size=6))
@example([code("\\\r ", id="a")])
def test_code_means_the_same_afterwards(found: list[dict[str, Any]]) -> None:
    for before, after in zip(found, normalise(notebook(*found)).cells, strict=True):
        try:
            program = ast.dump(ast.parse(before["source"]))
        except (SyntaxError, ValueError):
            continue
        if before["cell_type"] == "code":
            assert ast.dump(ast.parse(after.source)) == program


# --- on disk --------------------------------------------------------------------------------------


def test_bytes_are_those_that_jupyter_writes() -> None:
    nb = normalise(notebook(markdown("Grüße – “so”", id="one")))
    content = to_bytes(nb)
    assert content.endswith(b"}\n")
    assert not content.endswith(b"\n\n")
    assert "Grüße – “so”".encode() in content
    assert content.decode().startswith('{\n "cells"')
    assert content.decode() == nbformat.writes(nb) + "\n"


def test_an_older_notebook_is_read(tmp_path: Path) -> None:
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps({"cells": [code()], "metadata": {}, "nbformat": 4, "nbformat_minor": 2}))
    assert normalise(read(path)).cells[0].source == "1 + 1"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "JSON"),
        (b"[]", "no notebook format"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "poem"}]}', "valid notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "valid notebook"),
    ],
)
def test_what_is_no_notebook_is_refused_by_name(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "broken.ipynb"
    path.write_bytes(content)
    with pytest.raises(HurdlesError, match=r"broken\.ipynb.*" + reason):
        read(path)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(HurdlesError, match=r"nowhere\.ipynb cannot be read"):
        read(tmp_path / "nowhere.ipynb")
