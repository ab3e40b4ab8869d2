"""The whole grammar: which statement begins with which word."""

from __future__ import annotations

from collections.abc import Callable

from .. import tree
from .keywords import RESERVED
from .security import Security

_REFUSED = {
    "BACKUP": "BACKUP",
    "RESTORE": "RESTORE",
    "BULK": "BULK INSERT",
    "SHUTDOWN": "SHUTDOWN",
    "CHECKPOINT": "CHECKPOINT",
    "RECONFIGURE": "RECONFIGURE",
    "READTEXT": "READTEXT",
    "WRITETEXT": "WRITETEXT",
    "UPDATETEXT": "UPDATETEXT",
    "SETUSER": "SETUSER",
    "ADD": "ADD SIGNATURE",
    "LINENO": "LINENO",
}
_REFUSED_WORDS = {
    "ENABLE": "ENABLE TRIGGER",
    "DISABLE": "DISABLE TRIGGER",
    "RECEIVE": "RECEIVE",
    "SEND": "SEND",
}
_MODULES = ("VIEW", "PROC", "PROCEDURE", "FUNCTION")


class Grammar(Security):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._starters: dict[str, Callable[[], tree.Statement]] = {
            "SELECT": self._select_statement,
            "(": self._select_statement,
            "WITH": self.with_statement,
            "INSERT": self.insert,
            "UPDATE": self.update,
            "DELETE": self.delete,
            "MERGE": self.merge,
            "TRUNCATE": self.truncate,
            "DECLARE": self.declare,
            "SET": self.set_statement,
            "BEGIN": self.begin,
            "IF": self.if_statement,
            "WHILE": self.while_statement,
            "BREAK": self.break_statement,
            "CONTINUE": self.continue_statement,
            "RETURN": self.return_statement,
            "GOTO": self.go_to,
            "DBCC": self.dbcc,
            "KILL": self.kill,
            "THROW": self.throw,
            "RAISERROR": self.raise_error,
            "PRINT": self.print_statement,
            "WAITFOR": self.wait_for,
            "COMMIT": self.commit_or_rollback,
            "ROLLBACK": self.commit_or_rollback,
            "SAVE": self.save_transaction,
            "EXEC": self.execute,
            "EXECUTE": self.execute,
            "{": self.odbc_call,
            "OPEN": self.cursor_action,
            "CLOSE": self.cursor_action,
            "DEALLOCATE": self.cursor_action,
            "FETCH": self.fetch,
            "REVERT": self.revert,
            "USE": self.use,
            "CREATE": self.create,
            "ALTER": self.alter,
            "DROP": self.drop,
            "GRANT": self.permission,
            "DENY": self.permission,
            "REVOKE": self.permission,
        }

    def batch(self) -> tree.Batch:
        start = self.token
        statements: list[tree.Statement] = []
        while self.accept(";"):
            pass
        if self._at_bare_call():
            statements.append(self.bare_execute())
            self.accept(";")
        statements += self.statements()
        return tree.Batch(start.line, start.col, statements, self.text)

    def _at_bare_call(self) -> bool:
        """Only the first statement of a batch may be a call without EXEC."""
        token = self.token
        if token.kind == "quoted":
            return True
        if token.kind != "word" or token.key in RESERVED or token.key in self._starters:
            return False
        label = self.peek().key == ":"
        return not label and not self._at_refused_words()

    def _at_refused_words(self) -> bool:
        token = self.token
        return token.key in _REFUSED_WORDS and self.peek().key in ("TRIGGER", "TOP", "ON", "*")

    def statement(self) -> tree.Statement:
        token = self.token
        starter = self._starters.get(token.key)
        if starter is not None:
            return starter()
        if token.key in _REFUSED:
            raise self.refusal(_REFUSED[token.key])
        if self._at_refused_words():
            raise self.refusal(_REFUSED_WORDS[token.key])
        if self.at_identifier() and self.peek().key == ":":
            return self.label()
        raise self.problem()

    def _select_statement(self) -> tree.Statement:
        start = self.token
        if not self.at_query():
            raise self.problem(self.peek() if self.at("(") else None)
        return tree.SelectStatement(start.line, start.col, self.statement_query())

    # ---------------------------------------------------------------- CREATE and ALTER

    def create(self) -> tree.Statement:
        start = self.expect("CREATE")
        if self.accept_words("OR", "ALTER"):
            if self.at(*_MODULES):
                return self.module(start, "CREATE OR ALTER")
            if self.at("TRIGGER"):
                raise self.refusal("CREATE TRIGGER", start)
            raise self.problem()
        key = self.token.key
        if key in _MODULES:
            return self.module(start, "CREATE")
        if key == "TABLE":
            return self.create_table(start)
        if key in ("UNIQUE", "CLUSTERED", "NONCLUSTERED", "INDEX"):
            return self.create_index(start)
        if key == "TYPE":
            return self.create_type(start)
        if key == "SEQUENCE":
            return self.create_sequence(start)
        if key == "SCHEMA":
            return self.create_schema(start)
        if key == "DATABASE":
            return self.create_database(start)
        if key in ("ROLE", "USER", "LOGIN"):
            return self.create_principal(start)
        if self.token.kind != "word":
            raise self.problem()
        raise self.refusal(f"CREATE {key}", start)

    def alter(self) -> tree.Statement:
        start = self.expect("ALTER")
        key = self.token.key
        if key in _MODULES:
            return self.module(start, "ALTER")
        if key == "TABLE":
            return self.alter_table(start)
        if key == "INDEX":
            return self.alter_index(start)
        if key == "DATABASE":
            return self.alter_database(start)
        if key in ("ROLE", "USER", "LOGIN"):
            return self.alter_principal(start)
        if self.token.kind != "word":
            raise self.problem()
        raise self.refusal(f"ALTER {key}", start)
