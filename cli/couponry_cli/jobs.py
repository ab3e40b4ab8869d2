"""couponry job …"""

from __future__ import annotations

import click

from couponry_cli.context import App, Group, pass_app
from couponry_cli.generation import leave, run_job
from couponry_cli.workers import work


@click.group(cls=Group)
@pass_app
def job(app: App) -> None:
    """Run a job here and now."""
    app.is_job = True


@job.command("generate")
@click.option("--request-id", help="Which request [COUPONRY_REQUEST_ID].")
@pass_app
def generate(app: App, request_id: str | None) -> None:
    """Make the codes of one request, then end: the one named, of a message, or the oldest."""
    settings = app.settings()
    if settings.has_queue and not (request_id or settings.request_id):
        work(app, once=True)
        return
    report = run_job(app, request_id)
    app.output.record(
        {
            "RequestId": report.request_id,
            "Outcome": report.outcome.value,
            "RequestedAmount": report.requested,
            "GeneratedAmount": report.generated,
            "InsertedCount": report.inserted,
            "CollisionCount": report.collisions,
            "Batches": report.batches,
            "Seconds": round(report.seconds, 3),
        }
    )
    leave(report)
