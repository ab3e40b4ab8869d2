/*
dbo.vw_ActiveReservations: the slots that are held now. An overdue one still holds its slot, until
the sweep or a confirmation comes.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_ActiveReservations
AS
SELECT
    r.ReservationId,
    m.CouponCode,
    r.CampaignId,
    r.UserId,
    r.OrderId,
    r.DiscountAmount,
    r.ReservedAt,
    r.ExpiresAt,
    IIF(
        r.ExpiresAt > SYSUTCDATETIME(), DATEDIFF(SECOND, SYSUTCDATETIME(), r.ExpiresAt), 0
    ) AS SecondsLeft,
    CAST(IIF(r.ExpiresAt < SYSUTCDATETIME(), 1, 0) AS bit) AS IsOverdue
FROM dbo.Reservations AS r
INNER JOIN dbo.Coupons AS c ON r.CouponId = c.CouponId
CROSS APPLY dbo.fn_ShownCode(c.CouponCode, c.GenerationBatchId, c.IsRedeemed) AS m
WHERE r.Status = N'Reserved';
GO
