"""The statements that one connection has prepared, from the first use to the last.

A name is usable in its section of the pipeline at once, and remembered when PostgreSQL has
confirmed it: a statement that PostgreSQL refused to prepare is not. At most ``PREPARED_LIMIT`` are
kept, those that were used last.
"""

from __future__ import annotations

from collections import OrderedDict, deque

PREPARED_LIMIT = 1000

Key = tuple[str, tuple[int, ...]]
"""The text, and the types of its parameters."""


class Prepared:
    """Says what to prepare and what to close; the connection sends it."""

    __slots__ = ("_asked", "_serial", "closing", "confirmed", "names", "pending")

    def __init__(self) -> None:
        self.names: OrderedDict[Key, bytes] = OrderedDict()
        """what PostgreSQL keeps; who uses one moves it to the end"""
        self.pending: dict[Key, bytes] = {}
        """made in this section of the pipeline"""
        self.closing: list[bytes] = []
        """what PostgreSQL may forget"""
        self.confirmed: list[tuple[Key, bytes]] = []
        """what it has made, and is not yet among the names"""
        self._serial = 0
        self._asked: deque[tuple[Key, bytes]] = deque()

    def name(self, key: Key) -> bytes:
        """A name for a statement that goes out to be prepared now."""
        self._serial += 1
        name = b"s%d" % self._serial
        self.pending[key] = name
        self._asked.append((key, name))
        return name

    def answered(self, *, confirmed: bool) -> None:
        """PostgreSQL answers the oldest of the names that it was asked to make."""
        named = self._asked.popleft()
        if confirmed:
            self.confirmed.append(named)

    def remember(self) -> None:
        """Keep what was confirmed, and let go what was not used for longest."""
        names = self.names
        for key, name in self.confirmed:
            if key in names:
                # Prepared twice because two sections of one run used it.
                self.closing.append(name)
            else:
                names[key] = name
        self.confirmed.clear()
        while len(names) > PREPARED_LIMIT:
            self.closing.append(names.popitem(last=False)[1])

    def forget(self, key: Key) -> None:
        """Drop a statement, as after "cached plan must not change result type"."""
        name = self.names.pop(key, None)
        if name is not None:
            self.closing.append(name)
