"""Printing data: tables for people, JSON and CSV for programs, workbooks for offices."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from couponry_jobs.connection import ResultSet, Row, Value
from couponry_jobs.errors import UsageError
from couponry_jobs.export import instant, neutralise, text_of

# Limits whose absence means that there is none.
UNLIMITED = frozenset(
    {
        "MaxUses",
        "RemainingUses",
        "MaxUsesPerUser",
        "RemainingUsesForUser",
        "MaxRedemptionsPerUser",
        "MaxTotalRedemptions",
        "RemainingRedemptions",
        "RemainingBudget",
    }
)

GOOD = frozenset(
    {"active", "available", "completed", "success", "applied", "yes", "ok", "assigned"}
)
WAITING = frozenset(
    {"scheduled", "pending", "processing", "reserved", "flagged", "changed", "limit_reached"}
)
BAD = frozenset({"expired", "failed", "conflict", "no", "cancelled", "inactive", "deleted"})
STATUS = frozenset(
    {"Status", "DisplayStatus", "LifecycleState", "IsActive", "State", "Passed", "IsValid"}
)

FREE_WIDTH = 100_000


@dataclass(frozen=True, slots=True)
class Style:
    format: str
    color: bool = True
    wide: bool = False
    raw: bool = False
    file: str | None = None


class Output:
    """Where the data of one command goes."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self.is_begun = False
        """whether something stands on stdout already"""

    def rows(
        self, rows: Iterable[Row], columns: Sequence[str], *, title: str | None = None
    ) -> None:
        """A list; the columns say what a table shows, the other formats show everything."""
        listed = list(rows)
        if self._is_workbook():
            self._workbook(listed, columns)
        elif self.style.format == "json":
            self._write(to_json([to_data(row) for row in listed]))
        elif self.style.format == "csv":
            self._write(to_csv(listed, columns, raw=self.style.raw))
        else:
            self._table(_list_table(listed, columns, title))

    def record(
        self,
        row: Row,
        *,
        sets: Mapping[str, ResultSet] | None = None,
        without: Sequence[str] = ("Success", "ErrorCode", "Message"),
        message: str | None = None,
    ) -> None:
        """One thing with all its fields, and the lists that belong to it."""
        lists = {name: list(found) for name, found in (sets or {}).items()}
        if self.style.format == "json":
            data = to_data(row)
            for name, found in lists.items():
                data[name] = [to_data(one) for one in found]
            self._write(to_json(data))
        elif self.style.format == "csv":
            shown = {name: value for name, value in row.items() if name not in without}
            self._write(to_csv([shown], list(shown), raw=self.style.raw))
        elif message is not None:
            self._write(message + "\n")
        else:
            shown = {name: value for name, value in row.items() if name not in without}
            self._table(_record_table(shown))
            for name, found in lists.items():
                if found:
                    self._table(_list_table(found, list(found[0]), name))

    def _is_workbook(self) -> bool:
        return (self.style.file or "").lower().endswith(".xlsx")

    def _workbook(self, rows: Sequence[Row], columns: Sequence[str]) -> None:
        try:
            import openpyxl  # pyright: ignore[reportMissingModuleSource]
        except ModuleNotFoundError:
            raise UsageError("writing .xlsx needs the extra couponry[xlsx]") from None
        names = list(rows[0]) if rows else list(columns)
        book: Any = openpyxl.Workbook()
        sheet = book.active
        sheet.append(names)
        for row in rows:
            # Text as text: a cell that starts with = must not become a formula.
            sheet.append([_cell_of_workbook(row.get(name)) for name in names])
            for cell in sheet[sheet.max_row]:
                if cell.data_type == "f":
                    cell.data_type = "s"
        book.save(str(self.style.file))

    def _table(self, table: Table) -> None:
        target = io.StringIO()
        to_terminal = self.style.file is None and sys.stdout.isatty()
        console = Console(
            file=target,
            force_terminal=to_terminal and self.style.color,
            no_color=not self.style.color,
            width=None if to_terminal and not self.style.wide else FREE_WIDTH,
            legacy_windows=False,
        )
        console.print(table)
        # Rich fills lines up to the width of the console.
        self._write("\n".join(line.rstrip() for line in target.getvalue().split("\n")))

    def _write(self, text: str) -> None:
        if self.style.file is None:
            self.is_begun = True
            sys.stdout.write(text)
            sys.stdout.flush()
        else:
            Path(self.style.file).write_text(text, encoding="utf-8", newline="")


def camel(name: str) -> str:
    """CouponCode → couponCode, as programs name it."""
    return name[:1].lower() + name[1:]


def to_data(row: Row) -> dict[str, object]:
    return {camel(name): plain(value) for name, value in row.items()}


def plain(value: Value) -> object:
    """A value as JSON holds it: money as text, so that no reader turns it into a float."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            return format(value, "f")
        case datetime():
            return instant(value)
        case date() | time():
            return value.isoformat()
        case bytes():
            return "0x" + value.hex().upper()
        case UUID():
            return str(value)


def to_json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def to_csv(rows: Sequence[Row], columns: Sequence[str], *, raw: bool) -> str:
    names = list(rows[0]) if rows else list(columns)
    target = io.StringIO()
    sheet = csv.writer(target, lineterminator="\n")
    sheet.writerow(names)
    for row in rows:
        cells = [text_of(row.get(name)) for name in names]
        sheet.writerow(
            cells
            if raw
            else [
                # A negative number starts with a minus, but no formula does that is a number.
                cell if isinstance(row.get(name), int | float | Decimal) else neutralise(cell)
                for name, cell in zip(names, cells, strict=True)
            ]
        )
    return target.getvalue()


def shown(column: str, value: Value) -> str:
    """A value as a person reads it in a table."""
    match value:
        case None:
            return "∞" if column in UNLIMITED else "-"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S")
        case Decimal():
            return format(value, "f")
        case bytes():
            return "0x" + value.hex().upper()
        case _:
            return str(value)


def _cell(column: str, value: Value) -> Text:
    text = shown(column, value)
    if column not in STATUS:
        return Text(text)
    word = text.lower()
    colour = (
        "green" if word in GOOD else "yellow" if word in WAITING else "red" if word in BAD else ""
    )
    return Text(text, style=colour)


def _list_table(rows: Sequence[Row], columns: Sequence[str], title: str | None) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for column in columns:
        numeric = any(
            isinstance(row.get(column), int | Decimal) and not isinstance(row.get(column), bool)
            for row in rows
        )
        table.add_column(
            column, justify="right" if numeric else "left", overflow="ellipsis", no_wrap=True
        )
    for row in rows:
        table.add_row(*(_cell(column, row.get(column)) for column in columns))
    return table


def _record_table(row: Row) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column("name", style="bold", no_wrap=True)
    table.add_column("value", overflow="fold")
    for name, value in row.items():
        table.add_row(name, _cell(name, value))
    return table


def _cell_of_workbook(value: Value) -> object:
    if isinstance(value, bytes | UUID):
        return text_of(value)
    return cast(object, value)
