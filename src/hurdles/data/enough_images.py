"""Digits that are turned, shifted and made noisy, so that a model sees more of the world than was photographed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BRIGHTEST", "digits", "grown", "noisy", "right_on", "shifted", "turned"]

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
# The digits' grey levels go from 0 to this.
BRIGHTEST: Final = 16.0


@cache
def _digits() -> tuple[Floats, Labels]:
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    return images.reshape(-1, 8, 8).astype(float), labels.astype(np.int64)


def digits(seed: int = 0, train: int = 500, test: int = 500) -> tuple[Floats, Labels, Floats, Labels]:
    """Draw two sets of handwritten digits from scikit-learn's bundled ones.

    Parameters
    ----------
    seed : int
        The same seed draws the same digits.
    train, test : int
        How many for each set; together at most 1,797.

    Returns
    -------
    tuple of numpy.ndarray
        Images to learn from (`train` x 8 x 8, grey levels 0 to 16), their labels (0 to 9), images to test, labels.

    Notes
    -----
    Source: E. Alpaydin and C. Kaynak (1998), "Optical Recognition of Handwritten Digits", UCI Machine Learning
    Repository, test part, as bundled with scikit-learn. Licence: CC BY 4.0.
    """
    images, labels = _digits()
    order = np.random.default_rng(seed).permutation(len(labels))
    first, second = order[:train], order[train : train + test]
    return images[first], labels[first], images[second], labels[second]


def turned(images: Floats, most: float, seed: int) -> Floats:
    """Turn each image about its middle by an angle of its own.

    Parameters
    ----------
    images : numpy.ndarray
        n x height x width, grey levels 0 to 16.
    most : float
        Angles are drawn evenly from -`most` to `most` degrees.
    seed : int
        The same seed draws the same angles.

    Returns
    -------
    numpy.ndarray
        As many images of the same size and range; corners turned in from outside are black (0).
    """
    from scipy.ndimage import rotate

    angles = np.random.default_rng(seed).uniform(-most, most, len(images))
    pairs = zip(images, angles, strict=True)
    out = [rotate(image, angle, reshape=False, order=1) for image, angle in pairs]
    return np.array(out).reshape(images.shape).clip(0, BRIGHTEST)


def shifted(images: Floats, most: int, seed: int) -> Floats:
    """Move each image by whole pixels, down or up and right or left.

    Parameters
    ----------
    images : numpy.ndarray
        n x height x width.
    most : int
        Moves are drawn evenly from -`most` to `most` pixels each way.
    seed : int
        The same seed draws the same moves.

    Returns
    -------
    numpy.ndarray
        As many images of the same size; what leaves the picture is lost, what enters is black (0).
    """
    from scipy.ndimage import shift

    moves = np.random.default_rng(seed).integers(-most, most + 1, (len(images), 2))
    out = [shift(image, move, order=0) for image, move in zip(images, moves, strict=True)]
    return np.array(out).reshape(images.shape)


def noisy(images: Floats, spread: float, seed: int) -> Floats:
    """Add noise to every pixel.

    Parameters
    ----------
    images : numpy.ndarray
        n x height x width, grey levels 0 to 16.
    spread : float
        Standard deviation of the noise, in grey levels.
    seed : int
        The same seed draws the same noise.

    Returns
    -------
    numpy.ndarray
        As many images of the same size and range.
    """
    return (images + np.random.default_rng(seed).normal(0, spread, images.shape)).clip(0, BRIGHTEST)


def grown(images: Floats, labels: Labels, changed: Floats) -> tuple[Floats, Labels]:
    """Add changed copies to the images, with the labels of their originals.

    Parameters
    ----------
    images, labels : numpy.ndarray
        The originals.
    changed : numpy.ndarray
        A changed copy of each, in the same order.

    Returns
    -------
    tuple of numpy.ndarray
        Twice as many images and labels.
    """
    return np.concatenate([images, changed]), np.concatenate([labels, labels])


def right_on(
    trained: Mapping[str, tuple[Floats, Labels]], tests: Mapping[str, tuple[Floats, Labels]], neighbours: int = 1
) -> pd.DataFrame:
    """Let nearest neighbours learn from some sets of images, and test each on others.

    Parameters
    ----------
    trained, tests : mapping of str to tuple of numpy.ndarray
        Images and labels.
    neighbours : int
        How many neighbours vote.

    Returns
    -------
    pandas.DataFrame
        Images told right, in percent: a row for each training set, a column for each test.
    """
    import pandas as pd
    from sklearn.neighbors import KNeighborsClassifier

    table = {}
    with threadpool_limits(1):
        for name, (images, labels) in trained.items():
            model = KNeighborsClassifier(neighbours).fit(images.reshape(len(images), -1), labels)
            table[name] = {
                test: 100 * float(model.score(seen.reshape(len(seen), -1), wanted))
                for test, (seen, wanted) in tests.items()
            }
    return pd.DataFrame.from_dict(table, orient="index")
