"""What PostgreSQL answered to one statement."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat

from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult

FATAL_ERROR = int(ExecStatus.FATAL_ERROR)
PIPELINE_ABORTED = int(ExecStatus.PIPELINE_ABORTED)

Row = tuple[bytes | None, ...]


@dataclass(frozen=True, slots=True)
class PgError:
    """An error or a notice of PostgreSQL, field by field; absent fields are empty."""

    sqlstate: str
    message: str
    severity: str = "ERROR"
    detail: str = ""
    hint: str = ""
    position: str = ""
    context: str = ""
    schema: str = ""
    table: str = ""
    column: str = ""
    datatype: str = ""
    constraint: str = ""

    def __str__(self) -> str:
        return f"{self.sqlstate}: {self.message}"


class Result:
    """The answer to one statement; values are fetched from libpq when they are asked for.

    ``error`` is set when this statement failed; ``aborted`` when it was not run because an
    earlier one of the same pipeline section failed.
    """

    __slots__ = ("_pg", "_rows", "status")

    def __init__(self, pg: PGresult) -> None:
        self._pg = pg
        self._rows: list[Row] | None = None
        self.status = int(pg.status)

    @property
    def ok(self) -> bool:
        return self.status != FATAL_ERROR and self.status != PIPELINE_ABORTED

    @property
    def aborted(self) -> bool:
        return self.status == PIPELINE_ABORTED

    @property
    def error(self) -> PgError | None:
        return error_of(self._pg) if self.status == FATAL_ERROR else None

    @property
    def nrows(self) -> int:
        return self._pg.ntuples

    @property
    def ncols(self) -> int:
        return self._pg.nfields

    @property
    def rows(self) -> list[Row]:
        """All rows, each value in PostgreSQL's text form."""
        rows = self._rows
        if rows is None:
            value = self._pg.get_value
            columns = range(self._pg.nfields)
            rows = [
                tuple([value(row, column) for column in columns]) for row in range(self._pg.ntuples)
            ]
            self._rows = rows
        return rows

    def row(self, number: int, first: int = 0, end: int | None = None) -> Row:
        """One row, or its columns from ``first`` to before ``end``."""
        columns = range(first, self._pg.nfields if end is None else end)
        return tuple(map(self._pg.get_value, repeat(number), columns))

    def column(self, number: int, first: int = 0, end: int | None = None) -> list[bytes | None]:
        """The values of one column, of the rows from ``first`` to before ``end``."""
        rows = range(first, self._pg.ntuples if end is None else end)
        return list(map(self._pg.get_value, rows, repeat(number)))

    def value(self, row: int = 0, column: int = 0) -> bytes | None:
        """One value; cheaper than ``rows`` when only a few are needed."""
        return self._pg.get_value(row, column)

    @property
    def names(self) -> list[str]:
        """The columns' names."""
        pg = self._pg
        return [(pg.fname(column) or b"").decode() for column in range(pg.nfields)]

    @property
    def types(self) -> list[int]:
        """The columns' types, as PostgreSQL's type oids."""
        pg = self._pg
        return [pg.ftype(column) for column in range(pg.nfields)]

    @property
    def command_tag(self) -> str:
        """``SELECT 3``, ``COMMIT`` …; a COMMIT of a failed transaction says ``ROLLBACK``."""
        return (self._pg.command_status or b"").decode()

    @property
    def row_count(self) -> int | None:
        """Rows selected or changed, None where the statement has no such count."""
        return self._pg.command_tuples

    def __repr__(self) -> str:
        if self.aborted:
            return "<Result aborted>"
        return f"<Result {self.error or self.command_tag}>"


def error_of(pg: PGresult) -> PgError:
    """The fields of an error or a notice."""

    def field(code: DiagnosticField) -> str:
        return (pg.error_field(code) or b"").decode("utf-8", "replace")

    message = field(DiagnosticField.MESSAGE_PRIMARY)
    if not message:
        # Errors that libpq makes itself (the connection broke) have a text and no fields.
        message = (pg.error_message or b"").decode("utf-8", "replace").strip()
    return PgError(
        sqlstate=field(DiagnosticField.SQLSTATE) or "08006",
        message=message,
        severity=field(DiagnosticField.SEVERITY_NONLOCALIZED) or "ERROR",
        detail=field(DiagnosticField.MESSAGE_DETAIL),
        hint=field(DiagnosticField.MESSAGE_HINT),
        position=field(DiagnosticField.STATEMENT_POSITION),
        context=field(DiagnosticField.CONTEXT),
        schema=field(DiagnosticField.SCHEMA_NAME),
        table=field(DiagnosticField.TABLE_NAME),
        column=field(DiagnosticField.COLUMN_NAME),
        datatype=field(DiagnosticField.DATATYPE_NAME),
        constraint=field(DiagnosticField.CONSTRAINT_NAME),
    )
