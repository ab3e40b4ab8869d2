"""couponry worker …"""

from __future__ import annotations

import click

from couponry_cli.context import App, Group, pass_app
from couponry_cli.progress import bar
from couponry_jobs.generation import Stop, stopped_by_signals


@click.group(cls=Group)
@pass_app
def worker(app: App) -> None:
    """Work on messages until told to stop."""
    app.is_job = True


@worker.command("generate")
@click.option("--once", is_flag=True, help="One message, or none if there is none.")
@click.option("--max-messages", type=click.IntRange(min=1), help="So many, then end.")
@click.option("--idle-exit", type=click.IntRange(min=0), help="End after so many idle seconds.")
@pass_app
def generate(app: App, once: bool, max_messages: int | None, idle_exit: int | None) -> None:
    """Make the codes that the messages of the generation queue ask for."""
    work(app, once=once, max_messages=max_messages, idle_exit=idle_exit)


def work(
    app: App, *, once: bool = False, max_messages: int | None = None, idle_exit: int | None = None
) -> None:
    """Take messages in this process; signals end it after the running batch."""
    from couponry_jobs import worker as queue_worker

    with bar("generating", quiet=app.quiet) as advance, stopped_by_signals(Stop()) as stop:
        report = queue_worker.run(
            app.database,
            app.queues,
            app.database.settings,
            once=once,
            max_messages=max_messages,
            idle_exit=idle_exit,
            stop=stop,
            progress=lambda state: advance(state.generated, state.requested),
        )
    app.output.record(
        {
            "Messages": report.messages,
            "Deleted": report.deleted,
            "Left": report.left,
            "Poisoned": report.poisoned,
            "InsertedCount": report.inserted,
        }
    )
    click.get_current_context().exit(report.exit_code)


@worker.command("outbox")
@click.option("--once", is_flag=True, help="What is due now, then end.")
@click.option("--idle-exit", type=click.IntRange(min=0), help="End after so many idle seconds.")
@pass_app
def outbox(app: App, once: bool, idle_exit: int | None) -> None:
    """Deliver events to their subscriptions."""
    from couponry_jobs import delivery

    with stopped_by_signals(Stop()) as stop:
        report = delivery.work(
            app.database,
            app.database.settings,
            send=app.send,
            stop=stop,
            once=once,
            idle_exit=idle_exit,
        )
    app.output.record({"Delivered": report.delivered, "Failed": report.failed, "Left": report.left})
    if stop.signal_number is not None:
        click.get_current_context().exit(128 + stop.signal_number)
