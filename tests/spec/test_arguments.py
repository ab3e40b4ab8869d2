"""Bad arguments: each is thrown with its number, name and parameter, and nothing is written.

The procedures of the redemption side have their own bad arguments beside their own tests.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from tests.spec.calls import run
from tests.spec.office import Office, fresh, fresh_code, now

NAMES = {
    50001: "ARG_REQUIRED",
    50002: "ARG_OUT_OF_RANGE",
    50003: "ARG_NOT_IN_LIST",
    50004: "ARG_BAD_JSON",
    50005: "ARG_BAD_CODE",
    50006: "ARG_BAD_DATES",
    50007: "ARG_BAD_DISCOUNT",
    50008: "ARG_TOO_LONG",
    50009: "ARG_CONFLICT",
}
LONG = "x" * 101
TOMORROW = now() + timedelta(days=1)

CAMPAIGN = [
    (50001, {"campaign_id": "  "}, "@CampaignId"),
    (50001, {"campaign_id": None}, "@CampaignId"),
    (50001, {"name": ""}, "@Name"),
    (50001, {"start_date": None}, "@StartDate"),
    (50002, {"max_redemptions_per_user": -1}, "@MaxRedemptionsPerUser"),
    (50002, {"max_total_redemptions": 0}, "@MaxTotalRedemptions"),
    (50002, {"budget_amount": 0}, "@BudgetAmount"),
    (50002, {"budget_amount": -5}, "@BudgetAmount"),
    (50002, {"budget_alert_percent": 0}, "@BudgetAlertPercent"),
    (50002, {"budget_alert_percent": 101}, "@BudgetAlertPercent"),
    (50002, {"marketing_cost": -1}, "@MarketingCost"),
    (50002, {"stripe_count": 0}, "@StripeCount"),
    (50002, {"stripe_count": 65}, "@StripeCount"),
    (50003, {"campaign_type": "yearly"}, "@CampaignType"),
    (50003, {"campaign_type": "SEASONAL"}, "@CampaignType"),
    (50003, {"marketing_channel": "fax"}, "@MarketingChannel"),
    (50003, {"tiers_json": '["gold"]'}, "@TiersJson"),
    (50003, {"tiers_json": '["PRO"]'}, "@TiersJson"),
    (50004, {"tiers_json": "pro"}, "@TiersJson"),
    (50004, {"tiers_json": '{"tier":["pro"]}'}, "@TiersJson"),
    (50004, {"tiers_json": "[1]"}, "@TiersJson"),
    (50004, {"tiers_json": '[" "]'}, "@TiersJson"),
    (50005, {"campaign_id": "has blank"}, "@CampaignId"),
    (50005, {"campaign_id": "späť"}, "@CampaignId"),
    (50005, {"campaign_id": "a'b"}, "@CampaignId"),
    (50005, {"currency_code": "us1"}, "@CurrencyCode"),
    (50006, {"start_date": TOMORROW, "end_date": TOMORROW}, "@EndDate"),
    (50006, {"start_date": TOMORROW, "end_date": TOMORROW - timedelta(hours=1)}, "@EndDate"),
    (50007, {"discount_percentage": 0}, "@DiscountPercentage"),
    (50007, {"discount_percentage": "100.01"}, "@DiscountPercentage"),
    (50007, {"discount_percentage": -1}, "@DiscountPercentage"),
    (50007, {"discount_percentage": None, "discount_amount": 0}, "@DiscountAmount"),
    (50008, {"campaign_id": LONG}, "@CampaignId"),
    (50008, {"actor": LONG}, "@Actor"),
    (50008, {"correlation_id": LONG}, "@CorrelationId"),
    (50009, {"discount_amount": 5}, "@DiscountAmount"),
]

COUPON = [
    (50001, {"coupon_code": " \t "}, "@CouponCode"),
    (50001, {"campaign_id": ""}, "@CampaignId"),
    (50002, {"internal_name": "ab"}, "@InternalName"),
    (50002, {"minimum_order_amount": -1}, "@MinimumOrderAmount"),
    (50002, {"max_discount_amount": 0}, "@MaxDiscountAmount"),
    (50002, {"max_uses": 0}, "@MaxUses"),
    (50002, {"max_uses_per_user": 0}, "@MaxUsesPerUser"),
    (50002, {"max_uses_per_user": 11}, "@MaxUsesPerUser"),
    (50003, {"coupon_type": "gift"}, "@CouponType"),
    (50003, {"discount_type": "Percentage", "discount_value": 5}, "@DiscountType"),
    (50003, {"applicable_to": "nobody"}, "@ApplicableTo"),
    (50003, {"targets_json": '{"tier":["gold"]}'}, "@TargetsJson"),
    (50004, {"targets_json": "[]"}, "@TargetsJson"),
    (50004, {"targets_json": "{"}, "@TargetsJson"),
    (50004, {"targets_json": '{"tiers":["pro"]}'}, "@TargetsJson"),
    (50004, {"targets_json": '{"Tier":["pro"]}'}, "@TargetsJson"),
    (50004, {"targets_json": '{"tier":"pro"}'}, "@TargetsJson"),
    (50004, {"targets_json": '{"consultant":[7]}'}, "@TargetsJson"),
    (50004, {"description_json": '{"de":"Zehn"}'}, "@DescriptionJson"),
    (50004, {"description_json": '{"en":1}'}, "@DescriptionJson"),
    (50004, {"description_json": '["en"]'}, "@DescriptionJson"),
    (50005, {"coupon_code": "AB"}, "@CouponCode"),
    (50005, {"coupon_code": "A" * 21}, "@CouponCode"),
    (50005, {"coupon_code": "TE ST"}, "@CouponCode"),
    (50005, {"coupon_code": "A*B"}, "@CouponCode"),
    (50005, {"targets_json": '{"country":["usa"]}'}, "@TargetsJson"),
    (50005, {"targets_json": '{"country":["us"]}'}, "@TargetsJson"),
    (50006, {"valid_from": now() - timedelta(days=1)}, "@ValidFrom"),
    (50006, {"valid_from": TOMORROW, "expires_at": TOMORROW}, "@ExpiresAt"),
    (50008, {"coupon_code": "A" * 51}, "@CouponCode"),
    (50008, {"campaign_id": LONG}, "@CampaignId"),
    (50008, {"assigned_to": LONG}, "@AssignedTo"),
    (50008, {"internal_name": LONG}, "@InternalName"),
    (50008, {"actor": LONG}, "@Actor"),
    (50008, {"targets_json": f'{{"service":["{LONG}"]}}'}, "@TargetsJson"),
    (50008, {"description_json": f'{{"en":"{"x" * 1001}"}}'}, "@DescriptionJson"),
    (50009, {"applicable_to": "specific_consultants"}, "@ApplicableTo"),
]

REQUEST = [
    (50001, {"campaign_id": " "}, "@CampaignId"),
    (50001, {"requested_amount": None}, "@RequestedAmount"),
    (50002, {"requested_amount": 0}, "@RequestedAmount"),
    (50002, {"requested_amount": 5_000_001}, "@RequestedAmount"),
    (50002, {"code_length": 7}, "@CodeLength"),
    (50002, {"code_length": 31}, "@CodeLength"),
    (50002, {"code_length": 30, "prefix": "P" * 20}, "@CodeLength"),
    (50002, {"batch_size": 0}, "@BatchSize"),
    (50002, {"batch_size": 20_001}, "@BatchSize"),
    (50002, {"coupon_defaults_json": '{"maxUses":0}'}, "@CouponDefaultsJson"),
    (50003, {"coupon_defaults_json": '{"couponType":"gift"}'}, "@CouponDefaultsJson"),
    (50004, {"coupon_defaults_json": "nothing"}, "@CouponDefaultsJson"),
    (50004, {"coupon_defaults_json": "[]"}, "@CouponDefaultsJson"),
    (50004, {"coupon_defaults_json": '{"colour":"red"}'}, "@CouponDefaultsJson"),
    (50004, {"coupon_defaults_json": '{"maxUses":"2"}'}, "@CouponDefaultsJson"),
    (50004, {"coupon_defaults_json": '{"discountValue":"much"}'}, "@CouponDefaultsJson"),
    (50004, {"coupon_defaults_json": '{"validFrom":"soon"}'}, "@CouponDefaultsJson"),
    (50004, {"coupon_defaults_json": '{"isActive":1}'}, "@CouponDefaultsJson"),
    (50005, {"prefix": "A B"}, "@Prefix"),
    (50005, {"prefix": "ÄB"}, "@Prefix"),
    (50006, {"coupon_defaults_json": '{"validFrom":"2020-01-01T00:00:00"}'}, "@CouponDefaultsJson"),
    (
        50006,
        {
            "expiration_date": TOMORROW,
            "coupon_defaults_json": f'{{"validFrom":"{TOMORROW.isoformat()}"}}',
        },
        "@CouponDefaultsJson",
    ),
    (
        50007,
        {"coupon_defaults_json": '{"discountType":"percentage","discountValue":101}'},
        "@CouponDefaultsJson",
    ),
    (
        50007,
        {
            "coupon_defaults_json": '{"couponType":"duration_bonus",'
            '"discountType":"credits","discountValue":20}'
        },
        "@CouponDefaultsJson",
    ),
    (50008, {"campaign_id": LONG}, "@CampaignId"),
    (50008, {"request_id": LONG}, "@RequestId"),
    (50008, {"requested_by": LONG}, "@RequestedBy"),
    (50008, {"coupon_defaults_json": f'{{"internalName":"{LONG}"}}'}, "@CouponDefaultsJson"),
    (
        50009,
        {"coupon_defaults_json": '{"applicableTo":"specific_consultants"}'},
        "@CouponDefaultsJson",
    ),
]

OTHERS = [
    ("sp_SetCampaignStatus", 50001, {"campaign_id": "", "is_active": 1}, "@CampaignId"),
    ("sp_SetCampaignStatus", 50001, {"campaign_id": "c", "is_active": None}, "@IsActive"),
    ("sp_SetCampaignStatus", 50008, {"campaign_id": LONG, "is_active": 1}, "@CampaignId"),
    ("sp_GetCampaign", 50001, {"campaign_id": " "}, "@CampaignId"),
    ("sp_GetCampaign", 50008, {"campaign_id": LONG}, "@CampaignId"),
    ("sp_ListCampaigns", 50003, {"status": "gone"}, "@Status"),
    ("sp_ListCampaigns", 50003, {"campaign_type": "yearly"}, "@CampaignType"),
    ("sp_ListCampaigns", 50002, {"page_size": 0}, "@PageSize"),
    ("sp_ListCampaigns", 50002, {"page_no": 0}, "@PageNo"),
    ("sp_ClaimGenerationRequest", 50001, {"lease_owner": " "}, "@LeaseOwner"),
    ("sp_ClaimGenerationRequest", 50008, {"lease_owner": LONG}, "@LeaseOwner"),
    ("sp_ClaimGenerationRequest", 50002, {"lease_owner": "w", "lease_seconds": 0}, "@LeaseSeconds"),
    ("sp_UpdateGenerationRequest", 50001, {"request_id": "", "status": "Failed"}, "@RequestId"),
    ("sp_UpdateGenerationRequest", 50001, {"request_id": "r", "status": ""}, "@Status"),
    ("sp_UpdateGenerationRequest", 50003, {"request_id": "r", "status": "failed"}, "@Status"),
    ("sp_CancelGenerationRequest", 50001, {"request_id": None}, "@RequestId"),
    ("sp_CancelGenerationRequest", 50008, {"request_id": LONG}, "@RequestId"),
    ("sp_RetryGenerationRequest", 50001, {"request_id": None}, "@RequestId"),
    ("sp_GetGenerationRequest", 50001, {"request_id": ""}, "@RequestId"),
    ("sp_ListGenerationRequests", 50003, {"status": "Done"}, "@Status"),
    ("sp_ListGenerationRequests", 50002, {"older_than_seconds": -1}, "@OlderThanSeconds"),
    ("sp_ListGenerationRequests", 50002, {"page_size": 1001}, "@PageSize"),
    ("sp_ExportBatchCodes", 50001, {"request_id": ""}, "@RequestId"),
    ("sp_ExportBatchCodes", 50002, {"request_id": "r", "page_size": 0}, "@PageSize"),
    ("sp_ExportBatchCodes", 50002, {"request_id": "r", "after_coupon_id": -1}, "@AfterCouponId"),
    ("sp_SetSetting", 50001, {"setting_name": "", "setting_value": "1"}, "@SettingName"),
    ("sp_SetSetting", 50001, {"setting_name": "guess_limit", "setting_value": ""}, "@SettingValue"),
]


def label(value: object) -> str | None:
    """Readable test names: the changed arguments, shortened; moments by kind, since the workers of
    a run have to collect the same names."""
    if not isinstance(value, dict):
        return None
    shown = {
        name: "a moment" if isinstance(one, datetime) else one
        for name, one in cast("dict[str, object]", value).items()
    }
    return str(shown)[:60]


@pytest.mark.parametrize(("number", "changed", "parameter"), CAMPAIGN, ids=label)
def test_a_campaign_with_a_bad_argument_is_not_created(
    office: Office, number: int, changed: dict[str, Any], parameter: str
) -> None:
    given: dict[str, Any] = {
        "campaign_id": fresh("c"),
        "name": "A campaign",
        "start_date": now(),
        "discount_percentage": 10,
    } | changed

    message = office.refuses(number, "sp_CreateCampaign", **given)

    assert message.startswith(f"{NAMES[number]}: {parameter}")
    assert not office.rows(
        "SELECT 1 AS One FROM dbo.Campaigns WHERE CampaignId = ?;", str(given["campaign_id"])
    )


@pytest.mark.parametrize(("number", "changed", "parameter"), COUPON, ids=label)
def test_a_coupon_with_a_bad_argument_is_not_created(
    office: Office, number: int, changed: dict[str, Any], parameter: str
) -> None:
    given = {"coupon_code": fresh_code(), "campaign_id": office.campaign()} | changed
    before = office.value("SELECT COUNT(*) FROM dbo.Coupons;")

    message = office.refuses(number, "sp_CreateCoupon", **given)

    assert message.startswith(f"{NAMES[number]}: {parameter}")
    assert office.value("SELECT COUNT(*) FROM dbo.Coupons;") == before


@pytest.mark.parametrize(("number", "changed", "parameter"), REQUEST, ids=label)
def test_a_generation_request_with_a_bad_argument_is_not_created(
    office: Office, number: int, changed: dict[str, Any], parameter: str
) -> None:
    given = {"campaign_id": office.campaign(), "requested_amount": 10} | changed
    before = office.value("SELECT COUNT(*) FROM dbo.GenerationRequests;")

    message = office.refuses(number, "sp_CreateGenerationRequest", **given)

    assert message.startswith(f"{NAMES[number]}: {parameter}")
    assert office.value("SELECT COUNT(*) FROM dbo.GenerationRequests;") == before


@pytest.mark.parametrize(("procedure", "number", "given", "parameter"), OTHERS, ids=label)
def test_the_other_procedures_refuse_bad_arguments(
    office: Office, procedure: str, number: int, given: dict[str, Any], parameter: str
) -> None:
    message = office.refuses(number, procedure, **given)

    assert message.startswith(f"{NAMES[number]}: {parameter}")


BATCH = {"request_id": "r", "lease_owner": "w", "batch_no": 1, "coupons_json": "[]"}


@pytest.mark.parametrize(
    ("number", "changed", "parameter"),
    [
        (50001, {"request_id": " "}, "@RequestId"),
        (50001, {"lease_owner": ""}, "@LeaseOwner"),
        (50001, {"batch_no": None}, "@BatchNo"),
        (50001, {"coupons_json": None}, "@CouponsJson"),
        (50002, {"batch_no": 0}, "@BatchNo"),
        (50004, {"coupons_json": ""}, "@CouponsJson"),
        (50004, {"coupons_json": "{}"}, "@CouponsJson"),
        (50008, {"request_id": LONG}, "@RequestId"),
        (50008, {"lease_owner": LONG}, "@LeaseOwner"),
    ],
    ids=label,
)
def test_a_batch_with_a_bad_argument_is_refused(
    office: Office, number: int, changed: dict[str, Any], parameter: str
) -> None:
    message = office.refuses(number, "sp_BulkInsertCoupons", **(BATCH | changed))

    assert message.startswith(f"{NAMES[number]}: {parameter}")


def test_a_missing_parameter_is_told_by_its_name(office: Office) -> None:
    message = office.refuses(201, "sp_CreateCampaign", campaign_id=fresh("c"), name="No start")

    assert "@StartDate" in message


def test_a_setting_that_is_missing_is_told(office: Office) -> None:
    connection = office.connection()
    connection.autocommit = False
    try:
        office.write("DELETE FROM dbo.Settings WHERE SettingName = N'generation_max_attempts';")
        message = office.refuses(50100, "sp_ClaimGenerationRequest", lease_owner="w")
    finally:
        connection.rollback()
        connection.autocommit = True

    assert message.startswith("SETTING_MISSING:")


def test_a_call_inside_a_doomed_transaction_is_refused(office: Office) -> None:
    text = (
        "SET XACT_ABORT ON; BEGIN TRANSACTION;"
        " BEGIN TRY SELECT 1 / 0 AS Zero; END TRY"
        " BEGIN CATCH"
        "   BEGIN TRY"
        "     EXEC dbo.sp_SetSetting @SettingName = N'guess_limit', @SettingValue = N'11';"
        "   END TRY"
        "   BEGIN CATCH SELECT ERROR_NUMBER() AS Number; END CATCH;"
        "   ROLLBACK TRANSACTION;"
        " END CATCH;"
    )

    sets = run(office.connection(), text)

    assert sets[-1][0]["Number"] == 50102
