"""couponry redeem …"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import click

from couponry_cli.context import App, Group, paging_options, pass_app, yes_option
from couponry_cli.options import MOMENT, MONEY, key_option, order_options, period_options
from couponry_cli.pages import walk
from couponry_jobs import procedures
from couponry_jobs.errors import UsageError
from couponry_jobs.procedures import Order

HISTORY = (
    "RedemptionId",
    "AttemptedAt",
    "CouponCode",
    "CampaignId",
    "Status",
    "FailureReason",
    "OrderId",
    "DiscountAmount",
    "FinalAmount",
    "Source",
)


@click.group(cls=Group)
def redeem() -> None:
    """Validate and redeem codes, take redemptions back."""


@redeem.command("validate")
@click.argument("code")
@click.argument("user")
@order_options
@click.option("--language")
@pass_app
def validate(app: App, code: str, user: str, order: Order, language: str | None) -> None:
    """Tell what a code would give, without using it."""
    answer = procedures.validate_coupon(
        app.database, code=code, user_id=user, order=order, language=language
    )
    app.output.record(answer.row)


@redeem.command("apply")
@click.argument("code")
@click.argument("user")
@order_options
@click.option("--key", help="Idempotency key: the same call again gives the same answer.")
@click.option("--subscription", type=int)
@pass_app
def apply(
    app: App, code: str, user: str, order: Order, key: str | None, subscription: int | None
) -> None:
    """Use a code."""
    answer = procedures.redeem_coupon(
        app.database,
        code=code,
        user_id=user,
        order=order,
        key=key,
        subscription_id=subscription,
    )
    app.output.record(answer.row)


@redeem.command("reverse")
@click.option("--redemption", "redemption_id", type=int, help="Which redemption.")
@click.option("--order", "order_id", help="Instead: that of this order.")
@click.option("--coupon", "code", help="With --order: which of its codes.")
@click.option(
    "--why",
    required=True,
    type=click.Choice(["refund", "chargeback", "admin", "error"]),
)
@click.option("--amount", "refund", type=MONEY, help="What is paid back; else all.")
@click.option("--restore/--no-restore", "restore_use", default=None, help="Give the use back.")
@key_option
@yes_option
@pass_app
def reverse(
    app: App,
    redemption_id: int | None,
    order_id: str | None,
    code: str | None,
    why: str,
    refund: Decimal | None,
    restore_use: bool | None,
    key: str,
    yes: bool,
) -> None:
    """Take a redemption back, with what it gave."""
    if (redemption_id is None) == (order_id is None):
        raise UsageError("name the redemption, or the order: --redemption or --order")
    what = f"redemption {redemption_id}" if order_id is None else f"the redemption of {order_id}"
    app.confirm(f"Reverse {what}?", yes=yes)
    answer = procedures.reverse_redemption(
        app.database,
        key=key,
        why=why,
        redemption_id=redemption_id,
        order_id=order_id,
        code=code,
        refund=refund,
        restore_use=restore_use,
        admin=app.admin,
    )
    app.output.record(answer.row, message=f"reversed redemption {answer.row['RedemptionId']}")


@redeem.command("history")
@click.argument("user")
@click.option("--status", help="success, failed, reversed …")
@period_options
@paging_options
@pass_app
def history(
    app: App,
    user: str,
    status: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    page: int,
    everything: bool,
) -> None:
    """List what a user tried, the latest first."""
    rows = walk(
        lambda size, before: procedures.get_user_redemptions(
            app.database,
            user_id=user,
            status=status,
            since=since,
            until=until,
            page_size=size,
            before_id=before,
        ),
        "RedemptionId",
        limit=limit,
        page=page,
        everything=everything,
    )
    app.output.rows(rows, HISTORY)


@redeem.command("fulfil")
@click.argument("redemption_id", type=int, metavar="ID")
@click.argument("status")
@click.option("--at", type=MOMENT, help="When; else now.")
@pass_app
def fulfil(app: App, redemption_id: int, status: str, at: datetime | None) -> None:
    """Tell what became of a booking: attended, cancelled …"""
    answer = procedures.record_fulfilment(
        app.database, redemption_id=redemption_id, status=status, at=at
    )
    app.output.record(answer.row, message=f"redemption {redemption_id}: {status}")
