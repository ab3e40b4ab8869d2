"""What a compilation may ask about other procedures."""

from __future__ import annotations

from typing import Protocol

from .. import tree
from ..catalog import ObjectDoc
from ..plan import Plan
from .coverage import Coverage


class Resolver(Protocol):
    """The session answers: it keeps the plans and knows which of them are up to date."""

    def is_direct(self, node: tree.Execute, coverage: Coverage) -> bool:
        """Whether the call can be compiled into the caller."""
        ...

    def plan(self, found: ObjectDoc) -> Plan: ...

    def find(self, name: tree.Name) -> ObjectDoc | None: ...
