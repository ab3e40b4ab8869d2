"""sp_RedeemCoupon through ODBC beside the same work as one PL/pgSQL function under pgbench."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.callers import AGENT, AMOUNT, COUNTRY, redeem
from bench.shops import middle, spread
from bench.sites import Site
from couponry_jobs.connection import Database

GOALS = {1: 0.5, 8: 0.4}
CAMPAIGNS = 64
SLICES = 8
SLICE_SECONDS = 2.0
"""Short turns: what else the machine does meanwhile meets both sides."""

FUNCTION = Path(__file__).with_name("handwritten.sql")


@dataclass(frozen=True, slots=True)
class Comparison:
    connections: int
    couponry: float
    handwritten: float | None
    ratio: float | None
    """of a turn through ODBC to the turn by hand before it; the middle one of all pairs"""
    goal: float
    first_call_ms: float
    median_ms: float
    refused: int

    @property
    def passed(self) -> bool | None:
        return None if self.ratio is None else self.ratio >= self.goal


def measure(
    site: Site,
    *,
    seconds: float,
    connections: Sequence[int] = tuple(GOALS),
    campaigns: int = CAMPAIGNS,
    slices: int = SLICES,
    say: Callable[[str], None] = lambda _: None,
) -> list[Comparison]:
    """Both sides in short turns, one after the other; the middle of each side's turns counts."""
    turn = min(seconds, SLICE_SECONDS)
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
        for number in range(slices):
            say(f"{count} connections, turn {number + 1} of {slices}")
            if site.socket is not None:
                theirs.append(pgbench(site, codes, connections=count, seconds=turn))
            calls = redeem(site.settings, codes, connections=count, seconds=turn)
            ours.append(calls.rate)
            first += calls.first
            medians.append(calls.percentile(0.5))
            refused += calls.refused.total()
        found.append(
            Comparison(
                count,
                middle(ours),
                middle(theirs) if theirs else None,
                middle([o / t for o, t in zip(ours, theirs, strict=True)]) if theirs else None,
                GOALS.get(count, min(GOALS.values())),
                middle(first) * 1000,
                middle(medians) * 1000,
                refused,
            )
        )
    return found


def pgbench(site: Site, codes: Sequence[str], *, connections: int, seconds: float) -> float:
    """Calls of the hand-written function per second, prepared, on the engine's own PostgreSQL.

    The first second, in which each connection plans, and the last are left out.
    """
    from couponry_standin.postgres.host import programs

    assert site.socket is not None
    stem = re.sub(r"\d+-\d+$", "", codes[0])
    script = (
        f"\\set n random(0, {len(codes) - 1})\n"
        "\\set u random(1, 1000000000000000)\n"
        "\\set a random(0, 255)\n\\set b random(0, 255)\n\\set c random(0, 255)\n"
        f"SELECT * FROM bench.redeem('{stem}' || :n || '-0000', 'p' || :u, {AMOUNT}, 'o-p' || :u,"
        f" '10.' || :a || '.' || :b || '.' || :c, '{AGENT}', '{COUNTRY}', 'd-p' || :u, 0::int2);\n"
    )
    whole = max(1, round(seconds))
    with tempfile.NamedTemporaryFile("w", suffix=".pgbench") as file:
        file.write(script)
        file.flush()
        done = subprocess.run(
            [
                str(programs() / "pgbench"),
                *("-h", str(site.socket), "-U", "couponry", "-n", "-M", "prepared"),
                *("-c", str(connections), "-j", str(min(connections, 2))),
                *("-T", str(whole + 2), "-P", "1", "-f", file.name, site.database.lower()),
            ],
            check=True,
            capture_output=True,
            text=True,
        )
    rates = [float(each) for each in re.findall(r"progress: .* s, ([\d.]+) tps", done.stderr)]
    failed = re.search(r"number of failed transactions: (\d+)", done.stdout)
    if len(rates) <= whole or (failed is not None and failed[1] != "0"):
        raise RuntimeError(f"pgbench: {done.stdout}{done.stderr}")
    return sum(rates[1 : whole + 1]) / whole
