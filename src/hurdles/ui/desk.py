"""The desk of a lesson: where a learner answers, guesses, tries and decides."""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Sequence
from importlib import metadata
from typing import Any

from IPython.display import display

from hurdles import ledger
from hurdles.errors import HurdlesError
from hurdles.ui import questions as quizzes
from hurdles.ui.controls import number
from hurdles.ui.demo import Demo
from hurdles.ui.form import ChoiceField, Field, Form, Mark, NumberField, Reply, TextField
from hurdles.ui.note import Note
from hurdles.ui.questions import Question
from hurdles.ui.store import Store

__all__ = ["LessonDesk", "open_lesson"]

_KEY = re.compile(r"\d\d-[a-z0-9-]+/\d+-[a-z0-9-]+")
_SHOWN_VERSIONS = ("scikit-learn", "pandas")


def open_lesson(key: str) -> LessonDesk:
    """Open a lesson's desk and say in one line that everything is ready.

    Parameters
    ----------
    key : str
        The lesson, such as ``01-data/1-quality``.

    Returns
    -------
    LessonDesk

    Raises
    ------
    hurdles.errors.HurdlesError
        If the key does not have that form.
    """
    if not _KEY.fullmatch(key):
        raise HurdlesError(f"{key!r} is not a lesson. A lesson is written like '01-data/1-quality'.")
    store = Store(ledger.find_workspace())
    versions = ", ".join([f"Python {platform.python_version()}", *map(_version, _SHOWN_VERSIONS)])
    print(f"Ready: {versions}. {store.where()}")
    return LessonDesk(key, store)


def _version(package: str) -> str:
    try:
        return f"{package} {metadata.version(package)}"
    except metadata.PackageNotFoundError:
        return f"{package} is missing"


class LessonDesk:
    """What a lesson's cells call; made by `open_lesson`.

    Each method shows something under its cell and returns nothing, except `decided`. Everything runs without a
    click, so that a lesson can be executed from top to bottom by a machine.

    Parameters
    ----------
    key : str
        The lesson.
    store : hurdles.ui.store.Store
        Where answers go.
    """

    def __init__(self, key: str, store: Store) -> None:
        self._key = key
        self._store = store

    def __repr__(self) -> str:
        return f"LessonDesk({self._key!r})"

    def quiz(self, name: str, *asked: Question) -> None:
        """Ask questions with one Submit button; afterwards show which were right, and why.

        Parameters
        ----------
        name : str
            Name of the quiz within the lesson, such as ``pre``.
        *asked : Question
            The questions.
        """
        _show(self._quiz_form(name, asked))

    def predict(
        self,
        name: str,
        question: str,
        *,
        low: float = 0,
        high: float = 100,
        step: float = 1,
        unit: str = "",
        options: Sequence[str] | None = None,
    ) -> None:
        """Let the learner commit a guess before they see the answer.

        Parameters
        ----------
        name : str
            Name of the guess; `reveal` takes the same.
        question : str
            What to guess.
        low, high, step : float
            Range of a numeric guess, and how fine it is kept.
        unit : str
            Unit of the guess.
        options : sequence of str, optional
            Words to choose from, instead of a number.
        """
        _show(self._guess_form(name, question, low, high, step, unit, options))

    def reveal(self, name: str, actual: float | str, *, unit: str = "", fmt: str = "") -> None:
        """Show the committed guess beside the actual answer.

        Parameters
        ----------
        name : str
            Name of the guess.
        actual : float or str
            The answer, computed by the cell.
        unit, fmt : str
            Unit and number format of both.
        """
        stored = self._store.get(self._key, f"predict:{name}")
        _show(_revealed(stored.get("guess") if isinstance(stored, dict) else None, actual, unit, fmt))

    def show(self, demo: Demo[Any]) -> None:
        """Show a demo: live where widgets live, else its picture and text."""
        _show(demo.widget())

    def micro(self, name: str, value: Any, check: Callable[[Any], object]) -> None:
        """Check a micro-exercise at once: right, not yet (with the reason), or not attempted.

        Parameters
        ----------
        name : str
            Name of the micro-exercise.
        value : object
            What the learner made; None or ``...`` is "not attempted".
        check : callable
            Raises an AssertionError (such as ``checks.CheckFailed``) whose text says what is wrong; what it
            returns, if it is a text, is added to "Right."
        """
        outcome, note = _checked(value, check)
        key = f"micro:{name}"
        before = self._store.get(self._key, key)
        # Once right stays right: running the lesson again with a fresh stub takes nothing away.
        if outcome is not None and not (isinstance(before, dict) and before.get("passed")):
            self._store.put(self._key, key, {"passed": outcome})
        _show(note)

    def decide(self, name: str, question: str, options: Sequence[str]) -> None:
        """Let the learner choose an action and write one sentence for a manager.

        Parameters
        ----------
        name : str
            Name of the decision; later lessons ask for it by this name.
        question : str
            What is to be decided.
        options : sequence of str
            The actions.
        """
        _show(self._decision_form(name, question, options))

    def decided(self, name: str, lesson: str | None = None) -> dict[str, str] | None:
        """Return a decision.

        Parameters
        ----------
        name : str
            Name of the decision.
        lesson : str, optional
            Key of the lesson it was taken in, if not this one.

        Returns
        -------
        dict or None
            ``choice`` and ``reason``; None when it has not been taken.
        """
        stored = self._store.get(lesson or self._key, f"decide:{name}")
        return dict(stored) if isinstance(stored, dict) else None

    def _quiz_form(self, name: str, asked: Sequence[Question]) -> Form:
        if not asked:
            raise HurdlesError(f"The quiz {name!r} has no questions.")
        key = f"quiz:{name}"

        def receive(values: dict[str, Any]) -> Reply:
            reply = quizzes.mark(asked, values)
            return self._keep(key, quizzes.kept(asked, values), reply) if reply.done else reply

        before = quizzes.restored(asked, self._store.get(self._key, key))
        return Form(
            "Questions",
            quizzes.fields(asked),
            "Submit",
            receive,
            again="Answer again",
            values=before,
            reply=quizzes.mark(asked, before) if before else None,
        )

    def _guess_form(
        self, name: str, question: str, low: float, high: float, step: float, unit: str, options: Sequence[str] | None
    ) -> Form:
        key = f"predict:{name}"
        field: ChoiceField | NumberField = (
            ChoiceField("guess", question, tuple(options))
            if options
            else NumberField("guess", question, low, high, unit)
        )

        def receive(values: dict[str, Any]) -> Reply:
            guess = values["guess"]
            if guess is None and isinstance(field, ChoiceField):
                return Reply("Please choose one option first.")
            if isinstance(field, ChoiceField):
                guess = field.options[guess]
            elif guess is None or not low <= guess <= high:
                return Reply(f"Please give a number {field.range}.")
            else:
                guess = round(low + round((guess - low) / step) * step, 10)
            return self._keep(key, {"guess": guess, "unit": unit}, _committed(guess, unit))

        before = _guess_before(field, self._store.get(self._key, key))
        said = None
        if before is not None:
            said = _committed(field.options[before] if isinstance(field, ChoiceField) else before, unit)
        values = {} if before is None else {"guess": before}
        return Form("Your guess", [field], "Commit my guess", receive, values=values, reply=said)

    def _decision_form(self, name: str, question: str, options: Sequence[str]) -> Form:
        key = f"decide:{name}"
        fields: list[Field] = [
            ChoiceField("choice", question, tuple(options)),
            TextField("reason", "One sentence for a manager: why?"),
        ]

        def receive(values: dict[str, Any]) -> Reply:
            if values["choice"] is None:
                return Reply("Please choose an action first.")
            if not values["reason"]:
                return Reply("Please write one sentence that says why.")
            return self._keep(
                key, {"choice": options[values["choice"]], "reason": values["reason"]}, Reply("✓ Saved.", done=True)
            )

        before = self.decided(name)
        values: dict[str, Any] = {}
        if before and before.get("choice") in options:
            values = {"choice": list(options).index(before["choice"]), "reason": before.get("reason", "")}
        reply = Reply("✓ Saved before.", done=True) if values else None
        return Form("Your decision", fields, "Save my decision", receive, values=values, reply=reply)

    def _keep(self, key: str, value: dict[str, Any], reply: Reply) -> Reply:
        try:
            self._store.put(self._key, key, value)
        except HurdlesError as error:
            return Reply(f"⚠ {error}", marks=reply.marks)
        return reply


def _show(thing: object) -> None:
    display(thing)  # type: ignore[no-untyped-call]


def _committed(guess: float | str, unit: str) -> Reply:
    said = guess if isinstance(guess, str) else number(guess, unit)
    mark = Mark("The next cell shows your guess beside the answer.")
    return Reply(f"✓ Your guess is committed: {said}.", done=True, marks={"guess": mark})


def _guess_before(field: ChoiceField | NumberField, stored: Any) -> Any:
    guess = stored.get("guess") if isinstance(stored, dict) else None
    if isinstance(field, ChoiceField):
        return field.options.index(guess) if guess in field.options else None
    return guess if isinstance(guess, int | float) and field.low <= guess <= field.high else None


def _revealed(guess: float | str | None, actual: float | str, unit: str, fmt: str) -> Note:
    said = actual if isinstance(actual, str) else number(float(actual), unit, fmt)
    if guess is None or isinstance(guess, str) != isinstance(actual, str):
        invitation = "You made no guess yet. Commit one above and run this cell again, or look straight away."
        return Note([invitation], folded=f"The answer: {said}.", summary="Show the answer")
    if isinstance(guess, str) or isinstance(actual, str):
        verdict = "Your guess was right." if guess == actual else "Your guess was a different one."
        return Note([f"Your guess: {guess}.", f"The answer: {said}.", verdict])
    difference = float(guess) - float(actual)
    gap = number(abs(difference), "percentage points" if unit == "%" else unit, fmt)
    close = f"Your guess was {gap} too {'high' if difference > 0 else 'low'}."
    return Note(
        [
            f"Your guess: {number(float(guess), unit, fmt)}.",
            f"The answer: {said}.",
            close if difference else "Your guess was exact.",
        ]
    )


def _checked(value: Any, check: Callable[[Any], object]) -> tuple[bool | None, Note]:
    untouched = Note(["○ Not attempted yet. Replace the dots, then run it again."])
    if value is None or value is ...:
        return None, untouched
    try:
        praise = check(value)
    except NotImplementedError:
        return None, untouched
    except AssertionError as error:
        return False, Note([f"✗ Not yet. {error}".rstrip()])
    except Exception as error:  # a learner's value may break a check in any way: never show them its traceback
        what = f"Your value, of type {type(value).__name__}, could not be checked"
        return False, Note([f"✗ {what}: {type(error).__name__}: {error}"])
    return True, Note([f"✓ Right. {praise}" if isinstance(praise, str) else "✓ Right."])
