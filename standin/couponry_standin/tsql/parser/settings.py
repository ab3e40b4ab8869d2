"""SET of session options. Each option is known by name; the session decides what it does."""

from __future__ import annotations

from .. import tree
from ..lexer import Token
from .alterations import Alterations
from .keywords import words

_SWITCHES = words(
    """
    NOCOUNT XACT_ABORT ANSI_NULLS QUOTED_IDENTIFIER ANSI_PADDING ANSI_WARNINGS ANSI_DEFAULTS
    ANSI_NULL_DFLT_ON ANSI_NULL_DFLT_OFF ARITHABORT ARITHIGNORE CONCAT_NULL_YIELDS_NULL
    NUMERIC_ROUNDABORT CURSOR_CLOSE_ON_COMMIT IMPLICIT_TRANSACTIONS FMTONLY NOEXEC PARSEONLY
    NO_BROWSETABLE REMOTE_PROC_TRANSACTIONS FORCEPLAN
    """
)
_VALUED = words(
    """
    LOCK_TIMEOUT DEADLOCK_PRIORITY TEXTSIZE ROWCOUNT DATEFORMAT DATEFIRST LANGUAGE
    QUERY_GOVERNOR_COST_LIMIT
    """
)
_REFUSED = words(
    """
    SHOWPLAN_ALL SHOWPLAN_TEXT SHOWPLAN_XML STATISTICS CONTEXT_INFO FIPS_FLAGGER OFFSETS
    DISABLE_DEF_CNST_CHK RESULT_SET_CACHING
    """
)
_LEVELS = (
    ("READ", "UNCOMMITTED"),
    ("READ", "COMMITTED"),
    ("REPEATABLE", "READ"),
    ("SNAPSHOT",),
    ("SERIALIZABLE",),
)


class Settings(Alterations):
    def set_option(self, start: Token) -> tree.Statement:
        """What follows SET when it is no variable."""
        key = self.token.key
        if key == "TRANSACTION":
            return self._isolation_level(start)
        if key == "IDENTITY_INSERT":
            self.advance()
            table = self.name()
            value = self.expect("ON", "OFF").key
            return tree.SetOption(start.line, start.col, [key], value, table)
        if key in _VALUED:
            self.advance()
            return tree.SetOption(start.line, start.col, [key], self._setting_value(key))
        names = [self._switch()]
        while self.accept(","):
            names.append(self._switch())
        return tree.SetOption(start.line, start.col, names, self.expect("ON", "OFF").key)

    def _switch(self) -> str:
        token = self.token
        if token.key in _REFUSED:
            raise self.refusal(f"SET {token.key}")
        if token.kind != "word":
            raise self.problem()
        if token.key not in _SWITCHES:
            raise self.numbered(195, f"'{token.value}' is not a recognized SET option.")
        self.advance()
        return token.key

    def _setting_value(self, key: str) -> str:
        """A number, a word, a string or a variable, as text."""
        if self.at("-", "+"):
            return str(self.integer())
        token = self.token
        if token.kind in ("int", "string", "nstring", "variable"):
            return self.advance().value
        if key in ("DATEFORMAT", "LANGUAGE", "DEADLOCK_PRIORITY") and self.at_identifier():
            value = self.advance().value
            return value if key == "LANGUAGE" else value.upper()
        raise self.problem()

    def _isolation_level(self, start: Token) -> tree.Statement:
        self.expect_words("TRANSACTION", "ISOLATION", "LEVEL")
        for level in _LEVELS:
            if self.accept_words(*level):
                option = ["TRANSACTION ISOLATION LEVEL"]
                return tree.SetOption(start.line, start.col, option, " ".join(level))
        raise self.problem()
