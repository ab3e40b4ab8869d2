"""couponry health"""

from __future__ import annotations

import click

from couponry_cli.context import App, Command, pass_app
from couponry_jobs import procedures
from couponry_jobs.errors import CouponryError


class CheckFailed(CouponryError):
    """Something that ought to be true is not."""

    exit_code = 6
    name = "CHECK_FAILED"


COLUMNS = ("CheckName", "Passed", "Detail")


def show_checks(app: App, *, min_version: int | None = None) -> None:
    """Print the database's own checks; one that failed ends with exit code 6."""
    found = procedures.verify_installation(app.database, min_version=min_version)
    app.output.rows(found, COLUMNS)
    failed = [str(row["CheckName"]) for row in found if not row["Passed"]]
    if failed:
        raise CheckFailed(f"failed: {', '.join(failed)}")


@click.command("health", cls=Command)
@pass_app
def health(app: App) -> None:
    """Connect, and let the database check itself."""
    show_checks(app)
