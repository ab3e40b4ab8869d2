"""Types, sequences, schemas, databases; DROP and TRUNCATE."""

from __future__ import annotations

from .. import tree
from ..lexer import Token
from .maintenance import Maintenance

_DROP_KINDS = {
    "TABLE": "TABLE",
    "VIEW": "VIEW",
    "PROC": "PROCEDURE",
    "PROCEDURE": "PROCEDURE",
    "FUNCTION": "FUNCTION",
    "INDEX": "INDEX",
    "TYPE": "TYPE",
    "SEQUENCE": "SEQUENCE",
    "SCHEMA": "SCHEMA",
    "DATABASE": "DATABASE",
    "ROLE": "ROLE",
    "USER": "USER",
    "LOGIN": "LOGIN",
}
_SEQUENCE_OPTIONS = ("START", "INCREMENT", "MINVALUE", "MAXVALUE", "CYCLE", "CACHE")
_ONE_PART = ("SCHEMA", "DATABASE", "ROLE", "USER", "LOGIN")


class Definitions(Maintenance):
    # ---------------------------------------------------------------- types and sequences

    def create_type(self, start: Token) -> tree.Statement:
        self.expect("TYPE")
        node = tree.CreateType(start.line, start.col, self.name(2))
        if self.accept("FROM"):
            node.base = self.built_in_type(1)
            if self.accept("NOT"):
                self.expect("NULL")
                node.nullable = False
            elif self.accept("NULL"):
                node.nullable = True
            return node
        if self.at("EXTERNAL"):
            raise self.refusal("CREATE TYPE … EXTERNAL NAME", start)
        self.expect_words("AS", "TABLE")
        node.table = self.table_definition()
        if self.at("WITH"):
            raise self.refusal("memory-optimized table types")
        return node

    def create_sequence(self, start: Token) -> tree.Statement:
        self.expect("SEQUENCE")
        node = tree.CreateSequence(start.line, start.col, self.name(3))
        if self.accept("AS"):
            node.type = self.built_in_type(1)
        said: set[str] = set()
        while True:
            kind = self.peek().key if self.at("NO") else self.token.key
            if kind in _SEQUENCE_OPTIONS and kind in said:
                raise self.refusal(f"{kind} twice")
            said.add(kind)
            if self.at_words("START", "WITH"):
                self.expect_words("START", "WITH")
                node.start = self.integer()
            elif self.at_words("INCREMENT", "BY"):
                self.expect_words("INCREMENT", "BY")
                node.increment = self.integer()
            elif self.accept("MINVALUE"):
                node.minimum = self.integer()
            elif self.accept("MAXVALUE"):
                node.maximum = self.integer()
            elif self.accept("CYCLE"):
                node.cycle = True
            elif self.accept("CACHE"):
                node.cache = self.integer() if self.token.kind == "int" else None
            elif self.at("NO") and self.peek().key in ("MINVALUE", "MAXVALUE", "CYCLE", "CACHE"):
                self.advance()
                if self.advance().key == "CACHE":
                    node.cache = 1
            else:
                return node

    # ---------------------------------------------------------------- schemas and databases

    def create_schema(self, start: Token) -> tree.Statement:
        self.expect("SCHEMA")
        name = "" if self.at("AUTHORIZATION") else self.identifier()
        owner = self.identifier() if self.accept("AUTHORIZATION") else None
        if self.at("CREATE", "GRANT", "DENY", "REVOKE"):
            raise self.refusal("CREATE SCHEMA with elements", start)
        return tree.CreateSchema(start.line, start.col, name or owner or "", owner)

    def create_database(self, start: Token) -> tree.Statement:
        self.expect("DATABASE")
        if self.at("AUDIT", "SCOPED", "ENCRYPTION") and self.peek().kind == "word":
            raise self.refusal(f"CREATE DATABASE {self.token.key}", start)
        node = tree.CreateDatabase(start.line, start.col, self.identifier())
        if self.accept_words("AS", "COPY", "OF"):
            node.source = self.identifier()
            if self.at("."):
                raise self.refusal("a copy of a database of another server", start)
        if self.at("CONTAINMENT", "ON", "(", "AS", "FOR", "WITH"):
            raise self.refusal(f"CREATE DATABASE … {self.token.value}", start)
        if self.accept("COLLATE"):
            node.collation = self.identifier()
        return node

    def alter_database(self, start: Token) -> tree.Statement:
        self.expect("DATABASE")
        if self.at("SCOPED", "AUDIT", "ENCRYPTION") and self.peek().key != "SET":
            raise self.refusal(f"ALTER DATABASE {self.token.key}", start)
        database = "" if self.accept("CURRENT") else self.identifier()
        if not self.at("SET"):
            raise self.refusal(f"ALTER DATABASE … {self.token.key or self.token.value}", start)
        self.advance()
        node = tree.AlterDatabase(start.line, start.col, database, [self._database_option()])
        while self.accept(","):
            node.options.append(self._database_option())
        if self.accept("WITH"):
            if self.accept("NO_WAIT"):
                node.termination = "NO_WAIT"
            elif self.accept_words("ROLLBACK", "IMMEDIATE"):
                node.termination = "ROLLBACK IMMEDIATE"
            else:
                self.expect_words("ROLLBACK", "AFTER")
                node.termination = f"ROLLBACK AFTER {self.integer()}"
                self.accept("SECONDS")
        return node

    def _database_option(self) -> tuple[str, str]:
        token = self.advance()
        if token.kind != "word":
            raise self.problem(token)
        self.accept("=")
        value = ""
        if not self.at(",", ";", "WITH", "(") and self.token.kind in ("word", "int", "string"):
            value = self.token_text(self.advance()).strip("'")
        if self.at("("):
            value = f"{value} ({self.parenthesised_text()})".strip()
        return token.key, value

    # ---------------------------------------------------------------- DROP and TRUNCATE

    def drop(self) -> tree.Statement:
        start = self.expect("DROP")
        kind = _DROP_KINDS.get(self.token.key)
        if kind is None:
            if self.token.kind == "word":
                raise self.refusal(f"DROP {self.token.key}", start)
            raise self.problem()
        self.advance()
        if kind == "DATABASE" and self.at("AUDIT", "SCOPED", "ENCRYPTION"):
            raise self.refusal(f"DROP DATABASE {self.token.key}", start)
        node = tree.Drop(start.line, start.col, kind, [])
        node.if_exists = self.accept_words("IF", "EXISTS")
        most = 1 if kind in _ONE_PART else 3
        while True:
            node.names.append(self.name(most))
            if kind == "INDEX":
                self._drop_index_table(node)
            if not self.accept(","):
                return node

    def _drop_index_table(self, node: tree.Drop) -> None:
        name = node.names[-1]
        if len(name.parts) > 1:
            raise self.refusal("DROP INDEX table.index", name)
        self.expect("ON")
        table = self.name(3)
        if node.on is not None and node.on.parts != table.parts:
            raise self.refusal("DROP INDEX on several tables", table)
        node.on = table
        if self.at("WITH"):
            raise self.refusal("DROP INDEX … WITH")

    def truncate(self) -> tree.Statement:
        start = self.expect("TRUNCATE")
        self.expect("TABLE")
        node = tree.Truncate(start.line, start.col, self.name(3))
        if self.at("WITH") and self.peek(2).key == "PARTITIONS":
            raise self.refusal("TRUNCATE TABLE … WITH (PARTITIONS)")
        return node
