"""Tests in place that spare a call of the runtime: most values need nothing of what it does.

A call of a PL/pgSQL function costs as much as a dozen of PostgreSQL's own. Where the text of a
value is only a name, it may be repeated, and the common case is answered beside the call.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

_NAME = r'"[^"]+"(?:\."[^"]+")?'
_PLAIN = re.compile(rf"{_NAME}|\(\({_NAME}\)::tsql\.padded\)::text")
_LITERAL = re.compile(r"-?\d+|\(-\d+\)")
_UNIT = re.compile(r"interval '(\d+) (day|week|month|year)s?'")
_NUMBER = re.compile(rf"[(]*-?[(]*(?:\d+|{_NAME})[)]*")


def is_plain(sql: str) -> bool:
    """Whether the text is a variable or a column: to read it again costs nothing."""
    return _PLAIN.fullmatch(sql) is not None


def short_or(sql: str, length: int, otherwise: str) -> str:
    """The text itself where so few bytes cannot be too long."""
    if not is_plain(sql):
        return otherwise
    return f"(CASE WHEN octet_length({sql}) <= {length} THEN {sql} ELSE {otherwise} END)"


def length(sql: str) -> str:
    """LEN: of a text without wide characters it is PostgreSQL's length."""
    if not is_plain(sql):
        return f"tsql.len({sql})"
    return (
        f"(CASE WHEN octet_length({sql}) = length({sql}) THEN length(rtrim({sql}, ' '))"
        f" ELSE tsql.len({sql}) END)"
    )


_DIGITS = {"tinyint": 2, "smallint": 4, "int": 9, "bigint": 18}


def whole_number(sql: str, type_name: str, pg: str, otherwise: str) -> str:
    """A text as an integer: few digits and nothing else."""
    if not is_plain(sql):
        return otherwise
    return (
        f"(CASE WHEN length({sql}) BETWEEN 1 AND {_DIGITS[type_name]}"
        f" AND translate({sql}, '0123456789', '') = '' THEN {sql}::{pg} ELSE {otherwise} END)"
    )


def number(sql: str, precision: int, scale: int, otherwise: str) -> str:
    """A text as a decimal: few digits, and a point behind the first of them."""
    room = precision - scale
    if not is_plain(sql) or room < 1:
        return otherwise
    return (
        f"(CASE WHEN length({sql}) <= {min(room, 9)} AND left({sql}, 1) BETWEEN '0' AND '9'"
        f" AND translate({sql}, '0123456789', '') IN ('', '.')"
        f" THEN round({sql}::numeric, {scale}) ELSE {otherwise} END)"
    )


def escaped(sql: str) -> str:
    """A text inside quotes of JSON: most need no escape."""
    if not is_plain(sql):
        return f"tsql.json_escape({sql})"
    return (
        f"(CASE WHEN {sql} !~ '[\\x01-\\x1f\"\\\\/]' THEN {sql} ELSE tsql.json_escape({sql}) END)"
    )


def moved(value: str, count: str, step: str, type_name: str) -> str:
    """A moment after a step, if the type still has it."""
    sum_ = f"{value} + {step}"
    checked = f"tsql.in_range({sum_}, '{type_name}')"
    if (
        type_name not in ("date", "datetime2")
        or not is_plain(value)
        or not _NUMBER.fullmatch(count)
    ):
        return checked
    if _LITERAL.fullmatch(count):
        return _moved_by(value, int(count.strip("()")), step, sum_, checked)
    return (
        f"(CASE WHEN ({sum_}) >= timestamp '0001-01-01' AND ({sum_}) < timestamp '10000-01-01'"
        f" THEN {sum_} ELSE {checked} END)"
    )


_LONGEST = {"year": 366, "month": 31, "week": 7, "day": 1}
"""Days of the units; any other is no longer than a day."""


def _moved_by(value: str, count: int, step: str, sum_: str, checked: str) -> str:
    """By a known step: what is that far from the end of time, or the beginning, stays inside."""
    unit = _UNIT.search(step)
    days = abs(count) * (int(unit[1]) * _LONGEST[unit[2]] if unit else 1) + 1
    if days > 1_000_000:
        return checked
    if count < 0:
        inside = f"{value} >= timestamp '{date.min + timedelta(days)}'"
    else:
        inside = f"{value} < timestamp '{date.max - timedelta(days)}'"
    return f"(CASE WHEN {inside} THEN {sum_} ELSE {checked} END)"
