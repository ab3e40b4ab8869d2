"""Conditions that are tested in parts: what reads no table first, so that often no query is run.

PL/pgSQL computes a condition itself unless there is a subquery in it; then the whole of it is a
query, which costs as much as twenty tests. T-SQL promises no order in which AND is computed.
"""

from __future__ import annotations

from functools import reduce

from .. import builtins, tree
from . import walk


def parts(condition: tree.Expr) -> list[tree.Expr]:
    """One condition, or two that must both hold: the first without subqueries."""
    if not walk.has_subquery(condition) or reads_clock(condition):
        return [condition]
    simple: list[tree.Expr] = []
    asking: list[tree.Expr] = []
    for each in walk.conjuncts(condition):
        (asking if walk.has_subquery(each) else simple).append(each)
    return [joined(simple), joined(asking)] if simple and asking else [condition]


def joined(conditions: list[tree.Expr]) -> tree.Expr:
    return reduce(
        lambda left, right: tree.Binary(left.line, left.col, "AND", left, right), conditions
    )


def reads_clock(condition: tree.Expr) -> bool:
    """The clock stands still for the whole of a condition."""
    return any(
        isinstance(each, tree.Function) and each.name.upper() in builtins.CLOCKS
        for each in walk.nodes(condition)
    )
