"""Puts what machines give into a response, in order."""

from __future__ import annotations

from ..tds import UPDATE, ColumnMeta, Response, Shape
from ..tsql.errors import SqlError
from ..tsql.plan import Plan, ResultColumn

_SHAPES: dict[int, tuple[list[ResultColumn], Shape]] = {}


def shape_of(columns: list[ResultColumn]) -> Shape:
    """The wire form of a result set's columns, made once a plan."""
    known = _SHAPES.get(id(columns))
    if known is not None and known[0] is columns:
        return known[1]
    shape = Shape(
        [
            ColumnMeta(
                column.name,
                column.type,
                column.nullable,
                identity=column.identity,
                updatable=column.updatable,
            )
            for column in columns
        ]
    )
    if len(_SHAPES) > 5000:
        _SHAPES.clear()
    _SHAPES[id(columns)] = (columns, shape)
    return shape


class Writer:
    """``in_procedure``: statements end with DONEINPROC, as inside a call."""

    def __init__(self, response: Response, *, in_procedure: bool) -> None:
        self.response = response
        self.in_procedure = in_procedure
        self.depth = 0
        self._open = False

    @property
    def inside(self) -> bool:
        return self.in_procedure or self.depth > 0

    def columns(self, plan: Plan, index: int, *, metadata: bool = True) -> None:
        self.close_rows()
        self.response.columns(shape_of(plan.sets[index - 1]), metadata=metadata)
        self._open = True

    def count(self, count: int | None) -> None:
        # JDBC takes a count for that of a change only if the end of the statement names one; which
        # one makes no difference to it, or to any other driver.
        command = 0 if self._open or count is None else UPDATE
        self._open = False
        if self.inside:
            self.response.done_in_proc(count, command)
        else:
            self.response.done(count, command)

    def close_rows(self) -> None:
        """End a result set whose count is not wanted."""
        if self._open:
            self.count(None)

    def message(self, fields: list[str | None]) -> None:
        texts = [text or "" for text in fields]
        number, severity, state = int(texts[0]), int(texts[1]), int(texts[2])
        line = int(texts[5] or 1)
        if severity > 10:
            # The error comes before the end of a result set that it broke off.
            self._open = False
            self.response.error(number, state, severity, texts[3], texts[4], line)
            self._terminated(number)
            if self.inside:
                self.response.done_in_proc(error=True)
            else:
                self.response.done(error=True)
        else:
            self.close_rows()
            self.response.info(number, state, severity, texts[3], texts[4], line)

    def error(self, error: SqlError, *, thrown: bool = False) -> None:
        """An error that ends what runs: the caller writes its end."""
        self._open = False
        self.response.error(
            error.number,
            error.state,
            error.severity,
            error.message,
            error.procedure,
            max(error.line, 1),
        )
        if not thrown:
            self._terminated(error.number)

    def _terminated(self, number: int) -> None:
        if number in (515, 547, 2601, 2627, 2628, 8115, 8134):
            self.response.info(3621, 0, 0, "The statement has been terminated.")
