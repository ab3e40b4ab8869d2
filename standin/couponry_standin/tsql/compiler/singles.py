"""Which queries give at most one row: their result can be taken without a loop."""

from __future__ import annotations

from collections.abc import Iterator

from .. import tree
from ..catalog import Catalog, ObjectDoc
from . import walk
from .aggregation import AGGREGATES
from .scope import Scope
from .trees import function_tree


def is_single(node: tree.Select, scope: Scope, catalog: Catalog, *, grouped: bool) -> bool:
    """At most one row, whatever the tables hold."""
    if not node.sources:
        return True
    if scope.aggregates_seen and not grouped:
        return True
    top = node.top
    if top is not None and isinstance(top.count, tree.Literal) and top.count.value == "1":
        return not top.with_ties
    where = list(walk.conjuncts(node.where))
    leaves = [each for source in node.sources for each in _leaves(source, where)]
    if len(leaves) != len(scope.sources):
        return False
    fixed: set[str] = set()
    """aliases of the sources so far, each with one row at most for each row of those before"""
    alone = len(leaves) == 1
    for (leaf, conditions), bound in zip(leaves, scope.sources, strict=True):
        if leaf is None:
            return False
        alias = bound.alias.lower()
        if not bound.single:
            if not isinstance(leaf, tree.TableSource):
                return False
            found = _table(leaf, scope, catalog)
            if found is None or not _is_keyed(found, alias, conditions, fixed, alone=alone):
                return False
        fixed.add(alias)
    return True


def gives_a_row(query: tree.Query | None, catalog: Catalog) -> bool:
    """At least one row, whatever the tables hold."""
    if not isinstance(query, tree.Select) or query.top is not None or query.having is not None:
        return False
    if query.group or query.offset is not None:
        return False
    if any(is_aggregate(each) for item in query.items for each in own_nodes(item.expr)):
        return True
    return query.where is None and all(_has_row(each, catalog) for each in query.sources)


def _has_row(source: tree.Source, catalog: Catalog) -> bool:
    match source:
        case tree.Join(kind="LEFT" | "OUTER APPLY"):
            return _has_row(source.left, catalog)
        case tree.Join(kind="CROSS" | "CROSS APPLY"):
            return _has_row(source.left, catalog) and _has_row(source.right, catalog)
        case tree.ValuesSource():
            return True
        case tree.DerivedSource():
            return gives_a_row(source.query, catalog)
        case tree.FunctionSource():
            found = catalog.object(source.name)
            if found is None or found.type != "IF":
                return False
            return gives_a_row(function_tree(found).query, catalog)
        case _:
            return False


def is_aggregate(node: tree.Node) -> bool:
    return isinstance(node, tree.Function) and node.over is None and node.name.upper() in AGGREGATES


def own_nodes(root: tree.Expr) -> Iterator[tree.Node]:
    """The nodes of an expression that no subquery in it contains."""
    stack: list[object] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, tree.Query):
            continue
        if isinstance(node, tree.Node):
            yield node
            stack += [getattr(node, name) for name in walk.parts(type(node))]
        elif isinstance(node, (list, tuple)):
            stack += node


def _leaves(
    source: tree.Source, given: list[tree.Expr]
) -> Iterator[tuple[tree.Source | None, list[tree.Expr]]]:
    """The sources of a FROM clause from left to right, each with the conditions that its rows meet.

    None stands for a source whose rows can come without a row of those before it.
    """
    if not isinstance(source, tree.Join):
        yield source, given
        return
    together = [*given, *walk.conjuncts(source.on)]
    yield from _leaves(source.left, together if source.kind == "INNER" else given)
    if source.kind in ("RIGHT", "FULL"):
        yield None, []
    else:
        yield from _leaves(source.right, together)


def _table(leaf: tree.TableSource, scope: Scope, catalog: Catalog) -> ObjectDoc | None:
    name = leaf.name.last.lower()
    around: Scope | None = scope
    while around is not None:
        if len(leaf.name.parts) == 1 and name in around.ctes:
            return None
        around = around.parent
    found = catalog.object(leaf.name)
    return found if found is not None and found.type == "U" else None


def _is_keyed(
    found: ObjectDoc, alias: str, conditions: list[tree.Expr], fixed: set[str], *, alone: bool
) -> bool:
    """Whether a unique key of the table is equated to values that are known before it."""
    own = {column.name.lower() for column in found.columns}
    equated: set[str] = set()
    for part in conditions:
        if not (isinstance(part, tree.Binary) and part.op == "="):
            continue
        for side, other in ((part.left, part.right), (part.right, part.left)):
            if not (isinstance(side, tree.Column) and side.name.last.lower() in own):
                continue
            parts = side.name.parts
            named = alone if len(parts) == 1 else parts[-2].lower() == alias
            if not named:
                continue
            if all(
                len(column.name.parts) == 2 and column.name.parts[0].lower() in fixed
                for column in walk.columns(other)
            ):
                equated.add(side.name.last.lower())
    return any(
        index.unique
        and index.filter is None
        and all(name.lower() in equated for name in index.columns)
        for index in found.indexes
    )
