"""couponry db …"""

from __future__ import annotations

from collections.abc import Mapping

import click

from couponry_cli.context import App, Group, pass_app, yes_option
from couponry_cli.health import show_checks
from couponry_cli.progress import bar
from couponry_cli.steps import show_steps
from couponry_jobs import deployment, procedures
from couponry_jobs.connection import Value
from couponry_jobs.errors import UsageError


@click.group(cls=Group)
def db() -> None:
    """Install and upgrade the scripts, check them, load the sample."""


@db.command("install")
@click.option("--create", is_flag=True, help="Create the database first if it is missing.")
@click.option("--dry-run", is_flag=True, help="Only list what would run; --verbose: as T-SQL.")
@pass_app
def install(app: App, create: bool, dry_run: bool) -> None:
    """Bring the database to the state of the scripts. Again: nothing changes."""
    if dry_run:
        show_steps(app, deployment.preview(app.database, deployment.plan_installation))
        return
    settings = app.settings()
    if create and deployment.create_database(settings, settings.database):
        app.say(f"created database {settings.database}")
    with bar("install", quiet=app.quiet) as advance:
        done = deployment.install(
            app.database, progress=lambda _, number, total: advance(number, total)
        )
    if done.applied:
        text = f"applied {len(done.applied)} scripts in {done.seconds:.1f} s"
    else:
        text = "nothing to do"
    app.output.record(
        {
            "Applied": len(done.applied),
            "Unchanged": done.unchanged,
            "Version": done.version,
            "Seconds": round(done.seconds, 1),
        },
        message=f"{text}; {done.unchanged} unchanged, schema version {done.version}",
    )


@db.command("status")
@pass_app
def status(app: App) -> None:
    """List the scripts and whether the database has them."""
    rows: list[Mapping[str, Value]] = [
        {
            "Version": one.version,
            "Script": one.script.name,
            "State": one.state.value,
            "AppliedAt": one.applied_at,
            "AppliedBy": one.applied_by,
            "DurationMs": one.milliseconds,
        }
        for one in deployment.status(app.database)
    ]
    app.output.rows(rows, ["Version", "Script", "State", "AppliedAt", "AppliedBy", "DurationMs"])


@db.command("verify")
@click.option("--min-version", type=int)
@pass_app
def verify(app: App, min_version: int | None) -> None:
    """Let the database check its own installation."""
    show_checks(app, procedures.verify_installation(app.database, min_version=min_version))


@db.command("seed")
@click.option("--relative", is_flag=True, help="Move the dates so that the sample is live today.")
@click.option("--demo", is_flag=True, help="Also load the list for searching and analytics.")
@yes_option
@pass_app
def seed(app: App, relative: bool, demo: bool, yes: bool) -> None:
    """Load the sample campaigns into a database without others."""
    app.confirm(f"Load sample campaigns into {app.settings().database}?", yes=yes)
    loaded = deployment.seed(app.database, relative=relative, demo=demo)
    app.output.record({"Loaded": ", ".join(loaded)}, message=f"loaded {', '.join(loaded)}")


@db.command("users")
@click.option("--service", multiple=True, metavar="NAME", help="Identities of microservices.")
@click.option("--job", multiple=True, metavar="NAME", help="Identities of containers.")
@click.option("--ops", multiple=True, metavar="NAME", help="Groups of operators.")
@click.option("--reader", multiple=True, metavar="NAME", help="Identities that read views.")
@click.option("--print", "only_print", is_flag=True, help="Print the statements instead.")
@pass_app
def users(
    app: App,
    service: tuple[str, ...],
    job: tuple[str, ...],
    ops: tuple[str, ...],
    reader: tuple[str, ...],
    only_print: bool,
) -> None:
    """Let identities in, each with the rights of its role."""
    members = {"service": service, "job": job, "ops": ops, "reader": reader}
    if not any(members.values()):
        raise UsageError("name at least one of --service, --job, --ops, --reader")
    if only_print:
        for _, create, add in deployment.user_statements(members):
            click.echo(f"{create};\n{add};")
        return
    created = deployment.create_users(app.database, members)
    known = sum(len(names) for names in members.values()) - len(created)
    app.output.record(
        {"Created": ", ".join(created), "Kept": known},
        message=f"created {len(created)}, kept {known}",
    )
