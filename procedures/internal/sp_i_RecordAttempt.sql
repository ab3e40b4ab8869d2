SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   The ledger row of an attempt, whatever came out: a refused one is failed, one that holds
           a slot (@ReservationId) is pending, any other is a success. A quote that was refused is
           not written down.
Called by: sp_i_RecordRedemption, sp_i_OpenReservation.
Locks:     L11: RedemptionHistory.
Returns:   @RedemptionId.
Throws:    nothing.
Replay:    none; UQ_RedemptionHistory_IdempotencyKey keeps one row for a key.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_RecordAttempt
    @CouponCode nvarchar(50), @UserId nvarchar(100), @IpAddress nvarchar(45),
    @UserAgent nvarchar(500), @OrderAmount decimal(10,2), @OrderId nvarchar(100),
    @CurrencyCode nchar(3), @Tier nvarchar(20), @ServiceType nvarchar(50),
    @ConsultantId nvarchar(50), @CountryCode nchar(2), @DeviceFingerprint nvarchar(128),
    @MarketingChannel nvarchar(20), @UtmSource nvarchar(100), @UtmMedium nvarchar(100),
    @UtmCampaign nvarchar(100), @IdempotencyKey nvarchar(100), @SubscriptionId bigint,
    @ReservationId bigint, @Now datetime2(3), @FailedStep nvarchar(4), @ErrorCode nvarchar(50),
    @Message nvarchar(400), @CouponId bigint, @CampaignId nvarchar(100),
    @BaseAmount decimal(10,2), @FinalAmount decimal(10,2), @DiscountType nvarchar(20),
    @DiscountAmount decimal(10,2), @CreditsGranted int, @CreditsApplied int, @MonthsGranted int,
    @RiskScore decimal(3,2), @NeedsReview bit,
    @RedemptionId bigint OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @IsAdmitted bit = IIF(@ErrorCode IS NULL, 1, 0),
            @IsSuccess bit = IIF(@ErrorCode IS NULL AND @ReservationId IS NULL, 1, 0);

    -- Attribution: the caller's, else the coupon's, else the campaign's.
    INSERT INTO dbo.RedemptionHistory
        (CouponCode, UserId, CampaignId, AttemptedAt, Success, Status, FailureReason,
         FailureMessage, FailedStep, IpAddress, UserAgent, CouponId, ReservationId, OrderId,
         OrderAmount, BaseAmount, FinalAmount, DiscountType, DiscountAmount, CurrencyCode,
         CreditsGranted, CreditsApplied, MonthsGranted, SubscriptionId, UserTier, ServiceType,
         ConsultantId, CountryCode, DeviceFingerprint, MarketingChannel, UtmSource, UtmMedium,
         UtmCampaign, RiskScore, ReviewStatus, IdempotencyKey, CompletedAt)
    SELECT @CouponCode, @UserId, @CampaignId, @Now, @IsSuccess,
           CASE WHEN @IsAdmitted = 0 THEN N'failed' WHEN @IsSuccess = 1 THEN N'success'
                ELSE N'pending' END,
           @ErrorCode, @Message, @FailedStep,
           @IpAddress, @UserAgent, @CouponId, @ReservationId, @OrderId, @OrderAmount,
           IIF(@IsAdmitted = 1, @BaseAmount, NULL),
           IIF(@IsAdmitted = 1, @FinalAmount, @OrderAmount),
           IIF(@IsAdmitted = 1, @DiscountType, NULL), IIF(@IsAdmitted = 1, @DiscountAmount, 0),
           @CurrencyCode, IIF(@IsAdmitted = 1, @CreditsGranted, 0),
           IIF(@IsAdmitted = 1, @CreditsApplied, 0), IIF(@IsAdmitted = 1, @MonthsGranted, 0),
           @SubscriptionId, @Tier, @ServiceType, @ConsultantId, @CountryCode, @DeviceFingerprint,
           COALESCE(@MarketingChannel, g.MarketingChannel),
           COALESCE(@UtmSource, c.UtmSource, g.UtmSource),
           COALESCE(@UtmMedium, c.UtmMedium, g.UtmMedium),
           COALESCE(@UtmCampaign, c.UtmCampaign, g.UtmCampaign),
           @RiskScore, IIF(@NeedsReview = 1, N'pending', N'none'), @IdempotencyKey,
           IIF(@IsSuccess = 1, @Now, NULL)
    FROM (VALUES (@CouponId)) AS v (CouponId)
    LEFT OUTER JOIN dbo.Coupons AS c ON c.CouponId = v.CouponId
    LEFT OUTER JOIN dbo.Campaigns AS g ON g.CampaignId = c.CampaignId;
    SET @RedemptionId = SCOPE_IDENTITY();
END;
