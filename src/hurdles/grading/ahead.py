"""Importing this module does once what every check would do first; a warm process imports it, and nobody else."""

from __future__ import annotations

import nbformat
import nbgrader.api  # declares the gradebook's tables
import sqlalchemy.orm

__all__ = ["nbgrader"]

# The schema of notebooks is turned into Python code when the first one is read.
for _minor in (4, 5):
    nbformat.validate(
        nbformat.v4.new_notebook(nbformat_minor=_minor), relax_add_props=True, version=4, version_minor=_minor
    )
sqlalchemy.orm.configure_mappers()
