"""Changes of tables: their targets, what they return, and where that goes."""

from __future__ import annotations

from dataclasses import dataclass, field

from .. import operators, tree
from ..catalog import ColumnDoc, ObjectDoc
from ..conversion import store
from ..errors import NotSupported, SqlError
from ..names import quote
from ..typed import Typed
from .expressions import Expressions
from .keys import bounded, held, is_known, keys_asked_for, keys_changed, table_lock
from .output import OutColumn
from .queries import Queries
from .scope import Scope, bind_record
from .unit import Unit, VariableInfo


@dataclass(slots=True)
class Returned:
    """What RETURNING gives: columns c1 … with their types."""

    items: list[str] = field(default_factory=list)
    columns: list[OutColumn] = field(default_factory=list)

    def add(self, typed: Typed, name: str = "") -> str:
        """Append an item; give the name under which it is found."""
        self.items.append(typed.sql)
        self.columns.append(OutColumn(name, typed.type, typed.pg, typed.nullable, typed.rank))
        return f'"c{len(self.items)}"'

    @property
    def clause(self) -> str:
        if not self.items:
            return ""
        listed = ", ".join(f'{item} AS "c{i}"' for i, item in enumerate(self.items, 1))
        return f" RETURNING {listed}"


@dataclass(slots=True)
class Into:
    """The target of OUTPUT INTO and the returned columns that it takes."""

    target: tree.Name | str
    columns: list[str]
    items: list[int]


@dataclass(slots=True)
class Change:
    """A compiled change.

    ``ctes`` is the text of a WITH clause before it ('' or ``WITH …``), ``body`` the statement with
    its RETURNING. ``shown``: the columns for the client, ``into``: where OUTPUT INTO goes,
    ``assigned``: variables to set from returned columns, ``identity``: the identity column there.
    """

    ctes: str
    body: str
    returned: Returned = field(default_factory=Returned)
    shown: list[int] = field(default_factory=list)
    into: Into | None = None
    assigned: list[tuple[VariableInfo, str]] = field(default_factory=list)
    identity: str | None = None
    numbered: str = ""
    """the identity column whose new value is taken from the one row that is inserted"""
    first: list[str] = field(default_factory=list[str])
    """what is undone with the change where no row qualifies"""
    after: list[str] = field(default_factory=list)
    shifts: str = ""
    """the table whose unique keys may meet on the way: see shifts.py"""
    checks: list[str] = field(default_factory=list)
    """what must hold before the rows are counted"""
    awaits: list[str] = field(default_factory=list[str])
    """where no row qualifies, the keys that somebody may have put there: see misses.py"""
    frees: bool = False
    """where no row qualifies, the rows that were waited for are let go: see releases.py"""


class Changes:
    """What INSERT, UPDATE and DELETE have in common: their target and their OUTPUT."""

    def __init__(self, unit: Unit, expressions: Expressions, queries: Queries) -> None:
        self.unit = unit
        self.expressions = expressions
        self.queries = queries

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

    def announce(self, found: ObjectDoc, keys: list[str]) -> None:
        """Who asks for the absence of these keys, or of any, is waited for, and waits."""
        if found.is_temporary or found.is_local:
            return
        own = f"pg_advisory_xact_lock_shared({table_lock(found)})"
        if keys:
            locks = bounded(held(keys), found, len(keys))
            self.unit.pre.append(f"_c := {held([], found)} = {locks};")
        elif not any(own in each for each in self.unit.pre):
            self.unit.pre.append(f"_c := {held(keys, found)};")

    def announce_change(
        self,
        node: tree.Update | tree.Delete,
        found: ObjectDoc,
        alias: str,
        scope: Scope,
        change: Change,
    ) -> None:
        """Lock the key that a row gets, or that it had and that may be inserted again."""
        if isinstance(node, tree.Delete):
            # Tried only: who has it waits for the row.
            asked = keys_asked_for(self.expressions, found, alias, node.where, scope)
            tries = [f"pg_try_advisory_xact_lock({key.lock})" for key in asked]
            if tries:
                text = bounded(" AND ".join(tries), found, len(tries), "deleted")
                change.after.append(f"_c := _rowcount > 0 AND {text};")
            return
        given = {
            each.column.last.lower(): each.expr
            for each in node.assignments
            if each.column is not None and each.op == "=" and is_known(each.expr)
        }
        keys = keys_changed(self.expressions, found, alias, node.where, scope, given)
        if keys:
            self.unit.fate.misses = True
            text = bounded(held(keys), found, len(keys), "updated")
            change.first.append(f"_c := {text};")

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
            raise SqlError(272, "Cannot update a timestamp column.", line=line, col=col)

    def set_item(
        self, node: tree.Assignment, column: ColumnDoc, found: ObjectDoc, scope: Scope
    ) -> str:
        """One assignment of a SET clause to a column of the target."""
        self.writable(column, node.line, node.col)
        if column.identity is not None:
            raise SqlError(
                8102,
                f"Cannot update identity column '{column.name}'.",
                line=node.line,
                col=node.col,
            )
        if isinstance(node.expr, tree.Default):
            return f"{quote(column.name)} = DEFAULT"
        current = Typed("", column.type, column.pg)
        if node.op != "=":
            assert node.column is not None
            current = self.expressions.value(tree.Column(node.line, node.col, node.column), scope)
        typed = self.with_operator(node, current, scope)
        value = store(typed, column.type, column.name, found.full_name)
        return f"{quote(column.name)} = {value}"

    def with_operator(self, node: tree.Assignment, current: Typed, scope: Scope) -> Typed:
        """The value of an assignment: ``a += b`` is ``a + b``."""
        value = self.expressions.value(node.expr, scope)
        if node.op == "=":
            return value
        return operators.binary(node.op[:-1], current, value, node.line, node.col)

    def output(self, outputs: list[tree.Output], scope: Scope, change: Change) -> None:
        """Compile OUTPUT clauses into the RETURNING of ``change``."""
        for output in outputs:
            positions: list[int] = []
            for item in output.items:
                if isinstance(item.expr, tree.Star):
                    if item.expr.qualifier is None:
                        raise NotSupported("OUTPUT *", item.line, item.col)
                    source = scope.source(item.expr.qualifier.last)
                    if source is None:
                        raise SqlError(
                            107,
                            f"The column prefix '{item.expr.qualifier.last}' does not"
                            " match with a table name or alias name used in the query.",
                            severity=15,
                            line=item.line,
                            col=item.col,
                        )
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
                if isinstance(output.target, tree.Name):
                    into = self.unit.catalog.object(output.target)
                    if into is not None:
                        self.announce(into, [])
                change.into = Into(output.target, output.columns, positions)

    def outputs_scope(self, found: ObjectDoc, kinds: str, scope: Scope) -> Scope:
        """The scope of OUTPUT: inserted and deleted as ``kinds`` allow, beside the sources."""
        sources = list(scope.sources)
        if "i" in kinds:
            sources.append(bind_record("inserted", "new", found.columns))
        if "d" in kinds:
            sources.append(bind_record("deleted", "old", found.columns))
        return Scope(None, sources, scope.ctes)


def row_version(found: ObjectDoc) -> str | None:
    """The assignment that gives a changed row its new version."""
    for column in found.columns:
        if column.type.name == "rowversion":
            return f"{quote(column.name)} = int8send(nextval('tsql.rowversion_seq'))"
    return None


def named_twice(name: str, node: tree.Node) -> SqlError:
    return SqlError(
        264,
        f"The column name '{name}' is specified more than once in the SET clause or column list of"
        " an INSERT. A column cannot be assigned more than one value in the same clause. Modify the"
        " clause to make sure that a column is updated only once. If this statement updates or"
        " inserts columns into a view, column aliasing can conceal the duplication in your code.",
        line=node.line,
        col=node.col,
    )


def check_once(assignments: list[tree.Assignment]) -> None:
    """Each column is set once."""
    seen: set[str] = set()
    for each in assignments:
        if each.column is None:
            continue
        if each.column.last.lower() in seen:
            raise named_twice(each.column.last, each)
        seen.add(each.column.last.lower())
