"""couponry worker …"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from couponry_cli.context import App, Group, pass_app
from couponry_cli.progress import bar
from couponry_jobs.generation import Progress, Stop, stopped_by_signals

if TYPE_CHECKING:
    from couponry_jobs.metrics import Metrics


_metrics_option = click.option(
    "--metrics-port",
    type=click.IntRange(0, 65_535),
    help="Answer Prometheus there, GET /metrics; 0: a free port.",
)


@contextmanager
def _measured(app: App, port: int | None) -> Iterator[Metrics | None]:
    """Counts what this process does, and lets it be read, where a port is given."""
    if port is None:
        yield None
        return
    metrics = app.measure()
    with metrics.served(port) as found:
        app.say(f"metrics at http://localhost:{found}/metrics")
        yield metrics


@click.group(cls=Group)
@pass_app
def worker(app: App) -> None:
    """Work on messages until told to stop."""
    app.is_job = True


@worker.command("generate")
@click.option("--once", is_flag=True, help="One message, or none if there is none.")
@click.option("--max-messages", type=click.IntRange(min=1), help="So many, then end.")
@click.option("--idle-exit", type=click.IntRange(min=0), help="End after so many idle seconds.")
@_metrics_option
@pass_app
def generate(
    app: App,
    once: bool,
    max_messages: int | None,
    idle_exit: int | None,
    metrics_port: int | None,
) -> None:
    """Make the codes that the messages of the generation queue ask for."""
    with _measured(app, metrics_port) as metrics:
        work(app, once=once, max_messages=max_messages, idle_exit=idle_exit, metrics=metrics)


def work(
    app: App,
    *,
    once: bool = False,
    max_messages: int | None = None,
    idle_exit: int | None = None,
    metrics: Metrics | None = None,
) -> None:
    """Take messages in this process; signals end it after the running batch."""
    from couponry_jobs import worker as queue_worker

    with bar("generating", quiet=app.quiet) as advance, stopped_by_signals(Stop()) as stop:

        def told(state: Progress) -> None:
            advance(state.generated, state.requested)
            if metrics is not None:
                metrics.batch(inserted=state.inserted, refused=state.refused, seconds=state.seconds)

        report = queue_worker.run(
            app.database,
            app.queues,
            app.database.settings,
            once=once,
            max_messages=max_messages,
            idle_exit=idle_exit,
            stop=stop,
            progress=told,
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
@click.option("--max-messages", type=click.IntRange(min=1), help="So many, then end.")
@click.option("--idle-exit", type=click.IntRange(min=0), help="End after so many idle seconds.")
@_metrics_option
@pass_app
def outbox(
    app: App,
    once: bool,
    max_messages: int | None,
    idle_exit: int | None,
    metrics_port: int | None,
) -> None:
    """Deliver events to their subscriptions."""
    from couponry_jobs import delivery

    with _measured(app, metrics_port), stopped_by_signals(Stop()) as stop:
        report = delivery.work(
            app.database,
            app.database.settings,
            send=app.send,
            stop=stop,
            once=once,
            max_messages=max_messages,
            idle_exit=idle_exit,
        )
    app.output.record({"Delivered": report.delivered, "Failed": report.failed, "Left": report.left})
    if stop.signal_number is not None:
        click.get_current_context().exit(128 + stop.signal_number)
