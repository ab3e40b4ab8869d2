"""Collations: five bytes on the wire, and the codec of non-Unicode strings."""

from __future__ import annotations

from functools import lru_cache

from ..types import DEFAULT_COLLATION

_ENGLISH = 0x0409
_IGNORE_CASE, _IGNORE_ACCENT, _IGNORE_KANA, _IGNORE_WIDTH, _BINARY, _BINARY2, _UTF8 = (
    1 << bit for bit in range(20, 27)
)
_SQL_SORT_ID = 52
"""The sort order of SQL_Latin1_General_CP1_CI_AS, the default of English servers."""

_VERSIONS = {"_90_": 1, "_100_": 2, "_140_": 3, "_160_": 4}

DEFAULT = bytes.fromhex("0904d00034")


@lru_cache(maxsize=256)
def collation_bytes(name: str | None) -> bytes:
    """The wire form of a collation; English stands for every language."""
    upper = (name or DEFAULT_COLLATION).upper()
    if upper == DEFAULT_COLLATION.upper():
        return DEFAULT
    parts = upper.split("_")
    bits = _ENGLISH
    if "BIN2" in parts:
        bits |= _BINARY2
    elif "BIN" in parts:
        bits |= _BINARY
    else:
        bits |= 0 if "CS" in parts else _IGNORE_CASE
        bits |= 0 if "AS" in parts else _IGNORE_ACCENT
        bits |= 0 if "KS" in parts else _IGNORE_KANA
        bits |= 0 if "WS" in parts else _IGNORE_WIDTH
    if "UTF8" in parts:
        bits |= _UTF8
    for mark, version in _VERSIONS.items():
        if mark in upper:
            bits |= version << 28
    return bits.to_bytes(4, "little") + b"\0"


def codec(wire: bytes) -> str:
    """The Python codec of char and varchar under a collation as it stands on the wire."""
    return "utf-8" if int.from_bytes(wire[:4], "little") & _UTF8 else "cp1252"
