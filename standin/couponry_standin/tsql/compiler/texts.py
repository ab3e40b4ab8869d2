"""The text forms in which values leave a machine, and rest in its frame."""

from __future__ import annotations

from ..collation import as_text
from ..typed import Typed


def text_of(typed: Typed) -> str:
    """The text form in which a value leaves a machine."""
    if typed.type.is_string:
        return as_text(typed)
    if typed.type.name == "decimal":
        return f"({typed.sql})::numeric({typed.type.precision},{typed.type.scale})::text"
    if typed.type.name in ("money", "smallmoney"):
        return f"({typed.sql})::numeric(19,4)::text"
    if typed.type.name == "boolean":
        return f"({typed.sql})::int::text"
    return f"({typed.sql})::text"


def variable_text(sql: str, pg: str) -> str:
    """A variable's text in a frame; bpchar keeps its trailing blanks."""
    return f"tsql.txt({sql})" if pg == "bpchar" else f"{sql}::text"
