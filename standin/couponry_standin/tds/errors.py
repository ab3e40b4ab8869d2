"""What the protocol cannot accept."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .events import Event


class ProtocolError(Exception):
    """The client's bytes break the protocol, or ask for a part of it that is not offered.

    The connection is of no use afterwards: nobody knows where the next message begins.
    ``before`` holds the events that were complete before the offending bytes.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.before: tuple[Event, ...] = ()


class Unsendable(ValueError):
    """A value that the protocol has no form for, as a moment after the year 9999."""
