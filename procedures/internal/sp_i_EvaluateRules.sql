SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Step S22: every active rule of the coupon and of its campaign, by SortOrder and RuleId;
           the first that is not met decides.
Called by: sp_i_Evaluate, only where the coupon or campaign has rules.
Locks:     none of its own; an attempt holds L2 to L4.
Returns:   OUTPUT parameters only.
Throws:    nothing.
Replay:    not needed; nothing is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_EvaluateRules
    @CouponId bigint, @CampaignId nvarchar(100), @UserId nvarchar(100), @Now datetime2(3),
    @FailedStep nvarchar(4) OUTPUT, @ErrorCode nvarchar(50) OUTPUT,
    @Detail nvarchar(200) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @RuleType nvarchar(30), @Minimum int, @Days int;

    WITH Rules AS (
        SELECT r.RuleId, r.RuleType, r.ConfigJson, r.SortOrder
        FROM dbo.CouponValidationRules AS r
        WHERE r.CouponId = @CouponId AND r.IsActive = 1
        UNION ALL
        SELECT r.RuleId, r.RuleType, r.ConfigJson, r.SortOrder
        FROM dbo.CouponValidationRules AS r
        WHERE r.CampaignId = @CampaignId AND r.IsActive = 1
    ),
    Parsed AS (
        SELECT r.RuleId, r.RuleType, r.ConfigJson, r.SortOrder,
               TRY_CAST(JSON_VALUE(r.ConfigJson, N'$.minimum') AS int) AS Minimum,
               TRY_CAST(JSON_VALUE(r.ConfigJson, N'$.days') AS int) AS Days
        FROM Rules AS r
    )
    SELECT TOP (1) @RuleType = r.RuleType, @Minimum = r.Minimum, @Days = r.Days
    FROM Parsed AS r
    CROSS JOIN (VALUES (@UserId)) AS u (UserId)
    LEFT OUTER JOIN dbo.UserProfiles AS p ON p.UserId = u.UserId
    LEFT OUTER JOIN dbo.UserCreditBalances AS b ON b.UserId = u.UserId
    WHERE CASE r.RuleType
              WHEN N'first_time_user_only' THEN
                  (SELECT CAST(f.IsFirstTime AS int)
                   FROM dbo.fn_IsFirstTimeUser(@UserId, @CouponId) AS f)
              -- A domain in the rule may be written in any case; the stored one is lower.
              WHEN N'specific_email_domain' THEN
                  IIF(EXISTS (SELECT 1 FROM OPENJSON(r.ConfigJson, N'$.domains') AS d
                              WHERE LOWER(d.value) COLLATE Latin1_General_100_BIN2
                                    = p.EmailDomain), 1, 0)
              WHEN N'minimum_credit_balance' THEN IIF(COALESCE(b.Amount, 0) >= r.Minimum, 1, 0)
              WHEN N'exclude_refunded_users' THEN
                  IIF(p.LastRefundAt > DATEADD(DAY, -r.Days, @Now), 0, 1)
              WHEN N'require_payment_method' THEN IIF(p.HasPaymentMethod = 1, 1, 0)
          END = 0
    ORDER BY r.SortOrder, r.RuleId;

    IF @RuleType IS NULL
        RETURN;

    SELECT @FailedStep = N'S22',
           @ErrorCode = CASE @RuleType
               WHEN N'first_time_user_only' THEN N'FIRST_TIME_USER_ONLY'
               WHEN N'specific_email_domain' THEN N'EMAIL_DOMAIN_NOT_ALLOWED'
               WHEN N'minimum_credit_balance' THEN N'MINIMUM_CREDIT_BALANCE_NOT_MET'
               WHEN N'exclude_refunded_users' THEN N'REFUNDED_USER_EXCLUDED'
               ELSE N'PAYMENT_METHOD_REQUIRED' END,
           @Detail = CASE @RuleType
               WHEN N'minimum_credit_balance' THEN CAST(@Minimum AS nvarchar(10))
               WHEN N'exclude_refunded_users' THEN CAST(@Days AS nvarchar(10)) END;
END;
