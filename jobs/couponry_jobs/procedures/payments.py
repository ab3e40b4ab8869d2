"""What the payment provider reports, and what is given back."""

from __future__ import annotations

from decimal import Decimal

from couponry_jobs.connection import Database
from couponry_jobs.procedures.calling import NOBODY, Admin, Answer, call


def process_payment_event(
    database: Database,
    *,
    event_id: str,
    event_type: str,
    reservation_id: int | None = None,
    order_id: str | None = None,
    user_id: str | None = None,
    payment_intent_id: str | None = None,
    amount: Decimal | None = None,
    currency: str | None = None,
    replay: bool | None = None,
) -> Answer:
    return call(
        database,
        "sp_ProcessPaymentEvent",
        {"EventId": event_id, "EventType": event_type},
        {
            "ReservationId": reservation_id,
            "OrderId": order_id,
            "UserId": user_id,
            "PaymentIntentId": payment_intent_id,
            "Amount": amount,
            "CurrencyCode": currency,
            "Replay": replay,
        },
        # The event is its own key: a second delivery has no second effect.
        idempotent=True,
        keyed=True,
    )


def reverse_redemption(
    database: Database,
    *,
    key: str,
    why: str,
    redemption_id: int | None = None,
    order_id: str | None = None,
    code: str | None = None,
    refund: Decimal | None = None,
    restore_use: bool | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_ReverseRedemption",
        {"ReversalReason": why, "IdempotencyKey": key},
        {
            "RedemptionId": redemption_id,
            "OrderId": order_id,
            "CouponCode": code,
            "RefundAmount": refund,
            "RestoreUse": restore_use,
            **admin.parameters(),
        },
        idempotent=True,
        keyed=True,
    )
