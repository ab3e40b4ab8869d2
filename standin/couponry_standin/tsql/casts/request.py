"""What is being converted to what, and how."""

from __future__ import annotations

from dataclasses import dataclass

from ...types import SqlType
from ..errors import NotSupported
from ..precedence import message_name
from ..typed import Typed


@dataclass(frozen=True, slots=True)
class Request:
    """One conversion. ``is_try``: a failure gives NULL instead of an error."""

    value: Typed
    target: SqlType
    style: int | None
    is_try: bool
    line: int
    col: int

    @property
    def source(self) -> SqlType:
        return self.value.type

    @property
    def attempt(self) -> str:
        """The last argument of the runtime functions that may fail."""
        return "true" if self.is_try else "false"

    @property
    def source_name(self) -> str:
        """The source type's name as messages write it, as a PostgreSQL literal."""
        return f"'{message_name(self.source)}'"

    def refuse(self) -> NotSupported:
        styled = "" if self.style is None else f" with style {self.style}"
        return NotSupported(
            f"conversion of {self.source} to {self.target}{styled}", self.line, self.col
        )

    def refuse_style(self) -> NotSupported:
        return NotSupported(f"conversion style {self.style}", self.line, self.col)
