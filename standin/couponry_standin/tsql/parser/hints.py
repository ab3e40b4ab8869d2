"""What a text tells SQL Server's optimiser and locks: ``WITH (…)`` at a table, ``OPTION (…)``."""

from __future__ import annotations

from .. import tree
from ..lexer import Token
from .calls import Calls
from .keywords import words

TABLE_HINTS = words(
    """
    NOLOCK READUNCOMMITTED READCOMMITTED READCOMMITTEDLOCK REPEATABLEREAD SERIALIZABLE HOLDLOCK
    UPDLOCK XLOCK ROWLOCK PAGLOCK TABLOCK TABLOCKX READPAST NOWAIT NOEXPAND FORCESEEK FORCESCAN
    SNAPSHOT KEEPIDENTITY KEEPDEFAULTS IGNORE_CONSTRAINTS IGNORE_TRIGGERS INDEX
    """
)
_PLAIN_OPTIONS = (
    ("RECOMPILE",),
    ("FORCE", "ORDER"),
    ("KEEP", "PLAN"),
    ("KEEPFIXED", "PLAN"),
    ("LOOP", "JOIN"),
    ("HASH", "JOIN"),
    ("MERGE", "JOIN"),
)
_COUNTED_OPTIONS = ("MAXDOP", "MAXRECURSION", "FAST")
_USE_HINTS = words(
    """
    ASSUME_FULL_INDEPENDENCE_FOR_FILTER_ESTIMATES ASSUME_JOIN_PREDICATE_DEPENDS_ON_FILTERS
    ASSUME_MIN_SELECTIVITY_FOR_FILTER_ESTIMATES ASSUME_PARTIAL_CORRELATION_FOR_FILTER_ESTIMATES
    DISABLE_BATCH_MODE_ADAPTIVE_JOINS DISABLE_BATCH_MODE_MEMORY_GRANT_FEEDBACK
    DISABLE_DEFERRED_COMPILATION_TV DISABLE_INTERLEAVED_EXECUTION_TVF
    DISABLE_OPTIMIZED_NESTED_LOOP DISABLE_OPTIMIZED_PLAN_FORCING DISABLE_OPTIMIZER_ROWGOAL
    DISABLE_PARAMETER_SNIFFING DISABLE_ROW_MODE_MEMORY_GRANT_FEEDBACK
    DISABLE_TSQL_SCALAR_UDF_INLINING DISALLOW_BATCH_MODE ENABLE_HIST_AMENDMENT_FOR_ASC_KEYS
    ENABLE_QUERY_OPTIMIZER_HOTFIXES FORCE_DEFAULT_CARDINALITY_ESTIMATION
    FORCE_LEGACY_CARDINALITY_ESTIMATION
    """
)
MOST_RECURSION = 32767


class Hints(Calls):
    # ---------------------------------------------------------------- of tables

    def _at_bare_hints(self) -> bool:
        """The old form without WITH: ``FROM t (NOLOCK)``."""
        following = self.peek()
        return self.at("(") and following.key in TABLE_HINTS and self.peek(2).key in (")", ",")

    def table_hints(self) -> list[tree.Hint]:
        """``WITH (…)`` after the target of a change."""
        if not self.at_words("WITH", "("):
            return []
        self.advance()
        return self._hints()

    def _hints(self) -> list[tree.Hint]:
        self.expect("(")
        hints = [self._hint()]
        while not self.at(")"):
            self.accept(",")
            hints.append(self._hint())
        self.expect(")")
        return hints

    def _hint(self) -> tree.Hint:
        token = self.advance()
        if token.kind != "word":
            raise self.problem(token)
        if token.key not in TABLE_HINTS:
            raise self.numbered(
                321,
                f'"{token.value}" is not a recognized table hints option. If it is intended as a '
                "parameter to a table-valued function or to the CHANGETABLE function, ensure that "
                "your database compatibility mode is set to 90.",
                token,
            )
        hint = tree.Hint(token.line, token.col, token.key)
        if token.key == "INDEX":
            hint.args = self._index_hint()
        elif token.key == "FORCESEEK" and self.accept("("):
            index = self._index_name()
            hint.args = [f"{index}({','.join(self.column_names())})"]
            self.expect(")")
        return hint

    def _index_hint(self) -> list[str]:
        equals = self.accept("=")
        if equals and not self.at("("):
            return [self._index_name()]
        self.expect("(")
        names = [self._index_name()]
        while self.accept(","):
            names.append(self._index_name())
        self.expect(")")
        return names

    def _index_name(self) -> str:
        return self.advance().value if self.token.kind == "int" else self.identifier()

    # ---------------------------------------------------------------- of queries

    def query_options(self) -> list[str]:
        """OPTION (…): upper-case texts; a hint that is not known to change no answer is refused."""
        self.expect("OPTION")
        self.expect("(")
        options: list[str] = []
        while True:
            start = self.token
            text = self._query_option(start)
            kind = text.split(" ", 1)[0]
            if any(other.split(" ", 1)[0] == kind for other in options):
                raise self.refusal(f"the query hint {kind} twice", start)
            options.append(text)
            if not self.accept(","):
                self.expect(")")
                return options

    def _query_option(self, start: Token) -> str:
        if start.key in _COUNTED_OPTIONS:
            self.advance()
            if self.token.kind != "int":
                raise self.problem()
            number = int(self.advance().value)
            if start.key == "MAXRECURSION" and number > MOST_RECURSION:
                raise self.numbered(
                    310,
                    f"The value {number} specified for the MAXRECURSION option exceeds the allowed"
                    f" maximum of {MOST_RECURSION}.",
                    start,
                )
            return f"{start.key} {number}"
        for option in _PLAIN_OPTIONS:
            if self.accept_words(*option):
                return " ".join(option)
        if self.accept_words("OPTIMIZE", "FOR"):
            return self._optimize_for()
        if self.at_words("USE", "HINT"):
            return self._use_hint()
        if start.kind not in ("word", "quoted"):
            raise self.problem()
        following = self.peek()
        what = f"{start.value} {following.value}" if following.kind == "word" else start.value
        raise self.refusal(f"the query hint {what.upper()}", start)

    def _optimize_for(self) -> str:
        """Values that are sniffed instead of the parameters': no answer depends on them."""
        if self.accept("UNKNOWN"):
            return "OPTIMIZE FOR UNKNOWN"
        self.expect("(")
        names: list[str] = []
        while True:
            names.append(self.variable())
            if not self.accept("UNKNOWN"):
                self.expect("=")
                self.value()
            if not self.accept(","):
                break
        self.expect(")")
        return f"OPTIMIZE FOR {' '.join(names)}"

    def _use_hint(self) -> str:
        self.expect_words("USE", "HINT")
        self.expect("(")
        names: list[str] = []
        while True:
            token = self.token
            name = self.string()
            if name.upper() not in _USE_HINTS:
                if name.upper().startswith("QUERY_OPTIMIZER_COMPATIBILITY_LEVEL_"):
                    raise self.refusal(f"USE HINT ('{name}')", token)
                raise self.numbered(10715, f"'{name}' is not a valid hint.", token)
            names.append(name)
            if not self.accept(","):
                break
        self.expect(")")
        return f"USE HINT {' '.join(names)}"
