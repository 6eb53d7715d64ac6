"""A new lesson to start from: everything in its place, everything runs, every text says what belongs there."""

from hurdles.notebooks.skeleton.new import new_lesson

__all__ = ["new_lesson"]
