"""Chapter two: everybody at once. What is limited is sold as often as it exists, and no more."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import cast

from couponry_cli.demo.race import Call, race
from couponry_cli.demo.stage import Stage
from couponry_cli.output import shown
from couponry_jobs import procedures
from couponry_jobs.procedures import Order

CONNECTIONS = 100
CALLERS = 1_000
BUYERS, SLOTS = 50, 20
RIVALS = 200
PRICE = Decimal("100.00")


def warm_up(stage: Stage) -> None:
    """Open every connection and redeem once over each: a running service's pool is warm."""
    started = time.monotonic()
    code = stage.make_coupon("WARMUP", max_uses=None)
    gate = threading.Barrier(CONNECTIONS)

    def open_one(number: int) -> None:
        statement, values = procedures.statement_of(
            "sp_RedeemCoupon",
            {"CouponCode": code, "UserId": f"early-{number}"},
            {"OrderAmount": PRICE},
        )
        with stage.database.session() as session:
            # Nobody gives a connection back before everybody has one.
            gate.wait()
            session.execute(statement, values)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(open_one, range(CONNECTIONS)))
    used = stage.uses_of(code)
    stage.say(
        f"\n{CONNECTIONS} connections opened, {used} first redemptions over them,"
        f" {time.monotonic() - started:.1f} s"
    )
    stage.expect("first redemptions", used, CONNECTIONS)


def race_for_slots(stage: Stage) -> None:
    stage.title(f"{BUYERS} buyers, {SLOTS} slots, all at once")
    code = stage.make_coupon("FIRST20", max_uses=SLOTS)
    result = race(
        [
            redemption(stage, code, f"buyer-{number}", order=f"slot-{number}")
            for number in range(BUYERS)
        ]
    )
    ledger = stage.ledger(code)
    used = stage.uses_of(code)
    stage.say(
        f"{ledger['success']} redeemed, {ledger['MAX_USES_REACHED']} refused with"
        f" MAX_USES_REACHED, counter {used}, {result.seconds:.2f} s"
    )
    stage.expect("answers to the buyers", result.outcomes, ledger)
    stage.expect(
        "ledger of the race for slots",
        ledger,
        Counter({"success": SLOTS, "MAX_USES_REACHED": BUYERS - SLOTS}),
    )
    stage.expect("counter after the race for slots", used, SLOTS)


def redeem_distinct(stage: Stage, codes: Sequence[str]) -> None:
    stage.title(f"{len(codes):,} callers, each with a code, over {CONNECTIONS} connections")
    before = stage.stats()["RedeemedCount"]
    result = race(
        [
            redemption(stage, code, f"caller-{number}", order=f"order-{number}")
            for number, code in enumerate(codes)
        ]
    )
    redeemed = int(cast(int, stage.stats()["RedeemedCount"])) - int(cast(int, before))
    stage.say(
        f"{redeemed:,} codes redeemed in {result.seconds:.2f} s:"
        f" {redeemed / result.seconds:,.0f} redemptions/s"
    )
    stage.expect("answers to the callers", result.outcomes, Counter(success=len(codes)))
    stage.expect("codes redeemed", redeemed, len(codes))


def race_for_one(stage: Stage, code: str) -> None:
    stage.title(f"{RIVALS} rivals, one single-use code")
    result = race(
        [
            redemption(stage, code, f"rival-{number}", order=f"one-{number}")
            for number in range(RIVALS)
        ]
    )
    ledger = stage.ledger(code)
    stage.say(
        f"{ledger['success']} redeemed, {ledger['ALREADY_REDEEMED']} refused with"
        f" ALREADY_REDEEMED, {result.seconds:.2f} s"
    )
    stage.expect("answers to the rivals", result.outcomes, ledger)
    stage.expect(
        "ledger of the single-use code",
        ledger,
        Counter({"success": 1, "ALREADY_REDEEMED": RIVALS - 1}),
    )


def replay(stage: Stage) -> None:
    stage.title("One call, made twice with the same key")
    code = stage.make_coupon("TWICE", max_uses=None)
    call = redemption(stage, code, "impatient", order="order-77", key="order-77")
    first, second = call().row, call().row
    rows = sum(stage.ledger(code).values())
    stage.say(
        f"first: redemption {first['RedemptionId']}, replay {shown('', first['IsReplay'])};"
        f" second: redemption {second['RedemptionId']},"
        f" replay {shown('', second['IsReplay'])}; {rows} row in the ledger"
    )
    stage.expect("redemption of the replay", second["RedemptionId"], first["RedemptionId"])
    stage.expect("replay told apart", (first["IsReplay"], second["IsReplay"]), (False, True))
    stage.expect("ledger rows of the replayed call", rows, 1)


def redemption(stage: Stage, code: str, user: str, *, order: str, key: str | None = None) -> Call:
    return lambda: procedures.redeem_coupon(
        stage.database,
        code=code,
        user_id=user,
        order=Order(amount=PRICE, order_id=order),
        key=key,
    )
