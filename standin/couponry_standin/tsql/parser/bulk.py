"""INSERT BULK, with which a client announces the rows that it sends next."""

from __future__ import annotations

from .. import tree
from ..lexer import Token
from .tables import Tables

_WITHOUT_EFFECT = ("CHECK_CONSTRAINTS", "FIRE_TRIGGERS")
_HINTS = ("ROWS_PER_BATCH", "KILOBYTES_PER_BATCH")


class Bulk(Tables):
    def insert_bulk(self, start: Token) -> tree.InsertBulk:
        self.expect("BULK")
        node = tree.InsertBulk(start.line, start.col, self.name(), [])
        self.expect("(")
        while True:
            # The rows bring their types along, which may be others than these.
            node.columns.append(self.column_definition().name)
            if not self.accept(","):
                break
        self.expect(")")
        if self.accept("WITH"):
            self.expect("(")
            while True:
                self._bulk_option(node)
                if not self.accept(","):
                    break
            self.expect(")")
        return node

    def _bulk_option(self, node: tree.InsertBulk) -> None:
        token = self.advance()
        if token.key == "KEEP_NULLS":
            node.keep_nulls = True
        elif token.key == "TABLOCK":
            node.table_lock = True
        elif token.key == "ORDER":
            self.parenthesised_text()
        elif token.key in _HINTS:
            self.expect("=")
            self.integer()
        elif token.key not in _WITHOUT_EFFECT:
            raise self.refusal(f"the option {token.value} of INSERT BULK", token)
