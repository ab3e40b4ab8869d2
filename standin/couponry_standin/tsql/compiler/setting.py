"""SET options, as statements of a body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import tree
from ..errors import NotSupported, SqlError
from .options import CURSORS_CLOSE, IGNORED_OPTIONS, lock_setting, lock_timeout

if TYPE_CHECKING:
    from .body import Body


def set_option(body: Body, name: str, node: tree.SetOption) -> None:
    value = node.value.upper()
    if name == "NOCOUNT":
        body.out.add(f"_nocount := {'true' if value == 'ON' else 'false'};")
    elif name == "XACT_ABORT":
        body.out.add(f"_xact_abort := {'true' if value == 'ON' else 'false'};")
    elif name == "LOCK_TIMEOUT":
        milliseconds = lock_timeout(node)
        body.sets_lock_timeout = True
        body.out.add(
            f"IF _lock_timeout IS DISTINCT FROM {milliseconds} THEN"
            f" _lock_timeout := {milliseconds};"
            f" PERFORM set_config('lock_timeout', '{lock_setting(milliseconds)}', false);"
            " END IF;"
        )
    elif name == "FMTONLY":
        body.format_only = value == "ON"
    elif name in IGNORED_OPTIONS:
        expected = IGNORED_OPTIONS[name]
        if expected is not None and value not in expected:
            raise NotSupported(f"SET {name} {node.value}", node.line, node.col)
    elif name == "CURSOR_CLOSE_ON_COMMIT":
        body.out.add(f"PERFORM set_config('{CURSORS_CLOSE}', '{value}', false);")
    elif name == "IDENTITY_INSERT":
        assert node.table is not None
        if body.unit.catalog.object(node.table) is None:
            raise SqlError(
                1088,
                f'Cannot find the object "{".".join(node.table.parts)}" because it does not exist'
                " or you do not have permissions.",
                state=11,
                line=node.line,
                col=node.col,
            )
        found = body.inserts.table(node.table, "ALTER", node.line, node.col)
        if found.identity_column is None:
            raise SqlError(
                8106,
                f"Table '{'.'.join(node.table.parts)}' does not have the identity property."
                " Cannot perform SET operation.",
                line=node.line,
                col=node.col,
            )
        on = "true" if value == "ON" else "false"
        body.guard(
            lambda: body.out.add(f"PERFORM tsql.set_identity_insert({found.object_id}, {on});")
        )
    else:
        raise NotSupported(f"SET {name}", node.line, node.col)
