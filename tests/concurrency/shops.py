"""What the races are about: coupons and campaigns with limits, and what became of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyodbc

from tests.spec.calls import Answer, call
from tests.spec.office import Office, fresh, fresh_codes


def redeem(
    connection: pyodbc.Connection, code: str, user: str | None = None, **context: Any
) -> Answer:
    """A redemption by a user who has done nothing before, unless one is named."""
    given: dict[str, Any] = {"order_amount": Decimal("100.00")} | context
    return call(
        connection, "sp_RedeemCoupon", coupon_code=code, user_id=user or fresh("u"), **given
    )


def single_use_codes(office: Office, number: int, campaign: str) -> list[str]:
    request = office.claimed(number, worker="shop", campaign=campaign)
    codes = fresh_codes(number)
    for batch, first in enumerate(range(0, number, 5000), start=1):
        office.store(request, batch, codes[first : first + 5000], "shop")
    assert office.update(request, "Completed", lease_owner="shop").success
    return codes


def spread_coupon(office: Office, code: str, stripes: int, limit: int) -> None:
    """Gives a new coupon counter stripes, as sp_SetCampaignStripes will."""
    office.write("UPDATE dbo.Coupons SET StripeCount = ? WHERE CouponCode = ?;", stripes, code)
    for number in range(stripes):
        office.write(
            "INSERT INTO dbo.CouponCounterStripes (CouponId, StripeNo, StripeLimit)"
            " SELECT CouponId, ?, ? FROM dbo.Coupons WHERE CouponCode = ?;",
            number,
            limit // stripes + (number < limit % stripes),
            code,
        )


def copy_reservation(office: Office, reservation: int, more: int) -> list[int]:
    """As many open reservations like this one, each of a user of its own: what as many calls of
    sp_ReserveCoupon would have written, counters included, in a few statements."""
    name = fresh("copy")
    office.write(
        """
        SET NOCOUNT, XACT_ABORT ON;
        DECLARE @Reservation bigint = ?, @More int = ?, @Name nvarchar(50) = ?;
        DECLARE @Users TABLE (UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 PRIMARY KEY);
        INSERT INTO @Users (UserId)
        SELECT TOP (@More) CONCAT(@Name, N'-', a.n + 10 * b.n + 100 * c.n)
        FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS a (n)
        CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS b (n)
        CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS c (n)
        ORDER BY a.n + 10 * b.n + 100 * c.n;

        BEGIN TRANSACTION;
        INSERT INTO dbo.UserProfiles (UserId) SELECT u.UserId FROM @Users AS u;
        INSERT INTO dbo.Reservations
            (CouponId, CampaignId, UserId, OrderId, OrderAmount, BaseAmount, FinalAmount,
             CurrencyCode, DiscountType, DiscountAmount, RedemptionId, ReservedAt, ExpiresAt)
        SELECT r.CouponId, r.CampaignId, u.UserId, u.UserId, r.OrderAmount, r.BaseAmount,
               r.FinalAmount, r.CurrencyCode, r.DiscountType, r.DiscountAmount, 0, r.ReservedAt,
               r.ExpiresAt
        FROM dbo.Reservations AS r CROSS JOIN @Users AS u
        WHERE r.ReservationId = @Reservation;
        INSERT INTO dbo.RedemptionHistory
            (CouponCode, UserId, CampaignId, AttemptedAt, Success, Status, CouponId, ReservationId,
             OrderId, OrderAmount, BaseAmount, FinalAmount, DiscountType, DiscountAmount,
             CurrencyCode, UserTier)
        SELECT h.CouponCode, r.UserId, h.CampaignId, h.AttemptedAt, h.Success, h.Status,
               h.CouponId, r.ReservationId, r.OrderId, h.OrderAmount, h.BaseAmount, h.FinalAmount,
               h.DiscountType, h.DiscountAmount, h.CurrencyCode, h.UserTier
        FROM dbo.RedemptionHistory AS h
        INNER JOIN dbo.Reservations AS r ON r.CouponId = h.CouponId
        INNER JOIN @Users AS u ON u.UserId = r.UserId
        WHERE h.ReservationId = @Reservation;
        UPDATE r
        SET RedemptionId = h.RedemptionId
        FROM dbo.Reservations AS r
        INNER JOIN dbo.RedemptionHistory AS h ON h.ReservationId = r.ReservationId
        INNER JOIN @Users AS u ON u.UserId = r.UserId;

        UPDATE c
        SET ReservedCount = c.ReservedCount + @More
        FROM dbo.Coupons AS c
        INNER JOIN dbo.Reservations AS r ON r.CouponId = c.CouponId
        WHERE r.ReservationId = @Reservation;
        UPDATE k
        SET ReservedCount = k.ReservedCount + @More,
            BudgetReserved = k.BudgetReserved + @More * r.DiscountAmount
        FROM dbo.CampaignCounterStripes AS k
        INNER JOIN dbo.Reservations AS r ON r.CampaignId = k.CampaignId
        WHERE r.ReservationId = @Reservation AND k.StripeNo = r.CampaignStripeNo;
        INSERT INTO dbo.UserRedemptions (UserId, CampaignId, ReservedCount)
        SELECT r.UserId, r.CampaignId, 1
        FROM dbo.Reservations AS r INNER JOIN @Users AS u ON u.UserId = r.UserId;
        INSERT INTO dbo.CouponUserUsage (CouponId, UserId, ReservedCount)
        SELECT r.CouponId, r.UserId, 1
        FROM dbo.Reservations AS r INNER JOIN @Users AS u ON u.UserId = r.UserId;
        COMMIT TRANSACTION;
        """,
        reservation,
        more,
        name,
    )
    found = office.rows(
        "SELECT ReservationId FROM dbo.Reservations WHERE UserId LIKE ? ORDER BY ReservationId;",
        f"{name}-%",
    )
    return [row["ReservationId"] for row in found]


def successes(office: Office, campaign: str) -> int:
    return office.value(
        "SELECT COUNT(*) FROM dbo.RedemptionHistory WHERE CampaignId = ? AND Status = N'success';",
        campaign,
    )


def used(office: Office, campaign: str) -> int:
    return office.value(
        "SELECT SUM(UsedCount) FROM dbo.CampaignCounterStripes WHERE CampaignId = ?;", campaign
    )


def spent(office: Office, campaign: str) -> Decimal:
    return office.value(
        "SELECT SUM(BudgetUsed) FROM dbo.CampaignCounterStripes WHERE CampaignId = ?;", campaign
    )


def drift(office: Office) -> list[tuple[object, ...]]:
    """Every counter that differs from the ledger."""
    found = office.rows(
        "SELECT EntityType, EntityId, CounterName, Stored, Actual FROM dbo.vw_CounterDrift;"
    )
    return [tuple(row.values()) for row in found]


def above_limit(office: Office) -> list[tuple[object, ...]]:
    """Every counter that is beyond what it may be."""
    found = office.rows(
        "SELECT N'coupon' AS What, CouponCode AS Name FROM dbo.Coupons"
        " WHERE StripeCount = 1 AND UsedCount + ReservedCount > MaxUses"
        " UNION ALL"
        " SELECT N'coupon stripe', CAST(CouponId AS nvarchar(20)) FROM dbo.CouponCounterStripes"
        " WHERE UsedCount + ReservedCount > StripeLimit"
        " UNION ALL"
        " SELECT N'campaign stripe', CampaignId FROM dbo.CampaignCounterStripes"
        " WHERE UsedCount + ReservedCount > StripeLimit"
        " OR BudgetUsed + BudgetReserved > BudgetLimit;"
    )
    return [tuple(row.values()) for row in found]


def assert_whole(office: Office) -> None:
    """Counter = ledger, and no limit passed."""
    assert drift(office) == []
    assert above_limit(office) == []
