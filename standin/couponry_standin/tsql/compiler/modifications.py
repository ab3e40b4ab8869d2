"""UPDATE and DELETE of tables."""

from __future__ import annotations

from dataclasses import replace

from .. import tree
from ..catalog import ObjectDoc
from ..conversion import convert
from ..errors import NotSupported, SqlError
from ..names import quote
from ..typed import Typed
from . import misses, releases, waiting, walk
from .changes import Change, Changes, check_once, row_version
from .hints import check_hints, check_target
from .locks import Lock, absence_lock, hints_of, lock_of
from .queries import check_options
from .scope import BoundColumn, BoundSource, Scope, bind, bind_record, bind_table
from .shifts import shifted
from .sources import LockedSource
from .unit import VariableInfo


class Modifications(Changes):
    """Compiles the UPDATE and DELETE statements of one unit."""

    def change(self, node: tree.Update | tree.Delete) -> Change:
        assert isinstance(node.target, tree.Name)
        check_options(node.options, self.unit, node)
        outer = Scope()
        ctes = self.queries.common_tables(node.ctes, outer, node.options)
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
        check_target(node.hints)
        if node.top is not None and node.top.percent:
            raise NotSupported("TOP … PERCENT of a change", node.top.line, node.top.col)
        hints = [*node.hints, *(leaf.hints if leaf is not None else [])]
        check_hints(hints, found, node.target, self.unit.isolation)
        lock = lock_of(hints_of(hints, self.unit.isolation, node))
        simple = node.top is None and not lock.wait
        rest: list[tree.Source | tree.Expr] | None = [*node.sources]
        if leaf is not None:
            rest = remove_leaf(node.sources, leaf)
        if simple and rest is not None:
            return self._modify_simple(node, found, alias, rest, lock, outer, ctes)
        return self._modify_located(node, found, alias, leaf, outer, ctes)

    def _modify_simple(
        self,
        node: tree.Update | tree.Delete,
        found: ObjectDoc,
        alias: str,
        rest: list[tree.Source | tree.Expr],
        lock: Lock,
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
            self.queries.sources.source(each, scope, locked, node.where, False) for each in sources
        ]
        tests = [self.expressions.condition(each, scope) for each in conditions]
        if node.where is not None:
            tests.append(self.expressions.condition(node.where, scope))
        if lock.guards_absence:
            self.unit.pre.append(absence_lock(self.expressions, found, alias, node.where, scope))
        releases.note(self.unit, lock, found, alias, node.where, joined=bool(rest))
        if not rest:
            misses.note(self.unit, self.expressions, lock, found, alias, node.where, scope)
        does = waiting.Does.UPDATE if isinstance(node, tree.Update) else waiting.Does.LOCK
        waiting.before_reading(
            self.unit, self.expressions, found, alias, [], node.where, scope, does=does
        )
        change = Change(ctes, "")
        if not (rest or found.is_temporary or found.is_local):
            self.announce_change(node, found, alias, scope, change)
        word = "FROM" if isinstance(node, tree.Update) else "USING"
        tail = f" {word} {', '.join(others)}" if others else ""
        if tests:
            tail += " WHERE " + " AND ".join(tests)
        change.shifts = shifted(node, found, alias)
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
            assert isinstance(node.target, tree.Name)
            leaf = tree.TableSource(node.line, node.col, node.target, alias, hints)
            sources = [leaf, *sources]
        lock = lock_of([*hints, *leaf.hints])
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
        limit = self.queries.selects.limits(query, scope)
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
            f" {quote(alias)}{' ' + lock.wait if lock.wait else ''}"
        )
        outside = Scope(None, renamed, outer.ctes)
        releases.note(self.unit, lock, found, alias, node.where, joined=len(renamed) > 1)
        if len(renamed) == 1:
            misses.note(self.unit, self.expressions, lock, found, alias, node.where, scope)
        change = Change(ctes, "")
        change.shifts = shifted(node, found, alias)
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
        if node.top is not None:
            what = "TOP of a change through a common table expression"
            raise NotSupported(what, node.top.line, node.top.col)
        if not isinstance(query, tree.Select) or len(query.sources) != 1:
            raise NotSupported("changing this common table expression", cte.line, cte.col)
        base = next(walk.leaves(query.sources[0]))
        if not isinstance(base, tree.TableSource):
            raise NotSupported("changing this common table expression", cte.line, cte.col)
        found = self.table(base.name, permission, cte.line, cte.col)
        if not self.queries.selects.is_lockable(query):
            raise NotSupported(
                "changing rows that are numbered, grouped or DISTINCT", cte.line, cte.col
            )
        alias = base.alias or base.name.last
        # Compiled anew, with the place of the row: the first compilation only bound the clause.
        others = [each for each in node.ctes if each is not cte]
        scope = Scope()
        prefix = self.queries.common_tables(others, scope, node.options)
        self.unit.pre.clear()
        lock = lock_of(base.hints)
        replaced = without_hints(query, base)
        compiled = self.queries.query(replaced, scope, extra=[(alias, "ctid")])
        names = cte.columns or [column.name for column in compiled.columns]
        strength = lock.strength or ("UPDATE" if isinstance(node, tree.Delete) else "NO KEY UPDATE")
        inner = f"{compiled.sql} FOR {strength} OF {quote(alias)}"
        inner += f" {lock.wait}" if lock.wait else ""
        listed = ", ".join(quote(name) for name in names)
        outside = Scope(None, [], scope.ctes)
        outside.add(bind(cte.name, compiled.shape(names)))
        origins = {
            name.lower(): column.origin
            for name, column in zip(names, compiled.columns, strict=True)
        }
        where_inside = query.where if node.where is None else node.where
        releases.note(self.unit, lock, found, alias, where_inside, joined=False)
        change = Change(prefix, "")
        change.shifts = shifted(node, found, alias)
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
        check_once(node.assignments)
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
                typed = self.with_operator(each, variable.typed, old)
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
            items.append(self.set_item(each, column, found, scope))
            if each.variable is not None:
                variable = self.unit.variable(each.variable, each.line, each.col)
                fresh = Typed(f"new.{quote(column.name)}", column.type, column.pg)
                change.assigned.append(
                    (variable, change.returned.add(variable_value(fresh, variable, each)))
                )
        version = row_version(found)
        if version is not None:
            items.append(version)
        if not items:
            raise NotSupported("an UPDATE that sets only variables", node.line, node.col)
        return f"UPDATE {found.sql} AS {quote(alias)} SET {', '.join(items)}"

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
    sources: list[tree.Source], leaf: tree.Source
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
        patient = lock_of(leaf.hints).wait == ""
        # READPAST and NOWAIT do not wait: nothing may ask before them, whatever the level wants.
        hints = [] if patient else [tree.Hint(leaf.line, leaf.col, "NOLOCK")]
        return tree.TableSource(leaf.line, leaf.col, leaf.name, leaf.alias, hints)
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


def without_hints(query: tree.Select, leaf: tree.TableSource) -> tree.Select:
    return replace(query, sources=[strip_hints(each, leaf) for each in query.sources])
