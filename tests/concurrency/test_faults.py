"""Lines that break at random moments of random calls, and answers that never come.

The invariant: acknowledged ≤ applied ≤ acknowledged + unknown; one effect for each key; nothing
written by half; counters as the ledger has them. All faults are made by gates before the server, so
the tests run against any endpoint.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import ExitStack

import pyodbc
import pytest

from couponry_jobs.retry import Retry
from tests.concurrency.sessions import race, tally
from tests.concurrency.shops import assert_whole
from tests.concurrency.storm.client import Client, Unknown
from tests.concurrency.storm.gate import CUTS, Gate, gates, through
from tests.concurrency.storm.judge import judge
from tests.concurrency.storm.stage import build
from tests.concurrency.storm.weather import blow
from tests.endpoint import Target
from tests.spec.calls import Answer, call
from tests.spec.checkout import counters, reserve, stored
from tests.spec.office import Office, fresh

CONNECTIONS = 16
ATTEMPTS = 1100
SHARE = 0.33
"""of the calls get a fault"""
QUICK = Retry(tries=8, first_pause=0.02, longest_pause=0.5)


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_when_lines_break(arena: Target, office: Office) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    stage = build(office, ATTEMPTS)

    with ExitStack() as stack:
        made = stack.enter_context(gates(arena.settings, CONNECTIONS))
        lines = [
            stack.enter_context(Target(through(gate, arena.settings)).open(retry=QUICK))
            for gate in made.gates
        ]
        record = blow(
            stage, lines, attempts=ATTEMPTS, seed=seed, before=lambda *at: trouble(made.gates, *at)
        )

    verdict = judge(office, stage, record)
    print(dict(made.cut()), dict(record.repeated), dict(sorted(record.ends.items())))
    assert verdict.right, f"seed {seed}\n{verdict}"
    assert sum(made.cut().values()) >= 250, made.cut()
    assert all(made.cut()[cut] >= 50 for cut in CUTS), made.cut()
    # Calls without a key are not repeated, and what became of them is not known.
    assert record.unknown > 0
    assert verdict.acknowledged <= verdict.applied <= verdict.acknowledged + verdict.unknown


def trouble(gates: Sequence[Gate], number: int, dice: random.Random) -> None:
    if dice.random() < SHARE:
        gates[number].arm(dice.choice(CUTS), dice.uniform(0, 0.03))


@pytest.mark.ec("EC-002")
def test_an_answer_that_is_lost_after_the_commit_is_given_again(
    arena: Target, office: Office
) -> None:
    campaign = office.campaign()
    code, key = office.coupon(campaign, max_uses=5), fresh("order")
    given = {"coupon_code": code, "user_id": fresh("u"), "order_amount": 100}

    with gates(arena.settings, 1) as made:
        (gate,) = made.gates
        with Target(through(gate, arena.settings)).open(retry=QUICK) as line:
            client = Client(line, random.Random(1))
            assert isinstance(client.run("SELECT 1 AS One;", keyed=True), Answer)
            gate.arm("reply")
            answer = client.call("sp_RedeemCoupon", keyed=True, idempotency_key=key, **given)
            gate.arm("reply")
            lost = client.call("sp_RedeemCoupon", keyed=False, **given | {"user_id": fresh("u")})
            client.hang_up()

    assert isinstance(answer, Answer)
    assert (answer.success, answer["IsReplay"]) == (True, True)
    # Without a key nobody asks again: the use is there, and its buyer does not know.
    assert isinstance(lost, Unknown)
    assert counters(office, campaign)[:2] == (2, 0)
    assert_whole(office)


@pytest.mark.ec("EC-003")
def test_the_clock_crosses_the_expiry_during_a_call(arena: Target, office: Office) -> None:
    """Each reservation runs out while it is confirmed, swept, released and reserved again."""
    campaign = office.campaign(max_redemptions_per_user=0, stripe_count=4)
    code = office.coupon(campaign, max_uses=40)
    users, orders = [fresh("u") for _ in range(30)], [fresh("o") for _ in range(30)]
    held = [
        reserve(office, code, user, order_id=order)["ReservationId"]
        for user, order in zip(users, orders, strict=True)
    ]
    office.write(
        "UPDATE dbo.Reservations SET ReservedAt = DATEADD(MINUTE, -20, ReservedAt), ExpiresAt ="
        " DATEADD(MILLISECOND, 15 * (ReservationId % 30), SYSUTCDATETIME()) WHERE CampaignId = ?;",
        campaign,
    )

    def act(session: pyodbc.Connection, number: int) -> Answer:
        one = number // 4 % 30
        if number % 4 == 0:
            return call(session, "sp_ExpireReservations", batch_size=10)
        if number % 4 == 1:
            return call(
                session,
                "sp_ReserveCoupon",
                coupon_code=code,
                user_id=users[one],
                order_amount=100,
                order_id=orders[one],
            )
        return call(
            session,
            "sp_ConfirmReservation",
            reservation_id=held[one],
            idempotency_key=f"{campaign}-{one}",
        )

    outcomes = race(arena, 120, act, sessions=12)

    assert tally(outcomes).keys() <= {
        "success",
        "RESERVATION_EXPIRED",
        "RESERVATION_ALREADY_CONFIRMED",
        "MAX_USES_PER_USER_REACHED",
        "STACKING_NOT_ALLOWED",
    }
    ends = {stored(office, one)["Status"] for one in held}
    assert ends <= {"Confirmed", "Expired"}
    told = office.value(
        "SELECT COUNT(*) FROM dbo.RedemptionHistory WHERE CampaignId = ? AND Status = N'success';",
        campaign,
    )
    confirmed = sum(stored(office, one)["Status"] == "Confirmed" for one in held)
    assert told == confirmed == counters(office, campaign)[0]
    assert_whole(office)
