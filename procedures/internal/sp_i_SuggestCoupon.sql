SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Finds the code to offer instead of a refused one: the first fallback coupon attached to
           the same campaign, by Priority, that passes S04 to S17 for this user.
Called by: sp_i_ExplainRefusal, after a failure from S05 on.
Locks:     none; the candidates are read plainly.
Returns:   @SuggestedCouponCode, NULL when there is none.
Throws:    nothing.
Replay:    not needed; nothing is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_SuggestCoupon
    @CouponId bigint, @CampaignId nvarchar(100), @UserId nvarchar(100), @Tier nvarchar(20),
    @ServiceType nvarchar(50), @ConsultantId nvarchar(50), @CountryCode nchar(2),
    @Now datetime2(3), @SuggestedCouponCode nvarchar(50) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Code nvarchar(50), @Priority int = -32769, @LastId bigint = 0,
            @Id bigint, @Home nvarchar(100), @Type nvarchar(30), @CallerTier nvarchar(20),
            @HasRules bit, @Budget decimal(10,2), @Taken decimal(10,2), @Currency nchar(3),
            @Minimum decimal(10,2), @IsStackable bit, @Group nvarchar(50), @IsHeld bit,
            @Remaining int, @RemainingForUser int, @Ends datetime2(3),
            @Error nvarchar(50), @Detail nvarchar(200);

    SET @SuggestedCouponCode = NULL;
    WHILE @SuggestedCouponCode IS NULL
    BEGIN
        SET @Code = NULL;
        SELECT TOP (1) @Code = c.CouponCode, @Priority = a.Priority, @LastId = c.CouponId
        FROM dbo.CampaignCoupons AS a
        INNER JOIN dbo.Coupons AS c ON c.CouponId = a.CouponId
        WHERE a.CampaignId = @CampaignId AND a.Role = N'fallback' AND a.CouponId <> @CouponId
          AND (a.Priority > @Priority OR (a.Priority = @Priority AND a.CouponId > @LastId))
        ORDER BY a.Priority, a.CouponId;
        IF @Code IS NULL
            RETURN;

        SET @CallerTier = @Tier;
        EXEC dbo.sp_i_EvaluateCoupon
             @IsDryRun = 1, @CouponCode = @Code, @UserId = @UserId, @OrderId = NULL,
             @ServiceType = @ServiceType, @ConsultantId = @ConsultantId,
             @CountryCode = @CountryCode, @Now = @Now, @Tier = @CallerTier OUTPUT,
             @CouponId = @Id OUTPUT, @CampaignId = @Home OUTPUT, @CouponType = @Type OUTPUT,
             @HasRules = @HasRules OUTPUT, @BudgetAmount = @Budget OUTPUT,
             @BudgetTaken = @Taken OUTPUT, @CampaignCurrency = @Currency OUTPUT,
             @MinimumOrderAmount = @Minimum OUTPUT, @IsStackable = @IsStackable OUTPUT,
             @StackingGroup = @Group OUTPUT, @IsHeld = @IsHeld OUTPUT,
             @RemainingUses = @Remaining OUTPUT, @RemainingUsesForUser = @RemainingForUser OUTPUT,
             @ExpiresAt = @Ends OUTPUT, @ErrorCode = @Error OUTPUT, @Detail = @Detail OUTPUT;
        IF @Error IS NULL
            SET @SuggestedCouponCode = @Code;
    END;
END;
