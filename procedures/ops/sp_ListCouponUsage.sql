SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   The ledger of one code, newest first, archived rows included. A page ends where the next
           one begins: @BeforeId is the last RedemptionId of the page before.
Called by: coupon_ops
Locks:     none
Returns:   ledger rows without address, user agent and device, + IsCounted, Source (live, archive)
Throws:    50001, 50002, 50003, 50006, 50008
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_ListCouponUsage
    @CouponCode nvarchar(200),
    @Status nvarchar(10) = NULL,
    @FromUtc datetime2(3) = NULL,
    @ToUtc datetime2(3) = NULL,
    @PageSize int = 50,
    @BeforeId bigint = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @CouponId bigint;

    SELECT @CouponCode = NULLIF(TRIM(@CouponCode), N''), @Status = NULLIF(TRIM(@Status), N''),
           @PageSize = COALESCE(@PageSize, 50);
    IF @CouponCode IS NULL THROW 50001, N'ARG_REQUIRED: @CouponCode', 1;
    IF LEN(@CouponCode) > 50
        THROW 50008, N'ARG_TOO_LONG: @CouponCode is longer than 50 characters.', 1;
    IF @Status COLLATE Latin1_General_100_BIN2
       NOT IN (N'success', N'failed', N'reversed', N'pending')
        THROW 50003, N'ARG_NOT_IN_LIST: @Status', 1;
    IF @PageSize NOT BETWEEN 1 AND 1000
        THROW 50002, N'ARG_OUT_OF_RANGE: @PageSize must be 1 to 1000.', 1;
    EXEC dbo.sp_i_ReadPeriod @FromUtc = @FromUtc OUTPUT, @ToUtc = @ToUtc OUTPUT;

    SELECT @CouponId = c.CouponId
    FROM dbo.fn_NormaliseCode(@CouponCode) AS n
    INNER JOIN dbo.Coupons AS c ON c.CouponCode = n.Code;

    -- RECOMPILE: a filter that was not given costs nothing.
    SELECT TOP (@PageSize)
           l.RedemptionId, l.CouponCode, l.UserId, l.CampaignId, l.AttemptedAt, l.Success,
           l.Status, l.FailureReason, l.FailureMessage, l.FailedStep, l.ReservationId, l.OrderId,
           l.OrderAmount, l.BaseAmount, l.DiscountType, l.DiscountAmount, l.FinalAmount,
           l.CurrencyCode, l.CreditsGranted, l.CreditsApplied, l.MonthsGranted, l.LicenseId,
           l.SubscriptionId, l.UserTier, l.ServiceType, l.ConsultantId, l.CountryCode,
           l.MarketingChannel, l.UtmSource, l.UtmMedium, l.UtmCampaign, l.RiskScore,
           l.ReviewStatus, l.CompletedAt, l.ReversedAt, l.ReversalReason, l.UseRestored,
           l.RefundedAmount, l.FulfilmentStatus, l.FulfilledAt, l.IsCounted, l.Source
    FROM dbo.vw_RedemptionLedger AS l
    WHERE l.CouponId = @CouponId
          AND (@Status IS NULL OR l.Status = @Status)
          AND (@FromUtc IS NULL OR l.AttemptedAt >= @FromUtc AND l.AttemptedAt < @ToUtc)
          AND (@BeforeId IS NULL OR l.RedemptionId < @BeforeId)
    ORDER BY l.RedemptionId DESC
    OPTION (RECOMPILE);
END;
