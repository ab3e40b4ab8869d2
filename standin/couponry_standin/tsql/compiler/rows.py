"""Row types of PostgreSQL for what T-SQL keeps in variables: tables and the rows of cursors."""

from __future__ import annotations

from collections.abc import Iterable

from ..catalog import ColumnDoc
from ..names import quote
from ..plan import Composite
from .code import digest


def row_type(fields: Iterable[tuple[str, str]]) -> Composite:
    """The type of (quoted name, PostgreSQL type) fields: its name tells its content."""
    listed = ", ".join(f"{name} {pg}" for name, pg in fields)
    name = f'tsql_code."row_{digest(listed)}"'
    return Composite(name, f"CREATE TYPE {name} AS ({listed})")


def table_row_type(columns: Iterable[ColumnDoc]) -> Composite:
    return row_type((quote(column.name), column.pg) for column in columns)
