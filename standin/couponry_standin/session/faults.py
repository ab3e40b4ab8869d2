"""Faults of the compiler: a text that brings one to light is refused, and the session goes on."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from ..tsql import tree
from ..tsql.errors import NotSupported, SqlError

log = logging.getLogger(__name__)


@contextmanager
def compiling(text: str) -> Iterator[None]:
    """Compilation changes nothing: whatever goes wrong in it, the client may go on."""
    try:
        yield
    except SqlError:
        raise
    except RecursionError:
        raise SqlError(
            191,
            "Some part of your SQL statement is nested too deeply. Rewrite the query or break it up"
            " into smaller queries.",
            severity=15,
        ) from None
    except Exception as problem:
        # A mistake of the compiler concerns one text: the session has nothing to do with it.
        log.exception("the compiler failed over: %s", text[:2000])
        raise not_compiled(*_reached(problem)) from None


def not_compiled(line: int = 1, col: int = 1) -> SqlError:
    return NotSupported("what this text asks for: it could not be compiled", line, col)


def _reached(problem: Exception) -> tuple[int, int]:
    """The innermost node of the text at which the compiler was."""
    place = 1, 1
    for frame, _ in traceback.walk_tb(problem.__traceback__):
        for each in frame.f_locals.values():
            if isinstance(each, (tree.Statement, tree.Expr)) and each.line:
                place = each.line, each.col
    return place
