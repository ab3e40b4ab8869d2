"""Checking and redeeming codes, and what is known about users."""

from __future__ import annotations

from datetime import datetime

from couponry_jobs.connection import Database, ResultSet
from couponry_jobs.procedures.calling import NO_ORDER, Answer, Order, call, rows


def validate_coupon(
    database: Database,
    *,
    code: str,
    user_id: str,
    order: Order = NO_ORDER,
    language: str | None = None,
    record_view: bool | None = None,
) -> Answer:
    return call(
        database,
        "sp_ValidateCoupon",
        {"CouponCode": code, "UserId": user_id},
        {**order.parameters(), "Language": language, "RecordView": record_view},
    )


def redeem_coupon(
    database: Database,
    *,
    code: str,
    user_id: str,
    order: Order = NO_ORDER,
    key: str | None = None,
    subscription_id: int | None = None,
) -> Answer:
    return call(
        database,
        "sp_RedeemCoupon",
        {"CouponCode": code, "UserId": user_id},
        {**order.parameters(), "IdempotencyKey": key, "SubscriptionId": subscription_id},
        # Without a key a second call is a second redemption, so a lost answer stays lost.
        idempotent=key is not None,
        keyed=key is not None,
    )


def record_fulfilment(
    database: Database, *, redemption_id: int, status: str, at: datetime | None = None
) -> Answer:
    return call(
        database,
        "sp_RecordFulfilment",
        {"RedemptionId": redemption_id, "FulfilmentStatus": status},
        {"FulfilledAt": at},
        idempotent=True,
    )


def get_user_redemptions(
    database: Database,
    *,
    user_id: str,
    status: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    page_size: int | None = None,
    before_id: int | None = None,
) -> ResultSet:
    return rows(
        database,
        "sp_GetUserRedemptions",
        {
            "UserId": user_id,
            "Status": status,
            "FromUtc": since,
            "ToUtc": until,
            "PageSize": page_size,
            "BeforeId": before_id,
        },
    )


def get_user_coupons(
    database: Database, *, user_id: str, only_usable: bool | None = None
) -> ResultSet:
    return rows(database, "sp_GetUserCoupons", {"UserId": user_id, "OnlyUsable": only_usable})


def upsert_user_profile(
    database: Database,
    *,
    user_id: str,
    email: str | None = None,
    email_verified: bool | None = None,
    has_payment_method: bool | None = None,
    payment_fingerprint: str | None = None,
    country: str | None = None,
    first_purchase_at: datetime | None = None,
) -> Answer:
    return call(
        database,
        "sp_UpsertUserProfile",
        {"UserId": user_id},
        {
            "Email": email,
            "EmailVerified": email_verified,
            "HasPaymentMethod": has_payment_method,
            "PaymentFingerprint": payment_fingerprint,
            "CountryCode": country,
            "FirstPurchaseAt": first_purchase_at,
        },
        idempotent=True,
        keyed=True,
    )
