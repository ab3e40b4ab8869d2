"""INSERT, UPDATE and DELETE on tables."""

from __future__ import annotations

from dataclasses import dataclass, field


from .. import operators, tree
from ..catalog import ColumnDoc, ObjectDoc
from ..conversion import convert, store
from ..errors import NotSupported, SqlError
from ..names import quote
from ..typed import Typed
from . import walk
from .expressions import Expressions
from .locks import absence_lock, lock_of
from .queries import OutColumn, Queries, check_options
from .scope import BoundColumn, BoundSource, Scope, bind
from .sources import LockedSource, bind_record, bind_table
from .unit import Unit, VariableInfo


@dataclass(slots=True)
class Returned:
    """What RETURNING gives: columns c1 … with their types."""

    items: list[str] = field(default_factory=list)
    columns: list[OutColumn] = field(default_factory=list)

    def add(self, typed: Typed, name: str = "") -> str:
        """Append an item; give the name under which it is found."""
        self.items.append(typed.sql)
        self.columns.append(
            OutColumn(name, typed.type, typed.pg, typed.nullable, typed.rank)
        )
        return f'"c{len(self.items)}"'

    @property
    def clause(self) -> str:
        if not self.items:
            return ""
        listed = ", ".join(f'{item} AS "c{i}"' for i, item in enumerate(self.items, 1))
        return f" RETURNING {listed}"


@dataclass(slots=True)
class Change:
    """A compiled change.

    ``ctes`` is the text of a WITH clause before it ('' or ``WITH …``), ``body`` the statement with
    its RETURNING. ``shown``: the columns for the client, ``into``: where OUTPUT INTO goes,
    ``assigned``: variables to set from returned columns, ``identity``: the returned identity column.
    """

    ctes: str
    body: str
    returned: Returned = field(default_factory=Returned)
    shown: list[int] = field(default_factory=list)
    into: Into | None = None
    assigned: list[tuple[VariableInfo, str]] = field(default_factory=list)
    identity: str | None = None
    after: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Into:
    """The target of OUTPUT INTO and the returned columns that it takes."""

    target: tree.Name | str
    columns: list[str]
    items: list[int]


class Changes:
    """Compiles changes of one unit."""

    def __init__(self, unit: Unit, expressions: Expressions, queries: Queries) -> None:
        self.unit = unit
        self.expressions = expressions
        self.queries = queries

    # ------------------------------------------------------------ shared

    def table(self, name: tree.Name, permission: str, line: int, col: int) -> ObjectDoc:
        found = self.unit.catalog.object(name)
        if found is None or found.type not in ("U", "V"):
            raise SqlError(
                208, f"Invalid object name '{'.'.join(name.parts)}'.", line=line, col=col
            )
        if found.type == "V":
            raise NotSupported("changing a table through a view", line, col)
        self.unit.use(found, permission)
        return found

    def column(self, found: ObjectDoc, name: str, line: int, col: int) -> ColumnDoc:
        lowered = name.lower()
        for column in found.columns:
            if column.name.lower() == lowered:
                return column
        raise SqlError(207, f"Invalid column name '{name}'.", line=line, col=col)

    def writable(self, column: ColumnDoc, line: int, col: int) -> None:
        if column.computed is not None:
            raise SqlError(
                271,
                f'The column "{column.name}" cannot be modified because it is either a computed'
                " column or is the result of a UNION operator.",
                line=line,
                col=col,
            )
        if column.type.name == "rowversion":
            raise SqlError(
                272, "Cannot update a timestamp column.", line=line, col=col
            )

    def output(
        self, outputs: list[tree.Output], scope: Scope, change: Change
    ) -> None:
        """Compile OUTPUT clauses into the RETURNING of ``change``."""
        for output in outputs:
            positions: list[int] = []
            for item in output.items:
                if isinstance(item.expr, tree.Star):
                    if item.expr.qualifier is None:
                        raise NotSupported("OUTPUT *", item.line, item.col)
                    source = scope.source(item.expr.qualifier.last)
                    if source is None:
                        raise SqlError(107, f"The column prefix '{item.expr.qualifier.last}' does not"
                                       " match with a table name or alias name used in the query.",
                                       severity=15, line=item.line, col=item.col)
                    for column in source.columns:
                        change.returned.add(column.typed, column.name)
                        positions.append(len(change.returned.items))
                    continue
                typed = self.expressions.value(item.expr, scope)
                name = item.alias or (
                    item.expr.name.last if isinstance(item.expr, tree.Column) else ""
                )
                change.returned.add(typed, name)
                positions.append(len(change.returned.items))
            if output.target is None:
                change.shown = positions
            else:
                change.into = Into(output.target, output.columns, positions)

    def outputs_scope(self, found: ObjectDoc, kinds: str, scope: Scope) -> Scope:
        """The scope of OUTPUT: inserted and deleted as ``kinds`` allow, beside the sources."""
        sources = [each for each in scope.sources]
        if "i" in kinds:
            sources.append(bind_record("inserted", "new", found.columns))
        if "d" in kinds:
            sources.append(bind_record("deleted", "old", found.columns))
        return Scope(None, sources, scope.ctes)

    def row_version(self, found: ObjectDoc) -> str | None:
        for column in found.columns:
            if column.type.name == "rowversion":
                return f"{quote(column.name)} = int8send(nextval('tsql.rowversion_seq'))"
        return None

    # ------------------------------------------------------------ INSERT

    def insert(self, node: tree.Insert) -> Change:
        assert isinstance(node.target, tree.Name)
        check_options(node.options, node)
        found = self.table(node.target, "INSERT", node.line, node.col)
        scope = Scope()
        ctes = self.queries.common_tables(node.ctes, scope)
        columns = self._insert_columns(found, node)
        change = Change(ctes, "")
        lock = lock_of(node.hints)
        if lock.guards_absence or lock.whole_table:
            self.unit.pre.append(f"PERFORM tsql.lock_absence({found.object_id}, NULL);")
        listed = ", ".join(quote(column.name) for column in columns)
        if node.source is None:
            text = f"INSERT INTO {found.sql} DEFAULT VALUES"
        elif isinstance(node.source, tree.Query):
            text = f"INSERT INTO {found.sql} ({listed}) " + self._insert_query(
                found, columns, node.source, scope, node.top
            )
        elif isinstance(node.source, list):
            text = f"INSERT INTO {found.sql} ({listed}) " + self._insert_values(
                found, columns, node.source, scope, node
            )
        else:
            raise NotSupported("INSERT … EXEC into a table", node.line, node.col)
        self.output(node.output, self.outputs_scope(found, "i", Scope()), change)
        identity = found.identity_column
        explicit = identity is not None and any(c.name == identity.name for c in columns)
        if identity is not None:
            self.unit.pre.append(
                f"PERFORM tsql.check_identity_insert({found.object_id}, {str(explicit).lower()});"
            )
            if self.unit.uses_identity or explicit:
                typed = Typed(f"new.{quote(identity.name)}", identity.type, identity.pg)
                change.identity = change.returned.add(typed)
            if explicit:
                change.after.append(f"PERFORM tsql.advance_identity({found.object_id});")
        change.body = text + change.returned.clause
        return change

    def _insert_columns(self, found: ObjectDoc, node: tree.Insert) -> list[ColumnDoc]:
        if node.columns:
            chosen = [self.column(found, name, node.line, node.col) for name in node.columns]
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
                    raise SqlError(
                        264,
                        f"The column name '{name}' is specified more than once in the SET clause or"
                        " column list of an INSERT.",
                        line=node.line,
                        col=node.col,
                    )
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
    ) -> str:
        compiled = self.queries.query(query, scope)
        width_check(len(compiled.columns), len(columns), query)
        items = [
            store(
                Typed(f'"_q"."c{i}"', out.type, out.pg, out.nullable, out.rank),
                column.type,
                column.name,
                found.full_name,
            )
            for i, (out, column) in enumerate(zip(compiled.columns, columns, strict=True), 1)
        ]
        text = f'SELECT {", ".join(items)} FROM ({compiled.sql}) AS "_q"'
        if top is not None:
            count = self.expressions.value(top.count, Scope())
            text += f" LIMIT ({count.sql})::int8"
        return text

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
            texts.append("(" + ", ".join(items) + ")")
        return "VALUES " + ", ".join(texts)

    # ------------------------------------------------------------ UPDATE and DELETE

    def update(self, node: tree.Update) -> Change:
        return self._modify(node)

    def delete(self, node: tree.Delete) -> Change:
        return self._modify(node)

    def _modify(self, node: tree.Update | tree.Delete) -> Change:
        assert isinstance(node.target, tree.Name)
        check_options(node.options, node)
        outer = Scope()
        ctes = self.queries.common_tables(node.ctes, outer)
        permission = "UPDATE" if isinstance(node, tree.Update) else "DELETE"
        cte = next(
            (
                each
                for each in node.ctes
                if len(node.target.parts) == 1
                and each.name.lower() == node.target.last.lower()
                and not node.sources
            ),
            None,
        )
        if cte is not None:
            return self._modify_cte(node, cte, outer, ctes, permission)
        leaf = self._target_leaf(node)
        name = leaf.name if leaf is not None else node.target
        found = self.table(name, permission, node.line, node.col)
        if node.where is not None or node.sources:
            self.unit.use(found, "SELECT")
        alias = (leaf.alias or leaf.name.last) if leaf is not None else node.target.last
        hints = [*node.hints, *(leaf.hints if leaf is not None else [])]
        lock = lock_of(hints)
        simple = node.top is None and not lock.wait
        rest = remove_leaf(node.sources, leaf) if leaf is not None else list(node.sources)
        if simple and rest is not None:
            return self._modify_simple(node, found, alias, rest, lock, outer, ctes)
        return self._modify_located(node, found, alias, leaf, outer, ctes)

    def _modify_simple(
        self,
        node: tree.Update | tree.Delete,
        found: ObjectDoc,
        alias: str,
        rest: list[tree.Source | tree.Expr],
        lock: object,
        outer: Scope,
        ctes: str,
    ) -> Change:
        """The target stands first; the other sources follow in FROM or USING."""
        scope = Scope(None, [], outer.ctes)
        target = bind_table(found, alias)
        target.object_name = found.full_name.lower()
        scope.add(target)
        conditions = [each for each in rest if isinstance(each, tree.Expr)]
        sources = [each for each in rest if isinstance(each, tree.Source)]
        locked: list[LockedSource] = []
        others = [
            self.queries.sources.source(each, scope, locked, node.where, False)
            for each in sources
        ]
        tests = [self.expressions.condition(each, scope) for each in conditions]
        if node.where is not None:
            tests.append(self.expressions.condition(node.where, scope))
        if getattr(lock, "guards_absence", False):
            self.unit.pre.append(
                absence_lock(self.expressions, found, alias, node.where, scope)
            )
        change = Change(ctes, "")
        word = "FROM" if isinstance(node, tree.Update) else "USING"
        tail = f" {word} {', '.join(others)}" if others else ""
        if tests:
            tail += " WHERE " + " AND ".join(tests)
        head = self._head(node, found, alias, scope, change)
        self._outputs(node, found, scope, change)
        change.body = head + tail + change.returned.clause
        return change

    def _modify_located(
        self,
        node: tree.Update | tree.Delete,
        found: ObjectDoc,
        alias: str,
        leaf: tree.TableSource | None,
        outer: Scope,
        ctes: str,
    ) -> Change:
        """Find and lock the rows first, then change them by their place.

        TOP, READPAST and outer joins need it: PostgreSQL's UPDATE knows none of them.
        """
        sources: list[tree.Source] = list(node.sources)
        hints = [*node.hints]
        if leaf is None:
            leaf = tree.TableSource(node.line, node.col, node.target, alias, hints)  # type: ignore[arg-type]
            sources = [leaf, *sources]
        wait = lock_of([*hints, *leaf.hints]).wait
        query = tree.Select(
            node.line,
            node.col,
            items=[],
            sources=sources,
            where=node.where,
            top=node.top,
        )
        scope = Scope(None, [], outer.ctes)
        locked: list[LockedSource] = []
        plain = [strip_hints(each, leaf) for each in sources]
        texts = [
            self.queries.sources.source(each, scope, locked, node.where, True) for each in plain
        ]
        where = (
            f" WHERE {self.expressions.condition(node.where, scope)}"
            if node.where is not None
            else ""
        )
        limit = self.queries._limits(query, scope)
        items = [f'{quote(alias)}.ctid AS "_ctid"']
        renamed: list[BoundSource] = []
        serial = 0
        for source in scope.sources:
            columns: list[BoundColumn] = []
            for column in source.columns:
                serial += 1
                items.append(f'{column.typed.sql} AS "s{serial}"')
                columns.append(
                    BoundColumn(column.name, column.typed.replace(sql=f'"_s"."s{serial}"'))
                )
            bound = BoundSource(source.alias, columns)
            bound.object_name = source.object_name
            renamed.append(bound)
        inner = (
            f"SELECT {', '.join(items)} FROM {', '.join(texts)}{where}{limit}"
            f" FOR {'UPDATE' if isinstance(node, tree.Delete) else 'NO KEY UPDATE'} OF"
            f" {quote(alias)}{' ' + wait if wait else ''}"
        )
        outside = Scope(None, renamed, outer.ctes)
        change = Change(ctes, "")
        head = self._head(node, found, "_t", outside, change)
        word = "FROM" if isinstance(node, tree.Update) else "USING"
        self._outputs(node, found, outside, change)
        change.body = (
            f'{head} {word} ({inner}) AS "_s" WHERE "_t".ctid = "_s"."_ctid"'
            + change.returned.clause
        )
        return change

    def _modify_cte(
        self,
        node: tree.Update | tree.Delete,
        cte: tree.CommonTable,
        outer: Scope,
        ctes: str,
        permission: str,
    ) -> Change:
        """UPDATE or DELETE through a common table expression over one table."""
        query = cte.query
        if not isinstance(query, tree.Select) or len(query.sources) != 1:
            raise NotSupported("changing this common table expression", cte.line, cte.col)
        base = next(walk.leaves(query.sources[0]))
        if not isinstance(base, tree.TableSource):
            raise NotSupported("changing this common table expression", cte.line, cte.col)
        found = self.table(base.name, permission, cte.line, cte.col)
        alias = base.alias or base.name.last
        # The clause is compiled anew with the place of the row; the first compilation only bound it.
        others = [each for each in node.ctes if each is not cte]
        scope = Scope()
        prefix = self.queries.common_tables(others, scope)
        self.unit.pre.clear()
        lock = lock_of(base.hints)
        bare = tree.TableSource(base.line, base.col, base.name, base.alias, [])
        replaced = replace_leaf(query, base, bare)
        compiled = self.queries.query(replaced, scope, extra=[(alias, "ctid")])
        names = cte.columns or [column.name for column in compiled.columns]
        strength = lock.strength or (
            "UPDATE" if isinstance(node, tree.Delete) else "NO KEY UPDATE"
        )
        inner = f"{compiled.sql} FOR {strength} OF {quote(alias)}"
        inner += f" {lock.wait}" if lock.wait else ""
        listed = ", ".join(quote(name) for name in names)
        outside = Scope(None, [], scope.ctes)
        outside.add(bind(cte.name, compiled.shape(names)))
        origins = {
            name.lower(): column.origin
            for name, column in zip(names, compiled.columns, strict=True)
        }
        change = Change(prefix, "")
        head = self._head(node, found, "_t", outside, change, origins)
        word = "FROM" if isinstance(node, tree.Update) else "USING"
        where = f'"_t".ctid = {quote(cte.name)}."_ctid"'
        if node.where is not None:
            where += f" AND {self.expressions.condition(node.where, outside)}"
        self._outputs(node, found, outside, change, origins)
        change.body = (
            f'{head} {word} ({inner}) AS {quote(cte.name)}({listed}, "_ctid") WHERE {where}'
            + change.returned.clause
        )
        return change

    # ------------------------------------------------------------ parts of UPDATE and DELETE

    def _head(
        self,
        node: tree.Update | tree.Delete,
        found: ObjectDoc,
        alias: str,
        scope: Scope,
        change: Change,
        origins: dict[str, str | None] | None = None,
    ) -> str:
        if isinstance(node, tree.Delete):
            return f"DELETE FROM {found.sql} AS {quote(alias)}"
        items: list[str] = []
        for each in node.assignments:
            if each.column is None:
                assert each.variable is not None
                variable = self.unit.variable(each.variable, each.line, each.col)
                old = Scope(
                    None,
                    [
                        bind_record(source.alias, "old", found.columns)
                        if source.alias.lower() == alias.lower()
                        else source
                        for source in scope.sources
                    ],
                    scope.ctes,
                )
                typed = self._with_operator(each, variable.typed, old)
                change.assigned.append(
                    (variable, change.returned.add(variable_value(typed, variable, each)))
                )
                continue
            name = each.column.last
            if origins is not None:
                origin = origins.get(name.lower())
                if origin is None:
                    raise SqlError(
                        4406,
                        f"Update or insert of view or function '{node.target}' failed because it"
                        " contains a derived or constant field.",
                        line=each.line,
                        col=each.col,
                    )
                name = origin
            column = self.column(found, name, each.line, each.col)
            self.writable(column, each.line, each.col)
            if column.identity is not None:
                raise SqlError(
                    8102, f"Cannot update identity column '{column.name}'.",
                    line=each.line, col=each.col,
                )
            if isinstance(each.expr, tree.Default):
                items.append(f"{quote(column.name)} = DEFAULT")
            else:
                current = Typed("", column.type, column.pg)
                if each.op != "=":
                    current = self.expressions.value(
                        tree.Column(each.line, each.col, each.column), scope
                    )
                typed = self._with_operator(each, current, scope)
                items.append(
                    f"{quote(column.name)} = {store(typed, column.type, column.name, found.full_name)}"
                )
            if each.variable is not None:
                variable = self.unit.variable(each.variable, each.line, each.col)
                fresh = Typed(f"new.{quote(column.name)}", column.type, column.pg)
                change.assigned.append(
                    (variable, change.returned.add(variable_value(fresh, variable, each)))
                )
        version = self.row_version(found)
        if version is not None:
            items.append(version)
        if not items:
            raise NotSupported("an UPDATE that sets only variables", node.line, node.col)
        return f"UPDATE {found.sql} AS {quote(alias)} SET {', '.join(items)}"

    def _with_operator(self, node: tree.Assignment, current: Typed, scope: Scope) -> Typed:
        value = self.expressions.value(node.expr, scope)
        if node.op == "=":
            return value
        return operators.binary(node.op[:-1], current, value, node.line, node.col)

    def _outputs(
        self,
        node: tree.Update | tree.Delete,
        found: ObjectDoc,
        scope: Scope,
        change: Change,
        origins: dict[str, str | None] | None = None,
    ) -> None:
        kinds = "id" if isinstance(node, tree.Update) else "d"
        outputs = self.outputs_scope(found, kinds, scope)
        if origins is not None:
            for source in outputs.sources:
                if source.alias in ("inserted", "deleted"):
                    for name, origin in origins.items():
                        if origin is not None and origin.lower() in source.by_name:
                            source.by_name.setdefault(name, source.by_name[origin.lower()])
        self.output(node.output, outputs, change)

    def _target_leaf(self, node: tree.Update | tree.Delete) -> tree.TableSource | None:
        """The source of FROM that the target names, by alias or as the same table."""
        assert isinstance(node.target, tree.Name)
        every = [leaf for source in node.sources for leaf in walk.leaves(source)]
        tables = [leaf for leaf in every if isinstance(leaf, tree.TableSource)]
        if len(node.target.parts) == 1:
            wanted = node.target.last.lower()
            for leaf in tables:
                if (leaf.alias or leaf.name.last).lower() == wanted:
                    return leaf
        found = self.unit.catalog.object(node.target)
        same = [
            leaf
            for leaf in tables
            if found is not None and self.unit.catalog.object(leaf.name) is found
        ]
        if len(same) > 1:
            raise SqlError(
                8154, f"The table '{node.target.last}' is ambiguous.", line=node.line, col=node.col
            )
        return same[0] if same else None


def variable_value(typed: Typed, variable: VariableInfo, node: tree.Assignment) -> Typed:
    assert variable.type is not None
    return convert(typed, variable.type, implicit=True, line=node.line, col=node.col)


def remove_leaf(
    sources: list[tree.Source], leaf: tree.TableSource
) -> list[tree.Source | tree.Expr] | None:
    """The sources and join conditions without the target; None where it cannot be taken out."""
    rest: list[tree.Source | tree.Expr] = []
    for source in sources:
        if leaf not in list(walk.leaves(source)):
            rest.append(source)
            continue
        while isinstance(source, tree.Join):
            if source.kind not in ("INNER", "CROSS"):
                return None
            on = [source.on] if source.on is not None else []
            if leaf in list(walk.leaves(source.left)):
                rest = [*rest, source.right, *on]
                source = source.left
            else:
                rest = [*rest, source.left, *on]
                source = source.right
        if source is not leaf:
            return None
    return rest


def strip_hints(source: tree.Source, leaf: tree.TableSource) -> tree.Source:
    """The same source with the target's hints taken off (they are on the locking clause)."""
    if source is leaf:
        return tree.TableSource(leaf.line, leaf.col, leaf.name, leaf.alias, [])
    if isinstance(source, tree.Join):
        return tree.Join(
            source.line,
            source.col,
            source.kind,
            strip_hints(source.left, leaf),
            strip_hints(source.right, leaf),
            source.on,
            source.hint,
        )
    return source


def replace_leaf(
    query: tree.Select, old: tree.TableSource, new: tree.TableSource
) -> tree.Select:
    from dataclasses import replace

    return replace(query, sources=[strip_hints(each, old) for each in query.sources])


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


