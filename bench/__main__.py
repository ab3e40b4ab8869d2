"""python -m bench: the figures that the project promises, measured on this machine."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table

from bench import contention, lifecycle, mixed, production, redemption, server
from bench.sites import Site, open_site

PARTS = ("redemption", "lifecycle", "mixed", "generation", "contention", "server")


@click.command()
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="This part only; repeatable.")
@click.option("--seconds", type=click.FloatRange(min=0.1), default=5.0, show_default=True)
@click.option("--codes", type=click.IntRange(min=1), default=1_000_000, show_default=True)
@click.option(
    "--json",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(".cache/bench.json"),
    show_default=True,
    help="Where the figures are written.",
)
@click.option("--strict", is_flag=True, help="End with status 1 when a goal is missed.")
def main(only: tuple[str, ...], seconds: float, codes: int, target: Path, strict: bool) -> None:
    """Measure redemption, the calls around it, mixed load, generation, contention, the server."""
    console = Console(width=None if sys.stdout.isatty() else 100)
    parts = only or PARTS
    report: dict[str, object] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "seconds": seconds,
    }
    goals: list[bool] = []
    with open_site() as site, console.status("deploying") as status:
        if site.socket is None:
            console.print("not the stand-in: the comparisons with PostgreSQL are left out")
        for part in parts:
            measured, passed, table = _measure(part, site, seconds, codes, status.update)
            report[part] = measured
            goals += passed
            console.print(table)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(report, indent=2) + "\n")
    console.print(f"written to {target}", highlight=False)
    if strict and not all(goals):
        raise SystemExit(1)


def _measure(
    part: str, site: Site, seconds: float, codes: int, say: object
) -> tuple[object, list[bool], Table]:
    assert callable(say)
    if part == "redemption":
        found = redemption.measure(site, seconds=seconds, say=say)
        table = _table(
            "sp_RedeemCoupon through ODBC beside a hand-written PL/pgSQL function under pgbench",
            ["connections", "ODBC /s", "pgbench /s", "ratio", "goal", "median ms", "first call ms"],
        )
        for one in found:
            table.add_row(
                str(one.connections),
                f"{one.couponry:,.0f}",
                "–" if one.handwritten is None else f"{one.handwritten:,.0f}",
                "–" if one.ratio is None else _judged(f"{one.ratio:.2f}", one.passed is True),
                f"≥ {one.goal}",
                f"{one.median_ms:.2f}",
                f"{one.first_call_ms:.0f}",
            )
        measured = [{**asdict(one), "passed": one.passed} for one in found]
        return measured, [one.passed for one in found if one.passed is not None], table
    if part == "generation":
        made = production.measure(site, codes=codes, say=say)
        table = _table(
            f"generation and insertion of {made.codes:,} codes",
            ["codes/s", "goal", "job memory MB", "goal", "seconds", "COPY seconds", "of COPY"],
        )
        table.add_row(
            _judged(f"{made.rate:,.0f}", made.rate >= production.RATE_GOAL),
            f"≥ {production.RATE_GOAL:,.0f}",
            _judged(f"{made.memory_mb:.0f}", made.memory_mb <= production.MEMORY_GOAL_MB),
            f"≤ {production.MEMORY_GOAL_MB:.0f}",
            f"{made.seconds:.1f}",
            "–" if made.copy_seconds is None else f"{made.copy_seconds:.1f}",
            "–" if made.copy_ratio is None else f"{made.copy_ratio:.2f}",
        )
        extra = {"rate": made.rate, "copy_ratio": made.copy_ratio, "passed": made.passed}
        return {**asdict(made), **extra}, [made.passed], table
    if part == "lifecycle":
        costs = lifecycle.measure(site, seconds=seconds, say=say)
        table = _table(
            "the calls around a redemption, one connection",
            ["call", "calls", "median ms", "95 % ms", "of a redemption"],
        )
        for cost in costs:
            table.add_row(
                cost.kind,
                f"{cost.calls:,}",
                f"{cost.median_ms:.2f}",
                f"{cost.p95_ms:.2f}",
                f"{cost.of_redeem:.2f}",
            )
        return [asdict(cost) for cost in costs], [], table
    if part == "mixed":
        load = mixed.measure(site, seconds=seconds, say=say)
        table = _table(
            f"validation under {load.offered:,} calls/s of mixed load over {load.connections}"
            f" connections ({os.cpu_count()} cores for clients, server and database)",
            ["reached /s", "late", "validations", "median ms", "95 % ms", "goal"],
        )
        table.add_row(
            f"{load.reached:,.0f}",
            f"{load.late:.0%}",
            f"{load.validations:,}",
            f"{load.median_ms:.1f}",
            f"{load.p95_ms:.1f}"
            if load.passed is None
            else _judged(f"{load.p95_ms:.1f}", load.passed),
            f"< {mixed.P95_GOAL_MS:.0f} where the load is taken",
        )
        judged = [] if load.passed is None else [load.passed]
        return {**asdict(load), "passed": load.passed}, judged, table
    if part == "server":
        added = server.measure(site, seconds=seconds, say=say)
        table = _table(
            "what the development server adds: calls through ODBC and it, and on its PostgreSQL",
            [
                *("call", "rows", "through ms", "direct ms", "overhead ms", "ratio", "rows/s"),
                *("CPU server", "CPU below", "CPU direct"),
            ],
        )
        for one in added:
            known = one.direct_ms, one.overhead_ms, one.ratio
            spent = one.server_cpu_ms, one.postgres_cpu_ms, one.direct_cpu_ms
            table.add_row(
                one.kind,
                f"{one.rows:,}",
                f"{one.through_ms:.2f}",
                *("–" if each is None else f"{each:.2f}" for each in known),
                f"{one.rows_per_second:,.0f}",
                *("–" if each is None else f"{each:.2f}" for each in spent),
            )
        extra = ("overhead_ms", "ratio", "rows_per_second")
        return (
            [asdict(one) | {name: getattr(one, name) for name in extra} for one in added],
            [],
            table,
        )
    figures = contention.measure(site, seconds=seconds, say=say)
    table = _table(
        f"redemptions/s over {contention.CONNECTIONS} connections",
        ["campaigns", "redemptions/s", "median ms", "99 % ms", "refused"],
    )
    for figure in figures:
        table.add_row(
            figure.what,
            f"{figure.rate:,.0f}",
            f"{figure.median_ms:.1f}",
            f"{figure.slowest_ms:.1f}",
            str(figure.refused),
        )
    return [asdict(figure) for figure in figures], [], table


def _judged(text: str, good: bool) -> str:
    return f"[green]{text}[/green]" if good else f"[red]{text}[/red]"


def _table(title: str, columns: list[str]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        left = number == 0 and column in ("campaigns", "call")
        table.add_column(column, justify="left" if left else "right", no_wrap=left)
    return table


if __name__ == "__main__":
    main()
