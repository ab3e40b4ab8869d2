"""couponry coupon import …: codes out of a file, previewed before they are brought in."""

from __future__ import annotations

import csv
import io
import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count, islice
from pathlib import Path
from typing import Any

import click

from couponry_cli.context import App, pass_app, yes_option
from couponry_cli.coupons import COLUMNS as COUPON_COLUMNS
from couponry_cli.coupons import coupon
from couponry_cli.output import to_csv
from couponry_cli.progress import bar
from couponry_cli.searches import search_options
from couponry_jobs import procedures
from couponry_jobs.connection import ResultSet, Row
from couponry_jobs.errors import BusinessFailure, UsageError
from couponry_jobs.procedures import Answer, Search

MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 20_000
PAGE = 1000
NAMES = (
    "code",
    "discount_type",
    "discount_value",
    "valid_from",
    "valid_until",
    "max_uses_total",
    "internal_name",
    "description_en",
    "applicable_to",
    "campaign_source",
)
EXAMPLE = (
    "SPRING15",
    "percentage",
    "15",
    "2030-03-01",
    "2030-03-31T23:59:59",
    "500",
    "Spring mailing",
    "15 % off in spring",
    "all",
    "newsletter",
)
COLUMNS = ("Line", "CouponCode", "Action", "ErrorCode", "Message")


@dataclass(frozen=True, slots=True)
class File:
    """The rows of a file, and in which line each begins."""

    rows: tuple[dict[str, str], ...]
    lines: tuple[int, ...]

    def told(self, answer: Answer) -> ResultSet:
        """What the procedure says of each row, with its line instead of its number."""
        found = answer.set(2)
        return ResultSet(
            ("Line", *found.columns[1:]),
            tuple((self.lines[int(str(row[0])) - 1], *row[1:]) for row in found.rows),
        )


@coupon.command("import")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--campaign", "campaign_id", required=True)
@click.option("--skip-duplicates", is_flag=True, help="Leave codes that exist as they are.")
@click.option("--update-existing", is_flag=True, help="Change codes that exist.")
@click.option("--activate", is_flag=True, help="Let the new codes be redeemed at once.")
@click.option("--notify", is_flag=True, help="Tell subscribers of events.")
@click.option("--dry-run", is_flag=True, help="Stop after the preview.")
@yes_option
@pass_app
def import_(
    app: App,
    path: Path,
    campaign_id: str,
    skip_duplicates: bool,
    update_existing: bool,
    activate: bool,
    notify: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Bring the codes of a .csv or .xlsx file into a campaign, wholly or not at all."""
    file = read(path)
    options: dict[str, Any] = {
        "campaign_id": campaign_id,
        "rows_json": json.dumps(file.rows, ensure_ascii=False),
        "skip_duplicates": skip_duplicates or None,
        "update_existing": update_existing or None,
        "activate": activate or None,
        "notify": notify or None,
    }
    preview = procedures.import_coupons(app.database, dry_run=True, **options)
    app.say(f"{path.name}: {preview.row['Message']}")
    if dry_run or not preview.row["Success"]:
        _print(app, file, preview)
        return
    app.confirm(f"Import {preview.row['Rows']} rows into {campaign_id}?", yes=yes)
    # A key of its own: an answer that is lost on the way does not bring the codes twice.
    answer = procedures.import_coupons(
        app.database, dry_run=False, key=f"cli-{secrets.token_hex(12)}", admin=app.admin, **options
    )
    _print(app, file, answer)


def _print(app: App, file: File, answer: Answer) -> None:
    told = file.told(answer)
    failed = not answer.row["Success"]
    if app.format == "json" and not failed:
        app.output.record({**answer.row}, sets={"lines": told})
    elif app.format == "json":
        # The error itself is printed on the way out; these are its particulars.
        for row in told:
            if row["ErrorCode"]:
                click.echo(_line(row), err=True)
    elif app.format == "csv":
        app.output.rows(told, COLUMNS)
    elif failed:
        app.output.rows([row for row in told if row["ErrorCode"]], COLUMNS)
    else:
        app.output.record(answer.row, message=str(answer.row["Message"]))
    if failed:
        raise BusinessFailure(str(answer.row["ErrorCode"]), str(answer.row["Message"]), answer.row)


def _line(row: Row) -> str:
    return f"line {row['Line']}: {row['CouponCode']}: {row['ErrorCode']}: {row['Message']}"


@coupon.command("export")
@search_options
@pass_app
def export(app: App, search: Search) -> None:
    """Write all that a search finds; --output FILE, also .xlsx."""
    with bar("export", quiet=app.quiet) as advance:
        found: list[Row] = []
        for number in count(1):
            page = procedures.search_coupons(
                app.database, search=search, page_size=PAGE, page_no=number
            )
            total = 0
            for row in page:
                total = int(str(row["TotalRows"]))
                found.append({name: row[name] for name in row if name != "TotalRows"})
            if len(page) < PAGE:
                break
            advance(len(found), total)
    app.output.rows(found, COUPON_COLUMNS)
    if app.output.style.file is not None:
        app.say(f"{len(found)} coupons written")


@coupon.command("import-template")
@pass_app
def import_template(app: App) -> None:
    """Write the header of an import file and one example row."""
    text = to_csv([dict(zip(NAMES, EXAMPLE, strict=True))], NAMES, raw=True)
    if app.output.style.file is None:
        click.echo(text, nl=False)
    else:
        Path(app.output.style.file).write_text(text, encoding="utf-8", newline="")


def read(path: Path) -> File:
    """The file as rows of texts; what cannot be such a file is wrong usage."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    if len(content) > MOST_BYTES:
        raise UsageError(f"{path}: more than 10 MB")
    is_workbook = path.suffix.lower() == ".xlsx"
    lines = _workbook(path, content) if is_workbook else _text(path, content)
    names = [name.strip() for _, header in islice(lines, 1) for name in header]
    unknown = [name for name in names if name not in NAMES]
    if not names or unknown:
        raise UsageError(f"{path}: unknown column {', '.join(unknown) or '(no header row)'}")
    if len(set(names)) < len(names):
        raise UsageError(f"{path}: a column comes twice")
    rows: list[dict[str, str]] = []
    numbers: list[int] = []
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(names):
            raise UsageError(f"{path}, line {number}: more cells than columns")
        if len(rows) == MOST_ROWS:
            raise UsageError(f"{path}: more than {MOST_ROWS} rows")
        rows.append({name: cell for name, cell in zip(names, cells, strict=False) if cell.strip()})
        numbers.append(number)
    return File(tuple(rows), tuple(numbers))


def _text(path: Path, content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 at byte {error.start}") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    before = 0
    try:
        for cells in reader:
            # A cell may hold line ends: the row begins behind the one before.
            yield before + 1, cells
            before = reader.line_num
    except csv.Error as error:
        raise UsageError(f"{path}, line {reader.line_num}: {error}") from None


def _workbook(path: Path, content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        import openpyxl  # pyright: ignore[reportMissingModuleSource]
    except ModuleNotFoundError:
        raise UsageError("reading .xlsx needs the extra couponry[xlsx]") from None
    try:
        book: Any = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception as error:  # noqa: BLE001 - the package raises what its parts raise
        raise UsageError(f"{path}: not a workbook: {error}") from None
    found: Iterable[tuple[object, ...]] = book.active.iter_rows(values_only=True)
    for number, cells in enumerate(found, start=1):
        yield number, [_cell(cell) for cell in cells]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
