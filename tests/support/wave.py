"""A small demo for tests: fast, and one of its settings fails on purpose; and one that begins with this setting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from hurdles.ui import Choice, Demo, Slider

FAILS_AT = 9


@dataclass(frozen=True)
class Wave:
    turns: int
    shape: str


def compute(turns: int, shape: str) -> Wave:
    if turns == FAILS_AT:
        raise ValueError("nine <b>turns</b> are one too many")
    return Wave(turns, shape)


def draw(wave: Wave) -> Figure:
    figure = Figure(figsize=(6, 3))
    figure.subplots_adjust(0.12, 0.18, 0.97, 0.95)
    axes = figure.add_subplot()
    seconds = np.linspace(0, 1, 200)
    height = np.sin(2 * np.pi * wave.turns * seconds)
    axes.plot(seconds, np.sign(height) if wave.shape == "square" else height)
    axes.set_xlabel("Time [s]")
    axes.set_ylabel("Height [m]")
    return figure


def describe(wave: Wave) -> str:
    return f"A {wave.shape} wave turns {wave.turns} times in one second."


def _wave(name: str, turns: int) -> Demo[Wave]:
    return Demo(
        name=name,
        title="A wave",
        question="How often does it turn in a second?",
        minutes=2,
        controls={
            "turns": Slider("Turns", 1, 10, 1, turns, unit="per second"),
            "shape": Choice("Shape", ["round", "square"], "round"),
        },
        compute=compute,
        draw=draw,
        describe=describe,
        alt="Line chart of a wave's height over one second",
    )


WAVE = _wave("wave", 3)
# Nothing can be drawn of it before somebody moves the slider.
BROKEN = _wave("broken", FAILS_AT)
