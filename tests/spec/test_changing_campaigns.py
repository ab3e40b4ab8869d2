"""Campaigns after their creation: changing, deleting and restoring them."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.spec.administration import Held, campaign_row, campaign_stripes, redeem, stored
from tests.spec.checkout import reserve
from tests.spec.office import Office, now


def test_what_is_not_given_stays(office: Office) -> None:
    campaign = office.campaign(
        name="Spring", budget_amount=100, utm_source="mail", tiers_json='["pro"]'
    )
    before = campaign_row(office, campaign)

    answer = office.call("sp_UpdateCampaign", campaign_id=campaign, name=" Summer ", actor="ann")

    after = campaign_row(office, campaign)
    moved = {name for name in after if after[name] != before[name]}
    assert answer.success
    assert answer["RowVer"] == after["RowVer"]
    assert after["Name"] == "Summer"
    assert moved <= {"Name", "UpdatedAt", "UpdatedBy", "RowVer"}
    audit = office.row(
        "SELECT * FROM dbo.AuditLog WHERE EntityId = ? AND Action = N'campaign.update';", campaign
    )
    assert (audit["Actor"], json.loads(audit["BeforeJson"])["name"]) == ("ann", "Spring")
    assert json.loads(audit["AfterJson"])["name"] == "Summer"
    assert office.events(campaign) == ["campaign_changed"] * 2


def test_the_present_values_of_a_campaign_again_write_nothing(office: Office) -> None:
    campaign = office.campaign(name="Spring", budget_amount=100, max_total_redemptions=7)
    before = campaign_row(office, campaign)

    answer = office.call(
        "sp_UpdateCampaign",
        campaign_id=campaign,
        name="Spring",
        budget_amount=100,
        max_total_redemptions=7,
    )

    assert answer.success
    assert campaign_row(office, campaign) == before
    assert office.actions(campaign) == ["campaign.create"]


def test_columns_of_a_campaign_are_cleared_by_name(office: Office) -> None:
    campaign = office.campaign(
        end_date=now() + timedelta(days=9), budget_amount=100, max_total_redemptions=5
    )

    answer = office.call(
        "sp_UpdateCampaign",
        campaign_id=campaign,
        clear_columns=" EndDate, BudgetAmount,MaxTotalRedemptions",
    )

    row = campaign_row(office, campaign)
    assert answer.success
    assert (row["EndDate"], row["BudgetAmount"], row["MaxTotalRedemptions"]) == (None,) * 3
    assert campaign_stripes(office, campaign) == [(None, None)]


def test_zero_uses_per_user_make_a_campaign_unlimited(office: Office) -> None:
    campaign = office.campaign(max_redemptions_per_user=3)

    assert office.call(
        "sp_UpdateCampaign", campaign_id=campaign, max_redemptions_per_user=0
    ).success
    assert campaign_row(office, campaign)["MaxRedemptionsPerUser"] is None


def test_new_tiers_replace_the_old_ones(office: Office) -> None:
    campaign = office.campaign(tiers_json='["free", "pro"]')

    office.call("sp_UpdateCampaign", campaign_id=campaign, tiers_json='["pro_family"]')

    rows = office.rows("SELECT TargetValue FROM dbo.CouponTargets WHERE CampaignId = ?;", campaign)
    assert {row["TargetValue"] for row in rows} == {"pro", "pro_max"}


def test_a_new_limit_and_budget_are_spread_over_the_stripes(office: Office) -> None:
    campaign = office.campaign(stripe_count=3, max_total_redemptions=9, budget_amount=90)
    code = office.coupon(campaign)
    assert [redeem(office, code) for _ in range(4)] == [None] * 4

    answer = office.call(
        "sp_UpdateCampaign", campaign_id=campaign, max_total_redemptions=5, budget_amount=50
    )

    assert answer.success
    assert campaign_stripes(office, campaign) == [
        (2, Decimal("16.67")),
        (2, Decimal("16.67")),
        (1, Decimal("16.66")),
    ]
    assert [redeem(office, code) for _ in range(2)] == [None, "CAMPAIGN_LIMIT_REACHED"]


def test_a_campaign_gets_another_number_of_stripes(office: Office) -> None:
    campaign = office.campaign(max_total_redemptions=10)

    assert office.call("sp_UpdateCampaign", campaign_id=campaign, stripe_count=4).success

    assert [limit for limit, _ in campaign_stripes(office, campaign)] == [3, 3, 2, 2]


@pytest.mark.ec("EC-025")
@pytest.mark.parametrize("stripes", [1, 3])
@pytest.mark.parametrize("change", [{"max_total_redemptions": 2}, {"budget_amount": "29.99"}])
def test_ec_025_a_limit_or_budget_below_the_use_of_a_campaign_is_refused(
    office: Office, stripes: int, change: dict[str, Any]
) -> None:
    campaign = office.campaign(stripe_count=stripes, max_total_redemptions=30, budget_amount=300)
    code = office.coupon(campaign)
    assert [redeem(office, code) for _ in range(2)] == [None] * 2
    assert reserve(office, code).success
    before = campaign_row(office, campaign), campaign_stripes(office, campaign)

    answer = office.call("sp_UpdateCampaign", campaign_id=campaign, name="Other", **change)

    assert (answer.code, answer["RowVer"]) == ("LIMIT_BELOW_USAGE", None)
    assert (campaign_row(office, campaign), campaign_stripes(office, campaign)) == before
    assert office.actions(campaign) == ["campaign.create"]


def test_a_raised_budget_brings_an_exhausted_campaign_back(office: Office) -> None:
    campaign = office.campaign(budget_amount=10)
    code = office.coupon(campaign)
    assert [redeem(office, code) for _ in range(2)] == [None, "CAMPAIGN_BUDGET_EXHAUSTED"]
    assert campaign_row(office, campaign)["BudgetAlertSentAt"] is not None

    answer = office.call("sp_UpdateCampaign", campaign_id=campaign, budget_amount=20)

    row = campaign_row(office, campaign)
    assert answer.success
    assert (row["IsActive"], row["DeactivationReason"], row["BudgetAlertSentAt"]) == (
        True,
        None,
        None,
    )
    assert redeem(office, code) is None


def test_a_raised_budget_leaves_a_campaign_off_that_an_operator_switched_off(
    office: Office,
) -> None:
    campaign = office.campaign(budget_amount=10, is_active=0)

    office.call("sp_UpdateCampaign", campaign_id=campaign, budget_amount=20)

    row = campaign_row(office, campaign)
    assert (row["IsActive"], row["DeactivationReason"]) == (False, "manual")


@pytest.mark.ec("EC-027")
def test_ec_027_the_second_of_two_operators_is_told_of_the_first(office: Office) -> None:
    campaign = office.campaign(name="Spring")
    code = office.coupon(campaign, notes="old")
    seen = campaign_row(office, campaign)["RowVer"], stored(office, code)["RowVer"]

    first = (
        office.call(
            "sp_UpdateCampaign", campaign_id=campaign, name="Ann's", expected_row_ver=seen[0]
        ),
        office.call("sp_UpdateCoupon", coupon_code=code, notes="Ann's", expected_row_ver=seen[1]),
    )
    second = (
        office.call(
            "sp_UpdateCampaign", campaign_id=campaign, name="Bob's", expected_row_ver=seen[0]
        ),
        office.call("sp_UpdateCoupon", coupon_code=code, notes="Bob's", expected_row_ver=seen[1]),
    )

    assert [answer.code for answer in first] == [None, None]
    assert [answer.code for answer in second] == ["CONCURRENT_UPDATE"] * 2
    assert campaign_row(office, campaign)["Name"] == "Ann's"
    assert stored(office, code)["Notes"] == "Ann's"
    again = office.call(
        "sp_UpdateCoupon", coupon_code=code, notes="Bob's", expected_row_ver=first[1]["RowVer"]
    )
    assert again.success


@pytest.mark.parametrize(
    ("number", "changed", "parameter"),
    [
        (50002, {"max_total_redemptions": 0}, "@MaxTotalRedemptions"),
        (50002, {"budget_amount": -1}, "@BudgetAmount"),
        (50002, {"stripe_count": 65}, "@StripeCount"),
        (50003, {"campaign_type": "yearly"}, "@CampaignType"),
        (50003, {"tiers_json": '["gold"]'}, "@TiersJson"),
        (50003, {"clear_columns": "Name"}, "@ClearColumns"),
        (50004, {"tiers_json": "pro"}, "@TiersJson"),
        (50005, {"currency_code": "us1"}, "@CurrencyCode"),
        (50006, {"end_date": now() - timedelta(days=9)}, "@EndDate"),
        (50007, {"discount_percentage": 101}, "@DiscountPercentage"),
        (50009, {"discount_amount": 5}, "@DiscountAmount"),
        (50009, {"budget_amount": 5, "clear_columns": "BudgetAmount"}, "@ClearColumns"),
    ],
)
def test_a_campaign_is_not_changed_to_what_could_not_be_created(
    office: Office, number: int, changed: dict[str, Any], parameter: str
) -> None:
    campaign = office.campaign()
    before = campaign_row(office, campaign)

    message = office.refuses(number, "sp_UpdateCampaign", campaign_id=campaign, **changed)

    assert f": {parameter}" in message
    assert campaign_row(office, campaign) == before


# ---------------------------------------------------------------- deleting a campaign


@pytest.mark.ec("EC-026")
def test_ec_026_a_campaign_in_use_is_deleted_softly_and_after_confirmation(
    office: Office, held: Held
) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign)
    assert redeem(office, code) is None
    held.reserve(code)

    asked = office.call("sp_DeleteCampaign", campaign_id=campaign)
    untouched = campaign_row(office, campaign)
    done = office.call("sp_DeleteCampaign", campaign_id=campaign, confirm=1, actor="ann")
    again = office.call("sp_DeleteCampaign", campaign_id=campaign, confirm=1)

    assert (asked.code, asked["Coupons"], asked["Redemptions"]) == ("CONFIRMATION_REQUIRED", 1, 1)
    assert untouched["DeletedAt"] is None
    assert (done.success, done["Coupons"], done["Redemptions"]) == (True, 1, 1)
    assert again.success
    row = campaign_row(office, campaign)
    assert (row["DeletedBy"], row["IsActive"]) == ("ann", False)
    assert row["DeletedAt"] is not None
    assert held.ends(code) == [("Reserved", None, False)]
    assert redeem(office, code) == "CAMPAIGN_INACTIVE"
    kept = office.value(
        "SELECT COUNT(*) FROM dbo.RedemptionHistory WHERE CampaignId = ? AND Success = 1;",
        campaign,
    )
    assert kept == 1
    assert office.actions(campaign) == ["campaign.create", "campaign.delete"]


@pytest.mark.ec("EC-026")
def test_ec_026_reservations_of_a_deleted_campaign_end_when_asked(
    office: Office, held: Held
) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign)
    held.reserve(code)

    office.call("sp_DeleteCampaign", campaign_id=campaign, confirm=1, release_reservations=1)

    assert held.ends(code) == [("Reserved", "admin", True)]


@pytest.mark.ec("EC-026")
def test_ec_026_a_restored_campaign_stays_inactive_until_it_is_activated(office: Office) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign)
    office.call("sp_DeleteCampaign", campaign_id=campaign, confirm=1)

    restored = office.call("sp_RestoreCampaign", campaign_id=campaign)
    again = office.call("sp_RestoreCampaign", campaign_id=campaign)

    row = campaign_row(office, campaign)
    assert (restored.success, again.success) == (True, True)
    assert (row["DeletedAt"], row["DeletedBy"], row["IsActive"]) == (None, None, False)
    assert redeem(office, code) == "CAMPAIGN_INACTIVE"
    assert office.call("sp_SetCampaignStatus", campaign_id=campaign, is_active=1).success
    assert redeem(office, code) is None
    assert office.actions(campaign) == [
        "campaign.create",
        "campaign.delete",
        "campaign.restore",
        "campaign.activate",
    ]
