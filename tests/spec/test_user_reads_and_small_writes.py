"""What a user did and holds, steps of the funnel outside, and what became of a booking."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.answers import Fault, Result
from tests.spec.violations import Base
from tests.world import World, now


@pytest.fixture
def base(world: World) -> Base:
    return Base(world)


# ---------------------------------------------------------------- redemptions of a user


def _history(world: World, user: str, **filters: Any) -> list[Result]:
    return world.sets("sp_GetUserRedemptions", user_id=user, **filters)[0]


def test_redemptions_of_a_user_come_newest_first_and_nobody_elses(base: Base) -> None:
    base.redeem()
    base.redeem()
    base.world.attempt(base.world.user("u2"))

    found = _history(base.world, base.user)

    assert [row.status for row in found] == ["failed", "success"]
    assert [row.is_counted for row in found] == [False, True]
    assert {row.source for row in found} == {"live"}


def test_redemptions_are_read_page_by_page(base: Base) -> None:
    for _ in range(5):
        base.world.attempt(base.user)

    first = _history(base.world, base.user, page_size=2)
    second = _history(base.world, base.user, page_size=2, before_id=first[-1].redemption_id)
    third = _history(base.world, base.user, page_size=2, before_id=second[-1].redemption_id)

    ids = [row.redemption_id for row in (*first, *second, *third)]
    assert ids == [row.redemption_id for row in reversed(base.world.ledger(base.user))]


def test_redemptions_are_filtered_by_status_and_a_half_open_period(base: Base) -> None:
    start = datetime(2026, 1, 1)
    for days in (0, 1, 2):
        base.world.attempt(base.user, attempted_at=start + timedelta(days=days))
    base.redeem()

    failed = _history(base.world, base.user, status="failed")
    period = _history(
        base.world, base.user, from_utc=start, to_utc=start + timedelta(days=2), status="failed"
    )

    assert len(failed) == 3
    assert [row.attempted_at.day for row in period] == [2, 1]


@pytest.mark.ec("EC-045")
def test_archived_redemptions_are_listed_too(base: Base) -> None:
    base.world.insert(
        "RedemptionHistoryArchive",
        redemption_id=-int(base.world.tag, 16),
        coupon_code="OLD",
        user_id=base.user,
        attempted_at=datetime(2020, 1, 1),
        success=1,
        status="success",
        discount_amount=1,
        credits_granted=0,
        credits_applied=0,
        months_granted=0,
        review_status="none",
        refunded_amount=0,
    )
    base.redeem()

    assert [row.source for row in _history(base.world, base.user)] == ["live", "archive"]


# ---------------------------------------------------------------- coupons of a user


def test_a_user_sees_the_codes_assigned_to_them_the_first_to_expire_first(base: Base) -> None:
    soon, late = now() + timedelta(days=1), now() + timedelta(days=2)
    for name, end in (("LATE", late), ("EVER", None), ("SOON", soon)):
        base.other_code(name, assigned_to=base.user, expires_at=end, max_uses=3)
    base.other_code("THEIRS", assigned_to="u2")

    found = base.world.sets("sp_GetUserCoupons", user_id=base.user)[0]

    assert [row.coupon_code for row in found] == [
        base.world.code(name) for name in ("SOON", "LATE", "EVER")
    ]
    assert (found[0].expires_at, found[2].expires_at) == (soon, None)
    assert {(row.lifecycle_state, row.remaining_uses) for row in found} == {("Assigned", 3)}


def test_codes_that_cannot_be_used_now_are_shown_only_when_asked_for(base: Base) -> None:
    base.world.change_coupon(base.code, assigned_to=base.user)
    base.other_code("OFF", assigned_to=base.user, is_active=0)
    base.redeem()

    usable = base.world.sets("sp_GetUserCoupons", user_id=base.user)[0]
    every = base.world.sets("sp_GetUserCoupons", user_id=base.user, only_usable=0)[0]

    assert usable == []
    assert {row.coupon_code: row.remaining_uses_for_user for row in every} == {
        base.code: 0,
        base.world.code("OFF"): 1,
    }


# ---------------------------------------------------------------- funnel


def test_a_funnel_event_knows_its_coupon_and_campaign(base: Base) -> None:
    done = base.world.call(
        "sp_RecordFunnelEvent",
        event_type="coupon_view",
        coupon_code=f" {base.code.lower()} ",
        user_id=base.user,
        country_code="de",
    )

    (row,) = base.world.views(base.user)
    assert done.ok
    assert (row.coupon_code, row.campaign_id, row.country_code) == (base.code, base.campaign, "DE")


def test_a_funnel_event_of_an_unknown_code_is_recorded(base: Base) -> None:
    code = base.world.code("NOSUCH")

    done = base.world.call(
        "sp_RecordFunnelEvent", event_type="coupon_apply", coupon_code=code, user_id=base.user
    )

    (row,) = base.world.views(base.user)
    assert (done.ok, row.coupon_code, row.coupon_id) == (True, code, None)


# ---------------------------------------------------------------- fulfilment


def test_a_fulfilment_is_kept_and_audited_once(base: Base) -> None:
    redemption = base.redeem().redemption_id
    when = datetime(2026, 5, 1, 12)

    for _ in range(2):
        done = base.world.call(
            "sp_RecordFulfilment",
            redemption_id=redemption,
            fulfilment_status="attended",
            fulfilled_at=when,
        )

    (row,) = base.world.ledger(base.user)
    assert done.ok
    assert (row.fulfilment_status, row.fulfilled_at) == ("attended", when)
    (entry,) = base.world.audit("redemption.fulfil", str(redemption))
    assert entry.subject_user_id == base.user


@pytest.mark.parametrize(
    ("status", "has_instant"), [("completed", True), ("no_show", True), ("pending", False)]
)
def test_a_booking_that_has_ended_has_an_instant(
    base: Base, status: str, has_instant: bool
) -> None:
    redemption = base.redeem().redemption_id

    base.world.call("sp_RecordFulfilment", redemption_id=redemption, fulfilment_status=status)

    (row,) = base.world.ledger(base.user)
    assert (row.fulfilled_at is not None) is has_instant


def test_only_a_success_is_fulfilled(base: Base) -> None:
    base.world.change_coupon(base.code, is_active=0)
    failed = base.redeem().redemption_id

    refused = [
        base.world.call("sp_RecordFulfilment", redemption_id=number, fulfilment_status="completed")
        for number in (failed, -1)
    ]

    assert [one.error for one in refused] == ["REDEMPTION_NOT_FOUND"] * 2


# ---------------------------------------------------------------- broken calls


@pytest.mark.parametrize(
    ("procedure", "arguments", "number"),
    [
        ("sp_GetUserRedemptions", {"user_id": " "}, 50001),
        ("sp_GetUserRedemptions", {"user_id": "u" * 101}, 50008),
        ("sp_GetUserRedemptions", {"user_id": "u", "status": "Success"}, 50003),
        ("sp_GetUserRedemptions", {"user_id": "u", "page_size": 0}, 50002),
        ("sp_GetUserRedemptions", {"user_id": "u", "page_size": 1001}, 50002),
        (
            "sp_GetUserRedemptions",
            {"user_id": "u", "from_utc": datetime(2026, 2, 1), "to_utc": datetime(2026, 1, 1)},
            50006,
        ),
        ("sp_GetUserCoupons", {"user_id": None}, 50001),
        ("sp_GetUserCoupons", {"user_id": "u" * 101}, 50008),
        ("sp_RecordFunnelEvent", {"event_type": " "}, 50001),
        ("sp_RecordFunnelEvent", {"event_type": "coupon_loved"}, 50003),
        ("sp_RecordFunnelEvent", {"event_type": "coupon_view", "country_code": "1!"}, 50005),
        ("sp_RecordFunnelEvent", {"event_type": "coupon_view", "user_id": "u" * 101}, 50008),
        ("sp_RecordFulfilment", {"redemption_id": None, "fulfilment_status": "pending"}, 50001),
        ("sp_RecordFulfilment", {"redemption_id": 1, "fulfilment_status": ""}, 50001),
        ("sp_RecordFulfilment", {"redemption_id": 1, "fulfilment_status": "done"}, 50003),
    ],
)
def test_a_broken_call_is_thrown(
    world: World, procedure: str, arguments: dict[str, object], number: int
) -> None:
    with pytest.raises(Fault) as caught:
        world.call(procedure, **arguments)

    assert caught.value.number == number
