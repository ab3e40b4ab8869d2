"""What a call holds while it decides, what it looks at again once it has waited, who goes first.

A session is led to a gate in the middle of its call. While it stands there, others try to write
what it decides on; or several stand there, and go on at the same moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyodbc
import pytest

from tests.concurrency.sabotage import Changes, sabotaged
from tests.concurrency.sessions import Gate, Outcome, tally, through_the_gate
from tests.concurrency.shops import redeem, spread_coupon, successes
from tests.endpoint import Target
from tests.spec.calls import Answer, Fault, call
from tests.spec.checkout import let_expire, reserve
from tests.spec.office import Office, as_json, fresh, fresh_codes

AT_THE_CLAIM: Changes = {
    "sp_i_ClaimCoupon": {
        "    IF @StripeCount > 1\n    BEGIN\n": Gate.HOOK + "    IF @StripeCount > 1\n    BEGIN\n"
    }
}
AT_THE_MOVE: Changes = {
    "sp_i_MoveSlot": {"    EXEC dbo.sp_i_ShiftSlot\n": Gate.HOOK + "    EXEC dbo.sp_i_ShiftSlot\n"}
}
AT_THE_RELEASE: Changes = {
    "sp_i_ReleaseSlot": {
        "    EXEC dbo.sp_i_ShiftSlot\n": Gate.HOOK + "    EXEC dbo.sp_i_ShiftSlot\n"
    }
}
BEFORE_THE_USER: Changes = {
    "sp_i_LockUser": {
        "    IF XACT_STATE() <> 1\n": Gate.HOOK + "    IF XACT_STATE() <> 1\n",
    }
}
BEFORE_THE_KEY: Changes = {
    "sp_i_ClaimRedemptionKey": {
        "    EXEC dbo.sp_i_Idempotency\n": Gate.HOOK + "    EXEC dbo.sp_i_Idempotency\n"
    }
}
BEFORE_THE_EVENT: Changes = {
    "sp_ProcessPaymentEvent": {
        "        EXEC dbo.sp_i_PaymentClaim\n": Gate.HOOK + "        EXEC dbo.sp_i_PaymentClaim\n"
    }
}
BEFORE_THE_BATCH: Changes = {
    "sp_i_StoreCodes": {
        "    EXEC dbo.sp_i_AdmitBatch\n": Gate.HOOK + "    EXEC dbo.sp_i_AdmitBatch\n"
    }
}
BEFORE_THE_CODES: Changes = {
    "sp_i_AdmitBatch": {
        "    IF @LastBatchNo IS NULL\n": Gate.HOOK + "    IF @LastBatchNo IS NULL\n"
    }
}
WRITES = {
    "user": "UPDATE dbo.UserProfiles SET UpdatedAt = UpdatedAt WHERE UserId = ?;",
    "coupon": "UPDATE dbo.Coupons SET UpdatedAt = UpdatedAt WHERE CouponCode = ?;",
    "event": "UPDATE dbo.ProcessedPaymentEvents SET Attempts = Attempts WHERE EventId = ?;",
    "campaign": "UPDATE dbo.Campaigns SET UpdatedAt = UpdatedAt WHERE CampaignId = ?;",
}
ALL = ["campaign", "coupon", "user"]

Act = Callable[[pyodbc.Connection], Answer]


@pytest.fixture
def office(ruin: Target) -> Iterator[Office]:
    with Office(ruin) as made:
        yield made


def locked(target: Target, rows: dict[str, str]) -> list[str]:
    """Those of the rows that somebody else cannot write now."""
    found: list[str] = []
    with Office(target) as other:
        other.write("SET LOCK_TIMEOUT 0;")
        for name, key in rows.items():
            try:
                other.write(WRITES[name], key)
            except Fault as fault:
                assert fault.number == 1222, fault
                found.append(name)
    return sorted(found)


def held_by(ruin: Target, act: Act, rows: dict[str, str]) -> list[str]:
    seen: list[list[str]] = []
    (outcome,) = through_the_gate(ruin, act, meanwhile=lambda: seen.append(locked(ruin, rows)))
    assert isinstance(outcome, Answer)
    assert outcome.success, outcome.row
    return seen[0]


def sale(office: Office) -> dict[str, str]:
    campaign = office.campaign(max_redemptions_per_user=0)
    return {"user": fresh("u"), "coupon": office.coupon(campaign), "campaign": campaign}


@pytest.mark.parametrize("procedure", ["sp_RedeemCoupon", "sp_ReserveCoupon"])
def test_an_attempt_holds_its_user_its_coupon_and_its_campaign(
    ruin: Target, office: Office, procedure: str
) -> None:
    rows = sale(office)
    assert reserve(office, rows["coupon"], rows["user"]).success

    def act(session: pyodbc.Connection) -> Answer:
        return call(session, procedure, coupon_code=other, user_id=rows["user"], order_amount=100)

    other = office.coupon(rows["campaign"])
    with sabotaged(office, AT_THE_CLAIM):
        held = held_by(ruin, act, rows | {"coupon": other})

    assert held == ALL


def test_a_confirmation_holds_its_user_its_coupon_and_its_campaign(
    ruin: Target, office: Office
) -> None:
    rows = sale(office)
    reservation = reserve(office, rows["coupon"], rows["user"])["ReservationId"]

    def act(session: pyodbc.Connection) -> Answer:
        return call(
            session,
            "sp_ConfirmReservation",
            reservation_id=reservation,
            idempotency_key=fresh("evt"),
        )

    with sabotaged(office, AT_THE_MOVE):
        held = held_by(ruin, act, rows)

    assert held == ALL


def test_the_sweep_holds_the_user_the_coupon_and_the_campaign_of_what_it_ends(
    ruin: Target, office: Office
) -> None:
    rows = sale(office)
    let_expire(office, reserve(office, rows["coupon"], rows["user"])["ReservationId"])

    with sabotaged(office, AT_THE_RELEASE):
        held = held_by(
            ruin, lambda session: call(session, "sp_ExpireReservations", batch_size=1), rows
        )

    assert held == ALL


def test_a_reversal_holds_its_user_its_coupon_and_its_campaign(
    ruin: Target, office: Office
) -> None:
    rows = sale(office)
    use = redeem(office.connection(), rows["coupon"], rows["user"])["RedemptionId"]

    def act(session: pyodbc.Connection) -> Answer:
        return call(
            session,
            "sp_ReverseRedemption",
            redemption_id=use,
            reversal_reason="refund",
            idempotency_key=fresh("key"),
        )

    with sabotaged(office, AT_THE_RELEASE):
        held = held_by(ruin, act, rows)

    assert held == ALL


@pytest.mark.ec("EC-008")
def test_ec_008_a_payment_holds_the_refunds_that_wait_for_it_before_its_user(
    ruin: Target, office: Office
) -> None:
    rows, order, refund = sale(office), fresh("o"), fresh("evt")
    assert reserve(office, rows["coupon"], rows["user"], order_id=order).success
    told = {"order_id": order, "amount": 90}
    first = office.call(
        "sp_ProcessPaymentEvent", event_id=refund, event_type="charge.refunded", **told
    )
    assert first["Outcome"] == "deferred"

    def act(session: pyodbc.Connection) -> Answer:
        return call(
            session,
            "sp_ProcessPaymentEvent",
            event_id=fresh("evt"),
            event_type="payment_intent.succeeded",
            **told,
        )

    with sabotaged(office, BEFORE_THE_USER):
        held = held_by(ruin, act, {"event": refund, "user": rows["user"]})

    assert held == ["event"]


@pytest.mark.ec("EC-004")
@pytest.mark.parametrize("what", ["coupon", "campaign"])
def test_ec_004_a_striped_claim_sees_a_deactivation_that_overtook_it(
    ruin: Target, office: Office, what: str
) -> None:
    campaign = office.campaign(stripe_count=4, max_total_redemptions=1000)
    code = office.coupon(campaign, max_uses=1000)
    spread_coupon(office, code, 4, 1000)

    def deactivate() -> None:
        if what == "coupon":
            assert office.call("sp_SetCouponStatus", coupon_code=code, is_active=0).success
        else:
            assert office.call("sp_SetCampaignStatus", campaign_id=campaign, is_active=0).success

    with sabotaged(office, AT_THE_CLAIM):
        (outcome,) = through_the_gate(
            ruin, lambda session: redeem(session, code), meanwhile=deactivate
        )

    assert isinstance(outcome, Answer)
    assert outcome.code == f"{what.upper()}_INACTIVE"
    assert successes(office, campaign) == 0
    counted = office.value(
        "SELECT SUM(s.UsedCount) FROM dbo.CouponCounterStripes AS s"
        " INNER JOIN dbo.Coupons AS c ON c.CouponId = s.CouponId WHERE c.CouponCode = ?;",
        code,
    )
    assert counted == 0


# ---------------------------------------------------------------- all at the same moment

MANY = 6


def answers(outcomes: list[Outcome]) -> list[Answer]:
    assert tally(outcomes) == {"success": len(outcomes)}
    return [one for one in outcomes if isinstance(one, Answer)]


def test_of_calls_with_one_key_that_start_together_one_is_done(
    ruin: Target, office: Office
) -> None:
    rows, key = sale(office), fresh("key")

    def act(session: pyodbc.Connection) -> Answer:
        return redeem(session, rows["coupon"], rows["user"], idempotency_key=key)

    with sabotaged(office, BEFORE_THE_KEY):
        found = answers(through_the_gate(ruin, *[act] * MANY))

    assert sorted(one["IsReplay"] for one in found) == [False] + [True] * (MANY - 1)
    assert successes(office, rows["campaign"]) == 1


@pytest.mark.ec("EC-007")
def test_ec_007_of_deliveries_that_start_together_one_takes_effect(
    ruin: Target, office: Office
) -> None:
    rows, order, event = sale(office), fresh("o"), fresh("evt")
    assert reserve(office, rows["coupon"], rows["user"], order_id=order).success

    def act(session: pyodbc.Connection) -> Answer:
        return call(
            session,
            "sp_ProcessPaymentEvent",
            event_id=event,
            event_type="payment_intent.succeeded",
            order_id=order,
            amount=90,
        )

    with sabotaged(office, BEFORE_THE_EVENT):
        found = answers(through_the_gate(ruin, *[act] * MANY))

    assert sorted(one["IsDuplicate"] for one in found) == [False] + [True] * (MANY - 1)
    assert successes(office, rows["campaign"]) == 1


def batch(request: str, worker: str, codes: list[str]) -> Act:
    return lambda session: call(
        session,
        "sp_BulkInsertCoupons",
        request_id=request,
        lease_owner=worker,
        batch_no=1,
        coupons_json=as_json(codes),
    )


def test_of_batches_that_start_together_one_is_stored(ruin: Target, office: Office) -> None:
    request, codes = office.claimed(100, worker="w"), fresh_codes(50)

    with sabotaged(office, BEFORE_THE_BATCH):
        found = answers(through_the_gate(ruin, *[batch(request, "w", codes)] * MANY))

    assert sorted(one["IsReplay"] for one in found) == [False] + [True] * (MANY - 1)
    assert office.codes_of(request) == sorted(codes)


@pytest.mark.ec("EC-037")
def test_ec_037_a_code_of_batches_that_start_together_is_stored_once(
    ruin: Target, office: Office
) -> None:
    codes = fresh_codes(50)
    requests = {office.claimed(100, worker=worker): worker for worker in ("w-1", "w-2", "w-3")}

    with sabotaged(office, BEFORE_THE_CODES):
        found = answers(
            through_the_gate(
                ruin, *[batch(request, worker, codes) for request, worker in requests.items()]
            )
        )

    assert sorted(one["InsertedCount"] for one in found) == [0, 0, 50]
    assert sorted(one["CollisionCount"] for one in found) == [0, 50, 50]
