"""The step that ``nbgrader_config.py`` adds to nbgrader's own release of an assignment.

An instructor who runs ``nbgrader generate_assignment`` so gets, byte for byte, what ``hurdles build`` writes.
"""

from __future__ import annotations

from typing import Any

from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import ComputeChecksums, NbGraderPreprocessor

from hurdles.notebooks.normalise import normalise

__all__ = ["Normalise", "release_preprocessors"]


class Normalise(NbGraderPreprocessor):  # type: ignore[misc]
    """Bring a notebook into its normal form while nbgrader releases it."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Return the notebook in its normal form, and the resources as they came."""
        return normalise(nb), resources


def release_preprocessors() -> list[type]:
    """Return nbgrader's steps for a release, with `Normalise` before each computation of checksums.

    Before, not after: nbgrader compares a learner's cells with the checksums, so they must be those of the text that
    is released. The second computation follows the removal of hidden tests, which leaves blanks of its own.
    """
    stock: list[type] = GenerateAssignment.class_traits()["preprocessors"].make_dynamic_default()
    steps: list[type] = []
    for step in stock:
        steps += [Normalise, step] if step is ComputeChecksums else [step]
    return steps
