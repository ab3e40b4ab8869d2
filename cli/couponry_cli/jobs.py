"""couponry job …"""

from __future__ import annotations

from datetime import date, datetime

import click

from couponry_cli.context import App, Command, Group, pass_app
from couponry_cli.generation import leave, run_job
from couponry_cli.workers import work
from couponry_jobs import maintenance, procedures, views
from couponry_jobs.connection import ResultSet
from couponry_jobs.errors import CouponryError

STATUS = (
    "JobName",
    "LastStatus",
    "LastStartedAt",
    "LastDurationSeconds",
    "LastItems",
    "LastSuccessAt",
    "IsLate",
    "LastError",
)
DRIFT = ("EntityType", "EntityId", "CounterName", "Stored", "Actual", "Corrected")


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


@job.command("run")
@click.argument("name", type=click.Choice(sorted(maintenance.JOBS)))
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Of daily jobs: which day.")
@click.option("--metrics", is_flag=True, help="Print the figures for Prometheus.")
@pass_app
def run(app: App, name: str, day: datetime | None, metrics: bool) -> None:
    """Run a maintenance job once."""
    _run(app, name, day=day.date() if day else None, metrics=metrics)


@job.command("list")
@pass_app
def list_(app: App) -> None:
    """List the maintenance jobs with their schedules (cron, UTC)."""
    rows = tuple((name, one.schedule) for name, one in sorted(maintenance.JOBS.items()))
    app.output.rows(ResultSet(("JobName", "Schedule"), rows), ("JobName", "Schedule"))


@job.command("status")
@pass_app
def status(app: App) -> None:
    """Tell when each job ran, how that ended, and which are late."""
    found = views.select(app.database, "vw_JobStatus", order=[("JobName", False)])
    app.output.rows(found, STATUS)


@click.command("reconcile", cls=Command)
@click.option("--scope", type=click.Choice(["all", "coupon", "campaign", "user", "credit"]))
@click.option("--id", "entity_id", help="Of one entity: its code, id, or number.")
@click.option("--check", is_flag=True, help="Only report.")
@pass_app
def reconcile(app: App, scope: str | None, entity_id: str | None, check: bool) -> None:
    """Hold all counters against the ledger, and correct them; exit code 6 when any had drifted."""
    answer = procedures.reconcile_counters(
        app.database, scope=scope, entity_id=entity_id, fix=not check
    )
    app.output.rows(answer.set(2), DRIFT)
    if answer.row["Drifted"]:
        click.get_current_context().exit(maintenance.DRIFT)


def _run(app: App, name: str, *, day: date | None, metrics: bool) -> None:
    order = maintenance.Order(day=day, send=app.send)
    measured = app.measure() if metrics else None
    try:
        report = maintenance.run(app.database, app.database.settings, name, order)
    except CouponryError:
        if measured is not None:
            measured.failed(name)
            click.echo(measured.text(), nl=False)
        raise
    if measured is not None:
        maintenance.count(report, measured)
        click.echo(measured.text(), nl=False)
    elif report.rows.rows:
        app.output.rows(report.rows, DRIFT)
    else:
        app.output.record(
            {
                "JobName": report.job,
                "Status": "Skipped" if report.skipped else "Succeeded",
                "Items": report.items,
                "Seconds": round(report.seconds, 3),
                **report.details,
            }
        )
    click.get_current_context().exit(report.exit_code)
