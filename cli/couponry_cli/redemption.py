"""couponry redeem …"""

from __future__ import annotations

import click

from couponry_cli.context import App, Group, pass_app
from couponry_cli.options import order_options
from couponry_jobs import procedures
from couponry_jobs.procedures import Order


@click.group(cls=Group)
def redeem() -> None:
    """Validate and redeem codes."""


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
