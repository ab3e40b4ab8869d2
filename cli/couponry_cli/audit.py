"""couponry audit …"""

from __future__ import annotations

from typing import Any

import click

from couponry_cli.context import App, Group, paging_options, pass_app
from couponry_cli.options import period_options
from couponry_cli.pages import walk
from couponry_jobs import procedures

LIST = (
    "AuditId",
    "OccurredAt",
    "Actor",
    "Action",
    "EntityType",
    "EntityId",
    "Reason",
    "CorrelationId",
)


@click.group(cls=Group)
def audit() -> None:
    """Who did what."""


@audit.command("list")
@click.option("--entity", "entity_type", help="campaign, coupon, user …")
@click.option("--id", "entity_id", help="Its code or id.")
@click.option("--actor", help="Whose doings.")
@click.option("--action", help="Such as coupon.create.")
@period_options
@paging_options
@pass_app
def list_(app: App, limit: int, page: int, everything: bool, **given: Any) -> None:
    """List what was done, the latest first."""
    rows = walk(
        lambda size, before: procedures.list_audit_log(
            app.database, page_size=size, before_id=before, **given
        ),
        "AuditId",
        limit=limit,
        page=page,
        everything=everything,
    )
    app.output.rows(rows, LIST)
