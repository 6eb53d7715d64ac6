"""How the author's tests, in one process, use what a learner wrote, in another one.

The process with the tests (T) puts stand-ins for the learner's functions into its namespace; a stand-in's arguments
and results cross as plain data (see `hurdles.grading.codec`). The learner's process (L) answers two questions: what is
under this name, and what does it return for these arguments. Neither ever holds more of the other than that.
"""

from __future__ import annotations

import builtins
import linecache
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hurdles.grading import codec
from hurdles.grading.wire import WireError

__all__ = ["CellTimeoutError", "Examiner", "KernelDiedError", "Learner"]

Send = Callable[[dict[str, Any]], None]
Receive = Callable[[], "dict[str, Any] | None"]
# These need more than a text to be made.
_SPECIAL = {"UnicodeDecodeError": ValueError, "UnicodeEncodeError": ValueError, "UnicodeTranslateError": ValueError}
_LONGEST = 4000
_MOST_LINES = 40


class CellTimeoutError(TimeoutError):
    """The learner's function did not return in time."""


class KernelDiedError(RuntimeError):
    """The learner's process is gone."""


KernelDiedError.__name__ = "KernelDied"


class Examiner:
    """The side of the tests.

    Parameters
    ----------
    namespace : dict
        Of the test cells.
    send, receive : callable
        For messages, by way of the grader.
    """

    def __init__(self, namespace: dict[str, Any], send: Send, receive: Receive) -> None:
        self._namespace, self._send, self._receive = namespace, send, receive
        self._callbacks: list[Callable[..., Any]] = []
        self._theirs: set[str] = set()

    def fetch(self, names: list[str]) -> None:
        """Bring what the learner's process has under these names now, and forget what it had before."""
        for name in self._theirs:
            self._namespace.pop(name, None)
        self._theirs.clear()
        for name in names:
            if name in self._namespace:
                continue
            answer = self._ask({"fetch": name})
            if answer.get("function") is True:
                self._namespace[name] = Function(name, self)
            elif "value" in answer:
                self._namespace[name] = codec.decode(answer["value"])
            else:
                continue
            self._theirs.add(name)

    def call(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], *, back: bool) -> Any:
        """Call a function of the learner's; return its result, or with `back` also what became of the arguments."""
        given = codec.encode([list(args), kwargs], on_callable=self._remember)
        files = [codec.encode(path) for path in _files([*args, *kwargs.values()])]
        answer = self._ask({"call": name, "given": given, "back": back, "files": files})
        if "raised" in answer:
            raise _error(answer["raised"])
        result = codec.decode(answer.get("returned"))
        if not back:
            return result
        after = codec.decode(answer.get("arguments"), on_callable=self._recall)
        if not isinstance(after, list) or len(after) != len(args):
            after = list(args)
        return result, after

    def _remember(self, function: Callable[..., Any]) -> int:
        if function not in self._callbacks:
            self._callbacks.append(function)
        return self._callbacks.index(function)

    def _recall(self, number: int) -> Callable[..., Any]:
        if not 0 <= number < len(self._callbacks):
            raise codec.CodecError("a function that was never handed over came back")
        return self._callbacks[number]

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Ask the other side, and meanwhile call the author's functions that it was given."""
        self._send({"ask": question})
        while True:
            answer = self._receive()
            if answer is None or "dead" in answer:
                raise KernelDiedError(str((answer or {}).get("dead", "the grader is gone")))
            if "late" in answer:
                raise CellTimeoutError("the function did not return in time")
            if "callback" not in answer:
                return answer
            self._send({"answer": self._call_back(answer)})

    def _call_back(self, wish: dict[str, Any]) -> dict[str, Any]:
        try:
            function = self._recall(int(wish["callback"]))
            args, kwargs = codec.decode(wish["given"])
            return {"returned": codec.encode(function(*args, **kwargs))}
        except Exception as error:  # whatever it is, it is the learner's call that gets it
            return {"raised": _told(error, place=False)}


class Function:
    """Stands in for a function of the learner's.

    Parameters
    ----------
    name : str
        Its name there.
    tests : Examiner
        Who calls.
    """

    def __init__(self, name: str, tests: Examiner) -> None:
        self.__name__ = self.__qualname__ = name
        self._tests = tests

    def __repr__(self) -> str:
        return f"<the learner's function {self.__name__}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it on copies of the arguments."""
        return self._tests.call(self.__name__, args, kwargs, back=False)

    def with_arguments(self, *args: Any) -> tuple[Any, list[Any]]:
        """Call it; return its result, and what it has made of its copies of the arguments."""
        result, after = self._tests.call(self.__name__, args, {}, back=True)
        return result, after

    def __deepcopy__(self, memo: dict[int, Any]) -> Function:
        return self


class Learner:
    """The side of the learner's code.

    Parameters
    ----------
    namespace : dict
        Of the learner's cells.
    send, receive : callable
        For messages, by way of the grader.
    flush : callable
        Lets go what was printed.
    """

    def __init__(self, namespace: dict[str, Any], send: Send, receive: Receive, flush: Callable[[], None]) -> None:
        self._namespace, self._send, self._receive, self._flush = namespace, send, receive, flush

    def answer(self, question: dict[str, Any]) -> None:
        """Answer one question."""
        try:
            answer = self._fetch(question["fetch"]) if "fetch" in question else self._call(question)
        except BaseException as error:  # a learner's code may raise anything, and an interrupt is an answer, too
            answer = {"raised": _told(error, place=True)}
        self._flush()
        self._send(answer)

    def _fetch(self, name: str) -> dict[str, Any]:
        if name not in self._namespace:
            return {"missing": True}
        value = self._namespace[name]
        return {"function": True} if callable(value) else {"value": codec.encode(value)}

    def _call(self, question: dict[str, Any]) -> dict[str, Any]:
        function = self._namespace[question["call"]]
        for file in question.get("files", []):
            codec.decode(file, files=Path("/"))
        args, kwargs = codec.decode(question["given"], on_callable=self._stand_in, files=Path("/"))
        result = function(*args, **kwargs)
        answer = {"returned": codec.encode(result)}
        if question.get("back"):
            answer["arguments"] = codec.encode(args, on_callable=self._number)
        return answer

    def _stand_in(self, number: int) -> Callable[..., Any]:
        def author(*args: Any, **kwargs: Any) -> Any:
            self._flush()
            self._send({"callback": number, "given": codec.encode([list(args), kwargs])})
            answer = self._receive()
            if answer is None:
                raise KernelDiedError("the grader is gone")
            if "raised" in answer:
                raise _error(answer["raised"])
            return codec.decode(answer.get("returned"))

        author.number = number  # type: ignore[attr-defined]
        return author

    def _number(self, function: Any) -> int:
        number = getattr(function, "number", None)
        if not isinstance(number, int):
            raise codec.CodecError("a function cannot be handed over")
        return number


def _files(values: list[Any]) -> list[Path]:
    """Return the files that texts among the arguments name: the other process needs them at the same place.

    Only files of the tests' own making count, which lie where temporary files do.
    """
    found = []
    for value in values:
        if isinstance(value, list | tuple):
            found += _files(list(value))
        elif type(value) is str and "\0" not in value and value.startswith((tempfile.gettempdir(), str(Path.home()))):
            path = Path(value)
            if len(value) < _LONGEST and path.is_file():
                found.append(path)
    return found


def _told(error: BaseException, *, place: bool) -> dict[str, Any]:
    """Return what there is to know of an exception, as plain data."""
    kind = type(error)
    base = next((k for k in kind.__mro__ if k.__module__ == "builtins" and issubclass(k, Exception)), RuntimeError)
    try:
        text = str(error)[:_LONGEST]
    except Exception:  # a learner's own exception may be unable to say what it is
        text = ""
    found: dict[str, Any] = {"base": base.__name__, "name": kind.__name__[:80], "text": text}
    if place:
        frames = [
            (frame, line)
            for frame, line in traceback.walk_tb(error.__traceback__)
            if frame.f_globals.get("__name__") == "__main__"
        ]
        if frames:
            frame, line = frames[-1]
            found["line"] = line
            found["code"] = linecache.getline(frame.f_code.co_filename, line).strip()[:_LONGEST]
        lines = traceback.format_exception(kind, error, error.__traceback__)
        found["traceback"] = [line[:_LONGEST] for line in lines[-_MOST_LINES:]]
    return found


def _error(told: Any) -> Exception:
    """Return the exception that was told of: of the built-in kind nearest to it, under its own name."""
    if not isinstance(told, dict):
        raise WireError("no exception")
    found = getattr(builtins, str(told.get("base")), None)
    name, text = str(told.get("name"))[:80], str(told.get("text"))[:_LONGEST]
    base: type[Exception] = found if isinstance(found, type) and issubclass(found, Exception) else RuntimeError
    base = _SPECIAL.get(base.__name__, base)
    if name in ("SystemExit", "KeyboardInterrupt", "GeneratorExit"):
        text = text or "the code asked to end the program"
    kind = base if base.__name__ == name else type(name if name.isidentifier() else base.__name__, (base,), {})
    error: Exception
    try:
        error = kind(text)
    except Exception:  # some kinds want other arguments
        error = RuntimeError(f"{name}: {text}")
    line, code, lines = told.get("line"), told.get("code"), told.get("traceback")
    if isinstance(line, int) and isinstance(code, str):
        error.learner_place = (line, code[:_LONGEST])  # type: ignore[attr-defined]
    if isinstance(lines, list):
        error.learner_traceback = [str(part)[:_LONGEST] for part in lines[:_MOST_LINES]]  # type: ignore[attr-defined]
    return error
