"""Queries that are asked for their columns alone, as loaders ask before they send rows."""

from __future__ import annotations

from dataclasses import replace

from .. import tree
from ..catalog import Catalog
from ..plan import ResultColumn


def asks_for_no_rows(query: tree.Query) -> bool:
    match query:
        case tree.Select(top=tree.Top(count=tree.Literal(value="0"))):
            return True
        case _:
            return False


def writable(
    columns: list[ResultColumn], query: tree.Query, catalog: Catalog
) -> list[ResultColumn]:
    """The columns, those of a table with whether they may be filled, and which fills itself."""
    match query:
        case tree.Select(sources=[tree.TableSource(name=name)]):
            found = catalog.object(name)
        case _:
            return columns
    if found is None or found.type != "U":
        return columns
    known = {each.name: each for each in found.columns}
    return [
        replace(
            each,
            identity=known[each.name].identity is not None,
            updatable=known[each.name].is_writable and known[each.name].identity is None,
        )
        if each.name in known
        else each
        for each in columns
    ]
