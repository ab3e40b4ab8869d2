"""FROM clauses: tables, views, functions, derived tables, joins, OPENJSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...types import MAX, SqlType, nvarchar
from .. import tree
from ..builtins import json_column
from ..catalog import ColumnDoc, ObjectDoc
from ..collation import as_text
from ..conversion import convert
from ..errors import NotSupported, SqlError
from ..names import quote
from ..precedence import unify
from ..system_views import SYSTEM_VIEWS
from ..typed import Typed, pg_type
from . import walk
from .expressions import Expressions
from .locks import absence_lock, check_lockable, lock_of
from .scope import BoundColumn, BoundSource, Scope, bind
from .trees import function_tree, view_tree
from .unit import Unit, VariableInfo

if TYPE_CHECKING:
    from .queries import Compiled, Queries

Shape = list[tuple[str, SqlType, str, bool, str]]


@dataclass(frozen=True, slots=True)
class LockedSource:
    """A source whose rows the query locks where it stands."""

    alias: str
    clause: str
    wait: str


class Sources:
    """Compiles the FROM clauses of one unit."""

    def __init__(self, unit: Unit, expressions: Expressions, queries: Queries) -> None:
        self.unit = unit
        self.expressions = expressions
        self.queries = queries
        self._serial = 0

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
                return self._function(node, scope)
            case tree.OpenJsonSource():
                return self._open_json(node, scope)
            case tree.DerivedSource():
                return self._derived(node, scope, lateral=False)
            case tree.ValuesSource():
                return self._values(node, scope)
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
                if node.hints and lock_of(node.hints).strength:
                    raise NotSupported(
                        "a lock hint on a common table expression", node.line, node.col
                    )
                scope.add(bind(alias, cte.columns))
                return f"{quote(cte.name)} AS {quote(alias)}"
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
        found = self.unit.catalog.object(node.name)
        if found is None or found.type not in ("U", "V"):
            raise SqlError(
                208,
                f"Invalid object name '{'.'.join(node.name.parts)}'.",
                line=node.line,
                col=node.col,
            )
        self.unit.use(found, "SELECT")
        if found.type == "V":
            if node.hints and lock_of(node.hints).strength:
                raise NotSupported("a lock hint on a view", node.line, node.col)
            return self._view(found, alias, scope)
        source = bind_table(found, alias)
        source.object_name = found.full_name.lower()
        scope.add(source)
        text = f"{found.sql} AS {quote(alias)}"
        lock = lock_of(node.hints)
        if not lock.strength:
            return text
        check_lockable(found, node.line, node.col)
        if lock.guards_absence:
            self.unit.pre.append(
                absence_lock(self.expressions, found, alias, where, scope)
            )
        if simple:
            locked.append(LockedSource(alias, lock.clause, lock.wait))
            return text
        return self._locked_inside(found, alias, where, scope, lock.clause, lock.wait)

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
            if named and not walk.has_subquery(part) and all(
                column.name.last.lower() in own
                and (
                    len(column.name.parts) == 1 or column.name.parts[-2].lower() == alias.lower()
                )
                for column in named
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
        from .trees import view_tree

        if found.object_id in self.unit.expanding:
            raise SqlError(4429, f"View '{found.full_name}' contains a self-reference.")
        view = view_tree(found)
        compiled = self._expanded(found, view.query, {})
        names = view.columns or [column.name for column in compiled.columns]
        scope.add(bind(alias, compiled.shape(names)))
        listed = ", ".join(quote(name) for name in names)
        return f"({compiled.sql}) AS {quote(alias)}({listed})"

    def _expanded(
        self, found: ObjectDoc, query: tree.Query | None, variables: dict[str, VariableInfo]
    ) -> Compiled:
        from .queries import Queries

        assert query is not None
        inner = Unit(
            self.unit.catalog,
            found.full_name,
            variables,
            depends=self.unit.depends,
            reads=self.unit.reads,
            pre=self.unit.pre,
            expanding=[*self.unit.expanding, found.object_id],
            procedural=False,
            chained=True,
        )
        return Queries(inner, Expressions(inner)).query(query, None)

    def _variable(self, node: tree.VariableSource, scope: Scope) -> str:
        found = self.unit.table_variable(node.name, node.line, node.col)
        assert found.columns is not None
        alias = node.alias or node.name
        scope.add(bind(alias, column_shape(found.columns)))
        return f"unnest({found.sql}) AS {quote(alias)}"

    # ------------------------------------------------------------ functions

    def _function(self, node: tree.FunctionSource, scope: Scope, *, lateral: bool = False) -> str:
        name = node.name.last.upper()
        alias = node.alias or node.name.last
        if len(node.name.parts) == 1 and name in ("STRING_SPLIT", "GENERATE_SERIES"):
            return self._builtin(name, node, alias, scope)
        found = self.unit.catalog.object(node.name)
        if found is None or found.type != "IF":
            raise SqlError(
                208,
                f"Invalid object name '{'.'.join(node.name.parts)}'.",
                line=node.line,
                col=node.col,
            )
        self.unit.use(found, "SELECT")
        if found.object_id in self.unit.expanding:
            raise NotSupported("a recursive table function", node.line, node.col)
        from .trees import function_tree

        function = function_tree(found)
        outer = scope if lateral else Scope(scope.parent, [], scope.ctes)
        arguments, variables = self._arguments(node, function.parameters, outer)
        compiled = self._expanded(found, function.query, variables)
        names = [column.name for column in compiled.columns]
        scope.add(bind(alias, compiled.shape()))
        listed = ", ".join(quote(each) for each in names)
        if not arguments:
            return f"{'LATERAL ' if lateral else ''}({compiled.sql}) AS {quote(alias)}({listed})"
        self._serial += 1
        shape = ", ".join(f'"c{index}"' for index in range(1, len(names) + 1))
        return (
            f'LATERAL (SELECT "_q".* FROM {arguments} CROSS JOIN LATERAL'
            f' ({compiled.sql}) AS "_q"({shape})) AS {quote(alias)}({listed})'
        )

    def _arguments(
        self, node: tree.FunctionSource, parameters: list[tree.Parameter], scope: Scope
    ) -> tuple[str, dict[str, VariableInfo]]:
        """Bind the parameters of an expanded function to its arguments.

        Arguments that read columns are computed beside the function under a name of their own, so
        that no alias inside the function can capture them.
        """
        if len(node.args) != len(parameters):
            raise SqlError(
                313,
                "An insufficient number of arguments were supplied for the procedure or function"
                f" {'.'.join(node.name.parts)}.",
                line=node.line,
                col=node.col,
            )
        self._serial += 1
        holder = f"_f{len(self.unit.expanding)}_{self._serial}"
        variables: dict[str, VariableInfo] = {}
        computed: list[str] = []
        for arg, parameter in zip(node.args, parameters, strict=True):
            if parameter.type is None:
                raise NotSupported("a table-valued parameter here", node.line, node.col)
            if isinstance(arg, tree.Default):
                if parameter.default is None:
                    raise NotSupported("DEFAULT without a default", arg.line, arg.col)
                arg = parameter.default
            typed = convert(
                self.expressions.value(arg, scope),
                parameter.type,
                implicit=True,
                line=arg.line,
                col=arg.col,
            )
            pg = pg_type(parameter.type)
            sql = typed.sql if typed.pg == pg and typed.sql != "NULL" else f"({typed.sql})::{pg}"
            if any(True for _ in walk.columns(arg)) or walk.has_subquery(arg):
                name = f"p{len(computed) + 1}"
                computed.append(f'{sql} AS "{name}"')
                sql = f'"{holder}"."{name}"'
            variables[parameter.name.lower()] = VariableInfo(
                parameter.name, parameter.type, sql, pg
            )
        if not computed:
            return "", variables
        return f'(SELECT {", ".join(computed)}) AS "{holder}"', variables

    def _builtin(self, name: str, node: tree.FunctionSource, alias: str, scope: Scope) -> str:
        args = [self.expressions.value(arg, scope) for arg in node.args]
        if name == "STRING_SPLIT":
            if len(args) not in (2, 3):
                raise SqlError(174, "The STRING_SPLIT function requires 2 argument(s).")
            text, separator = (as_text(arg) for arg in args[:2])
            length = args[0].type.length if args[0].type.is_string else 4000
            type_ = SqlType(
                "nvarchar" if args[0].type.is_unicode else "varchar",
                length,
                collation=args[0].type.collation,
            )
            scope.add(
                bind(
                    alias,
                    [
                        ("value", type_, "text", True, args[0].rank),
                        ("ordinal", SqlType("bigint"), "int8", False, "default"),
                    ],
                )
            )
            return (
                f'tsql.string_split({text}, {separator}) AS {quote(alias)}("value", "ordinal")'
            )
        type_ = unify([arg.type for arg in args])
        step = f", ({args[2].sql})::{pg_type(type_)}" if len(args) > 2 else ""
        bounds = ", ".join(f"({arg.sql})::{pg_type(type_)}" for arg in args[:2])
        scope.add(bind(alias, [("value", type_, pg_type(type_), False, "default")]))
        return f'generate_series({bounds}{step}) AS {quote(alias)}("value")'

    def _open_json(self, node: tree.OpenJsonSource, scope: Scope) -> str:
        document = as_text(self.expressions.value(node.expr, scope))
        path = (
            as_text(self.expressions.value(node.path, scope))
            if node.path is not None
            else "NULL"
        )
        alias = node.alias or "OPENJSON"
        if node.columns is None:
            collation = "Latin1_General_BIN2"
            scope.add(
                bind(
                    alias,
                    [
                        ("key", SqlType("nvarchar", 4000, collation=collation), "text", False, "implicit"),
                        ("value", nvarchar(MAX), "text", True, "implicit"),
                        ("type", SqlType("tinyint"), "int2", False, "implicit"),
                    ],
                )
            )
            return (
                f"LATERAL tsql.openjson({document}, {path}) AS {quote(alias)}"
                '("key", "value", "type")'
            )
        items: list[str] = []
        columns: list[tuple[str, SqlType, str, bool, str]] = []
        for column in node.columns:
            typed = json_column('"_e"."e"', column)
            items.append(f"{typed.sql} AS {quote(column.name)}")
            columns.append((column.name, column.type, typed.pg, True, "implicit"))
        scope.add(bind(alias, columns))
        return (
            f"LATERAL (SELECT {', '.join(items)} FROM tsql.json_elements({document}, {path})"
            f' AS "_e"("e")) AS {quote(alias)}'
        )

    # ------------------------------------------------------------ nested sources

    def _derived(self, node: tree.DerivedSource, scope: Scope, *, lateral: bool) -> str:
        parent = scope if lateral else Scope(scope.parent, [], scope.ctes)
        compiled = self.queries.query(node.query, parent)
        names = node.columns or [column.name for column in compiled.columns]
        for index, name in enumerate(names, 1):
            if not name:
                raise SqlError(
                    8155,
                    f"No column name was specified for column {index} of '{node.alias}'.",
                    line=node.line,
                    col=node.col,
                )
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
        scope.add(bind(node.alias, compiled.shape(names)))
        listed = ", ".join(quote(name) for name in names)
        word = "LATERAL " if lateral else ""
        return f"{word}({compiled.sql}) AS {quote(node.alias)}({listed})"

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
        scope.add(
            bind(
                node.alias,
                [
                    (name, type_, pg_type(type_), any(row[i].nullable for row in rows), "default")
                    for i, (name, type_) in enumerate(zip(node.columns, types, strict=True))
                ],
            )
        )
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
            text = self._function(node, scope, lateral=True)
            return text if text.startswith("LATERAL") else f"LATERAL {text}"
        return self.source(node, scope, locked, where, simple)


def make_nullable(sources: list[BoundSource]) -> None:
    """The columns of an outer join's other side may be NULL whatever their table says."""
    for source in sources:
        for column in source.columns:
            column.typed = column.typed.replace(nullable=True)


def column_shape(columns: list[ColumnDoc]) -> Shape:
    return [
        (column.name, column.type, column.pg, column.nullable, "implicit") for column in columns
    ]


def bind_table(found: ObjectDoc, alias: str) -> BoundSource:
    return bind(alias, column_shape(found.columns))


def bind_record(alias: str, prefix: str, columns: list[ColumnDoc]) -> BoundSource:
    """The pseudo-tables of OUTPUT: ``prefix`` is PostgreSQL's old or new."""
    return BoundSource(
        alias,
        [
            BoundColumn(
                column.name,
                Typed(
                    f"{prefix}.{quote(column.name)}",
                    column.type,
                    column.pg,
                    column.nullable,
                    "implicit",
                ),
            )
            for column in columns
        ],
    )


def system_view(name: tree.Name) -> tuple[str, list[tuple[str, SqlType, bool]]] | None:
    """A catalogue view: (relation in PostgreSQL, its columns)."""
    if len(name.parts) < 2:
        return None
    schema = name.parts[-2].lower()
    if schema == "sys":
        key = f"sys.{name.last.lower()}"
        relation = f"sys.{quote(name.last)}"
    elif schema == "information_schema":
        key = f"information_schema.{name.last.lower()}"
        relation = f"tsql_is.{quote(name.last)}"
    else:
        return None
    columns = SYSTEM_VIEWS.get(key)
    if columns is None:
        return None
    return relation, columns

