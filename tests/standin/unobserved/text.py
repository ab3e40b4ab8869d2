"""Which expressions are free text: strings that SQL Server compares by the rules of a language.

couponry's keys are compared by code point (``Latin1_General_100_BIN2``), as the stand-in does. What
is left are names and remarks of people. A name of a column is looked up in all tables: where one
of them has free text by that name, all are taken for it.
"""

from __future__ import annotations

from functools import cache

from couponry_standin.tsql import tree
from couponry_standin.types import SqlType

from .corpus import Script
from .schema import tables

FREE, EXACT, ANY = "free", "exact", ""
"""ANY: no text, or a value that takes the collation of what it is compared with."""

KEEPING = {
    *("COALESCE", "ISNULL", "NULLIF", "CONCAT", "CONCAT_WS", "LEFT", "RIGHT", "SUBSTRING", "MIN"),
    *("MAX", "TRIM", "LTRIM", "RTRIM", "UPPER", "LOWER", "REPLACE", "STUFF", "REVERSE"),
    *("STRING_AGG", "LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE", "TRANSLATE", "CHOOSE"),
}


def kind_of(expr: tree.Node | None, script: Script) -> str:
    match expr:
        case tree.Collate():
            return EXACT if "_BIN" in expr.collation.upper() else kind_of(expr.operand, script)
        case tree.Column():
            return named(script).get(expr.name.last.lower(), ANY)
        case tree.Function() if expr.name in KEEPING:
            return together(expr.args, script)
        case tree.Case():
            results = [*(each for _, each in expr.whens), expr.otherwise]
            return together(results, script)
        case tree.Binary(op="+"):
            return together([expr.left, expr.right], script)
        case tree.Cast() if expr.type.is_string:
            return kind_of(expr.operand, script)
        case tree.Subquery(query=tree.Select() as query) if query.items:
            return kind_of(query.items[0].expr, script)
        case _:
            return ANY


def together(parts: list[tree.Expr | None] | list[tree.Expr], script: Script) -> str:
    kinds = {kind_of(each, script) for each in parts}
    return EXACT if EXACT in kinds else FREE if FREE in kinds else ANY


def of_column(type_: SqlType | None, collation: str | None) -> str:
    if type_ is None or not type_.is_string:
        return ANY
    return EXACT if collation is not None and "_BIN" in collation.upper() else FREE


@cache
def shared() -> dict[str, str]:
    """The columns of tables, views and functions by name."""
    found: dict[str, str] = {}
    for table in tables().values():
        for name, column in table.columns.items():
            kind = of_column(column.type, column.collation)
            if found.get(name) != FREE:
                found[name] = kind
    return found


_NAMED: dict[int, dict[str, str]] = {}


def named(script: Script) -> dict[str, str]:
    """The columns that a script may name: the shared ones, its own tables, its aliases."""
    if id(script) in _NAMED:
        return _NAMED[id(script)]
    found = _NAMED[id(script)] = dict(shared())
    for node in script.all:
        match node:
            case tree.ColumnDefinition():
                found[node.name.lower()] = of_column(node.type, node.collation)
            case tree.JsonColumn():
                kind = of_column(node.type, None)
                if kind == ANY or found.get(node.name.lower()) != EXACT:
                    found.setdefault(node.name.lower(), kind)
            case _:
                pass
    for _ in range(3):
        for node in script.all:
            if isinstance(node, tree.SelectItem) and node.alias is not None:
                kind = kind_of(node.expr, script)
                if kind == FREE or node.alias.lower() not in found:
                    found[node.alias.lower()] = kind
    return found
