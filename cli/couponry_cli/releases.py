"""couponry db upgrade, rollback and partition: what changes a database that holds data."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from couponry_cli.context import App, pass_app, yes_option
from couponry_cli.databases import db
from couponry_cli.progress import bar
from couponry_cli.steps import show_steps
from couponry_jobs import deployment
from couponry_jobs.connection import Row
from couponry_jobs.deployment import Range, Step

RANGE_COLUMNS = ("Partition", "From", "Before", "Coupons")


@db.command("upgrade")
@click.option(
    "--to",
    type=int,
    metavar="VERSION",
    help="Up to this migration; code with the newest.",
)
@click.option("--dry-run", is_flag=True, help="Only list what would run; --verbose: as T-SQL.")
@pass_app
def upgrade(app: App, to: int | None, dry_run: bool) -> None:
    """Run pending migrations and deploy the code of this release. Again: nothing changes."""
    if dry_run:
        planner = partial(deployment.plan_upgrade, to=to)
        show_steps(app, deployment.preview(app.database, planner))
        return
    with bar("upgrade", quiet=app.quiet) as advance:
        done = deployment.upgrade(
            app.database, to=to, progress=lambda _, number, total: advance(number, total)
        )
    count = len(done.applied)
    text = f"{count} steps in {done.seconds:.1f} s" if count else "nothing to do"
    app.output.record(
        {
            "Applied": count,
            "Version": done.version,
            "Seconds": round(done.seconds, 1),
        },
        message=f"{text}; schema version {done.version}",
    )


@db.command("rollback")
@click.option("--to", type=int, metavar="VERSION", help="Default: below the newest migration.")
@click.option("--dry-run", is_flag=True, help="Only list what would run; --verbose: as T-SQL.")
@yes_option
@pass_app
def rollback(app: App, to: int | None, dry_run: bool, yes: bool) -> None:
    """Undo migrations; ledgers keep their data. The older release then puts its code back."""
    steps = deployment.preview(app.database, partial(deployment.plan_rollback, to=to))
    if dry_run:
        show_steps(app, steps)
        return
    if steps:
        _announce(app, steps)
        app.confirm(f"Undo {_count(steps)} of {app.settings().database}?", yes=yes)
    else:
        app.output.record({"Undone": 0}, message="nothing to undo")
        return
    with bar("rollback", quiet=app.quiet) as advance:
        # To the version that was agreed to, whatever somebody else has undone in the meantime.
        done = deployment.rollback(
            app.database,
            to=_below(steps),
            progress=lambda _, number, total: advance(number, total),
        )
    app.output.record(
        {
            "Undone": len(done.applied),
            "Version": done.version,
            "Seconds": round(done.seconds, 1),
        },
        message=f"undid {len(done.applied)} in {done.seconds:.1f} s; schema version"
        f" {done.version}. Now put the older code back: couponry db upgrade of the older release",
    )


@db.command("partition")
@click.option(
    "--boundaries",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="A large campaign a line: its partition begins there.",
)
@click.option("--dry-run", is_flag=True, help="Only tell how many codes each partition gets.")
@yes_option
@pass_app
def partition(app: App, boundaries: Path, dry_run: bool, yes: bool) -> None:
    """Divide the table of the codes by campaign, for more than ten million of them."""
    names = deployment.read_boundaries(boundaries)
    ranges = deployment.preview_partitions(app.database, names)
    if dry_run:
        app.output.rows([_range(one) for one in ranges], RANGE_COLUMNS)
        return
    codes = sum(one.coupons for one in ranges)
    app.confirm(
        f"{codes} codes, {len(ranges)} partitions. The table is locked while it is moved."
        " Partition?",
        yes=yes,
    )
    done = deployment.partition(app.database, names)
    text = f"{', '.join(done.done)} in {done.seconds:.1f} s" if done.done else "nothing to do"
    app.output.record(
        {
            "Done": ", ".join(done.done),
            "Partitions": len(ranges),
            "Coupons": codes,
            "Seconds": round(done.seconds, 1),
        },
        message=text,
    )


def _announce(app: App, steps: Sequence[Step]) -> None:
    for step in steps:
        app.say(f"{step.action.value} {step.migration.script.name if step.migration else ''}")


def _count(steps: Sequence[Step]) -> str:
    return "1 migration" if len(steps) == 1 else f"{len(steps)} migrations"


def _below(steps: Sequence[Step]) -> int:
    return min(step.migration.version for step in steps if step.migration) - 1


def _range(one: Range) -> Row:
    return {
        "Partition": one.number,
        "From": one.start or None,
        "Before": one.stop,
        "Coupons": one.coupons,
    }
