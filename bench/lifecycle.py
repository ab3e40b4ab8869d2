"""What each call in the life of a redemption costs, beside a redemption in the same run."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import pyodbc

from bench.callers import AMOUNT, arguments
from bench.shops import middle, spread
from bench.sites import Site
from couponry_jobs.connection import Database, connection_string
from couponry_jobs.driver import find_driver

CAMPAIGNS = 16
KINDS = ("redeem", "validate", "reserve", "confirm", "reverse")
CONTEXT = (
    "@CouponCode = ?, @UserId = ?, @OrderAmount = ?, @OrderId = ?, @IpAddress = ?, @UserAgent = ?,"
    " @CountryCode = ?, @DeviceFingerprint = ?, @IsVpn = ?"
)
REDEEM = f"EXEC dbo.sp_RedeemCoupon {CONTEXT}"
VALIDATE = f"EXEC dbo.sp_ValidateCoupon {CONTEXT}"
RESERVE = f"EXEC dbo.sp_ReserveCoupon {CONTEXT}"
CONFIRM = "EXEC dbo.sp_ConfirmReservation @ReservationId = ?, @IdempotencyKey = ?, @PaidAmount = ?"
REVERSE = (
    "EXEC dbo.sp_ReverseRedemption @RedemptionId = ?, @ReversalReason = N'refund',"
    " @IdempotencyKey = ?"
)


@dataclass(frozen=True, slots=True)
class Cost:
    """One kind of call over one connection. Times are milliseconds."""

    kind: str
    calls: int
    median_ms: float
    p95_ms: float
    of_redeem: float
    """its median in medians of a redemption"""


class Shopper:
    """One connection that goes through the life of redemptions, and times each call."""

    def __init__(self, connection: pyodbc.Connection, codes: list[str]) -> None:
        self.cursor = connection.cursor()
        self.codes = codes
        self.tag = secrets.token_hex(5)
        self.serial = 0
        self.times: dict[str, list[float]] = {kind: [] for kind in KINDS}

    def life(self) -> None:
        """A look, a hold that is paid, a use at once that is refunded; users of their own."""
        self.call("validate", VALIDATE, *self.order())
        held = self.call("reserve", RESERVE, *self.order())
        self.call("confirm", CONFIRM, held.ReservationId, f"evt-{self.tag}-{self.serial}", AMOUNT)
        used = self.call("redeem", REDEEM, *self.order())
        self.call("reverse", REVERSE, used.RedemptionId, f"ref-{self.tag}-{self.serial}")

    def order(self) -> tuple[object, ...]:
        self.serial += 1
        return arguments(secrets.choice(self.codes), f"{self.tag}-{self.serial}")

    def call(self, kind: str, statement: str, *bound: object) -> pyodbc.Row:
        started = time.perf_counter()
        self.cursor.execute(statement, *bound)
        row = self.cursor.fetchone()
        while self.cursor.nextset():
            pass
        self.times[kind].append(time.perf_counter() - started)
        if row is None or not row.Success:
            raise RuntimeError(f"{kind} was refused: {row}")
        return row


def measure(
    site: Site,
    *,
    seconds: float,
    campaigns: int = CAMPAIGNS,
    warm_up: int = 20,
    say: Callable[[str], None] = lambda _: None,
) -> list[Cost]:
    """The kinds alternate call by call, so that all of them meet the same machine."""
    say("making the campaigns")
    with Database(site.settings) as database:
        codes = spread(database, "life-", campaigns, 4)
    link = connection_string(site.settings, find_driver(site.settings.driver))
    with closing(pyodbc.connect(link, autocommit=True)) as connection:
        shopper = Shopper(connection, codes)
        for _ in range(warm_up):
            shopper.life()
        shopper.times = {kind: [] for kind in KINDS}
        say("looking, holding, paying, using, refunding")
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            shopper.life()
    base = middle(shopper.times["redeem"])
    return [
        Cost(
            kind,
            len(times),
            middle(times) * 1000,
            sorted(times)[int(len(times) * 0.95)] * 1000,
            middle(times) / base,
        )
        for kind, times in shopper.times.items()
    ]
