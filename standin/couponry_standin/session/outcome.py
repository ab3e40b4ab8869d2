"""How a run ended."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..tsql.errors import SqlError


@dataclass(slots=True)
class Outcome:
    """``outputs``: text of the machine's output parameters. ``error``: what nothing caught."""

    return_code: int = 0
    outputs: list[str | None] = field(default_factory=list)
    error: SqlError | None = None


def error_from(fields: list[str | None]) -> SqlError:
    """number, severity, state, message, procedure, line."""
    texts = [text or "" for text in fields]
    return SqlError(
        int(texts[0]),
        texts[3],
        severity=int(texts[1]),
        state=int(texts[2]),
        procedure=texts[4],
        line=int(texts[5] or 1),
    )


def error_fields(error: SqlError) -> list[str | None]:
    return [
        str(error.number),
        str(error.severity),
        str(error.state),
        error.message,
        error.procedure,
        str(error.line),
    ]
