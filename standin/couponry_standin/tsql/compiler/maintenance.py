"""DBCC CHECKIDENT, and what PostgreSQL looks after by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...types import BIGINT
from .. import tree
from ..conversion import convert
from ..errors import NotSupported, SqlError
from ..names import literal
from .scope import Scope

if TYPE_CHECKING:
    from .body import Body


def check_identity(body: Body, node: tree.CheckIdentity) -> None:
    if body.unit.catalog.object(node.table) is None:
        raise SqlError(
            2501,
            f'Cannot find a table or object with the name "{".".join(node.table.parts)}". Check the'
            " system catalog.",
            state=45,
            line=node.line,
            col=node.col,
        )
    found = body.inserts.table(node.table, "ALTER", node.line, node.col)
    if found.identity_column is None:
        raise SqlError(
            7997,
            f"'{found.full_name}' does not contain an identity column.",
            line=node.line,
            col=node.col,
        )
    if found.is_temporary:
        raise NotSupported("DBCC CHECKIDENT of a temporary table", node.line, node.col)
    value = "NULL::int8"
    if node.value is not None:
        typed = body.expressions.value(node.value, Scope())
        value = convert(typed, BIGINT, implicit=True, line=node.line, col=node.col).sql
    body.unit.extra("_told text")

    def emit() -> None:
        body.flush()
        body.out.add(
            f"_told := tsql.check_identity({found.object_id}, {literal(node.mode)}, {value});"
        )

    body.out.add("_told := NULL;")
    body.guard(emit)
    if node.quiet:
        return
    body.out.add("IF _told IS NOT NULL THEN")
    done = (
        "DBCC execution completed. If DBCC printed error messages, contact your system"
        " administrator."
    )
    for number, text in (("7998", "_told"), ("2528", literal(done))):
        body.message(
            [f"'{number}'", "'10'", "'1'", text, literal(body.unit.name), f"'{node.line}'"]
        )
    body.out.add("END IF;")


def maintain(body: Body, node: tree.Maintenance) -> None:
    """Nothing is left to do; but the table and the index have to be there."""
    found = body.inserts.table(node.table, "ALTER", node.line, node.col)
    names = {str(each.get("name", "")).lower() for each in found.doc.get("indexes", [])}
    if node.index is not None and node.index.lower() not in names:
        raise SqlError(
            7999,
            f"Could not find any index named '{node.index}' for table '{found.full_name}'.",
            line=node.line,
            col=node.col,
        )
    for name in node.names:
        if name.lower() not in names:
            raise SqlError(
                2767,
                f"Could not locate statistics '{name}' in the system catalogs.",
                line=node.line,
                col=node.col,
            )
