"""What the rows of a table variable have to be like: not NULL, unique, as CHECK says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..collation import group_key
from ..names import literal, quote
from ..typed import Typed
from .scope import Scope, bind, column_shape
from .unit import VariableInfo

if TYPE_CHECKING:
    from collections.abc import Collection

    from .body import Body


def check_nulls(
    body: Body, info: VariableInfo, array: str, sure: Collection[str] = frozenset()
) -> None:
    """515 for a NULL in a column that takes none; ``sure``: what is none where it comes from."""
    assert info.columns is not None
    for column in info.columns:
        if column.nullable or column.identity is not None or column.name.lower() in sure:
            continue
        message = (
            f"Cannot insert the value NULL into column '{column.name}', table '{info.name}';"
            " column does not allow nulls. INSERT fails."
        )
        body.out.add(
            f'IF EXISTS (SELECT 1 FROM unnest({array}) AS "_x" WHERE'
            f' "_x".{quote(column.name)} IS NULL) THEN'
            f" PERFORM tsql.raise(515, {literal(message)}, 16, 2); END IF;"
        )


def check_keys(body: Body, info: VariableInfo, array: str, verb: str = "INSERT") -> None:
    assert info.columns is not None
    for name, check in info.checks:
        condition = body.expressions.condition(
            check, Scope(None, [bind("_x", column_shape(info.columns))])
        )
        message = (
            f'The {verb} statement conflicted with the CHECK constraint "{name}". The conflict'
            f' occurred in database "tempdb", table "{info.name}".'
        )
        body.out.add(
            f'IF EXISTS (SELECT 1 FROM unnest({array}) AS "_x" WHERE NOT ({condition}))'
            f" THEN PERFORM tsql.raise(547, {literal(message)}, 16, 0); END IF;"
        )
    by_name = {column.name.lower(): column for column in info.columns}
    for kind, names in info.keys:
        keys: list[str] = []
        for name in names:
            column = by_name[name.lower()]
            keys.append(group_key(Typed(f'"_x".{quote(column.name)}', column.type, column.pg)))
        message = (
            f"Violation of {kind} constraint 'PK__{info.name.lstrip('@')}'. Cannot insert duplicate"
            f" key in object 'dbo.{info.name}'. The duplicate key value is ("
        )
        twice = f'FROM unnest({array}) AS "_x" GROUP BY {", ".join(keys)} HAVING count(*) > 1'
        shown = " || ', ' || ".join(
            f"""coalesce(any_value("_x".{quote(by_name[name.lower()].name)})::text, '<NULL>')"""
            for name in names
        )
        body.out.add(
            f"IF EXISTS (SELECT 1 {twice}) THEN PERFORM tsql.raise(2627, {literal(message)} ||"
            f" (SELECT {shown} {twice} LIMIT 1) || ').', 14, 1); END IF;"
        )
