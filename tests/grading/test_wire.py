"""What comes out of a sandbox is taken for an output only if it has the shape of one."""

from __future__ import annotations

import json
import socket
import threading
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook

from hurdles.grading import wire

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = ("output_type", "name", "text", "data", "metadata", "ename", "evalue", "traceback", "execution_count")
OUTPUTS = st.fixed_dictionaries(
    {"output_type": st.sampled_from(["stream", "error", "display_data", "execute_result", "other"])},
    optional=dict.fromkeys(KEYS[1:], JSON),
)


@given(JSON | OUTPUTS)
def test_whatever_comes_a_notebook_can_hold_it_or_it_is_refused(given_: Any) -> None:
    try:
        found = wire.output(given_)
    except wire.WireError:
        return
    notebook = new_notebook(cells=[new_code_cell("1", outputs=[nbformat.from_dict(found)])])
    nbformat.validate(notebook)
    nbformat.writes(notebook).encode()


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_messages_arrive_as_they_were_sent(message: dict[str, Any]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender = threading.Thread(target=wire.send, args=(ours, message))
        sender.start()
        assert wire.receive(theirs) == json.loads(json.dumps(message))
        sender.join()
        ours.close()
        assert wire.receive(theirs) is None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"3", b"[" * 100_000, b"\xff"])
def test_what_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.unpack(body)


def test_halves_of_characters_do_not_pass() -> None:
    found = wire.output({"output_type": "stream", "name": "stdout", "text": "a\ud800b"})
    assert found["text"] == "a?b"
