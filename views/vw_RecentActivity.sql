/*
dbo.vw_RecentActivity: the attempts of the last 7 days. The address is shown by its first letter and
its domain.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_RecentActivity
AS
SELECT
    h.AttemptedAt,
    m.CouponCode,
    LEFT(p.Email, 1) + N'***' + SUBSTRING(p.Email, NULLIF(CHARINDEX(N'@', p.Email), 0), 254)
        AS UserEmailMasked,
    h.DiscountAmount,
    h.Status,
    IIF(h.FulfilmentStatus IN (N'completed', N'attended', N'no_show'), N'completed', N'pending')
        AS BookingStatus
FROM dbo.RedemptionHistory AS h
LEFT JOIN dbo.Coupons AS c
    ON c.CouponId = h.CouponId
LEFT JOIN dbo.UserProfiles AS p
    ON p.UserId = h.UserId
CROSS APPLY dbo.fn_ShownCode(h.CouponCode, c.GenerationBatchId, c.IsRedeemed) AS m
WHERE h.AttemptedAt >= DATEADD(DAY, -7, SYSUTCDATETIME());
GO
