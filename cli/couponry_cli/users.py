"""couponry user …"""

from __future__ import annotations

from typing import Any

import click

from couponry_cli.context import App, Group, pass_app
from couponry_cli.options import MOMENT
from couponry_jobs import procedures


@click.group(cls=Group)
def user() -> None:
    """Facts about users that rules ask for."""


@user.command("profile")
@click.argument("user_id", metavar="USER")
@click.option("--email")
@click.option("--verified/--unverified", "email_verified", default=None)
@click.option("--payment-method/--no-payment-method", "has_payment_method", default=None)
@click.option("--payment-fingerprint")
@click.option("--country")
@click.option("--first-purchase", "first_purchase_at", type=MOMENT)
@pass_app
def profile(app: App, user_id: str, **given: Any) -> None:
    """Store what is known of a user; what is not named stays."""
    answer = procedures.upsert_user_profile(app.database, user_id=user_id, **given)
    word = "created" if answer.row.get("IsNew") else "updated"
    app.output.record(answer.row, message=f"{word} profile of {user_id}")
