SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Steps S10 to S17: audience (tier, service, consultant, country, first-time users) and
           the limits of coupon and campaign, in total and per user.
           Target rows of a coupon replace those of its campaign, kind by kind. Include rows: the
           value must match one, an unknown value fails. Exclude rows: it must match none.
           A total that is NULL here is decided by the claim (striped counters).
Called by: sp_i_Evaluate; sp_i_SuggestCoupon.
Locks:     none of its own; an attempt holds L2 to L4.
Returns:   OUTPUT parameters only.
Throws:    nothing.
Replay:    not needed; nothing is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_EvaluateEligibility
    @CouponId bigint, @CampaignId nvarchar(100), @UserId nvarchar(100),
    @Tier nvarchar(20), @ServiceType nvarchar(50), @ConsultantId nvarchar(50),
    @CountryCode nchar(2), @ApplicableTo nvarchar(30), @HasTargets bit,
    @MaxUses int, @Uses int, @MaxUsesPerUser int, @UserUses int,
    @CampaignPerUser int, @CampaignUserUses int, @CampaignLimit int, @CampaignUses int,
    @ErrorCode nvarchar(50) OUTPUT, @Detail nvarchar(200) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @BadTier int = 0, @BadService int = 0, @BadConsultant int = 0, @BadCountry int = 0,
            @BadAudience int = 0;

    IF @HasTargets = 1
        SELECT @BadTier = COALESCE(MAX(IIF(k.TargetKind = N'tier', k.Fails, 0)), 0),
               @BadService = COALESCE(MAX(IIF(k.TargetKind = N'service', k.Fails, 0)), 0),
               @BadConsultant = COALESCE(MAX(IIF(k.TargetKind = N'consultant', k.Fails, 0)), 0),
               @BadCountry = COALESCE(MAX(IIF(k.TargetKind = N'country', k.Fails, 0)), 0)
        FROM (SELECT t.TargetKind,
                     IIF(SUM(IIF(t.IsExcluded = 1, t.Matches, 0)) > 0
                         OR (SUM(IIF(t.IsExcluded = 0, 1, 0)) > 0
                             AND SUM(IIF(t.IsExcluded = 0, t.Matches, 0)) = 0), 1, 0) AS Fails
              FROM (SELECT r.TargetKind, r.IsExcluded,
                           IIF(r.TargetValue = v.TargetValue, 1, 0) AS Matches
                    FROM (SELECT t.TargetKind, t.TargetValue, t.IsExcluded
                          FROM dbo.CouponTargets AS t
                          WHERE t.CouponId = @CouponId
                          UNION ALL
                          SELECT t.TargetKind, t.TargetValue, t.IsExcluded
                          FROM dbo.CouponTargets AS t
                          WHERE t.CampaignId = @CampaignId
                            AND NOT EXISTS (SELECT 1 FROM dbo.CouponTargets AS own
                                            WHERE own.CouponId = @CouponId
                                              AND own.TargetKind = t.TargetKind)) AS r
                    INNER JOIN (VALUES (N'tier', @Tier), (N'service', @ServiceType),
                                       (N'consultant', @ConsultantId),
                                       (N'country', @CountryCode)) AS v (TargetKind, TargetValue)
                        ON v.TargetKind = r.TargetKind) AS t
              GROUP BY t.TargetKind) AS k;

    IF @ApplicableTo IN (N'book_a_meeting', N'30_for_30')
       AND COALESCE(@ServiceType, N'') COLLATE Latin1_General_100_BIN2 <> @ApplicableTo
        SET @BadService = 1;

    -- A coupon for specific consultants that names none is for nobody.
    IF @ApplicableTo = N'specific_consultants'
       AND NOT EXISTS (SELECT 1 FROM dbo.CouponTargets AS t
                       WHERE (t.CouponId = @CouponId OR t.CampaignId = @CampaignId)
                         AND t.TargetKind = N'consultant' AND t.IsExcluded = 0)
        SET @BadConsultant = 1;

    IF @ApplicableTo = N'first_time_users'
        SELECT @BadAudience = 1 - f.IsFirstTime
        FROM dbo.fn_IsFirstTimeUser(@UserId, @CouponId) AS f;

    SET @ErrorCode = CASE
        WHEN @BadTier = 1 THEN N'TIER_NOT_ELIGIBLE'
        WHEN @BadService = 1 THEN N'SERVICE_NOT_APPLICABLE'
        WHEN @BadConsultant = 1 THEN N'CONSULTANT_NOT_APPLICABLE'
        WHEN @BadCountry = 1 THEN N'COUNTRY_NOT_ELIGIBLE'
        WHEN @BadAudience = 1 THEN N'FIRST_TIME_USER_ONLY'
        WHEN @Uses >= @MaxUses THEN N'MAX_USES_REACHED'
        WHEN @UserUses >= @MaxUsesPerUser THEN N'MAX_USES_PER_USER_REACHED'
        WHEN @CampaignUserUses >= @CampaignPerUser THEN N'CAMPAIGN_USER_LIMIT_REACHED'
        WHEN @CampaignUses >= @CampaignLimit THEN N'CAMPAIGN_LIMIT_REACHED'
    END;
    SET @Detail = CASE @ErrorCode
        WHEN N'TIER_NOT_ELIGIBLE' THEN @Tier
        WHEN N'COUNTRY_NOT_ELIGIBLE' THEN COALESCE(@CountryCode, N'this country')
        WHEN N'MAX_USES_PER_USER_REACHED' THEN CAST(@MaxUsesPerUser AS nvarchar(10))
        WHEN N'CAMPAIGN_USER_LIMIT_REACHED' THEN CAST(@CampaignPerUser AS nvarchar(10))
    END;
END;
