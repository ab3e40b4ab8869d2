"""J18: a code is used up, and the customer is offered another."""

from __future__ import annotations

from tests.spec.office import Office, fresh


def test_j18_a_used_up_code_suggests_the_fallback_of_its_campaign(office: Office) -> None:
    campaign = office.campaign()
    other = office.campaign(discount_percentage=5, max_redemptions_per_user=0)
    primary = office.coupon(campaign, max_uses=1, max_uses_per_user=1)
    stopped = office.coupon(other, is_active=0)
    fallback, last = office.coupon(other), office.coupon(other)
    office.call("sp_UpdateCoupon", coupon_code=primary, max_uses=2)
    for code, priority in ((stopped, 1), (fallback, 2), (last, 3)):
        attached = office.call(
            "sp_AttachCoupon",
            campaign_id=campaign,
            coupon_code=code,
            Role="fallback",
            priority=priority,
        )
        assert attached.success

    for _ in range(2):
        used = office.call(
            "sp_RedeemCoupon", coupon_code=primary, user_id=fresh("u"), order_amount=100
        )
        assert (used.success, used["DiscountAmount"]) == (True, 10)

    customer = fresh("u")
    for procedure in ("sp_ValidateCoupon", "sp_RedeemCoupon"):
        refused = office.call(procedure, coupon_code=primary, user_id=customer, order_amount=100)
        # The first by priority cannot be used by anybody.
        assert (refused.code, refused["SuggestedCouponCode"]) == ("MAX_USES_REACHED", fallback)

    offered = office.call(
        "sp_ValidateCoupon", coupon_code=fallback, user_id=customer, order_amount=100
    )
    assert (offered.success, offered["DiscountAmount"]) == (True, 5)
    taken = office.call("sp_RedeemCoupon", coupon_code=fallback, user_id=customer, order_amount=100)
    assert taken.success

    # Who has used the fallback is offered the next; detached, it is offered to nobody.
    again = office.call(
        "sp_ValidateCoupon", coupon_code=primary, user_id=customer, order_amount=100
    )
    assert again["SuggestedCouponCode"] == last
    for code in (fallback, last):
        assert office.call("sp_DetachCoupon", campaign_id=campaign, coupon_code=code).success
    alone = office.call(
        "sp_ValidateCoupon", coupon_code=primary, user_id=fresh("u"), order_amount=100
    )
    assert (alone.code, alone["SuggestedCouponCode"]) == ("MAX_USES_REACHED", None)
