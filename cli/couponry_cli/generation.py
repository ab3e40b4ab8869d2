"""couponry generate …"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import click

from couponry_cli.context import App, Group, paging_options, pass_app, yes_option
from couponry_cli.options import JSON, MOMENT
from couponry_cli.pages import pages
from couponry_cli.progress import bar
from couponry_jobs import generation, procedures
from couponry_jobs.connection import Row
from couponry_jobs.errors import BusinessFailure, CouponryError
from couponry_jobs.export import export_codes
from couponry_jobs.generation import Outcome, Report, Stop, stopped_by_signals
from couponry_jobs.worker import message_of

COLUMNS = (
    "RequestId",
    "CampaignId",
    "Status",
    "RequestedAmount",
    "GeneratedAmount",
    "CollisionCount",
    "AttemptCount",
    "CreatedAt",
    "CompletedAt",
)
FINAL = ("Completed", "Failed", "Cancelled")
WATCH_EVERY = 0.5


@click.group(cls=Group)
def generate() -> None:
    """Request many codes and follow the work."""


@generate.command("create")
@click.option("--campaign", "campaign_id", required=True)
@click.option("--amount", type=int, required=True)
@click.option("--prefix")
@click.option("--expires", type=MOMENT)
@click.option("--length", "code_length", type=int)
@click.option("--batch-size", type=int)
@click.option("--defaults", "defaults_json", type=JSON, help="Fields of each code, JSON or @FILE.")
@click.option("--request-id")
@click.option("--wait", is_flag=True, help="Do not return before the codes are there.")
@click.option("--no-enqueue", is_flag=True, help="Send no message to the generation queue.")
@pass_app
def create(app: App, wait: bool, no_enqueue: bool, **given: Any) -> None:
    """Request codes. A job makes them: couponry job generate, or --wait here."""
    answer = procedures.create_generation_request(app.database, admin=app.admin, **given)
    request_id = str(answer.row["RequestId"])
    if not wait and not no_enqueue and app.settings().has_queue:
        app.queues.generation.send(message_of(request_id))
    if not wait:
        app.output.record(answer.row, message=f"requested {request_id}")
        return
    report = run_job(app, request_id)
    if report.outcome is Outcome.NOTHING_TO_DO:
        row = watch(app, request_id)
    else:
        row = procedures.get_generation_request(app.database, request_id=request_id).row
    app.output.record(row, message=summary(row, report))
    leave(report)


@generate.command("list")
@click.option("--status")
@click.option("--campaign", "campaign_id")
@paging_options
@pass_app
def list_(
    app: App,
    status: str | None,
    campaign_id: str | None,
    limit: int,
    page: int,
    everything: bool,
) -> None:
    """List requests."""
    rows = pages(
        lambda size, number: procedures.list_generation_requests(
            app.database, status=status, campaign_id=campaign_id, page_size=size, page_no=number
        ),
        limit=limit,
        page=page,
        everything=everything,
    )
    app.output.rows(rows, COLUMNS)


@generate.command("show")
@click.argument("request_id", metavar="ID")
@click.option("--watch", "watching", is_flag=True, help="Follow it until it has ended.")
@pass_app
def show(app: App, request_id: str, watching: bool) -> None:
    """Show a request and its batches."""
    if watching:
        watch(app, request_id)
    answer = procedures.get_generation_request(app.database, request_id=request_id)
    app.output.record(answer.row, sets={"batches": answer.set(2)})


@generate.command("cancel")
@click.argument("request_id", metavar="ID")
@click.option("--deactivate-codes", is_flag=True, help="Also switch off the codes made so far.")
@yes_option
@pass_app
def cancel(app: App, request_id: str, deactivate_codes: bool, yes: bool) -> None:
    """Stop a request."""
    row = procedures.get_generation_request(app.database, request_id=request_id).row
    fate = "are deactivated" if deactivate_codes else "stay valid"
    app.confirm(
        f"{request_id}: {row['GeneratedAmount']} codes made so far {fate}. Cancel?", yes=yes
    )
    answer = procedures.cancel_generation_request(
        app.database,
        request_id=request_id,
        deactivate_codes=deactivate_codes or None,
        admin=app.admin,
    )
    app.output.record(answer.row, message=f"{request_id}: {answer.row['Status']}")


@generate.command("retry")
@click.argument("request_id", metavar="ID")
@pass_app
def retry(app: App, request_id: str) -> None:
    """Let a failed request be worked on again."""
    answer = procedures.retry_generation_request(
        app.database, request_id=request_id, admin=app.admin
    )
    app.output.record(answer.row, message=f"{request_id}: {answer.row['Status']}")


@generate.command("export")
@click.argument("request_id", metavar="ID")
@click.option("--unredeemed", is_flag=True, help="Only codes that are still worth something.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@pass_app
def export(app: App, request_id: str, unredeemed: bool, force: bool) -> None:
    """Write the codes of a request to a CSV file that only you can read."""
    chosen = app.options.get("output")
    name = re.sub(r"[^\w.-]", "_", request_id) + ".csv"
    path = Path(chosen) if chosen else app.settings().export_dir / name
    with bar("export", quiet=app.quiet) as advance:
        written = export_codes(
            app.database,
            path,
            request_id=request_id,
            only_unredeemed=unredeemed,
            force=force,
            raw=bool(app.options.get("raw")),
            progress=advance,
        )
    # The file has the codes; standard output gets the answer, whatever --output says.
    app.options["output"] = None
    app.output.record(
        {"RequestId": request_id, "Codes": written, "File": str(path)},
        message=f"{written} codes written",
    )


def run_job(app: App, request_id: str | None) -> Report:
    """Work on a request in this process, with a bar; signals end it after its batch."""
    settings = app.database.settings
    chosen = replace(settings, request_id=request_id or settings.request_id)
    with bar("generating", quiet=app.quiet) as advance, stopped_by_signals(Stop()) as stop:
        return generation.run(
            app.database,
            chosen,
            stop=stop,
            progress=lambda state: advance(state.generated, state.requested),
        )


def watch(app: App, request_id: str) -> Row:
    """Follow a request that somebody else works on, and return its last state."""
    with bar("generating", quiet=app.quiet) as advance:
        while True:
            row = procedures.get_generation_request(app.database, request_id=request_id).row
            advance(int(cast(int, row["GeneratedAmount"])), int(cast(int, row["RequestedAmount"])))
            if row["Status"] in FINAL:
                return row
            time.sleep(WATCH_EVERY)


def summary(row: Row, report: Report) -> str:
    """The line that ends a generation, out of the stored request."""
    text = f"{row['Status']}: {row['GeneratedAmount']} codes, {row['CollisionCount']} collisions"
    return f"{text}, {Decimal(str(report.seconds)):.1f} s" if report.inserted else text


def leave(report: Report) -> None:
    """End with the exit code of the report; a failure is told as an error."""
    if report.error is not None and report.exit_code:
        raise _Ended(report.error, report.exit_code)
    if report.exit_code:
        raise _Ended(BusinessFailure("GENERATION_STOPPED", report.outcome.value), report.exit_code)


class _Ended(CouponryError):
    """A job that ended badly, with the exit code of its report."""

    def __init__(self, cause: CouponryError, exit_code: int) -> None:
        super().__init__(cause.message)
        self._cause = cause
        self.exit_code = exit_code  # type: ignore[misc]

    @property
    def code(self) -> str:
        return self._cause.code
