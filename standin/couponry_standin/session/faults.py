"""Faults of the compiler: a text that brings one to light is refused, and the session goes on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from ..tsql.errors import SqlError

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
    except Exception:
        # A mistake of the compiler concerns one text: the session has nothing to do with it.
        log.exception("the compiler failed over: %s", text[:2000])
        raise not_compiled() from None


def not_compiled() -> SqlError:
    return SqlError(
        40517,
        "The stand-in does not support what this text asks for: it could not be compiled. It"
        " refuses what it cannot run as SQL Server would.",
    )
