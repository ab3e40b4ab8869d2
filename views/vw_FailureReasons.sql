/*
dbo.vw_FailureReasons: why codes are refused, and at which step. An unknown code has no coupon and
no campaign.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_FailureReasons
AS
SELECT
    a.CampaignId,
    a.CouponId,
    a.FailureReason,
    a.FailedStep,
    SUM(a.Failures) AS Failures,
    MAX(a.OccurredAt) AS LastAt
FROM dbo.fn_Activity() AS a
WHERE a.Failures = 1
GROUP BY
    a.CampaignId,
    a.CouponId,
    a.FailureReason,
    a.FailedStep;
GO
