from __future__ import annotations

from decimal import Decimal

from tests.spec.office import Office, fresh

TEN = Decimal("10.00")


def buy(office: Office, code: str) -> str | None:
    return office.call(
        "sp_RedeemCoupon", coupon_code=code, user_id=fresh("u"), order_amount=Decimal("100.00")
    ).code


def test_j13_a_budget_is_watched_used_up_and_raised(office: Office) -> None:
    """J13: a budget of 100.00, discounts of 10.00, ten users and one."""
    campaign = office.campaign(budget_amount=100, budget_alert_percent=80)
    code = office.coupon(campaign)

    assert [buy(office, code) for _ in range(7)] == [None] * 7
    assert "budget_alert" not in office.events(campaign)
    assert buy(office, code) is None
    assert office.events(campaign).count("budget_alert") == 1

    assert [buy(office, code) for _ in range(2)] == [None, None]
    row = office.row("SELECT * FROM dbo.Campaigns WHERE CampaignId = ?;", campaign)
    assert (row["IsActive"], row["DeactivationReason"]) == (False, "budget_exhausted")
    assert office.events(campaign).count("budget_exhausted") == 1
    assert buy(office, code) == "CAMPAIGN_BUDGET_EXHAUSTED"

    raised = office.call("sp_UpdateCampaign", campaign_id=campaign, budget_amount=110)
    assert raised.success
    assert office.row("SELECT * FROM dbo.Campaigns WHERE CampaignId = ?;", campaign)["IsActive"]
    assert buy(office, code) is None
