"""The trees of modules that the catalogue keeps as text."""

from __future__ import annotations

from .. import tree
from ..catalog import ObjectDoc
from ..errors import SqlError
from ..parser import parse

TREE = "tree"
"""Where an object keeps the tree of its definition."""


def definition(found: ObjectDoc) -> tree.Statement:
    """The tree of a module's CREATE statement, parsed once per version of the module."""
    node: tree.Statement | None = found.cache.get(TREE)
    if node is None:
        if found.definition is None:
            raise SqlError(15197, f"There is no text for object '{found.full_name}'.")
        node = parse(found.definition).statements[0]
        found.cache[TREE] = node
    return node


def view_tree(found: ObjectDoc) -> tree.CreateView:
    node = definition(found)
    assert isinstance(node, tree.CreateView)
    return node


def function_tree(found: ObjectDoc) -> tree.CreateFunction:
    node = definition(found)
    assert isinstance(node, tree.CreateFunction)
    return node
