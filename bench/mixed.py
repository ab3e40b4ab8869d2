"""How long a validation takes while a shop does everything else: a load that comes by the clock."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass

import pyodbc

from bench.callers import AMOUNT
from bench.lifecycle import CONFIRM, REDEEM, RESERVE, REVERSE, VALIDATE, Shopper
from bench.shops import spread
from bench.sites import Site
from couponry_jobs.connection import Database, connection_string
from couponry_jobs.driver import find_driver

OFFERED = 1_000
CONNECTIONS = 32
CAMPAIGNS = 64
P95_GOAL_MS = 50.0
MIX = {"validate": 70, "redeem": 12, "reserve": 8, "confirm": 7, "reverse": 3}
"""Of a hundred calls. A confirmation and a reversal without something to confirm or reverse are a
reservation and a redemption instead."""


@dataclass(frozen=True, slots=True)
class Load:
    """Times are milliseconds, from the sending of a call to its last row."""

    offered: int
    reached: float
    connections: int
    late: float
    """the share of calls that were sent more than 100 ms after their moment: the machine is full"""
    validations: int
    median_ms: float
    p95_ms: float

    @property
    def passed(self) -> bool | None:
        """The goal holds for a machine that takes the load; another one is not judged."""
        return self.p95_ms < P95_GOAL_MS if self.late < 0.05 else None


class Mixer(Shopper):
    """A shopper whose next call is drawn by lot."""

    def __init__(self, connection: pyodbc.Connection, codes: list[str]) -> None:
        super().__init__(connection, codes)
        self.held: list[int] = []
        self.used: list[int] = []
        self.sent = 0
        self.late = 0

    def draw(self) -> None:
        kind = random.choices(list(MIX), list(MIX.values()))[0]
        self.sent += 1
        key = f"{kind}-{self.tag}-{self.sent}"
        if kind == "validate":
            self.call(kind, VALIDATE, *self.order())
        elif kind == "confirm" and self.held:
            row = self.call(kind, CONFIRM, self.held.pop(), key, AMOUNT)
            self.used.append(row.RedemptionId)
        elif kind == "reverse" and self.used:
            self.call(kind, REVERSE, self.used.pop(), key)
        elif kind in ("reserve", "confirm"):
            self.held.append(self.call("reserve", RESERVE, *self.order()).ReservationId)
        else:
            self.used.append(self.call("redeem", REDEEM, *self.order()).RedemptionId)

    def run(self, first: float, step: float, end: float) -> None:
        """A call at each of its moments, or at once when the moment has passed."""
        moment, pause = first, threading.Event()
        while moment < end:
            ahead = moment - time.perf_counter()
            if ahead > 0:
                pause.wait(ahead)
            elif time.perf_counter() > end:
                return
            self.late += ahead < -0.1
            self.draw()
            moment += step


def measure(
    site: Site,
    *,
    seconds: float,
    offered: int = OFFERED,
    connections: int = CONNECTIONS,
    campaigns: int = CAMPAIGNS,
    say: Callable[[str], None] = lambda _: None,
) -> Load:
    say("making the campaigns")
    with Database(site.settings) as database:
        codes = spread(database, "mixed-", campaigns, 4)
    link = connection_string(site.settings, find_driver(site.settings.driver))
    with ExitStack() as stack:
        mixers = [
            Mixer(stack.enter_context(closing(pyodbc.connect(link, autocommit=True))), codes)
            for _ in range(connections)
        ]
        say(f"warming {connections} connections")
        for mixer in mixers:
            mixer.life()
            mixer.times["validate"].clear()
        say(f"{offered:,} calls a second")
        start = time.perf_counter() + 0.1
        end = start + seconds
        with ThreadPoolExecutor(connections) as pool:
            runs = [
                pool.submit(mixer.run, start + number / offered, connections / offered, end)
                for number, mixer in enumerate(mixers)
            ]
            for run in runs:
                run.result()
        took = time.perf_counter() - start
    times = sorted(one for mixer in mixers for one in mixer.times["validate"])
    sent = sum(mixer.sent for mixer in mixers)
    return Load(
        offered,
        sent / took,
        connections,
        sum(mixer.late for mixer in mixers) / sent,
        len(times),
        times[len(times) // 2] * 1000,
        times[int(len(times) * 0.95)] * 1000,
    )
