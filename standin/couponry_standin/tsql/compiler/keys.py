"""Unique keys as advisory locks: they stand for SQL Server's locks of keys that nobody sees yet.

Who inserts a key holds its lock until the end of the transaction. Who asks for a key that is not
there asks for the lock: with HOLDLOCK before looking (and keeps it), else when nothing was found
(and only waits for it). A key is hashed from the values as the column holds them, so that equal
keys have one lock whatever types they are given in; NULL has none, as no condition asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...types import EXACT, SqlType
from .. import tree
from ..catalog import ColumnDoc, IndexDoc, ObjectDoc
from ..collation import compared_text
from ..conversion import convert
from ..names import literal
from ..precedence import PRECEDENCE
from ..typed import NULL_TYPE, Typed
from . import walk
from .expressions import Expressions
from .scope import Scope

INTEGERS = ("tinyint", "smallint", "int", "bigint")
DECIMALS = ("decimal", "money", "smallmoney")
FEW = 500
"""Rows of a table that a transaction may have written before anybody counts its locks."""
FRESH = {"NEWID", "NEWSEQUENTIALID", "RAND", "CRYPT_GEN_RANDOM", "NEXT_VALUE_FOR"}
"""Functions that give another value each time; so may the user's own."""

HASHES = {
    "int2": "hashint2extended",
    "int4": "hashint4extended",
    "int8": "hashint8extended",
    "uuid": "uuid_hash_extended",
    "timestamp": "timestamp_hash_extended",
    "time": "time_hash_extended",
    "numeric": "hash_numeric_extended",
}
"""PostgreSQL's hash functions; those of the integers agree about a number."""


@dataclass(frozen=True, slots=True)
class Equated:
    """A value that a condition equates a column to, and the part of it that does."""

    value: tree.Expr
    part: tree.Expr


@dataclass(frozen=True, slots=True)
class KeyAskedFor:
    """A unique key that a condition fixes to values known before the query runs."""

    index: IndexDoc
    parts: list[tree.Expr]
    """what of the condition says so"""
    lock: str
    """PL/pgSQL for the number of its advisory lock"""


def key_asked_for(
    expressions: Expressions,
    found: ObjectDoc,
    alias: str,
    where: tree.Expr | None,
    scope: Scope,
) -> KeyAskedFor | None:
    """The key of the only row that a condition can find; None where there may be several."""
    asked = keys_asked_for(expressions, found, alias, where, scope)
    return asked[0] if asked else None


def keys_asked_for(
    expressions: Expressions,
    found: ObjectDoc,
    alias: str,
    where: tree.Expr | None,
    scope: Scope,
) -> list[KeyAskedFor]:
    types = {column.name.lower(): column.type for column in found.columns}
    equal: dict[str, Typed] = {}
    parts = equated(found, alias, where)
    for name, each in parts.items():
        value = searched(expressions.value(each.value, scope), types[name])
        if value is not None:
            equal[name] = value
    return [
        KeyAskedFor(index, [parts[name.lower()].part for name in index.columns], lock)
        for index, lock in _keys(found, equal)
    ]


def equated(found: ObjectDoc, alias: str, where: tree.Expr | None) -> dict[str, Equated]:
    """The columns that a condition equates to values known before the query runs."""
    own = {column.name.lower() for column in found.columns}
    equal: dict[str, Equated] = {}
    for part in walk.conjuncts(where):
        if not (isinstance(part, tree.Binary) and part.op == "="):
            continue
        for side, other in ((part.left, part.right), (part.right, part.left)):
            if (
                isinstance(side, tree.Column)
                and is_of(side, alias, own)
                and not any(True for _ in walk.columns(other))
                and not walk.has_subquery(other)
            ):
                equal[side.name.last.lower()] = Equated(other, part)
    return equal


def keys_changed(
    expressions: Expressions,
    found: ObjectDoc,
    alias: str,
    where: tree.Expr | None,
    scope: Scope,
    given: dict[str, tree.Expr],
) -> list[str]:
    """The locks of the keys that an UPDATE gives to the rows of a condition."""
    keyed = {name.lower() for index in found.indexes if index.unique for name in index.columns}
    if not keyed & given.keys():
        return []
    types = {column.name.lower(): column.type for column in found.columns}
    known: dict[str, Typed] = {}
    asked = {name: each.value for name, each in equated(found, alias, where).items()}
    for name, node in {**asked, **given}.items():
        value = kept(expressions.value(node, scope), types[name]) if name in types else None
        if value is not None:
            known[name] = value
    return [
        lock
        for index, lock in _keys(found, known)
        if any(name.lower() in given for name in index.columns)
    ]


def keys_given(found: ObjectDoc, columns: list[ColumnDoc], values: list[Typed | None]) -> list[str]:
    """The locks of the keys of a row that is written, in the order of the catalogue.

    ``values``: of these columns; None for what is not known beforehand.
    """
    known: dict[str, Typed] = {}
    for column, value in zip(columns, values, strict=True):
        stored = None if value is None else kept(value, column.type)
        if stored is not None:
            known[column.name.lower()] = stored
    return [lock for _, lock in _keys(found, known)]


def is_settled(node: tree.Expr) -> bool:
    """Whether an expression may be computed twice, and is worth it."""
    return not any(
        isinstance(each, (tree.Query, tree.Default))
        or (
            isinstance(each, tree.Function)
            and (each.name.upper() in FRESH or each.schema_name is not None)
        )
        for each in walk.nodes(node)
    )


def is_known(node: tree.Expr) -> bool:
    """Whether an expression has its value before the rows are read."""
    return is_settled(node) and next(walk.columns(node), None) is None


def _keys(found: ObjectDoc, known: dict[str, Typed]) -> list[tuple[IndexDoc, str]]:
    keys: list[tuple[IndexDoc, str]] = []
    types = {column.name.lower(): column.type for column in found.columns}
    for place, index in enumerate(found.indexes):
        names = [name.lower() for name in index.columns]
        if not index.unique or index.filter is not None or not all(n in known for n in names):
            continue
        lock = str(found.object_id * 1000 + place)
        for name in names:
            lock = hashed(known[name], types[name], lock)
        keys.append((index, lock))
    return keys


def searched(value: Typed, column: SqlType) -> Typed | None:
    """The value that a condition compares a column with, as the column would hold it."""
    if value.type == NULL_TYPE:
        return None
    if value.type.name == column.name or (column.is_string and value.type.is_string):
        return value
    if column.name in INTEGERS and value.type.name in INTEGERS:
        return value
    if column.name in DECIMALS and value.type.name in EXACT:
        return value.replace(sql=f"({value.sql})::numeric", pg="numeric")
    if PRECEDENCE.index(value.type.name) < PRECEDENCE.index(column.name):
        return convert(value, column, implicit=True)
    return None


def kept(value: Typed, column: SqlType) -> Typed | None:
    """The value that is put into a column, as the column will hold it."""
    if value.type == NULL_TYPE:
        return None
    if column.is_string and value.type.is_string:
        return value
    if column.name in INTEGERS and value.type.name in INTEGERS:
        return value
    return convert(value, column, implicit=True)


def hashed(value: Typed, column: SqlType, seed: str) -> str:
    if column.is_string:
        return f"hashtextextended({key_text(value, column)}, {seed})"
    if column.name == "datetimeoffset":
        return f"hashtextextended(tsql.dto_utc({value.sql})::text, {seed})"
    if value.pg == "date":
        return f"timestamp_hash_extended(({value.sql})::timestamp, {seed})"
    if value.pg in HASHES:
        return f"{HASHES[value.pg]}({value.sql}, {seed})"
    return f"hashtextextended(({value.sql})::text, {seed})"


def key_text(value: Typed, column: SqlType) -> str:
    """A text that is equal for equal keys."""
    return f"rtrim({compared_text(value, column.collation)}, ' ')"


def is_of(column: tree.Column, alias: str, own: set[str]) -> bool:
    parts = column.name.parts
    if parts[-1].lower() not in own:
        return False
    return len(parts) == 1 or parts[-2].lower() == alias.lower()


def held(keys: list[str], found: ObjectDoc | None = None) -> str:
    """A condition that takes these locks in their order; it is never NULL.

    With the table's, of an insertion: who asks for the absence of rows without a key, asks for it.
    """
    locks = [f"(pg_advisory_xact_lock({key}) IS NULL)" for key in keys]
    if found is not None:
        locks.insert(0, f"(pg_advisory_xact_lock_shared({table_lock(found)}) IS NULL)")
    text, *rest = locks
    for each in rest:
        # Not OR, which would be content with the first.
        text = f"({text} = {each})"
    return text


def bounded(locks: str, found: ObjectDoc, keys: int, written: str = "inserted") -> str:
    """These locks, unless the transaction has so many that it locks no more of them by key.

    PostgreSQL itself counts the rows that a transaction writes, perhaps with those of the last
    second before it: no locks are counted where these are few. See ``tsql.locks_keys``.
    """
    rows = f"pg_stat_get_xact_tuples_{written}({literal(found.sql)}::regclass)"
    return (
        f"CASE WHEN {rows} < {FEW} OR tsql.locks_keys({found.object_id}, {keys})"
        f" THEN {locks} ELSE true END"
    )


def table_lock(found: ObjectDoc) -> int:
    return (1 << 61) + found.object_id


def rows_mark(found: ObjectDoc) -> int:
    """Who has this lock has written rows of the table whose keys it has not locked."""
    return (1 << 61) + (1 << 40) + found.object_id
