"""The live widget, by its traits."""

from __future__ import annotations

import asyncio
import base64
import dataclasses

import pytest
from support.wave import FAILS_AT, WAVE

from hurdles.errors import HurdlesError
from hurdles.ui import Demo, DemoWidget


def test_it_starts_with_the_defaults_picture_words_and_alt() -> None:
    widget = WAVE.widget()
    assert widget.png == WAVE.picture()
    assert widget.size == (576, 288)
    assert widget.text == "A round wave turns 3 times in one second."
    assert widget.alt == WAVE.alt
    assert widget.problem == ""
    assert [c["kind"] for c in widget.controls] == ["slider", "choice"]


def test_moving_a_control_changes_picture_and_words() -> None:
    widget = WAVE.widget()
    widget.move(turns=5, shape="square")
    assert widget.png == WAVE.picture(turns=5, shape="square")
    assert widget.text == "A square wave turns 5 times in one second."


def test_in_a_kernel_only_the_last_of_a_burst_is_computed() -> None:
    seen: list[int] = []
    demo = dataclasses.replace(WAVE, compute=lambda turns, shape: seen.append(turns) or WAVE.compute(turns, shape))

    async def drag() -> DemoWidget:
        widget = demo.widget()
        for position in (3, 4, 5, 6):
            widget.state = {**widget.state, "turns": position}
        await asyncio.sleep(0.5)
        return widget

    widget = asyncio.run(drag())
    assert seen == [3, 7]
    assert widget.text == "A round wave turns 7 times in one second."


def test_moving_there_and_back_computes_nothing() -> None:
    seen: list[int] = []
    demo = dataclasses.replace(WAVE, compute=lambda turns, shape: seen.append(turns) or WAVE.compute(turns, shape))

    async def there_and_back() -> None:
        widget = demo.widget()
        widget.move(turns=4)
        widget.move(turns=3)
        await asyncio.sleep(0.3)

    asyncio.run(there_and_back())
    assert seen == [3]


def test_two_widgets_of_one_demo_are_independent() -> None:
    first, second = WAVE.widget(), WAVE.widget()
    first.move(turns=7)
    assert first.png != second.png
    assert second.values == WAVE.defaults


def test_a_failure_keeps_the_last_picture_and_says_what_it_shows() -> None:
    widget = WAVE.widget()
    widget.move(turns=8)
    good = widget.png
    widget.move(turns=FAILS_AT)
    assert widget.png == good
    assert widget.text == "A round wave turns 8 times in one second."
    assert "ValueError: nine <b>turns</b> are one too many" in widget.problem
    assert "still show: Turns 8\u202fper second, Shape round" in widget.problem
    widget.move(turns=10)
    assert widget.problem == ""
    assert "10 times" in widget.text


@pytest.mark.parametrize("part", ["draw", "describe"])
def test_a_failure_while_drawing_or_describing_is_caught_too(part: str) -> None:
    def fail(_: object) -> None:
        raise HurdlesError("There is nothing to draw.")

    widget = dataclasses.replace(WAVE, **{part: fail}).widget()
    assert widget.problem == "This setting could not be computed.\nThere is nothing to draw."
    assert widget.png == b""


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"turns": 99, "shape": 1}, {"turns": 9, "shape": 1}),
        ({"turns": -4}, {"turns": 0, "shape": 0}),
        ({"turns": "<script>", "shape": None, "other": 3}, {"turns": 2, "shape": 0}),
        ({"turns": 1.5, "shape": True}, {"turns": 2, "shape": 0}),
    ],
)
def test_whatever_a_browser_sends_stays_within_the_controls(sent: dict, kept: dict) -> None:
    widget = WAVE.widget()
    widget.state = sent
    assert widget.state == kept


def test_where_widgets_are_dead_picture_and_words_remain() -> None:
    widget = WAVE.widget()
    data, metadata = widget._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id
    assert base64.b64decode(data["image/png"]) == WAVE.picture()
    assert data["text/plain"].splitlines() == [WAVE.title, WAVE.question, widget.text]
    assert metadata["image/png"] == {"width": 576, "height": 288, "alt": WAVE.alt}


def test_a_demo_that_never_worked_still_displays() -> None:
    def fail(turns: int, shape: str) -> None:
        raise ZeroDivisionError

    broken: Demo = dataclasses.replace(WAVE, compute=fail)
    data, _ = broken.widget()._repr_mimebundle_()
    assert "image/png" not in data
    assert "ZeroDivisionError" in data["text/plain"]
