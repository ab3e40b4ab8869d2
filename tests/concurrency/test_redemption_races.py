"""Many redeem at once: never more uses, and never more money, than there are."""

from __future__ import annotations

from decimal import Decimal

import pyodbc
import pytest

from tests.concurrency.sessions import race, tally
from tests.concurrency.shops import (
    assert_whole,
    redeem,
    single_use_codes,
    spent,
    spread_coupon,
    successes,
    used,
)
from tests.endpoint import Target
from tests.spec.calls import Answer
from tests.spec.office import Office, fresh


@pytest.mark.ec("EC-001")
def test_r1_fifty_buyers_and_twenty_uses(arena: Target, office: Office) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign, max_uses=20)

    outcomes = race(arena, 50, lambda connection, _: redeem(connection, code))

    assert tally(outcomes) == {"success": 20, "MAX_USES_REACHED": 30}
    assert successes(office, campaign) == used(office, campaign) == 20
    assert_whole(office)


@pytest.mark.ec("EC-001")
def test_r2_a_single_use_code_is_used_once_whoever_asks(arena: Target, office: Office) -> None:
    campaign = office.campaign()
    codes = single_use_codes(office, 8, campaign)

    for round_, code in enumerate(codes, start=1):
        outcomes = race(arena, 25, lambda connection, _, code=code: redeem(connection, code))
        assert tally(outcomes) == {"success": 1, "ALREADY_REDEEMED": 24}
        assert successes(office, campaign) == round_

    assert_whole(office)


@pytest.mark.ec("EC-002")
def test_r3_one_key_is_one_redemption_and_one_answer(arena: Target, office: Office) -> None:
    campaign = office.campaign(max_redemptions_per_user=0)
    code, user, key = office.coupon(campaign, max_uses_per_user=10), fresh("u"), fresh("order")

    outcomes = race(
        arena, 20, lambda connection, _: redeem(connection, code, user, idempotency_key=key)
    )

    answers = [one for one in outcomes if isinstance(one, Answer)]
    assert len(answers) == 20, tally(outcomes)
    assert sorted(answer["IsReplay"] for answer in answers) == [False] + [True] * 19
    facts = {
        tuple(value for name, value in answer.row.items() if name != "IsReplay")
        for answer in answers
    }
    assert len(facts) == 1
    attempts = office.value("SELECT COUNT(*) FROM dbo.RedemptionHistory WHERE UserId = ?;", user)
    assert attempts == successes(office, campaign) == 1
    assert_whole(office)


@pytest.mark.ec("EC-002")
def test_r4_one_user_gets_one_use_without_a_key_too(arena: Target, office: Office) -> None:
    campaign = office.campaign(max_redemptions_per_user=0)
    code, user = office.coupon(campaign), fresh("u")

    outcomes = race(arena, 20, lambda connection, _: redeem(connection, code, user))

    counted = tally(outcomes)
    assert counted.pop("success") == 1
    assert counted.keys() <= {
        "MAX_USES_PER_USER_REACHED",
        "CAMPAIGN_USER_LIMIT_REACHED",
        "RATE_LIMITED",
        "VELOCITY_LIMIT_EXCEEDED",
    }
    assert sum(counted.values()) == 19
    assert successes(office, campaign) == 1
    assert_whole(office)


@pytest.mark.parametrize("stripes", [1, 16])
def test_r5_a_campaign_limit_is_met_exactly(arena: Target, office: Office, stripes: int) -> None:
    campaign = office.campaign(max_total_redemptions=110, stripe_count=stripes)
    codes = single_use_codes(office, 120, campaign)

    outcomes = race(
        arena, 120, lambda connection, number: redeem(connection, codes[number]), sessions=24
    )

    assert tally(outcomes) == {"success": 110, "CAMPAIGN_LIMIT_REACHED": 10}
    assert successes(office, campaign) == used(office, campaign) == 110
    assert_whole(office)


def test_r6_a_striped_coupon_in_a_striped_campaign_is_used_exactly(
    arena: Target, office: Office
) -> None:
    campaign = office.campaign(max_total_redemptions=90, stripe_count=16)
    code = office.coupon(campaign, max_uses=75)
    spread_coupon(office, code, 16, 75)

    outcomes = race(arena, 100, lambda connection, _: redeem(connection, code), sessions=20)

    assert tally(outcomes) == {"success": 75, "MAX_USES_REACHED": 25}
    assert successes(office, campaign) == used(office, campaign) == 75
    assert_whole(office)


@pytest.mark.ec("EC-038")
@pytest.mark.parametrize("stripes", [1, 8])
def test_r7_a_budget_of_100_grants_7_fourteen_times(
    arena: Target, office: Office, stripes: int
) -> None:
    campaign = office.campaign(
        budget_amount=100,
        stripe_count=stripes,
        discount_percentage=None,
        discount_amount=7,
    )
    code = office.coupon(campaign)

    outcomes = race(arena, 50, lambda connection, _: redeem(connection, code))

    assert tally(outcomes) == {"success": 14, "CAMPAIGN_BUDGET_EXCEEDED": 36}
    assert spent(office, campaign) == Decimal("98.00")
    assert successes(office, campaign) == 14
    assert_whole(office)


@pytest.mark.ec("EC-004")
@pytest.mark.parametrize("stripes", [1, 4])
def test_r16_nobody_succeeds_after_a_deactivation_has_committed(
    arena: Target, office: Office, stripes: int
) -> None:
    campaign = office.campaign(stripe_count=stripes, max_total_redemptions=1000)
    code = office.coupon(campaign)
    seen: list[int] = []

    def act(connection: pyodbc.Connection, number: int) -> Answer:
        if number != 10:
            return redeem(connection, code)
        answer = office.call("sp_SetCampaignStatus", campaign_id=campaign, is_active=0)
        seen.append(successes(office, campaign))
        return answer

    outcomes = race(arena, 60, act, sessions=20)

    counted = tally(outcomes)
    assert counted.keys() <= {"success", "CAMPAIGN_INACTIVE"}, counted
    # One of the successes told of is the deactivation itself.
    assert seen == [successes(office, campaign)] == [counted["success"] - 1]
    assert_whole(office)
