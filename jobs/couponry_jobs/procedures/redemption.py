"""Checking and redeeming codes, and what is known about users."""

from __future__ import annotations

from datetime import datetime

from couponry_jobs.connection import Database
from couponry_jobs.procedures.calling import NO_ORDER, Answer, Order, call


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
