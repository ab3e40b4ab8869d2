"""Derived tables that PostgreSQL must not pull up into the query around them."""

from __future__ import annotations

from .. import tree
from . import walk
from .singles import is_aggregate, own_nodes


def is_computation(query: tree.Query) -> bool:
    """A SELECT without a source that computes something, and has no limit of its own."""
    return (
        isinstance(query, tree.Select)
        and not query.sources
        and query.top is None
        and query.offset is None
        and query.for_json is None
        and not all(
            isinstance(item.expr, (tree.Column, tree.Literal, tree.Variable))
            for item in query.items
        )
    )


def is_gated(query: tree.Query) -> bool:
    """A query that variables alone may switch off: then it is not to be run and joined first.

    PostgreSQL would pull it up, and test the variables when it has its rows.
    """
    return (
        isinstance(query, tree.Select)
        and bool(query.sources)
        and query.top is None
        and query.offset is None
        and query.for_json is None
        and not query.group
        and not any(is_aggregate(each) for item in query.items for each in own_nodes(item.expr))
        and any(
            walk.variables(each)
            and not walk.has_subquery(each)
            and next(walk.columns(each), None) is None
            for each in walk.conjuncts(query.where)
        )
    )
