"""1785: foreign keys whose actions would reach a table by two ways, or go round in a circle."""

from __future__ import annotations

from typing import Any

from .. import tree
from ..catalog import Catalog
from .problems import problem

Key = tuple[str, str]
Edge = tuple[str, Key, Key]
"""the event; a referenced table, and one that its changes reach"""
Edges = list[Edge]


def check(
    name: str,
    table: Key,
    target: Key,
    doc: dict[str, Any],
    catalog: Catalog,
    fresh: Edges,
    node: tree.Node,
) -> Edges:
    """What a foreign key does; one is refused that would do too much. ``fresh``: beside it."""
    known = [*_known(catalog), *fresh]
    own: Edges = []
    child, parent = _lowered(table), _lowered(target)
    for event in ("on_delete", "on_update"):
        if doc[event] == "NO ACTION":
            continue
        edges = [(up, down) for when, up, down in known if when == event]
        above = {parent, *_reached(parent, [(down, up) for up, down in edges])}
        below = {child, *_reached(child, edges)}
        twice = any(below & _reached(each, edges) for each in above)
        if parent in below or twice:
            raise problem(
                1785,
                f"Introducing FOREIGN KEY constraint '{name}' on table '{table[1]}' may cause"
                " cycles or multiple cascade paths. Specify ON DELETE NO ACTION or ON UPDATE NO"
                " ACTION, or modify other FOREIGN KEY constraints.",
                node,
                state=0,
            )
        own.append((event, parent, child))
    return own


def _lowered(key: Key) -> Key:
    return key[0].lower(), key[1].lower()


def _known(catalog: Catalog) -> Edges:
    edges: Edges = []
    for each in catalog.objects("F"):
        down = catalog.by_id(each.parent_object_id or 0)
        up = catalog.by_id(int(each.doc["references"]))
        if down is not None and up is not None:
            events = [name for name in ("on_delete", "on_update") if each.doc[name] != "NO ACTION"]
            edges += [(event, up.key, down.key) for event in events]
    return edges


def _reached(start: Key, edges: list[tuple[Key, Key]]) -> set[Key]:
    """The tables that changes of a table reach."""
    reached: set[Key] = set()
    waiting = [start]
    while waiting:
        place = waiting.pop()
        for up, down in edges:
            if up == place and down not in reached:
                reached.add(down)
                waiting.append(down)
    return reached
