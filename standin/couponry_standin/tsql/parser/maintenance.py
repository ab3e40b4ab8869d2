"""What administrators type: DBCC CHECKIDENT, UPDATE STATISTICS, ALTER INDEX, KILL."""

from __future__ import annotations

from .. import tree
from ..lexer import Token
from .cursors import Cursors

MOST_INTEGER = 2**31 - 1


class Maintenance(Cursors):
    def dbcc(self) -> tree.Statement:
        start = self.expect("DBCC")
        if not self.at("CHECKIDENT"):
            raise self.refusal(f"DBCC {self.token.key}".rstrip(), start)
        self.advance()
        self.expect("(")
        node = tree.CheckIdentity(start.line, start.col, self._table_name(), "RESEED")
        if self.accept(","):
            node.mode = self.expect("RESEED", "NORESEED").key
            if node.mode == "RESEED" and self.accept(","):
                node.mode, node.value = "SET", self.value()
        self.expect(")")
        if self.at("WITH"):
            self.advance()
            self.expect("NO_INFOMSGS")
            node.quiet = True
        return node

    def _table_name(self) -> tree.Name:
        """A name, or a text that is one."""
        token = self.token
        if token.kind not in ("string", "nstring"):
            return self.name(3)
        self.advance()
        name = type(self)(token.value).name(3)
        return tree.Name(token.line, token.col, name.parts)

    def kill(self) -> tree.Statement:
        start = self.expect("KILL")
        token = self.token
        if token.kind in ("string", "nstring"):
            raise self.refusal("KILL of a distributed transaction", token)
        if self.at("QUERY", "STATS"):
            raise self.refusal(f"KILL {token.key}", token)
        if self.at("+"):
            raise self.problem()
        number = self.integer()
        if abs(number) > MOST_INTEGER:
            raise self.numbered(1080, f"The integer value {number} is out of range.", token)
        node = tree.Kill(start.line, start.col, number)
        if self.accept("WITH"):
            if self.at("COMMIT", "ROLLBACK"):
                raise self.refusal(f"KILL … WITH {self.token.key}")
            self.expect("STATUSONLY")
            node.status_only = True
        return node

    def update_statistics(self, start: Token) -> tree.Statement:
        self.expect("STATISTICS")
        node = tree.Maintenance(start.line, start.col, "UPDATE STATISTICS", self.name(3))
        if self.at("("):
            node.names = self.column_names()
        elif self.at_identifier():
            node.names = [self.identifier()]
        if self.accept("WITH"):
            self._sampling()
            while self.accept(","):
                self._sampling()
        return node

    def _sampling(self) -> None:
        """How much is read for statistics: PostgreSQL decides for itself."""
        token = self.token
        if self.accept("SAMPLE"):
            self.integer()
            self.expect("PERCENT", "ROWS")
        elif self.accept("PERSIST_SAMPLE_PERCENT", "INCREMENTAL", "AUTO_DROP"):
            self.expect("=")
            self.expect("ON", "OFF")
        elif self.accept("MAXDOP"):
            self.expect("=")
            self.integer()
        elif not self.accept("FULLSCAN", "RESAMPLE", "NORECOMPUTE", "ALL", "COLUMNS", "INDEX"):
            if token.kind != "word":
                raise self.problem()
            raise self.refusal(f"UPDATE STATISTICS … WITH {token.key}", token)

    def alter_index(self, start: Token) -> tree.Statement:
        self.expect("INDEX")
        index = None if self.accept("ALL") else self.identifier()
        self.expect("ON")
        table = self.name(3)
        if not self.at("REBUILD", "REORGANIZE"):
            raise self.refusal(f"ALTER INDEX … {self.token.key}", start)
        what = f"ALTER INDEX … {self.advance().key}"
        if self.at("PARTITION"):
            raise self.refusal("partitions", start)
        if self.accept("WITH"):
            if what.endswith("REBUILD"):
                self.index_options()
            else:
                self.expect("(")
                self.expect("LOB_COMPACTION")
                self.expect("=")
                self.expect("ON", "OFF")
                self.expect(")")
        return tree.Maintenance(start.line, start.col, what, table, index)
