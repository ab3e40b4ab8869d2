"""couponry template … and couponry partner …"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import click

from couponry_cli.context import App, Group, paging_options, pass_app
from couponry_cli.options import JSON, MOMENT, MONEY
from couponry_cli.pages import pages
from couponry_jobs import procedures, views

COMMISSIONS = (
    "Month",
    "PartnerId",
    "Name",
    "Successes",
    "CashTotal",
    "CommissionPercent",
    "CommissionAmount",
)
COLUMNS = ("TemplateId", "Name", "Category", "DefaultsJson", "IsActive")


@click.group(cls=Group)
def template() -> None:
    """Named sets of attributes to start new codes from."""


@template.command("save")
@click.option("--id", "template_id", type=int, help="Change this one instead of making another.")
@click.option("--name", required=True)
@click.option("--category", help="general, seasonal, holiday")
@click.option("--defaults", "defaults_json", type=JSON, required=True, help="JSON or @FILE.")
@click.option("--inactive", is_flag=True)
@pass_app
def save_template(
    app: App,
    template_id: int | None,
    name: str,
    category: str | None,
    defaults_json: str,
    inactive: bool,
) -> None:
    """Store a template."""
    answer = procedures.save_template(
        app.database,
        template_id=template_id,
        name=name,
        category=category,
        defaults_json=defaults_json,
        is_active=False if inactive else None,
        admin=app.admin,
    )
    app.output.record(answer.row, message=f"saved template {answer.row['TemplateId']}")


@template.command("list")
@pass_app
def list_templates(app: App) -> None:
    """List templates."""
    app.output.rows(procedures.list_templates(app.database), COLUMNS)


@click.group(cls=Group)
def partner() -> None:
    """Those who spread codes for a commission."""


@partner.command("save")
@click.option("--id", "partner_id", type=int, help="Change this one instead of making another.")
@click.option("--name", required=True)
@click.option("--percent", type=MONEY, help="Commission.")
@click.option("--inactive", is_flag=True)
@pass_app
def save_partner(
    app: App, partner_id: int | None, name: str, percent: Decimal | None, inactive: bool
) -> None:
    """Store a partner."""
    answer = procedures.upsert_partner(
        app.database,
        partner_id=partner_id,
        name=name,
        percent=percent,
        is_active=False if inactive else None,
        admin=app.admin,
    )
    app.output.record(answer.row, message=f"saved partner {answer.row['PartnerId']}")


@partner.command("commissions")
@click.option("--month", type=MOMENT, metavar="YYYY-MM-01", help="Only of this month.")
@paging_options
@pass_app
def commissions(app: App, month: datetime | None, limit: int, page: int, everything: bool) -> None:
    """Show what partners have earned, the latest month first."""
    rows = pages(
        lambda size, number: views.select(
            app.database,
            "vw_PartnerCommissions",
            filters=[] if month is None else [views.where("Month", "=", month)],
            order=[("Month", True), ("Name", False), ("PartnerId", False)],
            limit=size,
            offset=(number - 1) * size,
        ),
        limit=limit,
        page=page,
        everything=everything,
    )
    app.output.rows(rows, COMMISSIONS)
