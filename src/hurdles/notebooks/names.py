"""Which names a cell uses, and which it defines."""

from __future__ import annotations

import builtins
import functools
import symtable

__all__ = ["defined", "taken"]

_BUILT_IN = frozenset(dir(builtins)) | {"get_ipython", "display", "In", "Out"}


def _table(source: str) -> symtable.SymbolTable | None:
    try:
        return symtable.symtable(source, "<cell>", "exec")
    except SyntaxError:
        return None


def _own(table: symtable.SymbolTable) -> frozenset[str]:
    own = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    return frozenset(own | {inner.get_name() for inner in table.get_children()})


def defined(source: str) -> frozenset[str]:
    """Return the names that a cell gives a value to, for the cells after it.

    Parameters
    ----------
    source : str
        Python code.
    """
    table = _table(source)
    return frozenset() if table is None else _own(table)


@functools.lru_cache(maxsize=1024)
def taken(source: str) -> tuple[str, ...]:
    """Return the names that a cell uses and does not define itself: earlier cells do, or the learner's.

    Parameters
    ----------
    source : str
        Python code.
    """
    table = _table(source)
    if table is None:
        return ()
    used: set[str] = set()
    tables = [table]
    while tables:
        here = tables.pop()
        tables += here.get_children()
        top = here is table
        used |= {s.get_name() for s in here.get_symbols() if s.is_referenced() and (top or s.is_global())}
    return tuple(sorted(used - _own(table) - _BUILT_IN))
