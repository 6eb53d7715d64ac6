"""How far an image may turn before its label does: digits, nearest neighbours, and copies turned and made noisy.

A model learns from a fixed number of digits, of which a share is replaced by turned, noisy copies of themselves. It is
tested on other digits: upright, turned, noisy, and on the upright sixes and nines alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from hurdles.data.enough_images import BRIGHTEST, digits, noisy
from hurdles.errors import HurdlesError

__all__ = ["ANGLES", "NOISES", "SHARES", "TURNS", "Told", "Turned", "turned_copies"]

Floats = NDArray[np.float32]
ANGLES: Final = (0, 15, 30, 45, 60, 90, 120, 150, 180)
NOISES: Final = (0, 2, 4)
SHARES: Final = (0, 25, 50, 75, 100)
# By how many degrees test digits are turned, each way.
TURNS: Final = tuple(range(0, 181, 15))
_STEP: Final = 5
_TEST_NOISE: Final = 5.0


@dataclass(frozen=True)
class Told:
    """What one model tells right, in percent.

    Parameters
    ----------
    by_turn : tuple of float
        Test digits turned by each of `TURNS`, half of them each way.
    upright, noisy, sixes_and_nines : float
        Upright test digits; the same with strong noise; the sixes and nines among the upright ones.
    swapped : float
        Share of upright sixes taken for nines, or nines for sixes.
    """

    by_turn: tuple[float, ...]
    upright: float
    noisy: float
    sixes_and_nines: float
    swapped: float

    def within(self, angle: int) -> float:
        """Return the share told right of digits turned by up to an angle, averaged over `TURNS`."""
        return float(np.mean([right for turn, right in zip(TURNS, self.by_turn, strict=True) if turn <= angle]))


@dataclass(frozen=True)
class Turned:
    """What copies turned by up to an angle do to a model.

    Parameters
    ----------
    angle : int
        Copies are turned by up to this many degrees, each way: one of `ANGLES`.
    noise : int
        Standard deviation of the copies' noise, in grey levels of 16: one of `NOISES`.
    share : int
        Share of training digits replaced by a copy, in percent: one of `SHARES`.
    plain, augmented : Told
        What a model tells right that learned from the digits as they are, and one that learned with copies.
    """

    angle: int
    noise: int
    share: int
    plain: Told
    augmented: Told


def turned_copies(angle: int, noise: int, share: int) -> Turned:
    """Work out what copies turned by up to an angle do to a model.

    Parameters
    ----------
    angle : int
        Copies are turned by up to this many degrees, each way: one of `ANGLES`.
    noise : int
        Standard deviation of the copies' noise, in grey levels of 16: one of `NOISES`.
    share : int
        Share of training digits replaced by a copy, in percent: one of `SHARES`.

    Returns
    -------
    Turned
        Shares told right without and with copies.

    Raises
    ------
    hurdles.errors.HurdlesError
        If a value is none of those offered.
    """
    for name, value, offered in (("angle", angle, ANGLES), ("noise", noise, NOISES), ("share", share, SHARES)):
        if value not in offered:
            raise HurdlesError(f"There is no {name} {value}. Choose one of: {', '.join(map(str, offered))}.")
    return Turned(angle, noise, share, _told(0, 0, 0), _told(angle, noise, share))


@cache
def _turns() -> Floats:
    """Return for each multiple of 5 degrees the matrix that turns an image written as a row of 64 pixels.

    Turning with linear interpolation is linear in the pixels, so the turned images of single bright pixels say all.
    """
    from scipy.ndimage import rotate

    pixels = np.eye(64).reshape(64, 8, 8)
    angles = range(-180, 181, _STEP)
    turns = [rotate(pixels, a, axes=(2, 1), reshape=False, order=1).reshape(64, 64) for a in angles]
    return np.array(turns, dtype=np.float32)


@cache
def _world() -> tuple[Floats, NDArray[np.int64], NDArray[np.int64], Floats]:
    """Return training images and labels, test labels, and the test images: each of TURNS, then with noise."""
    images, labels, others, wanted = digits()
    middle = 180 // _STEP
    flat = others.reshape(len(others), 64).astype(np.float32)
    # Every other digit turns the other way.
    side = np.where(np.arange(len(flat)) % 2, 1, -1)
    tests = [np.einsum("ij,ijk->ik", flat, _turns()[middle + side * (turn // _STEP)]) for turn in TURNS]
    tests.append(noisy(others, _TEST_NOISE, seed=1).reshape(len(others), 64).astype(np.float32))
    return images.reshape(len(images), 64).astype(np.float32), labels, wanted, np.concatenate(tests)


@lru_cache(maxsize=256)
def _told(angle: int, noise: int, share: int) -> Told:
    _, labels, wanted, tests = _world()
    learned = _learned(angle, noise, share)
    # One thread: on a busy machine, threads that wait for each other keep a slider waiting.
    with threadpool_limits(1, user_api="blas"):
        # The nearest neighbour: |x - t|^2 without |t|^2, which is the same for all x.
        distance = tests @ learned.T
    distance *= -2
    distance += (learned**2).sum(axis=1)
    said = labels[distance.argmin(axis=1)].reshape(-1, len(wanted))
    right = 100 * (said == wanted).mean(axis=1)
    pair = np.isin(wanted, (6, 9))
    return Told(
        by_turn=tuple(float(v) for v in right[: len(TURNS)]),
        upright=float(right[0]),
        noisy=float(right[-1]),
        sixes_and_nines=float(100 * (said[0] == wanted)[pair].mean()),
        swapped=float(100 * (said[0] == 15 - wanted)[pair].mean()),
    )


def _learned(angle: int, noise: int, share: int) -> Floats:
    """Replace a share of the training images by copies; a larger share replaces the same ones and more."""
    images = _world()[0].copy()
    rng = np.random.default_rng(5)
    order, way = rng.permutation(len(images)), rng.uniform(-1, 1, len(images))
    scatter = rng.standard_normal(images.shape).astype(np.float32)
    chosen = order[: round(share / 100 * len(images))]
    steps = np.rint(way[chosen] * angle / _STEP).astype(int) + 180 // _STEP
    # One small product for each angle that occurs is much faster than one product an image.
    turns = _turns()
    for step in np.unique(steps):
        rows = chosen[steps == step]
        images[rows] = images[rows] @ turns[step]
    images[chosen] = (images[chosen] + noise * scatter[chosen]).clip(0, BRIGHTEST)
    return images
