"""Tables and indexes: CREATE TABLE, table variables, ALTER TABLE, CREATE INDEX."""

from __future__ import annotations

import re

from .. import tree
from ..errors import SyntaxProblem
from ..lexer import Token
from .storage import Storage
from .typenames import TypeUse

_COLUMN_REFUSED = {
    "SPARSE": "SPARSE columns",
    "FILESTREAM": "FILESTREAM columns",
    "MASKED": "masked columns",
    "ENCRYPTED": "encrypted columns",
    "GENERATED": "GENERATED ALWAYS columns",
    "HIDDEN": "HIDDEN columns",
}
TABLE_WORDS = ("PRIMARY", "UNIQUE", "CHECK", "FOREIGN")


class Tables(Storage):
    # ---------------------------------------------------------------- definitions

    def create_table(self, start: Token) -> tree.Statement:
        self.expect("TABLE")
        name = self.name()
        if self.at("AS"):
            raise self.refusal(f"CREATE TABLE … AS {self.peek().key}", start)
        definition = self.table_definition()
        if self.at("AS"):
            raise self.refusal("graph tables", start)
        self._storage()
        return tree.CreateTable(start.line, start.col, name, definition)

    def table_definition(self) -> tree.TableDefinition:
        """``(columns, constraints, indexes)``."""
        start = self.expect("(")
        table = tree.TableDefinition(start.line, start.col, [])
        while True:
            self._table_item(table)
            if not self.accept(","):
                break
            if self.at(")"):  # SQL Server tolerates one trailing comma here
                break
        self.expect(")")
        if not table.columns:
            raise self.problem(start)
        return table

    def _table_item(self, table: tree.TableDefinition) -> None:
        if self.at("CONSTRAINT") or self.at(*TABLE_WORDS):
            table.constraints.append(self.table_constraint())
        elif self.at("INDEX"):
            table.indexes.append(self._inline_index(None))
        elif self.at("PERIOD") and self.peek().key == "FOR":
            raise self.refusal("PERIOD FOR SYSTEM_TIME")
        else:
            table.columns.append(self.column_definition(table))

    def _storage(self) -> None:
        """Where and how a table is stored means nothing here, but only known words pass."""
        while self.at("ON", "TEXTIMAGE_ON", "FILESTREAM_ON", "WITH"):
            if self.at("WITH"):
                self.advance()
                self.index_options()
                continue
            if self.at("FILESTREAM_ON"):
                raise self.refusal("FILESTREAM_ON")
            self.advance()
            filegroup = self.advance()
            if filegroup.value.upper() not in ("PRIMARY", "DEFAULT") or self.at("("):
                raise self.refusal("filegroups and partition schemes", filegroup)

    # ---------------------------------------------------------------- columns

    def column_definition(self, table: tree.TableDefinition | None = None) -> tree.ColumnDefinition:
        start = self.token
        column = tree.ColumnDefinition(start.line, start.col, self.identifier(), None)
        if self.accept("AS"):
            column.computed = self.value()
            if self.accept("PERSISTED"):
                column.persisted = True
        elif self.at(",", ")") and column.name.lower() == "timestamp":
            # The type doubles as the column's name when that is left out.
            self.rewind(self.index - 1)
            column.type = self.built_in_type(1)
        else:
            use = self._type_of(column.name)
            column.type, column.type_name = use.type, use.name
        while self._column_option(column, table):
            pass
        if column.collation is not None and column.type is not None:
            column.type = column.type.with_collation(column.collation)
        return column

    def _type_of(self, column: str) -> TypeUse:
        try:
            return self.type_use(1)
        except SyntaxProblem as problem:
            if problem.number == 131:
                problem.message = re.sub(
                    r"to the type '\w+'", lambda _: f"to the column '{column}'", problem.message
                )
            raise

    def _column_option(
        self, column: tree.ColumnDefinition, table: tree.TableDefinition | None
    ) -> bool:
        """One option of a column; False when none follows."""
        key = self.token.key
        if (key in ("NOT", "NULL") and column.nullable is not None) or (
            key == "ROWGUIDCOL" and column.rowguidcol
        ):
            raise self.refusal("ROWGUIDCOL twice" if key == "ROWGUIDCOL" else "NULL twice")
        if key == "NOT":
            self.advance()
            if self.at("FOR"):
                raise self.refusal("NOT FOR REPLICATION")
            self.expect("NULL")
            column.nullable = False
        elif key == "NULL":
            self.advance()
            column.nullable = True
        elif key == "IDENTITY":
            column.identity = self._identity()
        elif key == "COLLATE":
            self.advance()
            column.collation = self.identifier()
        elif key == "ROWGUIDCOL":
            self.advance()
            if column.type is not None and column.type.name != "uniqueidentifier":
                raise self.refusal(f"ROWGUIDCOL of {column.type.name}", self.token)
            if table is not None and any(each.rowguidcol for each in table.columns):
                raise self.refusal("ROWGUIDCOL twice", self.token)
            column.rowguidcol = True
        elif key == "DEFAULT":
            self._column_default(column, None)
        elif key == "CONSTRAINT":
            self._named_column_constraint(column)
        elif key in TABLE_WORDS or key == "REFERENCES":
            column.constraints.append(self._column_constraint(None, column))
        elif key == "INDEX" and table is not None:
            table.indexes.append(self._inline_index(column))
        elif key in _COLUMN_REFUSED:
            raise self.refusal(_COLUMN_REFUSED[key])
        else:
            return False
        return True

    def _identity(self) -> tuple[int, int]:
        self.expect("IDENTITY")
        if not self.accept("("):
            return (1, 1)
        seed = self.integer()
        self.expect(",")
        increment = self.integer()
        self.expect(")")
        return (seed, increment)

    def _column_default(self, column: tree.ColumnDefinition, name: str | None) -> None:
        if column.default is not None:
            raise self.refusal("DEFAULT twice")
        self.expect("DEFAULT")
        column.default = self.value()
        column.default_name = name
        if self.at("WITH") and self.accept_words("WITH", "VALUES"):
            column.default_with_values = True

    def _named_column_constraint(self, column: tree.ColumnDefinition) -> None:
        self.expect("CONSTRAINT")
        name = self.identifier()
        if self.at("DEFAULT"):
            self._column_default(column, name)
        elif self.at("NOT", "NULL"):
            raise self.refusal("named NULL constraints")
        else:
            column.constraints.append(self._column_constraint(name, column))

    def _column_constraint(
        self, name: str | None, column: tree.ColumnDefinition
    ) -> tree.TableConstraint:
        start = self.token
        if self.at("FOREIGN"):
            self.advance()
            self.expect("KEY")
        constraint = tree.TableConstraint(start.line, start.col, "", name)
        own = tree.Column(
            column.line, column.col, tree.Name(column.line, column.col, (column.name,))
        )
        if self.at("REFERENCES"):
            constraint.kind = "FOREIGN KEY"
            constraint.columns = [tree.OrderItem(column.line, column.col, own)]
            self._references(constraint)
        elif self.at("CHECK"):
            self._check(constraint)
        else:
            self._key(constraint)
            if self.at("("):
                constraint.columns = self._key_columns()
            else:
                constraint.columns = [tree.OrderItem(column.line, column.col, own)]
            self._key_tail(constraint)
        return constraint

    # ---------------------------------------------------------------- constraints

    def table_constraint(self) -> tree.TableConstraint:
        start = self.token
        name = self.identifier() if self.accept("CONSTRAINT") else None
        constraint = tree.TableConstraint(start.line, start.col, "", name)
        if self.at("PRIMARY", "UNIQUE"):
            self._key(constraint)
            constraint.columns = self._key_columns()
            self._key_tail(constraint)
        elif self.at("CHECK"):
            self._check(constraint)
        elif self.at("FOREIGN"):
            self.expect_words("FOREIGN", "KEY")
            constraint.kind = "FOREIGN KEY"
            constraint.columns = self._key_columns()
            self._references(constraint)
        elif self.accept("DEFAULT"):
            constraint.kind = "DEFAULT"
            constraint.default = self.value()
            self.expect("FOR")
            constraint.default_column = self.identifier()
            if self.at("WITH") and self.accept_words("WITH", "VALUES"):
                constraint.options.append("VALUES")
        else:
            raise self.problem()
        return constraint

    def _key(self, constraint: tree.TableConstraint) -> None:
        if self.expect("PRIMARY", "UNIQUE").key == "PRIMARY":
            self.expect("KEY")
            constraint.kind = "PRIMARY KEY"
        else:
            constraint.kind = "UNIQUE"
        constraint.clustered = self._clustered()
        if self.at("HASH", "COLUMNSTORE"):
            raise self.refusal(f"{self.token.key} keys")

    def _clustered(self) -> bool | None:
        word = self.accept("CLUSTERED", "NONCLUSTERED")
        return None if word is None else word.key == "CLUSTERED"

    def _key_columns(self) -> list[tree.OrderItem]:
        """``(a, b DESC)`` with bare column names."""
        self.expect("(")
        items = [self._key_column()]
        while self.accept(","):
            items.append(self._key_column())
        self.expect(")")
        return items

    def _key_column(self) -> tree.OrderItem:
        start = self.token
        name = tree.Name(start.line, start.col, (self.identifier(),))
        word = self.accept("ASC", "DESC")
        column = tree.Column(start.line, start.col, name)
        descending = word is not None and word.key == "DESC"
        return tree.OrderItem(start.line, start.col, column, descending)

    def _key_tail(self, constraint: tree.TableConstraint) -> None:
        while self.at("WITH", "ON"):
            if self.at("WITH"):
                self.advance()
                constraint.options += self.index_options()
            else:
                self._storage()

    def _check(self, constraint: tree.TableConstraint) -> None:
        self.expect("CHECK")
        if self.at("NOT"):
            raise self.refusal("NOT FOR REPLICATION")
        constraint.kind = "CHECK"
        self.expect("(")
        constraint.check = self.condition()
        self.expect(")")

    def _references(self, constraint: tree.TableConstraint) -> None:
        self.expect("REFERENCES")
        constraint.references = self.name()
        if self.at("("):
            constraint.referenced_columns = self.column_names()
        while self.at("ON") and self.peek().key in ("DELETE", "UPDATE"):
            self.advance()
            event = self.advance().key
            if self.accept("NO"):
                self.expect("ACTION")
                action = "NO ACTION"
            elif self.accept("SET"):
                action = f"SET {self.expect('NULL', 'DEFAULT').key}"
            else:
                action = self.expect("CASCADE").key
            if event == "DELETE":
                constraint.on_delete = action
            else:
                constraint.on_update = action
        if self.at_words("NOT", "FOR"):
            raise self.refusal("NOT FOR REPLICATION")

    # ---------------------------------------------------------------- indexes

    def create_index(self, start: Token) -> tree.Statement:
        unique = self.accept("UNIQUE") is not None
        clustered = self._clustered()
        if self.at("COLUMNSTORE"):
            raise self.refusal("CREATE COLUMNSTORE INDEX", start)
        self.expect("INDEX")
        place = self.token
        index = tree.IndexDefinition(
            place.line, place.col, self.identifier(), [], unique, clustered
        )
        self.expect("ON")
        table = self.name()
        index.columns = self._key_columns()
        self._index_tail(index)
        return tree.CreateIndex(start.line, start.col, table, index)

    def _inline_index(self, column: tree.ColumnDefinition | None) -> tree.IndexDefinition:
        """``INDEX ix [UNIQUE] [CLUSTERED] [(columns)] …`` inside a table."""
        start = self.expect("INDEX")
        index = tree.IndexDefinition(start.line, start.col, self.identifier(), [])
        index.unique = self.accept("UNIQUE") is not None
        index.clustered = self._clustered()
        if self.at("COLUMNSTORE", "HASH"):
            raise self.refusal(f"{self.token.key} indexes")
        if column is None or self.at("("):
            index.columns = self._key_columns()
        else:
            name = tree.Name(column.line, column.col, (column.name,))
            own = tree.Column(column.line, column.col, name)
            index.columns = [tree.OrderItem(column.line, column.col, own)]
        self._index_tail(index)
        return index

    def _index_tail(self, index: tree.IndexDefinition) -> None:
        if self.accept("INCLUDE"):
            index.include = self.column_names()
        if self.accept("WHERE"):
            index.where = self.condition()
        while self.at("WITH", "ON"):
            if self.at("WITH"):
                self.advance()
                index.options += self.index_options()
            else:
                self._storage()
