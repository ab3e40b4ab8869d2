"""What a deployment would do, as a list."""

from __future__ import annotations

from collections.abc import Sequence

import click

from couponry_cli.context import App
from couponry_jobs.connection import Row
from couponry_jobs.deployment import Action, Step

COLUMNS = ("Step", "Action", "Version", "Script", "Batches", "InTransaction")


def show_steps(app: App, steps: Sequence[Step]) -> None:
    """The steps on stdout; with --verbose their texts beside it, in the order of their run."""
    if app.verbose:
        for step in steps:
            if step.action is not Action.RECORD:
                click.echo(f"-- {step.script.name}\n{step.script.text}", err=True)
    if steps or app.format != "table":
        app.output.rows([_row(number, step) for number, step in enumerate(steps, 1)], COLUMNS)
    if not steps:
        app.say("nothing to do")


def _row(number: int, step: Step) -> Row:
    return {
        "Step": number,
        "Action": step.action.value,
        "Version": step.migration.version if step.migration else None,
        "Script": step.script.name,
        "Checksum": step.script.checksum.hex(),
        # What is only recorded runs nothing.
        "Batches": 0 if step.action is Action.RECORD else len(step.script.batches),
        "InTransaction": step.has_transaction,
    }
