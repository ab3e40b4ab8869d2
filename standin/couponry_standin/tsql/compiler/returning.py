"""What becomes of the rows that a change returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import tree
from ..conversion import store
from ..errors import NotSupported, SqlError
from ..names import quote
from ..typed import Typed
from . import table_variables
from .changes import Change
from .output import Compiled

if TYPE_CHECKING:
    from .body import Body


def emit(body: Body, change: Change) -> None:
    """Emit a change; send its rows to the client, to a table, or to variables."""
    if change.numbered:
        body.out.add(f"{change.ctes}{change.body} RETURNING {change.numbered} INTO _identity;")
        body.out.add("_scope_identity := _identity;")
        if change.after or body.is_counted:
            body.out.add("_rowcount := 1;")
        body.count()
        return
    if not change.returned.items:
        body.out.add(f"{change.ctes}{change.body};")
        if change.after or change.frees or change.awaits or body.is_counted:
            body.out.add("GET DIAGNOSTICS _rowcount = ROW_COUNT;")
        _count(body, change)
        return
    ctes = (
        f'{change.ctes.rstrip()}, "_o" AS ({change.body})'
        if change.ctes
        else (f'WITH "_o" AS ({change.body})')
    )
    columns = change.returned.columns
    if change.into is not None and isinstance(change.into.target, tree.Name):
        insert = _output_into(body, change)
        if change.shown:
            ctes += f', "_i" AS ({insert})'
        else:
            body.out.add(f"{ctes} {insert};")
            body.out.add("GET DIAGNOSTICS _rowcount = ROW_COUNT;")
            _count(body, change)
            return
    if change.shown:
        shown = [columns[i - 1] for i in change.shown]
        index = body.result_set(shown)
        items = ", ".join(f'"_o"."c{i}"' for i in change.shown)
        compiled = Compiled(f'SELECT {items} FROM "_o"', shown)
        if (
            change.assigned
            or change.identity
            or (change.into is not None and isinstance(change.into.target, str))
        ):
            raise NotSupported("OUTPUT beside other returned values", body.out.line, body.out.col)
        body.rows(index, compiled, ctes, change.awaits)
        for each in change.checks:
            body.out.add(each)
        return
    if change.into is not None:
        table_variables.collect(body, change, ctes)
        return
    picks: list[str] = []
    targets: list[str] = []
    for variable, name in change.assigned:
        picks.append(f'"_o".{name}')
        targets.append(variable.sql)
        variable.cell.touched = True
    names = ", ".join(f'{pick} AS "a{i}"' for i, pick in enumerate(picks, 1))
    listed = ", ".join(f'"a{i}"' for i in range(1, len(picks) + 1))
    if change.identity is not None:
        names = ", ".join(filter(None, [names, f'"_o".{change.identity} AS "i"']))
        listed = ", ".join(filter(None, [listed, '"i"']))
    body.out.add(
        f'{ctes} SELECT {listed}, "n" INTO _r FROM'
        f' (SELECT {names}, count(*) OVER () AS "n" FROM "_o") AS "_q"'
        + (' ORDER BY "i" DESC' if change.identity is not None else "")
        + " LIMIT 1;"
    )
    sets = " ".join(f'{target} := _r."a{i}";' for i, target in enumerate(targets, 1))
    if change.identity is not None:
        sets += ' _identity := _r."i"; _scope_identity := _identity;'
    body.out.add(f"IF FOUND THEN _rowcount := _r.n; {sets} ELSE _rowcount := 0; END IF;")
    _count(body, change)


def _count(body: Body, change: Change) -> None:
    """Tell how many rows it were, if they may stay, and if that is the end of it."""
    for each in change.checks:
        body.out.add(each)
    if not change.awaits:
        body.count()


def _output_into(body: Body, change: Change) -> str:
    """OUTPUT INTO a table: an INSERT that reads the returned rows."""
    into = change.into
    assert into is not None and isinstance(into.target, tree.Name)
    found = body.inserts.table(into.target, "INSERT", body.out.line, body.out.col)
    names = into.columns or [
        column.name for column in found.columns if column.is_writable and column.identity is None
    ]
    if len(names) != len(into.items):
        raise SqlError(
            213,
            "Column name or number of supplied values does not match table definition.",
            line=body.out.line,
        )
    items: list[str] = []
    chosen: list[str] = []
    for name, position in zip(names, into.items, strict=True):
        column = body.inserts.column(found, name, body.out.line, body.out.col)
        out = change.returned.columns[position - 1]
        typed = Typed(f'"_o"."c{position}"', out.type, out.pg, out.nullable, out.rank)
        items.append(store(typed, column.type, column.name, found.full_name))
        chosen.append(quote(column.name))
    return f'INSERT INTO {found.sql} ({", ".join(chosen)}) SELECT {", ".join(items)} FROM "_o"'
