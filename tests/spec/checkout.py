"""Checkouts: reserving, confirming, releasing and expiring, as verbs over an office."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.spec.calls import Answer, Row
from tests.spec.office import Office, fresh


def reserve(office: Office, code: str, user: str | None = None, **context: Any) -> Answer:
    given: dict[str, Any] = {"order_amount": Decimal("100.00"), "order_id": fresh("o")} | context
    return office.call("sp_ReserveCoupon", coupon_code=code, user_id=user or fresh("u"), **given)


def confirm(office: Office, reservation: int, key: str | None = None, **more: Any) -> Answer:
    return office.call(
        "sp_ConfirmReservation",
        reservation_id=reservation,
        idempotency_key=key or fresh("evt"),
        **more,
    )


def release(office: Office, reservation: int, **more: Any) -> Answer:
    return office.call("sp_ReleaseReservation", reservation_id=reservation, **more)


def forget_hand_made(office: Office) -> None:
    """The database is shared: rows that other tests wrote by hand hold no slot to give back."""
    office.connection().execute(
        "UPDATE r SET Status = N'Released', ClosedAt = SYSUTCDATETIME(),"
        " CloseReason = COALESCE(r.CloseReason, N'admin')"
        " FROM dbo.Reservations AS r"
        " INNER JOIN dbo.Coupons AS c ON c.CouponId = r.CouponId"
        " WHERE r.Status = N'Reserved' AND c.StripeCount = 1 AND c.ReservedCount = 0;"
    )


def sweep(office: Office, **more: Any) -> Answer:
    forget_hand_made(office)
    return office.call("sp_ExpireReservations", **more)


def let_expire(office: Office, reservation: int) -> None:
    """The quarter of an hour is over."""
    office.write(
        "UPDATE dbo.Reservations SET ReservedAt = DATEADD(MINUTE, -20, ReservedAt),"
        " ExpiresAt = DATEADD(MINUTE, -20, ExpiresAt) WHERE ReservationId = ?;",
        reservation,
    )
    office.write(
        "UPDATE dbo.RedemptionHistory SET AttemptedAt = DATEADD(MINUTE, -20, AttemptedAt)"
        " WHERE ReservationId = ?;",
        reservation,
    )


def stored(office: Office, reservation: int) -> Row:
    return office.row("SELECT * FROM dbo.Reservations WHERE ReservationId = ?;", reservation)


def ledger(office: Office, reservation: int) -> list[Row]:
    return list(
        office.rows(
            "SELECT * FROM dbo.RedemptionHistory WHERE ReservationId = ? ORDER BY RedemptionId;",
            reservation,
        )
    )


def told(office: Office, reservation: int) -> list[str]:
    """What the outbox says about a reservation, oldest first."""
    found = office.rows(
        "SELECT EventType FROM dbo.OutboxEvents WHERE EntityType = N'reservation'"
        " AND EntityId = ? ORDER BY EventId;",
        str(reservation),
    )
    return [row["EventType"] for row in found]


def counters(office: Office, campaign: str) -> tuple[int, int, Decimal, Decimal]:
    """Used, reserved, spent and held of a campaign."""
    row = office.row("SELECT * FROM dbo.fn_CampaignCounters(?);", campaign)
    return row["UsedCount"], row["ReservedCount"], row["BudgetUsed"], row["BudgetReserved"]


def drift(office: Office, campaign: str) -> list[Row]:
    """Counters of a campaign, its coupons and users that differ from the ledger."""
    return list(
        office.rows(
            "SELECT * FROM dbo.vw_CounterDrift AS d WHERE d.EntityId = ?"
            " OR d.EntityId LIKE ? OR EXISTS (SELECT 1 FROM dbo.Coupons AS c"
            " WHERE c.CampaignId = ? AND (d.EntityId = CAST(c.CouponId AS nvarchar(20))"
            " OR d.EntityId LIKE CONCAT(N'%/', c.CouponId)));",
            campaign,
            f"%/{campaign}",
            campaign,
        )
    )
