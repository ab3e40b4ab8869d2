"""Queries: common table expressions, set operations, FOR JSON, and what is expanded in place."""

from __future__ import annotations

from ...types import SqlType
from .. import tree
from ..builtins import JSON_TEXT, for_json_row
from ..catalog import ObjectDoc
from ..collation import as_text, check_shown, collation_of, group_key, order_term
from ..conversion import convert
from ..errors import NotSupported, SqlError
from ..names import literal, quote
from ..precedence import unify
from ..typed import NULL_TYPE, Typed, pg_type
from . import walk
from .expressions import Expressions
from .locks import LOCKING
from .output import Compiled, OutColumn, check_recursion, outer_item, shown_names
from .scope import CteBinding, Scope
from .selects import Selects
from .singles import is_aggregate, own_nodes
from .sources import Sources
from .unit import Unit, VariableInfo


class Queries:
    """Compiles the queries of one unit."""

    def __init__(self, unit: Unit, expressions: Expressions) -> None:
        self.unit = unit
        self.expressions = expressions
        self.sources = Sources(unit, expressions, self)
        self.selects = Selects(unit, expressions, self.sources)
        expressions.queries = self

    def query(
        self,
        node: tree.Query,
        parent: Scope | None,
        *,
        for_exists: bool = False,
        extra: list[tuple[str, str]] | None = None,
    ) -> Compiled:
        """Compile a query. ``extra``: (alias of a source, PostgreSQL column) items to append."""
        scope = Scope(parent)
        prefix = self.common_tables(node.ctes, scope, node.options)
        check_options(node.options, self.unit, node)
        if isinstance(node, tree.Select):
            compiled = self.selects.select(node, scope, for_exists=for_exists, extra=extra or [])
        elif isinstance(node, tree.SetOperation):
            compiled = self._set_operation(node, scope)
        else:
            raise NotSupported("this query", node.line, node.col)
        if node.for_json is not None:
            compiled = self._for_json(node.for_json, compiled)
        compiled.sql = prefix + compiled.sql
        return compiled

    def bare(self, node: tree.Query) -> Typed | None:
        """The value of a subquery that reads nothing and so has one row; None for any other."""
        if not isinstance(node, tree.Select) or node != tree.Select(
            node.line, node.col, items=node.items, for_json=node.for_json
        ):
            return None
        if any(isinstance(each, tree.Function) and each.over for each in walk.nodes(node.items)):
            return None
        if any(is_aggregate(each) for item in node.items for each in own_nodes(item.expr)):
            return None
        if node.for_json is None:
            if len(node.items) != 1 or node.items[0].variable is not None:
                return None
            return self.expressions.value(node.items[0].expr, Scope()).replace(constant=None)
        if node.for_json.mode != "PATH" or not all(item.alias for item in node.items):
            return None
        items = [
            (item.alias or "", self.expressions.value(item.expr, Scope())) for item in node.items
        ]
        row = wrapped(node.for_json, for_json_row(items, node.for_json.include_null))
        return Typed(f"({row})", JSON_TEXT, "text")

    # ------------------------------------------------------------ views and table functions

    def expand(
        self, found: ObjectDoc, query: tree.Query | None, variables: dict[str, VariableInfo]
    ) -> Compiled:
        """The query of a view or table function, where it is named; ``variables`` are its own."""
        assert query is not None
        inner = self.unit.expansion(found, variables)
        return Queries(inner, Expressions(inner)).query(query, None)

    # ------------------------------------------------------------ common table expressions

    def common_tables(self, ctes: list[tree.CommonTable], scope: Scope, options: list[str]) -> str:
        """Bind the tables of a WITH clause in ``scope``; give its PostgreSQL text."""
        if not ctes:
            return ""
        parts: list[str] = []
        recursive = False
        for cte in ctes:
            lowered = cte.name.lower()
            if lowered in scope.ctes:
                raise SqlError(
                    239,
                    f"Duplicate common table expression name '{cte.name}' was specified.",
                    line=cte.line,
                    col=cte.col,
                )
            if refers_to(cte.query, lowered):
                recursive = True
                parts.append(self._recursive(cte, scope, recursion_limit(options)))
                continue
            compiled = self.query(cte.query, scope)
            names = shown_names(cte.columns, compiled, cte.name, cte)
            scope.ctes[lowered] = CteBinding(cte.name, compiled.shape(names))
            listed = ", ".join(quote(name) for name in names)
            parts.append(f"{quote(cte.name)}({listed}) AS ({compiled.sql})")
        return f"WITH {'RECURSIVE ' if recursive else ''}{', '.join(parts)} "

    def _recursive(self, cte: tree.CommonTable, scope: Scope, limit: int) -> str:
        query = cte.query
        if not (isinstance(query, tree.SetOperation) and query.op == "UNION ALL"):
            raise SqlError(
                252,
                f"Recursive common table expression '{cte.name}' does not contain a top-level"
                " UNION ALL operator.",
                line=cte.line,
                col=cte.col,
            )
        assert query.left is not None and query.right is not None
        # PostgreSQL locks no rows in a recursion; who asks before it may do so.
        isolation = self.unit.isolation
        self.unit.isolation = isolation if isolation == LOCKING else ""
        anchor = self.query(query.left, scope)
        names = shown_names(cte.columns, anchor, cte.name, cte)
        scope.ctes[cte.name.lower()] = CteBinding(cte.name, anchor.shape(names))
        alias = own_alias(query.right, cte.name)
        extra = [(alias, DEPTH)] if alias is not None and limit else []
        step = self.query(query.right, scope, extra=extra)
        check_recursion(cte, names, anchor, step)
        self.unit.isolation = isolation
        casts = ", ".join(
            f'"_r"."c{index}"::{column.pg} AS "c{index}"'
            for index, column in enumerate(anchor.columns, 1)
        )
        listed = ", ".join(quote(name) for name in names)
        shape = ", ".join(f'"c{index}"' for index in range(1, len(step.columns) + 1))
        if not extra:
            return (
                f"{quote(cte.name)}({listed}) AS ({anchor.sql} UNION ALL"
                f' SELECT {casts} FROM ({step.sql}) AS "_r"({shape}))'
            )
        deeper = (
            f'CASE WHEN "_r".{DEPTH} < {limit} THEN "_r".{DEPTH} + 1'
            f" ELSE tsql.too_deep({limit}) END"
        )
        return (
            f'{quote(cte.name)}({listed}, {DEPTH}) AS (SELECT "_a".*, 0 FROM ({anchor.sql}) AS "_a"'
            f' UNION ALL SELECT {casts}, {deeper} FROM ({step.sql}) AS "_r"({shape}, {DEPTH}))'
        )

    # ------------------------------------------------------------ set operations

    def _set_operation(self, node: tree.SetOperation, scope: Scope) -> Compiled:
        assert node.left is not None and node.right is not None
        left = self.query(node.left, scope)
        right = self.query(node.right, scope)
        if len(left.columns) != len(right.columns):
            raise SqlError(
                205,
                "All queries combined using a UNION, INTERSECT or EXCEPT operator must have an"
                " equal number of expressions in their target lists.",
                line=node.line,
                col=node.col,
            )
        columns: list[OutColumn] = []
        sides: list[list[str]] = [[], []]
        keys: list[str] = []
        for index, (a, b) in enumerate(zip(left.columns, right.columns, strict=True)):
            items = [outer_item(a, index), outer_item(b, index)]
            type_ = unify([item.type for item in items])
            if type_ == NULL_TYPE:
                type_ = SqlType("int")
            rank = "default"
            if type_.is_string:
                place = {"line": node.line, "col": node.col}
                collation, rank = collation_of(*items, operation=node.op, **place)
                if node.op != "UNION ALL":
                    check_shown(rank, "SELECT", index + 1, **place)
                type_ = type_.with_collation(collation)
            for side, item in zip(sides, items, strict=True):
                converted = convert(item, type_, implicit=True, line=node.line, col=node.col)
                text = converted.sql
                if converted.type.is_string:
                    text = as_text(converted)
                side.append(f'{text} AS "c{index + 1}"')
            column = OutColumn(a.name, type_, pg_type(type_), a.nullable or b.nullable, rank)
            if type_.is_string:
                column.pg = "text"
            columns.append(column)
            keys.append(group_key(outer_item(column, index)))
        body = (
            f'SELECT {", ".join(sides[0])} FROM ({left.sql}) AS "_q" {node.op} '
            f'SELECT {", ".join(sides[1])} FROM ({right.sql}) AS "_q"'
        )
        plain = [outer_item(column, index).sql for index, column in enumerate(columns)]
        if node.op != "UNION ALL" and keys != plain:
            body = self._folded(node.op, sides, left, right, columns, keys)
        if node.order:
            order: list[str] = []
            for item in node.order:
                position = self.selects.position(item.expr, columns, scope)
                if position is None:
                    position = position_in_first(node, item.expr)
                if position is None:
                    raise SqlError(
                        104,
                        "ORDER BY items must appear in the select list if the statement contains a"
                        " UNION, INTERSECT or EXCEPT operator.",
                        line=item.line,
                        col=item.col,
                    )
                order.append(
                    order_term(outer_item(columns[position], position), descending=item.descending)
                )
            body = f'SELECT * FROM ({body}) AS "_q" ORDER BY {", ".join(order)}'
        body += self.selects.limits(node, scope)
        return Compiled(body, columns, False, scope)

    def _folded(
        self,
        op: str,
        sides: list[list[str]],
        left: Compiled,
        right: Compiled,
        columns: list[OutColumn],
        keys: list[str],
    ) -> str:
        """UNION, INTERSECT and EXCEPT where equal strings need not be the same string."""
        listed = ", ".join(keys)
        first, second = (
            f'SELECT {", ".join(side)} FROM ({query.sql}) AS "_q"'
            for side, query in zip(sides, (left, right), strict=True)
        )
        if op == "UNION":
            return f'SELECT DISTINCT ON ({listed}) * FROM ({first} UNION ALL {second}) AS "_q"'
        others = [
            group_key(outer_item(column, index)).replace('"_q".', '"_w".')
            for index, column in enumerate(columns)
        ]
        same = " AND ".join(
            f"{key} IS NOT DISTINCT FROM {other}" for key, other in zip(keys, others, strict=True)
        )
        word = "EXISTS" if op == "INTERSECT" else "NOT EXISTS"
        return (
            f'SELECT DISTINCT ON ({listed}) * FROM ({first}) AS "_q"'
            f' WHERE {word} (SELECT 1 FROM ({second}) AS "_w" WHERE {same})'
        )

    # ------------------------------------------------------------ FOR JSON

    def _for_json(self, node: tree.ForJson, compiled: Compiled) -> Compiled:
        if node.mode != "PATH":
            raise NotSupported(f"FOR JSON {node.mode}", node.line, node.col)
        items = [
            (column.name, outer_item(column, index))
            for index, column in enumerate(compiled.columns)
        ]
        for name, _ in items:
            if not name:
                raise SqlError(
                    13605,
                    "Column expressions and data sources without names or aliases cannot be"
                    " formatted as JSON text using FOR JSON clause. Add alias to the unnamed column"
                    " or table.",
                    line=node.line,
                    col=node.col,
                )
        joined = wrapped(node, f"string_agg({for_json_row(items, node.include_null)}, ',')")
        sql = f'SELECT {joined} AS "c1" FROM ({compiled.sql}) AS "_q" HAVING count(*) > 0'
        column = OutColumn("JSON_F52E2B61-18A1-11d1-B105-00805F49916B", JSON_TEXT, "text", True)
        return Compiled(sql, [column], True)


def wrapped(node: tree.ForJson, rows: str) -> str:
    """The rows of FOR JSON in what is written around them."""
    if not node.without_wrapper:
        rows = f"'[' || {rows} || ']'"
    if node.root is not None:
        rows = f"'{{' || to_json({literal(node.root)}::text)::text || ':' || {rows} || '}}'"
    return rows


DEPTH = "_depth"
"""The column that counts the levels of a recursion."""


def recursion_limit(options: list[str]) -> int:
    """MAXRECURSION; 0 means that there is no limit."""
    for option in options:
        word, _, number = option.upper().partition(" ")
        if word == "MAXRECURSION" and number.isdigit():
            return int(number)
    return 100


def own_alias(query: tree.Query, name: str) -> str | None:
    """How the step of a recursion calls the table that it goes on from."""
    if not isinstance(query, tree.Select):
        return None
    for source in query.sources:
        for leaf in walk.leaves(source):
            if isinstance(leaf, tree.TableSource) and leaf.name.parts[-1].lower() == name.lower():
                return leaf.alias or leaf.name.last
    return None


def refers_to(query: tree.Query, name: str) -> bool:
    return any(
        isinstance(node, tree.TableSource)
        and len(node.name.parts) == 1
        and node.name.last.lower() == name
        for node in walk.nodes(query)
    )


def check_options(options: list[str], unit: Unit, node: tree.Node) -> None:
    """OPTION (…) concerns SQL Server's optimiser, and the parser takes only what changes no answer.

    But the variables that OPTIMIZE FOR names have to be there.
    """
    for option in options:
        if option.startswith("OPTIMIZE FOR @"):
            for name in option.split()[2:]:
                unit.variable(name, node.line, node.col)


def position_in_first(node: tree.Query, expr: tree.Expr) -> int | None:
    """Where the first of united queries shows the column that ORDER BY names with its table."""
    while isinstance(node, tree.SetOperation):
        assert node.left is not None
        node = node.left
    if not (isinstance(node, tree.Select) and isinstance(expr, tree.Column)):
        return None
    wanted = [part.lower() for part in expr.name.parts]
    for index, item in enumerate(node.items):
        if isinstance(item.expr, tree.Star):
            return None
        shown = item.expr.name.parts if isinstance(item.expr, tree.Column) else ()
        if [part.lower() for part in shown] == wanted:
            return index
    return None
