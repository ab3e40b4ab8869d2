"""Cursors over rows: DECLARE, OPEN, FETCH, CLOSE, DEALLOCATE."""

from __future__ import annotations

from .. import tree
from ..lexer import Token
from .control import Control

_OPTIONS = (
    "LOCAL",
    "GLOBAL",
    "FORWARD_ONLY",
    "SCROLL",
    "STATIC",
    "FAST_FORWARD",
    "READ_ONLY",
    "TYPE_WARNING",
    "INSENSITIVE",
)
_REFUSED = ("KEYSET", "DYNAMIC", "SCROLL_LOCKS", "OPTIMISTIC")
_DIRECTIONS = ("NEXT", "PRIOR", "FIRST", "LAST", "ABSOLUTE", "RELATIVE")


class Cursors(Control):
    def declare_cursor(self, start: Token) -> tree.Statement:
        """``name [INSENSITIVE] [SCROLL] CURSOR [options] FOR query [FOR READ ONLY]``."""
        name = self.identifier()
        options = self._cursor_options("INSENSITIVE", "SCROLL")
        self.expect("CURSOR")
        options += self._cursor_options(*_OPTIONS)
        self.expect("FOR")
        ctes = self.common_tables() if self.at("WITH") else []
        query = self.statement_query()
        query.ctes = ctes
        if self.at("FOR"):
            self.advance()
            if self.at("UPDATE"):
                raise self.refusal("cursors FOR UPDATE")
            self.expect_words("READ", "ONLY")
        return tree.DeclareCursor(start.line, start.col, name, query, "SCROLL" in options)

    def _cursor_options(self, *known: str) -> list[str]:
        options: list[str] = []
        while not self.at("CURSOR", "FOR"):
            if self.at(*_REFUSED):
                raise self.refusal(f"{self.token.key} cursors")
            options.append(self.expect(*known).key)
        return options

    def cursor_action(self) -> tree.Statement:
        start = self.expect("OPEN", "CLOSE", "DEALLOCATE")
        if start.key == "OPEN" and self.at("MASTER", "SYMMETRIC"):
            raise self.refusal(f"OPEN {self.token.key} KEY", start)
        return tree.CursorAction(start.line, start.col, start.key, self._cursor_name())

    def _cursor_name(self) -> str:
        if self.token.kind == "variable":
            raise self.refusal("cursor variables")
        if self.at("GLOBAL") and self.peek().kind in ("word", "quoted") and self.at_identifier(1):
            raise self.refusal("GLOBAL before the name of a cursor")
        return self.identifier()

    def fetch(self) -> tree.Statement:
        start = self.expect("FETCH")
        direction, count = "NEXT", None
        if self.at(*_DIRECTIONS) and self.peek().key != ";":
            direction = self.advance().key
            if direction in ("ABSOLUTE", "RELATIVE"):
                count = self.value()
            self.expect("FROM")
        else:
            self.accept("FROM")
        node = tree.Fetch(start.line, start.col, self._cursor_name(), direction, count)
        if self.accept("INTO"):
            node.into = [self.variable()]
            while self.accept(","):
                node.into.append(self.variable())
        return node
