"""What every chapter shows on, and what has been found to be as it must."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import cast

from rich import box
from rich.console import Console
from rich.table import Table

from couponry_cli.output import shown
from couponry_jobs import procedures, views
from couponry_jobs.connection import Database, ResultSet, Row
from couponry_jobs.views import where

CAMPAIGN = "launch-week"


class Stage:
    """The console, the database, and the invariants that were held against it."""

    def __init__(self, console: Console, database: Database) -> None:
        self.console = console
        self.database = database
        self.checks: list[tuple[str, object, object]] = []

    def expect(self, what: str, found: object, wanted: object) -> None:
        self.checks.append((what, found, wanted))

    @property
    def failed(self) -> list[tuple[str, object, object]]:
        return [check for check in self.checks if check[1] != check[2]]

    def say(self, text: str) -> None:
        self.console.print(text, highlight=False)

    def title(self, text: str) -> None:
        self.console.print(f"\n[bold]{text}[/bold]", highlight=False)

    def table(self, rows: Sequence[Row], columns: Sequence[str]) -> None:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column in columns:
            number = any(isinstance(row[column], int | Decimal) for row in rows)
            table.add_column(column, justify="right" if number else "left")
        for row in rows:
            table.add_row(*(shown(column, row[column]) for column in columns))
        self.console.print(table)

    def verdict(self) -> int:
        self.title("Verdict")
        for what, found, wanted in self.failed:
            self.console.print(f"[red]✗[/red] {what}: {found!r} instead of {wanted!r}")
        right = len(self.checks) - len(self.failed)
        self.say(f"{right} of {len(self.checks)} invariants hold")
        return 1 if self.failed else 0

    def make_coupon(self, code: str, *, max_uses: int | None, campaign: str = CAMPAIGN) -> str:
        answer = procedures.create_coupon(
            self.database,
            code=code,
            campaign_id=campaign,
            name=f"Demo {code}",
            discount_type="percentage",
            value=Decimal(10),
            max_uses=max_uses,
        )
        return str(answer.row["CouponCode"])

    def ledger(self, code: str) -> Counter[str]:
        """The attempts with a code by what came of them."""
        rows = views.select(
            self.database, "vw_RedemptionLedger", filters=[where("CouponCode", "=", code)]
        )
        return Counter(
            str(row["FailureReason"] if row["Status"] == "failed" else row["Status"])
            for row in rows
        )

    def coupon(self, code: str) -> Row:
        return procedures.get_coupon_details(self.database, code=code).row

    def uses_of(self, code: str) -> int:
        return int(cast(int, self.coupon(code)["UsedCount"]))

    def stats(self) -> Row:
        return only(
            views.select(
                self.database, "vw_RedemptionStats", filters=[where("CampaignId", "=", CAMPAIGN)]
            )
        )


def only(found: ResultSet) -> Row:
    return next(iter(found))


def midnight() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
