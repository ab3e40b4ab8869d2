"""Statements as PL/pgSQL: what machines and inline functions have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ...types import MAX, SqlType, nvarchar
from .. import operators, tree
from ..collation import as_text
from ..conversion import assign, convert
from ..errors import NotSupported, SqlError
from ..names import quote
from ..plan import Composite, ResultColumn
from ..typed import Typed
from . import table_variables, walk
from .changes import Change, Changes
from .code import CodeLines
from .expressions import Expressions
from .queries import Compiled, OutColumn, Queries
from .scope import BoundColumn, BoundSource, Scope
from .unit import Unit, VariableInfo

SIMPLE = (tree.Literal, tree.Variable, tree.SystemVariable)


class Body:
    """Compiles the statements of one unit into ``self.out``."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.expressions = Expressions(unit)
        self.queries = Queries(unit, self.expressions)
        self.changes = Changes(unit, self.expressions, self.queries)
        self.out = CodeLines()
        self.sets: list[list[ResultColumn]] = []
        self.composites: dict[str, Composite] = {}
        self.extra_variables: list[str] = []
        self.sets_lock_timeout = False
        self.sets_nocount = False
        self.static_options: dict[str, str] = {}
        self._statements: dict[type, Callable[[Any], None]] = {
            tree.Block: self._block,
            tree.Declare: self._declare,
            tree.SetVariable: self._set_variable,
            tree.SetOption: self._set_option,
            tree.SelectStatement: self._select,
            tree.Insert: self._insert,
            tree.Update: self._update,
            tree.Delete: self._delete,
            tree.Print: self._print,
            tree.WaitFor: self._wait_for,
        }

    # ------------------------------------------------------------ to be given by subclasses

    def guard(self, emit: Callable[[], None], *, safe: bool = False) -> None:
        """Emit a statement so that an error in it goes where T-SQL sends it."""
        raise NotImplementedError

    def message(self, fields: list[str]) -> None:
        """Emit a message for the client: six PostgreSQL text expressions."""
        raise NotImplementedError

    def rows(self, index: int, compiled: Compiled, ctes: str = "", source: str = "") -> None:
        """Emit a result set."""
        raise NotImplementedError

    def count(self) -> None:
        """Emit the row count for a client that wants it."""
        raise NotImplementedError

    # ------------------------------------------------------------ flow

    def statement(self, node: tree.Statement) -> None:
        self.out.line = node.line
        compiler = self._statements.get(type(node))
        if compiler is None and isinstance(node, tree.Module):
            compiler = self._statements.get(tree.Module)
        if compiler is None:
            raise NotSupported(describe(node), node.line, node.col)
        compiler(node)

    def flush(self) -> None:
        """Emit what the compiled statement needs done before it."""
        for each in self.unit.pre:
            self.out.add(each)
        self.unit.pre.clear()

    def _block(self, node: tree.Block) -> None:
        for each in node.body:
            self.statement(each)

    # ------------------------------------------------------------ variables

    def _declare(self, node: tree.Declare) -> None:
        for item in node.items:
            if item.table is not None:
                table_variables.declare(self, item)
                continue
            if item.type is None:
                raise NotSupported("a user-defined type here", item.line, item.col)
            self.unit.declare(item.name, item.type, item.line, item.col)
            if item.value is not None:
                self.assign(item.name, item.value, item)

    def _set_variable(self, node: tree.SetVariable) -> None:
        if node.op == "=":
            self.assign(node.name, node.expr, node)
            return
        variable = self.unit.variable(node.name, node.line, node.col)
        value = self.expressions.value(node.expr, Scope())
        typed = operators.binary(node.op[:-1], variable.typed, value, node.line, node.col)
        self._assign_typed(node.name, typed, node, safe=False)

    def assign(self, name: str, expr: tree.Expr, node: tree.Node) -> None:
        typed = self.expressions.value(expr, Scope())
        self._assign_typed(name, typed, node, safe=isinstance(expr, SIMPLE))

    def _assign_typed(self, name: str, typed: Typed, node: tree.Node, *, safe: bool) -> None:
        variable = self.unit.variable(name, node.line, node.col)
        if variable.type is None:
            raise SqlError(137, f'Must declare the scalar variable "{name}".', line=node.line)
        text = assign(typed, variable.type, line=node.line, col=node.col)
        same = typed.type.name == variable.type.name or typed.type.name == "null"

        def emit() -> None:
            self.flush()
            self.out.add(f"{variable.sql} := {text};")

        self.guard(emit, safe=safe and same)

    # ------------------------------------------------------------ SELECT

    def _select(self, node: tree.SelectStatement) -> None:
        query = node.query
        if isinstance(query, tree.Select) and any(item.variable for item in query.items):
            self._select_into_variables(query)
            return
        compiled = self.queries.query(query, None)
        index = self.result_set(compiled.columns)

        def emit() -> None:
            self.flush()
            self.rows(index, compiled)

        self.guard(emit)

    def result_set(self, columns: list[OutColumn]) -> int:
        self.sets.append(
            [ResultColumn(column.name, column.type, column.nullable) for column in columns]
        )
        return len(self.sets)

    def _select_into_variables(self, query: tree.Select) -> None:
        if not all(item.variable for item in query.items):
            raise SqlError(
                141,
                "A SELECT statement that assigns a value to a variable must not be combined with"
                " data-retrieval operations.",
                severity=15,
                line=query.line,
                col=query.col,
            )
        if not query.sources and query.where is None and query.top is None:
            for item in query.items:
                assert item.variable is not None
                self._set_variable(
                    tree.SetVariable(item.line, item.col, item.variable, item.expr, item.op)
                )
            self.out.add("_rowcount := 1;")
            return
        targets = [
            self.unit.variable(item.variable or "", item.line, item.col) for item in query.items
        ]
        names = {target.name.lower() for target in targets}
        items: list[tree.SelectItem] = []
        carried: dict[int, dict[int, int]] = {}
        """of an item that reads assigned variables: each column in it, and its place in the query"""
        for index, item in enumerate(query.items):
            if item.op == "=" and not walk.variables(item.expr) & names:
                items.append(tree.SelectItem(item.line, item.col, item.expr))
                continue
            if walk.has_subquery(item.expr):
                raise NotSupported(
                    "a variable assignment that accumulates over a subquery", item.line, item.col
                )
            carried[index] = {}
            items.append(tree.SelectItem(item.line, item.col, tree.Literal(item.line, 1, "null", "")))
        for index, places in carried.items():
            for column in walk.columns(query.items[index].expr):
                items.append(tree.SelectItem(column.line, column.col, column))
                places[id(column)] = len(items)
        plain = replace(query, items=items, for_json=None)
        compiled = self.queries.query(plain, None)
        always = (
            compiled.scope.aggregates_seen
            and not query.group
            and query.having is None
            and query.top is None
        )
        if carried and compiled.scope.aggregates_seen:
            raise NotSupported("a variable assignment beside aggregates", query.line, query.col)
        values: list[str] = []
        sets: list[str] = []
        for i, column in enumerate(compiled.columns, 1):
            typed = Typed(f'"_q"."c{i}"', column.type, column.pg, column.nullable, column.rank)
            text = typed.sql
            if i <= len(targets) and i - 1 not in carried:
                type_ = targets[i - 1].type
                assert type_ is not None
                text = assign(typed, type_, line=query.line, col=query.col)
            values.append(f'{text} AS "c{i}"')
        for i, (item, target) in enumerate(zip(query.items, targets, strict=True)):
            if i in carried:
                sets.append(self._carried(item, target, carried[i], compiled.columns))
            else:
                sets.append(f'{target.sql} := _r."c{i + 1}";')
        head, tail = f"SELECT {', '.join(values)}", f' FROM ({compiled.sql}) AS "_q"'

        def emit() -> None:
            self.flush()
            into = ", ".join(target.sql for target in targets)
            if always and len({target.sql for target in targets}) == len(targets):
                self.out.add(f"{head} INTO {into}{tail};")
                self.out.add("_rowcount := 1;")
                return
            given = " ".join(sets)
            if compiled.single:
                self.out.add(f"{head} INTO _r{tail};")
                self.out.add("GET DIAGNOSTICS _rowcount = ROW_COUNT;")
                self.out.add(f"IF _rowcount > 0 THEN {given} END IF;")
                return
            self.out.add("_rowcount := 0;")
            self.out.add(
                f"FOR _r IN {head}{tail} LOOP {given} _rowcount := _rowcount + 1; END LOOP;"
            )

        self.guard(emit)

    def _carried(
        self,
        item: tree.SelectItem,
        target: VariableInfo,
        places: dict[int, int],
        columns: list[OutColumn],
    ) -> str:
        """An assignment that reads a variable of the same SELECT: computed row by row."""
        source = BoundSource(
            "_r",
            [
                BoundColumn(
                    f"c{place}",
                    Typed(
                        f'_r."c{place}"',
                        columns[place - 1].type,
                        columns[place - 1].pg,
                        columns[place - 1].nullable,
                        columns[place - 1].rank,
                    ),
                )
                for place in places.values()
            ],
        )

        def change(node: tree.Node) -> tree.Node | None:
            place = places.get(id(node))
            if place is None:
                return None
            return tree.Column(node.line, node.col, tree.Name(node.line, node.col, ("_r", f"c{place}")))

        expr = walk.replace(item.expr, change)
        typed = self.expressions.value(expr, Scope(None, [source]))
        if item.op != "=":
            typed = operators.binary(item.op[:-1], target.typed, typed, item.line, item.col)
        assert target.type is not None
        return f"{target.sql} := {assign(typed, target.type, line=item.line, col=item.col)};"

    # ------------------------------------------------------------ changes

    def _insert(self, node: tree.Insert) -> None:
        if isinstance(node.target, str):
            table_variables.insert(self, node)
            return
        self.change(self.changes.insert(node))

    def _update(self, node: tree.Update) -> None:
        if isinstance(node.target, str) or table_variables.is_target(self, node):
            table_variables.update(self, node)
            return
        self.change(self.changes.update(node))

    def _delete(self, node: tree.Delete) -> None:
        if isinstance(node.target, str) or table_variables.is_target(self, node):
            table_variables.delete(self, node)
            return
        self.change(self.changes.delete(node))

    def change(self, change: Change) -> None:
        """Emit a change with whatever it returns."""
        before = list(self.unit.pre)
        self.unit.pre.clear()

        def emit() -> None:
            for each in before:
                self.out.add(each)
            self._write_check()
            self._emit_change(change)
            for each in change.after:
                self.out.add(each)

        self.guard(emit)

    def _write_check(self) -> None:
        """A doomed transaction takes no write (subclasses say where that can be)."""

    def _emit_change(self, change: Change) -> None:
        if not change.returned.items:
            self.out.add(f"{change.ctes}{change.body};")
            self.out.add("GET DIAGNOSTICS _rowcount = ROW_COUNT;")
            self.count()
            return
        ctes = f'{change.ctes.rstrip()}, "_o" AS ({change.body})' if change.ctes else (
            f'WITH "_o" AS ({change.body})'
        )
        columns = change.returned.columns
        if change.into is not None and isinstance(change.into.target, tree.Name):
            insert = self._output_into(change)
            if change.shown:
                ctes += f', "_i" AS ({insert})'
            else:
                self.out.add(f"{ctes} {insert};")
                self.out.add("GET DIAGNOSTICS _rowcount = ROW_COUNT;")
                self.count()
                return
        if change.shown:
            shown = [columns[i - 1] for i in change.shown]
            index = self.result_set(shown)
            items = ", ".join(f'"_o"."c{i}"' for i in change.shown)
            compiled = Compiled(f'SELECT {items} FROM "_o"', shown)
            if change.assigned or change.identity or (
                change.into is not None and isinstance(change.into.target, str)
            ):
                raise NotSupported("OUTPUT beside other returned values", self.out.line, 1)
            self.rows(index, compiled, ctes)
            return
        if change.into is not None:
            table_variables.collect(self, change, ctes)
            return
        picks: list[str] = []
        targets: list[str] = []
        for variable, name in change.assigned:
            picks.append(f'"_o".{name}')
            targets.append(variable.sql)
        names = ", ".join(f'{pick} AS "a{i}"' for i, pick in enumerate(picks, 1))
        listed = ", ".join(f'"a{i}"' for i in range(1, len(picks) + 1))
        if change.identity is not None:
            names = ", ".join(filter(None, [names, f'"_o".{change.identity} AS "i"']))
            listed = ", ".join(filter(None, [listed, '"i"']))
        self.out.add(
            f'{ctes} SELECT {listed}, "n" INTO _r FROM'
            f' (SELECT {names}, count(*) OVER () AS "n" FROM "_o") AS "_q"'
            + (' ORDER BY "i" DESC' if change.identity is not None else "")
            + " LIMIT 1;"
        )
        sets = " ".join(f'{target} := _r."a{i}";' for i, target in enumerate(targets, 1))
        if change.identity is not None:
            sets += ' _identity := _r."i";'
        self.out.add(
            f"IF FOUND THEN _rowcount := _r.n; {sets} ELSE _rowcount := 0; END IF;"
        )
        self.count()

    def _output_into(self, change: Change) -> str:
        """OUTPUT INTO a table: an INSERT that reads the returned rows."""
        from ..conversion import store

        into = change.into
        assert into is not None and isinstance(into.target, tree.Name)
        found = self.changes.table(into.target, "INSERT", self.out.line, 1)
        names = into.columns or [
            column.name
            for column in found.columns
            if column.is_writable and column.identity is None
        ]
        if len(names) != len(into.items):
            raise SqlError(
                213,
                "Column name or number of supplied values does not match table definition.",
                line=self.out.line,
            )
        items: list[str] = []
        chosen: list[str] = []
        for name, position in zip(names, into.items, strict=True):
            column = self.changes.column(found, name, self.out.line, 1)
            out = change.returned.columns[position - 1]
            typed = Typed(f'"_o"."c{position}"', out.type, out.pg, out.nullable, out.rank)
            items.append(store(typed, column.type, column.name, found.full_name))
            chosen.append(quote(column.name))
        return (
            f'INSERT INTO {found.sql} ({", ".join(chosen)}) SELECT {", ".join(items)} FROM "_o"'
        )

    # ------------------------------------------------------------ small statements

    def _print(self, node: tree.Print) -> None:
        typed = convert(
            self.expressions.value(node.expr, Scope()),
            nvarchar(4000),
            implicit=True,
            line=node.line,
            col=node.col,
        )

        def emit() -> None:
            self.flush()
            self.message(
                ["'0'", "'0'", "'1'", f"coalesce({as_text(typed)}, ' ')", "''", f"'{node.line}'"]
            )

        self.guard(emit)

    def _wait_for(self, node: tree.WaitFor) -> None:
        if node.kind != "DELAY":
            raise NotSupported("WAITFOR TIME", node.line, node.col)
        typed = self.expressions.value(node.expr, Scope())
        text = convert(
            typed, SqlType("nvarchar", MAX), implicit=True, line=node.line, col=node.col
        )

        def emit() -> None:
            self.out.add(f"PERFORM pg_sleep(extract(epoch from ({as_text(text)})::interval));")

        self.guard(emit)

    def _set_option(self, node: tree.SetOption) -> None:
        for name in node.names:
            self._option(name.upper(), node)

    def _option(self, name: str, node: tree.SetOption) -> None:
        value = node.value.upper()
        if name == "NOCOUNT":
            self.out.add(f"_nocount := {'true' if value == 'ON' else 'false'};")
            self.static_options.setdefault(name, value)
            self.sets_nocount = True
        elif name == "XACT_ABORT":
            self.out.add(f"_xact_abort := {'true' if value == 'ON' else 'false'};")
            self.static_options.setdefault(name, value)
        elif name == "LOCK_TIMEOUT":
            milliseconds = self._lock_timeout(node)
            self.sets_lock_timeout = True
            self.out.add(
                f"IF _lock_timeout IS DISTINCT FROM {milliseconds} THEN"
                f" _lock_timeout := {milliseconds};"
                f" PERFORM set_config('lock_timeout', '{lock_setting(milliseconds)}', false);"
                " END IF;"
            )
        elif name in IGNORED_OPTIONS:
            expected = IGNORED_OPTIONS[name]
            if expected is not None and value not in expected:
                raise NotSupported(f"SET {name} {node.value}", node.line, node.col)
        elif name == "TRANSACTION ISOLATION LEVEL":
            if value not in ("READ COMMITTED", "READ UNCOMMITTED"):
                raise NotSupported(f"SET {name} {node.value}", node.line, node.col)
        elif name == "IDENTITY_INSERT":
            assert node.table is not None
            found = self.changes.table(node.table, "ALTER", node.line, node.col)
            on = "true" if value == "ON" else "false"
            self.guard(
                lambda: self.out.add(f"PERFORM tsql.set_identity_insert({found.object_id}, {on});")
            )
        else:
            raise NotSupported(f"SET {name}", node.line, node.col)

    def _lock_timeout(self, node: tree.SetOption) -> int:
        try:
            return int(node.value)
        except ValueError:
            raise SqlError(
                102, f"Incorrect syntax near '{node.value}'.", severity=15, line=node.line
            ) from None


IGNORED_OPTIONS: dict[str, tuple[str, ...] | None] = {
    # The stand-in always behaves as these settings say; the other value is refused.
    "ANSI_NULLS": ("ON",),
    "ANSI_PADDING": ("ON",),
    "ANSI_WARNINGS": ("ON",),
    "ARITHABORT": ("ON", "OFF"),
    "CONCAT_NULL_YIELDS_NULL": ("ON",),
    "QUOTED_IDENTIFIER": ("ON",),
    "NUMERIC_ROUNDABORT": ("OFF",),
    "ANSI_NULL_DFLT_ON": ("ON", "OFF"),
    "ANSI_NULL_DFLT_OFF": ("OFF",),
    "ANSI_DEFAULTS": ("ON",),
    # There are no cursors.
    "CURSOR_CLOSE_ON_COMMIT": None,
    # These concern output or scheduling that clients cannot see here.
    "DEADLOCK_PRIORITY": None,
    "TEXTSIZE": None,
    "STATISTICS IO": None,
    "STATISTICS TIME": None,
    "LANGUAGE": ("US_ENGLISH", "'US_ENGLISH'", "ENGLISH"),
    "DATEFORMAT": ("MDY",),
    "DATEFIRST": ("7",),
    "ROWCOUNT": ("0",),
    "FMTONLY": ("OFF",),
    "NOEXEC": ("OFF",),
    "PARSEONLY": ("OFF",),
    "QUERY_GOVERNOR_COST_LIMIT": None,
    "CONTEXT_INFO": None,
    "REMOTE_PROC_TRANSACTIONS": None,
}


def lock_setting(milliseconds: int) -> int:
    """PostgreSQL's lock_timeout: its 0 waits for ever, T-SQL's 0 does not wait at all."""
    return 0 if milliseconds < 0 else max(milliseconds, 1)


def describe(node: tree.Statement) -> str:
    name = type(node).__name__
    words = {
        "ExecuteText": "EXEC (text)",
        "Truncate": "TRUNCATE TABLE",
        "Transaction": "a transaction statement",
        "TryCatch": "TRY … CATCH",
    }
    return f"{words.get(name, name)} here"


def text_of(typed: Typed) -> str:
    """The text form in which a value leaves a machine."""
    if typed.type.is_string:
        return as_text(typed)
    if typed.type.name == "decimal":
        return f"({typed.sql})::numeric({typed.type.precision},{typed.type.scale})::text"
    if typed.type.name in ("money", "smallmoney"):
        return f"({typed.sql})::numeric(19,4)::text"
    if typed.type.name == "boolean":
        return f"({typed.sql})::int::text"
    return f"({typed.sql})::text"


def variable_text(sql: str, pg: str) -> str:
    """A variable's text in a frame; bpchar keeps its trailing blanks."""
    return f"tsql.txt({sql})" if pg == "bpchar" else f"{sql}::text"


