"""SELECT that assigns variables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .. import operators, tree
from ..conversion import assign
from ..errors import NotSupported, SqlError
from ..typed import Typed
from . import walk
from .aggregation import AGGREGATES
from .computed import assign_computed
from .misses import awaiting
from .output import OutColumn
from .releases import letting_go
from .scope import BoundColumn, BoundSource, Scope
from .singles import gives_a_row
from .unit import VariableInfo

if TYPE_CHECKING:
    from .body import Body


def select_into_variables(body: Body, query: tree.Select) -> None:
    """SELECT @a = …: once for a single row, row by row where the query gives more."""
    if not all(item.variable for item in query.items):
        raise SqlError(
            141,
            "A SELECT statement that assigns a value to a variable must not be combined with"
            " data-retrieval operations.",
            severity=15,
            line=query.line,
            col=query.col,
        )
    bare = not query.sources and not query.ctes
    if bare and query.where is None and query.top is None:
        for item in query.items:
            assert item.variable is not None
            body.set_variable(
                tree.SetVariable(item.line, item.col, item.variable, item.expr, item.op)
            )
        if body.is_counted:
            body.out.add("_rowcount := 1;")
        return
    if not body.unit.nulls and assign_computed(body, query):
        return
    whole = _is_one_row(query)
    if whole:
        query = replace(query, items=[_plain(item) for item in query.items])
    targets = [body.unit.variable(item.variable or "", item.line, item.col) for item in query.items]
    before = list(body.unit.pre)
    items, carried = _split(query, in_order=True, whole=whole)
    compiled = body.queries.query(replace(query, items=items, for_json=None), None)
    if not compiled.single:
        # Row by row every item may read what an earlier row has assigned.
        again = _split(query, in_order=False, whole=whole)
        if again[1].keys() != carried.keys():
            items, carried = again
            body.unit.pre[:] = before
            compiled = body.queries.query(replace(query, items=items, for_json=None), None)
    always = compiled.single and gives_a_row(query, body.unit.catalog)
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
            sets.append(_carried(body, item, target, carried[i], compiled.columns))
        else:
            sets.append(f'{target.sql} := _r."c{i + 1}";')
    fate = body.unit.fate
    head, tail = f"SELECT {', '.join(values)}", f' FROM ({compiled.sql}) AS "_q"'

    # Without a row the variables stay as they are: NULL, where they have had no value yet.
    direct = (
        not carried
        and len({target.sql for target in targets}) == len(targets)
        and (always or (compiled.single and not any(each.cell.touched for each in targets)))
    )
    body.unit.touch({target.name.lower() for target in targets})

    def take(given: str) -> None:
        if not compiled.single:
            add = ""
            if body.is_counted:
                body.out.add("_rowcount := 0;")
                add = " _rowcount := _rowcount + 1;"
            body.out.add(f"FOR _r IN {head}{tail} LOOP {given}{add} END LOOP;")
            return
        into = ", ".join(target.sql for target in targets) if direct else "_r"
        body.out.add(f"{head} INTO {into}{tail};")
        if body.is_counted:
            body.out.add("_rowcount := 1;" if always else "GET DIAGNOSTICS _rowcount = ROW_COUNT;")
        if not direct:
            body.out.add(given if always else f"IF FOUND THEN {given} END IF;")

    def emit() -> None:
        body.flush()
        given = " ".join(sets)
        with (
            awaiting(body.out, fate.awaits, "FOUND"),
            letting_go(body.out, "NOT FOUND", if_=fate.frees),
        ):
            take(given)

    body.guard(emit)


def _split(
    query: tree.Select, *, in_order: bool, whole: bool
) -> tuple[list[tree.SelectItem], dict[int, dict[int, int]]]:
    """What the query computes, and which items are computed from its row instead.

    Those read a variable that the same SELECT assigns; ``in_order``: that it assigns before them.
    Of each such item: the columns in it, and their places in the query.
    """
    names = [(item.variable or "").lower() for item in query.items]
    items: list[tree.SelectItem] = []
    carried: dict[int, dict[int, int]] = {}
    for index, item in enumerate(query.items):
        known = names[:index] if in_order else names
        if item.op == "=" and not walk.variables(item.expr) & set(known):
            items.append(tree.SelectItem(item.line, item.col, item.expr))
            continue
        if whole:
            raise NotSupported(
                "a variable assignment beside aggregates that reads what the same SELECT assigned",
                item.line,
                item.col,
            )
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
    return items, carried


def _is_one_row(query: tree.Select) -> bool:
    """Whether aggregates make one row of it: then a variable has the value it had before."""
    return not query.group and any(
        isinstance(each, tree.Function) and each.over is None and each.name.upper() in AGGREGATES
        for item in query.items
        if not walk.has_subquery(item.expr)
        for each in walk.nodes(item.expr)
    )


def _plain(item: tree.SelectItem) -> tree.SelectItem:
    """``@v += x`` as ``@v = @v + x``."""
    if item.op == "=":
        return item
    assert item.variable is not None
    held = tree.Variable(item.line, item.col, item.variable)
    changed = tree.Binary(item.line, item.col, item.op[:-1], held, item.expr)
    return replace(item, expr=changed, op="=")


def _carried(
    body: Body,
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
    typed = body.expressions.value(expr, Scope(None, [source]))
    if item.op != "=":
        typed = operators.binary(item.op[:-1], target.typed, typed, item.line, item.col)
    assert target.type is not None
    return f"{target.sql} := {assign(typed, target.type, line=item.line, col=item.col)};"
