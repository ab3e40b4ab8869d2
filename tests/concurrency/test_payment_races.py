"""Payment events and reversals side by side: each takes effect once, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyodbc
import pytest

from tests.concurrency.sabotage import sabotaged, together
from tests.concurrency.sessions import Gate, race, tally, through_the_gate
from tests.endpoint import Target
from tests.spec.calls import Answer, call
from tests.spec.checkout import counters, drift, reserve
from tests.spec.office import Office, fresh

LEDGER = "    -- The condition repeats what was read: with L2 held nobody can have changed it."
GATE_BEFORE_LEDGER = {"sp_i_ReverseCore": {LEDGER: Gate.HOOK + LEDGER}}
# Every delivery takes itself for the first one.
NO_EVENT_GUARD = {
    "sp_i_PaymentClaim": {
        "WHERE NOT EXISTS (SELECT 1\n"
        "                          FROM dbo.ProcessedPaymentEvents AS e WITH (UPDLOCK, HOLDLOCK)\n"
        "                          WHERE e.EventId = @EventId);": "WHERE NOT EXISTS (SELECT 1"
        " FROM dbo.ProcessedPaymentEvents AS e WHERE e.EventId = @EventId);",
        "ELSE N'replay' END;": "ELSE N'new' END;",
    }
}
NO_USER_LOCK = {
    "sp_i_LockUser": {
        "    UPDATE dbo.UserProfiles\n"
        "    SET LastAttemptAt = SYSUTCDATETIME()\n"
        "    WHERE UserId = @UserId;\n\n"
        "    IF @@ROWCOUNT = 0\n": "    IF NOT EXISTS (SELECT 1 FROM dbo.UserProfiles AS p"
        " WHERE p.UserId = @UserId)\n"
    }
}


def paid_part(connection: pyodbc.Connection, order: str, event: str, kind: str) -> Answer:
    return call(
        connection,
        "sp_ProcessPaymentEvent",
        event_id=event,
        event_type=kind,
        order_id=order,
        amount=10 if kind == "charge.refunded" else 90,
    )


def half(connection: pyodbc.Connection, redemption: int) -> Answer:
    return call(
        connection,
        "sp_ReverseRedemption",
        redemption_id=redemption,
        reversal_reason="refund",
        refund_amount=60,
        idempotency_key=fresh("r"),
    )


def checkout(office: Office) -> tuple[str, str, str]:
    """An open checkout of 90.00: campaign, user, order."""
    campaign = office.campaign(budget_amount=1000)
    user, order = fresh("u"), fresh("o")
    assert reserve(office, office.coupon(campaign), user, order_id=order).success
    return campaign, user, order


def redeemed(office: Office) -> tuple[str, int]:
    campaign = office.campaign(budget_amount=1000)
    done = office.call(
        "sp_RedeemCoupon", coupon_code=office.coupon(campaign), user_id=fresh("u"), order_amount=100
    )
    return campaign, done["RedemptionId"]


def refunded(office: Office, order: str) -> Any:
    return office.value(
        "SELECT RefundedAmount FROM dbo.PaymentTransactions WHERE OrderId = ?;", order
    )


@pytest.mark.ec("EC-007")
def test_ec_007_fifty_deliveries_of_one_event_take_effect_once(
    arena: Target, office: Office
) -> None:
    campaign, _, order = checkout(office)
    event = fresh("evt")

    outcomes = race(
        arena, 50, lambda one, _: paid_part(one, order, event, "payment_intent.succeeded")
    )

    assert tally(outcomes) == {"success": 50}
    answers = [one for one in outcomes if isinstance(one, Answer)]
    assert len({(one["Outcome"], one["RedemptionId"], one["Message"]) for one in answers}) == 1
    assert sum(not one["IsDuplicate"] for one in answers) == 1
    assert counters(office, campaign)[:2] == (1, 0)
    attempts = "SELECT Attempts FROM dbo.vw_PaymentEvents WHERE EventId = ?;"
    assert office.value(attempts, event) == 50
    assert drift(office, campaign) == []


@pytest.mark.ec("EC-008")
def test_ec_008_a_refund_that_races_its_payment_is_never_lost(
    arena: Target, office: Office
) -> None:
    kinds = ["payment_intent.succeeded", "charge.refunded"]
    orders = [checkout(office)[2] for _ in range(10)]

    outcomes = race(
        arena,
        20,
        lambda one, n: paid_part(one, orders[n // 2], fresh("evt"), kinds[n % 2]),
        sessions=2,
    )

    assert tally(outcomes) == {"success": 20}
    assert [refunded(office, order) for order in orders] == [10] * 10


def test_of_two_reversals_at_once_the_second_sees_the_first(arena: Target, office: Office) -> None:
    campaign, redemption = redeemed(office)

    outcomes = race(arena, 2, lambda one, _: half(one, redemption))

    assert tally(outcomes) == {"success": 1, "REFUND_EXCEEDS_PAYMENT": 1}
    assert drift(office, campaign) == []


@pytest.fixture
def wrecked(ruin: Target) -> Iterator[Office]:
    with Office(ruin) as made:
        yield made


def test_without_its_claim_one_event_takes_effect_twice(ruin: Target, wrecked: Office) -> None:
    _, _, order = checkout(wrecked)
    paid = paid_part(wrecked.connection(), order, fresh("evt"), "payment_intent.succeeded")
    assert paid.success
    event = fresh("evt")

    with sabotaged(wrecked, NO_EVENT_GUARD):
        for _ in range(2):
            paid_part(wrecked.connection(), order, event, "charge.refunded")

    assert refunded(wrecked, order) == 20


def test_without_the_users_lock_the_ledger_refuses_the_second_reversal(
    ruin: Target, wrecked: Office
) -> None:
    _, redemption = redeemed(wrecked)

    with sabotaged(wrecked, together(GATE_BEFORE_LEDGER, NO_USER_LOCK)):
        outcomes = through_the_gate(ruin, *[lambda one: half(one, redemption)] * 2)

    # The condition of the update is the guard behind the lock.
    counted = tally(outcomes)
    assert counted.pop("success") == 1
    ((fault, times),) = counted.items()
    assert (fault.startswith("50201"), times) == (True, 1)


def test_without_lock_and_condition_a_refund_is_paid_twice(ruin: Target, wrecked: Office) -> None:
    _, redemption = redeemed(wrecked)
    condition = "AND Status = N'success'\n          AND RefundedAmount = @RefundedBefore;"
    unguarded = {"sp_i_ReverseCore": {condition: "AND Status = N'success';"}}

    with sabotaged(wrecked, together(GATE_BEFORE_LEDGER, NO_USER_LOCK, unguarded)):
        outcomes = through_the_gate(ruin, *[lambda one: half(one, redemption)] * 2)

    assert tally(outcomes) == {"success": 2}
