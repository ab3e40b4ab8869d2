"""After which statements somebody may ask for @@ROWCOUNT: the others need not keep it."""

from __future__ import annotations

from typing import Any

from .. import tree
from . import walk


class Counts:
    """Reads a body backwards. ``live``: what runs after the body may ask what it left."""

    def __init__(self, body: list[tree.Statement] | None = None, live: bool = True) -> None:
        self._known = body is not None
        self._exit = live
        self._live: set[int] = set()
        self._loops: list[tuple[bool, bool]] = []
        """of the loops around the place: whether what CONTINUE and BREAK lead to may ask"""
        self.at_start = self._walk(body, live) if body is not None else True
        """whether the body may ask what was left before it"""

    def is_live(self, node: tree.Statement) -> bool:
        """Whether the count that the statement leaves may be asked for."""
        return not self._known or id(node) in self._live

    def _walk(self, nodes: list[tree.Statement], live: bool) -> bool:
        for node in reversed(nodes):
            live = self._step(node, live)
        return live

    def _step(self, node: tree.Statement, live: bool) -> bool:
        match node:
            case tree.Block():
                return self._walk(node.body, live)
            case tree.If():
                then = self._step(node.then, live)
                otherwise = live if node.otherwise is None else self._step(node.otherwise, live)
                self._note(node, then or otherwise)
                return reads(node.condition)
            case tree.While():
                return self._loop(node, live)
            case tree.Break() if self._loops:
                return self._loops[-1][1]
            case tree.Continue() if self._loops:
                return self._loops[-1][0]
            case tree.Return():
                return self._exit or reads(node)
            case tree.Throw():
                return reads(node)
            case tree.SelectStatement() | tree.Insert() | tree.Update() | tree.Delete():
                self._note(node, live)
                return reads(node)
            case tree.Execute():
                self._note(node, live)
                return reads(node)
            case tree.TryCatch():
                # An error sets the count to 0 before the handler begins.
                self._walk(node.handler, live)
                return self._walk(node.body, live)
            case tree.Transaction() | tree.Print() | tree.RaisError():
                self._note(node, live)
                return reads(node)
            case tree.SetVariable() | tree.Declare() | tree.SetOption():
                return live or reads(node)
            case _:
                # Jumps, definitions and whatever else: everything inside may be asked for.
                for each in walk.nodes(node):
                    if isinstance(each, tree.Statement):
                        self._note(each, True)
                return True

    def _loop(self, node: tree.While, live: bool) -> bool:
        """What is asked for where the loop begins is asked for where its body ends, too."""
        top = live or reads(node.condition)
        while True:
            self._loops.append((top, live))
            again = self._step(node.body, top)
            self._loops.pop()
            if top or not again:
                return top
            top = True

    def _note(self, node: tree.Statement, live: bool) -> None:
        if live:
            self._live.add(id(node))


def reads(root: Any) -> bool:
    return any(
        (isinstance(each, tree.SystemVariable) and each.name == "@@ROWCOUNT")
        or (isinstance(each, tree.Function) and each.name.upper() == "ROWCOUNT_BIG")
        for each in walk.nodes(root)
    )
