"""Table variables: arrays of a row type, which no ROLLBACK touches, as in SQL Server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...types import BIGINT
from .. import operators, tree
from ..catalog import ColumnDoc
from ..collation import check_collation
from ..conversion import convert, store
from ..errors import NotSupported, SqlError
from ..names import quote, variable
from ..typed import Typed, column_pg_type
from . import walk
from .changes import Change
from .inserts import width_check
from .modifications import remove_leaf
from .rows import table_row_type
from .scope import Scope, bind, column_shape
from .table_checks import check_keys, check_nulls
from .table_types import check_writable
from .unit import VariableInfo

if TYPE_CHECKING:
    from .body import Body


def declare(body: Body, item: tree.DeclareItem) -> None:
    """DECLARE @t TABLE (…): a row type of its own and an empty array."""
    assert item.table is not None
    columns: list[ColumnDoc] = []
    keys: list[tuple[str, list[str]]] = []
    checks: list[tuple[str, tree.Expr]] = []
    required: set[str] = set()
    for each in item.table.columns:
        if each.type is None:
            raise NotSupported("a computed column in a table variable", each.line, each.col)
        if each.collation is not None:
            check_collation(each.collation, each.line, each.col)
        for constraint in each.constraints:
            if constraint.kind in ("PRIMARY KEY", "UNIQUE"):
                keys.append((constraint.kind, [each.name]))
            elif constraint.check is not None:
                checks.append((f"CK__{item.name.lstrip('@')}__{each.name}", constraint.check))
            if constraint.kind == "PRIMARY KEY":
                required.add(each.name.lower())
    for constraint in item.table.constraints:
        if constraint.check is not None:
            checks.append((f"CK__{item.name.lstrip('@')}", constraint.check))
            continue
        if constraint.kind not in ("PRIMARY KEY", "UNIQUE"):
            raise NotSupported(f"{constraint.kind} in a table variable", item.line, item.col)
        names = [
            column.expr.name.last
            for column in constraint.columns
            if isinstance(column.expr, tree.Column)
        ]
        keys.append((constraint.kind, names))
        if constraint.kind == "PRIMARY KEY":
            required.update(name.lower() for name in names)
    identity: tuple[str, int, int] | None = None
    defaults: dict[str, tree.Expr] = {}
    for each in item.table.columns:
        assert each.type is not None
        type_ = each.type.with_collation(each.collation) if each.collation else each.type
        if each.default is not None:
            defaults[each.name.lower()] = each.default
        if each.identity is not None:
            identity = (each.name, *each.identity)
            required.add(each.name.lower())
        columns.append(
            ColumnDoc(
                each.name,
                type_,
                each.nullable is not False and each.name.lower() not in required,
                each.identity,
                pg=column_pg_type(type_),
            )
        )
    row = table_row_type(columns)
    name = row.name
    body.composites[name] = row
    if item.name.lower() in body.unit.variables:
        body.unit.declare(item.name, columns[0].type, item.line, item.col)
    info = VariableInfo(
        item.name, None, variable(item.name), name, columns, keys, identity, defaults, checks
    )
    body.unit.variables[item.name.lower()] = info
    body.extra_variables.append(f"{fresh(info)} {name}[]")
    if identity is not None:
        body.extra_variables.append(f"{counter(info)} int8 := {identity[1] - identity[2]}")


def fresh(info: VariableInfo) -> str:
    return variable(info.name + "$new")


def counter(info: VariableInfo) -> str:
    return variable(info.name + "$identity")


def advanced(info: VariableInfo) -> str:
    """The counter behind the rows that were numbered."""
    assert info.identity is not None
    return f"{counter(info)} := {counter(info)} + {info.identity[2]} * _rowcount;"


def is_target(body: Body, node: tree.Update | tree.Delete) -> bool:
    """Whether an UPDATE or DELETE names a table variable by its alias in FROM."""
    if isinstance(node.target, str):
        return True
    if len(node.target.parts) != 1:
        return False
    wanted = node.target.last.lower()
    return any(
        isinstance(leaf, tree.VariableSource) and (leaf.alias or leaf.name).lower() == wanted
        for source in node.sources
        for leaf in walk.leaves(source)
    )


def row_of(
    body: Body,
    info: VariableInfo,
    given: dict[str, Typed],
    node: tree.Node,
    place: str = "row_number() OVER ()",
) -> str:
    """ROW(…)::type from the given values, defaults and the identity counter.

    ``place`` is the row's number among those that are inserted together.
    """
    assert info.columns is not None
    defaults = info.defaults
    items: list[str] = []
    for column in info.columns:
        name = column.name.lower()
        if name in given:
            items.append(
                store(
                    given[name], column.type, column.name, info.name, line=node.line, col=node.col
                )
            )
        elif info.identity is not None and name == info.identity[0].lower():
            step = info.identity[2]
            items.append(f"({counter(info)} + {step} * {place})::{column.pg}")
        elif name in defaults:
            typed = body.expressions.value(defaults[name], Scope())
            items.append(store(typed, column.type, column.name, info.name))
        else:
            items.append(f"NULL::{column.pg}")
    return f"ROW({', '.join(items)})::{info.pg}"


def append(body: Body, info: VariableInfo, source: str) -> None:
    """Append the rows that ``source`` (a SELECT of one composite column) gives, then check keys."""
    new = fresh(info)
    body.out.add(f"{new} := ARRAY({source});")
    body.out.add(f"_rowcount := cardinality({new});")
    if info.identity is not None:
        body.out.add(advanced(info))
    check_nulls(body, info, new)
    append_fresh(body, info)


def append_fresh(body: Body, info: VariableInfo) -> None:
    """Take the fresh rows in, if the keys allow: no error would undo the assignment."""
    new = fresh(info)
    body.out.add(f"{new} := coalesce({info.sql}, '{{}}') || coalesce({new}, '{{}}');")
    check_keys(body, info, new)
    body.out.add(f"{info.sql} := {new};")


def insert(body: Body, node: tree.Insert) -> None:
    """INSERT INTO @t VALUES or SELECT."""
    assert isinstance(node.target, str)
    info = body.unit.table_variable(node.target, node.line, node.col)
    assert info.columns is not None
    check_writable(info, node)
    if node.output:
        raise NotSupported("OUTPUT of an INSERT into a table variable", node.line, node.col)
    names = node.columns or [column.name for column in info.columns if column.identity is None]
    known = {column.name.lower() for column in info.columns}
    for name in names:
        if name.lower() not in known:
            raise SqlError(207, f"Invalid column name '{name}'.", line=node.line, col=node.col)
    scope = Scope()
    prefix = body.queries.common_tables(node.ctes, scope, node.options)
    if isinstance(node.source, tree.Query):
        compiled = body.queries.query(node.source, scope)
        width_check(len(compiled.columns), len(names), node.source)
        given = {
            name.lower(): Typed(f'"_q"."c{i}"', out.type, out.pg, out.nullable, out.rank)
            for i, (name, out) in enumerate(zip(names, compiled.columns, strict=True), 1)
        }
        row = row_of(body, info, given, node)
        source = f'{prefix}SELECT {row} FROM ({compiled.sql}) AS "_q"'
        body.guard(lambda: emit_append(body, info, source))
        return
    if node.source is None:
        rows: list[list[tree.Expr]] = [[]]
        names = []
    elif isinstance(node.source, list):
        rows = node.source
    else:
        raise NotSupported("INSERT … EXEC into a table variable", node.line, node.col)
    texts: list[str] = []
    for place, each in enumerate(rows, 1):
        if not node.columns and node.source is not None and len(each) != len(names):
            raise SqlError(
                213,
                "Column name or number of supplied values does not match table definition.",
                line=node.line,
                col=node.col,
            )
        width_check(len(each), len(names), node, values=True)
        given = {
            name.lower(): body.expressions.value(item, Scope())
            for name, item in zip(names, each, strict=True)
            if not isinstance(item, tree.Default)
        }
        texts.append(f"SELECT {row_of(body, info, given, node, str(place))}")
    source = " UNION ALL ".join(texts)
    body.guard(lambda: emit_append(body, info, source))


def emit_append(body: Body, info: VariableInfo, source: str) -> None:
    body.flush()
    append(body, info, source)
    body.count()


def collect(body: Body, change: Change, ctes: str) -> None:
    """OUTPUT INTO @t: the returned rows of a change are appended."""
    into = change.into
    assert into is not None and isinstance(into.target, str)
    info = body.unit.table_variable(into.target, body.out.line, body.out.col)
    check_writable(info, tree.Node(body.out.line, body.out.col))
    assert info.columns is not None
    names = into.columns or [column.name for column in info.columns if column.identity is None]
    if len(names) != len(into.items):
        raise SqlError(
            213,
            "Column name or number of supplied values does not match table definition.",
            line=body.out.line,
        )
    given: dict[str, Typed] = {}
    for name, position in zip(names, into.items, strict=True):
        out = change.returned.columns[position - 1]
        given[name.lower()] = Typed(f'"_o"."c{position}"', out.type, out.pg, out.nullable, out.rank)
    row = row_of(body, info, given, tree.Node(body.out.line, body.out.col))
    new = fresh(info)
    if info.identity is None:
        body.out.add(f'{ctes} SELECT array_agg({row}) INTO {new} FROM "_o";')
        body.out.add(f"_rowcount := coalesce(cardinality({new}), 0);")
    else:
        # Its numbers are a window's, which no aggregate takes.
        body.out.add(f'{ctes} SELECT ARRAY(SELECT {row} FROM "_o") INTO {new};')
        body.out.add(f"_rowcount := cardinality({new});")
        body.out.add(advanced(info))
    check_nulls(body, info, new, {name for name, value in given.items() if not value.nullable})
    append_fresh(body, info)
    for each in change.checks:
        body.out.add(each)
    if not change.awaits:
        body.count()


def update(body: Body, node: tree.Update) -> None:
    """UPDATE @t: rows that qualify are replaced in the array, the others stay."""
    info, alias, scope, origin, where = located(body, node)
    limit = top_limit(body, node)
    assert info.columns is not None
    given: dict[str, Typed] = {}
    for each in node.assignments:
        if each.column is None or each.variable is not None:
            raise NotSupported("a variable in UPDATE of a table variable", each.line, each.col)
        value = body.expressions.value(each.expr, scope)
        if each.op != "=":
            current = body.expressions.value(tree.Column(each.line, each.col, each.column), scope)
            value = operators.binary(each.op[:-1], current, value, each.line, each.col)
        given[each.column.last.lower()] = value
    known = {column.name.lower(): column for column in info.columns}
    for name in given:
        if name not in known:
            raise SqlError(207, f"Invalid column name '{name}'.", line=node.line, col=node.col)
    items = [
        store(given[name], column.type, column.name, info.name)
        if name in given
        else f"{quote(alias)}.{quote(column.name)}"
        for name, column in known.items()
    ]
    row = f"ROW({', '.join(items)})::{info.pg}"
    new = fresh(info)
    fields = ", ".join(f'"_x".{quote(column.name)}' for column in info.columns)
    listed = ", ".join(quote(column.name) for column in info.columns)

    def emit() -> None:
        body.flush()
        body.out.add(
            f'WITH "_n" AS (SELECT DISTINCT ON ({quote(alias)}."_ord") {quote(alias)}."_ord",'
            f' {row} AS "r" FROM {origin}{where}{limit}) SELECT array_agg(coalesce("_n"."r",'
            f' ROW({fields})::{info.pg}) ORDER BY "_x"."_ord"), count("_n"."_ord") INTO {new},'
            f' _rowcount FROM unnest({info.sql}) WITH ORDINALITY AS "_x"({listed}, "_ord") LEFT'
            ' JOIN "_n" USING ("_ord");'
        )
        check_nulls(body, info, new)
        check_keys(body, info, new, "UPDATE")
        body.out.add(f"{info.sql} := {new};")
        body.count()

    body.guard(emit)


def delete(body: Body, node: tree.Delete) -> None:
    """DELETE @t: the rows that do not qualify remain."""
    info, alias, _, origin, where = located(body, node)
    limit = top_limit(body, node)
    assert info.columns is not None
    fields = ", ".join(f'"_x".{quote(column.name)}' for column in info.columns)
    listed = ", ".join(quote(column.name) for column in info.columns)

    def emit() -> None:
        body.flush()
        body.out.add(f"_rowcount := coalesce(cardinality({info.sql}), 0);")
        body.out.add(
            f'WITH "_n" AS (SELECT DISTINCT {quote(alias)}."_ord" FROM {origin}{where}{limit})'
            f" SELECT array_agg(ROW({fields})::{info.pg} ORDER BY"
            f' "_x"."_ord") INTO {info.sql} FROM unnest({info.sql}) WITH ORDINALITY AS'
            f' "_x"({listed}, "_ord") WHERE "_x"."_ord" NOT IN (SELECT "_ord" FROM "_n");'
        )
        body.out.add(f"_rowcount := _rowcount - coalesce(cardinality({info.sql}), 0);")
        body.count()

    body.guard(emit)


def top_limit(body: Body, node: tree.Update | tree.Delete) -> str:
    """TOP of a change: how many rows of the variable it is about."""
    if node.top is None:
        return ""
    if node.top.percent:
        raise NotSupported("TOP … PERCENT of a table variable", node.top.line, node.top.col)
    count = body.expressions.value(node.top.count, Scope())
    sql = convert(count, BIGINT, implicit=True, line=node.top.line, col=node.top.col).sql
    return f" LIMIT {sql}"


def located(
    body: Body, node: tree.Update | tree.Delete
) -> tuple[VariableInfo, str, Scope, str, str]:
    """The variable, its alias, the scope, the FROM text with ordinality, and the WHERE text."""
    if node.output or node.ctes:
        raise NotSupported("this change of a table variable", node.line, node.col)
    leaf: tree.VariableSource | None = None
    wanted = node.target.lower() if isinstance(node.target, str) else node.target.last.lower()
    for source in node.sources:
        for each in walk.leaves(source):
            if isinstance(each, tree.VariableSource) and wanted in (
                (each.alias or each.name).lower(),
                each.name.lower(),
            ):
                leaf = each
    name = leaf.name if leaf is not None else str(node.target)
    alias = (leaf.alias or leaf.name) if leaf is not None else name
    info = body.unit.table_variable(name, node.line, node.col)
    assert info.columns is not None
    check_writable(info, node)
    listed = ", ".join(quote(column.name) for column in info.columns)
    own = f'unnest({info.sql}) WITH ORDINALITY AS {quote(alias)}({listed}, "_ord")'
    scope = Scope()
    tests: list[str] = []
    rest = remove_leaf(node.sources, leaf) if leaf is not None else []
    if leaf is not None and rest is None:
        # An APPLY or an outer join reads the variable where it stands, rows numbered.
        sources = body.queries.sources
        sources.numbered = leaf
        texts = [sources.source(each, scope, [], node.where, False) for each in node.sources]
        sources.numbered = None
    else:
        scope.add(bind(alias, column_shape(info.columns)))
        texts = [own]
    if rest:
        for each in rest:
            if isinstance(each, tree.Source):
                texts.append(body.queries.sources.source(each, scope, [], node.where, False))
        tests += [
            body.expressions.condition(each, scope) for each in rest if isinstance(each, tree.Expr)
        ]
    if node.where is not None:
        tests.append(body.expressions.condition(node.where, scope))
    where = " WHERE " + " AND ".join(tests) if tests else ""
    return info, alias, scope, ", ".join(texts), where
