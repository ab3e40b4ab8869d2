"""Errors that the compiler reports, with SQL Server's numbers and a place in the script."""

from __future__ import annotations


class SqlError(Exception):
    """An error as a client sees it: number, severity (class), state, message, line, procedure."""

    def __init__(
        self,
        number: int,
        message: str,
        *,
        severity: int = 16,
        state: int = 1,
        line: int = 1,
        col: int | None = None,
        procedure: str = "",
    ) -> None:
        super().__init__(message)
        self.number = number
        self.message = message
        self.severity = severity
        self.state = state
        self.line = line
        self.col = col
        self.procedure = procedure


class SyntaxProblem(SqlError):
    """102, 105, 156 …: the text is not T-SQL (severity 15)."""

    def __init__(self, message: str, line: int, col: int, number: int = 102) -> None:
        severity = 16 if number in (243, 2717, 2750, 4194, 8155) else 15
        super().__init__(number, message, severity=severity, line=line, col=col)


class NotSupported(SqlError):
    """40517: T-SQL that the stand-in does not know. Names the construct, its line and column.

    Without a line the place comes later, from the statement that asked: see ``placed``.
    """

    def __init__(self, construct: str, line: int = 0, col: int = 0) -> None:
        place = f" (line {line}, column {col})" if line else ""
        super().__init__(
            40517,
            f"The stand-in does not support {construct}{place}{REFUSES}",
            severity=16,
            line=max(line, 1),
            col=max(col, 1),
        )


REFUSES = ". It refuses what it cannot run as SQL Server would."


def placed(error: SqlError, line: int = 0, col: int = 0) -> SqlError:
    """A refusal with the place of its statement; a call of a client's has none, and says so."""
    if error.number == 40517 and "(line " not in error.message:
        place = f"line {line}, column {max(col, 1)}" if line else "in a call, which has no lines"
        error.message = error.message.replace(REFUSES, f" ({place}){REFUSES}")
        error.line = max(line, 1)
    return error


MOST_PARAMETERS = 2100


def too_many_parameters() -> SqlError:
    return SqlError(
        8003,
        "The incoming request has too many parameters. The server supports a maximum of"
        f" {MOST_PARAMETERS} parameters. Reduce the number of parameters and resend the request.",
    )
