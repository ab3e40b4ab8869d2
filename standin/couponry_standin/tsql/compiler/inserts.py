"""INSERT into tables."""

from __future__ import annotations

from .. import tree
from ..catalog import ColumnDoc, ObjectDoc
from ..conversion import store
from ..errors import NotSupported, SqlError
from ..names import literal, mangle, quote
from ..typed import Typed
from .changes import Change, Changes, named_twice
from .hints import check_hints, check_target
from .keys import bounded, held, is_settled, keys_given
from .locks import lock_absence, lock_of
from .output import Compiled, outer_item
from .queries import check_options
from .scope import Scope
from .singles import gives_a_row

ANNOUNCED = 250
"""Of how many rows one statement locks the keys: PostgreSQL's table of locks is not endless."""


class Inserts(Changes):
    """Compiles the INSERT statements of one unit."""

    def insert(self, node: tree.Insert) -> Change:
        assert isinstance(node.target, tree.Name)
        check_options(node.options, self.unit, node)
        found = self.table(node.target, "INSERT", node.line, node.col)
        scope = Scope()
        ctes = self.queries.common_tables(node.ctes, scope, node.options)
        columns = self.insert_columns(found, node.columns, node)
        change = Change(ctes, "")
        check_target(node.hints, inserts=True)
        check_hints(node.hints, found, node.target, self.unit.isolation)
        lock = lock_of(node.hints)
        if lock.guards_absence or lock.whole_table:
            self.unit.pre.append(lock_absence(found))
        listed = ", ".join(quote(column.name) for column in columns)
        one_row = node.source is None
        if node.source is None:
            text = f"INSERT INTO {found.sql} DEFAULT VALUES"
            self.announce(found, [])
        elif isinstance(node.source, tree.Query):
            rows, one_row = self._insert_query(
                found, columns, node.source, scope, node.top, listed=bool(node.columns)
            )
            text = f"INSERT INTO {found.sql} ({listed}) {rows}"
        elif isinstance(node.source, list):
            one_row = len(node.source) == 1
            text = f"INSERT INTO {found.sql} ({listed}) " + self._insert_values(
                found, columns, node.source, scope, node
            )
            self._announce_rows(found, columns, node.source)
        else:
            raise NotSupported("INSERT … EXEC into a table", node.line, node.col)
        self.output(node.output, self.outputs_scope(found, "i", Scope()), change)
        self.identity(
            found,
            columns,
            change,
            returns=not node.output,
            checked=not node.keep_identity,
            one_row=one_row,
        )
        change.body = text + change.returned.clause
        return change

    def identity(
        self,
        found: ObjectDoc,
        columns: list[ColumnDoc],
        change: Change,
        *,
        returns: bool,
        checked: bool = True,
        one_row: bool = False,
    ) -> None:
        """Check IDENTITY_INSERT before, and learn the new value after an insertion."""
        identity = found.identity_column
        if identity is None:
            return
        explicit = any(each.name == identity.name for each in columns)
        is_on = f"current_setting('tsql.identity_insert', true) = '{found.object_id}'"
        if checked:
            # A PERFORM is run as a query: the usual case is found out beside it.
            self.unit.pre.append(
                f"IF {f'({is_on}) IS NOT TRUE' if explicit else is_on} THEN PERFORM"
                f" tsql.check_identity_insert({found.object_id}, {str(explicit).lower()}); END IF;"
            )
        if explicit:
            if returns:
                typed = Typed(f"new.{quote(identity.name)}", identity.type, identity.pg)
                change.identity = change.returned.add(typed)
            self.advance(found, change)
        elif self.unit.uses_identity and one_row and returns:
            change.numbered = quote(mangle(identity.name))
        elif self.unit.uses_identity:
            # What the column's sequence gave this session last; no row, no new value.
            place = f"{literal(found.sql)}, {literal(mangle(identity.name))}"
            change.after.append(
                "IF _rowcount > 0 THEN"
                f" _identity := currval(pg_get_serial_sequence({place}));"
                " _scope_identity := _identity; END IF;"
            )

    def advance(self, found: ObjectDoc, change: Change) -> None:
        """The next generated value shall lie beyond the explicit ones."""
        assert found.identity_column is not None
        place = f"{literal(found.sql)}, {literal(quote(found.identity_column.name))}"
        change.after.append(f"PERFORM tsql.advance_identity({place});")

    def insert_columns(
        self, found: ObjectDoc, names: list[str], node: tree.Node
    ) -> list[ColumnDoc]:
        """The columns that an INSERT fills, by its list or in the order of the table."""
        if names:
            chosen = [self.column(found, name, node.line, node.col) for name in names]
            for column in chosen:
                if column.type.name == "rowversion":
                    raise SqlError(
                        273,
                        "Cannot insert an explicit value into a timestamp column. Use INSERT with a"
                        " column list to exclude the timestamp column, or insert a DEFAULT into the"
                        " timestamp column.",
                        line=node.line,
                        col=node.col,
                    )
                self.writable(column, node.line, node.col)
            lowered = [column.name.lower() for column in chosen]
            for name in lowered:
                if lowered.count(name) > 1:
                    raise named_twice(spelled(names, name), node)
            return chosen
        return [
            column for column in found.columns if column.is_writable and column.identity is None
        ]

    def _insert_query(
        self,
        found: ObjectDoc,
        columns: list[ColumnDoc],
        query: tree.Query,
        scope: Scope,
        top: tree.Top | None,
        *,
        listed: bool,
    ) -> tuple[str, bool]:
        """The rows, and whether it is certainly one."""
        compiled = self.queries.query(query, scope)
        if not listed and len(compiled.columns) != len(columns):
            raise misfit(found, len(compiled.columns), len(columns), query)
        width_check(len(compiled.columns), len(columns), query)
        items = [
            store(outer_item(out, i), column.type, column.name, found.full_name)
            for i, (out, column) in enumerate(zip(compiled.columns, columns, strict=True))
        ]
        self.announce(found, [])
        text = f"SELECT {', '.join(items)} FROM " + self._announcing(
            found, columns, query, compiled
        )
        if top is not None:
            count = self.expressions.value(top.count, Scope())
            text += f" LIMIT ({count.sql})::int8"
        always = compiled.single and gives_a_row(query, self.unit.catalog)
        return text, always and top is None

    def _announcing(
        self, found: ObjectDoc, columns: list[ColumnDoc], query: tree.Query, compiled: Compiled
    ) -> str:
        """The rows of a query, each as soon as its keys are locked; behind many no more are."""
        rows = f'({compiled.sql}) AS "_q"'
        if found.is_temporary or found.is_local or self._holds_keys(found, columns, query):
            return rows
        outer = [outer_item(out, i) for i, out in enumerate(compiled.columns)]
        keys = keys_given(found, columns, [*outer])
        if not keys:
            return rows
        locks = bounded(f"{held(keys)} IS NOT NULL", found, len(keys))
        if compiled.single:
            # OFFSET: for a row that there is, and for no other.
            return f'(SELECT * FROM {rows} OFFSET 0) AS "_q" WHERE {locks}'
        return (
            f'(SELECT *, row_number() OVER () AS "_n" FROM {rows}) AS "_q"'
            f' WHERE CASE WHEN "_n" <= {ANNOUNCED} THEN {locks} ELSE true END'
        )

    def _holds_keys(self, found: ObjectDoc, columns: list[ColumnDoc], query: tree.Query) -> bool:
        """Whether the query itself asks for the absence of the keys of its row, with HOLDLOCK."""
        if not isinstance(query, tree.Select) or query.sources or not self.unit.pre:
            return False
        values = [
            self.expressions.value(item.expr, Scope()) if is_settled(item.expr) else None
            for item in query.items
        ]
        keys = keys_given(found, columns, values)
        before = "\n".join(self.unit.pre)
        return bool(keys) and all(f"pg_advisory_xact_lock({key})" in before for key in keys)

    def _announce_rows(
        self, found: ObjectDoc, columns: list[ColumnDoc], rows: list[list[tree.Expr]]
    ) -> None:
        """Before the statement: what its values are is known. Later ones meet the unique index."""
        keyed = {name.lower() for index in found.indexes if index.unique for name in index.columns}
        keys: list[str] = []
        for row in rows[:ANNOUNCED]:
            values = [
                self.expressions.value(each, Scope())
                if column.name.lower() in keyed and is_settled(each)
                else None
                for each, column in zip(row, columns, strict=True)
            ]
            keys += keys_given(found, columns, values)
        self.announce(found, keys)

    def _insert_values(
        self,
        found: ObjectDoc,
        columns: list[ColumnDoc],
        rows: list[list[tree.Expr]],
        scope: Scope,
        node: tree.Insert,
    ) -> str:
        texts: list[str] = []
        for row in rows:
            if not node.columns and len(row) != len(columns):
                raise misfit(found, len(row), len(columns), node)
            width_check(len(row), len(columns), node, values=True)
            items: list[str] = []
            for item, column in zip(row, columns, strict=True):
                if isinstance(item, tree.Default):
                    items.append("DEFAULT")
                else:
                    items.append(
                        store(
                            self.expressions.value(item, scope),
                            column.type,
                            column.name,
                            found.full_name,
                        )
                    )
                if scope.aggregates_seen:
                    raise NotSupported("an aggregate in VALUES", item.line, item.col)
            texts.append("(" + ", ".join(items) + ")")
        return "VALUES " + ", ".join(texts)


def spelled(names: list[str], lowered: str) -> str:
    """A column as the statement writes it."""
    return next(name for name in names if name.lower() == lowered)


def misfit(found: ObjectDoc, given: int, wanted: int, node: tree.Node) -> SqlError:
    """What is said of values without a list of columns that do not fit the table."""
    if found.identity_column is not None and given == wanted + 1:
        return SqlError(
            8101,
            "An explicit value for the identity column in table"
            f" '{found.full_name}' can only be specified when a column list is used and"
            " IDENTITY_INSERT is ON.",
            line=node.line,
            col=node.col,
        )
    return SqlError(
        213,
        "Column name or number of supplied values does not match table definition.",
        line=node.line,
        col=node.col,
    )


def width_check(given: int, wanted: int, node: tree.Node, *, values: bool = False) -> None:
    if given == wanted:
        return
    clause = "VALUES clause" if values else "SELECT list"
    more = given < wanted
    number = (109 if more else 110) if values else (120 if more else 121)
    raise SqlError(
        number,
        f"There are {'more' if more else 'fewer'} columns in the INSERT statement than values"
        " specified in the VALUES clause. The number of values in the VALUES clause must match the"
        " number of columns specified in the INSERT statement."
        if values
        else f"The {clause.lower()[:6]} list for the INSERT statement contains"
        f" {'fewer' if more else 'more'} items than the insert list. The number of SELECT values"
        " must match the number of INSERT columns.",
        severity=15,
        line=node.line,
        col=node.col,
    )
