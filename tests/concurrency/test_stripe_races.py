"""The number of stripes changes while everybody redeems: limits are met exactly all the same."""

from __future__ import annotations

from contextlib import closing

import pyodbc

from tests.concurrency.sessions import race, tally
from tests.concurrency.shops import assert_whole, redeem, spread_coupon, successes, used
from tests.endpoint import Target
from tests.spec.calls import Answer, call
from tests.spec.office import Office, fresh

HELD = """
    SET NOCOUNT ON;
    SELECT g.CampaignId FROM dbo.Campaigns AS g WITH (UPDLOCK, ROWLOCK) WHERE g.CampaignId = ?;
"""

HELD_COUPON = """
    SET NOCOUNT ON;
    SELECT c.CouponId FROM dbo.Coupons AS c WITH (UPDLOCK, ROWLOCK) WHERE c.CouponCode = ?;
"""

CHANGES = {15: 16, 45: 4, 75: 1, 95: 8}
"""Which call of the race sets how many stripes instead of redeeming."""


def test_r12_stripes_change_while_a_limit_is_used_up(arena: Target, office: Office) -> None:
    campaign = office.campaign(max_total_redemptions=110)
    code = office.coupon(campaign, max_uses=105)

    def act(connection: pyodbc.Connection, number: int) -> Answer:
        user = fresh("u")
        if number in CHANGES:
            return call(
                connection,
                "sp_SetCampaignStripes",
                campaign_id=campaign,
                stripe_count=CHANGES[number],
            )
        return redeem(connection, code, user)

    outcomes = race(arena, 124, act, sessions=12)

    counted = tally(outcomes)
    assert counted == {"success": 105 + len(CHANGES), "MAX_USES_REACHED": 15}, counted
    assert successes(office, campaign) == used(office, campaign) == 105
    assert_whole(office)


def test_a_striped_campaign_is_used_while_somebody_is_about_to_change_its_row(
    arena: Target, office: Office
) -> None:
    """Who changes a campaign locks the row, then the stripes: a use that asked for the row while it
    holds a stripe would meet them in a deadlock each time."""
    campaign = office.campaign(max_total_redemptions=100, stripe_count=4)
    code = office.coupon(campaign, max_uses=50)

    with (
        closing(arena.connect(autocommit=False)) as operator,
        closing(arena.connect()) as shop,
    ):
        operator.execute(HELD, campaign).fetchall()
        shop.execute("SET LOCK_TIMEOUT 10000;")
        redeemed = redeem(shop, code)
        held = call(
            shop,
            "sp_ReserveCoupon",
            coupon_code=code,
            user_id=fresh("u"),
            order_id=fresh("o"),
            order_amount=100,
        )
        confirmed = call(
            shop,
            "sp_ConfirmReservation",
            reservation_id=held["ReservationId"],
            idempotency_key=fresh("k"),
        )
        operator.rollback()

    assert redeemed.success and held.success and confirmed.success
    assert used(office, campaign) == successes(office, campaign) == 2


def test_a_striped_code_that_is_used_up_is_refused_while_somebody_is_about_to_change_it(
    arena: Target, office: Office
) -> None:
    """Who stops a coupon or gathers its stripes locks the row, then the stripes: the refusals of a
    sold-out code must neither queue behind him nor ask for the row with a stripe in hand."""
    code = office.coupon(max_uses=2)
    spread_coupon(office, code, 2, 2)
    assert redeem(office.connection(), code).success
    assert redeem(office.connection(), code).success

    with (
        closing(arena.connect(autocommit=False)) as operator,
        closing(arena.connect()) as shop,
    ):
        operator.execute(HELD_COUPON, code).fetchall()
        refused = redeem(shop, code)
        operator.rollback()

    assert refused.code == "MAX_USES_REACHED"
