"""Creating coupons by hand."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.spec.office import Office, fresh, fresh_code, now


def test_a_coupon_is_stored_attached_audited_and_announced(office: Office) -> None:
    campaign, code = office.campaign(), fresh_code()
    start, end = now() + timedelta(days=1), now() + timedelta(days=9)

    answer = office.call(
        "sp_CreateCoupon",
        coupon_code=f" {code.lower()}\t",
        campaign_id=campaign,
        internal_name="Spring code",
        coupon_type="fixed_amount_discount",
        discount_type="fixed_amount",
        discount_value="12.50",
        minimum_order_amount=40,
        max_uses=7,
        max_uses_per_user=3,
        valid_from=start,
        expires_at=end,
        assigned_to=" u-1 ",
        is_stackable=1,
        stacking_group="spring",
        variant_label="A",
        utm_campaign="spring",
        notes="for the mailing",
        actor="ann",
    )

    assert answer.success
    assert (answer["CouponCode"], answer["Warning"]) == (code, None)
    row = office.row("SELECT * FROM dbo.Coupons WHERE CouponId = ?;", answer["CouponId"])
    assert (row["CouponCode"], row["CampaignId"], row["GenerationBatchId"]) == (
        code,
        campaign,
        None,
    )
    assert (row["DiscountType"], row["DiscountValue"]) == ("fixed_amount", Decimal("12.50"))
    assert (row["MaxUses"], row["MaxUsesPerUser"], row["AssignedTo"]) == (7, 3, "u-1")
    assert (row["ValidFrom"], row["ExpiresAt"]) == (start, end)
    assert (row["IsStackable"], row["StackingGroup"], row["VariantLabel"]) == (
        True,
        "spring",
        "A",
    )
    assert (row["IsActive"], row["CreatedBy"], row["UtmCampaign"]) == (True, "ann", "spring")
    home = office.row("SELECT * FROM dbo.CampaignCoupons WHERE CouponId = ?;", row["CouponId"])
    assert (home["CampaignId"], home["Role"], home["Priority"]) == (campaign, "primary", 100)
    assert office.actions(code) == ["coupon.create"]
    assert office.events(code) == ["coupon_changed"]


def test_a_coupon_without_limit_is_the_default(office: Office) -> None:
    code = office.coupon()

    row = office.row("SELECT * FROM dbo.Coupons WHERE CouponCode = ?;", code)
    assert (row["MaxUses"], row["MaxUsesPerUser"], row["DiscountType"]) == (None, 1, None)
    assert (row["MinimumOrderAmount"], row["ApplicableTo"]) == (0, "all")


def test_descriptions_are_stored_by_language(office: Office) -> None:
    code = office.coupon(description_json='{"en": "Ten off", "de": "Zehn weniger"}')

    rows = office.rows(
        "SELECT t.LanguageCode, t.Description, k.Description AS Fallback"
        " FROM dbo.CouponTranslations AS t JOIN dbo.Coupons AS k ON k.CouponId = t.CouponId"
        " WHERE k.CouponCode = ?;",
        code,
    )
    assert {row["LanguageCode"]: row["Description"] for row in rows} == {
        "en": "Ten off",
        "de": "Zehn weniger",
    }
    assert {row["Fallback"] for row in rows} == {"Ten off"}


def test_targets_are_stored_with_tier_families_expanded(office: Office) -> None:
    code = office.coupon(
        applicable_to="specific_consultants",
        targets_json='{"tier": ["enterprise"], "country": ["US", "DE"], "consultant": ["7"]}',
    )

    rows = office.rows(
        "SELECT t.TargetKind, t.TargetValue, t.IsExcluded FROM dbo.CouponTargets AS t"
        " JOIN dbo.Coupons AS k ON k.CouponId = t.CouponId WHERE k.CouponCode = ?;",
        code,
    )
    assert {(row["TargetKind"], row["TargetValue"]) for row in rows} == {
        ("tier", "enterprise_pro"),
        ("tier", "enterprise_max"),
        ("country", "US"),
        ("country", "DE"),
        ("consultant", "7"),
    }
    assert not any(row["IsExcluded"] for row in rows)


def test_consultants_of_the_campaign_do_for_its_coupons(office: Office) -> None:
    campaign = office.campaign()
    office.write(
        "INSERT INTO dbo.CouponTargets (CampaignId, TargetKind, TargetValue)"
        " VALUES (?, N'consultant', N'7');",
        campaign,
    )

    assert office.coupon(campaign, applicable_to="specific_consultants")


def test_a_code_is_issued_once(office: Office) -> None:
    code = office.coupon()

    answer = office.call("sp_CreateCoupon", coupon_code=code, campaign_id=office.campaign())

    assert (answer.code, answer["CouponId"], answer["CouponCode"]) == ("CODE_EXISTS", None, None)
    assert office.actions(code) == ["coupon.create"]


@pytest.mark.ec("EC-026")
def test_a_deleted_code_is_never_issued_again(office: Office) -> None:
    code = office.coupon()
    office.write(
        "UPDATE dbo.Coupons SET DeletedAt = SYSUTCDATETIME(), IsActive = 0 WHERE CouponCode = ?;",
        code,
    )

    answer = office.call("sp_CreateCoupon", coupon_code=code, campaign_id=office.campaign())

    assert answer.code == "CODE_RETIRED"


def test_a_generated_code_is_not_issued_by_hand(office: Office) -> None:
    request = office.claimed(1)
    office.store(request, 1, [code := fresh_code()])

    answer = office.call("sp_CreateCoupon", coupon_code=code, campaign_id=office.campaign())

    assert answer.code == "CODE_EXISTS"


def test_campaign_and_partner_must_exist(office: Office) -> None:
    campaign = office.campaign()

    no_campaign = office.call(
        "sp_CreateCoupon", coupon_code=fresh_code(), campaign_id=fresh("none")
    )
    no_partner = office.call(
        "sp_CreateCoupon", coupon_code=fresh_code(), campaign_id=campaign, partner_id=2_000_000_000
    )

    assert no_campaign.code == "CAMPAIGN_NOT_FOUND"
    assert no_partner.code == "PARTNER_NOT_FOUND"


def test_somebody_must_grant_a_discount(office: Office) -> None:
    campaign = office.campaign(discount_percentage=None)

    answer = office.call("sp_CreateCoupon", coupon_code=fresh_code(), campaign_id=campaign)

    assert answer.code == "NO_DISCOUNT_CONFIGURED"


def test_a_fixed_amount_above_the_minimum_order_is_warned_of(office: Office) -> None:
    answer = office.call(
        "sp_CreateCoupon",
        coupon_code=fresh_code(),
        campaign_id=office.campaign(),
        coupon_type="fixed_amount_discount",
        discount_type="fixed_amount",
        discount_value=20,
        minimum_order_amount="19.99",
    )

    assert answer.success
    assert "capped" in answer["Warning"]


def test_a_coupon_that_outlives_its_campaign_is_warned_of(office: Office) -> None:
    campaign = office.campaign(end_date=now() + timedelta(days=1))

    answer = office.call(
        "sp_CreateCoupon",
        coupon_code=fresh_code(),
        campaign_id=campaign,
        expires_at=now() + timedelta(days=2),
    )

    assert answer.success
    assert "ends after its campaign" in answer["Warning"]


def test_a_start_in_the_past_must_be_meant(office: Office) -> None:
    given = {
        "coupon_code": fresh_code(),
        "campaign_id": office.campaign(),
        "valid_from": now() - timedelta(minutes=6),
    }

    office.refuses(50006, "sp_CreateCoupon", **given)
    assert office.call("sp_CreateCoupon", **given, allow_past_start=1).success


def test_a_start_some_minutes_ago_is_a_clock_that_differs(office: Office) -> None:
    assert office.coupon(valid_from=now() - timedelta(minutes=4))


@pytest.mark.parametrize(
    ("coupon_type", "discount_type", "value"),
    [
        ("percentage_discount", None, None),
        ("percentage_discount", "percentage", 100),
        ("percentage_discount", "free_session", None),
        ("fixed_amount_discount", None, None),
        ("fixed_amount_discount", "fixed_amount", "0.01"),
        ("tier_specific_discount", "percentage", 1),
        ("tier_specific_discount", "fixed_amount", 20),
        ("fixed_amount_discount", "credits", 20),
        ("duration_bonus", "months_free", 1),
        ("duration_bonus", "months_free", 36),
        ("byok_migration", "percentage", 100),
        ("byok_migration", "fixed_amount", 199),
    ],
)
def test_these_discounts_go_together(
    office: Office, coupon_type: str, discount_type: str | None, value: object
) -> None:
    assert office.coupon(coupon_type=coupon_type, discount_type=discount_type, discount_value=value)


@pytest.mark.parametrize(
    ("coupon_type", "discount_type", "value"),
    [
        ("percentage_discount", "fixed_amount", 5),
        ("percentage_discount", "percentage", None),
        ("percentage_discount", "percentage", 0),
        ("percentage_discount", "percentage", "100.01"),
        ("percentage_discount", "free_session", 5),
        ("percentage_discount", None, 5),
        ("fixed_amount_discount", "percentage", 5),
        ("fixed_amount_discount", "fixed_amount", -1),
        ("tier_specific_discount", None, None),
        ("tier_specific_discount", "free_session", None),
        ("percentage_discount", "credits", 20),
        ("percentage_discount", "months_free", 1),
        ("fixed_amount_discount", "credits", 0),
        ("duration_bonus", None, None),
        ("duration_bonus", "percentage", 10),
        ("duration_bonus", "months_free", 0),
        ("duration_bonus", "months_free", 37),
        ("duration_bonus", "months_free", "1.5"),
        ("byok_migration", None, None),
        ("byok_migration", "credits", 20),
    ],
)
def test_these_discounts_are_refused(
    office: Office, coupon_type: str, discount_type: str | None, value: object
) -> None:
    code = fresh_code()

    message = office.refuses(
        50007,
        "sp_CreateCoupon",
        coupon_code=code,
        campaign_id=office.campaign(),
        coupon_type=coupon_type,
        discount_type=discount_type,
        discount_value=value,
    )

    assert message.startswith("ARG_BAD_DISCOUNT: @Discount")
    assert office.rows("SELECT 1 AS One FROM dbo.Coupons WHERE CouponCode = ?;", code) == ()


@pytest.mark.ec("EC-029")
def test_injection_text_is_stored_verbatim(office: Office) -> None:
    text = "'); DROP TABLE dbo.Coupons; -- <script>alert(1)</script> =cmd|' /C calc'!A0"

    code = office.coupon(
        internal_name=text[:100], notes=text, description_json=json.dumps({"en": text})
    )

    row = office.row("SELECT * FROM dbo.Coupons WHERE CouponCode = ?;", code)
    assert (row["InternalName"], row["Notes"], row["Description"]) == (text[:100], text, text)
