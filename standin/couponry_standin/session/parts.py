"""The pieces of a batch that are compiled one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from ..tsql import tree
from ..tsql.compiler import walk
from ..tsql.errors import NotSupported
from ..tsql.names import is_temporary

PREPARATIONS = (
    tree.CreateTable,
    tree.AlterTable,
    tree.CreateSequence,
    tree.CreateType,
    tree.Drop,
    tree.ExecuteAs,
    tree.Revert,
)
"""Statements that change what the names or rights of those after them mean."""


def parts(batch: tree.Batch, *, whole: bool = False) -> list[tree.Batch]:
    """Where a batch is cut.

    What follows a USE is compiled when the session has gone into that database. What follows a
    definition, or another identity, is compiled when that is there, unless variables cross the
    place. ``whole``: only USE cuts.
    """
    found: list[list[tree.Statement]] = [[]]
    whole = whole or any(
        isinstance(each, (tree.Return, tree.Label)) for each in walk.nodes(batch.statements)
    )
    for index, node in enumerate(batch.statements, 1):
        found[-1].append(node)
        if isinstance(node, tree.Use):
            found.append([])
        elif not whole and any(prepares(each) for each in walk.nodes(node)):
            names = {
                each.name.lower()
                for each in walk.nodes(batch.statements[:index])
                if isinstance(each, tree.DeclareItem)
            }
            rest = walk.nodes(batch.statements[index:])
            if not any(is_named(each, names) for each in rest):
                found.append([])
    if len(found) > 1 and not found[-1]:
        found.pop()
    declared: set[str] = set()
    for part in found:
        lost = next((each for each in walk.nodes(part) if is_named(each, declared)), None)
        if lost is not None:
            raise NotSupported("a variable that is used across USE", lost.line, lost.col)
        for each in walk.nodes(part):
            if isinstance(each, tree.DeclareItem):
                declared.add(each.name.lower())
    return [replace(batch, statements=part) for part in found]


def bound_early(
    every: list[tree.Batch], exists: Callable[[tree.Name], bool]
) -> Iterator[tree.Batch]:
    """What names a table whose columns the batch changes, and that is there before it begins.

    SQL Server gives the names of a whole batch their meaning before any of it runs: it does not
    know the columns that are yet to be added, or to be had by other names.
    """
    changed: set[str] = set()
    for part in every:
        declared: list[tree.Statement] = []
        for node in part.statements:
            if isinstance(node, tree.Use):
                return
            below = list(walk.nodes(node))
            if changed & {each.last.lower() for each in filter(None, map(_read, below))}:
                yield replace(part, statements=[*declared, node])
            if isinstance(node, tree.Declare):
                declared.append(node)
            changed |= {
                each.last.lower() for each in filter(None, map(_reshaped, below)) if exists(each)
            }


def _read(node: tree.Node) -> tree.Name | None:
    match node:
        case tree.TableSource(name=name):
            return name
        case tree.Insert() | tree.Update() | tree.Delete() | tree.Merge():
            return node.target if isinstance(node.target, tree.Name) else None
        case _:
            return None


def _reshaped(node: tree.Node) -> tree.Name | None:
    """The table to which the statement gives other columns."""
    match node:
        case tree.CreateTable(name=name):
            return name
        case tree.AlterTable(name=name, columns=[_, *_]):
            return name
        case tree.Execute(args=[tree.ExecuteArg(expr=tree.Literal(value=text)), *_]) if is_renaming(
            node
        ):
            *place, _ = [each.strip("[]") for each in str(text).split(".")]
            return tree.Name(node.line, node.col, tuple(place)) if place else None
        case _:
            return None


def prepares(node: tree.Node) -> bool:
    """Whether what follows the statement may stand on what it defines."""
    if isinstance(node, tree.Select):
        return node.into is not None and not is_temporary(node.into)
    return isinstance(node, PREPARATIONS) or is_renaming(node)


def is_renaming(node: tree.Node) -> bool:
    named = node.procedure if isinstance(node, tree.Execute) else None
    return named is not None and named.last.lower() == "sp_rename"


def is_named(node: tree.Node, names: set[str]) -> bool:
    named = isinstance(node, (tree.Variable, tree.SetVariable, tree.VariableSource))
    return named and node.name.lower() in names
