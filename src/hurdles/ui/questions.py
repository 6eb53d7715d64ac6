"""Questions with one right option: how they are asked, marked, kept and shown again. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hurdles.errors import HurdlesError
from hurdles.ui.form import ChoiceField, Mark, Reply

__all__ = ["Question", "fields", "kept", "mark", "restored"]


@dataclass(frozen=True)
class Question:
    """A question with one right option.

    Parameters
    ----------
    text : str
        The question.
    options : sequence of str
        What can be answered.
    answer : int
        Position of the right option, from 0.
    why : str
        Why it is right; shown after submitting.
    """

    text: str
    options: Sequence[str]
    answer: int
    why: str

    def __post_init__(self) -> None:
        if len(self.options) < 2 or len(set(self.options)) < len(self.options):
            raise HurdlesError(f"The question {self.text!r} needs at least two options, all different.")
        if not 0 <= self.answer < len(self.options):
            raise HurdlesError(
                f"The question {self.text!r} has {len(self.options)} options; its answer {self.answer} is none of them."
            )


def _name(position: int) -> str:
    return f"question-{position + 1}"


def fields(questions: Sequence[Question]) -> list[ChoiceField]:
    """Return the form's fields, numbered from 1."""
    many = len(questions) > 1
    return [
        ChoiceField(_name(i), f"{i + 1}. {q.text}" if many else q.text, tuple(q.options))
        for i, q in enumerate(questions)
    ]


def mark(questions: Sequence[Question], values: Mapping[str, Any]) -> Reply:
    """Mark answers: all questions must be answered; then each is right or wrong, with the reason."""
    chosen = [values.get(_name(i)) for i in range(len(questions))]
    missing = [str(i + 1) for i, choice in enumerate(chosen) if choice is None]
    if missing:
        which = "the question" if len(questions) == 1 else f"question {' and '.join(missing)}"
        return Reply(f"Please answer {which} first.")
    marks = {_name(i): _mark(q, choice) for i, (q, choice) in enumerate(zip(questions, chosen, strict=True))}
    right = sum(m.kind == "right" for m in marks.values())
    return Reply(f"{right} of {len(questions)} right.", done=True, marks=marks)


def _mark(question: Question, choice: int | None) -> Mark:
    if choice == question.answer:
        return Mark(f"✓ Right. {question.why}", "right")
    return Mark(f"✗ Not this one. Right is: {question.options[question.answer]}. {question.why}", "wrong")


def kept(questions: Sequence[Question], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the ledger keeps: the options' words, so that a later version may reorder them."""
    chosen = [values[_name(i)] for i in range(len(questions))]
    return {
        "answers": [q.options[choice] for q, choice in zip(questions, chosen, strict=True)],
        "right": sum(choice == q.answer for q, choice in zip(questions, chosen, strict=True)),
        "of": len(questions),
    }


def restored(questions: Sequence[Question], stored: Any) -> dict[str, int] | None:
    """Return the values to start from, or None when what was kept answers other questions than these."""
    words = stored.get("answers") if isinstance(stored, dict) else None
    if not isinstance(words, list) or len(words) != len(questions):
        return None
    if any(word not in q.options for q, word in zip(questions, words, strict=True)):
        return None
    return {_name(i): list(q.options).index(word) for i, (q, word) in enumerate(zip(questions, words, strict=True))}
