"""Campaigns: creating, showing, listing, switching on and off."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.spec.office import Office, fresh, now


def stripes(office: Office, campaign: str) -> list[tuple[object, object]]:
    found = office.rows(
        "SELECT StripeLimit, BudgetLimit FROM dbo.CampaignCounterStripes"
        " WHERE CampaignId = ? ORDER BY StripeNo;",
        campaign,
    )
    return [(row["StripeLimit"], row["BudgetLimit"]) for row in found]


def targets(office: Office, campaign: str) -> set[tuple[str, str]]:
    found = office.rows(
        "SELECT TargetKind, TargetValue FROM dbo.CouponTargets WHERE CampaignId = ?;", campaign
    )
    return {(row["TargetKind"], row["TargetValue"]) for row in found}


def reserve(office: Office, campaign: str) -> None:
    """An open reservation, as sp_ReserveCoupon will write it."""
    office.write(
        "INSERT INTO dbo.Reservations (CouponId, CampaignId, UserId, DiscountType, RedemptionId,"
        " ExpiresAt)"
        " SELECT CouponId, CampaignId, ?, N'percentage', 0, DATEADD(minute, 15, SYSUTCDATETIME())"
        " FROM dbo.Coupons WHERE CouponCode = ?;",
        fresh("u"),
        office.coupon(campaign),
    )


# ---------------------------------------------------------------- creating


def test_a_campaign_is_stored_audited_and_announced(office: Office) -> None:
    start, end = now(), now() + timedelta(days=30)

    campaign = office.campaign(
        name="  Spring  ",
        start_date=start,
        end_date=end,
        discount_percentage=None,
        discount_amount="5.50",
        campaign_type="seasonal",
        marketing_channel="email",
        budget_amount=20000,
        max_total_redemptions=2000,
        utm_source="mailing",
        actor="ann",
        reason="spring",
        ip_address="10.0.0.1",
        correlation_id="c-1",
    )

    row = office.row("SELECT * FROM dbo.Campaigns WHERE CampaignId = ?;", campaign)
    assert (row["Name"], row["StartDate"], row["EndDate"]) == ("Spring", start, end)
    assert (row["DiscountPercentage"], row["DiscountAmount"]) == (None, Decimal("5.50"))
    assert (row["CampaignType"], row["MarketingChannel"]) == ("seasonal", "email")
    assert (row["BudgetAmount"], row["BudgetAlertPercent"]) == (20000, 80)
    assert (row["CurrencyCode"], row["MaxRedemptionsPerUser"]) == ("USD", 1)
    assert (row["IsActive"], row["DeactivationReason"], row["CreatedBy"]) == (True, None, "ann")
    audit = office.row("SELECT * FROM dbo.AuditLog WHERE EntityId = ?;", campaign)
    assert (audit["Action"], audit["Actor"], audit["Reason"]) == (
        "campaign.create",
        "ann",
        "spring",
    )
    assert (audit["IpAddress"], audit["CorrelationId"]) == ("10.0.0.1", "c-1")
    assert json.loads(audit["AfterJson"])["maxTotalRedemptions"] == 2000
    assert office.events(campaign) == ["campaign_changed"]


def test_an_actor_who_is_not_named_is_the_login(office: Office) -> None:
    campaign = office.campaign(actor="  ")

    audit = office.row("SELECT Actor, LoginName FROM dbo.AuditLog WHERE EntityId = ?;", campaign)
    assert audit["Actor"] == audit["LoginName"] != ""


@pytest.mark.parametrize("deleted", [False, True])
def test_an_id_is_given_once(office: Office, deleted: bool) -> None:
    campaign = office.campaign(name="First")
    if deleted:
        office.write(
            "UPDATE dbo.Campaigns SET DeletedAt = SYSUTCDATETIME() WHERE CampaignId = ?;", campaign
        )

    answer = office.call("sp_CreateCampaign", campaign_id=campaign, name="Second", start_date=now())

    assert (answer.code, answer["CampaignId"]) == ("CAMPAIGN_EXISTS", None)
    assert office.actions(campaign) == ["campaign.create"]
    name = office.value("SELECT Name FROM dbo.Campaigns WHERE CampaignId = ?;", campaign)
    assert name == "First"


def test_ids_that_differ_in_case_are_two_campaigns(office: Office) -> None:
    lower = fresh("case")

    assert office.campaign(campaign_id=lower) == lower
    assert office.campaign(campaign_id=lower.upper()) == lower.upper()


def test_zero_per_user_means_unlimited(office: Office) -> None:
    campaign = office.campaign(max_redemptions_per_user=0)

    stored = office.value(
        "SELECT MaxRedemptionsPerUser FROM dbo.Campaigns WHERE CampaignId = ?;", campaign
    )
    assert stored is None


@pytest.mark.parametrize(
    ("count", "limit", "budget", "expected"),
    [
        (1, None, None, [(None, None)]),
        (1, 500, "100.00", [(500, "100.00")]),
        (3, 500, "100.00", [(167, "33.34"), (167, "33.33"), (166, "33.33")]),
        (4, 2, None, [(1, None), (1, None), (0, None), (0, None)]),
        (2, None, "0.01", [(None, "0.01"), (None, "0.00")]),
    ],
)
def test_stripes_share_limit_and_budget_exactly(
    office: Office,
    count: int,
    limit: int | None,
    budget: str | None,
    expected: list[tuple[int | None, str | None]],
) -> None:
    campaign = office.campaign(
        stripe_count=count, max_total_redemptions=limit, budget_amount=budget
    )

    assert stripes(office, campaign) == [
        (uses, None if money is None else Decimal(money)) for uses, money in expected
    ]


def test_64_stripes_add_up(office: Office) -> None:
    campaign = office.campaign(stripe_count=64, max_total_redemptions=1001, budget_amount="777.77")

    made = stripes(office, campaign)
    assert len(made) == 64
    assert sum(int(str(uses)) for uses, _ in made) == 1001
    assert sum(Decimal(str(money)) for _, money in made) == Decimal("777.77")


def test_tier_families_are_expanded(office: Office) -> None:
    campaign = office.campaign(tiers_json='["enterprise", "pro_family", "pro", "perpetual"]')

    assert targets(office, campaign) == {
        ("tier", tier)
        for tier in ("enterprise_pro", "enterprise_max", "pro", "pro_max", "perpetual")
    }


def test_a_campaign_may_be_created_inactive(office: Office) -> None:
    campaign = office.campaign(is_active=0)

    row = office.row("SELECT * FROM dbo.Campaigns WHERE CampaignId = ?;", campaign)
    assert (row["IsActive"], row["DeactivationReason"]) == (False, "manual")


def test_a_joined_transaction_is_left_to_its_owner(office: Office) -> None:
    connection, name = office.connection(), fresh("c")
    connection.autocommit = False
    office.call("sp_CreateCampaign", campaign_id=name, name="Undone", start_date=now())
    connection.rollback()
    connection.autocommit = True

    assert office.rows("SELECT 1 AS One FROM dbo.Campaigns WHERE CampaignId = ?;", name) == ()
    assert office.actions(name) == []


# ---------------------------------------------------------------- on and off


def test_switching_a_campaign_is_audited_and_announced(office: Office) -> None:
    campaign = office.campaign()

    off = office.call("sp_SetCampaignStatus", campaign_id=campaign, is_active=0, actor="ann")
    row = office.row("SELECT * FROM dbo.Campaigns WHERE CampaignId = ?;", campaign)
    on = office.call("sp_SetCampaignStatus", campaign_id=campaign, is_active=1)

    assert (off.success, on.success) == (True, True)
    assert (row["IsActive"], row["DeactivationReason"], row["UpdatedBy"]) == (
        False,
        "manual",
        "ann",
    )
    again = office.row("SELECT * FROM dbo.Campaigns WHERE CampaignId = ?;", campaign)
    assert (again["IsActive"], again["DeactivationReason"]) == (True, None)
    assert office.actions(campaign) == [
        "campaign.create",
        "campaign.deactivate",
        "campaign.activate",
    ]
    assert office.events(campaign) == ["campaign_changed"] * 3


def test_the_present_state_again_writes_nothing(office: Office) -> None:
    campaign = office.campaign()
    before = office.row("SELECT * FROM dbo.Campaigns WHERE CampaignId = ?;", campaign)

    answer = office.call("sp_SetCampaignStatus", campaign_id=campaign, is_active=1)

    assert answer.success
    assert office.row("SELECT * FROM dbo.Campaigns WHERE CampaignId = ?;", campaign) == before
    assert office.actions(campaign) == ["campaign.create"]


def test_a_deleted_or_unknown_campaign_is_not_switched(office: Office) -> None:
    deleted = office.campaign()
    office.write(
        "UPDATE dbo.Campaigns SET DeletedAt = SYSUTCDATETIME() WHERE CampaignId = ?;", deleted
    )

    for campaign in (deleted, fresh("none")):
        answer = office.call("sp_SetCampaignStatus", campaign_id=campaign, is_active=0)
        assert (answer.code, answer["OpenReservations"]) == ("CAMPAIGN_NOT_FOUND", None)


def test_open_reservations_run_on_unless_they_are_released(office: Office) -> None:
    campaign = office.campaign()
    reserve(office, campaign)
    reserve(office, campaign)

    kept = office.call("sp_SetCampaignStatus", campaign_id=campaign, is_active=0)
    released = office.call(
        "sp_SetCampaignStatus", campaign_id=campaign, is_active=0, release_reservations=1
    )

    assert (kept["OpenReservations"], released["OpenReservations"]) == (2, 0)
    rows = office.rows(
        "SELECT CloseReason, Status, IIF(ExpiresAt <= SYSUTCDATETIME(), 1, 0) AS IsDue"
        " FROM dbo.Reservations WHERE CampaignId = ?;",
        campaign,
    )
    assert [tuple(row.values()) for row in rows] == [("admin", "Reserved", 1)] * 2
    assert office.actions(campaign)[-1] == "campaign.deactivate"
    office.write("DELETE FROM dbo.Reservations WHERE CampaignId = ?;", campaign)


# ---------------------------------------------------------------- showing


def test_a_campaign_is_shown_with_counters_coupons_targets_and_rules(office: Office) -> None:
    campaign = office.campaign(
        max_total_redemptions=100, budget_amount=50, stripe_count=4, tiers_json='["pro"]'
    )
    code = office.coupon(campaign, internal_name="A code")
    office.write(
        "INSERT INTO dbo.CouponValidationRules (CampaignId, RuleType)"
        " VALUES (?, N'require_payment_method');",
        campaign,
    )
    request = office.claimed(1, campaign=campaign)
    office.store(request, 1, ["GEN" + code])

    answer = office.call("sp_GetCampaign", campaign_id=campaign)

    assert (answer["CampaignId"], answer["CurrentRedemptions"]) == (campaign, 0)
    assert (answer["RemainingRedemptions"], answer["RemainingBudget"]) == (100, 50)
    (coupon,) = answer.sets[1]
    assert (coupon["CouponCode"], coupon["Role"], coupon["IsHome"]) == (code, "primary", True)
    assert [(row["TargetKind"], row["TargetValue"]) for row in answer.sets[2]] == [("tier", "pro")]
    assert [row["RuleType"] for row in answer.sets[3]] == ["require_payment_method"]


def test_an_unknown_campaign_has_all_its_result_sets_empty(office: Office) -> None:
    answer = office.call("sp_GetCampaign", campaign_id=fresh("none"))

    assert (answer.code, answer["Name"]) == ("CAMPAIGN_NOT_FOUND", None)
    assert answer.sets[1:] == ((), (), ())


def test_campaigns_are_listed_by_state(office: Office) -> None:
    mark = fresh("list")
    made = {
        "active": office.campaign(name=f"{mark} a"),
        "inactive": office.campaign(name=f"{mark} i", is_active=0),
        "scheduled": office.campaign(name=f"{mark} s", start_date=now() + timedelta(days=1)),
        "ended": office.campaign(name=f"{mark} e", end_date=now() - timedelta(hours=1)),
        "deleted": office.campaign(name=f"{mark} d"),
    }
    office.write(
        "UPDATE dbo.Campaigns SET DeletedAt = SYSUTCDATETIME() WHERE CampaignId = ?;",
        made["deleted"],
    )

    def listed(**filters: Any) -> dict[str, str]:
        rows = office.call("sp_ListCampaigns", search=mark.upper(), **filters).sets[0]
        return {row["Status"]: row["CampaignId"] for row in rows}

    for status, campaign in made.items():
        assert listed(status=status) == {status: campaign}
    assert listed() == {key: value for key, value in made.items() if key != "deleted"}
    assert listed(campaign_type="referral") == {}


def test_a_search_takes_wildcards_literally(office: Office) -> None:
    office.campaign(name="Sale of 50 things")

    assert office.call("sp_ListCampaigns", search="50%things").sets[0] == ()


def test_campaigns_are_listed_page_by_page_latest_start_first(office: Office) -> None:
    mark = fresh("page")
    made = [
        office.campaign(name=mark, start_date=now() - timedelta(days=days)) for days in range(3)
    ]

    pages = [
        office.call("sp_ListCampaigns", search=mark, page_size=2, page_no=number).sets[0]
        for number in (1, 2)
    ]

    assert [row["CampaignId"] for page in pages for row in page] == made
    assert {row["TotalRows"] for page in pages for row in page} == {3}
