"""Queries: SELECT, set operations, common table expressions."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...types import MAX, SqlType, nvarchar
from .. import tree
from ..builtins import for_json_row
from ..collation import as_text, collation_of, group_key, order_term
from ..conversion import convert
from ..errors import NotSupported, SqlError
from ..names import quote
from ..precedence import unify
from ..typed import NULL_TYPE, Typed, pg_type
from . import walk
from .expressions import AGGREGATES, Expressions, is_constant_query
from .scope import CteBinding, Scope
from .sources import LockedSource, Sources
from .unit import Unit


@dataclass(slots=True)
class OutColumn:
    """A column that a query puts out."""

    name: str
    type: SqlType
    pg: str
    nullable: bool
    rank: str = "default"
    origin: str | None = None
    """the base column's name where the item is a plain column (for UPDATE through a CTE)"""


@dataclass(slots=True)
class Compiled:
    """A query whose columns are named c1, c2 …; ``single`` when it gives at most one row."""

    sql: str
    columns: list[OutColumn]
    single: bool = False
    scope: Scope = field(default_factory=Scope)

    def shape(self, names: list[str] | None = None) -> list[tuple[str, SqlType, str, bool, str]]:
        return [
            (
                names[index] if names else column.name,
                column.type,
                column.pg,
                column.nullable,
                column.rank,
            )
            for index, column in enumerate(self.columns)
        ]


class Queries:
    """Compiles the queries of one unit."""

    def __init__(self, unit: Unit, expressions: Expressions) -> None:
        self.unit = unit
        self.expressions = expressions
        self.sources = Sources(unit, expressions, self)
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
        prefix = self.common_tables(node.ctes, scope)
        check_options(node.options, node)
        if isinstance(node, tree.Select):
            compiled = self._select(node, scope, for_exists=for_exists, extra=extra or [])
        elif isinstance(node, tree.SetOperation):
            compiled = self._set_operation(node, scope)
        else:
            raise NotSupported("this query", node.line, node.col)
        if node.for_json is not None:
            compiled = self._for_json(node.for_json, compiled)
        compiled.sql = prefix + compiled.sql
        return compiled

    # ------------------------------------------------------------ common table expressions

    def common_tables(self, ctes: list[tree.CommonTable], scope: Scope) -> str:
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
                parts.append(self._recursive(cte, scope))
                continue
            compiled = self.query(cte.query, scope)
            names = self._cte_names(cte, compiled)
            scope.ctes[lowered] = CteBinding(cte.name, compiled.shape(names), cte)
            listed = ", ".join(quote(name) for name in names)
            parts.append(f"{quote(cte.name)}({listed}) AS ({compiled.sql})")
        return f"WITH {'RECURSIVE ' if recursive else ''}{', '.join(parts)} "

    def _cte_names(self, cte: tree.CommonTable, compiled: Compiled) -> list[str]:
        names = cte.columns or [column.name for column in compiled.columns]
        if len(names) != len(compiled.columns):
            raise SqlError(
                8159 if len(names) < len(compiled.columns) else 8158,
                f"'{cte.name}' has {'fewer' if len(names) < len(compiled.columns) else 'more'}"
                " columns than were specified in the column list.",
                line=cte.line,
                col=cte.col,
            )
        for index, name in enumerate(names, 1):
            if not name:
                raise SqlError(
                    8155,
                    f"No column name was specified for column {index} of '{cte.name}'.",
                    line=cte.line,
                    col=cte.col,
                )
        return names

    def _recursive(self, cte: tree.CommonTable, scope: Scope) -> str:
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
        anchor = self.query(query.left, scope)
        names = self._cte_names(cte, anchor)
        scope.ctes[cte.name.lower()] = CteBinding(cte.name, anchor.shape(names), cte)
        step = self.query(query.right, scope)
        casts = ", ".join(
            f'"_r"."c{index}"::{column.pg} AS "c{index}"'
            for index, column in enumerate(anchor.columns, 1)
        )
        listed = ", ".join(quote(name) for name in names)
        shape = ", ".join(f'"c{index}"' for index in range(1, len(step.columns) + 1))
        return (
            f"{quote(cte.name)}({listed}) AS ({anchor.sql} UNION ALL"
            f' SELECT {casts} FROM ({step.sql}) AS "_r"({shape}))'
        )

    # ------------------------------------------------------------ SELECT

    def _select(
        self,
        node: tree.Select,
        scope: Scope,
        *,
        for_exists: bool,
        extra: list[tuple[str, str]],
    ) -> Compiled:
        if node.into is not None:
            raise NotSupported("SELECT … INTO", node.line, node.col)
        locked: list[LockedSource] = []
        simple = self._is_lockable(node)
        texts = [
            self.sources.source(each, scope, locked, node.where, simple) for each in node.sources
        ]
        where = self.expressions.condition(node.where, scope) if node.where is not None else None
        groups = self._groups(node, scope)
        columns, items = self._items(node, scope)
        if for_exists and not scope.aggregates_seen and not node.distinct:
            items = ["1"]
        having = (
            self.expressions.condition(node.having, scope) if node.having is not None else None
        )
        order = self._order(node, scope, columns, items)
        parts = ["SELECT"]
        if node.distinct:
            parts.append(self._distinct(columns, items))
        listed = [
            f'{item} AS "c{index}"' if not for_exists else item
            for index, item in enumerate(items, 1)
        ]
        listed += [f'{quote(alias)}.{column} AS "_{column}"' for alias, column in extra]
        parts.append(", ".join(listed))
        if texts:
            parts.append("FROM " + ", ".join(texts))
        if where is not None:
            parts.append("WHERE " + where)
        if groups:
            parts.append("GROUP BY " + ", ".join(groups))
        if having is not None:
            parts.append("HAVING " + having)
        body = " ".join(parts)
        limits = self._limits(node, scope)
        if order and node.distinct:
            body = self._ordered_outside(node, body, columns, scope)
        elif order:
            body += " ORDER BY " + ", ".join(order)
        body += limits
        for lock in locked:
            body += f" {lock.clause} OF {quote(lock.alias)}" + (f" {lock.wait}" if lock.wait else "")
        single = self._is_single(node, scope, bool(groups))
        return Compiled(body, columns, single, scope)

    def _is_lockable(self, node: tree.Select) -> bool:
        """Whether PostgreSQL takes FOR UPDATE at the query itself."""
        if node.group or node.distinct or node.having is not None:
            return False
        for each in walk.nodes([item.expr for item in node.items]):
            if isinstance(each, tree.Query):
                continue
            if isinstance(each, tree.Function) and (
                each.over is not None or each.name.upper() in AGGREGATES
            ):
                return False
        return True

    def _groups(self, node: tree.Select, scope: Scope) -> list[str]:
        keys: list[str] = []
        bindings: dict[str, Typed] = {}
        for expr in node.group:
            typed = self.expressions.value(expr, scope)
            key = group_key(typed)
            keys.append(key)
            shown = typed if key == typed.sql else typed.replace(sql=f"any_value({typed.sql})")
            bindings[typed.sql] = shown
        scope.groups = bindings
        return keys

    def _items(self, node: tree.Select, scope: Scope) -> tuple[list[OutColumn], list[str]]:
        columns: list[OutColumn] = []
        items: list[str] = []
        for item in node.items:
            if isinstance(item.expr, tree.Star):
                for column, sql in self._star(item.expr, scope):
                    columns.append(column)
                    items.append(sql)
                continue
            typed = self.expressions.value(item.expr, scope)
            name = item.alias
            origin = None
            if isinstance(item.expr, tree.Column):
                name = name or item.expr.name.last
                origin = item.expr.name.last
            if typed.type == NULL_TYPE:
                typed = Typed("NULL::int4", SqlType("int"), "int4")
            columns.append(
                OutColumn(name or "", typed.type, typed.pg, typed.nullable, typed.rank, origin)
            )
            items.append(typed.sql)
        return columns, items

    def _star(self, node: tree.Star, scope: Scope) -> list[tuple[OutColumn, str]]:
        if node.qualifier is None:
            chosen = scope.sources
            if not chosen:
                raise SqlError(
                    263, "Must specify table to select from.", line=node.line, col=node.col
                )
        else:
            source = scope.source(node.qualifier.last)
            if source is None:
                raise SqlError(
                    107,
                    f"The column prefix '{node.qualifier.last}' does not match with a table name or"
                    " alias name used in the query.",
                    severity=15,
                    line=node.line,
                    col=node.col,
                )
            chosen = [source]
        return [
            (
                OutColumn(
                    column.name,
                    column.typed.type,
                    column.typed.pg,
                    column.typed.nullable,
                    column.typed.rank,
                    column.name,
                ),
                column.typed.sql,
            )
            for source in chosen
            for column in source.columns
        ]

    def _distinct(self, columns: list[OutColumn], items: list[str]) -> str:
        keys = [
            group_key(Typed(sql, column.type, column.pg, rank=column.rank))
            for sql, column in zip(items, columns, strict=True)
        ]
        return "DISTINCT" if keys == items else f"DISTINCT ON ({', '.join(keys)})"

    def _order(
        self, node: tree.Select, scope: Scope, columns: list[OutColumn], items: list[str]
    ) -> list[str]:
        order: list[str] = []
        for item in node.order:
            if is_constant_query(item.expr):
                continue
            position = self._position(item.expr, columns, scope)
            if position is not None:
                column = columns[position]
                typed = Typed(
                    items[position], column.type, column.pg, column.nullable, column.rank
                )
            else:
                typed = self.expressions.value(item.expr, scope)
            order.append(order_term(typed, descending=item.descending))
        return order

    def _position(self, expr: tree.Expr, columns: list[OutColumn], scope: Scope) -> int | None:
        """The select item that an ORDER BY item means by its alias or its position."""
        if isinstance(expr, tree.Literal) and expr.kind == "int":
            position = int(expr.value)
            if not 1 <= position <= len(columns):
                raise SqlError(
                    108,
                    f"The ORDER BY position number {position} is out of range of the number of"
                    " items in the select list.",
                    line=expr.line,
                    col=expr.col,
                )
            return position - 1
        if isinstance(expr, tree.Column) and len(expr.name.parts) == 1:
            wanted = expr.name.last.lower()
            found = [i for i, column in enumerate(columns) if column.name.lower() == wanted]
            if found:
                return found[0]
        return None

    def _ordered_outside(
        self, node: tree.Select, body: str, columns: list[OutColumn], scope: Scope
    ) -> str:
        order: list[str] = []
        for item in node.order:
            position = self._position(item.expr, columns, scope)
            if position is None:
                raise SqlError(
                    145,
                    "ORDER BY items must appear in the select list if SELECT DISTINCT is specified.",
                    severity=15,
                    line=item.line,
                    col=item.col,
                )
            order.append(order_term(outer_item(columns[position], position), descending=item.descending))
        return f'SELECT * FROM ({body}) AS "_q" ORDER BY {", ".join(order)}'

    def _limits(self, node: tree.Query, scope: Scope) -> str:
        text = ""
        if isinstance(node, tree.Select) and node.top is not None:
            count = self.expressions.value(node.top.count, Scope())
            if node.top.percent:
                raise NotSupported("TOP … PERCENT", node.line, node.col)
            sql = convert(count, SqlType("bigint"), implicit=True, line=node.line, col=node.col).sql
            if node.top.with_ties:
                if not node.order:
                    raise SqlError(
                        1062,
                        "The TOP N WITH TIES clause is not allowed without a corresponding ORDER BY"
                        " clause.",
                        severity=15,
                        line=node.line,
                        col=node.col,
                    )
                text += f" FETCH FIRST ({sql}) ROWS WITH TIES"
            else:
                text += f" LIMIT {sql}"
        if node.offset is not None:
            offset = self.expressions.value(node.offset, Scope())
            text += f" OFFSET ({offset.sql})::int8"
            if node.fetch is not None:
                fetch = self.expressions.value(node.fetch, Scope())
                text += f" LIMIT ({fetch.sql})::int8"
        return text

    def _is_single(self, node: tree.Select, scope: Scope, grouped: bool) -> bool:
        if not node.sources:
            return True
        if scope.aggregates_seen and not grouped:
            return True
        top = node.top
        if top is not None and isinstance(top.count, tree.Literal) and top.count.value == "1":
            return not top.with_ties
        if len(node.sources) == 1 and isinstance(node.sources[0], tree.TableSource):
            found = self.unit.catalog.object(node.sources[0].name)
            if found is None or found.type != "U" or not scope.sources:
                return False
            alias = scope.sources[0].alias.lower()
            own = {column.name.lower() for column in found.columns}
            fixed: set[str] = set()
            for part in walk.conjuncts(node.where):
                if isinstance(part, tree.Binary) and part.op == "=":
                    for side, other in ((part.left, part.right), (part.right, part.left)):
                        if (
                            isinstance(side, tree.Column)
                            and side.name.last.lower() in own
                            and (len(side.name.parts) == 1 or side.name.parts[-2].lower() == alias)
                            and not any(True for _ in walk.columns(other))
                        ):
                            fixed.add(side.name.last.lower())
            return any(
                index.unique
                and index.filter is None
                and all(name.lower() in fixed for name in index.columns)
                for index in found.indexes
            )
        return False

    # ------------------------------------------------------------ set operations

    def _set_operation(self, node: tree.SetOperation, scope: Scope) -> Compiled:
        assert node.left is not None and node.right is not None
        left = self.query(node.left, scope)
        right = self.query(node.right, scope)
        if len(left.columns) != len(right.columns):
            raise SqlError(
                205,
                "All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal"
                " number of expressions in their target lists.",
                line=node.line,
                col=node.col,
            )
        columns: list[OutColumn] = []
        sides: list[list[str]] = [[], []]
        keys: list[str] = []
        for index, (a, b) in enumerate(zip(left.columns, right.columns, strict=True)):
            items = [outer_item(a, index), outer_item(b, index)]
            type_ = unify([item.type for item in items])
            rank = "default"
            if type_.is_string:
                collation, rank = collation_of(*items, line=node.line, col=node.col)
                type_ = type_.with_collation(collation)
            for side, item in zip(sides, items, strict=True):
                converted = convert(item, type_, implicit=True, line=node.line, col=node.col)
                text = converted.sql
                if converted.type.is_string:
                    text = as_text(converted)
                side.append(f'{text} AS "c{index + 1}"')
            column = OutColumn(
                a.name, type_, pg_type(type_), a.nullable or b.nullable, rank
            )
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
                position = self._position(item.expr, columns, scope)
                if position is None:
                    raise SqlError(
                        104,
                        "ORDER BY items must appear in the select list if the statement contains a"
                        " UNION, INTERSECT or EXCEPT operator.",
                        severity=15,
                        line=item.line,
                        col=item.col,
                    )
                order.append(order_term(outer_item(columns[position], position), descending=item.descending))
            body = f'SELECT * FROM ({body}) AS "_q" ORDER BY {", ".join(order)}'
        body += self._limits(node, scope)
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
                    "Unnamed tables cannot be used as JSON identifiers as well as unnamed columns"
                    " cannot be used as key names. Add alias to the unnamed column/table.",
                    line=node.line,
                    col=node.col,
                )
        row = for_json_row(items, node.include_null)
        joined = f"string_agg({row}, ',')"
        if not node.without_wrapper:
            joined = f"'[' || {joined} || ']'"
        if node.root is not None:
            from ..names import literal

            joined = f"'{{' || to_json({literal(node.root)}::text)::text || ':' || {joined} || '}}'"
        sql = f'SELECT {joined} AS "c1" FROM ({compiled.sql}) AS "_q" HAVING count(*) > 0'
        column = OutColumn(
            "JSON_F52E2B61-18A1-11d1-B105-00805F49916B", nvarchar(MAX), "text", True
        )
        return Compiled(sql, [column], True)


def outer_item(column: OutColumn, index: int) -> Typed:
    return Typed(
        f'"_q"."c{index + 1}"', column.type, column.pg, column.nullable, column.rank
    )


def refers_to(query: tree.Query, name: str) -> bool:
    return any(
        isinstance(node, tree.TableSource)
        and len(node.name.parts) == 1
        and node.name.last.lower() == name
        for node in walk.nodes(query)
    )


ACCEPTED_OPTIONS = (
    "RECOMPILE",
    "MAXDOP",
    "OPTIMIZE FOR",
    "KEEP PLAN",
    "KEEPFIXED PLAN",
    "LOOP JOIN",
    "HASH JOIN",
    "MERGE JOIN",
    "FORCE ORDER",
    "FAST",
    "MAXRECURSION",
    "USE HINT",
)
"""OPTION (…) concerns SQL Server's optimiser; none of these changes an answer."""


def check_options(options: list[str], node: tree.Node) -> None:
    for option in options:
        if not option.upper().startswith(ACCEPTED_OPTIONS):
            raise NotSupported(f"OPTION ({option})", node.line, node.col)
