"""couponry campaign …"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import click

from couponry_cli.configuration import version_of
from couponry_cli.context import App, Group, paging_options, pass_app, yes_option
from couponry_cli.options import MOMENT, MONEY, target_options, to_json, utm_options
from couponry_cli.pages import pages
from couponry_jobs import procedures, views
from couponry_jobs.views import where

F = TypeVar("F", bound=Callable[..., Any])

COLUMNS = (
    "CampaignId",
    "Name",
    "CampaignType",
    "Status",
    "StartDate",
    "EndDate",
    "CurrentRedemptions",
    "MaxTotalRedemptions",
    "BudgetUsed",
    "BudgetAmount",
)
BUDGET = (
    "CampaignId",
    "Name",
    "BudgetAmount",
    "BudgetUsed",
    "BudgetReserved",
    "BudgetRemaining",
    "BudgetPercent",
    "AlertPercent",
    "IsOverAlert",
    "IsExhausted",
)


@click.group(cls=Group)
def campaign() -> None:
    """Create, list, show and switch campaigns."""


def attributes(function: F) -> F:
    """Decorator: what a campaign is made of, but for its name and its start."""
    decorated: Any = function
    for option in reversed(
        (
            click.option("--end", type=MOMENT),
            click.option("--description"),
            click.option(
                "--percent", type=MONEY, help="Discount of codes that have none of their own."
            ),
            click.option("--amount", type=MONEY, help="The same as a fixed amount."),
            click.option("--per-user", type=int, help="Redemptions of one user; 0 = unlimited."),
            click.option("--total", type=int, help="Redemptions in all."),
            click.option("--type", "campaign_type"),
            click.option("--budget", type=MONEY),
            click.option("--alert-percent", type=int),
            click.option("--cost", type=MONEY, help="Marketing cost."),
            click.option("--channel"),
            utm_options,
            click.option("--currency"),
            click.option("--tier", "tiers", multiple=True, help="Repeat for several."),
            click.option("--stripes", type=int, help="Counter rows that share the limits."),
            click.option("--inactive", is_flag=True),
        )
    ):
        decorated = option(decorated)
    return decorated


@campaign.command("create")
@click.argument("campaign_id", metavar="ID")
@click.option("--name", required=True)
@click.option("--start", type=MOMENT, required=True)
@attributes
@pass_app
def create(
    app: App, campaign_id: str, tiers: tuple[str, ...], inactive: bool, **given: Any
) -> None:
    """Create a campaign."""
    answer = procedures.create_campaign(
        app.database,
        campaign_id=campaign_id,
        is_active=False if inactive else None,
        tiers_json=to_json(list(tiers)),
        admin=app.admin,
        **given,
    )
    app.output.record(
        answer.row, message=f"created campaign {answer.row.get('CampaignId') or campaign_id}"
    )


@campaign.command("update")
@click.argument("campaign_id", metavar="ID")
@click.option("--name")
@click.option("--start", type=MOMENT)
@attributes
@click.option("--clear", "cleared", multiple=True, metavar="COLUMN", help="Set it to nothing.")
@click.option("--if-version", metavar="HEX", help="Only if nobody has changed it since.")
@pass_app
def update(
    app: App,
    campaign_id: str,
    tiers: tuple[str, ...],
    inactive: bool,
    cleared: tuple[str, ...],
    if_version: str | None,
    **given: Any,
) -> None:
    """Change a campaign; what is not given stays."""
    version = version_of(if_version)
    answer = procedures.update_campaign(
        app.database,
        campaign_id=campaign_id,
        is_active=False if inactive else None,
        tiers_json=to_json(list(tiers)),
        clear=",".join(cleared) or None,
        expected_version=version,
        admin=app.admin,
        **given,
    )
    app.output.record(answer.row, message=f"updated campaign {campaign_id}")


@campaign.command("list")
@click.option("--search")
@click.option("--status", help="active, inactive, scheduled, ended, deleted")
@click.option("--type", "campaign_type")
@paging_options
@pass_app
def list_(
    app: App,
    search: str | None,
    status: str | None,
    campaign_type: str | None,
    limit: int,
    page: int,
    everything: bool,
) -> None:
    """List campaigns."""
    rows = pages(
        lambda size, number: procedures.list_campaigns(
            app.database,
            search=search,
            status=status,
            campaign_type=campaign_type,
            page_size=size,
            page_no=number,
        ),
        limit=limit,
        page=page,
        everything=everything,
    )
    app.output.rows(rows, COLUMNS)


@campaign.command("budget")
@click.option("--over-alert", is_flag=True, help="Only campaigns over their alert.")
@pass_app
def budget(app: App, over_alert: bool) -> None:
    """Show how far the budgets are spent or held, the fullest first."""
    found = views.select(
        app.database,
        "vw_CampaignBudget",
        filters=[where("BudgetAmount", "IS NOT NULL")]
        + ([where("IsOverAlert", "=", True)] if over_alert else []),
        order=[("BudgetPercent", True), ("CampaignId", False)],
    )
    app.output.rows(found, BUDGET)


@campaign.command("show")
@click.argument("campaign_id", metavar="ID")
@pass_app
def show(app: App, campaign_id: str) -> None:
    """Show a campaign with its counters, coupons, targets and rules."""
    answer = procedures.get_campaign(app.database, campaign_id=campaign_id)
    app.output.record(
        answer.row,
        sets={"coupons": answer.set(2), "targets": answer.set(3), "rules": answer.set(4)},
    )


@campaign.command("activate")
@click.argument("campaign_id", metavar="ID")
@pass_app
def activate(app: App, campaign_id: str) -> None:
    """Let the codes of a campaign be redeemed."""
    answer = procedures.set_campaign_status(
        app.database, campaign_id=campaign_id, is_active=True, admin=app.admin
    )
    app.output.record(answer.row, message=f"activated campaign {campaign_id}")


@campaign.command("deactivate")
@click.argument("campaign_id", metavar="ID")
@click.option("--release-reservations", is_flag=True, help="Free what open checkouts hold.")
@pass_app
def deactivate(app: App, campaign_id: str, release_reservations: bool) -> None:
    """Stop the codes of a campaign at once."""
    answer = procedures.set_campaign_status(
        app.database,
        campaign_id=campaign_id,
        is_active=False,
        release_reservations=release_reservations or None,
        admin=app.admin,
    )
    app.output.record(
        answer.row,
        message=f"deactivated campaign {campaign_id}"
        f" ({answer.row.get('OpenReservations') or 0} open reservations)",
    )


@campaign.command("delete")
@click.argument("campaign_id", metavar="ID")
@click.option("--release-reservations", is_flag=True, help="Free what open checkouts hold.")
@click.option("--dry-run", is_flag=True, help="Only tell what is concerned.")
@yes_option
@pass_app
def delete(
    app: App, campaign_id: str, release_reservations: bool, dry_run: bool, yes: bool
) -> None:
    """Delete a campaign; its history is kept and it can be restored."""
    counted = procedures.delete_campaign(app.database, campaign_id=campaign_id, confirm=False)
    counts = f"{counted.row['Coupons']} coupons, {counted.row['Redemptions']} redemptions kept"
    if dry_run:
        app.output.record(counted.row, message=f"{campaign_id}: {counts}")
        return
    app.confirm_by_name(f"{campaign_id}: {counts}. Delete?", campaign_id, yes=yes)
    answer = procedures.delete_campaign(
        app.database,
        campaign_id=campaign_id,
        confirm=True,
        release_reservations=release_reservations or None,
        admin=app.admin,
    )
    app.output.record(answer.row, message=f"deleted campaign {campaign_id} ({counts})")


@campaign.command("restore")
@click.argument("campaign_id", metavar="ID")
@pass_app
def restore(app: App, campaign_id: str) -> None:
    """Bring a deleted campaign back; it stays inactive."""
    answer = procedures.restore_campaign(app.database, campaign_id=campaign_id, admin=app.admin)
    app.output.record(answer.row, message=f"restored campaign {campaign_id}; it is inactive")


@campaign.command("clone")
@click.argument("source_id", metavar="SRC")
@click.argument("new_id", metavar="NEW")
@click.option("--name", required=True)
@click.option("--start", type=MOMENT, required=True)
@click.option("--end", type=MOMENT)
@click.option("--code-suffix", help="What is put behind each code.")
@click.option("--no-coupons", is_flag=True)
@pass_app
def clone(app: App, source_id: str, new_id: str, no_coupons: bool, **given: Any) -> None:
    """Make a campaign like another one, inactive and unused."""
    answer = procedures.clone_campaign(
        app.database,
        source_id=source_id,
        new_id=new_id,
        include_coupons=False if no_coupons else None,
        admin=app.admin,
        **given,
    )
    app.output.record(
        answer.row,
        message=f"cloned {source_id} to {new_id} ({answer.row['CouponsCopied']} coupons)",
    )


@campaign.command("attach")
@click.argument("campaign_id", metavar="ID")
@click.argument("code")
@click.option("--role", help="primary, secondary (the default), fallback")
@click.option("--priority", type=int, help="The lowest fallback is suggested first.")
@pass_app
def attach(app: App, campaign_id: str, code: str, role: str | None, priority: int | None) -> None:
    """Attach a code, or change its role."""
    answer = procedures.attach_coupon(
        app.database,
        campaign_id=campaign_id,
        code=code,
        role=role,
        priority=priority,
        admin=app.admin,
    )
    app.output.record(answer.row, message=f"attached {code} to {campaign_id}")


@campaign.command("detach")
@click.argument("campaign_id", metavar="ID")
@click.argument("code")
@pass_app
def detach(app: App, campaign_id: str, code: str) -> None:
    """Detach a code from a campaign that is not its home."""
    answer = procedures.detach_coupon(
        app.database, campaign_id=campaign_id, code=code, admin=app.admin
    )
    app.output.record(answer.row, message=f"detached {code} from {campaign_id}")


@campaign.command("stripes")
@click.argument("campaign_id", metavar="ID")
@click.argument("stripes", type=int, metavar="N")
@click.option("--no-coupons", is_flag=True, help="Leave its shared codes as they are.")
@pass_app
def stripes(app: App, campaign_id: str, stripes: int, no_coupons: bool) -> None:
    """Spread the counters of a busy campaign over N rows."""
    answer = procedures.set_campaign_stripes(
        app.database,
        campaign_id=campaign_id,
        stripes=stripes,
        coupon_stripes=False if no_coupons else None,
        admin=app.admin,
    )
    app.output.record(
        answer.row, message=f"{campaign_id} has {answer.row['StripeCount']} counter rows"
    )


@campaign.command("target")
@click.argument("campaign_id", metavar="ID")
@click.argument("kind")
@target_options
@pass_app
def target(
    app: App, campaign_id: str, kind: str, include: tuple[str, ...], exclude: tuple[str, ...]
) -> None:
    """Say for whom a campaign is: tier, country, service or consultant."""
    answer = procedures.set_targets(
        app.database,
        kind=kind,
        campaign_id=campaign_id,
        include_json=to_json(list(include)),
        exclude_json=to_json(list(exclude)),
        admin=app.admin,
    )
    app.output.record(
        answer.row, message=f"{campaign_id} has {answer.row['Rows']} targets of kind {kind}"
    )


@campaign.command("marker")
@click.argument("campaign_id", metavar="[ID]", required=False)
@click.option("--at", type=MOMENT, required=True)
@click.option("--kind", required=True, help="launch, email, social_post, press, other")
@click.option("--label", required=True)
@pass_app
def marker(app: App, campaign_id: str | None, at: datetime, kind: str, label: str) -> None:
    """Mark a moment on the timelines of reports; without ID on all of them."""
    answer = procedures.add_marker(
        app.database, campaign_id=campaign_id, at=at, kind=kind, label=label, admin=app.admin
    )
    app.output.record(answer.row, message=f"added marker {answer.row['MarkerId']}")
