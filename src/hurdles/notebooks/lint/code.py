"""Rules about code that learners see and run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from hurdles.notebooks.lint.anatomy import part_of, text_without_code
from hurdles.notebooks.lint.page import Cell, Fault, Page, parse_code

__all__ = ["code_length", "data_paths", "helpers", "network", "opens_itself", "syntax"]

_CELL_LINES = 20
_CONCEPT_LINES = 8
_HELPER_LINES = 10
_NETWORK_MODULES = (
    "aiohttp", "boto3", "ftplib", "gdown", "http.client", "httpx", "huggingface_hub", "kagglehub", "paramiko",
    "pooch", "requests", "smtplib", "socket", "telnetlib", "urllib.request", "urllib3", "websockets", "wget",
)  # fmt: skip
_NETWORK_CALLS = ("fetch_openml", "load_dataset", "urlopen", "urlretrieve")
_FETCH = re.compile(r"fetch_\w+")
_NETWORK_COMMANDS = re.compile(
    r"(?:^|[\s;&|])(?:curl|wget|pip3?|uv|conda|mamba|git|npm|ssh|scp|rsync|apt|apt-get)(?=\s|$)"
)
_NETWORK_MAGICS = ("pip", "conda", "mamba", "uv")
_ADDRESS = re.compile(r"(?:https?|ftp|s3|gs|abfss?|hdfs)://", re.IGNORECASE)
_LOADED_PICTURE = re.compile(
    r"!\[[^\]]*\]\(\s*(?:https?:)?//|<(?:img|script|link|iframe)\b[^>]*(?:src|href)\s*=\s*[\"']?(?:https?:)?//",
    re.IGNORECASE,
)
_READERS = re.compile(
    r"open|Path|PurePath|read_\w+|scan_\w+|load|loadtxt|genfromtxt|fromfile|memmap|imread|listdir|glob|connect|Image"
)
# Methods of these names that take a text which is no path: json.loads is another name, model.load is not seen here.
_NO_PATHS = {"connect": (":memory:",)}


def _visible_code(page: Page) -> Iterator[tuple[Cell, str, ast.Module]]:
    """Visit the code a learner sees: cell, source, tree."""
    for cell in page.of_type("code"):
        source = cell.visible.strip("\n")
        tree = parse_code(source)
        if source.strip() and tree is not None:
            yield cell, source, tree


def code_length(page: Page) -> Iterator[Fault]:
    """Demand at most 20 lines in a cell that a learner reads, and 8 in a step of the concept."""
    for cell in page.of_type("code"):
        if cell.source_hidden:
            continue
        count = len(cell.visible.strip("\n").split("\n"))
        concept = page.kind == "lesson" and (part_of(cell.id) or ("",))[0] == "concept"
        most = _CONCEPT_LINES if concept else _CELL_LINES
        if count > most:
            yield (
                cell.id,
                f"This cell has {count} lines of code; {most} is the most. Split it, or move work into the package.",
            )


def helpers(page: Page) -> Iterator[Fault]:
    """Demand that a lesson defines no function or class of over 10 lines: that belongs into the package."""
    for cell in page.of_type("code"):
        for node in ast.walk(cell.tree or ast.Module([], [])):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                count = (node.end_lineno or node.lineno) - node.lineno + 1
                if count > _HELPER_LINES:
                    yield (
                        cell.id,
                        f"'{node.name}' is defined here in {count} lines; {_HELPER_LINES} is the most. "
                        "Move it into the area's room under src/hurdles and import it.",
                    )


def syntax(page: Page) -> Iterator[Fault]:
    """Demand that code is Python."""
    for cell in page.of_type("code"):
        if cell.tree is None:
            yield cell.id, "This code is not valid Python. Mend it."


def network(page: Page) -> Iterator[Fault]:
    """Demand that nothing is fetched from a network, neither by code nor by a picture in prose."""
    advice = "Code here never goes to a network: load data with hurdles.datasets, and ship pictures with the package"
    for cell in page.cells:
        if cell.type == "markdown":
            if _LOADED_PICTURE.search(text_without_code(cell.source)):
                yield cell.id, f"A picture or script is loaded from an address. {advice}."
        elif cell.tree is not None:
            seen = next(_network_uses(cell.tree), None)
            if seen:
                yield cell.id, f"{seen}. {advice}."


def _network_uses(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (f"'{name}' talks to a network" for name in _imported(node) if _is_network_module(name))
        elif isinstance(node, ast.Call):
            yield from _network_call(node)


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [f"{node.module}.{alias.name}" for alias in node.names]


def _is_network_module(name: str) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in _NETWORK_MODULES)


def _network_call(call: ast.Call) -> Iterator[str]:
    name = _called(call)
    texts = [_text(value) for value in (*call.args, *(keyword.value for keyword in call.keywords))]
    if name in _NETWORK_CALLS or _FETCH.fullmatch(name):
        yield f"'{name}' downloads"
    if name == "run_line_magic" and texts and texts[0] in _NETWORK_MAGICS:
        yield f"'%{texts[0]}' installs from a network"
    commands = name in (
        "system",
        "getoutput",
        "getoutput_system",
        "run_cell_magic",
        "Popen",
        "run",
        "check_call",
        "check_output",
    )
    for text in texts:
        if text is None:
            continue
        if _LOADED_PICTURE.search(text):
            yield f"'{name}' shows something loaded from an address"
        elif _ADDRESS.match(text.strip()):
            yield f"'{name}' is given the address '{text.strip()}'"
        elif commands and _NETWORK_COMMANDS.search(text):
            yield f"'{text.strip()}' goes to a network"


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _text(node: ast.expr) -> str | None:
    """Return a text that the code gives; of a list of texts, all of them; None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "…" for v in node.values)
    if isinstance(node, ast.List | ast.Tuple):
        pieces = [_text(element) for element in node.elts]
        return " ".join(piece for piece in pieces if piece is not None) if any(pieces) else None
    return None


def data_paths(page: Page) -> Iterator[Fault]:
    """Demand that data is loaded by name, never by path."""
    for cell in page.of_type("code"):
        for node in ast.walk(cell.tree or ast.Module([], [])):
            if not (isinstance(node, ast.Call) and node.args and _READERS.fullmatch(_called(node))):
                continue
            text, name = _text(node.args[0]), _called(node)
            if isinstance(node.args[0], ast.List | ast.Tuple) or not text or _ADDRESS.match(text):
                continue
            if text not in _NO_PATHS.get(name, ()) and _looks_like_path(name, text):
                yield (
                    cell.id,
                    f"'{name}' is given the path '{text}'. Load data by name from hurdles.datasets; "
                    "a path breaks on another machine.",
                )


def _looks_like_path(name: str, text: str) -> bool:
    # `load` and `connect` also take names that are no paths; the others take nothing but paths.
    return bool(re.search(r"[/\\]|\.\w{1,8}$", text)) or (name not in ("load", "connect", "glob") and "\n" not in text)


def opens_itself(page: Page) -> Iterator[Fault]:
    """Demand that a lesson opens its own desk and an exercise's last cell checks itself, by the file's own key."""
    call, cell_id = ("open_lesson", "setup") if page.kind == "lesson" else ("check_button", "check")
    keys = [
        _text(node.args[0])
        for cell in page.of_type("code")
        for node in ast.walk(cell.tree or ast.Module([], []))
        if isinstance(node, ast.Call) and _called(node) == call and node.args
    ]
    if keys != [page.key]:
        yield (
            cell_id,
            f"The notebook should call ui.{call}({page.key!r}) once; it calls it with {keys or 'nothing'}. "
            "Put in its own key.",
        )
