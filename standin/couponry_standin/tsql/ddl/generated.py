"""Computed columns as PostgreSQL keeps them: stored generated columns."""

from __future__ import annotations

import hashlib
import re

from .. import tree
from ..catalog import ColumnDoc
from ..compiler import walk
from ..names import quote
from ..typed import Typed
from .plan import Sql

# PostgreSQL (up to 18 at least) folds constants of a generation expression before it has settled
# their collations, so that lower('@') fails with 42P22. Inside a function body it does not.
_FOLDED = re.compile(r"\b(?:lower|upper|initcap)\s*\(\s*E?'")
_COLLATABLE = ("text", "bpchar")


def generation(
    expr: tree.Expr, value: Typed, column: ColumnDoc, siblings: list[ColumnDoc]
) -> tuple[str, Sql | None]:
    """The generation expression, and the function that must be made first, if one must."""
    text = value.sql if value.pg == column.pg else f"({value.sql})::{column.pg}"
    if not _FOLDED.search(text):
        return text, None
    names = {each.name.last.lower() for each in walk.columns(expr)}
    used = [each for each in siblings if each.name.lower() in names]
    parameters = ", ".join(f"{quote(each.name)} {each.pg}" for each in used)
    digest = hashlib.md5(f"{parameters}|{text}".encode(), usedforsecurity=False).hexdigest()[:16]
    function = f'tsql_code."computed_{digest}"'
    make = (
        f"CREATE OR REPLACE FUNCTION {function}({parameters}) RETURNS {column.pg}"
        f" LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN {text}"
    )
    return f"{function}({', '.join(_arguments(used))})", Sql(make)


def _arguments(used: list[ColumnDoc]) -> list[str]:
    """One argument says the collation for the whole body: Unicode letters have their case."""
    arguments: list[str] = []
    said = False
    for each in used:
        name = quote(each.name)
        if each.pg in _COLLATABLE and not said:
            name, said = f'{name} COLLATE "default"', True
        arguments.append(name)
    return arguments
