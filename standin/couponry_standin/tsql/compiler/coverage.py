"""Which statements surely run inside a transaction with XACT_ABORT ON.

Read from the text of a procedure: XACT_ABORT is set at its top, and a BEGIN TRANSACTION (perhaps
under a condition: a procedure that joins its caller's transaction begins none) stands before.
The generated code checks the guess when it runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .. import tree

WRITES = (tree.Insert, tree.Update, tree.Delete, tree.Merge)


class Coverage:
    """What is known of the statements of one body."""

    def __init__(self, body: list[tree.Statement], *, module: bool, inline: bool = False) -> None:
        self.in_handler = False
        self.inline = inline
        self._covered: dict[int, bool] = {}
        options = dict(top_options(body))
        self.xact_abort = options.get("XACT_ABORT") == "ON"
        self.nocount = options.get("NOCOUNT") == "ON"
        self._uncovered_write = False
        self._walk(body, inline, False)
        self.abort_mode = inline or (module and self.xact_abort and not self._uncovered_write)

    @property
    def is_quiet(self) -> bool:
        """XACT_ABORT and NOCOUNT are ON: a callee's errors end the batch, its counts are untold."""
        return self.xact_abort and self.nocount

    def is_covered(self, node: tree.Statement) -> bool:
        return self._covered.get(id(node), False)

    @contextmanager
    def handling(self) -> Iterator[None]:
        """Inside a CATCH block the transaction may be gone: statements stand for themselves."""
        before = self.in_handler
        self.in_handler = True
        yield
        self.in_handler = before

    # ------------------------------------------------------------ the reading

    def _note(self, node: tree.Statement, covered: bool, handler: bool) -> None:
        self._covered[id(node)] = covered and self._covered.get(id(node), True)
        if isinstance(node, WRITES) and not isinstance(node.target, str):
            self._uncovered_write |= not covered and not handler

    def _walk(self, nodes: list[tree.Statement], covered: bool, handler: bool) -> tuple[bool, bool]:
        """(covered after the statements, whether the place after them is never reached)."""
        ended = False
        for node in nodes:
            covered, left = self._step(node, covered, handler)
            ended = ended or left
        return covered, ended

    def _step(self, node: tree.Statement, covered: bool, handler: bool) -> tuple[bool, bool]:
        match node:
            case tree.Transaction():
                if node.action in ("BEGIN", "SAVE"):
                    return True if node.action == "BEGIN" else covered, False
                return False, False
            case tree.Block():
                return self._walk(node.body, covered, handler)
            case tree.If():
                if only_begins(node.then):
                    return True, False
                then, then_ended = self._step(node.then, covered, handler)
                otherwise, otherwise_ended = covered, False
                if node.otherwise is not None:
                    otherwise, otherwise_ended = self._step(node.otherwise, covered, handler)
                if then_ended:
                    return otherwise, otherwise_ended
                if otherwise_ended:
                    return then, False
                return then and otherwise, False
            case tree.While():
                after, _ = self._step(node.body, covered, handler)
                if covered and not after:
                    after, _ = self._step(node.body, False, handler)
                return covered and after, False
            case tree.TryCatch():
                after, _ = self._walk(node.body, covered, handler)
                caught, ended = self._walk(node.handler, False, True)
                return after if ended else after and caught, False
            case tree.Label():
                # Who comes here from elsewhere may have left the transaction.
                self._uncovered_write = True
                return False, False
            case tree.GoTo():
                return covered, True
            case tree.Return() | tree.Throw():
                return covered, True
            case _:
                self._note(node, covered, handler)
                return covered, False


def only_begins(node: tree.Statement) -> bool:
    if isinstance(node, tree.Block):
        return len(node.body) == 1 and only_begins(node.body[0])
    return isinstance(node, tree.Transaction) and node.action == "BEGIN"


def top_options(body: list[tree.Statement]) -> Iterator[tuple[str, str]]:
    """The SET options at the top of a body, before anything else happens."""
    for node in body:
        if isinstance(node, tree.Block) and node is body[0]:
            yield from top_options(node.body)
            return
        if isinstance(node, tree.SetOption):
            for name in node.names:
                yield name.upper(), node.value.upper()
        elif not isinstance(node, tree.Declare):
            return
