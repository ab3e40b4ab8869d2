SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   The ledger of one user, newest first, archived rows included. A page ends where the next
           one begins: @BeforeId is the last RedemptionId of the page before.
Called by: coupon_service, coupon_ops
Locks:     none
Returns:   ledger rows without address, user agent and device, + IsCounted, Source (live, archive)
Throws:    50001, 50002, 50003, 50006, 50008
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_GetUserRedemptions
    @UserId nvarchar(200),
    @Status nvarchar(10) = NULL,
    @FromUtc datetime2(3) = NULL,
    @ToUtc datetime2(3) = NULL,
    @PageSize int = 50,
    @BeforeId bigint = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SELECT @UserId = NULLIF(TRIM(@UserId), N''), @Status = NULLIF(TRIM(@Status), N''),
           @PageSize = COALESCE(@PageSize, 50);

    IF @UserId IS NULL
        THROW 50001, N'ARG_REQUIRED: @UserId is required.', 1;
    IF LEN(@UserId) > 100
        THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;
    IF @Status COLLATE Latin1_General_100_BIN2
            NOT IN (N'success', N'failed', N'reversed', N'pending')
        THROW 50003, N'ARG_NOT_IN_LIST: @Status', 1;
    IF @PageSize NOT BETWEEN 1 AND 1000
        THROW 50002, N'ARG_OUT_OF_RANGE: @PageSize must be 1 to 1000.', 1;
    IF @FromUtc > @ToUtc
        THROW 50006, N'ARG_BAD_DATES: @ToUtc is before @FromUtc.', 1;

    -- RECOMPILE: a filter that was not given costs nothing, one that was given finds its index.
    SELECT TOP (@PageSize)
           l.RedemptionId, l.CouponCode, l.UserId, l.CampaignId, l.AttemptedAt, l.Success,
           l.Status, l.FailureReason, l.FailureMessage, l.FailedStep, l.CouponId, l.ReservationId,
           l.OrderId, l.OrderAmount, l.BaseAmount, l.DiscountType, l.DiscountAmount, l.FinalAmount,
           l.CurrencyCode, l.CreditsGranted, l.CreditsApplied, l.MonthsGranted, l.LicenseId,
           l.SubscriptionId, l.UserTier, l.ServiceType, l.ConsultantId, l.CountryCode,
           l.MarketingChannel, l.UtmSource, l.UtmMedium, l.UtmCampaign, l.CompletedAt,
           l.ReversedAt, l.ReversalReason, l.UseRestored, l.RefundedAmount, l.FulfilmentStatus,
           l.FulfilledAt,
           CAST(IIF(l.Status = N'success' OR (l.Status = N'reversed' AND l.UseRestored = 0), 1, 0)
                AS bit) AS IsCounted,
           l.Source
    FROM (SELECT h.RedemptionId, h.CouponCode, h.UserId, h.CampaignId, h.AttemptedAt, h.Success,
                 h.Status, h.FailureReason, h.FailureMessage, h.FailedStep, h.CouponId,
                 h.ReservationId, h.OrderId, h.OrderAmount, h.BaseAmount, h.DiscountType,
                 h.DiscountAmount, h.FinalAmount, h.CurrencyCode, h.CreditsGranted,
                 h.CreditsApplied, h.MonthsGranted, h.LicenseId, h.SubscriptionId, h.UserTier,
                 h.ServiceType, h.ConsultantId, h.CountryCode, h.MarketingChannel, h.UtmSource,
                 h.UtmMedium, h.UtmCampaign, h.CompletedAt, h.ReversedAt, h.ReversalReason,
                 h.UseRestored, h.RefundedAmount, h.FulfilmentStatus, h.FulfilledAt,
                 N'live' AS Source
          FROM dbo.RedemptionHistory AS h
          WHERE h.UserId = @UserId
          UNION ALL
          SELECT a.RedemptionId, a.CouponCode, a.UserId, a.CampaignId, a.AttemptedAt, a.Success,
                 a.Status, a.FailureReason, a.FailureMessage, a.FailedStep, a.CouponId,
                 a.ReservationId, a.OrderId, a.OrderAmount, a.BaseAmount, a.DiscountType,
                 a.DiscountAmount, a.FinalAmount, a.CurrencyCode, a.CreditsGranted,
                 a.CreditsApplied, a.MonthsGranted, a.LicenseId, a.SubscriptionId, a.UserTier,
                 a.ServiceType, a.ConsultantId, a.CountryCode, a.MarketingChannel, a.UtmSource,
                 a.UtmMedium, a.UtmCampaign, a.CompletedAt, a.ReversedAt, a.ReversalReason,
                 a.UseRestored, a.RefundedAmount, a.FulfilmentStatus, a.FulfilledAt,
                 N'archive' AS Source
          FROM dbo.RedemptionHistoryArchive AS a
          WHERE a.UserId = @UserId) AS l
    WHERE (@Status IS NULL OR l.Status = @Status)
          AND (@FromUtc IS NULL OR l.AttemptedAt >= @FromUtc)
          AND (@ToUtc IS NULL OR l.AttemptedAt < @ToUtc)
          AND (@BeforeId IS NULL OR l.RedemptionId < @BeforeId)
    ORDER BY l.RedemptionId DESC
    OPTION (RECOMPILE);
END;
