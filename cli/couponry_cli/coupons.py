"""couponry coupon …"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

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

F = TypeVar("F", bound=Callable[..., Any])

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


KINDS = ("tier", "country", "service", "consultant")
ATTRIBUTES = (
    "name",
    "coupon_type",
    "discount_type",
    "value",
    "max_discount",
    "min_order",
    "per_user",
    "valid_from",
    "expires",
    "assigned_to",
    "applicable_to",
    "stacking_group",
    "variant",
    "partner",
    "upgrade_version",
    "source",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "notes",
)
OVERRIDES = {
    "name": "internalName",
    "coupon_type": "couponType",
    "discount_type": "discountType",
    "value": "discountValue",
    "max_discount": "maxDiscountAmount",
    "min_order": "minimumOrderAmount",
    "max_uses": "maxUses",
    "per_user": "maxUsesPerUser",
    "valid_from": "validFrom",
    "applicable_to": "applicableTo",
    "is_active": "isActive",
}


@click.group(cls=Group)
def coupon() -> None:
    """Create, list, show and assign coupons."""


def attributes(function: F) -> F:
    """Decorator: what a code is made of, gathered into the argument `given` as the procedures
    name it."""

    @functools.wraps(function)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        targets = {kind: list(named.pop(kind)) for kind in KINDS}
        given: dict[str, Any] = {name: named.pop(name) for name in ATTRIBUTES}
        given |= {
            "max_uses": None if named["max_uses"] == Uses.NONE else named["max_uses"],
            "is_stackable": named.pop("stackable") or None,
            "is_active": False if named.pop("inactive") else None,
            "description_json": to_json(_descriptions(named.pop("describe"))),
            "targets_json": to_json({kind: found for kind, found in targets.items() if found}),
        }
        unlimited = named.pop("max_uses") == Uses.NONE
        return function(*arguments, given=given, unlimited=unlimited, **named)

    decorated: Any = wrapped
    for option in reversed(
        (
            click.option("--name"),
            click.option("--type", "coupon_type"),
            click.option("--discount-type"),
            click.option("--value", type=MONEY),
            click.option("--max-discount", type=MONEY),
            click.option("--min-order", type=MONEY),
            click.option("--max-uses", type=USES, help="A number, or unlimited (the default)."),
            click.option("--per-user", type=int),
            click.option("--valid-from", type=MOMENT),
            click.option("--expires", type=MOMENT),
            click.option("--assign", "assigned_to", metavar="USER"),
            click.option("--applicable-to"),
            click.option("--stackable", is_flag=True),
            click.option("--stacking-group"),
            click.option("--variant"),
            click.option("--partner", type=int),
            click.option("--upgrade-version"),
            click.option(
                "--describe", multiple=True, metavar="LANG=TEXT", help="Repeat per language."
            ),
            *(click.option(f"--{kind}", multiple=True) for kind in KINDS),
            utm_options,
            click.option("--notes"),
            click.option("--inactive", is_flag=True),
        )
    ):
        decorated = option(decorated)
    return decorated


@coupon.command("create")
@click.argument("code", required=False)
@click.option("--campaign", "campaign_id", required=True)
@attributes
@click.option("--template", "template_id", type=int, help="Start from what a template says.")
@click.option("--prefix", help="Without CODE one is suggested from these.")
@click.option("--year", is_flag=True)
@click.option("--month", is_flag=True)
@click.option("--random", is_flag=True)
@pass_app
def create(
    app: App,
    code: str | None,
    campaign_id: str,
    given: dict[str, Any],
    unlimited: bool,
    template_id: int | None,
    prefix: str | None,
    year: bool,
    month: bool,
    random: bool,
) -> None:
    """Create a code by hand."""
    overrides = None if template_id is None else _overrides(given, unlimited)
    if code is None:
        (code,) = procedures.suggest_code(
            app.database,
            prefix=prefix,
            year=year or None,
            month=month or None,
            random=random or None,
        )
    elif prefix or year or month or random:
        raise UsageError("--prefix, --year, --month and --random make a code: leave CODE out")
    if template_id is None:
        answer = procedures.create_coupon(
            app.database, code=code, campaign_id=campaign_id, admin=app.admin, **given
        )
    else:
        answer = procedures.create_coupon_from_template(
            app.database,
            template_id=template_id,
            code=code,
            campaign_id=campaign_id,
            overrides_json=overrides,
            admin=app.admin,
        )
    row = answer.row
    if row.get("Warning"):
        app.say(f"warning: {row['Warning']}")
    app.output.record(row, message=f"created coupon {row['CouponCode']} (id {row['CouponId']})")


def _overrides(given: dict[str, Any], unlimited: bool) -> str | None:
    """What was given besides a template, in the words of a template."""
    named = {name: value for name, value in given.items() if value is not None}
    foreign = sorted(named.keys() - OVERRIDES.keys())
    if foreign:
        raise UsageError(f"a template does not go with {', '.join(foreign)}: use coupon update")
    found = {
        OVERRIDES[name]: value.isoformat()
        if isinstance(value, datetime)
        else str(value)
        if isinstance(value, Decimal)
        else value
        for name, value in named.items()
    }
    return to_json(found | ({"maxUses": None} if unlimited else {}))


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
