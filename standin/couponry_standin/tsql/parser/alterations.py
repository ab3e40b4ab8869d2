"""ALTER TABLE."""

from __future__ import annotations

from .. import tree
from ..lexer import Token
from .bulk import Bulk
from .tables import TABLE_WORDS


class Alterations(Bulk):
    def alter_table(self, start: Token) -> tree.Statement:
        self.expect("TABLE")
        node = tree.AlterTable(start.line, start.col, self.name(), "")
        if self.at("WITH") and self.peek().key in ("CHECK", "NOCHECK"):
            self.advance()
            node.with_check = self.advance().key == "CHECK"
            if not self.at("ADD", "CHECK", "NOCHECK"):
                raise self.problem()
        if self.accept("ADD"):
            self._alter_add(node)
        elif self.accept("DROP"):
            self._alter_drop(node)
        elif self.accept("ALTER"):
            self._alter_column(node)
        elif self.at("CHECK", "NOCHECK"):
            node.action = self.advance().key
            self.expect("CONSTRAINT")
            # The word ALL stands for every constraint; an empty list says so.
            node.names = [] if self.accept("ALL") else self.identifiers()
        elif self.at("ENABLE", "DISABLE", "REBUILD", "SWITCH", "SET", "SPLIT", "MERGE"):
            raise self.refusal(f"ALTER TABLE … {self.token.key}", start)
        else:
            raise self.problem()
        return node

    def _alter_add(self, node: tree.AlterTable) -> None:
        while True:
            if self.at("CONSTRAINT", "DEFAULT") or self.at(*TABLE_WORDS):
                constraint = self.table_constraint()
                constraint.with_check = node.with_check is not False
                node.constraints.append(constraint)
            elif self.at("INDEX", "PERIOD"):
                raise self.refusal(f"ALTER TABLE … ADD {self.token.key}")
            else:
                node.columns.append(self.column_definition())
            if not self.accept(","):
                break
        node.action = "ADD COLUMN" if node.columns else "ADD CONSTRAINT"

    def _alter_drop(self, node: tree.AlterTable) -> None:
        if self.at("PERIOD"):
            raise self.refusal("ALTER TABLE … DROP PERIOD")
        node.action = "DROP COLUMN" if self.accept("COLUMN") else "DROP CONSTRAINT"
        if node.action == "DROP CONSTRAINT":
            self.accept("CONSTRAINT")
        node.if_exists = self.accept_words("IF", "EXISTS")
        node.names = [self.identifier()]
        while self.accept(","):
            if self.at("COLUMN", "CONSTRAINT") and self.peek().kind != "op":
                other = f"DROP {self.advance().key}"
                if other != node.action:
                    raise self.refusal("ALTER TABLE … DROP of columns and constraints together")
                self.accept_words("IF", "EXISTS")
            node.names.append(self.identifier())

    def _alter_column(self, node: tree.AlterTable) -> None:
        self.expect("COLUMN")
        node.action = "ALTER COLUMN"
        start = self.token
        if self.peek().key in ("ADD", "DROP"):
            raise self.refusal(f"ALTER COLUMN … {self.peek().key}", start)
        column = tree.ColumnDefinition(start.line, start.col, self.identifier(), None)
        use = self.type_use(1)
        column.type, column.type_name = use.type, use.name
        if self.accept("COLLATE"):
            column.collation = self.identifier()
            if column.type is not None:
                column.type = column.type.with_collation(column.collation)
        if self.at("NOT"):
            self.expect_words("NOT", "NULL")
            column.nullable = False
        elif self.accept("NULL"):
            column.nullable = True
        if self.at("WITH"):
            self.advance()
            self.index_options()
        node.columns = [column]
