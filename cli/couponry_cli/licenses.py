"""couponry license …"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import click

from couponry_cli.context import App, Group, pass_app
from couponry_cli.options import MONEY, request_option
from couponry_jobs import procedures
from couponry_jobs.errors import UsageError


@click.group(cls=Group)
def license() -> None:  # named after the command
    """Perpetual licences: grant them, their devices, modes and versions."""


@license.command("grant")
@click.option("--user", "user_id", required=True)
@click.option("--price", type=MONEY, required=True, help="What was paid.")
@click.option("--version", required=True, help="The version that was bought.")
@click.option("--coupon", "code", help="What led to it; it is noted, not redeemed.")
@click.option("--byok/--hybrid", default=None, help="Own keys, or credits.")
@request_option
@pass_app
def grant(app: App, **given: Any) -> None:
    """Give a user a licence with a key of its own."""
    answer = procedures.grant_perpetual_license(app.database, admin=app.admin, **given)
    app.output.record(answer.row)


@license.command("status")
@click.argument("key")
@click.argument("status")
@pass_app
def status(app: App, key: str, status: str) -> None:
    """Set the status: active, suspended, revoked, expired."""
    answer = procedures.set_license_status(app.database, key=key, status=status, admin=app.admin)
    app.output.record(answer.row, message=f"the licence is {status}")


@license.command("mode")
@click.argument("key")
@click.option("--byok/--hybrid", default=None, help="Own keys, or credits.")
@pass_app
def mode(app: App, key: str, byok: bool | None) -> None:
    """Say whether its use costs credits."""
    if byok is None:
        raise UsageError("--byok or --hybrid is missing")
    answer = procedures.set_license_mode(app.database, key=key, byok=byok, admin=app.admin)
    word = "runs on own keys" if byok else "pays with credits"
    app.output.record(answer.row, message=f"the licence {word}")


@license.command("activate")
@click.argument("key")
@click.option("--machine", required=True, help="Fingerprint of the machine.")
@click.option("--name", "device_name")
@pass_app
def activate(app: App, key: str, machine: str, device_name: str | None) -> None:
    """Let a licence run on a machine."""
    answer = procedures.activate_license(
        app.database, key=key, machine=machine, device_name=device_name
    )
    app.output.record(answer.row)


@license.command("deactivate")
@click.argument("key")
@click.option("--machine", required=True, help="Fingerprint of the machine.")
@pass_app
def deactivate(app: App, key: str, machine: str) -> None:
    """Take a machine off a licence."""
    app.output.record(procedures.deactivate_license(app.database, key=key, machine=machine).row)


@license.command("upgrade")
@click.argument("key")
@click.option("--to", "to_version", required=True)
@click.option("--price", "price_paid", type=MONEY, required=True, help="What was paid.")
@click.option("--standard-price", type=MONEY, help="Without a discount; default: --price.")
@click.option("--type", "upgrade_type", help="standard or early_bird.")
@click.option("--redemption", "redemption_id", type=int)
@pass_app
def upgrade(app: App, price_paid: Decimal, standard_price: Decimal | None, **given: Any) -> None:
    """Record that a licence was upgraded to another version."""
    answer = procedures.record_version_upgrade(
        app.database,
        price_paid=price_paid,
        standard_price=price_paid if standard_price is None else standard_price,
        admin=app.admin,
        **given,
    )
    app.output.record(answer.row)
