"""T-SQL text to a tree. What the grammar does not know is an error, never skipped."""

from __future__ import annotations

from .. import tree
from ..errors import SyntaxProblem
from .statements import Grammar

__all__ = ["parse"]


def parse(text: str) -> tree.Batch:
    """The tree of one batch; raises SyntaxProblem or NotSupported."""
    try:
        return Grammar(text).batch()
    except RecursionError:
        raise SyntaxProblem(
            "Some part of your SQL statement is nested too deeply. Rewrite the query or break it "
            "up into smaller queries.",
            1,
            1,
            191,
        ) from None
