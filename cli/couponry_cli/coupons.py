"""couponry coupon …"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import click

from couponry_cli.context import App, Group, paging_options, pass_app
from couponry_cli.options import (
    MOMENT,
    MONEY,
    PERIODS,
    USES,
    Uses,
    period_of,
    to_json,
    utm_options,
)
from couponry_cli.pages import pages
from couponry_jobs import procedures, views
from couponry_jobs.connection import Value
from couponry_jobs.errors import UsageError
from couponry_jobs.views import Filter, containing, where

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

SORTS = {
    "code": "CouponCode",
    "created": "CreatedAt",
    "expires": "ExpiresAt",
    "usage": "UsedCount",
    "revenue": "RevenueTotal",
    "conversion": "ConversionRate",
    "value": "DiscountValue",
    "status": "DisplayStatus",
    "last-used": "LastUsedAt",
}
DATES = {"created": "CreatedAt", "expires": "ExpiresAt", "last-used": "LastUsedAt"}


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
@click.option("--search", help="Part of the code or of the internal name.")
@click.option("--status", "statuses", multiple=True, help="Repeat for several.")
@click.option("--discount-type")
@click.option("--applicable-to")
@click.option("--campaign")
@click.option("--source")
@click.option("--date-field", type=click.Choice(list(DATES)), default="created")
@click.option("--from", "since", type=MOMENT)
@click.option("--to", "until", type=MOMENT)
@click.option("--period", type=click.Choice(PERIODS), help="Instead of --from and --to.")
@click.option("--usage-min", type=int)
@click.option("--usage-max", type=int)
@click.option("--revenue-min", type=MONEY)
@click.option("--revenue-max", type=MONEY)
@click.option("--conversion-min", type=MONEY)
@click.option("--conversion-max", type=MONEY)
@click.option("--generated/--hand-made", default=None, help="Only one kind of codes.")
@click.option("--deleted", is_flag=True, help="Deleted codes instead of the others.")
@click.option("--sort", "sorts", multiple=True, metavar="FIELD[:asc|:desc]")
@paging_options
@pass_app
def list_(
    app: App, sorts: tuple[str, ...], limit: int, page: int, everything: bool, **given: Any
) -> None:
    """List codes."""
    filters = _filters(**given)
    order = [*_order(sorts), ("CouponId", False)]
    rows = pages(
        lambda size, number: views.select(
            app.database,
            "vw_CouponList",
            filters=filters,
            order=order,
            limit=size,
            offset=(number - 1) * size,
        ),
        limit=limit,
        page=page,
        everything=everything,
    )
    app.output.rows(rows, COLUMNS)


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


def _filters(
    *,
    search: str | None,
    statuses: tuple[str, ...],
    discount_type: str | None,
    applicable_to: str | None,
    campaign: str | None,
    source: str | None,
    date_field: str,
    since: datetime | None,
    until: datetime | None,
    period: str | None,
    usage_min: int | None,
    usage_max: int | None,
    revenue_min: Decimal | None,
    revenue_max: Decimal | None,
    conversion_min: Decimal | None,
    conversion_max: Decimal | None,
    generated: bool | None,
    deleted: bool,
) -> list[Filter]:
    if period is not None:
        if since is not None or until is not None:
            raise UsageError("--period stands for --from and --to: give one or the other")
        since, until = period_of(period, datetime.now(UTC).replace(tzinfo=None))
    found = [where("DeletedAt", "IS NOT NULL" if deleted else "IS NULL")]
    if search:
        found.append(containing(("CouponCode", "InternalName"), search))
    if statuses:
        found.append(where("DisplayStatus", "IN", *statuses))
    if generated is not None:
        found.append(where("GenerationBatchId", "IS NOT NULL" if generated else "IS NULL"))
    equal: dict[str, Value] = {
        "DiscountType": discount_type,
        "ApplicableTo": applicable_to,
        "CampaignId": campaign,
        "CampaignSource": source,
    }
    found += [where(name, "=", value) for name, value in equal.items() if value is not None]
    least: dict[str, Value] = {
        "UsedCount": usage_min,
        "RevenueTotal": revenue_min,
        "ConversionRate": conversion_min,
        DATES[date_field]: since,
    }
    found += [where(name, ">=", value) for name, value in least.items() if value is not None]
    most: dict[str, Value] = {
        "UsedCount": usage_max,
        "RevenueTotal": revenue_max,
        "ConversionRate": conversion_max,
    }
    found += [where(name, "<=", value) for name, value in most.items() if value is not None]
    if until is not None:
        found.append(where(DATES[date_field], "<", until))
    return found


def _order(sorts: tuple[str, ...]) -> list[tuple[str, bool]]:
    if len(sorts) > 2:
        raise UsageError("--sort: at most two fields")
    order: list[tuple[str, bool]] = []
    for text in sorts or ("created:desc",):
        field, _, direction = text.partition(":")
        if field not in SORTS or direction not in ("", "asc", "desc"):
            raise UsageError(f"--sort {text!r}: use one of {', '.join(SORTS)} with :asc or :desc")
        order.append((SORTS[field], direction == "desc"))
    return order
