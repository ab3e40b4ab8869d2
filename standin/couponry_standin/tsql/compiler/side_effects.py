"""What a function may not do: change the database, show rows, speak, hide an error."""

from __future__ import annotations

from collections.abc import Iterator

from .. import tree
from ..errors import SqlError
from ..names import is_temporary
from . import walk

_OPERATORS: dict[type, str] = {
    tree.RaisError: "RAISERROR",
    tree.Throw: "THROW",
    tree.WaitFor: "WAITFOR",
    tree.ExecuteText: "EXECUTE STRING",
    tree.TryCatch: "BEGIN TRY",
    tree.Truncate: "TRUNCATE TABLE",
}
_CHANGES: dict[type, str] = {
    tree.Insert: "INSERT",
    tree.Update: "UPDATE",
    tree.Delete: "DELETE",
    tree.Merge: "MERGE",
}
_CLOCKLESS = ("NEWID", "NEWSEQUENTIALID", "RAND")


def check(node: tree.CreateFunction) -> None:
    """Raise what SQL Server says of a function that does what no function may."""
    for each in walk.nodes(node.query or node.body):
        if isinstance(each, tree.Function) and each.name.upper() in _CLOCKLESS:
            raise refused(each, each.name.lower())
        if isinstance(each, tree.TableSource) and is_temporary(each.name):
            text = "Cannot access temporary tables from within a function."
            raise SqlError(2772, text, line=each.line, col=each.col)
        if isinstance(each, tree.Statement):
            _statement(each)
    if node.query is None and not _ends(node.body):
        text = "The last statement included within a function must be a return statement."
        last = node.body[-1] if node.body else node
        raise SqlError(455, text, state=2, line=last.line, col=last.col)


def _statement(node: tree.Statement) -> None:
    operator = _OPERATORS.get(type(node))
    if operator is not None:
        raise refused(node, operator)
    change = _CHANGES.get(type(node))
    if change is not None and not _on_a_variable(node):
        raise refused(node, change)
    match node:
        case tree.Transaction():
            raise refused(node, f"{node.action} TRANSACTION")
        case tree.SetOption():
            raise refused(node, f"SET OPTION {node.value}")
        case _:
            pass


def _on_a_variable(node: tree.Statement) -> bool:
    """Whether a change is one of a table variable, and shows nothing."""
    target = getattr(node, "target", None)
    if isinstance(target, str):
        return True
    named = target.last.lower() if isinstance(target, tree.Name) else ""
    return any(
        isinstance(each, tree.VariableSource) and (each.alias or "").lower() == named
        for each in walk.nodes(node)
    )


def _ends(body: list[tree.Statement]) -> bool:
    last = next(_lasts(body), None)
    return isinstance(last, tree.Return)


def _lasts(body: list[tree.Statement]) -> Iterator[tree.Statement]:
    if body and isinstance(body[-1], tree.Block):
        yield from _lasts(body[-1].body)
    elif body:
        yield body[-1]


def shown(node: tree.Node) -> SqlError:
    text = "Select statements included within a function cannot return data to a client."
    return SqlError(444, text, state=2, line=node.line, col=node.col)


def refused(node: tree.Node, operator: str) -> SqlError:
    return SqlError(
        443,
        f"Invalid use of a side-effecting operator '{operator}' within a function.",
        line=node.line,
        col=node.col,
    )
