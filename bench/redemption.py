"""sp_RedeemCoupon through ODBC beside the same work as one PL/pgSQL function under pgbench."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.callers import redeem
from bench.shops import middle, spread
from bench.sites import Site
from couponry_jobs.connection import Database

GOALS = {1: 0.5, 8: 0.4}
CAMPAIGNS = 64
ROUNDS = 3
FUNCTION = Path(__file__).with_name("handwritten.sql")


@dataclass(frozen=True, slots=True)
class Comparison:
    connections: int
    couponry: float
    handwritten: float | None
    goal: float
    first_call_ms: float
    median_ms: float
    refused: int

    @property
    def ratio(self) -> float | None:
        return self.couponry / self.handwritten if self.handwritten else None

    @property
    def passed(self) -> bool | None:
        return None if self.ratio is None else self.ratio >= self.goal


def measure(
    site: Site,
    *,
    seconds: float,
    connections: Sequence[int] = tuple(GOALS),
    campaigns: int = CAMPAIGNS,
    rounds: int = ROUNDS,
    say: Callable[[str], None] = lambda _: None,
) -> list[Comparison]:
    """Both sides in turns, several rounds; the middle round of each counts."""
    with Database(site.settings) as database:
        codes = spread(database, "bench-", campaigns, 1)
    if site.socket is not None:
        with site.postgres() as postgres:
            postgres.execute(FUNCTION.read_text())
    found: list[Comparison] = []
    for count in connections:
        ours: list[float] = []
        theirs: list[float] = []
        first: list[float] = []
        medians: list[float] = []
        refused = 0
        for number in range(rounds):
            say(f"{count} connections, round {number + 1} of {rounds}")
            if site.socket is not None:
                theirs.append(pgbench(site, codes, connections=count, seconds=seconds))
            calls = redeem(site.settings, codes, connections=count, seconds=seconds)
            ours.append(calls.rate)
            first += calls.first
            medians.append(calls.percentile(0.5))
            refused += calls.refused.total()
        found.append(
            Comparison(
                count,
                middle(ours),
                middle(theirs) if theirs else None,
                GOALS.get(count, min(GOALS.values())),
                middle(first) * 1000,
                middle(medians) * 1000,
                refused,
            )
        )
    return found


def pgbench(site: Site, codes: Sequence[str], *, connections: int, seconds: float) -> float:
    """Calls of the hand-written function per second, prepared, on the engine's own PostgreSQL."""
    from couponry_standin.postgres.host import programs

    assert site.socket is not None
    stem = re.sub(r"\d+-\d+$", "", codes[0])
    script = (
        f"\\set n random(0, {len(codes) - 1})\n"
        "\\set u random(1, 1000000000000000)\n"
        f"SELECT * FROM bench.redeem('{stem}' || :n || '-0000', 'p' || :u, 100.00, 'o' || :u);\n"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".pgbench") as file:
        file.write(script)
        file.flush()
        done = subprocess.run(
            [
                str(programs() / "pgbench"),
                *("-h", str(site.socket), "-U", "couponry", "-n", "-M", "prepared"),
                *("-c", str(connections), "-j", str(min(connections, 2))),
                *("-T", str(max(1, round(seconds))), "-f", file.name, site.database.lower()),
            ],
            check=True,
            capture_output=True,
            text=True,
        )
    rate = re.search(r"tps = ([\d.]+)", done.stdout)
    failed = re.search(r"number of failed transactions: (\d+)", done.stdout)
    if rate is None or (failed is not None and failed[1] != "0"):
        raise RuntimeError(f"pgbench: {done.stdout}{done.stderr}")
    return float(rate[1])
