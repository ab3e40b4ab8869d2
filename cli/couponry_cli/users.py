"""couponry user …"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from couponry_cli.context import App, Group, pass_app, yes_option
from couponry_cli.options import MOMENT
from couponry_jobs import procedures
from couponry_jobs.errors import BusinessFailure

COUPONS = (
    "CouponCode",
    "CampaignId",
    "DiscountType",
    "DiscountValue",
    "DisplayStatus",
    "RemainingUsesForUser",
    "ExpiresAt",
)


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


@user.command("coupons")
@click.argument("user_id", metavar="USER")
@click.option("--all", "everything", is_flag=True, help="Also those that cannot be used now.")
@pass_app
def coupons(app: App, user_id: str, everything: bool) -> None:
    """List the codes that are assigned to a user."""
    found = procedures.get_user_coupons(app.database, user_id=user_id, only_usable=not everything)
    app.output.rows(found, COUPONS)


@user.command("export")
@click.argument("user_id", metavar="USER")
@click.option("--output", "file", type=click.Path(path_type=Path), help="Else to stdout.")
@pass_app
def export(app: App, user_id: str, file: Path | None) -> None:
    """Write all that is stored about a user, as one JSON document."""
    document = procedures.export_user_data(app.database, user_id=user_id, admin=app.admin)
    if file is None:
        click.echo(document)
        return
    # Nobody else on this machine may read it, not even while it is being written.
    file.touch(0o600)
    file.chmod(0o600)
    file.write_text(document, encoding="utf-8")
    app.say(f"wrote {file}")


@user.command("erase")
@click.argument("user_id", metavar="USER")
@click.option("--ticket", required=True, help="What the erasure is filed under.")
@click.option("--keep-block", is_flag=True, help="Blocks of device and payment method stay.")
@click.option("--dry-run", is_flag=True, help="Only tell how many rows it would change.")
@yes_option
@pass_app
def erase(app: App, user_id: str, ticket: str, keep_block: bool, dry_run: bool, yes: bool) -> None:
    """Replace a user by a pseudonym everywhere. It cannot be taken back."""

    def call(*, confirm: bool) -> procedures.Answer:
        return procedures.erase_user_data(
            app.database,
            user_id=user_id,
            ticket=ticket,
            keep_block=keep_block,
            confirm=confirm,
            admin=app.admin,
        )

    try:
        call(confirm=False)
    except BusinessFailure as asked:
        if asked.code != "CONFIRMATION_REQUIRED":
            raise
        if dry_run:
            app.output.record({"RowsChanged": int(str(asked.row["RowsChanged"]))})
            return
        app.confirm(f"{asked.row['RowsChanged']} rows of {user_id}: erase for ever?", yes=yes)
    answer = call(confirm=True)
    app.output.record(answer.row, message=f"erased; the pseudonym is {answer.row['PseudonymId']}")
