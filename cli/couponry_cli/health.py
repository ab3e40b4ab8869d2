"""couponry health"""

from __future__ import annotations

from collections.abc import Iterable

import click

from couponry_cli.context import App, Command, pass_app
from couponry_jobs import procedures, views
from couponry_jobs.connection import ResultSet, Row
from couponry_jobs.errors import CouponryError, PermissionDenied, QueueDenied, QueueUnreachable
from couponry_jobs.views import where


class CheckFailed(CouponryError):
    """Something that ought to be true is not."""

    exit_code = 6
    name = "CHECK_FAILED"


COLUMNS = ("CheckName", "Passed", "Detail")


def show_checks(app: App, found: Iterable[Row]) -> None:
    """Print what was checked; a check that failed ends with exit code 6."""
    rows = ResultSet(COLUMNS, tuple(tuple(row[name] for name in COLUMNS) for row in found))
    app.output.rows(rows, COLUMNS)
    failed = [str(row["CheckName"]) for row in rows if not row["Passed"]]
    if failed:
        raise CheckFailed(f"failed: {', '.join(failed)}")


@click.command("health", cls=Command)
@pass_app
def health(app: App) -> None:
    """Connect, let the database check itself, ask for the queue and for jobs that are late."""
    show_checks(app, [*procedures.verify_installation(app.database), *_queues(app), *_jobs(app)])


def _queues(app: App) -> Iterable[Row]:
    """The queues answer, where there are any."""
    if not app.settings().has_queue:
        return
    for queue in (app.queues.generation, app.queues.poison):
        problem = None
        try:
            queue.length()
        except (QueueUnreachable, QueueDenied) as error:
            problem = error.message
        yield _check(f"queue {queue.name}", problem)


def _jobs(app: App) -> Iterable[Row]:
    """Jobs that once ran and are overdue; where none was ever started, nothing is."""
    try:
        late = views.select(
            app.database,
            "vw_JobStatus",
            filters=[where("IsLate", "=", True), where("LastStartedAt", "IS NOT NULL")],
            order=[("JobName", False)],
        )
    except PermissionDenied:
        # Who only runs jobs may not read about them.
        return
    yield _check("jobs", ", ".join(str(row["JobName"]) for row in late) or None)


def _check(name: str, problem: str | None) -> Row:
    return {"CheckName": name, "Passed": problem is None, "Detail": problem}
