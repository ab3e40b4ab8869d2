"""Reading syntax trees without compiling them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache
from typing import Any, cast, get_args, get_type_hints

from .. import tree


def nodes(root: Any) -> Iterator[tree.Node]:
    """Every node below and including ``root`` (a node, a list or a tuple), outermost first."""
    stack: list[Any] = [root]
    while stack:
        item = stack.pop()
        if item.__class__ is list or item.__class__ is tuple:
            stack.extend(reversed(item))
        elif isinstance(item, tree.Node):
            yield item
            for name in parts(item.__class__):
                below = getattr(item, name)
                if below:
                    stack.append(below)


@cache
def parts(kind: type[tree.Node]) -> tuple[str, ...]:
    """The fields that may hold other nodes, the last first.

    Names and numbers hold nothing: left out here, they never come onto the stack. A compilation
    looks through the same tree again and again.
    """
    hints = get_type_hints(kind, localns=vars(tree))
    return tuple(each.name for each in reversed(fields(kind)) if _may_hold(hints[each.name]))


def _may_hold(hint: Any) -> bool:
    return any(map(_may_hold, get_args(hint))) or (
        isinstance(hint, type) and issubclass(hint, tree.Node)
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
    return type(root)(**{name: replace(getattr(root, name), change) for name in _names(type(root))})


@cache
def _names(kind: type[tree.Node]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def assigned(root: Any) -> set[str]:
    """The scalar variables that some statement may give a value."""
    found: set[str] = set()
    for node in nodes(root):
        match node:
            case tree.SetVariable():
                found.add(node.name.lower())
            case tree.DeclareItem() if node.value is not None:
                found.add(node.name.lower())
            case tree.SelectItem() | tree.Assignment() if node.variable is not None:
                found.add(node.variable.lower())
            case tree.Execute():
                if node.return_variable is not None:
                    found.add(node.return_variable.lower())
                found |= {
                    each.expr.name.lower()
                    for each in node.args
                    if each.output and isinstance(each.expr, tree.Variable)
                }
            case tree.Fetch():
                found |= {each.lower() for each in node.into or []}
            case _:
                pass
    return found


def asks_identity(body: list[tree.Statement]) -> bool:
    """Whether SCOPE_IDENTITY() or @@IDENTITY is read: then inserts bring the value back."""
    return any(
        (isinstance(each, tree.Function) and each.name.upper() == "SCOPE_IDENTITY")
        or (isinstance(each, tree.SystemVariable) and each.name == "@@IDENTITY")
        for each in nodes(body)
    )


def watched(body: list[tree.Statement]) -> frozenset[str]:
    """The variables that may be read after an error in a TRY block of the body."""
    found: set[str] = set()
    for node in nodes(body):
        if isinstance(node, tree.TryCatch):
            last = node.handler[-1] if node.handler else None
            while isinstance(last, tree.Block) and last.body:
                last = last.body[-1]
            ends = isinstance(last, (tree.Throw, tree.Return))
            found |= {
                each.name.lower()
                for each in nodes(node.handler if ends else body)
                if isinstance(each, (tree.Variable, tree.SetVariable))
            }
    return frozenset(found)


def is_above(expr: tree.Expr, limit: int) -> bool:
    """Whether an expression is the literal of an integer beyond ``limit``."""
    return isinstance(expr, tree.Literal) and expr.kind == "int" and int(expr.value) > limit
