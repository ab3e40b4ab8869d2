"""Trees of texts: each text is parsed once, as long as it is kept.

Trees are never changed once they are made, so that everybody may have the same one.
"""

from __future__ import annotations

from collections import OrderedDict

from ..tsql import tree
from ..tsql.parser import parse

CHARACTERS_KEPT = 8_000_000


class Trees:
    """The trees of the texts that came last."""

    def __init__(self, room: int = CHARACTERS_KEPT) -> None:
        self._kept: OrderedDict[str, tree.Batch] = OrderedDict()
        self._room = room
        self._size = 0
        self.parsed = 0
        """how many texts have been parsed so far"""

    def __call__(self, text: str) -> tree.Batch:
        known = self._kept.get(text)
        if known is not None:
            self._kept.move_to_end(text)
            return known
        self.parsed += 1
        made = parse(text)
        self._kept[text] = made
        self._size += len(text)
        while self._size > self._room and len(self._kept) > 1:
            self._size -= len(self._kept.popitem(last=False)[0])
        return made


parsed = Trees()
"""Of all sessions: a text means the same tree in every database."""
