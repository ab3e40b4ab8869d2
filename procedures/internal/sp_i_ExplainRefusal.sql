SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   What a refused caller is told: step and message of the code, and, where the coupon is
           known, the code to offer instead.
Called by: sp_i_EvaluateOutcome; sp_i_RedeemCore, sp_i_ReserveCore for what is refused after it.
Locks:     none; see sp_i_SuggestCoupon.
Returns:   @FailedStep (as given, else that of the code), @Message, @SuggestedCouponCode.
Throws:    nothing.
Replay:    not needed; nothing is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ExplainRefusal
    @ErrorCode nvarchar(50), @Detail nvarchar(200), @CouponId bigint, @CampaignId nvarchar(100),
    @UserId nvarchar(100), @Tier nvarchar(20), @ServiceType nvarchar(50),
    @ConsultantId nvarchar(50), @CountryCode nchar(2), @Now datetime2(3),
    @FailedStep nvarchar(4) OUTPUT, @Message nvarchar(400) OUTPUT,
    @SuggestedCouponCode nvarchar(50) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    EXEC dbo.sp_i_DescribeRefusal
         @ErrorCode = @ErrorCode, @Detail = @Detail, @FailedStep = @FailedStep OUTPUT,
         @Message = @Message OUTPUT;

    IF @CouponId IS NOT NULL
        EXEC dbo.sp_i_SuggestCoupon
             @CouponId = @CouponId, @CampaignId = @CampaignId, @UserId = @UserId, @Tier = @Tier,
             @ServiceType = @ServiceType, @ConsultantId = @ConsultantId,
             @CountryCode = @CountryCode, @Now = @Now,
             @SuggestedCouponCode = @SuggestedCouponCode OUTPUT;
END;
