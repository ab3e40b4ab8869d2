"""couponry coupon …"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from couponry_cli.context import App, Group, paging_options, pass_app
from couponry_cli.options import (
    MOMENT,
    MONEY,
    USES,
    Uses,
    period_options,
    to_json,
    utm_options,
)
from couponry_cli.pages import pages, walk
from couponry_cli.searches import kept_search, on_top_of, owner_of, search_options
from couponry_jobs import procedures
from couponry_jobs.errors import UsageError
from couponry_jobs.procedures import Search

COLUMNS = (
    "CouponCode",
    "DiscountType",
    "DiscountValue",
    "DisplayStatus",
    "UsageText",
    "RevenueTotal",
    "ConversionRate",
    "CreatedAt",
    "ExpiresAt",
)

USAGE = (
    "RedemptionId",
    "AttemptedAt",
    "UserId",
    "Status",
    "FailureReason",
    "OrderAmount",
    "DiscountAmount",
    "FinalAmount",
    "FulfilmentStatus",
)
COMPARED = (
    "CouponCode",
    "VariantLabel",
    "Views",
    "Attempts",
    "Successes",
    "ConversionRate",
    "RevenueTotal",
    "AvgDiscount",
    "ConversionDifference",
    "ZValue",
)


@click.group(cls=Group)
def coupon() -> None:
    """Create, list, show and assign coupons."""


@coupon.command("create")
@click.argument("code")
@click.option("--campaign", "campaign_id", required=True)
@click.option("--name")
@click.option("--type", "coupon_type")
@click.option("--discount-type")
@click.option("--value", type=MONEY)
@click.option("--max-discount", type=MONEY)
@click.option("--min-order", type=MONEY)
@click.option("--max-uses", type=USES, help="A number, or unlimited (the default).")
@click.option("--per-user", type=int)
@click.option("--valid-from", type=MOMENT)
@click.option("--expires", type=MOMENT)
@click.option("--assign", "assigned_to", metavar="USER")
@click.option("--applicable-to")
@click.option("--stackable", is_flag=True)
@click.option("--stacking-group")
@click.option("--variant")
@click.option("--partner", type=int)
@click.option("--upgrade-version")
@click.option("--describe", multiple=True, metavar="LANG=TEXT", help="Repeat per language.")
@click.option("--tier", "tiers", multiple=True)
@click.option("--country", "countries", multiple=True)
@click.option("--service", "services", multiple=True)
@click.option("--consultant", "consultants", multiple=True)
@utm_options
@click.option("--notes")
@click.option("--inactive", is_flag=True)
@pass_app
def create(
    app: App,
    code: str,
    max_uses: int | str | None,
    stackable: bool,
    describe: tuple[str, ...],
    tiers: tuple[str, ...],
    countries: tuple[str, ...],
    services: tuple[str, ...],
    consultants: tuple[str, ...],
    inactive: bool,
    **given: Any,
) -> None:
    """Create a code by hand."""
    targets = {
        "tier": list(tiers),
        "country": list(countries),
        "service": list(services),
        "consultant": list(consultants),
    }
    answer = procedures.create_coupon(
        app.database,
        code=code,
        max_uses=None if max_uses == Uses.NONE or max_uses is None else int(max_uses),
        is_stackable=stackable or None,
        is_active=False if inactive else None,
        description_json=to_json(_descriptions(describe)),
        targets_json=to_json({kind: values for kind, values in targets.items() if values}),
        admin=app.admin,
        **given,
    )
    row = answer.row
    if row.get("Warning"):
        app.say(f"warning: {row['Warning']}")
    app.output.record(row, message=f"created coupon {row['CouponCode']} (id {row['CouponId']})")


@coupon.command("show")
@click.argument("code")
@click.option("--user", "user_id")
@click.option("--language")
@pass_app
def show(app: App, code: str, user_id: str | None, language: str | None) -> None:
    """Show a code with its targets, rules, tiers and campaigns."""
    answer = procedures.get_coupon_details(
        app.database, code=code, user_id=user_id, language=language
    )
    names = ("targets", "rules", "tiers", "campaigns")
    app.output.record(
        answer.row, sets={name: answer.set(number) for number, name in enumerate(names, start=2)}
    )


@coupon.command("list")
@search_options
@click.option("--saved", metavar="NAME", help="A saved search; other options come on top.")
@paging_options
@pass_app
def list_(
    app: App, search: Search, saved: str | None, limit: int, page: int, everything: bool
) -> None:
    """List the codes that a search finds, and keep the search as a recent one."""
    if saved is not None:
        search = on_top_of(kept_search(app, saved), search)
    rows = pages(
        lambda size, number: procedures.search_coupons(
            app.database, search=search, page_size=size, page_no=number
        ),
        limit=limit,
        page=page,
        everything=everything,
    )
    app.output.rows(rows, COLUMNS)
    if saved is None and search.given():
        procedures.save_search(app.database, owner=owner_of(app), search=search)


@coupon.command("usage")
@click.argument("code")
@click.option("--status", help="success, failed, reversed, pending")
@period_options
@paging_options
@pass_app
def usage(
    app: App,
    code: str,
    status: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    page: int,
    everything: bool,
) -> None:
    """List the attempts with a code, the newest first."""
    rows = walk(
        lambda size, before: procedures.list_coupon_usage(
            app.database,
            code=code,
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
    app.output.rows(rows, USAGE)


@coupon.command("compare")
@click.argument("codes", nargs=-1, required=True)
@period_options
@pass_app
def compare(
    app: App, codes: tuple[str, ...], since: datetime | None, until: datetime | None
) -> None:
    """Set 2 to 10 codes side by side, each against the first."""
    found = procedures.compare_coupons(app.database, codes=codes, since=since, until=until)
    app.output.rows(found, COMPARED)


@coupon.command("assign")
@click.argument("code")
@click.argument("user")
@click.option("--reassign", is_flag=True, help="Take it from the user who has it.")
@pass_app
def assign(app: App, code: str, user: str, reassign: bool) -> None:
    """Reserve a code for one user."""
    answer = procedures.assign_coupon(
        app.database, code=code, user_id=user, reassign=reassign or None, admin=app.admin
    )
    app.output.record(answer.row, message=f"assigned {code} to {user}")


@coupon.command("unassign")
@click.argument("code")
@pass_app
def unassign(app: App, code: str) -> None:
    """Let a code be used by anybody again."""
    answer = procedures.unassign_coupon(app.database, code=code, admin=app.admin)
    app.output.record(answer.row, message=f"unassigned {code}")


def _descriptions(texts: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        language, mark, description = text.partition("=")
        if not mark:
            raise UsageError(f"--describe {text!r}: write it as en=TEXT")
        found[language] = description
    return found
