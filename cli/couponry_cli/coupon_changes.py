"""couponry coupon …: changing, switching, deleting and restoring codes."""

from __future__ import annotations

import json
from typing import Any

import click

from couponry_cli.configuration import version_of
from couponry_cli.context import App, pass_app, yes_option
from couponry_cli.coupon_bulk import leave
from couponry_cli.coupons import attributes, coupon
from couponry_jobs import procedures
from couponry_jobs.errors import UsageError


@coupon.command("update")
@click.argument("code")
@attributes
@click.option("--clear", "cleared", multiple=True, metavar="COLUMN", help="Set it to nothing.")
@click.option("--if-version", metavar="HEX", help="Only if nobody has changed it since.")
@click.option("--force-discount-change", is_flag=True, help="Also of a code in use.")
@pass_app
def update(
    app: App,
    code: str,
    given: dict[str, Any],
    unlimited: bool,
    cleared: tuple[str, ...],
    if_version: str | None,
    force_discount_change: bool,
) -> None:
    """Change a code; what is not given stays."""
    version = version_of(if_version)
    answer = procedures.update_coupon(
        app.database,
        code=code,
        clear=",".join((*cleared, "MaxUses") if unlimited else cleared) or None,
        expected_version=version,
        force_discount_change=force_discount_change or None,
        admin=app.admin,
        **given,
    )
    app.output.record(answer.row, message=f"updated coupon {code}")


def _switch(app: App, codes: tuple[str, ...], *, on: bool, release: bool) -> None:
    word = "activated" if on else "deactivated"
    if len(codes) == 1:
        answer = procedures.set_coupon_status(
            app.database,
            code=codes[0],
            is_active=on,
            release_reservations=release or None,
            admin=app.admin,
        )
        app.output.record(answer.row, message=f"{word} {codes[0]}")
        return
    if release:
        raise UsageError("--release-reservations goes with one code")
    answer = procedures.bulk_update_coupons(
        app.database,
        action="activate" if on else "deactivate",
        codes_json=json.dumps(codes),
        confirm=True,
        admin=app.admin,
    )
    leave(app, answer)


@coupon.command("activate")
@click.argument("codes", nargs=-1, required=True)
@pass_app
def activate(app: App, codes: tuple[str, ...]) -> None:
    """Let codes be redeemed."""
    _switch(app, codes, on=True, release=False)


@coupon.command("deactivate")
@click.argument("codes", nargs=-1, required=True)
@click.option("--release-reservations", is_flag=True, help="Free what open checkouts hold.")
@pass_app
def deactivate(app: App, codes: tuple[str, ...], release_reservations: bool) -> None:
    """Stop codes at once."""
    _switch(app, codes, on=False, release=release_reservations)


@coupon.command("delete")
@click.argument("code")
@click.option("--release-reservations", is_flag=True, help="Free what open checkouts hold.")
@click.option("--dry-run", is_flag=True, help="Only tell what is concerned.")
@yes_option
@pass_app
def delete(app: App, code: str, release_reservations: bool, dry_run: bool, yes: bool) -> None:
    """Delete a code; its history is kept, it is never issued again, it can be restored."""
    counted = procedures.delete_coupon(app.database, code=code, confirm=False)
    counts = f"{code}: {counted.row['Redemptions']} redemptions are kept."
    if dry_run:
        app.output.record(counted.row, message=counts)
        return
    app.confirm(f"{counts} Delete?", yes=yes)
    answer = procedures.delete_coupon(
        app.database,
        code=code,
        confirm=True,
        release_reservations=release_reservations or None,
        admin=app.admin,
    )
    app.output.record(answer.row, message=f"deleted coupon {code}")


@coupon.command("restore")
@click.argument("code")
@pass_app
def restore(app: App, code: str) -> None:
    """Bring a deleted code back; it stays inactive."""
    answer = procedures.restore_coupon(app.database, code=code, admin=app.admin)
    app.output.record(answer.row, message=f"restored coupon {code}; it is inactive")
