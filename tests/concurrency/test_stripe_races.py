"""The number of stripes changes while everybody redeems: limits are met exactly all the same."""

from __future__ import annotations

import pyodbc

from tests.concurrency.sessions import race, tally
from tests.concurrency.shops import assert_whole, redeem, successes, used
from tests.endpoint import Target
from tests.spec.calls import Answer, call
from tests.spec.office import Office

CHANGES = {15: 16, 45: 4, 75: 1, 95: 8}
"""Which call of the race sets how many stripes instead of redeeming."""


def test_r12_stripes_change_while_a_limit_is_used_up(arena: Target, office: Office) -> None:
    campaign = office.campaign(max_total_redemptions=110)
    code = office.coupon(campaign, max_uses=105)

    def act(connection: pyodbc.Connection, number: int) -> Answer:
        if number in CHANGES:
            return call(
                connection,
                "sp_SetCampaignStripes",
                campaign_id=campaign,
                stripe_count=CHANGES[number],
            )
        return redeem(connection, code)

    outcomes = race(arena, 124, act, sessions=12)

    counted = tally(outcomes)
    assert counted == {"success": 105 + len(CHANGES), "MAX_USES_REACHED": 15}, counted
    assert successes(office, campaign) == used(office, campaign) == 105
    assert_whole(office)
