"""couponry payment …"""

from __future__ import annotations

import click

from couponry_cli.context import App, Group, paging_options, pass_app
from couponry_cli.pages import select
from couponry_jobs import procedures, views
from couponry_jobs.errors import BusinessFailure
from couponry_jobs.views import where

LIST = (
    "EventId",
    "EventType",
    "Outcome",
    "OrderId",
    "ReservationId",
    "RedemptionId",
    "Amount",
    "ReceivedAt",
    "Attempts",
    "LastError",
)


@click.group(cls=Group)
def payment() -> None:
    """What the payment provider has told."""


@payment.command("list")
@click.option("--outcome", help="processed, ignored, deferred, failed.")
@paging_options
@pass_app
def list_(app: App, outcome: str | None, limit: int, page: int, everything: bool) -> None:
    """List events, the latest first."""
    rows = select(
        app.database,
        "vw_PaymentEvents",
        filters=[where("Outcome", "=", outcome)] if outcome else [],
        order=[("ReceivedAt", True), ("EventId", False)],
        limit=limit,
        page=page,
        everything=everything,
    )
    app.output.rows(rows, LIST)


@payment.command("replay")
@click.argument("event_id", metavar="EVENTID")
@pass_app
def replay(app: App, event_id: str) -> None:
    """Run an event again that failed or waits; one that was processed stays as it is."""
    found = views.select(
        app.database, "vw_PaymentEvents", filters=[where("EventId", "=", event_id)]
    )
    known = next(iter(found), None)
    if known is None:
        raise BusinessFailure("EVENT_NOT_FOUND", f"Payment event {event_id} not found.", {})
    answer = procedures.process_payment_event(
        app.database, event_id=event_id, event_type=str(known["EventType"]), replay=True
    )
    app.output.record(answer.row, message=f"{event_id}: {answer.row['Outcome']}")
