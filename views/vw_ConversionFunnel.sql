/*
dbo.vw_ConversionFunnel: from the view of a code to the attended session, by UTC day and coupon.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_ConversionFunnel
AS
SELECT
    a.OccurredOn AS UsageDate,
    a.CouponId,
    a.CampaignId,
    SUM(a.Views) AS Views,
    SUM(a.Attempts) AS Applies,
    SUM(a.Successes) AS Successes,
    SUM(a.BookingsCompleted) AS BookingsCompleted,
    SUM(a.SessionsAttended) AS SessionsAttended
FROM dbo.fn_Activity() AS a
GROUP BY
    a.OccurredOn,
    a.CouponId,
    a.CampaignId;
GO
