"""Where NEXT VALUE FOR may stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from .. import tree
from ..errors import NotSupported, SqlError
from . import walk

_CHOOSING = ("CHOOSE", "COALESCE", "ISNULL", "NULLIF")
INSIDE = (
    11719,
    "NEXT VALUE FOR function is not allowed in check constraints, default objects, computed"
    " columns, views, user-defined functions, user-defined aggregates, user-defined table types,"
    " sub-queries, common table expressions, derived tables or return statements.",
)
CLAUSE = (
    11720,
    "NEXT VALUE FOR function is not allowed in the TOP, OVER, OUTPUT, ON, WHERE, GROUP BY, HAVING,"
    " or ORDER BY clauses.",
)
SET = (
    11721,
    "NEXT VALUE FOR function cannot be used directly in a statement that uses a DISTINCT, UNION,"
    " UNION ALL, EXCEPT or INTERSECT operator.",
)
ORDERED = (
    11723,
    "NEXT VALUE FOR function cannot be used directly in a statement that contains an ORDER BY"
    " clause unless the OVER clause is specified.",
)
LIMITED = (
    11739,
    "NEXT VALUE FOR function cannot be used if ROWCOUNT option has been set, or the query contains"
    " TOP or OFFSET.",
)
CHOSEN = (
    11741,
    "NEXT VALUE FOR function cannot be used within CASE, CHOOSE, COALESCE, IIF, ISNULL and NULLIF.",
)


def check(statement: tree.Statement) -> None:
    """Raise what SQL Server says of a statement that asks for numbers where it may not."""
    for each in walk.nodes(statement):
        chooses = isinstance(each, tree.Case) or (
            isinstance(each, tree.Function) and each.name.upper() in _CHOOSING
        )
        if chooses:
            _refuse(CHOSEN, each)
        if isinstance(each, tree.Select):
            _refuse(CLAUSE, [each.where, each.group, each.having, each.top, each.order])
            if each.distinct:
                _refuse(SET, each.items)
            if each.order:
                _refuse(ORDERED, each.items)
            if each.top is not None or each.offset is not None:
                _refuse(LIMITED, each.items)
        if isinstance(each, tree.SetOperation):
            _refuse(SET, [each.left, each.right])
        if isinstance(each, tree.Join):
            _refuse(CLAUSE, each.on)
        if isinstance(each, (tree.Subquery, tree.DerivedSource, tree.CommonTable)):
            _refuse(INSIDE, each.query)
    for row in _rows(statement):
        counted = Counter(".".join(name.parts).lower() for name in map(_name, _calls(row)))
        if any(count > 1 for count in counted.values()):
            # One row has one number, however often it is asked for.
            place = next(_calls(row))
            raise NotSupported("a sequence that is asked twice for a row", place.line, place.col)


def _refuse(problem: tuple[int, str], part: Any) -> None:
    for each in _calls(part):
        number, text = problem
        raise SqlError(number, text, severity=15, line=each.line, col=each.col)


def _calls(part: Any) -> Iterator[tree.Function]:
    for each in walk.nodes(part):
        if isinstance(each, tree.Function) and each.name == "NEXT_VALUE_FOR":
            yield each


def _name(call: tree.Function) -> tree.Name:
    assert call.schema_name is not None
    return call.schema_name


def _rows(statement: tree.Statement) -> list[Any]:
    """The parts of a statement that make one row each."""
    if isinstance(statement, tree.Insert) and isinstance(statement.source, list):
        return list(statement.source)
    if isinstance(statement, tree.Declare):
        return []
    return [statement]
