"""How a run ended."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..tsql.errors import SqlError

CONVERSION = re.compile(
    r"Conversion failed when converting the (?P<source>\w+) value '.*'"
    r" to data type (?P<target>\w+)\.",
    re.DOTALL,
)


@dataclass(slots=True)
class Outcome:
    """``outputs``: text of the machine's output parameters. ``error``: what nothing caught."""

    return_code: int = 0
    outputs: list[str | None] = field(default_factory=list)
    error: SqlError | None = None
    thrown: bool = False
    """the error is a THROW's: no statement was terminated by it"""


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


def argument_error(error: SqlError, procedure: str) -> SqlError:
    """A value that cannot become its parameter has an error number of its own."""
    found = CONVERSION.fullmatch(error.message)
    if found is None:
        return error
    return SqlError(
        8114,
        f"Error converting data type {found['source']} to {found['target']}.",
        state=5,
        line=0,
        procedure=procedure,
    )
