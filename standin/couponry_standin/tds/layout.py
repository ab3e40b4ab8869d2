"""How the parameters of calls are announced: names, flags and types, one after the other.

What stands before the value of a parameter is the same at every call like it, so it is read once
and found by its bytes from then on. The announcements form a tree, each below those of the
parameters before it; calls that are announced alike end at the same place of it.
"""

from __future__ import annotations

from ..types import SqlType
from .cursor import decode_utf16
from .errors import ProtocolError
from .reader import Reader
from .wiretype import ANNOUNCED, TABLE, VARIANT, read_type

OUTPUT, DEFAULT, _ENCRYPTED = 0x01, 0x02, 0x08
_MOST_KEPT = 4096


class Layout:
    """The announcement of a parameter, below those of the parameters before it."""

    __slots__ = (
        "_following",
        "announced",
        "default",
        "likely",
        "name",
        "output",
        "read",
        "size",
        "type",
    )

    def __init__(
        self, announced: bytes, name: str, type_: SqlType, read: Reader, flags: int
    ) -> None:
        self.announced = announced
        self.size = len(announced)
        self.name = name
        self.type = type_
        self.read = read
        self.output, self.default = bool(flags & OUTPUT), bool(flags & DEFAULT)
        self.likely: Layout | None = None
        """what came next the last time"""
        self._following: dict[bytes, Layout] = {}

    def next(self, data: bytes, position: int) -> Layout | None:
        """The parameter that begins here; None for one whose value brings its own type."""
        status_at = position + 1 + 2 * data[position]
        token = data[status_at + 1]
        announced = data[position : status_at + 1 + ANNOUNCED[token]]
        found = self._following.get(announced)
        if found is None:
            if data[status_at] & _ENCRYPTED:
                raise ProtocolError("encrypted parameters (Always Encrypted) are not offered")
            if token in (TABLE, VARIANT):
                return None
            type_, read, _ = read_type(data, status_at + 1)
            name = decode_utf16(data[position + 1 : status_at])
            found = Layout(announced, name, type_, read, data[status_at])
            _keep(self, found)
        self.likely = found
        return found

    def forget(self) -> None:
        self._following.clear()
        self.likely = None

    def learn(self, following: Layout) -> None:
        self._following[following.announced] = following


def _no_value(_: bytes, position: int) -> tuple[str | None, int]:
    raise ProtocolError(f"a value that nothing announces at {position}")


START = Layout(b"", "", SqlType("null"), _no_value, 0)
"""before the first parameter"""

_kept = 0


def _keep(place: Layout, found: Layout) -> None:
    """Remember it, and forget all others when they are too many."""
    global _kept
    if _kept >= _MOST_KEPT:
        START.forget()
        _kept = 0
    _kept += 1
    place.learn(found)
