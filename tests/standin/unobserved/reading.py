"""What several rules ask of a tree."""

from __future__ import annotations

from collections.abc import Iterator

from couponry_standin.tsql import tree
from couponry_standin.tsql.compiler.walk import conjuncts, leaves, nodes

from .corpus import Script
from .schema import tables

ABSENCE = ("HOLDLOCK", "SERIALIZABLE")


def hinted(script: Script, *hints: str) -> Iterator[tree.TableSource]:
    """The tables that are read with one of these hints."""
    for node in script.all:
        if isinstance(node, tree.TableSource) and names_one(node.hints, hints):
            yield node


def names_one(hints: list[tree.Hint], wanted: tuple[str, ...]) -> bool:
    return any(each.name in wanted for each in hints)


def options(script: Script, *names: str) -> Iterator[tree.SetOption]:
    """SET statements of these options."""
    for node in script.all:
        if isinstance(node, tree.SetOption) and set(node.names) & set(names):
            yield node


def calls(script: Script, *names: str) -> Iterator[tree.Execute]:
    """Calls of these procedures."""
    for node in script.all:
        if (
            isinstance(node, tree.Execute)
            and node.procedure is not None
            and node.procedure.last.lower() in names
        ):
            yield node


def argument(call: tree.Execute, name: str) -> str:
    """The text that a call gives for a parameter, in lower case; '' where it gives none."""
    for each in call.args:
        if (each.name or "").lower() == name and isinstance(each.expr, tree.Literal):
            return each.expr.value.lower()
    return ""


def functions(script: Script, *names: str) -> Iterator[tree.Function]:
    for node in script.all:
        if isinstance(node, tree.Function) and node.name.upper() in names:
            yield node


def procedures(script: Script) -> Iterator[tree.CreateProcedure]:
    for batch in script.batches:
        for each in batch.statements:
            if isinstance(each, tree.CreateProcedure):
                yield each


def sources(node: tree.Select | tree.Update | tree.Delete) -> Iterator[tree.Source]:
    for each in node.sources:
        yield from leaves(each)


def writes(node: tree.Node) -> str:
    """The table of the database that a statement changes; '' for variables and #tables."""
    if not isinstance(node, (tree.Insert, tree.Update, tree.Delete, tree.Merge)):
        return ""
    if not isinstance(node.target, tree.Name) or node.target.last.startswith("#"):
        return ""
    name = node.target.last.lower()
    if isinstance(node, (tree.Update, tree.Delete)):
        for each in sources(node):
            if isinstance(each, tree.VariableSource) and (each.alias or "").lower() == name:
                return ""
            if isinstance(each, tree.TableSource) and (each.alias or "").lower() == name:
                return each.name.last.lower()
    return name


def equated(where: tree.Expr | None) -> set[str]:
    """The columns that a condition equates with something."""
    return {
        side.name.last.lower()
        for part in conjuncts(where)
        if isinstance(part, tree.Binary) and part.op == "="
        for side in (part.left, part.right)
        if isinstance(side, tree.Column)
    }


def fixes_a_key(table: str, columns: set[str]) -> bool:
    """Whether the columns hold a unique key of a table."""
    known = tables().get(table.lower())
    return known is not None and any(key <= columns for key in known.keys)


def any_of(root: object, *kinds: type[tree.Node]) -> bool:
    return any(isinstance(each, kinds) for each in nodes(root))
