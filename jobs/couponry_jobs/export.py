"""The codes of a generation request as a file that only its owner can read."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from couponry_jobs import procedures
from couponry_jobs.connection import Database, Value
from couponry_jobs.errors import UsageError

HEADER = ("coupon_code", "expires_at", "is_redeemed", "assigned_to")
PAGE_SIZE = 10_000


def export_codes(
    database: Database,
    path: Path,
    *,
    request_id: str,
    only_unredeemed: bool = False,
    force: bool = False,
    raw: bool = False,
    page_size: int = PAGE_SIZE,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Write every code of the request, and tell how many; the file appears only when complete."""
    if path.exists() and not force:
        raise UsageError(f"{path} exists; use --force to overwrite it")
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    # The mode is given at creation: a file that is closed afterwards was open for a moment.
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    written = 0
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            sheet = csv.writer(file, lineterminator="\n")
            sheet.writerow(HEADER)
            after = 0
            while True:
                answer = procedures.export_batch_codes(
                    database,
                    request_id=request_id,
                    after_coupon_id=after,
                    page_size=page_size,
                    only_unredeemed=only_unredeemed,
                )
                page = list(answer.set(2))
                for row in page:
                    cells = (
                        text_of(row["CouponCode"]),
                        text_of(row["ExpiresAt"]),
                        text_of(row["IsRedeemed"]),
                        text_of(row["AssignedTo"]),
                    )
                    sheet.writerow(cells if raw else [neutralise(cell) for cell in cells])
                written += len(page)
                if progress is not None:
                    progress(written, int(str(answer.row["TotalCodes"] or 0)))
                if len(page) < page_size:
                    break
                after = int(str(page[-1]["CouponId"]))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return written


def text_of(value: Value) -> str:
    """A value as it stands in a file for machines."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, bytes):
        return "0x" + value.hex().upper()
    return str(value)


def instant(value: datetime) -> str:
    """ISO 8601 with Z; the database keeps UTC, milliseconds only when there are any."""
    precision = "milliseconds" if value.microsecond else "seconds"
    return value.replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def neutralise(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return "'" + cell if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
