"""What is not allowed while QUOTED_IDENTIFIER is OFF, as sqlcmd connects without -I."""

from __future__ import annotations

from ..tsql import tree
from ..tsql.catalog import Catalog
from ..tsql.errors import NotSupported, SqlError

_WRITES = ("INSERT", "UPDATE", "DELETE")


def _wrong(action: str) -> SqlError:
    return SqlError(
        1934,
        f"{action} failed because the following SET options have incorrect settings:"
        " 'QUOTED_IDENTIFIER'. Verify that SET options are correct for use with indexed views"
        " and/or indexes on computed columns and/or filtered indexes and/or query notifications"
        " and/or XML data type methods and/or spatial index operations.",
    )


def require_settings(needs: frozenset[tuple[int, str]], catalog: Catalog) -> None:
    """A batch may not write to a table with a filtered index, or with one on computed columns."""
    for object_id, permission in sorted(needs):
        found = catalog.by_id(object_id) if permission in _WRITES else None
        if found is None:
            continue
        computed = {each.name.lower() for each in found.columns if each.computed is not None}
        for index in found.indexes:
            if index.filter is not None or computed & {name.lower() for name in index.columns}:
                raise _wrong(permission)


def require_quoted_identifiers(node: tree.Statement) -> None:
    """Modules keep the setting, which the stand-in does not; filtered indexes want it."""
    if isinstance(node, tree.Module):
        raise NotSupported("modules made with QUOTED_IDENTIFIER OFF", node.line, node.col)
    if isinstance(node, tree.CreateIndex) and node.index.where is not None:
        raise _wrong("CREATE INDEX")
