/*
dbo.vw_RedemptionLedger: the complete history, live and archived, without addresses, agents and
devices. IsCounted tells whether the row counts as a use. A generated code that nobody redeemed yet
is worth money: only operators see it whole (coupon_ops, db_owner and dbo; IS_ROLEMEMBER knows no
membership of dbo itself, and is NULL for a role that does not exist).
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_RedemptionLedger
AS
SELECT
    l.RedemptionId,
    IIF(m.IsMasked = 1, CONCAT(LEFT(l.CouponCode, 3), NCHAR(8230)), l.CouponCode) AS CouponCode,
    l.UserId,
    l.CampaignId,
    l.AttemptedAt,
    l.Success,
    l.FailureReason,
    l.Status,
    l.FailureMessage,
    l.FailedStep,
    l.CouponId,
    l.ReservationId,
    l.OrderId,
    l.OrderAmount,
    l.FinalAmount,
    l.BaseAmount,
    l.DiscountType,
    l.DiscountAmount,
    l.CurrencyCode,
    l.CreditsGranted,
    l.CreditsApplied,
    l.MonthsGranted,
    l.LicenseId,
    l.SubscriptionId,
    l.UserTier,
    l.ServiceType,
    l.ConsultantId,
    l.CountryCode,
    l.MarketingChannel,
    l.UtmSource,
    l.UtmMedium,
    l.UtmCampaign,
    l.RiskScore,
    l.ReviewStatus,
    l.ReviewedBy,
    l.ReviewedAt,
    l.IdempotencyKey,
    l.CompletedAt,
    l.ReversedAt,
    l.ReversedBy,
    l.ReversalReason,
    l.UseRestored,
    l.RefundedAmount,
    l.FulfilmentStatus,
    l.FulfilledAt,
    CAST(
        IIF(l.Status = N'success' OR (l.Status = N'reversed' AND l.UseRestored = 0), 1, 0) AS bit
    ) AS IsCounted,
    l.Source
FROM (
    SELECT
        h.RedemptionId,
        h.CouponCode,
        h.UserId,
        h.CampaignId,
        h.AttemptedAt,
        h.Success,
        h.FailureReason,
        h.Status,
        h.FailureMessage,
        h.FailedStep,
        h.CouponId,
        h.ReservationId,
        h.OrderId,
        h.OrderAmount,
        h.FinalAmount,
        h.BaseAmount,
        h.DiscountType,
        h.DiscountAmount,
        h.CurrencyCode,
        h.CreditsGranted,
        h.CreditsApplied,
        h.MonthsGranted,
        h.LicenseId,
        h.SubscriptionId,
        h.UserTier,
        h.ServiceType,
        h.ConsultantId,
        h.CountryCode,
        h.MarketingChannel,
        h.UtmSource,
        h.UtmMedium,
        h.UtmCampaign,
        h.RiskScore,
        h.ReviewStatus,
        h.ReviewedBy,
        h.ReviewedAt,
        h.IdempotencyKey,
        h.CompletedAt,
        h.ReversedAt,
        h.ReversedBy,
        h.ReversalReason,
        h.UseRestored,
        h.RefundedAmount,
        h.FulfilmentStatus,
        h.FulfilledAt,
        N'live' AS Source
    FROM dbo.RedemptionHistory AS h
    UNION ALL
    SELECT
        h.RedemptionId,
        h.CouponCode,
        h.UserId,
        h.CampaignId,
        h.AttemptedAt,
        h.Success,
        h.FailureReason,
        h.Status,
        h.FailureMessage,
        h.FailedStep,
        h.CouponId,
        h.ReservationId,
        h.OrderId,
        h.OrderAmount,
        h.FinalAmount,
        h.BaseAmount,
        h.DiscountType,
        h.DiscountAmount,
        h.CurrencyCode,
        h.CreditsGranted,
        h.CreditsApplied,
        h.MonthsGranted,
        h.LicenseId,
        h.SubscriptionId,
        h.UserTier,
        h.ServiceType,
        h.ConsultantId,
        h.CountryCode,
        h.MarketingChannel,
        h.UtmSource,
        h.UtmMedium,
        h.UtmCampaign,
        h.RiskScore,
        h.ReviewStatus,
        h.ReviewedBy,
        h.ReviewedAt,
        h.IdempotencyKey,
        h.CompletedAt,
        h.ReversedAt,
        h.ReversedBy,
        h.ReversalReason,
        h.UseRestored,
        h.RefundedAmount,
        h.FulfilmentStatus,
        h.FulfilledAt,
        N'archive' AS Source
    FROM dbo.RedemptionHistoryArchive AS h
) AS l
LEFT JOIN dbo.Coupons AS c
    ON c.CouponId = l.CouponId
CROSS APPLY (
    SELECT
        CASE
            WHEN c.GenerationBatchId IS NULL OR c.IsRedeemed = 1 THEN 0
            WHEN IS_ROLEMEMBER(N'coupon_ops') = 1 THEN 0
            WHEN IS_ROLEMEMBER(N'db_owner') = 1 OR USER_NAME() = N'dbo' THEN 0
            ELSE 1
        END AS IsMasked
) AS m;
GO
