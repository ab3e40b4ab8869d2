"""Reading syntax trees without compiling them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, cast

from .. import tree


def nodes(root: Any) -> Iterator[tree.Node]:
    """Every node below and including ``root`` (a node, a list or a tuple), outermost first."""
    stack: list[Any] = [root]
    while stack:
        item = stack.pop()
        if isinstance(item, (list, tuple)):
            stack.extend(reversed(cast(Sequence[Any], item)))
        elif isinstance(item, tree.Node):
            yield item
            stack.extend(
                getattr(item, each.name)
                for each in reversed(fields(item))
                if is_dataclass(item) and each.name not in ("line", "col")
            )


def columns(root: Any) -> Iterator[tree.Column]:
    for node in nodes(root):
        if isinstance(node, tree.Column):
            yield node


def variables(root: Any) -> set[str]:
    return {node.name.lower() for node in nodes(root) if isinstance(node, tree.Variable)}


def conjuncts(condition: tree.Expr | None) -> Iterator[tree.Expr]:
    """The parts of a condition that must all hold."""
    if condition is None:
        return
    if isinstance(condition, tree.Binary) and condition.op == "AND":
        yield from conjuncts(condition.left)
        yield from conjuncts(condition.right)
    else:
        yield condition


def has_subquery(root: Any) -> bool:
    return any(isinstance(node, tree.Query) for node in nodes(root))


def leaves(source: tree.Source) -> Iterator[tree.Source]:
    """The sources of a join tree that are not joins themselves."""
    if isinstance(source, tree.Join):
        yield from leaves(source.left)
        yield from leaves(source.right)
    else:
        yield source


def replace(root: Any, change: Callable[[tree.Node], tree.Node | None]) -> Any:
    """A copy of a tree in which ``change`` has put other nodes in place of some."""
    if isinstance(root, list):
        return [replace(each, change) for each in cast(list[Any], root)]
    if isinstance(root, tuple):
        return tuple(replace(each, change) for each in cast(tuple[Any, ...], root))
    if not isinstance(root, tree.Node):
        return root
    new = change(root)
    if new is not None:
        return new
    return type(root)(
        **{each.name: replace(getattr(root, each.name), change) for each in fields(root)}
    )
