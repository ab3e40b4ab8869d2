"""python -m tests.concurrency.storm: the long storm, its figures, and an exit status."""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from couponry_jobs import deployment
from couponry_jobs.retry import Retry
from tests.concurrency.storm.gate import CUTS, gates, through
from tests.concurrency.storm.judge import judge
from tests.concurrency.storm.moves import MOVES, Lane
from tests.concurrency.storm.record import Record
from tests.concurrency.storm.stage import Stage, build
from tests.concurrency.storm.weather import Before, Lines, blow
from tests.endpoint import VARIABLE, Target, endpoint, fresh_database
from tests.spec.office import Office

ROUND = 10_000
GATED = 16
SHARE = 0.33
DEADLOCKS = 0.001
"""of all calls may be deadlock victims, as R15 of the scenarios has it"""
# The office is busier in a short storm than anywhere else; and a recount reads the whole ledger.
LONG = MOVES | {
    Lane.limit_coupon: 3,
    Lane.limit_campaign: 3,
    Lane.stripes: 1,
    Lane.stop_coupon: 0.5,
    Lane.stop_campaign: 0.5,
    Lane.refresh: 2,
    Lane.reconcile: 0.5,
}
QUICK = Retry(tries=8, first_pause=0.02, longest_pause=0.5)
PATIENT = Retry(tries=120, first_pause=0.05, longest_pause=0.5)


@dataclass(slots=True)
class Figures:
    """All rounds together."""

    attempts: int = 0
    calls: int = 0
    successes: int = 0
    unknown: int = 0
    acknowledged: int = 0
    applied: int = 0
    cuts: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    repeated: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def deadlocks(self) -> float:
        return self.repeated["1205"] / self.calls if self.calls else 0.0

    @property
    def right(self) -> bool:
        return not +self.wrong and self.deadlocks <= DEADLOCKS


@dataclass(slots=True)
class Soak:
    console: Console
    progress: Progress
    figures: Figures = field(default_factory=Figures)

    def round(
        self,
        name: str,
        target: Target,
        lines: Lines,
        attempts: int,
        seed: int,
        before: Before | None = None,
    ) -> None:
        with Office(target) as office:
            stage = build(office, attempts)
        began = time.monotonic()
        task = self.progress.add_task(f"{name}, seed {seed}", total=attempts)
        record = blow(
            stage,
            lines,
            attempts=attempts,
            seed=seed,
            moves=LONG,
            before=before,
            tick=lambda turn: self.tick(task, turn, attempts),
        )
        self.figures.seconds += time.monotonic() - began
        with Office(target) as office:
            self.judge(office, stage, record, name, seed)
        self.progress.remove_task(task)

    def tick(self, task: TaskID, turn: int, attempts: int) -> None:
        self.progress.update(task, completed=turn)
        # In a log a bar is a line now and then.
        if not self.console.is_terminal and turn * 5 % attempts < 5:
            self.console.print(f"{turn:,} of {attempts:,}", highlight=False)

    def judge(self, office: Office, stage: Stage, record: Record, name: str, seed: int) -> None:
        verdict, figures = judge(office, stage, record), self.figures
        figures.attempts += record.attempts
        figures.calls += sum(record.ends.values())
        figures.successes += record.successes
        figures.unknown += record.unknown
        figures.acknowledged += verdict.acknowledged
        figures.applied += verdict.applied
        figures.repeated.update(record.repeated)
        figures.wrong.update({kind: len(lines) for kind, lines in verdict.wrong.items()})
        self.console.print(
            f"{name}, seed {seed}: {record.attempts:,} attempts, {verdict.applied:,} uses,"
            f" {record.repeated['1205']} deadlock victims,"
            f" {'right' if verdict.right else 'WRONG'}",
            highlight=False,
        )
        if not verdict.right:
            self.console.print(str(verdict), highlight=False, markup=False)


@click.command()
@click.option("--attempts", type=click.IntRange(min=100), default=200_000, show_default=True)
@click.option("--connections", type=click.IntRange(min=2), default=64, show_default=True)
@click.option("--faults", type=click.IntRange(min=0), default=2_000, show_default=True)
@click.option(
    "--kills",
    type=click.IntRange(min=0),
    default=6,
    show_default=True,
    help="How often a stand-in of its own is killed; none where a server is named.",
)
@click.option("--seed", type=int, help="Another storm each time, unless it is given.")
@click.option(
    "--json",
    "report",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(".cache/soak.json"),
    show_default=True,
    help="Where the figures are written.",
)
def main(
    attempts: int, connections: int, faults: int, kills: int, seed: int | None, report: Path
) -> None:
    """Let everybody do everything at once for long, break lines, kill servers; then count."""
    console = Console(width=None if sys.stdout.isatty() else 100)
    dice = random.Random(seed if seed is not None else random.SystemRandom().randrange(10**9))
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with ExitStack() as stack:
        progress = stack.enter_context(
            Progress(*columns, console=console, disable=not console.is_terminal)
        )
        soak = Soak(console, progress)
        server = stack.enter_context(endpoint())
        target = stack.enter_context(fresh_database(server, "couponry_soak"))
        line = stack.enter_context(target.open())
        deployment.install(line)
        for part in range(0, attempts, ROUND):
            size = min(ROUND, attempts - part)
            number = part // ROUND + 1
            soak.round(f"round {number}", target, [line] * connections, size, dice.randrange(10**6))
        if faults:
            _break_lines(soak, target, faults, dice.randrange(10**6))
        if kills and not os.environ.get(VARIABLE):
            _kill_servers(soak, kills, dice.randrange(10**6))
    _print(console, soak.figures)
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps(_as_json(soak.figures), indent=2) + "\n")
    raise SystemExit(0 if soak.figures.right else 1)


def _break_lines(soak: Soak, target: Target, faults: int, seed: int) -> None:
    with ExitStack() as stack:
        made = stack.enter_context(gates(target.settings, GATED))
        lines = [
            stack.enter_context(Target(through(gate, target.settings)).open(retry=QUICK))
            for gate in made.gates
        ]

        def before(number: int, dice: random.Random) -> None:
            if dice.random() < SHARE:
                made.gates[number].arm(dice.choice(CUTS), dice.uniform(0, 0.03))

        # Some moves make no call, and their fault waits for the next.
        attempts = round(faults / SHARE * 1.1)
        soak.round("broken lines", target, lines, attempts, seed, before)
        soak.figures.cuts += made.cut()


def _kill_servers(soak: Soak, kills: int, seed: int) -> None:
    # Imported here: only this part looks inside the stand-in.
    from tests.standin.engine.killing import VICTIMS, Killer, engine

    between = 150
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="couponry-soak-")))
        running, target = stack.enter_context(engine(folder / "engine"))
        at = {between * (one + 1): VICTIMS[one % len(VICTIMS)] for one in range(kills)}
        killer = Killer(running, at)
        line = stack.enter_context(target.open(retry=PATIENT))

        def before(_: int, __: random.Random) -> None:
            killer.tick(next(turns))

        turns = iter(range(1, 10**9))
        soak.round("killed servers", target, [line] * 8, between * (kills + 1), seed, before)
        killer.finish()
        soak.figures.kills += len(running.killed)


def _print(console: Console, figures: Figures) -> None:
    lines = {
        "attempts": f"{figures.attempts:,}",
        "calls": f"{figures.calls:,} ({figures.calls / max(figures.seconds, 1):,.0f} a second)",
        "successes": f"{figures.successes:,}",
        "lines broken": ", ".join(f"{n:,} {cut}" for cut, n in sorted(figures.cuts.items())) or "0",
        "servers killed": str(figures.kills),
        "calls repeated": ", ".join(f"{n:,} × {why}" for why, n in figures.repeated.items()) or "0",
        "deadlock victims": f"{figures.deadlocks:.4%} of all calls",
        "uses": f"{figures.acknowledged:,} acknowledged ≤ {figures.applied:,} applied ≤"
        f" acknowledged + {figures.unknown:,} unknown",
        **{kind: str(number) for kind, number in figures.wrong.items()},
        "verdict": "right" if figures.right else "WRONG",
    }
    for name, value in lines.items():
        console.print(f"{name:<18}{value}", highlight=False, markup=False)


def _as_json(figures: Figures) -> dict[str, object]:
    return {
        "attempts": figures.attempts,
        "calls": figures.calls,
        "seconds": round(figures.seconds, 1),
        "successes": figures.successes,
        "acknowledged": figures.acknowledged,
        "applied": figures.applied,
        "unknown": figures.unknown,
        "cuts": dict(figures.cuts),
        "kills": figures.kills,
        "repeated": dict(figures.repeated),
        "wrong": dict(figures.wrong),
        "right": figures.right,
    }


if __name__ == "__main__":
    main()
