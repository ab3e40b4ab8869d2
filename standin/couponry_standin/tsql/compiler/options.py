"""SET options: which are accepted without effect, and what PostgreSQL makes of the others."""

from __future__ import annotations

from .. import tree
from ..errors import NotSupported

IGNORED_OPTIONS: dict[str, tuple[str, ...] | None] = {
    # The stand-in always behaves as these settings say; the other value is refused.
    "ANSI_NULLS": ("ON",),
    "ANSI_PADDING": ("ON",),
    "ANSI_WARNINGS": ("ON",),
    "ARITHABORT": ("ON", "OFF"),
    "CONCAT_NULL_YIELDS_NULL": ("ON",),
    # Minded while a text is read (tsql/quoting.py).
    "QUOTED_IDENTIFIER": ("ON", "OFF"),
    "NUMERIC_ROUNDABORT": ("OFF",),
    "ANSI_NULL_DFLT_ON": ("ON",),
    "ANSI_NULL_DFLT_OFF": ("OFF",),
    "ANSI_DEFAULTS": ("ON",),
    # PostgreSQL chooses the victim of a deadlock, and asks nobody who matters more.
    "DEADLOCK_PRIORITY": ("NORMAL", "0"),
    # How much of a value is sent: all of it, see docs/standin.md.
    "TEXTSIZE": None,
    "LANGUAGE": ("US_ENGLISH", "'US_ENGLISH'", "ENGLISH"),
    "DATEFORMAT": ("MDY", "YMD"),
    "DATEFIRST": ("7",),
    "ROWCOUNT": ("0",),
    "NOEXEC": ("OFF",),
    "PARSEONLY": ("OFF",),
    "QUERY_GOVERNOR_COST_LIMIT": ("0",),
    # There are no linked servers.
    "REMOTE_PROC_TRANSACTIONS": None,
}


CURSORS_CLOSE = "tsql.cursors_close"
"""PostgreSQL's setting for CURSOR_CLOSE_ON_COMMIT. FreeTDS turns that on at every login, so it is
kept; a cursor that is opened under it is refused, since here a COMMIT closes none."""


def lock_setting(milliseconds: int) -> int:
    """PostgreSQL's lock_timeout: its 0 waits for ever, T-SQL's 0 does not wait at all."""
    return 0 if milliseconds < 0 else max(milliseconds, 1)


def lock_timeout(node: tree.SetOption) -> int:
    """The milliseconds of SET LOCK_TIMEOUT."""
    try:
        milliseconds = int(node.value)
    except ValueError:
        raise NotSupported(f"SET LOCK_TIMEOUT {node.value}", node.line, node.col) from None
    if milliseconds >= 1 << 31:
        raise NotSupported(f"SET LOCK_TIMEOUT {node.value}", node.line, node.col)
    return milliseconds
