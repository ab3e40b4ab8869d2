"""The shape of a result set: its columns as the wire announces them, and the encoder of its rows.

Making a shape costs more than sending a row, so whoever sends the same columns often keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import compress, repeat
from operator import call, is_not
from struct import pack
from typing import Any, cast

from ..types import SqlType
from .columns import NBCROW, ROW, block_encoder
from .encoding import Encode, value_encoder
from .typeinfo import type_info, user_type

RowEncoder = Callable[[Sequence[bytes | None]], bytes]

_apply = cast("Callable[[Encode, bytes], bytes]", call)

_COLMETADATA = b"\x81"
_MOST_PATTERNS = 1000
_NULLABLE, _UPDATABLE, _IDENTITY, _COMPUTED = 0x01, 0x08, 0x10, 0x20


@dataclass(frozen=True, slots=True)
class ColumnMeta:
    """A column of a result. ``nullable`` False promises that no NULL will come."""

    name: str
    type: SqlType
    nullable: bool = True
    identity: bool = False
    computed: bool = False
    updatable: bool = False


class Shape:
    """Columns, ready to be sent."""

    __slots__ = ("columns", "encode_block", "encode_row", "metadata")

    def __init__(self, columns: Sequence[ColumnMeta]) -> None:
        self.columns = tuple(columns)
        self.metadata = _metadata(self.columns)
        self.encode_row = row_encoder(self.columns)
        self.encode_block = block_encoder([(c.type, c.nullable) for c in self.columns])


def short_text(text: str) -> bytes:
    """Text behind a one-byte count of UTF-16 units; longer text is cut."""
    data = text.encode("utf-16-le", "replace")[:510]
    return bytes([len(data) // 2]) + data


def _metadata(columns: Sequence[ColumnMeta]) -> bytes:
    return b"".join(
        (_COLMETADATA, pack("<H", len(columns)), *(_announcement(column) for column in columns))
    )


def _announcement(column: ColumnMeta) -> bytes:
    flags = (
        column.nullable * _NULLABLE
        | column.updatable * _UPDATABLE
        | column.identity * _IDENTITY
        | column.computed * _COMPUTED
    )
    info = type_info(column.type, nullable=column.nullable)
    # The old long types name their table; a name of no parts is a value of no table.
    table = b"\0" if column.type.name in ("text", "ntext", "image") else b""
    return pack("<IH", user_type(column.type), flags) + info + table + short_text(column.name)


def row_encoder(columns: Sequence[ColumnMeta]) -> RowEncoder:
    """The function that turns the values of a row into a ROW token, or into an NBCROW when some
    are NULL: a bit for each NULL instead of up to eight bytes.

    Rows of a result have few patterns of NULLs: what a pattern means is found out once.
    """
    encoders = tuple(value_encoder(c.type, nullable=c.nullable) for c in columns)
    patterns: dict[tuple[bool, ...], tuple[bytes, tuple[Encode, ...]]] = {}

    def learn(present: tuple[bool, ...]) -> tuple[bytes, tuple[Encode, ...]]:
        if len(present) != len(encoders):
            raise ValueError(f"{len(present)} values for {len(encoders)} columns")
        if len(patterns) >= _MOST_PATTERNS:
            patterns.clear()
        head = ROW
        if not all(present):
            nulls = sum(1 << number for number, has in enumerate(present) if not has)
            head = NBCROW + nulls.to_bytes((len(encoders) + 7) // 8, "little")
        found = patterns[present] = head, tuple(compress(encoders, present))
        return found

    def encode(values: Sequence[bytes | None]) -> bytes:
        present = tuple(map(is_not, values, repeat(None)))
        known = patterns.get(present)
        head, used = learn(present) if known is None else known
        given: Iterable[Any] = compress(values, present)
        return head + b"".join(map(_apply, used, given))

    return encode
