/*
dbo.vw_CohortRetention: do the customers of a coupon come back? By the month of their first use of
it. RetainedUsers and RetentionRate look only at users whose time to come back is over; Users are
all.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_CohortRetention
AS
SELECT
    m.MonthStart AS CohortMonth,
    r.CouponId,
    COUNT(*) AS Users,
    SUM(IIF(r.IsOver = 1, r.IsRetained, 0)) AS RetainedUsers,
    CAST(
        100.0 * SUM(IIF(r.IsOver = 1, r.IsRetained, 0)) / NULLIF(SUM(r.IsOver), 0)
        AS decimal(7, 4)
    ) AS RetentionRate
FROM dbo.fn_Retention() AS r
CROSS APPLY dbo.fn_Calendar(r.FirstUsedAt, N'month') AS m
GROUP BY
    m.MonthStart,
    r.CouponId;
GO
