"""Values on their way out, column by column: a block of rows costs less than its rows do.

A column encoder takes a column's values, none of them NULL, and gives their bytes, in the same
order and form as the encoder of a single value (``encoding.py``) does. Types that are frequent in
long results have encoders of their own, which make one loop of what would be a call each; the
others are the encoder of one value, repeated.
"""

from __future__ import annotations

from codecs import utf_16_le_encode
from collections.abc import Callable, Sequence
from itertools import chain
from struct import Struct

from ..types import SqlType
from . import moment
from .encoding import INTEGERS, decimal_size, is_large, scaled, value_encoder

EncodeColumn = Callable[[Sequence[bytes]], list[bytes]]
BlockEncoder = Callable[[Sequence[Sequence[bytes | None]]], bytes]
"""Takes the columns of a block of rows."""

ROW, NBCROW = b"\xd1", b"\xd2"

_pack_u16 = Struct("<H").pack


def column_encoder(type_: SqlType, *, nullable: bool) -> EncodeColumn:
    name = type_.name
    if name in INTEGERS and nullable:
        return _integers(INTEGERS[name])
    if name == "decimal" and type_.scale:
        return _decimals(type_.precision or 18, type_.scale)
    if name == "nvarchar" and not is_large(type_):
        return _short_unicode
    if name == "datetime2":
        return moment.datetime2_column(7 if type_.scale is None else type_.scale)
    encode = value_encoder(type_, nullable=nullable)
    return lambda values: list(map(encode, values))


def _integers(form: str) -> EncodeColumn:
    size, pack = Struct("<" + form).size, Struct("<B" + form).pack

    return lambda values: [pack(size, number) for number in map(int, values)]


def _decimals(precision: int, scale: int) -> EncodeColumn:
    size = decimal_size(precision)
    digits, plus, minus = size - 1, bytes([size, 1]), bytes([size, 0])
    point, last = -scale - 1, -scale

    def encode(values: Sequence[bytes]) -> list[bytes]:
        numbers = [
            int(text[:point] + text[last:]) if text[point:last] == b"." else scaled(text, scale)
            for text in values
        ]
        return [
            plus + number.to_bytes(digits, "little")
            if number >= 0
            else minus + (-number).to_bytes(digits, "little")
            for number in numbers
        ]

    return encode


def _short_unicode(values: Sequence[bytes]) -> list[bytes]:
    # Decoded at once: U+0000 is in no string, so it can stand between them.
    texts = b"\0".join(values).decode().split("\0")
    return [_pack_u16(len(data)) + data for data, _ in map(utf_16_le_encode, texts)]


def block_encoder(types: Sequence[tuple[SqlType, bool]]) -> BlockEncoder:
    """The function that turns columns of values into ROW tokens, or NBCROW where some are NULL."""
    encoders = [column_encoder(type_, nullable=nullable) for type_, nullable in types]
    bitmap = (len(encoders) + 7) // 8

    def encode(columns: Sequence[Sequence[bytes | None]]) -> bytes:
        count = len(columns[0])
        nulls: list[int] | None = None
        pieces: list[list[bytes]] = []
        for number, (encode_column, values) in enumerate(zip(encoders, columns, strict=True)):
            present = [value for value in values if value is not None]
            encoded = encode_column(present) if present else []
            if len(present) < count:
                bit, following = 1 << number, iter(encoded)
                nulls = nulls or [0] * count
                nulls = [
                    mark | bit if value is None else mark
                    for mark, value in zip(nulls, values, strict=True)
                ]
                encoded = [b"" if value is None else next(following) for value in values]
            pieces.append(encoded)
        heads = [ROW] * count
        if nulls is not None:
            known = {mark: NBCROW + mark.to_bytes(bitmap, "little") for mark in set(nulls)}
            known[0] = ROW
            heads = [known[mark] for mark in nulls]
        return b"".join(chain.from_iterable(zip(heads, *pieces, strict=True)))

    return encode
