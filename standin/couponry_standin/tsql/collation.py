"""Which collation a comparison uses, and the PostgreSQL text that compares and sorts by it."""

from __future__ import annotations

import re

from ..types import DEFAULT_COLLATION, SqlType
from .errors import NotSupported, SqlError
from .typed import Typed

_COLLATION = re.compile(
    r"(SQL_Latin1_General_(CP\d+_|Pref_CP1_)|Latin1_General_(100_)?)"
    r"(BIN2?|C[IS]_A[IS](_KS)?(_WS)?(_SC)?)(_UTF8)?",
    re.IGNORECASE,
)


class Conflict(str):
    """The rank ``conflict`` of a string made of others with different collations."""

    left: str
    right: str
    operation: str

    @classmethod
    def between(cls, left: str, right: str, operation: str) -> Conflict:
        found = cls("conflict")
        found.left, found.right, found.operation = left, right, operation
        return found

    @property
    def described(self) -> str:
        return f'between "{self.left}" and "{self.right}" in {self.operation} operator'


_RANKS = {"default": 0, "implicit": 1, "conflict": 2, "explicit": 3}


def as_text(value: Typed) -> str:
    """The string as PostgreSQL text, its trailing blanks kept (a cast from bpchar drops them).

    By way of a type of the runtime whose casts compute nothing.
    """
    return f"(({value.sql})::tsql.padded)::text" if value.pg == "bpchar" else value.sql


def as_bpchar(value: Typed) -> str:
    """The string as bpchar, whose comparisons ignore trailing blanks as T-SQL's do."""
    return value.sql if value.pg == "bpchar" else f"({value.sql})::bpchar"


def is_binary(type_: SqlType) -> bool:
    return type_.is_binary_collated


def collation_of(
    *values: Typed, operation: str = "equal to", line: int = 1, col: int = 1
) -> tuple[str, str]:
    """The collation of an operation on these strings, and its precedence.

    Explicit beats implicit beats default. Two different implicit ones are a ``Conflict``, which
    becomes an error where the collation matters, and where the string is shown or stored; two
    different explicit ones are an error at once.
    """
    collation, rank = DEFAULT_COLLATION, "default"
    for value in values:
        if not value.type.is_string:
            continue
        own = value.type.collation or DEFAULT_COLLATION
        if _RANKS[value.rank] > _RANKS[rank]:
            collation, rank = own, value.rank
        elif value.rank == rank and rank != "default" and own.upper() != collation.upper():
            if rank == "explicit":
                raise collation_conflict(collation, own, operation, line, col)
            if rank == "implicit":
                rank = Conflict.between(collation, own, operation)
        elif rank == "default" and value.rank == "default" and value.type.collation:
            collation = own
    return collation, rank


def comparison_collation(*values: Typed, operation: str, line: int, col: int) -> str:
    """The collation by which these strings compare; error 468 when it cannot be known."""
    collation, rank = collation_of(*values, operation=operation, line=line, col=col)
    if isinstance(rank, Conflict):
        raise collation_conflict(rank.left, rank.right, operation, line, col)
    return collation


def check_shown(rank: str, clause: str, position: int, line: int, col: int) -> None:
    """451: a string of unknown collation that is to be shown or put in order."""
    if isinstance(rank, Conflict):
        raise SqlError(
            451,
            f"Cannot resolve collation conflict {rank.described} occurring in {clause} statement"
            f" column {position}.",
            line=line,
            col=col,
        )


def check_stored(value: Typed, target: SqlType, line: int, col: int) -> None:
    """457: a string of unknown collation that is to become a variable's or a column's."""
    if isinstance(value.rank, Conflict) and target.is_string:
        raise SqlError(
            457,
            f"Implicit conversion of {value.type.name} value to {target.name} cannot be performed"
            f" because the collation of the value is unresolved due to a collation conflict"
            f" {value.rank.described}.",
            line=line,
            col=col,
        )


def collation_conflict(left: str, right: str, operation: str, line: int, col: int) -> SqlError:
    return SqlError(
        468,
        f'Cannot resolve the collation conflict between "{left}" and "{right}" '
        f"in the {operation} operation.",
        state=9,
        line=line,
        col=col,
    )


def check_collation(name: str, line: int, col: int) -> None:
    """448: a name that is no collation of the families the stand-in knows."""
    if _COLLATION.fullmatch(name) is None:
        raise SqlError(448, f"Invalid collation '{name}'.", line=line, col=col)
    if name.upper().endswith("_UTF8"):
        # Lengths would count bytes, and clients read another encoding.
        raise NotSupported(f"the collation {name}: strings in UTF-8", line, col)


def folds_case(collation: str | None) -> bool:
    """True for the collations under which upper and lower case are the same."""
    name = (collation or DEFAULT_COLLATION).upper()
    return not name.endswith(("_BIN", "_BIN2")) and "_CS" not in name


def ignores_accents(collation: str | None) -> bool:
    """True for the collations under which a letter with an accent is that letter."""
    return "_AI" in (collation or DEFAULT_COLLATION).upper()


def compared_text(value: Typed, collation: str | None) -> str:
    """The string as text without what its collation does not see, trailing blanks apart."""
    text = as_text(value)
    if ignores_accents(collation):
        text = f"tsql.unaccented({text})"
    return folded(text) if folds_case(collation) else text


def folded(text: str) -> str:
    """What letter case does not tell apart. Keys are made of it: it has to cost next to nothing."""
    return f"lower({text})"


def string_key(value: Typed, collation: str | None) -> str:
    """PostgreSQL text whose order and equality are those of the string under a collation."""
    if folds_case(collation) or ignores_accents(collation):
        return f"{compared_text(value, collation)}::bpchar"
    return as_bpchar(value)


def sort_key(value: Typed) -> str:
    """What GROUP BY, DISTINCT, PARTITION BY and indexes go by, and ORDER BY but for strings."""
    type_ = value.type
    if type_.is_string:
        return string_key(value, type_.collation)
    if type_.name == "datetimeoffset":
        return f"tsql.dto_utc({value.sql})"
    if type_.name == "uniqueidentifier":
        return f"tsql.guid_key({value.sql})"
    return value.sql


def group_key(value: Typed) -> str:
    """Like ``sort_key`` where only equality counts: a uniqueidentifier needs no reordering."""
    return value.sql if value.type.name == "uniqueidentifier" else sort_key(value)


def letters_key(value: Typed, collation: str | None) -> str:
    """PostgreSQL text by which strings lie as in a dictionary, as ``<`` and ORDER BY want.

    The same strings are equal as by ``string_key``, whose order PostgreSQL's indexes have.
    """
    if not folds_case(collation):
        return string_key(value, collation)
    # Hyphens and apostrophes count last, but in strings of a code page under old collations.
    old = (collation or DEFAULT_COLLATION).upper().startswith("SQL_")
    words = str(value.type.is_unicode or not old).lower()
    return f"tsql.letters({compared_text(value, collation)}, {words})"


def order_term(value: Typed, *, descending: bool = False) -> str:
    """An ORDER BY term: NULL is T-SQL's lowest value. Without NULLs an index can serve it as is."""
    type_ = value.type
    key = letters_key(value, type_.collation) if type_.is_string else sort_key(value)
    if key.isdigit():
        # PostgreSQL would take a bare number for the place of a column.
        key += "::int4"
    if descending:
        return f"{key} DESC NULLS LAST" if value.nullable else f"{key} DESC"
    return f"{key} NULLS FIRST" if value.nullable else key
