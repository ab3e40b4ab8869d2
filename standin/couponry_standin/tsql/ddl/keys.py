"""Indexes, those of keys included: their catalogue entries and their PostgreSQL text.

Included columns stay in the catalogue only. A stored copy would serve no invariant, and it would
cost twice: PostgreSQL cannot update a row in place (HOT) when an indexed column changes, and its
index rows are limited to about 2,700 bytes.
"""

from __future__ import annotations

from typing import Any

from .. import tree
from ..catalog import ColumnDoc
from ..collation import group_key
from ..compiler import walk
from ..errors import NotSupported
from ..names import mangle, quote
from ..typed import Typed
from ..unparse import definition, read_condition
from .columns import check_scalar, is_large
from .plan import Context
from .problems import no_key_column, problem

COMPARISONS = ("=", "<>", "!=", "<", "<=", ">", ">=", "!<", "!>")
KeyColumns = list[tuple[str, bool]]


def pg_name(table: str, name: str) -> str:
    """T-SQL's index names are unique in a table, PostgreSQL's in a schema."""
    return mangle(f"{table}${name}")


def find_column(columns: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    return next((each for each in columns if each["name"].lower() == name.lower()), None)


def key_columns(
    items: list[tree.OrderItem], columns: list[dict[str, Any]], table: str, node: tree.Node
) -> KeyColumns:
    """The key as (name, descending), with the spelling of the table."""
    keys: KeyColumns = []
    for item in items:
        assert isinstance(item.expr, tree.Column)
        name = item.expr.name.last
        found = find_column(columns, name)
        if found is None:
            raise no_key_column(name, item)
        if any(found["name"] == key for key, _ in keys):
            raise problem(
                1909,
                "Cannot use duplicate column names in index. Column name "
                f"'{name}' listed more than once.",
                item,
            )
        if is_large(ColumnDoc.from_doc(found).type):
            raise problem(
                1919,
                f"Column '{name}' in table '{table}' is of a type that is invalid for use as a "
                "key column in an index.",
                item,
            )
        keys.append((found["name"], item.descending))
    return keys


def index_entry(
    name: str,
    table: str,
    keys: KeyColumns,
    *,
    index_id: int,
    unique: bool,
    clustered: bool,
    primary: bool = False,
    unique_constraint: bool = False,
    include: list[str] | None = None,
    where: tree.Expr | None = None,
) -> dict[str, Any]:
    return {
        "name": name,
        "index_id": index_id,
        "unique": unique,
        "primary": primary,
        "unique_constraint": unique_constraint,
        "clustered": clustered,
        "columns": [list(key) for key in keys],
        "include": include or [],
        "filter": None if where is None else definition(where),
        "pg_name": pg_name(table, name),
    }


def next_index_id(indexes: list[dict[str, Any]], clustered: bool) -> int:
    """1 is the clustered index; the others count from 2."""
    if clustered:
        return 1
    return max([1, *(each["index_id"] for each in indexes)]) + 1


def included(
    names: list[str], keys: KeyColumns, columns: list[dict[str, Any]], node: tree.Node
) -> list[str]:
    found: list[str] = []
    for name in names:
        column = find_column(columns, name)
        if column is None:
            raise no_key_column(name, node)
        if column["name"] in found or any(column["name"] == key for key, _ in keys):
            raise problem(
                1909,
                "Cannot use duplicate column names in index. Column name "
                f"'{name}' listed more than once.",
                node,
            )
        found.append(column["name"])
    return found


def user_index(
    index: tree.IndexDefinition, table: str, doc: dict[str, Any], object_name: str
) -> dict[str, Any]:
    """The catalogue entry of CREATE INDEX or of an index inside CREATE TABLE."""
    existing: list[dict[str, Any]] = doc["indexes"]
    if any(each["name"].lower() == index.name.lower() for each in existing):
        raise problem(
            1913,
            "The operation failed because an index or statistics with name "
            f"'{index.name}' already exists on table '{object_name}'.",
            index,
        )
    clustered = index.clustered is True
    if clustered:
        check_clustered(existing, object_name, index)
        if index.include:
            message = "Cannot specify included columns for a clustered index."
            raise problem(10601, message, index)
        if index.where is not None:
            raise NotSupported("a clustered index with a filter", index.line, index.col)
    if index.where is not None:
        check_scalar(index.where)
        check_filter(index, doc["columns"], object_name)
    keys = key_columns(index.columns, doc["columns"], object_name, index)
    return index_entry(
        index.name,
        table,
        keys,
        index_id=next_index_id(existing, clustered),
        unique=index.unique,
        clustered=clustered,
        include=included(index.include, keys, doc["columns"], index),
        where=index.where,
    )


def check_filter(index: tree.IndexDefinition, columns: list[dict[str, Any]], table: str) -> None:
    """Columns compared with constants, joined by AND: nothing else chooses an index's rows."""
    for part in walk.conjuncts(index.where):
        match part:
            case tree.IsNull(operand=tree.Column() as column):
                pass
            case tree.Binary(op=op, left=tree.Column() as column, right=right) if (
                op in COMPARISONS and _is_constant(right)
            ):
                pass
            case tree.Binary(op=op, left=left, right=tree.Column() as column) if (
                op in COMPARISONS and _is_constant(left)
            ):
                pass
            case tree.InList(operand=tree.Column() as column, negated=False) if all(
                _is_constant(each) for each in part.items
            ):
                pass
            case _:
                column = None
        found = column and find_column(columns, column.name.last)
        if column is None or (found and found.get("computed")):
            raise problem(
                10735,
                f"Incorrect WHERE clause for filtered index '{index.name}' on table '{table}'.",
                index,
                severity=15,
            )


def _is_constant(expr: tree.Expr) -> bool:
    return not any(
        isinstance(each, (tree.Column, tree.Variable, tree.Subquery)) for each in walk.nodes(expr)
    )


def check_clustered(existing: list[dict[str, Any]], table: str, node: tree.Node) -> None:
    for each in existing:
        if each["clustered"]:
            raise problem(
                1902,
                f"Cannot create more than one clustered index on table '{table}'. Drop the "
                f"existing clustered index '{each['name']}' before creating another.",
                node,
            )


# ---------------------------------------------------------------- PostgreSQL


def index_sql(
    schema: str, table: str, doc: dict[str, Any], index: dict[str, Any], context: Context
) -> str:
    """CREATE INDEX for a catalogue entry. NULLs are equal and lowest in T-SQL's indexes."""
    columns = {each["name"]: ColumnDoc.from_doc(each) for each in doc["columns"]}
    keys = [(columns[name], bool(descending)) for name, descending in index["columns"]]
    terms = ", ".join(_term(column, descending) for column, descending in keys)
    text = "CREATE UNIQUE INDEX" if index["unique"] else "CREATE INDEX"
    text += f" {quote(index['pg_name'])} ON {quote(schema)}.{quote(table)} ({terms})"
    if index["unique"] and any(column.nullable for column, _ in keys):
        text += " NULLS NOT DISTINCT"
    if index["filter"] is not None:
        condition = context.scalar(read_condition(index["filter"]), list(columns.values()), None)
        text += f" WHERE {condition.sql}"
    return text


def drop_index_sql(schema: str, index: dict[str, Any]) -> str:
    return f"DROP INDEX {quote(schema)}.{quote(index['pg_name'])}"


def is_plain(column: ColumnDoc) -> bool:
    """True when PostgreSQL's own equality of the column is T-SQL's: foreign keys need that."""
    return _key(column) == quote(column.name)


def _key(column: ColumnDoc) -> str:
    name = quote(column.name)
    if column.pg == "bpchar" and column.type.is_binary_collated:
        return name
    return group_key(Typed(name, column.type, column.pg, column.nullable, "implicit"))


def _term(column: ColumnDoc, descending: bool) -> str:
    key = _key(column)
    text = key if key == quote(column.name) else f"({key})"
    if descending:
        return f"{text} DESC NULLS LAST" if column.nullable else f"{text} DESC"
    return f"{text} NULLS FIRST" if column.nullable else text
