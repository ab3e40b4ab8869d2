"""What a section of the report is made of: a table, and what it looks like drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import cast

from markupsafe import Markup

from couponry_cli.output import shown
from couponry_cli.report import charts
from couponry_cli.report.charts import Mark, Series
from couponry_jobs.connection import ResultSet, Row, Value

TOP = 20
"""Bars in a drawing, and rows that are asked for where nothing else limits them."""


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A table, and what it looks like drawn."""

    title: str
    columns: tuple[str, ...]
    rows: list[list[Cell]]
    drawing: Markup | None = None
    legend: tuple[tuple[str, str, str], ...] = ()


def lines(
    title: str,
    series: Sequence[tuple[str, ResultSet, str]],
    shown_below: tuple[tuple[str, ...], list[list[Cell]]],
    marks: Iterable[Row] = (),
) -> Part:
    drawn = [
        Series(name, [(_day(row["PeriodStart"]), number(row[column])) for row in rows])
        for name, rows, column in series
    ]
    told = [Mark(_day(row["OccurredAt"]), str(row["Label"])) for row in marks]
    legend = tuple(
        (one.name, *charts.STROKES[place % len(charts.STROKES)]) for place, one in enumerate(drawn)
    )
    return Part(title, *shown_below, charts.lines(title, drawn, told), legend)


def bars(title: str, values: Sequence[tuple[str, Value]]) -> Part:
    rows = [[Cell(name, False), Cell(shown("", value), True)] for name, value in values]
    drawing = charts.bars(title, [(name, number(value)) for name, value in values])
    return Part(title, ("", "Number"), rows, drawing)


def bars_of(
    title: str,
    found: ResultSet,
    name: str,
    value: str = "Successes",
    *,
    full: float | None = None,
    columns: tuple[str, ...] = (),
) -> Part:
    values = [(str(row[name]), number(row[value])) for row in found][:TOP]
    return Part(title, *table(found, *columns), charts.bars(title, values, full=full))


def plain(title: str, found: ResultSet, *columns: str) -> Part:
    return Part(title, *table(found, *columns))


def table(found: ResultSet, *columns: str) -> tuple[tuple[str, ...], list[list[Cell]]]:
    names = columns or found.columns
    return tuple(names), [[_cell(name, row[name]) for name in names] for row in found]


def _cell(name: str, value: Value) -> Cell:
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return Cell(shown(name, value), is_number)


def _day(value: Value) -> date:
    return value.date() if isinstance(value, datetime) else cast(date, value)


def number(value: Value) -> float:
    return float(cast("Decimal | float | int | None", value) or 0)
