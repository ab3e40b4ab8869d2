"""Reserve, confirm and sweep at once: a slot is held, used or free, never two of these."""

from __future__ import annotations

import pyodbc
import pytest

from tests.concurrency.sessions import race, tally
from tests.concurrency.shops import assert_whole, copy_reservation, successes
from tests.endpoint import Target
from tests.spec.calls import Answer, call
from tests.spec.checkout import counters, let_expire, reserve, sweep
from tests.spec.office import Office, fresh


def hold(connection: pyodbc.Connection, code: str, user: str, order: str) -> Answer:
    return call(
        connection,
        "sp_ReserveCoupon",
        coupon_code=code,
        user_id=user,
        order_amount=100,
        order_id=order,
    )


@pytest.mark.ec("EC-001")
def test_r1_fifty_checkouts_and_twenty_slots(arena: Target, office: Office) -> None:
    code = office.coupon(max_uses=20)

    outcomes = race(
        arena, 50, lambda session, _: hold(session, code, fresh("u"), fresh("o")), sessions=20
    )

    assert tally(outcomes) == {"success": 20, "MAX_USES_REACHED": 30}
    assert_whole(office)


@pytest.mark.ec("EC-002")
def test_two_tabs_of_one_user_share_one_reservation(arena: Target, office: Office) -> None:
    code, user, order = office.coupon(max_uses=1), fresh("u"), fresh("o")

    outcomes = race(arena, 8, lambda session, _: hold(session, code, user, order))

    answers = [one for one in outcomes if isinstance(one, Answer)]
    assert tally(outcomes) == {"success": 8}
    assert len({one["ReservationId"] for one in answers}) == 1
    assert sorted(one["IsExisting"] for one in answers) == [False] + [True] * 7
    assert_whole(office)


@pytest.mark.ec("EC-003")
def test_r8_confirmations_meet_the_expiry_sweep(arena: Target, office: Office) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign, max_uses=200)
    first = reserve(office, code)["ReservationId"]
    let_expire(office, first)
    held = [first, *copy_reservation(office, first, 199)]
    assert_whole(office)

    def act(session: pyodbc.Connection, number: int) -> Answer:
        # Every eighth is never paid: it is left to the sweep.
        if number % 8 == 0:
            return call(session, "sp_ExpireReservations", batch_size=50)
        return call(
            session,
            "sp_ConfirmReservation",
            reservation_id=held[number],
            idempotency_key=fresh("evt"),
        )

    outcomes = race(arena, 200, act, sessions=10)
    assert sweep(office).success

    assert tally(outcomes) == {"success": 200}
    # Who paid has the use, in time or after the sweep; every slot of the others is free again.
    states = office.rows(
        "SELECT r.Status, COUNT(*) AS Number FROM dbo.Reservations AS r"
        " WHERE r.CampaignId = ? GROUP BY r.Status;",
        campaign,
    )
    assert {row["Status"]: row["Number"] for row in states} == {"Confirmed": 175, "Expired": 25}
    assert successes(office, campaign) == 175
    assert counters(office, campaign)[:2] == (175, 0)
    assert_whole(office)
