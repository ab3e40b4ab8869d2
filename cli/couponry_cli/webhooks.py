"""couponry webhook …"""

from __future__ import annotations

import json

import click

from couponry_cli.context import App, Group, pass_app
from couponry_jobs import procedures, views
from couponry_jobs.connection import ResultSet

LIST = ("WebhookId", "Name", "Channel", "Target", "EventTypesJson", "IsActive")
BACKLOG = ("WebhookId", "Name", "Pending", "Leased", "Dead", "OldestPendingSeconds", "LastError")


@click.group(cls=Group)
def webhook() -> None:
    """Who is told of events, and what still has to be delivered."""


@webhook.command("save")
@click.option("--id", "webhook_id", type=int, help="Change this one; else a new one.")
@click.option("--name", required=True)
@click.option(
    "--channel", type=click.Choice(["webhook", "slack", "queue", "email"]), default="webhook"
)
@click.option("--target", required=True, help="An https address, a queue, an e-mail address.")
@click.option("--event", "events", multiple=True, help="A type of events; all without it.")
@click.option("--secret-name", help="Of the secret that signs, never the secret itself.")
@click.option("--inactive", is_flag=True)
@pass_app
def save(
    app: App,
    webhook_id: int | None,
    name: str,
    channel: str,
    target: str,
    events: tuple[str, ...],
    secret_name: str | None,
    inactive: bool,
) -> None:
    """Make or change a subscription."""
    answer = procedures.set_webhook(
        app.database,
        webhook_id=webhook_id,
        name=name,
        channel=channel,
        target=target,
        event_types_json=json.dumps(list(events)) if events else None,
        secret_name=secret_name,
        is_active=not inactive,
        admin=app.admin,
    )
    app.output.record(answer.row, message=f"saved webhook {answer.row['WebhookId']}")


@webhook.command("list")
@pass_app
def list_(app: App) -> None:
    """List the subscriptions."""
    app.output.rows(_all(app), LIST)


@webhook.command("backlog")
@pass_app
def backlog(app: App) -> None:
    """Tell what waits, what was given up, and why."""
    app.output.rows(_all(app), BACKLOG)


@webhook.command("retry-dead")
@click.argument("webhook_id", type=int, metavar="ID")
@pass_app
def retry_dead(app: App, webhook_id: int) -> None:
    """Try deliveries that were given up once more, with all attempts anew."""
    answer = procedures.retry_dead_deliveries(app.database, webhook_id=webhook_id, admin=app.admin)
    app.output.record(answer.row, message=f"requeued {answer.row['Requeued']}")


def _all(app: App) -> ResultSet:
    return views.select(app.database, "vw_OutboxBacklog", order=[("WebhookId", False)])
