"""J14: a campaign in the hands of an operator, from its creation to its return."""

from __future__ import annotations

import json
from datetime import timedelta

from tests.spec.office import Office, fresh, fresh_code, now


def test_j14_an_operator_runs_a_campaign_and_every_step_is_on_record(office: Office) -> None:
    """Every step leaves an audit row with actor, before and after."""
    campaign, code, user = fresh("c"), fresh_code()[:10], fresh("u")
    ann = {"actor": "ann", "reason": "spring"}

    created = office.call(
        "sp_CreateCampaign",
        campaign_id=campaign,
        name="Spring",
        start_date=now() - timedelta(days=1),
        discount_percentage=15,
        is_active=0,
        **ann,
    )
    assert created["CampaignId"] == campaign
    made = office.call(
        "sp_CreateCoupon",
        coupon_code=code,
        campaign_id=campaign,
        max_uses=50,
        expires_at=now() + timedelta(days=3),
        **ann,
    )
    assert made["CouponCode"] == code

    assert office.call("sp_SetCampaignStatus", campaign_id=campaign, is_active=1, **ann).success

    later = now() + timedelta(days=10)
    assert office.call("sp_UpdateCoupon", coupon_code=code, expires_at=later, **ann).success

    assert office.call("sp_AssignCoupon", coupon_code=code, user_id=user, **ann).success

    redeemed = office.call("sp_RedeemCoupon", coupon_code=code, user_id=user, order_amount=100)
    assert redeemed["FinalAmount"] == 85
    (usage,) = office.call("sp_ListCouponUsage", coupon_code=code).sets[0]
    assert usage["UserId"] == user

    extended = office.call(
        "sp_BulkUpdateCoupons",
        codes_json=json.dumps([code]),
        action="extend_expiry",
        extend_days=7,
        **ann,
    )
    assert (extended["Matched"], extended["Changed"]) == (1, 1)

    shared = office.coupon(campaign, coupon_code=fresh_code()[:10])
    copy = fresh("c")
    cloned = office.call(
        "sp_CloneCampaign",
        source_id=campaign,
        new_id=copy,
        name="Autumn",
        start_date=now() + timedelta(days=180),
        code_suffix="-AUT",
        **ann,
    )
    # The assigned code belongs to one person and is not copied.
    assert cloned["CouponsCopied"] == 1

    asked = office.call("sp_DeleteCampaign", campaign_id=campaign, **ann)
    assert (asked.code, asked["Coupons"]) == ("CONFIRMATION_REQUIRED", 2)
    assert office.call("sp_DeleteCampaign", campaign_id=campaign, confirm=1, **ann).success
    assert office.call("sp_RestoreCampaign", campaign_id=campaign, **ann).success

    assert office.actions(campaign) == [
        "campaign.create",
        "campaign.activate",
        "campaign.delete",
        "campaign.restore",
    ]
    assert office.actions(code) == [
        "coupon.create",
        "coupon.update",
        "coupon.assign",
        "coupon.extend_expiry",
    ]
    assert office.actions(copy) == ["campaign.clone"]
    assert office.actions(f"{shared}-AUT") == ["coupon.create"]
    steps = office.rows(
        "SELECT Action, Actor, Reason, BeforeJson, AfterJson FROM dbo.AuditLog"
        " WHERE EntityId IN (?, ?, ?) ORDER BY AuditId;",
        campaign,
        code,
        copy,
    )
    for step in steps:
        assert (step["Actor"], step["Reason"]) == ("ann", "spring"), step
        assert step["AfterJson"] is not None, step
        is_first = step["Action"].endswith((".create", ".clone"))
        assert (step["BeforeJson"] is None) == is_first, step
        assert is_first or step["BeforeJson"] != step["AfterJson"], step
