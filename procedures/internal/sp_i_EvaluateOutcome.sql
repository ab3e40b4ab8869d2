SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   What follows from the decision of an evaluation: what a refused caller is told, which
           signs of fraud the attempt shows, whether it waits for a review and whether the next one
           has to solve a captcha.
Called by: sp_i_Evaluate, after the last step.
Locks:     none of its own.
Returns:   OUTPUT parameters only.
Throws:    nothing.
Replay:    not needed; nothing is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_EvaluateOutcome
    @IsDryRun bit, @IsWhite bit, @ErrorCode nvarchar(50), @Detail nvarchar(200), @CouponId bigint,
    @CampaignId nvarchar(100), @UserId nvarchar(100), @Tier nvarchar(20),
    @ServiceType nvarchar(50), @ConsultantId nvarchar(50), @IpAddress nvarchar(45),
    @UserAgent nvarchar(500), @CountryCode nchar(2), @HomeCountry nchar(2), @IsAgentWatched bit,
    @Attempts int, @CountedAttempts int, @VelocityLimit int, @Ips int, @IpSwitchLimit int,
    @Misses int, @GuessLimit int, @LinkedUsers int, @RiskScore decimal(3,2),
    @FlagScore decimal(3,2), @ReviewScore decimal(3,2), @Failures int, @CaptchaAfter int,
    @Now datetime2(3),
    @FailedStep nvarchar(4) OUTPUT, @Message nvarchar(400) OUTPUT,
    @SuggestedCouponCode nvarchar(50) OUTPUT, @FraudJson nvarchar(max) OUTPUT,
    @NeedsReview bit OUTPUT, @RequiresCaptcha bit OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    IF @ErrorCode IS NOT NULL
        EXEC dbo.sp_i_ExplainRefusal
             @ErrorCode = @ErrorCode, @Detail = @Detail, @CouponId = @CouponId,
             @CampaignId = @CampaignId, @UserId = @UserId, @Tier = @Tier,
             @ServiceType = @ServiceType, @ConsultantId = @ConsultantId,
             @CountryCode = @CountryCode, @Now = @Now, @FailedStep = @FailedStep OUTPUT,
             @Message = @Message OUTPUT, @SuggestedCouponCode = @SuggestedCouponCode OUTPUT;

    EXEC dbo.sp_i_DetectFraud
         @IsDryRun = @IsDryRun, @IsWhite = @IsWhite, @FailedStep = @FailedStep,
         @ErrorCode = @ErrorCode, @UserId = @UserId, @IpAddress = @IpAddress,
         @UserAgent = @UserAgent, @CountryCode = @CountryCode, @HomeCountry = @HomeCountry,
         @IsAgentWatched = @IsAgentWatched, @Attempts = @Attempts,
         @CountedAttempts = @CountedAttempts, @VelocityLimit = @VelocityLimit, @Ips = @Ips,
         @IpSwitchLimit = @IpSwitchLimit, @Misses = @Misses, @GuessLimit = @GuessLimit,
         @LinkedUsers = @LinkedUsers, @RiskScore = @RiskScore, @FlagScore = @FlagScore,
         @Now = @Now, @FraudJson = @FraudJson OUTPUT;

    SELECT @NeedsReview = IIF(@RiskScore >= @ReviewScore, 1, 0),
           @RequiresCaptcha = IIF(@CaptchaAfter > 0
                                  AND @Failures + IIF(@ErrorCode IS NULL, 0, 1) >= @CaptchaAfter,
                                  1, 0);
END;
