"""How an index or a table is stored: ``WITH (FILLFACTOR = 80, …)``.

PostgreSQL has its own ways. Options that others would see at work are refused; the values of all
are checked.
"""

from __future__ import annotations

from ..lexer import Token
from .keywords import words
from .merges import Merges

_SWITCHES = words(
    """
    PAD_INDEX SORT_IN_TEMPDB STATISTICS_NORECOMPUTE STATISTICS_INCREMENTAL ONLINE RESUMABLE
    ALLOW_PAGE_LOCKS OPTIMIZE_FOR_SEQUENTIAL_KEY XML_COMPRESSION ALLOW_ROW_LOCKS IGNORE_DUP_KEY
    DROP_EXISTING
    """
)
_ON_ONLY = ("ALLOW_ROW_LOCKS",)
_OFF_ONLY = ("IGNORE_DUP_KEY", "DROP_EXISTING")
_COUNTS = ("FILLFACTOR", "MAXDOP", "MAX_DURATION")
_COMPRESSIONS = ("NONE", "ROW", "PAGE")


class Storage(Merges):
    def index_options(self) -> list[str]:
        """``(FILLFACTOR = 80, …)`` or the old ``FILLFACTOR = 80``."""
        if not self.at("("):
            return [self._index_option()]
        self.advance()
        options = [self._index_option()]
        while self.accept(","):
            options.append(self._index_option())
        self.expect(")")
        return options

    def _index_option(self) -> str:
        token = self.advance()
        if token.kind != "word":
            raise self.problem(token)
        if token.key in _SWITCHES:
            return self._switched(token)
        if token.key in _COUNTS:
            return self._counted(token)
        if token.key != "DATA_COMPRESSION":
            raise self.refusal(f"the option {token.key}", token)
        self.expect("=")
        value = self.expect(*_COMPRESSIONS).key
        if self.at("ON"):
            raise self.refusal("partitions")
        return f"{token.key} = {value}"

    def _switched(self, token: Token) -> str:
        # The old form names an option and means ON.
        value = self.expect("ON", "OFF").key if self.accept("=") else "ON"
        refused = _ON_ONLY if value == "OFF" else _OFF_ONLY
        if token.key in refused:
            raise self.refusal(f"{token.key} = {value}", token)
        if self.at("("):
            raise self.refusal(f"{token.key} = {value} (…)")
        return f"{token.key} = {value}"

    def _counted(self, token: Token) -> str:
        self.expect("=")
        if self.token.kind != "int":
            raise self.problem()
        number = int(self.advance().value)
        if token.key == "FILLFACTOR" and not 1 <= number <= 100:
            raise self.numbered(
                129,
                f"Fillfactor {number} is not a valid percentage; fillfactor must be between 1 and"
                " 100.",
                token,
            )
        unit = " MINUTES" if self.accept("MINUTES") else ""
        return f"{token.key} = {number}{unit}"
