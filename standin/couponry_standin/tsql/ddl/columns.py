"""Columns: their catalogue entries and their PostgreSQL text."""

from __future__ import annotations

from typing import Any

from ...types import DEFAULT_COLLATION, SqlType
from .. import collation, tree
from ..catalog import ColumnDoc, type_from_doc, type_to_doc
from ..compiler import walk
from ..errors import NotSupported, SqlError
from ..names import quote
from ..parser.keywords import words
from ..typed import NULL_TYPE, Typed, column_pg_type
from ..unparse import definition
from .generated import generation
from .plan import Context, Sql
from .problems import problem, written

ALIAS_TYPE = "AL"
"""The catalogue's type of a user-defined alias type: ``doc`` holds ``base`` and ``nullable``."""

_VOLATILE = words(
    """
    GETDATE GETUTCDATE SYSDATETIME SYSUTCDATETIME SYSDATETIMEOFFSET CURRENT_TIMESTAMP NEWID
    NEWSEQUENTIALID RAND CRYPT_GEN_RANDOM NEXT_VALUE_FOR SUSER_SNAME SYSTEM_USER ORIGINAL_LOGIN
    USER_NAME CURRENT_USER SESSION_USER USER HOST_NAME APP_NAME DB_NAME SCOPE_IDENTITY
    """
)
_IDENTITY_BOUNDS = {
    "tinyint": (0, 255),
    "smallint": (-(2**15), 2**15 - 1),
    "int": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
}
_LARGE = ("text", "ntext", "image")


def check_collation(name: str | None, node: tree.Node) -> None:
    if name is not None:
        collation.check_collation(name, node.line, node.col)


def resolve_type(
    type_: SqlType | None, name: tree.Name | None, position: int, context: Context, node: tree.Node
) -> tuple[SqlType, bool | None]:
    """The built-in type of a column, and the nullability that an alias type brings."""
    if type_ is not None:
        return type_, None
    assert name is not None
    found = context.catalog.object(name)
    if found is None or found.type != ALIAS_TYPE:
        raise problem(
            2715,
            f"Column, parameter, or variable #{position}: Cannot find data type {written(name)}.",
            node,
        )
    return type_from_doc(found.doc["base"]), found.doc["nullable"]


def with_effective_collation(type_: SqlType) -> SqlType:
    """Strings always show a collation in the catalogue."""
    if type_.is_string and type_.collation is None:
        return type_.with_collation(DEFAULT_COLLATION)
    return type_


def entry(name: str, column_id: int, type_: SqlType, nullable: bool) -> dict[str, Any]:
    """A column of the catalogue without anything special."""
    type_ = with_effective_collation(type_)
    return {
        "name": name,
        "column_id": column_id,
        "type": type_to_doc(type_),
        "nullable": nullable,
        "identity": None,
        "computed": None,
        "persisted": False,
        "default": None,
        "default_name": None,
        "pg": column_pg_type(type_),
    }


def plain_column(
    column: tree.ColumnDefinition, column_id: int, table: str, context: Context
) -> dict[str, Any]:
    """The catalogue entry of a column that is not computed."""
    check_collation(column.collation, column)
    type_, alias_nullable = resolve_type(column.type, column.type_name, column_id, context, column)
    if column.collation is not None:
        if not type_.is_string:
            raise problem(
                452 if column.type_name else 447,
                "COLLATE clause cannot be used on user-defined data types."
                if column.type_name
                else f"Expression type {type_.name} is invalid for COLLATE clause.",
                column,
            )
        type_ = type_.with_collation(column.collation)
    nullable = column.nullable
    if nullable is None:
        nullable = alias_nullable
    if nullable is None:
        nullable = column.identity is None and type_.name != "rowversion"
    doc = entry(column.name, column_id, type_, nullable)
    if column.type_name is not None:
        alias = context.catalog.object(column.type_name)
        doc["type_id"] = alias.object_id if alias is not None else None
    if column.rowguidcol:
        doc["rowguidcol"] = True
    if column.identity is not None:
        _check_identity(column, type_, table)
        doc["identity"] = list(column.identity)
    if column.default is not None:
        if column.identity is not None or type_.name == "rowversion":
            raise no_default_possible(column.name, table, column.identity is not None, column)
        doc["default"] = default_text(column.default)
    return doc


def no_default_possible(column: str, table: str, identity: bool, node: tree.Node) -> SqlError:
    """1754, 1755: identity and rowversion columns fill themselves."""
    kind = "with an IDENTITY attribute" if identity else "of data type timestamp"
    return problem(
        1754 if identity else 1755,
        f"Defaults cannot be created on columns {kind}. Table '{table}', column '{column}'.",
        node,
    )


def _check_identity(column: tree.ColumnDefinition, type_: SqlType, table: str) -> None:
    assert column.identity is not None
    if type_.name == "decimal" and type_.scale == 0:
        raise NotSupported("IDENTITY of type decimal", column.line, column.col)
    if type_.name not in _IDENTITY_BOUNDS:
        raise problem(
            2749,
            f"Identity column '{column.name}' must be of data type int, bigint, smallint, tinyint, "
            "or decimal or numeric with a scale of 0, unencrypted, and constrained to be "
            "nonnullable.",
            column,
        )
    if column.nullable:
        raise problem(
            8147,
            f"Could not create IDENTITY attribute on nullable column '{column.name}', table "
            f"'{table}'.",
            column,
        )
    low, high = _IDENTITY_BOUNDS[type_.name]
    seed, increment = column.identity
    if not low <= seed <= high or increment == 0 or abs(increment) > high:
        raise problem(
            2750 if increment == 0 else 2751,
            f"Identity column '{column.name}' contains invalid "
            f"{'INCREMENT' if low <= seed <= high else 'SEED'}.",
            column,
        )


def default_text(expr: tree.Expr) -> str:
    """The text of a default; it may use neither columns nor queries."""
    check_scalar(expr)
    for column in walk.columns(expr):
        raise problem(
            128,
            f'The name "{written(column.name)}" is not permitted in this context. Valid '
            "expressions are constants, constant expressions, and (in some contexts) variables. "
            "Column names are not permitted.",
            column,
            severity=15,
        )
    return definition(expr)


def check_scalar(expr: tree.Expr) -> None:
    for node in walk.nodes(expr):
        if isinstance(node, tree.Query):
            raise problem(
                1046,
                "Subqueries are not allowed in this context. Only scalar expressions are allowed.",
                node,
                severity=15,
            )
        if isinstance(node, tree.Variable):
            raise problem(
                112,
                "Variables are not allowed in the CREATE TABLE statement.",
                node,
                severity=15,
            )


def computed_column(
    column: tree.ColumnDefinition,
    column_id: int,
    table: str,
    siblings: list[ColumnDoc],
    context: Context,
) -> tuple[dict[str, Any], str, Sql | None]:
    """The catalogue entry of a computed column, how PostgreSQL generates it, and what for that."""
    assert column.computed is not None
    expr = column.computed
    check_scalar(expr)
    for node in walk.nodes(expr):
        if isinstance(node, tree.Function) and node.name in _VOLATILE:
            if column.persisted:
                raise problem(
                    4936,
                    f"Computed column '{column.name}' in table '{table}' cannot be persisted "
                    "because the column is non-deterministic.",
                    node,
                )
            raise NotSupported("a computed column that is not deterministic", node.line, node.col)
        if isinstance(node, tree.Column):
            for sibling in siblings:
                if sibling.computed and sibling.name.lower() == node.name.last.lower():
                    raise problem(
                        1759,
                        f"Computed column '{sibling.name}' in table '{table}' is not allowed to "
                        "be used in another computed-column definition.",
                        node,
                    )
    typed = context.scalar(expr, siblings, None)
    type_ = SqlType("int") if typed.type == NULL_TYPE else typed.type
    nullable = typed.nullable if column.nullable is None else column.nullable
    doc = entry(column.name, column_id, type_, nullable)
    doc["computed"] = definition(expr)
    doc["persisted"] = column.persisted
    text, function = generation(expr, typed, ColumnDoc.from_doc(doc), siblings)
    return doc, text, function


# ---------------------------------------------------------------- PostgreSQL


def column_sql(doc: dict[str, Any], generated: str | None) -> str:
    """One line of CREATE TABLE, or what follows ADD COLUMN."""
    column = ColumnDoc.from_doc(doc)
    parts = [quote(column.name), storage_sql(column)]
    if generated is not None:
        parts.append(f"GENERATED ALWAYS AS ({generated}) STORED")
    elif column.identity is not None:
        parts.append(identity_sql(column))
    elif column.type.name == "rowversion":
        parts.append("DEFAULT int8send(nextval('tsql.rowversion_seq'))")
    if not column.nullable:
        parts.append("NOT NULL")
    return " ".join(parts)


def storage_sql(column: ColumnDoc) -> str:
    # Strings compare bytewise where PostgreSQL compares them by itself, in indexes of bpchar.
    return column.pg


def stored(value: Typed, column: ColumnDoc) -> str:
    """A compiled value in the type of its column."""
    return value.sql if value.pg == column.pg else f"({value.sql})::{column.pg}"


def identity_sql(column: ColumnDoc) -> str:
    """An identity with its bounds written out: PostgreSQL's own depend on the direction."""
    assert column.identity is not None
    seed, increment = column.identity
    low, high = _IDENTITY_BOUNDS[column.type.name]
    return (
        f"GENERATED BY DEFAULT AS IDENTITY (START WITH {seed} INCREMENT BY {increment}"
        f" MINVALUE {low} MAXVALUE {high})"
    )


def default_sql(expr: tree.Expr, column: ColumnDoc, context: Context) -> str:
    return stored(context.scalar(expr, [], column.type), column)


def is_large(type_: SqlType) -> bool:
    """Types that no index may have as a key."""
    return type_.length == -1 or type_.name in _LARGE
