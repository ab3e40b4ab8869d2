"""Many callers of sp_RedeemCoupon through ODBC, and how many calls they got through."""

from __future__ import annotations

import multiprocessing
import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from multiprocessing.synchronize import Barrier

import pyodbc

from couponry_jobs.connection import connection_string
from couponry_jobs.driver import find_driver
from couponry_jobs.settings import Settings

STATEMENT = (
    "EXEC dbo.sp_RedeemCoupon @CouponCode = ?, @UserId = ?, @OrderAmount = ?, @OrderId = ?,"
    " @IpAddress = ?, @UserAgent = ?, @CountryCode = ?, @DeviceFingerprint = ?, @IsVpn = ?"
)
AMOUNT = Decimal("100.00")
COUNTRY = "DE"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PROCESSES = 4
WARM_UP = 25
START_SECONDS = 120.0


@dataclass(slots=True)
class Calls:
    """What a group of callers did. A refusal is no redemption and is counted apart."""

    redeemed: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    first: list[float] = field(default_factory=list)
    """the first call of each connection, in seconds: what is compiled and planned there"""
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.redeemed / self.seconds if self.seconds else 0.0

    def percentile(self, part: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * part), len(ordered) - 1)] if ordered else 0.0

    def add(self, other: Calls) -> None:
        self.redeemed += other.redeemed
        self.refused += other.refused
        self.seconds = max(self.seconds, other.seconds)
        self.first += other.first
        self.latencies += other.latencies


def arguments(code: str, user: str) -> tuple[object, ...]:
    """What a web shop passes on: each user calls from an address and a device of his own.

    Chosen cheaply, as pgbench chooses: a shop has its arguments before it calls.
    """
    address = "10." + ".".join(str(random.randrange(256)) for _ in range(3))
    return code, user, AMOUNT, f"o-{user}", address, AGENT, COUNTRY, f"d-{user}", False


def redeem(
    settings: Settings,
    codes: Sequence[str],
    *,
    connections: int,
    seconds: float,
    warm_up: int = WARM_UP,
) -> Calls:
    """Redeem random codes of the list, each call by a user of its own."""
    context = multiprocessing.get_context("spawn")
    processes = min(connections, PROCESSES)
    gate = context.Barrier(processes)
    shares = [
        connections // processes + (number < connections % processes) for number in range(processes)
    ]
    results: multiprocessing.Queue[Calls | str] = context.Queue()
    workers = [
        context.Process(
            target=_work,
            args=(settings, list(codes), share, seconds, warm_up, gate, results),
            daemon=True,
        )
        for share in shares
    ]
    for worker in workers:
        worker.start()
    total = Calls()
    for _ in workers:
        answer = results.get(timeout=START_SECONDS + seconds + 60)
        if isinstance(answer, str):
            raise RuntimeError(answer)
        total.add(answer)
    for worker in workers:
        worker.join()
    return total


def _work(
    settings: Settings,
    codes: Sequence[str],
    connections: int,
    seconds: float,
    warm_up: int,
    gate: Barrier,
    results: multiprocessing.Queue[Calls | str],
) -> None:
    """One process with a thread for each of its connections."""
    inner = threading.Barrier(connections)
    done: list[Calls | str] = []

    def run() -> None:
        try:
            done.append(_caller(settings, codes, seconds, warm_up, inner, gate))
        except (pyodbc.Error, threading.BrokenBarrierError) as problem:
            inner.abort()
            gate.abort()
            done.append(f"a caller failed: {problem}")

    threads = [threading.Thread(target=run, daemon=True) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = Calls()
    for each in done:
        if isinstance(each, str):
            results.put(each)
            return
        total.add(each)
    results.put(total)


def _caller(
    settings: Settings,
    codes: Sequence[str],
    seconds: float,
    warm_up: int,
    inner: threading.Barrier,
    gate: Barrier,
) -> Calls:
    calls = Calls()
    tag = secrets.token_hex(5)
    text = connection_string(settings, find_driver(settings.driver))
    connection = pyodbc.connect(text, autocommit=True)
    cursor = connection.cursor()
    serial = 0

    def once() -> str | None:
        nonlocal serial
        serial += 1
        user = f"{tag}-{serial}"
        cursor.execute(STATEMENT, *arguments(random.choice(codes), user))
        row = cursor.fetchone()
        assert row is not None
        while cursor.nextset():
            pass
        return None if row[0] else str(row[1])

    for number in range(warm_up):
        started = time.perf_counter()
        once()
        if number == 0:
            calls.first.append(time.perf_counter() - started)
    if inner.wait(START_SECONDS) == 0:
        gate.wait(START_SECONDS)
    inner.wait(START_SECONDS)
    started = moment = time.perf_counter()
    end = started + seconds
    while moment < end:
        refusal = once()
        later = time.perf_counter()
        if refusal is None:
            calls.redeemed += 1
        else:
            calls.refused[refusal] += 1
        calls.latencies.append(later - moment)
        moment = later
    calls.seconds = moment - started
    connection.close()
    return calls
