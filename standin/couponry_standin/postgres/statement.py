"""What goes out over a connection."""

from __future__ import annotations

from typing import NamedTuple


class Statement(NamedTuple):
    """One statement with its parameters, all in text form.

    ``oids`` gives the parameters' types (empty: PostgreSQL infers them). ``prepare=False`` is for
    statements that will not come again. ``sync`` ends the section of the pipeline after it.
    """

    sql: str
    params: tuple[bytes | None, ...] = ()
    oids: tuple[int, ...] = ()
    prepare: bool = True
    sync: bool = False


def encoded(sql: str) -> bytes:
    """The text as libpq takes it: a NUL would silently cut it off."""
    if "\0" in sql:
        raise ValueError("a statement for PostgreSQL holds a NUL character")
    return sql.encode()
