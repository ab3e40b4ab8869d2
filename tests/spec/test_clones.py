"""Clones of campaigns: everything but the past."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.spec.campaigns import attached, targets
from tests.spec.office import Office, fresh, fresh_code, now


def test_a_clone_has_everything_but_the_past(office: Office) -> None:
    start = now() - timedelta(days=1)
    source = office.campaign(
        start_date=start,
        stripe_count=2,
        max_total_redemptions=400,
        budget_amount=1000,
        utm_source="mail",
        tiers_json='["pro"]',
    )
    code = office.coupon(
        source,
        coupon_code=fresh_code()[:10],
        max_uses=300,
        expires_at=start + timedelta(days=30),
        description_json='{"en": "Ten", "de": "Zehn"}',
        targets_json='{"country": ["US"]}',
        minimum_order_amount=5,
        notes="kept",
    )
    office.call("sp_SetCampaignStripes", campaign_id=source, stripe_count=2)
    office.call("sp_AttachCoupon", campaign_id=source, coupon_code=code, Role="fallback")
    office.call(
        "sp_SetDiscountTiers",
        coupon_code=code,
        tiers_json='[{"minOrderAmount":50,"discountType":"percentage","discountValue":20}]',
    )
    office.call("sp_SetValidationRule", campaign_id=source, rule_type="first_time_user_only")
    office.call("sp_SetValidationRule", coupon_code=code, rule_type="require_payment_method")
    left = [office.coupon(source, max_uses=1), office.coupon(source, assigned_to="u")]
    deleted = office.coupon(source)
    office.call("sp_DeleteCoupon", coupon_code=deleted, confirm=1)
    new = fresh("c")

    answer = office.call(
        "sp_CloneCampaign",
        source_id=source,
        new_id=new,
        name="Next year",
        start_date=start + timedelta(days=365),
        code_suffix="-B",
        actor="ann",
    )
    again = office.call(
        "sp_CloneCampaign",
        source_id=source,
        new_id=new,
        name="Next year",
        start_date=start,
        code_suffix="-C",
    )

    copy = f"{code}-B"
    assert (answer.code, answer["CampaignId"], answer["CouponsCopied"]) == (None, new, 1)
    assert (again.code, again["CampaignId"], again["CouponsCopied"]) == (
        "CAMPAIGN_EXISTS",
        None,
        None,
    )
    shown = office.call("sp_GetCampaign", campaign_id=new)
    assert (shown["Name"], shown["IsActive"], shown["ClonedFromId"]) == ("Next year", False, source)
    assert (shown["EndDate"], shown["UtmSource"], shown["StripeCount"]) == (None, "mail", 2)
    assert (shown["RemainingRedemptions"], shown["RemainingBudget"]) == (400, 1000)
    assert attached(office, new) == {copy: ("fallback", 100)}
    assert targets(office, new) == {"pro": False}
    assert [row["RuleType"] for row in shown.sets[3]] == ["first_time_user_only"]
    old, made = (
        office.row("SELECT * FROM dbo.Coupons WHERE CouponCode = ?;", one) for one in (code, copy)
    )
    same = {"DiscountType", "MaxUses", "MinimumOrderAmount", "Notes", "StripeCount", "IsActive"}
    assert {name: made[name] for name in same} == {name: old[name] for name in same}
    assert made["ExpiresAt"] == old["ExpiresAt"] + timedelta(days=365)
    assert (made["UsedCount"], made["CreatedBy"]) == (0, "ann")
    detail = office.call("sp_GetCouponDetails", coupon_code=copy, language="de")
    assert detail["Description"] == "Zehn"
    for table in ("DiscountTiers", "CouponTargets", "CouponValidationRules"):
        text = f"SELECT COUNT(*) FROM dbo.{table} WHERE CouponId = ?;"
        assert office.value(text, made["CouponId"]) == office.value(text, old["CouponId"]) == 1
    limits = office.rows(
        "SELECT StripeLimit FROM dbo.CouponCounterStripes WHERE CouponId = ?;", made["CouponId"]
    )
    assert [row["StripeLimit"] for row in limits] == [150, 150]
    assert office.actions(new) == ["campaign.clone"]
    assert office.actions(copy) == ["coupon.create"]
    for one in [*left, deleted]:
        assert not office.rows("SELECT 1 AS One FROM dbo.Coupons WHERE CouponCode = ?;", f"{one}-B")


def test_a_clone_whose_codes_are_taken_writes_nothing(office: Office) -> None:
    source, new = office.campaign(), fresh("c")
    office.coupon(source, coupon_code=fresh_code()[:10])
    given = {"source_id": source, "new_id": new, "name": "n", "start_date": now()}

    taken = office.call("sp_CloneCampaign", **given)
    office.coupon(source, coupon_code="LONGER" + fresh_code()[:12])
    long = office.refuses(50005, "sp_CloneCampaign", **given, code_suffix="-NEXT")
    missing = office.call("sp_CloneCampaign", **(given | {"source_id": fresh("c")}))
    bare = office.call("sp_CloneCampaign", **given, include_coupons=0)

    assert (taken.code, taken["CampaignId"]) == ("CODE_EXISTS", None)
    assert long.startswith("ARG_BAD_CODE: @CodeSuffix makes LONGER")
    assert missing.code == "CAMPAIGN_NOT_FOUND"
    assert (bare.code, bare["CouponsCopied"]) == (None, 0)
    assert office.actions(new) == ["campaign.clone"]


def test_a_clone_that_starts_later_keeps_ends_at_the_last_day_there_is(office: Office) -> None:
    source, new, last = office.campaign(), fresh("c"), datetime(9999, 12, 31)
    office.coupon(source, coupon_code=fresh_code()[:10], expires_at=last)

    answer = office.call(
        "sp_CloneCampaign",
        source_id=source,
        new_id=new,
        name="n",
        start_date=now() + timedelta(days=30),
        code_suffix="-L",
    )

    assert answer.success, answer.row
    [copy] = office.rows("SELECT ExpiresAt FROM dbo.Coupons WHERE CampaignId = ?;", new)
    assert copy["ExpiresAt"] == last
