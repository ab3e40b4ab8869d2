"""Slots held for a checkout."""

from __future__ import annotations

from decimal import Decimal

from couponry_jobs.connection import Database
from couponry_jobs.procedures.calling import NO_ORDER, Answer, Order, call


def reserve_coupon(
    database: Database,
    *,
    code: str,
    user_id: str,
    order: Order = NO_ORDER,
    key: str | None = None,
) -> Answer:
    return call(
        database,
        "sp_ReserveCoupon",
        {"CouponCode": code, "UserId": user_id},
        {**order.parameters(), "IdempotencyKey": key},
        # The open reservation of the same user, coupon and order is returned again.
        idempotent=True,
        keyed=key is not None,
    )


def confirm_reservation(
    database: Database,
    *,
    reservation_id: int,
    key: str,
    user_id: str | None = None,
    paid: Decimal | None = None,
    order_id: str | None = None,
) -> Answer:
    return call(
        database,
        "sp_ConfirmReservation",
        {"ReservationId": reservation_id, "IdempotencyKey": key},
        {"UserId": user_id, "PaidAmount": paid, "OrderId": order_id},
        idempotent=True,
        keyed=True,
    )


def release_reservation(
    database: Database,
    *,
    reservation_id: int,
    reason: str | None = None,
    user_id: str | None = None,
) -> Answer:
    return call(
        database,
        "sp_ReleaseReservation",
        {"ReservationId": reservation_id},
        {"Reason": reason, "UserId": user_id},
        idempotent=True,
    )


def get_reservation(database: Database, *, reservation_id: int) -> Answer:
    return call(database, "sp_GetReservation", {"ReservationId": reservation_id}, read=True)
