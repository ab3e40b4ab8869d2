"""Expressions and conditions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...types import BIGINT, INT, SqlType, decimal
from .. import builtins, operators, tree
from ..collation import group_key, order_term
from ..conversion import convert
from ..conversion import literal as literal_of
from ..errors import NotSupported, SqlError
from ..names import literal
from ..typed import BOOLEAN, Typed, pg_type
from .aggregation import AGGREGATES, aggregate, check_over, check_window, watch_nulls, whole_window
from .functions import (
    ERROR_FIELDS,
    call_scalar,
    cursor_status,
    error_field,
    fetch_status,
    grouping,
    next_value,
)
from .scope import Scope
from .unit import Unit

if TYPE_CHECKING:
    from .output import Compiled, OutColumn
    from .queries import Queries

RANKINGS = frozenset(
    [
        "ROW_NUMBER",
        "RANK",
        "DENSE_RANK",
        "NTILE",
        "LAG",
        "LEAD",
        "FIRST_VALUE",
        "LAST_VALUE",
        "PERCENT_RANK",
        "CUME_DIST",
    ]
)

STATE_VARIABLES = {
    "@@ROWCOUNT": ("_rowcount", INT),
    "@@TRANCOUNT": ("_trancount", INT),
    "@@ERROR": ("_error", INT),
    "@@IDENTITY": ("_identity", decimal(38, 0)),
    "@@NESTLEVEL": ("_nestlevel", INT),
    # PostgreSQL's own setting cannot tell 0 from 1; the variable is NULL where it is not known.
    "@@LOCK_TIMEOUT": ("coalesce(_lock_timeout, tsql.lock_timeout())", INT),
    # 5432: what drivers switch on at the login, all ANSI_ options and CONCAT_NULL_YIELDS_NULL.
    "@@OPTIONS": ("(5432 + 512 * _nocount::int4 + 16384 * _xact_abort::int4)", INT),
}
"""System variables that a machine carries in variables of its own."""


class Expressions:
    """Compiles expressions of one unit; ``queries`` compiles the subqueries inside them."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.queries: Queries
        self._compilers: dict[type, Callable[[Any, Scope], Typed]] = {
            tree.Literal: self._literal,
            tree.Variable: self._variable,
            tree.SystemVariable: self._system_variable,
            tree.Column: self._column,
            tree.Unary: self._unary,
            tree.Binary: self._binary,
            tree.Collate: self._collate,
            tree.IsNull: self._is_null,
            tree.Between: self._between,
            tree.Like: self._like,
            tree.InList: self._in_list,
            tree.InQuery: self._in_query,
            tree.Exists: self._exists,
            tree.QuantifiedComparison: self._quantified,
            tree.Subquery: self._subquery,
            tree.Case: self._case,
            tree.Cast: self._cast,
            tree.Function: self._function,
            tree.AtTimeZone: self._at_time_zone,
            tree.NewIdentity: self._new_identity,
        }

    # ------------------------------------------------------------ entry points

    def value(self, node: tree.Expr, scope: Scope) -> Typed:
        """Compile a value; the grammar lets no predicate stand in its place."""
        typed = self.any(node, scope)
        assert typed.type != BOOLEAN
        return typed

    def condition(self, node: tree.Expr, scope: Scope) -> str:
        typed = self.any(node, scope)
        assert typed.type == BOOLEAN
        return typed.sql

    def any(self, node: tree.Expr, scope: Scope) -> Typed:
        compiler = self._compilers.get(type(node))
        if compiler is None:
            raise NotSupported(type(node).__name__, node.line, node.col)
        loose = len(scope.loose)
        try:
            typed = compiler(node, scope)
        except SqlError as error:
            if error.col is None:
                error.line, error.col = node.line, node.col
            raise
        if scope.groups and not scope.inside_aggregate and typed.sql in scope.groups:
            del scope.loose[loose:]
            return scope.groups[typed.sql]
        return typed

    # ------------------------------------------------------------ leaves

    def _literal(self, node: tree.Literal, scope: Scope) -> Typed:
        return literal_of(node)

    def _variable(self, node: tree.Variable, scope: Scope) -> Typed:
        return self.unit.variable(node.name, node.line, node.col).typed

    def _system_variable(self, node: tree.SystemVariable, scope: Scope) -> Typed:
        if self.unit.procedural and node.name == "@@PROCID":
            return Typed(f"tsql.find_object({literal(self.unit.name)}, NULL)", INT, "int4")
        if self.unit.procedural and node.name == "@@FETCH_STATUS":
            return fetch_status(self.unit)
        if self.unit.procedural and node.name in STATE_VARIABLES:
            sql, type_ = STATE_VARIABLES[node.name]
            if node.name == "@@OPTIONS" and self.unit.implicit:
                sql = f"({sql} + 2)"
            if node.name == "@@IDENTITY":
                self.unit.uses_identity = True
            nullable = node.name == "@@IDENTITY"
            return Typed(sql, type_, pg_type(type_), nullable=nullable)
        return builtins.call(
            tree.Function(node.line, node.col, node.name, []), [], builtins.Context()
        )

    def _column(self, node: tree.Column, scope: Scope) -> Typed:
        return scope.resolve(node.name, node.line, node.col)

    def _new_identity(self, node: tree.NewIdentity, scope: Scope) -> Typed:
        raise SqlError(
            177,
            "The IDENTITY function can only be used when the SELECT statement has an INTO clause.",
            severity=15,
        )

    # ------------------------------------------------------------ operators

    def _unary(self, node: tree.Unary, scope: Scope) -> Typed:
        if node.op == "NOT":
            return Typed(f"(NOT {self.condition(node.operand, scope)})", BOOLEAN, "boolean")
        return operators.unary(node.op, self.value(node.operand, scope), node.line, node.col)

    def _binary(self, node: tree.Binary, scope: Scope) -> Typed:
        if node.op in ("AND", "OR"):
            left = self.condition(node.left, scope)
            right = self.condition(node.right, scope)
            return Typed(f"({left} {node.op} {right})", BOOLEAN, "boolean")
        left_value = self.value(node.left, scope)
        right_value = self.value(node.right, scope)
        if node.op in ("=", "<>", "<", "<=", ">", ">="):
            return operators.compare(node.op, left_value, right_value, node.line, node.col)
        return operators.binary(node.op, left_value, right_value, node.line, node.col)

    def _collate(self, node: tree.Collate, scope: Scope) -> Typed:
        typed = self.value(node.operand, scope)
        if node.collation.upper() == "DATABASE_DEFAULT":
            return typed.replace(type=typed.type.with_collation(None), rank="explicit")
        operators.check_collation(node.collation, node.line, node.col)
        return typed.replace(type=typed.type.with_collation(node.collation), rank="explicit")

    def _is_null(self, node: tree.IsNull, scope: Scope) -> Typed:
        typed = self.value(node.operand, scope)
        word = "IS NOT NULL" if node.negated else "IS NULL"
        return Typed(f"({typed.sql} {word})", BOOLEAN, "boolean", nullable=False)

    def _between(self, node: tree.Between, scope: Scope) -> Typed:
        return operators.between(
            self.value(node.operand, scope),
            self.value(node.low, scope),
            self.value(node.high, scope),
            negated=node.negated,
            line=node.line,
            col=node.col,
        )

    def _like(self, node: tree.Like, scope: Scope) -> Typed:
        escape = self.value(node.escape, scope) if node.escape is not None else None
        return operators.like(
            self.value(node.operand, scope),
            self.value(node.pattern, scope),
            escape,
            negated=node.negated,
            line=node.line,
            col=node.col,
        )

    def _in_list(self, node: tree.InList, scope: Scope) -> Typed:
        return operators.in_list(
            self.value(node.operand, scope),
            [self.value(item, scope) for item in node.items],
            negated=node.negated,
            line=node.line,
            col=node.col,
        )

    def _in_query(self, node: tree.InQuery, scope: Scope) -> Typed:
        value = self.value(node.operand, scope)
        word = "NOT IN" if node.negated else "IN"
        compared = self._compared_query("=", value, node.query, scope, node)
        return Typed(f"({compared[0]} {word} ({compared[1]}))", BOOLEAN, "boolean")

    def _quantified(self, node: tree.QuantifiedComparison, scope: Scope) -> Typed:
        value = self.value(node.left, scope)
        left, query = self._compared_query(node.op, value, node.query, scope, node)
        return Typed(f"({left} {node.op} {node.quantifier} ({query}))", BOOLEAN, "boolean")

    def _compared_query(
        self, op: str, value: Typed, query: tree.Query, scope: Scope, node: tree.Expr
    ) -> tuple[str, str]:
        """Both sides of a comparison with each row of a subquery, brought to one form."""
        compiled, column = self._single_column(query, scope, node)
        item = Typed('"_q"."c1"', column.type, column.pg, rank=column.rank)
        left, right = operators.comparison_operands(
            value, item, op=op, line=node.line, col=node.col
        )
        return left, f'SELECT {right} FROM ({compiled.sql}) AS "_q"("c1")'

    def _single_column(
        self, query: tree.Query, scope: Scope, node: tree.Expr
    ) -> tuple[Compiled, OutColumn]:
        compiled = self.queries.query(query, scope)
        if len(compiled.columns) != 1:
            raise SqlError(
                116,
                "Only one expression can be specified in the select list when the subquery is not"
                " introduced with EXISTS.",
                line=node.line,
                col=node.col,
            )
        return compiled, compiled.columns[0]

    def _exists(self, node: tree.Exists, scope: Scope) -> Typed:
        compiled = self.queries.query(node.query, scope, for_exists=True)
        return Typed(f"EXISTS ({compiled.sql})", BOOLEAN, "boolean", nullable=False)

    def _subquery(self, node: tree.Subquery, scope: Scope) -> Typed:
        if not any(each.sources for each in scope.chain()):
            # PL/pgSQL computes an expression itself; a subquery, even without tables, is a query.
            bare = self.queries.bare(node.query)
            if bare is not None:
                return bare
        compiled, column = self._single_column(node.query, scope, node)
        return Typed(f"({compiled.sql})", column.type, column.pg, nullable=True, rank=column.rank)

    def _case(self, node: tree.Case, scope: Scope) -> Typed:
        operand = self.value(node.operand, scope) if node.operand is not None else None
        whens: list[tuple[str, Typed]] = []
        sides: list[tuple[str, str]] = []
        for when, then in node.whens:
            if operand is not None:
                value = self.value(when, scope)
                test = operators.compare("=", operand, value, when.line, when.col).sql
                sides.append(
                    operators.comparison_operands(operand, value, line=when.line, col=when.col)
                )
            else:
                test = self.condition(when, scope)
            whens.append((test, self.value(then, scope)))
        otherwise = self.value(node.otherwise, scope) if node.otherwise is not None else None
        keys = None
        if len(sides) > 1 and len({left for left, _ in sides}) == 1:
            # What is computed of the value is computed once.
            keys = (sides[0][0], [right for _, right in sides])
        return operators.case(whens, otherwise, node.line, node.col, keys)

    def _cast(self, node: tree.Cast, scope: Scope) -> Typed:
        style: int | None = None
        if node.style is not None:
            constant = self.value(node.style, scope).constant
            if not isinstance(constant, int):
                raise NotSupported("a CONVERT style that is not a number", node.line, node.col)
            style = constant
        return convert(
            self.value(node.operand, scope),
            node.type,
            style=style,
            is_try=node.is_try,
            line=node.line,
            col=node.col,
        )

    def _at_time_zone(self, node: tree.AtTimeZone, scope: Scope) -> Typed:
        return builtins.at_time_zone(
            self.value(node.operand, scope), self.value(node.zone, scope), node.line, node.col
        )

    # ------------------------------------------------------------ functions

    def _function(self, node: tree.Function, scope: Scope) -> Typed:
        name = node.name.upper()
        if node.schema_name is not None and name != "NEXT_VALUE_FOR":
            return call_scalar(self, node, scope)
        if name in ERROR_FIELDS:
            return error_field(self.unit, name)
        if name == "ROWCOUNT_BIG":
            return Typed("(_rowcount)::int8", BIGINT, "int8", nullable=False)
        if name == "XACT_STATE":
            sql = "(CASE WHEN _trancount = 0 THEN 0 WHEN _doomed THEN -1 ELSE 1 END)"
            return Typed(sql, SqlType("smallint"), "int4", nullable=False)
        if name in ("GROUPING", "GROUPING_ID"):
            return grouping(self, node, scope)
        if name == "CURSOR_STATUS":
            return cursor_status(self.unit, node)
        if name == "SCOPE_IDENTITY":
            self.unit.uses_identity = True
            return Typed("_scope_identity", decimal(38, 0), "numeric")
        if name == "NEXT_VALUE_FOR":
            return next_value(self.unit, node)
        if name in ("JSON_QUERY", "JSON_VALUE") and len(node.args) > 2:
            raise SqlError(174, f"The {node.name} function requires 2 argument(s).")
        if node.over is not None:
            return self._window(node, scope)
        if name in AGGREGATES:
            return aggregate(node, scope, lambda: self._call(node, scope))
        if name in RANKINGS:
            raise SqlError(
                10753, f"The function '{node.name}' must have an OVER clause.", severity=15
            )
        return self._call(node, scope)

    def _call(self, node: tree.Function, scope: Scope, over: str | None = None) -> Typed:
        star = bool(node.args) and isinstance(node.args[0], tree.Star)
        if star and node.name.upper() not in ("COUNT", "COUNT_BIG"):
            raise SqlError(
                102, "Incorrect syntax near '*'.", severity=15, line=node.line, col=node.col
            )
        args = [] if star else [self.value(arg, scope) for arg in node.args]
        if self.unit.nulls is not None and args:
            watch_nulls(node, args, self.unit.nulls)
        order = [(self.value(item.expr, scope), item.descending) for item in node.within_group]
        context = builtins.Context(over=over, star=star, within_group=order)
        if self.unit.clock is not None and node.name.upper() in builtins.CLOCKS:
            context = replace(context, clock=self.unit.clock.read())
        return builtins.call(node, args, context)

    def _window(self, node: tree.Function, scope: Scope) -> Typed:
        assert node.over is not None
        over = whole_window(node.over, scope)
        check_over(node, over)
        if node.name.upper() in AGGREGATES | RANKINGS:
            check_window(replace(node, over=over))
        parts: list[str] = []
        if over.partition:
            keys = [group_key(self.value(item, scope)) for item in over.partition]
            parts.append("PARTITION BY " + ", ".join(keys))
        if over.order:
            items = [
                order_term(self.value(item.expr, scope), descending=item.descending)
                for item in over.order
                if not is_constant_query(item.expr)
            ]
            if items:
                parts.append("ORDER BY " + ", ".join(items))
        if over.frame:
            parts.append(over.frame)
        return self._call(node, scope, over=f"({' '.join(parts)})")


def is_constant_query(node: tree.Expr) -> bool:
    """``ORDER BY (SELECT NULL)``: the idiom for no order."""
    return (
        isinstance(node, tree.Subquery)
        and isinstance(node.query, tree.Select)
        and not node.query.sources
        and len(node.query.items) == 1
        and isinstance(node.query.items[0].expr, tree.Literal)
    )
