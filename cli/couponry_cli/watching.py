"""couponry watch"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count

import click

from couponry_cli.context import App, Command, pass_app
from couponry_cli.output import to_data
from couponry_jobs import views
from couponry_jobs.connection import Database, Row, Value
from couponry_jobs.errors import UsageError
from couponry_jobs.views import Filter, where

EVENTS = ("coupon_used", "fraud_detected", "limit_reached", "expired")
# What one look may bring; the next one brings the rest.
MOST = 1000


class Tail:
    """The end of a view that grows: each look brings the rows behind the last one seen."""

    def __init__(
        self, database: Database, view: str, key: str, filters: Sequence[Filter] = ()
    ) -> None:
        self._database = database
        self._view = view
        self._key = key
        self._filters = list(filters)
        newest = self._read([], descends=True, limit=1)
        self._last: Value = newest[0][key] if newest else None

    def look(self) -> list[Row]:
        behind = [] if self._last is None else [where(self._key, ">", self._last)]
        found = self._read(behind, descends=False, limit=MOST)
        if found:
            self._last = found[-1][self._key]
        return found

    def _read(self, behind: Sequence[Filter], *, descends: bool, limit: int) -> list[Row]:
        return list(
            views.select(
                self._database,
                self._view,
                filters=[*self._filters, *behind],
                order=[(self._key, descends)],
                limit=limit,
            )
        )


def lines(
    database: Database,
    events: Sequence[str],
    *,
    interval: float,
    looks: int | None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Row]:
    """What happens from now on: events, and attempts with codes."""
    tails = (
        Tail(database, "vw_RecentEvents", "EventId", [where("EventType", "IN", *events)]),
        Tail(database, "vw_RecentActivity", "AttemptedAt"),
    )
    for number in count(1):
        for tail in tails:
            yield from tail.look()
        if number == looks:
            return
        sleep(interval)


@click.command("watch", cls=Command)
@click.option("--interval", type=click.FloatRange(min=0.1), default=2, show_default=True)
@click.option("--events", "text", default=",".join(EVENTS), show_default=True, metavar="TYPE,…")
@click.option("--looks", type=click.IntRange(min=1), help="End after so many; else by Ctrl-C.")
@pass_app
def watch(app: App, interval: float, text: str, looks: int | None) -> None:
    """Print events and attempts with codes as they happen, a line each."""
    events = [one.strip() for one in text.split(",") if one.strip()]
    if not events:
        raise UsageError("--events: name at least one type")
    for row in lines(app.database, events, interval=interval, looks=looks):
        click.echo(_line(app, row))


def _line(app: App, row: Row) -> str:
    if app.format == "json":
        return json.dumps(to_data(row), ensure_ascii=False)
    if "EventId" in row:
        told = (row["OccurredAt"], row["EventType"], row["EntityId"], row["PayloadJson"])
    else:
        told = (row["AttemptedAt"], row["Status"], row["CouponCode"], row["UserEmailMasked"] or "-")
    return "  ".join(str(one) for one in told)
