"""The guards of reservations taken out: then slots are held twice, or ended twice."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pyodbc
import pytest

from tests.concurrency.sabotage import Changes, sabotaged, together, unchecked
from tests.concurrency.sessions import Gate, attempt, through_the_gate
from tests.concurrency.shops import redeem
from tests.concurrency.test_guards import (
    GATE_BEFORE_CLAIM,
    NO_CAMPAIGN_LOCK,
    NO_COUPON_CONDITION,
    NO_COUPON_LOCK,
    NO_USER_LOCK,
    ends,
)
from tests.endpoint import Target
from tests.spec.calls import Answer, call
from tests.spec.checkout import counters, drift, let_expire, reserve, stored
from tests.spec.office import Office, fresh

FIRST_LOOK = "    SELECT @CouponStripes = c.StripeCount FROM dbo.Coupons AS c WHERE"
GATE_BEFORE_SHIFT = {"sp_i_ShiftSlot": {FIRST_LOOK: Gate.HOOK + FIRST_LOOK}}


@pytest.fixture
def office(ruin: Target) -> Iterator[Office]:
    with Office(ruin) as made:
        yield made


def hold(session: pyodbc.Connection, code: str, user: str, order: str) -> Answer:
    return call(
        session,
        "sp_ReserveCoupon",
        coupon_code=code,
        user_id=user,
        order_amount=Decimal("100.00"),
        order_id=order,
    )


# ---------------------------------------------------------------- the last slot (EC-001)


def last_slot(office: Office) -> tuple[str, str]:
    """A code with one slot left of two, in a campaign whose row nobody locks."""
    campaign = office.campaign(stripe_count=2)
    code = office.coupon(campaign, max_uses=2)
    assert reserve(office, code).success
    return code, campaign


def two_checkouts(ruin: Target, office: Office, code: str, changes: Changes) -> list[str]:
    with sabotaged(office, changes):
        return ends(
            through_the_gate(
                ruin,
                lambda session: hold(session, code, fresh("u"), fresh("o")),
                lambda session: hold(session, code, fresh("u"), fresh("o")),
            )
        )


def test_without_its_guards_the_last_slot_is_held_twice(ruin: Target, office: Office) -> None:
    code, campaign = last_slot(office)

    with unchecked(office, "CK_Coupons_Uses"):
        outcome = two_checkouts(
            ruin, office, code, together(GATE_BEFORE_CLAIM, NO_COUPON_LOCK, NO_COUPON_CONDITION)
        )

    assert outcome == ["success", "success"]
    assert counters(office, campaign)[1] == 3


def test_without_the_lock_the_conditional_update_decides_about_the_last_slot(
    ruin: Target, office: Office
) -> None:
    code, campaign = last_slot(office)

    outcome = two_checkouts(ruin, office, code, together(GATE_BEFORE_CLAIM, NO_COUPON_LOCK))

    assert outcome == ["MAX_USES_REACHED", "success"]
    assert counters(office, campaign)[1] == 2


# ---------------------------------------------------------------- two tabs (EC-002)


def two_tabs(ruin: Target, office: Office) -> tuple[list[str], int]:
    """One user reserves for one order in two sessions that do not wait for each other: how the
    calls ended, and the slots that are held."""
    campaign = office.campaign(stripe_count=2, max_redemptions_per_user=0)
    code, user, order = office.coupon(campaign, max_uses_per_user=5), fresh("u"), fresh("o")
    # The user's counter rows are there, so that their keys keep nobody out.
    assert redeem(office.connection(), code, user).success

    with sabotaged(office, together(GATE_BEFORE_CLAIM, NO_USER_LOCK, NO_COUPON_LOCK)):
        outcome = ends(
            through_the_gate(
                ruin,
                lambda session: hold(session, code, user, order),
                lambda session: hold(session, code, user, order),
            )
        )
    return outcome, counters(office, campaign)[1]


def test_without_the_lock_of_the_user_the_unique_index_stops_the_second_tab(
    ruin: Target, office: Office
) -> None:
    # Instead of the reservation of the first tab, the second one gets a fault.
    assert two_tabs(ruin, office) == (["2601", "success"], 1)


def test_without_lock_and_index_two_tabs_hold_two_slots(ruin: Target, office: Office) -> None:
    office.write("DROP INDEX UQ_Reservations_Active ON dbo.Reservations;")

    try:
        assert two_tabs(ruin, office) == (["success", "success"], 2)
    finally:
        office.write("UPDATE dbo.Reservations SET OrderId = CONCAT(OrderId, ReservationId);")
        office.write(
            "CREATE UNIQUE NONCLUSTERED INDEX UQ_Reservations_Active"
            " ON dbo.Reservations (CouponId, UserId, OrderId) WHERE Status = N'Reserved';"
        )


def test_without_the_look_for_an_open_reservation_the_second_tab_stands_in_its_own_way(
    office: Office,
) -> None:
    campaign = office.campaign(max_redemptions_per_user=0)
    code, user, order = office.coupon(campaign, max_uses_per_user=5), fresh("u"), fresh("o")
    no_look = {
        "sp_i_FindHold": {"WHERE c.CouponCode = @CouponCode AND r.UserId = @UserId": "WHERE 1 = 0"}
    }

    with sabotaged(office, no_look):
        first = hold(office.connection(), code, user, order)
        second = attempt(lambda: hold(office.connection(), code, user, order))
        outcome = ends([first, second])

    # The slot that the order holds is no other use to it; the unique index is what is left.
    assert outcome == ["2601", "success"]
    assert counters(office, campaign)[1] == 1


# ---------------------------------------------------------------- confirm and sweep (EC-003)


def payment_meets_sweep(
    ruin: Target, office: Office, changes: Changes
) -> tuple[list[str], str, int]:
    """Both have found one overdue reservation open before either writes. The user holds a second
    slot of the coupon, so that no counter runs out: how they ended, the campaign, the
    reservation."""
    campaign = office.campaign(max_redemptions_per_user=0)
    code, user = office.coupon(campaign, max_uses_per_user=5), fresh("u")
    held = reserve(office, code, user)["ReservationId"]
    assert reserve(office, code, user).success
    let_expire(office, held)

    with sabotaged(
        office, together(GATE_BEFORE_SHIFT, NO_USER_LOCK, NO_COUPON_LOCK, NO_CAMPAIGN_LOCK, changes)
    ):
        outcome = ends(
            through_the_gate(
                ruin,
                lambda session: call(
                    session,
                    "sp_ConfirmReservation",
                    reservation_id=held,
                    idempotency_key=fresh("evt"),
                ),
                lambda session: call(session, "sp_ExpireReservations"),
            )
        )
    return outcome, campaign, held


def test_without_the_lock_of_the_user_the_status_decides_between_payment_and_sweep(
    ruin: Target, office: Office
) -> None:
    outcome, campaign, held = payment_meets_sweep(ruin, office, {})

    assert outcome == ["50201", "success"]
    assert stored(office, held)["Status"] in {"Confirmed", "Expired"}
    assert drift(office, campaign) == []
