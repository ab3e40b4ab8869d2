"""Expressions and conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...types import BIGINT, INT, SYSNAME, SqlType, decimal, nvarchar
from .. import builtins, operators, tree
from ..collation import group_key, order_term
from ..conversion import convert
from ..conversion import literal as literal_of
from ..errors import NotSupported, SqlError
from ..names import literal
from ..typed import BOOLEAN, Typed, pg_type
from .scope import Scope
from .unit import Unit

if TYPE_CHECKING:
    from .queries import Queries

AGGREGATES = frozenset(
    "COUNT COUNT_BIG SUM AVG MIN MAX STRING_AGG STDEV STDEVP VAR VARP APPROX_COUNT_DISTINCT".split()
)

RANKINGS = frozenset(
    "ROW_NUMBER RANK DENSE_RANK NTILE LAG LEAD FIRST_VALUE LAST_VALUE PERCENT_RANK CUME_DIST".split()
)

ERROR_FIELDS = {
    "ERROR_NUMBER": (1, INT, "int4"),
    "ERROR_SEVERITY": (2, INT, "int4"),
    "ERROR_STATE": (3, INT, "int4"),
    "ERROR_MESSAGE": (4, nvarchar(4000), "text"),
    "ERROR_PROCEDURE": (5, SYSNAME, "text"),
    "ERROR_LINE": (6, INT, "int4"),
}


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
        }

    # ------------------------------------------------------------ entry points

    def value(self, node: tree.Expr, scope: Scope) -> Typed:
        """Compile a value; a predicate where a value must stand is a syntax error in T-SQL."""
        typed = self.any(node, scope)
        if typed.type == BOOLEAN:
            raise SqlError(
                4145,
                "An expression of non-boolean type specified in a context where a condition is"
                " expected.",
                severity=15,
                line=node.line,
                col=node.col,
            )
        return typed

    def condition(self, node: tree.Expr, scope: Scope) -> str:
        typed = self.any(node, scope)
        if typed.type != BOOLEAN:
            raise SqlError(
                4145,
                "An expression of non-boolean type specified in a context where a condition is"
                " expected.",
                severity=15,
                line=node.line,
                col=node.col,
            )
        return typed.sql

    def any(self, node: tree.Expr, scope: Scope) -> Typed:
        compiler = self._compilers.get(type(node))
        if compiler is None:
            raise NotSupported(type(node).__name__, node.line, node.col)
        try:
            typed = compiler(node, scope)
        except SqlError as error:
            if error.col is None:
                error.line, error.col = node.line, node.col
            raise
        if scope.groups and not scope.inside_aggregate and typed.sql in scope.groups:
            return scope.groups[typed.sql]
        return typed

    # ------------------------------------------------------------ leaves

    def _literal(self, node: tree.Literal, scope: Scope) -> Typed:
        return literal_of(node)

    def _variable(self, node: tree.Variable, scope: Scope) -> Typed:
        return self.unit.variable(node.name, node.line, node.col).typed

    def _system_variable(self, node: tree.SystemVariable, scope: Scope) -> Typed:
        known = {
            "@@ROWCOUNT": ("_rowcount", INT),
            "@@TRANCOUNT": ("_trancount", INT),
            "@@ERROR": ("_error", INT),
            "@@IDENTITY": ("_identity", decimal(38, 0)),
            "@@NESTLEVEL": ("_nestlevel", INT),
            "@@PROCID": (None, INT),
        }
        if node.name in known and self.unit.procedural:
            sql, type_ = known[node.name]
            if node.name == "@@PROCID":
                return Typed(
                    f"tsql.object_id({literal(self.unit.name)})", type_, "int4", nullable=True
                )
            if node.name == "@@IDENTITY":
                self.unit.uses_identity = True
            assert sql is not None
            return Typed(sql, type_, pg_type(type_), nullable=False)
        return builtins.call(
            tree.Function(node.line, node.col, node.name, []), [], builtins.Context()
        )

    def _column(self, node: tree.Column, scope: Scope) -> Typed:
        typed, _, _ = scope.resolve(node.name, node.line, node.col)
        return typed

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
        compiled = self.queries.query(query, scope)
        if len(compiled.columns) != 1:
            raise SqlError(
                116,
                "Only one expression can be specified in the select list when the subquery is not"
                " introduced with EXISTS.",
                line=node.line,
                col=node.col,
            )
        column = compiled.columns[0]
        item = Typed('"_q"."c1"', column.type, column.pg, rank=column.rank)
        left, right = operators.comparison_operands(
            value, item, op=op, line=node.line, col=node.col
        )
        return left, f'SELECT {right} FROM ({compiled.sql}) AS "_q"("c1")'

    def _exists(self, node: tree.Exists, scope: Scope) -> Typed:
        compiled = self.queries.query(node.query, scope, for_exists=True)
        return Typed(f"EXISTS ({compiled.sql})", BOOLEAN, "boolean", nullable=False)

    def _subquery(self, node: tree.Subquery, scope: Scope) -> Typed:
        compiled = self.queries.query(node.query, scope)
        if len(compiled.columns) != 1:
            raise SqlError(
                116,
                "Only one expression can be specified in the select list when the subquery is not"
                " introduced with EXISTS.",
                line=node.line,
                col=node.col,
            )
        column = compiled.columns[0]
        return Typed(f"({compiled.sql})", column.type, column.pg, nullable=True, rank=column.rank)

    def _case(self, node: tree.Case, scope: Scope) -> Typed:
        operand = self.value(node.operand, scope) if node.operand is not None else None
        whens: list[tuple[str, Typed]] = []
        for when, then in node.whens:
            if operand is not None:
                test = operators.compare(
                    "=", operand, self.value(when, scope), when.line, when.col
                ).sql
            else:
                test = self.condition(when, scope)
            whens.append((test, self.value(then, scope)))
        otherwise = self.value(node.otherwise, scope) if node.otherwise is not None else None
        return operators.case(whens, otherwise, node.line, node.col)

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
            return self._user_function(node, scope)
        if name in ERROR_FIELDS:
            return self._error_field(name)
        if name == "XACT_STATE":
            sql = "(CASE WHEN _trancount = 0 THEN 0 WHEN _doomed THEN -1 ELSE 1 END)"
            return Typed(sql, SqlType("smallint"), "int4", nullable=False)
        if name in ("SCOPE_IDENTITY", "IDENT_CURRENT") and name == "SCOPE_IDENTITY":
            self.unit.uses_identity = True
            return Typed("_identity", decimal(38, 0), "numeric")
        if name == "NEXT_VALUE_FOR":
            return self._next_value(node)
        if name in ("JSON_QUERY", "JSON_VALUE") and len(node.args) > 2:
            raise SqlError(174, f"The {node.name} function requires 2 argument(s).")
        if node.over is not None:
            return self._window(node, scope)
        if name in AGGREGATES:
            scope.aggregates_seen = True
            before = scope.inside_aggregate
            scope.inside_aggregate = True
            try:
                return self._call(node, scope)
            finally:
                scope.inside_aggregate = before
        if name in RANKINGS:
            raise SqlError(
                10753, f"The function '{node.name}' must have an OVER clause.", severity=15
            )
        return self._call(node, scope)

    def _call(self, node: tree.Function, scope: Scope, over: str | None = None) -> Typed:
        star = bool(node.args) and isinstance(node.args[0], tree.Star)
        args = [] if star else [self.value(arg, scope) for arg in node.args]
        order = [(self.value(item.expr, scope), item.descending) for item in node.within_group]
        return builtins.call(
            node, args, builtins.Context(over=over, star=star, within_group=order)
        )

    def _window(self, node: tree.Function, scope: Scope) -> Typed:
        assert node.over is not None
        parts: list[str] = []
        if node.over.partition:
            keys = [group_key(self.value(item, scope)) for item in node.over.partition]
            parts.append("PARTITION BY " + ", ".join(keys))
        if node.over.order:
            items = [
                order_term(self.value(item.expr, scope), descending=item.descending)
                for item in node.over.order
                if not is_constant_query(item.expr)
            ]
            if items:
                parts.append("ORDER BY " + ", ".join(items))
        if node.over.frame:
            parts.append(node.over.frame)
        return self._call(node, scope, over=f"({' '.join(parts)})")

    def _error_field(self, name: str) -> Typed:
        index, type_, pg = ERROR_FIELDS[name]
        if self.unit.error_scope:
            source = self.unit.error_scope[-1]
            text = f"({source})[{index}]"
        else:
            text = f"tsql.error_field({index})"
        if name == "ERROR_PROCEDURE":
            text = f"nullif({text}, '')"
        sql = text if pg == "text" else f"({text})::{pg}"
        return Typed(sql, type_, pg)

    def _next_value(self, node: tree.Function) -> Typed:
        assert node.schema_name is not None
        found = self.unit.catalog.object(node.schema_name)
        if found is None or found.type != "SO":
            raise SqlError(208, f"Invalid object name '{'.'.join(node.schema_name.parts)}'.")
        self.unit.use(found, "UPDATE")
        return Typed(f"nextval({literal(found.sql)})", BIGINT, "int8", nullable=False)

    def _user_function(self, node: tree.Function, scope: Scope) -> Typed:
        assert node.schema_name is not None
        found = self.unit.catalog.object(node.schema_name)
        if found is None or found.type != "FN":
            raise SqlError(
                4121,
                f'Cannot find either column "{node.schema_name.parts[0]}" or the user-defined'
                f' function or aggregate "{".".join(node.schema_name.parts)}", or the name is'
                " ambiguous.",
            )
        self.unit.use(found, "EXECUTE")
        args: list[str] = []
        parameters = found.parameters
        if len(node.args) != len(parameters):
            raise SqlError(
                313,
                "An insufficient number of arguments were supplied for the procedure or function"
                f" {found.full_name}.",
            )
        for arg, parameter in zip(node.args, parameters, strict=True):
            if isinstance(arg, tree.Default):
                raise NotSupported("DEFAULT in a function call", arg.line, arg.col)
            typed = convert(
                self.value(arg, scope),
                parameter.type,
                implicit=True,
                line=arg.line,
                col=arg.col,
            )
            args.append(f"({typed.sql})::{pg_type(parameter.type)}")
        from ..catalog import type_from_doc

        returns = type_from_doc(found.doc["returns"])
        return Typed(f"{found.sql}({', '.join(args)})", returns, pg_type(returns))


def is_constant_query(node: tree.Expr) -> bool:
    """``ORDER BY (SELECT NULL)``: the idiom for no order."""
    return (
        isinstance(node, tree.Subquery)
        and isinstance(node.query, tree.Select)
        and not node.query.sources
        and len(node.query.items) == 1
        and isinstance(node.query.items[0].expr, tree.Literal)
    )


