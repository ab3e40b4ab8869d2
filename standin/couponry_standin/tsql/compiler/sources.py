"""FROM clauses: tables, views, functions, derived tables, joins, OPENJSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import tree
from ..catalog import ObjectDoc
from ..conversion import convert
from ..errors import NotSupported, SqlError
from ..names import is_temporary, quote
from ..old_views import OLD_VIEWS
from ..precedence import unify
from ..system_views import system_view
from ..typed import pg_type
from . import releases, waiting, walk
from .expressions import Expressions
from .fences import is_computation, is_gated
from .hints import check_hints
from .locks import Lock, absence_lock, check_lockable, hints_of, lock_of, locks_rows
from .output import shown_names
from .pivots import pivoted, unpivoted
from .scope import BoundSource, Scope, bind, bind_table, column_shape
from .table_functions import TableFunctions
from .trees import view_tree
from .unit import Unit

if TYPE_CHECKING:
    from .queries import Queries


@dataclass(frozen=True, slots=True)
class LockedSource:
    """A source whose rows the query locks where it stands."""

    alias: str
    found: ObjectDoc
    lock: Lock


class Sources:
    """Compiles the FROM clauses of one unit."""

    def __init__(self, unit: Unit, expressions: Expressions, queries: Queries) -> None:
        self.unit = unit
        self.expressions = expressions
        self.queries = queries
        self.functions = TableFunctions(unit, expressions, queries)
        # The table variable that is being changed where it stands in FROM.
        self.numbered: tree.VariableSource | None = None

    def source(
        self,
        node: tree.Source,
        scope: Scope,
        locked: list[LockedSource],
        where: tree.Expr | None,
        simple: bool,
    ) -> str:
        """Compile a source and bind it in ``scope``.

        ``where`` is the condition around it (a lock looks into it for keys); ``simple`` tells that
        the query itself may carry FOR UPDATE.
        """
        match node:
            case tree.TableSource():
                return self._table(node, scope, locked, where, simple)
            case tree.VariableSource():
                return self._variable(node, scope)
            case tree.FunctionSource():
                return self.functions.function(node, scope)
            case tree.OpenJsonSource():
                return self.functions.open_json(node, scope)
            case tree.DerivedSource():
                return self._derived(node, scope, lateral=False)
            case tree.ValuesSource():
                return self._values(node, scope)
            case tree.Pivot() | tree.Unpivot():
                return self._derived(self._turned(node, scope), scope, lateral=False)
            case tree.Join():
                return self._join(node, scope, locked, where, simple)
            case _:
                raise NotSupported("this source", node.line, node.col)

    # ------------------------------------------------------------ named sources

    def _table(
        self,
        node: tree.TableSource,
        scope: Scope,
        locked: list[LockedSource],
        where: tree.Expr | None,
        simple: bool,
    ) -> str:
        alias = node.alias or node.name.last
        if len(node.name.parts) == 1:
            cte = scope.cte(node.name.last)
            if cte is not None:
                if locks_rows(node.hints):
                    raise NotSupported(
                        "a lock hint on a common table expression", node.line, node.col
                    )
                scope.add(bind(alias, cte.columns))
                return f"{quote(cte.name)} AS {quote(alias)}"
        if not self._is_here(node.name):
            raise NotSupported("a name of another database", node.line, node.col)
        system = system_view(node.name)
        if system is not None:
            relation, columns = system
            scope.add(
                bind(
                    alias,
                    [
                        (name, type_, pg_type(type_), nullable, "implicit")
                        for name, type_, nullable in columns
                    ],
                )
            )
            return f"{relation} AS {quote(alias)}"
        if len(node.name.parts) > 1 and node.name.parts[-2].lower() == "sys":
            raise NotSupported(f"the view sys.{node.name.last}", node.line, node.col)
        found = self.unit.catalog.object(node.name)
        if found is None and node.name.last.lower() in OLD_VIEWS:
            raise NotSupported(f"the view {node.name.last}", node.line, node.col)
        if found is None or found.type not in ("U", "V"):
            raise SqlError(
                208,
                f"Invalid object name '{'.'.join(node.name.parts)}'.",
                line=node.line,
                col=node.col,
            )
        self.unit.use(found, "SELECT")
        level = "" if found.is_temporary else self.unit.isolation
        check_hints(node.hints, found, node.name, level)
        if found.type == "V":
            if locks_rows(node.hints):
                raise NotSupported("a lock hint on a view", node.line, node.col)
            return self._view(found, alias, scope)
        source = bind_table(found, alias)
        source.object_name = found.full_name.lower()
        source.shown = node.alias or ".".join(node.name.parts)
        scope.add(source)
        text = f"{found.sql} AS {quote(alias)}"
        if self.unit.isolation == "SNAPSHOT" and not found.is_temporary:
            self.unit.pre.append("PERFORM tsql.check_snapshot(_trancount);")
        lock = lock_of(hints_of(node.hints, level, node))
        waiting.before_reading(
            self.unit,
            self.expressions,
            found,
            alias,
            node.hints,
            where,
            scope,
            does=waiting.Does.LOCK if lock.strength else waiting.Does.READ,
        )
        if not lock.strength:
            return text
        clause = lock.clause(self.unit.catalog)
        check_lockable(found, node.line, node.col)
        if lock.guards_absence:
            self.unit.pre.append(
                absence_lock(
                    self.expressions,
                    found,
                    alias,
                    where,
                    scope,
                    shared=lock.strength == "SHARE",
                    waits=lock.wait != "NOWAIT",
                )
            )
        releases.note(self.unit, lock, found, alias, where, joined=len(scope.sources) > 1)
        if simple:
            locked.append(LockedSource(alias, found, lock))
            return text
        return self._locked_inside(found, alias, where, scope, clause, lock.wait)

    def _is_here(self, name: tree.Name) -> bool:
        """Whether a name is of this database; the catalogue of master answers for the server."""
        database = name.parts[-3].lower() if len(name.parts) > 2 else ""
        if is_temporary(name):
            return True
        if len(name.parts) > 3:
            return False
        system = name.parts[-2].lower() if len(name.parts) > 1 else ""
        own = database in ("", self.unit.catalog.database.lower())
        return own or (database == "master" and system in ("sys", "information_schema"))

    def _locked_inside(
        self,
        found: ObjectDoc,
        alias: str,
        where: tree.Expr | None,
        scope: Scope,
        clause: str,
        wait: str,
    ) -> str:
        """Lock the rows in a subquery, as PostgreSQL locks none of a grouped query.

        The conditions that concern this source alone go inside: they decide which rows are locked.
        Rows are locked in the order of the primary key, as SQL Server reads a clustered index.
        """
        own = {column.name.lower() for column in found.columns}
        inner = Scope(scope.parent, [bind_table(found, alias)], scope.ctes)
        parts: list[str] = []
        for part in walk.conjuncts(where):
            named = list(walk.columns(part))
            if (
                named
                and not walk.has_subquery(part)
                and all(
                    column.name.last.lower() in own
                    and (
                        len(column.name.parts) == 1
                        or column.name.parts[-2].lower() == alias.lower()
                    )
                    for column in named
                )
            ):
                parts.append(self.expressions.condition(part, inner))
        text = f"SELECT * FROM {found.sql} AS {quote(alias)}"
        if parts:
            text += " WHERE " + " AND ".join(parts)
        key = next((index for index in found.doc.get("indexes", []) if index.get("primary")), None)
        if key is not None:
            names = ", ".join(
                f"{quote(alias)}.{quote(name)}{' DESC' if descending else ''}"
                for name, descending in key["columns"]
            )
            text += f" ORDER BY {names}"
        return f"({text} {clause}{' ' + wait if wait else ''}) AS {quote(alias)}"

    def _view(self, found: ObjectDoc, alias: str, scope: Scope) -> str:
        """A view is expanded where it is named."""
        if found.object_id in self.unit.expanding:
            raise SqlError(4429, f"View '{found.full_name}' contains a self-reference.")
        view = view_tree(found)
        compiled = self.queries.expand(found, view.query, {})
        names = view.columns or [column.name for column in compiled.columns]
        scope.add(bind(alias, compiled.shape(names)))
        listed = ", ".join(quote(name) for name in names)
        return f"({compiled.sql}) AS {quote(alias)}({listed})"

    def _variable(self, node: tree.VariableSource, scope: Scope) -> str:
        found = self.unit.table_variable(node.name, node.line, node.col)
        assert found.columns is not None
        alias = node.alias or node.name
        scope.add(bind(alias, column_shape(found.columns)))
        if node is self.numbered:
            listed = ", ".join(quote(column.name) for column in found.columns)
            return f'unnest({found.sql}) WITH ORDINALITY AS {quote(alias)}({listed}, "_ord")'
        return f"unnest({found.sql}) AS {quote(alias)}"

    # ------------------------------------------------------------ nested sources

    def _turned(self, node: tree.Pivot | tree.Unpivot, scope: Scope) -> tree.DerivedSource:
        """PIVOT and UNPIVOT as queries; what columns there are, only the source knows."""
        shown = Scope(scope.parent, [], scope.ctes)
        self.source(node.source, shown, [], None, simple=False)
        if len(shown.sources) != 1:
            raise NotSupported("PIVOT of a join", node.line, node.col)
        if isinstance(node, tree.Pivot):
            return pivoted(node, shown.sources[0])
        return unpivoted(node, shown.sources[0])

    def _derived(self, node: tree.DerivedSource, scope: Scope, *, lateral: bool) -> str:
        parent = scope if lateral else Scope(scope.parent, [], scope.ctes)
        compiled = self.queries.query(node.query, parent)
        names = shown_names(node.columns, compiled, node.alias, node)
        if len({name.lower() for name in names}) != len(names):
            twice = next(
                name for name in names if [n.lower() for n in names].count(name.lower()) > 1
            )
            raise SqlError(
                8156,
                f"The column '{twice}' was specified multiple times for '{node.alias}'.",
                line=node.line,
                col=node.col,
            )
        bound = bind(node.alias, compiled.shape(names))
        bound.single = compiled.single
        scope.add(bound)
        listed = ", ".join(quote(name) for name in names)
        word = "LATERAL " if lateral else ""
        # Computed once, not in every place that names it: PostgreSQL would pull it up.
        fenced = is_computation(node.query) or (lateral and is_gated(node.query))
        fence = " OFFSET 0" if fenced else ""
        return f"{word}({compiled.sql}{fence}) AS {quote(node.alias)}({listed})"

    def _values(self, node: tree.ValuesSource, scope: Scope) -> str:
        rows = [[self.expressions.value(item, scope) for item in row] for row in node.rows]
        width = len(node.columns)
        if any(len(row) != width for row in rows):
            raise SqlError(
                10709,
                "The number of columns for each row in a table value constructor must be the same.",
                line=node.line,
                col=node.col,
            )
        types = [unify([row[i].type for row in rows]) for i in range(width)]
        texts: list[str] = []
        for row in rows:
            items: list[str] = []
            for item, type_ in zip(row, types, strict=True):
                converted = convert(item, type_, implicit=True, line=node.line, col=node.col)
                items.append(f"({converted.sql})::{pg_type(type_)}")
            texts.append("(" + ", ".join(items) + ")")
        bound = bind(
            node.alias,
            [
                (name, type_, pg_type(type_), any(row[i].nullable for row in rows), "default")
                for i, (name, type_) in enumerate(zip(node.columns, types, strict=True))
            ],
        )
        bound.single = len(rows) == 1
        scope.add(bound)
        listed = ", ".join(quote(name) for name in node.columns)
        return f"(VALUES {', '.join(texts)}) AS {quote(node.alias)}({listed})"

    def _join(
        self,
        node: tree.Join,
        scope: Scope,
        locked: list[LockedSource],
        where: tree.Expr | None,
        simple: bool,
    ) -> str:
        both = where
        if node.on is not None:
            both = (
                node.on
                if where is None
                else tree.Binary(node.line, node.col, "AND", where, node.on)
            )
        outer = node.kind in ("LEFT", "RIGHT", "FULL")
        first = len(scope.sources)
        left = self.source(
            node.left, scope, locked, both, simple and node.kind not in ("RIGHT", "FULL")
        )
        middle = len(scope.sources)
        if node.kind in ("CROSS APPLY", "OUTER APPLY"):
            right = self._applied(node.right, scope, locked, where, simple)
            if node.kind == "CROSS APPLY":
                return f"{left} CROSS JOIN {right}"
            make_nullable(scope.sources[middle:])
            return f"{left} LEFT JOIN {right} ON true"
        right = self.source(
            node.right, scope, locked, both, simple and not (outer and node.kind != "RIGHT")
        )
        if isinstance(node.right, tree.Join):
            right = f"({right})"
        if node.kind in ("RIGHT", "FULL"):
            make_nullable(scope.sources[first:middle])
        if node.kind in ("LEFT", "FULL"):
            make_nullable(scope.sources[middle:])
        if node.kind == "CROSS":
            return f"{left} CROSS JOIN {right}"
        assert node.on is not None
        condition = self.expressions.condition(node.on, scope)
        return f"{left} {node.kind} JOIN {right} ON {condition}"

    def _applied(
        self,
        node: tree.Source,
        scope: Scope,
        locked: list[LockedSource],
        where: tree.Expr | None,
        simple: bool,
    ) -> str:
        if isinstance(node, tree.DerivedSource):
            return self._derived(node, scope, lateral=True)
        if isinstance(node, tree.ValuesSource):
            return "LATERAL " + self._values(node, scope)
        if isinstance(node, tree.FunctionSource):
            text = self.functions.function(node, scope, lateral=True)
            return text if text.startswith("LATERAL") else f"LATERAL {text}"
        return self.source(node, scope, locked, where, simple)


def make_nullable(sources: list[BoundSource]) -> None:
    """The columns of an outer join's other side may be NULL whatever their table says."""
    for source in sources:
        for column in source.columns:
            column.typed = column.typed.replace(nullable=True)
