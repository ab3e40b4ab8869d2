"""MERGE: PostgreSQL's own, with T-SQL's types, checks and OUTPUT."""

from __future__ import annotations

from ...types import nvarchar
from .. import tree
from ..catalog import ObjectDoc
from ..conversion import store
from ..errors import NotSupported, SqlError
from ..names import quote
from ..typed import Typed
from . import releases
from .changes import Change, check_once, row_version
from .hints import check_hints, check_target
from .inserts import Inserts, width_check
from .locks import absence_lock, lock_of
from .queries import check_options
from .scope import BoundColumn, BoundSource, Scope, bind_table

ACTION = Typed("merge_action()", nvarchar(10), "text", nullable=False)
PERMISSIONS = {"INSERT": "INSERT", "UPDATE": "UPDATE", "DELETE": "DELETE"}


class Merges(Inserts):
    """Compiles the MERGE statements of one unit."""

    def merge(self, node: tree.Merge) -> Change:
        check_options(node.options, self.unit, node)
        check_clauses(node)
        outer = Scope()
        ctes = self.queries.common_tables(node.ctes, outer, node.options)
        found = self.table(node.target, "SELECT", node.line, node.col)
        for each in node.clauses:
            self.unit.use(found, PERMISSIONS[each.action])
        check_target(node.hints)
        check_hints(node.hints, found, node.target, self.unit.isolation)
        lock = lock_of(node.hints)
        if lock.wait:
            raise NotSupported("READPAST and NOWAIT of MERGE", node.line, node.col)
        alias = node.alias or node.target.last
        target = bind_table(found, alias)
        target.object_name = found.full_name.lower()
        source = Scope(None, [], outer.ctes)
        text = self.queries.sources.source(node.source, source, [], None, False)
        both = Scope(None, [target, *source.sources], outer.ctes)
        if both.source(alias) is not target or len(both.sources) != len(
            {each.alias.lower() for each in both.sources}
        ):
            raise SqlError(
                10741,
                f"The target '{alias}' and the source of a MERGE statement have the same name.",
                line=node.line,
                col=node.col,
            )
        on = self.expressions.condition(node.on, both)
        if lock.guards_absence or lock.whole_table:
            self.unit.pre.append(absence_lock(self.expressions, found, alias, node.on, both))
        if any(each.action == "INSERT" for each in node.clauses):
            self.announce(found, [])
        releases.note(self.unit, lock, found, alias, node.on, joined=True)
        change = Change(ctes, "")
        own = Scope(None, [target], outer.ctes)
        scopes = {"MATCHED": both, "NOT MATCHED": source, "NOT MATCHED BY SOURCE": own}
        parts = [f"MERGE INTO {found.sql} AS {quote(alias)} USING {text} ON {on}"]
        for each in node.clauses:
            parts.append(self._clause(each, found, scopes[each.kind], change, node))
        self._outputs(node, found, both, change)
        change.body = " ".join(parts) + change.returned.clause
        return change

    def _clause(
        self,
        node: tree.MergeClause,
        found: ObjectDoc,
        scope: Scope,
        change: Change,
        whole: tree.Merge,
    ) -> str:
        text = f"WHEN {node.kind}"
        if node.condition is not None:
            text += f" AND {self.expressions.condition(node.condition, scope)}"
        text += " THEN "
        if node.action == "DELETE":
            return text + "DELETE"
        if node.action == "INSERT":
            return text + self._insertion(node, found, scope, change, whole)
        items: list[str] = []
        check_once(node.assignments)
        for each in node.assignments:
            assert each.column is not None
            column = self.column(found, each.column.last, each.line, each.col)
            items.append(self.set_item(each, column, found, scope))
        version = row_version(found)
        if version is not None:
            items.append(version)
        return f"{text}UPDATE SET {', '.join(items)}"

    def _insertion(
        self,
        node: tree.MergeClause,
        found: ObjectDoc,
        scope: Scope,
        change: Change,
        whole: tree.Merge,
    ) -> str:
        if node.values is None:
            self.identity(found, [], change, returns=False)
            return "INSERT DEFAULT VALUES"
        columns = self.insert_columns(found, node.columns, node)
        width_check(len(node.values), len(columns), node, values=True)
        items = [
            "DEFAULT"
            if isinstance(item, tree.Default)
            else store(
                self.expressions.value(item, scope), column.type, column.name, found.full_name
            )
            for item, column in zip(node.values, columns, strict=True)
        ]
        if scope.aggregates_seen:
            raise NotSupported("an aggregate in VALUES", node.line, node.col)
        self.identity(found, columns, change, returns=False)
        listed = ", ".join(quote(column.name) for column in columns)
        return f"INSERT ({listed}) VALUES ({', '.join(items)})"

    def _outputs(self, node: tree.Merge, found: ObjectDoc, scope: Scope, change: Change) -> None:
        outputs = self.outputs_scope(found, "id", scope)
        outputs.sources.append(BoundSource("$merge", [BoundColumn("$action", ACTION)]))
        self.output(node.output, outputs, change)


def check_clauses(node: tree.Merge) -> None:
    """What SQL Server allows: two clauses of a kind at most, the unconditional one last."""
    seen: dict[str, list[tree.MergeClause]] = {}
    for each in node.clauses:
        before = seen.setdefault(each.kind, [])
        if any(other.condition is None for other in before):
            raise SqlError(
                5324,
                f"In a MERGE statement, a 'WHEN {each.kind}' clause with a search condition cannot"
                f" appear after a 'WHEN {each.kind}' clause with no search condition.",
                severity=15,
                line=each.line,
                col=each.col,
            )
        if any(other.action == each.action for other in before):
            raise SqlError(
                10714,
                f"An action of type 'WHEN {each.kind}' cannot appear more than once in a"
                f" '{each.action}' clause of a MERGE statement.",
                severity=15,
                line=each.line,
                col=each.col,
            )
        before.append(each)
