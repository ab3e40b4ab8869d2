"""SELECT: its items, its grouping, its order and its limits."""

from __future__ import annotations

from ...types import SqlType
from .. import tree
from ..collation import check_shown, group_key, order_term
from ..conversion import convert
from ..errors import NotSupported, SqlError
from ..names import quote
from ..typed import NULL_TYPE, Typed
from . import misses, walk
from .aggregation import AGGREGATES, aggregate_in_from, check_group, is_computed, is_constant
from .expressions import Expressions, is_constant_query
from .output import Compiled, OutColumn, outer_item
from .scope import Scope
from .singles import is_single
from .sources import LockedSource, Sources
from .unit import Unit


class Selects:
    """Compiles the plain SELECTs of one unit."""

    def __init__(self, unit: Unit, expressions: Expressions, sources: Sources) -> None:
        self.unit = unit
        self.expressions = expressions
        self.sources = sources

    def select(
        self,
        node: tree.Select,
        scope: Scope,
        *,
        for_exists: bool,
        extra: list[tuple[str, str]],
    ) -> Compiled:
        if node.into is not None:
            raise NotSupported("SELECT … INTO here", node.into.line, node.into.col)
        locked: list[LockedSource] = []
        simple = self.is_lockable(node)
        texts = [
            self.sources.source(each, scope, locked, node.where, simple) for each in node.sources
        ]
        if locked and len(scope.sources) > 1:
            self.unit.fate.misses = True
        elif locked:
            [only] = locked
            misses.note(
                self.unit, self.expressions, only.lock, only.found, only.alias, node.where, scope
            )
        if scope.aggregates_seen:
            raise aggregate_in_from(node)
        where = self.expressions.condition(node.where, scope) if node.where is not None else None
        if scope.aggregates_seen:
            raise SqlError(
                147,
                "An aggregate may not appear in the WHERE clause unless it is in a subquery"
                " contained in a HAVING clause or a select list, and the column being aggregated is"
                " an outer reference.",
                severity=15,
                line=node.line,
                col=node.col,
            )
        scope.windows = {name.lower(): window for name, window in node.windows}
        groups = self._groups(node, scope)
        scope.loose.clear()
        columns, items = self._items(node, scope)
        loose = [(8120, "select list", scope.take_loose())]
        if for_exists and not scope.aggregates_seen and not node.distinct:
            items = ["1"]
        having = self.expressions.condition(node.having, scope) if node.having is not None else None
        loose.append((8121, "HAVING clause", scope.take_loose()))
        order = self._order(node, scope, columns, items)
        loose.append((8127, "ORDER BY clause", scope.take_loose()))
        if groups or scope.aggregates_seen or node.having is not None:
            refuse_loose(loose)
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
        limits = self.limits(node, scope)
        if order and node.distinct:
            body = self._ordered_outside(node, body, columns, items, scope)
        elif order:
            body += " ORDER BY " + ", ".join(order)
        if node.top is not None and node.top.percent:
            names = [f"c{index}" for index in range(1, len(items) + 1)]
            names += [f"_{column}" for _, column in extra]
            if locked or for_exists:
                raise NotSupported("TOP … PERCENT here", node.top.line, node.top.col)
            body = self._percent(node.top, body, names)
        body += limits
        for each in locked:
            wait = f" {each.lock.wait}" if each.lock.wait else ""
            body += f" {each.lock.clause(self.unit.catalog)} OF {quote(each.alias)}{wait}"
        single = is_single(node, scope, self.unit.catalog, grouped=bool(groups))
        return Compiled(body, columns, single, scope)

    def is_lockable(self, node: tree.Select) -> bool:
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
        bindings: dict[str, Typed] = {}
        sets = any(isinstance(expr, tree.Grouping) for expr in node.group)
        keys = [self._group(expr, scope, bindings, sets=sets) for expr in node.group]
        scope.groups = bindings
        return keys

    def _group(
        self, expr: tree.Expr, scope: Scope, bindings: dict[str, Typed], *, sets: bool
    ) -> str:
        """One term of GROUP BY. ``sets``: a column may be NULL because it is summed over."""
        if isinstance(expr, tree.Grouping):
            inner = (self._group(each, scope, bindings, sets=sets) for each in expr.items)
            return f"{expr.kind} ({', '.join(inner)})".lstrip()
        check_group(expr)
        typed = self.expressions.value(expr, scope)
        check_shown(typed.rank, "GROUP BY", len(scope.keys) + 1, expr.line, expr.col)
        key = group_key(typed)
        scope.keys[typed.sql] = key
        shown = typed.replace(nullable=typed.nullable or sets, choices=())
        if key != typed.sql:
            text = f"any_value({typed.sql})"
            shown = shown.replace(
                sql=f"(CASE WHEN GROUPING({key}) = 0 THEN {text} END)" if sets else text
            )
        bindings[typed.sql] = shown
        return key

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
            untyped = typed.type == NULL_TYPE
            if untyped:
                typed = Typed("NULL::int4", SqlType("int"), "int4")
            null = typed.nullable or is_computed(item.expr)
            columns.append(
                OutColumn(name or "", typed.type, typed.pg, null, typed.rank, origin, untyped)
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
        seen: set[str] = set()
        for item in node.order:
            if is_constant_query(item.expr):
                continue
            position = self.position(item.expr, columns, scope)
            if position is None and is_constant(item.expr):
                raise constant_order(node, item)
            if position is not None:
                column = columns[position]
                typed = Typed(items[position], column.type, column.pg, column.nullable, column.rank)
            else:
                typed = self.expressions.value(item.expr, scope)
                if typed.constant is not None:
                    raise constant_order(node, item)
            if typed.sql in seen and isinstance(item.expr, (tree.Column, tree.Literal)):
                raise ordered_twice(item)
            seen.add(typed.sql)
            check_shown(typed.rank, "ORDER BY", len(order) + 1, item.line, item.col)
            order.append(order_term(typed, descending=item.descending))
        return order

    def position(self, expr: tree.Expr, columns: list[OutColumn], scope: Scope) -> int | None:
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
        self,
        node: tree.Select,
        body: str,
        columns: list[OutColumn],
        items: list[str],
        scope: Scope,
    ) -> str:
        order: list[str] = []
        for item in node.order:
            position = self.position(item.expr, columns, scope)
            if position is None:
                # The expression of a select item, under whatever name it is shown.
                meant = self.expressions.value(item.expr, scope).sql
                position = items.index(meant) if meant in items else None
            if position is None:
                raise SqlError(
                    145,
                    "ORDER BY items must appear in the select list if SELECT DISTINCT is"
                    " specified.",
                    severity=15,
                    line=item.line,
                    col=item.col,
                )
            order.append(
                order_term(outer_item(columns[position], position), descending=item.descending)
            )
        return f'SELECT * FROM ({body}) AS "_q" ORDER BY {", ".join(order)}'

    def _percent(self, top: tree.Top, body: str, names: list[str]) -> str:
        """The first rows of a query, as many as a share of all of them, rounded up."""
        if top.with_ties:
            raise NotSupported("TOP … PERCENT WITH TIES", top.line, top.col)
        share = convert(
            self.expressions.value(top.count, Scope()),
            SqlType("float"),
            implicit=True,
            line=top.line,
            col=top.col,
        )
        listed = ", ".join(quote(name) for name in names)
        return (
            f'SELECT {listed} FROM (SELECT "_q".*, row_number() OVER () AS "_place",'
            f' count(*) OVER () AS "_all" FROM ({body}) AS "_q") AS "_q"'
            f' WHERE "_place" <= ceil("_all" * tsql.percent({share.sql}) / 100) ORDER BY "_place"'
        )

    def limits(self, node: tree.Query, scope: Scope) -> str:
        text = ""
        if isinstance(node, tree.Select) and node.top is not None:
            if node.top.percent:
                return text
            count = self._row_count(node.top.count)
            sql = convert(count, SqlType("bigint")).sql
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
            text += f" OFFSET ({self._row_count(node.offset).sql})::int8"
            if node.fetch is not None:
                fetch = self._row_count(node.fetch)
                count = f"({fetch.sql})::int8"
                positive = isinstance(fetch.constant, int) and fetch.constant > 0
                text += f" LIMIT {count if positive else f'tsql.fetched({count})'}"
        return text

    def _row_count(self, node: tree.Expr) -> Typed:
        scope = Scope()
        count = self.expressions.value(node, scope)
        if scope.aggregates_seen:
            raise NotSupported("an aggregate in TOP or FETCH", node.line, node.col)
        if count.type.name not in ("tinyint", "smallint", "int", "bigint"):
            raise SqlError(
                1060,
                "The number of rows provided for a TOP or FETCH clauses row count parameter must be"
                " an integer.",
                severity=15,
                line=node.line,
                col=node.col,
            )
        return count


def constant_order(node: tree.Select, item: tree.OrderItem) -> SqlError:
    return SqlError(
        408,
        "A constant expression was encountered in the ORDER BY list, position"
        f" {node.order.index(item) + 1}.",
        line=item.line,
        col=item.col,
    )


def ordered_twice(item: tree.OrderItem) -> SqlError:
    return SqlError(
        169,
        "A column has been specified more than once in the order by list. Columns in the order by"
        " list must be unique.",
        severity=15,
        line=item.line,
        col=item.col,
    )


def refuse_loose(found: list[tuple[int, str, list[tuple[str, int, int]]]]) -> None:
    """In a grouped query a column stands in an aggregate, or is one that is grouped by."""
    for number, place, loose in found:
        for name, line, col in loose:
            shown = f'"{name}"' if number == 8127 else f"'{name}'"
            raise SqlError(
                number,
                f"Column {shown} is invalid in the {place} because it is not contained in either"
                " an aggregate function or the GROUP BY clause.",
                line=line,
                col=col,
            )
