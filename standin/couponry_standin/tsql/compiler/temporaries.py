"""Tables that a text makes and then uses: temporary ones, and those of SELECT … INTO.

They do not exist when the text is compiled; what is known of them is read from the statement that
makes them, and holds for what stands after it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .. import tree
from ..collation import check_shown
from ..ddl.plan import Context
from ..ddl.tables import temporary_table
from ..errors import NotSupported, SqlError
from ..names import is_temporary, quote
from .changes import Change
from .shapes import table_scalar

if TYPE_CHECKING:
    from .machine import Machine
    from .output import OutColumn

FIRST = -(2**31)
"""The numbers of such tables go up from here: no object of the catalogue has one of them."""


def into_of(query: tree.Query | None) -> tree.Name | None:
    """The table that a query makes: its first SELECT names it."""
    while isinstance(query, tree.SetOperation):
        query = query.left
    return query.into if isinstance(query, tree.Select) else None


def announce(machine: Machine, node: tree.CreateTable) -> None:
    """From here on the text may use the table."""
    unit = machine.unit
    context = Context(unit.catalog, table_scalar(unit.catalog))
    if any(name == node.name.last.lower() for name, _ in unit.made):
        raise SqlError(
            2714,
            f"There is already an object named '{node.name.last}' in the database.",
            state=1,
            line=node.line,
            col=node.col,
        )
    unit.made.append((node.name.last.lower(), node.line))
    made = temporary_table(node, context)
    made.object_id, made.is_local = FIRST + len(unit.made), True
    unit.catalog = unit.catalog.overlaid([made])


def refuse_alteration(machine: Machine, node: tree.AlterTable) -> None:
    found = machine.unit.catalog.object(node.name)
    if found is not None and found.is_local:
        raise NotSupported("ALTER TABLE of a table that the same text makes", node.line, node.col)


# ---------------------------------------------------------------- SELECT … INTO


def select_into(machine: Machine, node: tree.SelectStatement, name: tree.Name) -> None:
    """The table is made of the query's columns, then filled; it remains if that fails."""
    numbered = [item for item in first_select(node.query).items if is_number(item)]
    query = without(node.query, numbered)
    before = list(machine.unit.pre)
    compiled = machine.queries.query(query, None)
    machine.unit.pre[:] = before
    inherited = identity_of(machine, query, compiled.columns)
    columns: list[tree.ColumnDefinition] = []
    for index, column in enumerate(compiled.columns, 1):
        if not column.name:
            raise SqlError(
                1038,
                "An object or column name is missing or empty. For SELECT INTO statements, verify"
                " each column has a name. For other statements, look for empty alias names.",
                severity=15,
                line=node.line,
                col=node.col,
            )
        check_shown(column.rank, "SELECT INTO", index, node.line, node.col)
        seed = inherited.get(index)
        columns.append(
            tree.ColumnDefinition(
                node.line,
                node.col,
                column.name,
                column.type.with_collation(None),
                nullable=column.nullable and seed is None,
                identity=seed,
                collation=column.type.collation,
            )
        )
    for item in numbered:
        place = first_select(node.query).items.index(item)
        assert isinstance(item.expr, tree.NewIdentity)
        columns.insert(
            place,
            tree.ColumnDefinition(
                item.line,
                item.col,
                item.alias or "",
                item.expr.type,
                nullable=False,
                identity=(item.expr.seed, item.expr.increment),
            ),
        )
    definition = tree.TableDefinition(node.line, node.col, columns)
    made = tree.CreateTable(node.line, node.col, name, definition)
    machine.host_definition(made)
    known = machine.unit.catalog
    announce(machine, made)
    machine.out.add("IF _in[1] IS DISTINCT FROM 'E' THEN")
    machine.depth += 1
    clock = machine.unit.clock
    if clock is not None and clock.is_read:
        # Read again: what is read before the machine stops for the definition is forgotten there.
        machine.out.add(machine.clock_reading())
    fill(machine, query, name)
    if clock is not None:
        clock.is_read = False
    machine.depth -= 1
    machine.out.add("END IF;")
    if not is_temporary(name):
        # Others may have such a table, too: whose it is, and who may read it, is asked anew.
        machine.unit.catalog = known


def fill(machine: Machine, query: tree.Query, name: tree.Name) -> None:
    compiled = machine.queries.query(query, None)
    found = machine.unit.catalog.object(name)
    assert found is not None
    names = {column.name.lower(): column for column in found.columns}
    columns = [names[column.name.lower()] for column in compiled.columns]
    listed = ", ".join(quote(column.name) for column in columns)
    items = ", ".join(f'"_q"."c{index}"' for index in range(1, len(columns) + 1))
    change = Change(
        "", f'INSERT INTO {found.sql} ({listed}) SELECT {items} FROM ({compiled.sql}) AS "_q"'
    )
    if any(column.identity for column in columns):
        machine.inserts.advance(found, change)
    machine.change(change)


def first_select(query: tree.Query) -> tree.Select:
    while isinstance(query, tree.SetOperation):
        assert query.left is not None
        query = query.left
    assert isinstance(query, tree.Select)
    return query


def is_number(item: tree.SelectItem) -> bool:
    return isinstance(item.expr, tree.NewIdentity)


def without(query: tree.Query, numbered: list[tree.SelectItem]) -> tree.Query:
    """The query as it would be without INTO and the items that number the rows."""
    if isinstance(query, tree.SetOperation):
        assert query.left is not None
        return replace(query, left=without(query.left, numbered))
    assert isinstance(query, tree.Select)
    items = [item for item in query.items if item not in numbered]
    return replace(query, into=None, items=items)


def identity_of(
    machine: Machine, query: tree.Query, columns: list[OutColumn]
) -> dict[int, tuple[int, int]]:
    """An identity column goes on being one where it is taken from one table as it is, once."""
    if not isinstance(query, tree.Select) or len(query.sources) != 1:
        return {}
    source = query.sources[0]
    if query.group or query.distinct or not isinstance(source, tree.TableSource):
        return {}
    found = machine.unit.catalog.object(source.name)
    own = found.identity_column if found is not None and found.type == "U" else None
    if own is None or own.identity is None:
        return {}
    places = [
        index
        for index, column in enumerate(columns, 1)
        if column.origin is not None and column.origin.lower() == own.name.lower()
    ]
    return {places[0]: own.identity} if len(places) == 1 else {}
