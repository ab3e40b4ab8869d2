"""couponry access …"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import click

from couponry_cli.context import App, Group, pass_app
from couponry_cli.options import MOMENT, MONEY
from couponry_jobs import procedures

LIST = (
    "EntryId",
    "ListKind",
    "SubjectKind",
    "SubjectValue",
    "RiskScore",
    "Reason",
    "ExpiresAt",
    "IsActive",
)


@click.group(cls=Group)
def access() -> None:
    """Who is blocked, watched or trusted."""


def _set(name: str, text: str) -> None:
    """One of the three commands that differ only in the list they write to."""

    @access.command(name, help=text)
    @click.argument("kind")
    @click.argument("value")
    @click.option("--until", type=MOMENT, help="When it ends; else never.")
    @click.option("--score", type=MONEY, help="Risk from 0 to 1.")
    @pass_app
    def _command(
        app: App, kind: str, value: str, until: datetime | None, score: Decimal | None
    ) -> None:
        answer = procedures.set_access_list_entry(
            app.database,
            kind=name,
            subject_kind=kind,
            subject=value,
            score=score,
            expires_at=until,
            admin=app.admin,
        )
        told = f"{name}: {kind} {value} (entry {answer.row['EntryId']})"
        app.output.record(answer.row, message=told)


_set("block", "Refuse a user, ip, device, email domain …")
_set("watch", "Keep an eye on one.")
_set("allow", "Trust one.")


@access.command("remove")
@click.argument("entry_id", type=int, metavar="ID")
@pass_app
def remove(app: App, entry_id: int) -> None:
    """Take an entry off its list."""
    answer = procedures.remove_access_list_entry(app.database, entry_id=entry_id, admin=app.admin)
    app.output.record(answer.row, message=f"removed entry {entry_id}")


@access.command("list")
@click.option("--list", "kind", type=click.Choice(["block", "watch", "allow"]))
@click.option("--kind", "subject_kind", help="user, ip, device …")
@click.option("--search", help="Part of the value.")
@pass_app
def list_(app: App, kind: str | None, subject_kind: str | None, search: str | None) -> None:
    """List the entries, the newest first."""
    found = procedures.list_access_list(
        app.database, kind=kind, subject_kind=subject_kind, search=search
    )
    app.output.rows(found, LIST)
