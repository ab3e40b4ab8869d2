"""LIKE and PATINDEX: T-SQL patterns as PostgreSQL LIKE patterns or regular expressions."""

from __future__ import annotations

from .collation import as_text, compared_text, folded, folds_case, ignores_accents
from .errors import SqlError
from .typed import Typed

_SPECIAL = set("\\.^$*+?()[]{}|")


def has_set(pattern: str, escape: str | None) -> bool:
    """True when the pattern holds a ``[set]``, which PostgreSQL's LIKE does not have."""
    place = 0
    while place < len(pattern):
        if escape and pattern[place] == escape:
            place += 2
            continue
        if pattern[place] == "[":
            return True
        place += 1
    return False


def plain_pattern(pattern: str, escape: str | None) -> str:
    """A T-SQL pattern without sets as PostgreSQL's LIKE reads it (backslash escapes)."""
    result: list[str] = []
    place = 0
    while place < len(pattern):
        char = pattern[place]
        if escape and char == escape and place + 1 < len(pattern):
            place += 1
            result.append("\\" + pattern[place])
        elif char == "\\":
            result.append("\\\\")
        else:
            result.append(char)
        place += 1
    return "".join(result)


def regular_expression(pattern: str, escape: str | None = None) -> str:
    """A T-SQL pattern as the body of a PostgreSQL regular expression, without anchors."""
    result: list[str] = []
    place = 0
    while place < len(pattern):
        char = pattern[place]
        place += 1
        if escape and char == escape and place < len(pattern):
            result.append(_quote(pattern[place]))
            place += 1
        elif char == "%":
            result.append(".*")
        elif char == "_":
            result.append(".")
        elif char == "[" and "]" in pattern[place + 1 :]:
            place = _set(pattern, place, escape, result)
        elif char == "[":
            return "(?!)"
        else:
            result.append(_quote(char))
    return "".join(result)


def _set(pattern: str, place: int, escape: str | None, result: list[str]) -> int:
    negated = pattern[place] == "^"
    if negated:
        place += 1
    members: list[str] = []
    first = True
    while place < len(pattern) and (pattern[place] != "]" or first):
        first = False
        char = pattern[place]
        if escape and char == escape and place + 1 < len(pattern):
            place += 1
            char = pattern[place]
        low = char
        if place + 2 < len(pattern) and pattern[place + 1] == "-" and pattern[place + 2] != "]":
            high = pattern[place + 2]
            place += 2
            members.append(f"{_member(low)}-{_member(high)}" if low <= high else "")
        else:
            members.append(_member(low))
        place += 1
    body = "".join(members)
    if body:
        result.append(f"[{'^' if negated else ''}{body}]")
    else:
        result.append("." if negated else "(?!)")
    return place + 1


def _quote(char: str) -> str:
    return "\\" + char if char in _SPECIAL else char


def _member(char: str) -> str:
    return "\\" + char if char in "\\]^-[" else char


def like_sql(
    value: Typed,
    pattern: Typed,
    escape: Typed | None,
    *,
    collation: str,
    negated: bool,
    place: tuple[int, int],
) -> str:
    """The predicate. A constant pattern is translated now, any other at run time."""
    word = "NOT " if negated else ""
    mark = escape.constant if escape is not None else None
    if escape is not None and isinstance(mark, str) and len(mark) != 1:
        raise SqlError(
            506,
            f'The invalid escape character "{mark}" was specified in a LIKE predicate.',
            line=place[0],
            col=place[1],
        )
    # Blanks at the end of what is matched count in national strings only.
    blanks = not (value.type.is_unicode or pattern.type.is_unicode)
    known = escape is None or isinstance(mark, str)
    if isinstance(pattern.constant, str) and known and not ignores_accents(collation):
        sign = mark if isinstance(mark, str) else None
        return _constant_pattern(value, pattern.constant, sign, folds_case(collation), blanks, word)
    mark_sql = "NULL::text" if escape is None else as_text(escape)
    sides = f"{compared_text(value, collation)}, {compared_text(pattern, collation)}"
    return f"({word}tsql.matches({sides}, {mark_sql}, {str(blanks).lower()}))"


def _constant_pattern(
    value: Typed, text: str, sign: str | None, fold: bool, blanks: bool, word: str
) -> str:
    is_open = text.endswith("%") and not (sign and text.endswith(f"{sign}%"))
    tail = " *$" if blanks and not is_open else "$"
    if has_set(text, sign) or tail != "$":
        quoted = _constant(f"^{regular_expression(text, sign)}{tail}", False)
        operator = ("!" if word else "") + ("~*" if fold else "~")
        return f"({as_text(value)} {operator} {quoted})"
    subject = value.sql if value.pg == "bpchar" and not fold else as_text(value)
    subject = folded(subject) if fold else subject
    return f"({subject} {word}LIKE {_constant(plain_pattern(text, sign), fold)})"


def _constant(text: str, fold: bool) -> str:
    quoted = "'" + text.replace("'", "''") + "'"
    return folded(quoted) if fold else quoted
