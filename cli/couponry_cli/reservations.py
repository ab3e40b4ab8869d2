"""couponry reservation …"""

from __future__ import annotations

from decimal import Decimal

import click

from couponry_cli.context import App, Group, paging_options, pass_app
from couponry_cli.options import MONEY, key_option, order_options
from couponry_cli.pages import select
from couponry_jobs import procedures
from couponry_jobs.procedures import Order
from couponry_jobs.views import where

LIST = (
    "ReservationId",
    "CouponCode",
    "CampaignId",
    "UserId",
    "OrderId",
    "DiscountAmount",
    "ExpiresAt",
    "SecondsLeft",
    "IsOverdue",
)


@click.group(cls=Group)
def reservation() -> None:
    """Hold a code during a checkout, confirm or release it."""


@reservation.command("create")
@click.argument("code")
@click.argument("user")
@order_options
@click.option("--key", help="Idempotency key: the same call again gives the same answer.")
@pass_app
def create(app: App, code: str, user: str, order: Order, key: str | None) -> None:
    """Hold a use of a code."""
    answer = procedures.reserve_coupon(app.database, code=code, user_id=user, order=order, key=key)
    app.output.record(answer.row)


@reservation.command("confirm")
@click.argument("reservation_id", type=int, metavar="ID")
@key_option
@click.option("--paid", type=MONEY, help="What was paid.")
@pass_app
def confirm(app: App, reservation_id: int, key: str, paid: Decimal | None) -> None:
    """Turn what is held into a redemption, once it is paid."""
    answer = procedures.confirm_reservation(
        app.database, reservation_id=reservation_id, key=key, paid=paid
    )
    app.output.record(answer.row)


@reservation.command("release")
@click.argument("reservation_id", type=int, metavar="ID")
@click.option("--reason", "why", help="Why; else user_cancelled.")
@pass_app
def release(app: App, reservation_id: int, why: str | None) -> None:
    """Give back what is held."""
    answer = procedures.release_reservation(app.database, reservation_id=reservation_id, reason=why)
    word = "released" if answer.row["WasOpen"] else "was closed already"
    app.output.record(answer.row, message=f"reservation {reservation_id}: {word}")


@reservation.command("show")
@click.argument("reservation_id", type=int, metavar="ID")
@pass_app
def show(app: App, reservation_id: int) -> None:
    """Show one reservation."""
    answer = procedures.get_reservation(app.database, reservation_id=reservation_id)
    app.output.record(answer.row)


@reservation.command("list")
@click.option("--overdue", is_flag=True, help="Only those whose time is over.")
@paging_options
@pass_app
def list_(app: App, overdue: bool, limit: int, page: int, everything: bool) -> None:
    """List what is held now."""
    rows = select(
        app.database,
        "vw_ActiveReservations",
        filters=[where("IsOverdue", "=", True)] if overdue else [],
        order=[("ReservationId", False)],
        limit=limit,
        page=page,
        everything=everything,
    )
    app.output.rows(rows, LIST)
