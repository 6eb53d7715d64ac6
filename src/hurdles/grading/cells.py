"""Running a notebook's cells in this process, as a Jupyter kernel would, without a Jupyter client at the other end.

The shell is ipykernel's own, so magics, rich output, inline figures, widgets and top-level ``await`` are those of
a notebook. What a kernel would send over ZeroMQ goes through one function instead.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import resource
import signal
import sys
from collections.abc import Callable
from typing import Any

from ipykernel.displayhook import ZMQShellDisplayHook
from ipykernel.jsonutil import encode_images, json_clean
from ipykernel.zmqshell import ZMQDisplayPublisher, ZMQInteractiveShell
from traitlets import Any as AnyTrait
from traitlets import Type
from traitlets.config import Config

__all__ = ["CellShell", "Done", "Guard", "make_shell"]

Emit = Callable[[dict[str, Any]], None]
Done = dict[str, Any]
_CUT = "\n… cut: more output than is kept."
_MOST_HELD = 16_384
# The value of a test cell may be its points: it is kept however much was printed before.
_ALWAYS = 1000


class _Shown(ZMQDisplayPublisher):
    """Passes on what is displayed."""

    def publish(  # type: ignore[override]
        self, data: Any, metadata: Any = None, *, transient: Any = None, update: bool = False, **_: Any
    ) -> None:
        """Pass on a display; an update of an earlier one is one more."""
        self.shell.emit(
            {
                "output_type": "display_data",
                "data": json_clean(encode_images(data)),
                "metadata": json_clean(metadata or {}),
            }
        )

    def clear_output(self, wait: bool = False) -> None:
        """Forget what the cell has shown."""
        self.shell.clear()


class _Result(ZMQShellDisplayHook):
    """Passes on the value of a cell's last line."""

    msg: Any
    shell: Any

    def start_displayhook(self) -> None:
        """Begin a result."""
        self.msg = {"content": {}}

    def write_output_prompt(self) -> None:
        """Note the number of the cell."""
        self.msg["content"]["execution_count"] = self.prompt_count

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Note the value in all its formats."""
        self.msg["content"] |= {"data": json_clean(encode_images(format_dict)), "metadata": json_clean(md_dict or {})}

    def finish_displayhook(self) -> None:
        """Pass the result on."""
        content = self.msg["content"] if self.msg else {}
        if content.get("data"):
            self.shell.emit({"output_type": "execute_result", **content})
        self.msg = None


class CellShell(ZMQInteractiveShell):
    """A notebook's shell whose output goes through one function."""

    display_pub_class = Type(_Shown)
    displayhook_class = Type(_Result)
    emit = AnyTrait()
    clear = AnyTrait()
    payload_manager: Any

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            text = str(evalue)
        except Exception:  # a learner's own exception may be unable to say what it is
            text = "(its text could not be made)"
        self.emit({"output_type": "error", "ename": str(etype.__name__), "evalue": text, "traceback": list(stb)})
        self._last_traceback = stb


class _Stream(io.TextIOBase):
    """A standard stream of a cell: holds text back until there is enough of it, or something else is shown."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name: str, outputs: _Outputs, number: int) -> None:
        self.name = name
        self._outputs = outputs
        self._number = number

    def write(self, text: str) -> int:
        """Take text."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._outputs.text(self.name, text)
        return len(text)

    def flush(self) -> None:
        """Let what is held go."""
        self._outputs.flush()

    def writable(self) -> bool:
        """Say yes."""
        return True

    def isatty(self) -> bool:
        """Say no."""
        return False

    def fileno(self) -> int:
        """Return the descriptor under which C code and other programs write to the same stream."""
        return self._number


class _Outputs:
    """The outputs of one cell after the other, up to a limit for them all."""

    def __init__(self, send: Emit, most: int) -> None:
        self._send = send
        self._left = most
        self._name = ""
        self._held: list[str] = []
        self._count = 0
        self.cut = False

    def text(self, name: str, text: str) -> None:
        """Take text of a stream."""
        if name != self._name:
            self.flush()
            self._name = name
        if self._left <= 0 and self.cut:
            return
        self._held.append(text)
        self._count += len(text)
        if self._count >= _MOST_HELD:
            self.flush()

    def flush(self) -> None:
        """Let text go that was held back."""
        if not self._held:
            return
        text, self._held, self._count = "".join(self._held), [], 0
        if len(text) > self._left:
            text = text[: max(self._left, 0)] + ("" if self.cut else _CUT)
            self.cut = True
        self._left -= len(text)
        if text:
            self._send({"output": {"output_type": "stream", "name": self._name, "text": text}})

    def other(self, output: dict[str, Any]) -> None:
        """Take any other output; what is too large is left out, except the error that ends a cell."""
        self.flush()
        length = sum(len(str(part)) for part in output.get("data", {}).values())
        if output["output_type"] == "error":
            output = {
                **output,
                "evalue": output["evalue"][:20_000],
                "traceback": [t[:20_000] for t in output["traceback"][:200]],
            }
        elif length > self._left and not (output["output_type"] == "execute_result" and length <= _ALWAYS):
            self.cut = True
            self._send({"output": {"output_type": "stream", "name": "stdout", "text": _CUT}})
            return
        self._left -= length
        self._send({"output": output})

    def clear(self) -> None:
        """Forget the outputs of this cell."""
        self._held, self._count = [], 0
        self._send({"clear": True})


def make_shell(send: Emit, most: int) -> tuple[CellShell, _Outputs]:
    """Return a shell whose cells' outputs are sent on.

    Parameters
    ----------
    send : callable
        Takes each message: an output, or that outputs are to be cleared.
    most : int
        Characters of output that are kept.
    """
    outputs = _Outputs(send, most)
    config = Config()
    # A history on disk is written by a thread of its own, into a home that does not last.
    config.HistoryManager.enabled = False
    shell = CellShell.instance(config=config, emit=outputs.other, clear=outputs.clear)
    sys.stdout, sys.stderr = _Stream("stdout", outputs, 1), _Stream("stderr", outputs, 2)
    builtins.input = _no_input
    _plain_comms()
    return shell, outputs


def short_errors(shell: CellShell) -> None:
    """From now on, let an error show where it was raised, line by line, and nothing around it.

    To colour the source around each line takes longer than most tests, and these are the author's.
    """
    shell.InteractiveTB.set_mode(mode="Plain")


def _no_input(prompt: object = "") -> str:
    from IPython.core.error import StdinNotImplementedError

    raise StdinNotImplementedError("input() was called, but nobody is there to answer while a notebook is graded.")


def _plain_comms() -> None:
    """Let widgets be made: what they tell a browser goes nowhere."""
    import comm

    comm.create_comm = comm.DummyComm


class Guard:
    """What the shell was like before a learner's code ran, to be brought back before each test cell.

    In one interpreter that is no wall, only a fence: whoever wants to get over it can. What was changed is told.
    """

    def __init__(self, shell: CellShell) -> None:
        self._shell = shell
        self._lists = {
            "ast_transformers": (shell.ast_transformers, list(shell.ast_transformers)),
            "input_transformers_post": (shell.input_transformers_post, list(shell.input_transformers_post)),
            "input cleanup": (
                shell.input_transformer_manager.cleanup_transforms,
                list(shell.input_transformer_manager.cleanup_transforms),
            ),
            "input lines": (
                shell.input_transformer_manager.line_transforms,
                list(shell.input_transformer_manager.line_transforms),
            ),
            "input tokens": (
                shell.input_transformer_manager.token_transformers,
                list(shell.input_transformer_manager.token_transformers),
            ),
        }
        self._builtins = dict(vars(builtins))
        self._classes = {kind: dict(vars(kind)) for kind in (CellShell, ZMQInteractiveShell, *CellShell.__mro__[2:3])}
        self._own = {
            name: shell.__dict__.get(name) for name in ("run_cell", "run_code", "run_ast_nodes", "showtraceback")
        }
        self._hooks = {name: getattr(sys, name) for name in ("displayhook", "excepthook", "stdout", "stderr")}
        self._trace = sys.gettrace(), sys.getprofile()

    def restore(self) -> list[str]:
        """Bring it back; return the names of what had been changed."""
        changed = []
        for name, (live, before) in self._lists.items():
            if live != before:
                live[:] = before
                changed.append(f"the shell's {name}")
        for name, (live, _) in self._lists.items():
            if name in ("ast_transformers", "input_transformers_post") and getattr(self._shell, name) is not live:
                setattr(self._shell, name, live)
                changed.append(f"the shell's {name}")
        current = vars(builtins)
        for name, value in self._builtins.items():
            if name != "_" and current.get(name, self) is not value:
                setattr(builtins, name, value)
                changed.append(f"the built-in {name}")
        for kind, members in self._classes.items():
            for name in vars(kind).keys() - members.keys():
                delattr(kind, name)
                changed.append(f"the shell's {name}")
            for name, value in members.items():
                if name not in ("__dict__", "__weakref__", "__doc__") and vars(kind).get(name) is not value:
                    with contextlib.suppress(AttributeError, TypeError):
                        setattr(kind, name, value)
                    if not name.startswith(("_abc", "_instance")):
                        changed.append(f"the shell's {name}")
        for name, value in self._own.items():
            if self._shell.__dict__.get(name) is not value:
                self._shell.__dict__.pop(name, None)
                changed.append(f"the shell's {name}")
        for name, value in self._hooks.items():
            if getattr(sys, name) is not value:
                setattr(sys, name, value)
                if name in ("displayhook", "excepthook"):
                    changed.append(f"sys.{name}")
        if (sys.gettrace(), sys.getprofile()) != self._trace:
            sys.settrace(self._trace[0])
            sys.setprofile(self._trace[1])
            changed.append("the trace function")
        return sorted(set(changed))


def run_cell(shell: CellShell, outputs: _Outputs, source: str, cell_id: str | None, *, shown: bool = True) -> Done:
    """Run one cell.

    Parameters
    ----------
    shell : CellShell
        In which shell.
    outputs : object
        What takes its outputs.
    source : str
        Its code.
    cell_id : str or None
        Its id.
    shown : bool
        Whether the value of its last line is of interest to anybody.

    Returns
    -------
    dict
        ``ok``: whether it ran to its end; ``count``: its number; ``left``: whether it asked to end the kernel;
        ``peak``: the most memory that the process has had, in kilobytes.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        result = shell.run_cell(source, store_history=shown, silent=not shown, cell_id=cell_id)  # type: ignore[no-untyped-call]
        ok, left = bool(result.success), isinstance(result.error_in_exec, SystemExit) or bool(shell.exit_now)
        count = result.execution_count
    except KeyboardInterrupt as error:
        # It came between two lines of the shell's own.
        outputs.other({"output_type": "error", "ename": "KeyboardInterrupt", "evalue": str(error), "traceback": []})
        ok, left, count = False, False, shell.execution_count
    shell.exit_now = False
    shell.payload_manager.clear_payload()
    outputs.flush()
    return {
        "ok": ok and not left,
        "count": count,
        "left": left,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
