"""Importing this module reads the data that most lessons begin with; a warm process imports it, and nobody else."""

from __future__ import annotations

from hurdles.datasets import mortgages

__all__ = ["mortgages"]

# They are kept, and each caller gets a copy.
mortgages()
