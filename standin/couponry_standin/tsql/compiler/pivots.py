"""PIVOT as an aggregation of CASE expressions, UNPIVOT as a CROSS APPLY of values."""

from __future__ import annotations

from ...types import SqlType
from .. import tree
from ..errors import NotSupported, SqlError
from .aggregation import AGGREGATES
from .scope import BoundSource


def pivoted(node: tree.Pivot, source: BoundSource) -> tree.DerivedSource:
    """``source`` is what the source of ``node`` shows."""
    line, col = node.line, node.col
    if node.aggregate not in AGGREGATES or node.aggregate == "STRING_AGG":
        raise NotSupported(f"PIVOT with {node.aggregate}", line, col)
    for name in (node.value, node.column):
        known(source, name)
    used = (node.value.last.lower(), node.column.last.lower())
    kept = [each.name for each in source.columns if each.name.lower() not in used]
    keys = [column(node, source.alias, name) for name in kept]
    items = [
        tree.SelectItem(line, col, key, alias=name) for key, name in zip(keys, kept, strict=True)
    ]
    for name in node.names:
        same = tree.Binary(
            line,
            col,
            "=",
            column(node, source.alias, node.column.last),
            tree.Literal(line, col, "nstring", name),
        )
        value = tree.Case(
            line, col, None, [(same, column(node, source.alias, node.value.last))], None
        )
        call = tree.Function(line, col, node.aggregate, [value], keyword="PIVOT")
        items.append(tree.SelectItem(line, col, call, alias=name))
    query = tree.Select(line, col, items=items, sources=[node.source], group=list(keys))
    if not keys:
        # Without a column to group by there is a row only where the source has one.
        count = tree.Function(line, col, "COUNT", [tree.Star(line, col, None)])
        query.having = tree.Binary(line, col, ">", count, tree.Literal(line, col, "int", "0"))
    return tree.DerivedSource(line, col, query, node.alias)


def unpivoted(node: tree.Unpivot, source: BoundSource) -> tree.DerivedSource:
    """``source`` is what the source of ``node`` shows."""
    line, col = node.line, node.col
    first = known(source, node.names[0])
    for name in node.names[1:]:
        if known(source, name) != first:
            raise SqlError(
                8167,
                f'The type of column "{name.last}" conflicts with the type of other columns'
                " specified in the UNPIVOT list.",
                line=name.line,
                col=name.col,
            )
    used = {name.last.lower() for name in node.names}
    items = [
        tree.SelectItem(line, col, column(node, source.alias, each.name), alias=each.name)
        for each in source.columns
        if each.name.lower() not in used
    ]
    rows: list[list[tree.Expr]] = []
    for name in node.names:
        text = tree.Literal(line, col, "nstring", name.last)
        label = tree.Cast(line, col, text, SqlType("nvarchar", 128), None, False)
        rows.append([column(node, source.alias, name.last), label])
    values = tree.ValuesSource(line, col, rows, "_unpivot", [node.value, node.column])
    items += [
        tree.SelectItem(line, col, column(node, "_unpivot", name), alias=name)
        for name in (node.value, node.column)
    ]
    where = tree.IsNull(line, col, column(node, "_unpivot", node.value), True)
    joined = tree.Join(line, col, "CROSS APPLY", node.source, values, None)
    query = tree.Select(line, col, items=items, sources=[joined], where=where)
    return tree.DerivedSource(line, col, query, node.alias)


def column(node: tree.Node, alias: str, name: str) -> tree.Column:
    return tree.Column(node.line, node.col, tree.Name(node.line, node.col, (alias, name)))


def known(source: BoundSource, name: tree.Name) -> SqlType:
    found = source.by_name.get(name.last.lower())
    if found is None:
        raise SqlError(207, f"Invalid column name '{name.last}'.", line=name.line, col=name.col)
    return found.typed.type
