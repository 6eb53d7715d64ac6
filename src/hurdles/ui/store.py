"""Where a lesson's answers go: the learner's ledger, or memory where there is no workspace."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hurdles import ledger
from hurdles.errors import HurdlesError

__all__ = ["Store"]


@dataclass
class Store:
    """Answers of one lesson and of those before it.

    Parameters
    ----------
    workspace : pathlib.Path or None
        The learner's workspace; None keeps answers in this object only.
    """

    workspace: Path | None
    _memory: dict[tuple[str, str], Any] = field(default_factory=dict, repr=False)

    def get(self, lesson: str, name: str) -> Any:
        """Return what was answered, or None."""
        if self.workspace is None:
            return self._memory.get((lesson, name))
        try:
            kept = ledger.answers(self.workspace, lesson)
        except (sqlite3.Error, ValueError) as error:
            raise HurdlesError(self._trouble("read", error)) from error
        return next((answer.value for answer in kept if answer.name == name), None)

    def put(self, lesson: str, name: str, value: Any) -> None:
        """Keep an answer; it replaces the one before."""
        if self.workspace is None:
            self._memory[lesson, name] = value
            return
        try:
            ledger.save_answer(self.workspace, lesson, name, value)
        except (sqlite3.Error, OSError) as error:
            raise HurdlesError(self._trouble("written", error)) from error

    def _trouble(self, done: str, error: Exception) -> str:
        file = ledger.database(self.workspace) if self.workspace else "memory"
        return (
            f"Your answers in {file} could not be {done} ({error}). Check that the folder is writable and the disk not"
            " full, then try again."
        )

    def where(self) -> str:
        """Say in words where answers are kept."""
        if self.workspace is None:
            return "No workspace found, so answers are kept only while this notebook runs ('hurdles lab' makes one)."
        return f"Answers are kept on this machine, in {self.workspace.name}/{ledger.HOME}."
