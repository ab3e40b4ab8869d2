"""Cursors: the rows of a query as they are when it is opened, in an array, and a place in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...types import INT
from .. import tree
from ..conversion import assign
from ..errors import NotSupported, SqlError
from ..names import literal
from ..typed import Typed
from . import rows, walk
from .functions import FETCH_STATUS
from .options import CURSORS_CLOSE
from .output import Compiled, OutColumn
from .scope import Scope
from .unit import CursorInfo

if TYPE_CHECKING:
    from .body import Body

STEPS = {
    "NEXT": "{at} + 1",
    "PRIOR": "{at} - 1",
    "FIRST": "1",
    "LAST": "{size}",
    "ABSOLUTE": "CASE WHEN {count} < 0 THEN {size} + 1 + {count} ELSE {count} END",
    "RELATIVE": "{at} + {count}",
}
"""Where FETCH goes, before it is kept between the place before the rows and the one after them."""


def declare(body: Body, node: tree.DeclareCursor) -> None:
    """The query is compiled now; its variables have the values of now, its rows those of OPEN."""
    before = body.unit.cursors.get(node.name.lower())
    if before is not None and before.number not in body.deallocated:
        raise NotSupported(
            f"a second DECLARE of the cursor {node.name} without DEALLOCATE between",
            node.line,
            node.col,
        )
    number = len(body.cursor_columns) + 1
    kept = freeze(body, node, number)
    query = walk.replace(
        node.query,
        lambda each: (
            tree.Variable(each.line, each.col, kept[each.name.lower()])
            if isinstance(each, tree.Variable) and each.name.lower() in kept
            else None
        ),
    )
    compiled = body.queries.query(query, None)
    pre = list(body.unit.pre)
    body.unit.pre.clear()
    body.cursor_columns.append((compiled, pre, node.scrolls))
    info = CursorInfo(
        node.name,
        number,
        f'"cursor${number}$rows"',
        f'"cursor${number}$at"',
        f'"cursor${number}$known"',
    )
    body.unit.cursors[node.name.lower()] = info
    row = row_type(body, compiled)
    body.unit.extra(f"{info.rows} {row}[]")
    body.unit.extra(f"{info.at} int4")
    body.unit.extra(f"{info.known} bool := false")
    sets = " ".join(
        f"{body.unit.variable(new).sql} := {body.unit.variable(old).sql};"
        for old, new in kept.items()
    )

    def emit() -> None:
        refuse(body, info.known, 16915, f"A cursor with the name '{info.name}' already exists.")
        body.out.add(f"{info.known} := true; {sets}")

    body.guard(emit)


def freeze(body: Body, node: tree.DeclareCursor, number: int) -> dict[str, str]:
    """Names of the variables in the query, and of those that keep their values for it."""
    kept: dict[str, str] = {}
    for name in sorted(walk.variables(node.query)):
        found = body.unit.variable(name, node.line, node.col)
        if found.type is not None:
            kept[name] = f"{name}$cursor{number}"
            body.unit.declare(kept[name], found.type, node.line, node.col)
    return kept


def row_type(body: Body, compiled: Compiled) -> str:
    made = rows.row_type((f'"c{i}"', each.pg) for i, each in enumerate(compiled.columns, 1))
    body.composites[made.name] = made
    return made.name


def known(body: Body, name: str, node: tree.Statement) -> CursorInfo:
    found = body.unit.cursors.get(name.lower())
    if found is None:
        raise NotSupported(
            f"the cursor {name}, which this batch or procedure does not declare",
            node.line,
            node.col,
        )
    return found


def refuse(body: Body, test: str, number: int, message: str) -> None:
    body.out.add(f"IF {test} THEN PERFORM tsql.raise({number}, {literal(message)}); END IF;")


def act(body: Body, node: tree.CursorAction) -> None:
    info = known(body, node.name, node)
    compiled, pre, _ = body.cursor_columns[info.number - 1]
    items = ", ".join(f'"_q"."c{i}"' for i in range(1, len(compiled.columns) + 1))
    row = row_type(body, compiled)

    def emit() -> None:
        missing = f"A cursor with the name '{info.name}' does not exist."
        refuse(body, f"NOT {info.known}", 16916, missing)
        if node.action == "OPEN":
            refuse(body, f"{info.at} IS NOT NULL", 16905, "The cursor is already open.")
            closes = "a cursor while CURSOR_CLOSE_ON_COMMIT is ON"
            refuse(
                body,
                f"current_setting('{CURSORS_CLOSE}', true) = 'ON'",
                40517,
                NotSupported(closes, node.line, node.col).message,
            )
            for each in pre:
                body.out.add(each)
            body.out.add(
                f'{info.rows} := ARRAY(SELECT ROW({items})::{row} FROM ({compiled.sql}) AS "_q");'
            )
            body.out.add(f"{info.at} := 0;")
        elif node.action == "CLOSE":
            refuse(body, f"{info.at} IS NULL", 16917, "Cursor is not open.")
            body.out.add(f"{info.at} := NULL; {info.rows} := NULL;")
        else:
            body.out.add(f"{info.known} := false; {info.at} := NULL; {info.rows} := NULL;")

    if node.action == "DEALLOCATE":
        body.deallocated.add(info.number)
    body.guard(emit)


def fetch(body: Body, node: tree.Fetch) -> None:
    info = known(body, node.name, node)
    compiled, _, scrolls = body.cursor_columns[info.number - 1]
    body.unit.extra(FETCH_STATUS)
    size = f"cardinality({info.rows})"
    count = ""
    if node.count is not None:
        typed = body.expressions.value(node.count, Scope())
        count = f"({assign(typed, INT, line=node.line, col=node.col)})"
    step = STEPS[node.direction].format(at=info.at, size=size, count=count)
    targets = assigned(body, node, compiled.columns) if node.into is not None else []
    index = 0 if node.into is not None else body.result_set(compiled.columns)

    def emit() -> None:
        body.flush()
        missing = f"A cursor with the name '{info.name}' does not exist."
        refuse(body, f"NOT {info.known}", 16916, missing)
        refuse(body, f"{info.at} IS NULL", 16917, "Cursor is not open.")
        if node.direction != "NEXT" and not scrolls:
            word = node.direction.lower()
            message = f"fetch: The fetch type {word} cannot be used with forward only cursors."
            refuse(body, "true", 16911, message)
        body.out.add(f"{info.at} := least(greatest({step}, 0), {size} + 1);")
        body.out.add(f"_rowcount := ({info.at} BETWEEN 1 AND {size})::int4;")
        body.out.add("_fetch := _rowcount - 1;")
        if node.into is not None:
            body.out.add(f"IF _fetch = 0 THEN _r := {info.rows}[{info.at}];")
            for each in targets:
                body.out.add(each)
            body.out.add("END IF;")
            return
        names = ", ".join(f'"_x"."c{i}"' for i in range(1, len(compiled.columns) + 1))
        text = f'SELECT {names} FROM unnest({info.rows}[{info.at}:{info.at}]) AS "_x"'
        body.rows(index, Compiled(text, compiled.columns))

    body.guard(emit)


def assigned(body: Body, node: tree.Fetch, columns: list[OutColumn]) -> list[str]:
    assert node.into is not None
    body.unit.touch({each.lower() for each in node.into})
    if len(node.into) != len(columns):
        raise SqlError(
            16924,
            "Cursorfetch: The number of variables declared in the INTO list must match that of"
            " selected columns.",
            line=node.line,
            col=node.col,
        )
    sets: list[str] = []
    for index, (name, column) in enumerate(zip(node.into, columns, strict=True), 1):
        target = body.unit.variable(name, node.line, node.col)
        if target.type is None:
            raise SqlError(137, f'Must declare the scalar variable "{name}".', line=node.line)
        typed = Typed(f'_r."c{index}"', column.type, column.pg, column.nullable, column.rank)
        sets.append(f"{target.sql} := {assign(typed, target.type, line=node.line, col=node.col)};")
    return sets
