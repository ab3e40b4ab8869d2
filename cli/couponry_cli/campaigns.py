"""couponry campaign …"""

from __future__ import annotations

from typing import Any

import click

from couponry_cli.context import App, Group, paging_options, pass_app
from couponry_cli.options import MOMENT, MONEY, to_json, utm_options
from couponry_cli.pages import pages
from couponry_jobs import procedures

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


@click.group(cls=Group)
def campaign() -> None:
    """Create, list, show and switch campaigns."""


@campaign.command("create")
@click.argument("campaign_id", metavar="ID")
@click.option("--name", required=True)
@click.option("--start", type=MOMENT, required=True)
@click.option("--end", type=MOMENT)
@click.option("--description")
@click.option("--percent", type=MONEY, help="Discount of codes that have none of their own.")
@click.option("--amount", type=MONEY, help="The same as a fixed amount.")
@click.option("--per-user", type=int, help="Redemptions of one user; 0 = unlimited.")
@click.option("--total", type=int, help="Redemptions in all.")
@click.option("--type", "campaign_type")
@click.option("--budget", type=MONEY)
@click.option("--alert-percent", type=int)
@click.option("--cost", type=MONEY, help="Marketing cost.")
@click.option("--channel")
@utm_options
@click.option("--currency")
@click.option("--tier", "tiers", multiple=True, help="Repeat for several.")
@click.option("--stripes", type=int, help="Counter rows that share the limits.")
@click.option("--inactive", is_flag=True)
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
