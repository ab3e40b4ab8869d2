"""couponry credit …"""

from __future__ import annotations

from datetime import datetime

import click

from couponry_cli.context import App, Group, pass_app
from couponry_cli.options import MOMENT, request_option
from couponry_jobs import procedures, views

USAGE = (
    "CreatedAt",
    "ProviderId",
    "ModelId",
    "Operation",
    "InputTokens",
    "OutputTokens",
    "VendorCost",
    "CreditsDeducted",
)
LEDGER = ("OccurredAt", "EntryType", "Amount", "CreditType", "Reason", "RunningBalance")
limit_option = click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)


@click.group(cls=Group)
def credit() -> None:
    """Credits of users: give them, see what became of them."""


@credit.command("grant")
@click.argument("user")
@click.option("--amount", type=int, required=True)
@click.option("--type", "credit_type", default="admin_grant", show_default=True)
@click.option("--source", default="couponry", show_default=True, help="What they are given for.")
@click.option("--expires", "expires_at", type=MOMENT, help="Without it they never do.")
@request_option
@pass_app
def grant(
    app: App,
    user: str,
    amount: int,
    credit_type: str,
    source: str,
    expires_at: datetime | None,
    request_id: str,
) -> None:
    """Give credits to a user."""
    answer = procedures.grant_credits(
        app.database,
        user_id=user,
        amount=amount,
        credit_type=credit_type,
        source=source,
        request_id=request_id,
        expires_at=expires_at,
        admin=app.admin,
    )
    app.output.record(
        answer.row, message=f"granted {amount} credits to {user}: {answer.row.get('Balance')}"
    )


@credit.command("balance")
@click.argument("user")
@pass_app
def balance(app: App, user: str) -> None:
    """Show what a user has, and where it came from."""
    answer = procedures.get_credit_balance(app.database, user_id=user)
    app.output.record(answer.row, sets={"sources": answer.set(2)})


@credit.command("usage")
@click.argument("user")
@click.option("--days", type=click.IntRange(min=1), default=30, show_default=True)
@limit_option
@pass_app
def usage(app: App, user: str, days: int, limit: int) -> None:
    """List what a user spent credits on, newest first."""
    found = procedures.get_token_usage(app.database, user_id=user, days=days, page_size=limit)
    app.output.rows(found, USAGE)


@credit.command("ledger")
@click.argument("user")
@limit_option
@pass_app
def ledger(app: App, user: str, limit: int) -> None:
    """List how the balance of a user came about, newest first."""
    found = views.select(
        app.database,
        "vw_CreditLedger",
        filters=[views.where("UserId", "=", user)],
        order=[("OccurredAt", True)],
        limit=limit,
    )
    app.output.rows(found, LEDGER)
