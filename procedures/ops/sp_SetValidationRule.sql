SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Gives a campaign or a coupon a custom rule, or with @RuleId changes one; then the owner
           may be left out, it never changes.
Called by: coupon_ops
Locks:     L3 (the coupon) or L4 (the campaign), the rule, L11 inserts
Returns:   SR + RuleId. CAMPAIGN_NOT_FOUND, COUPON_NOT_FOUND, RULE_NOT_FOUND (also when it belongs
           to another owner)
Throws:    50001, 50003, 50009, 50102; by its checks 50004, 50008, 50010
Replay:    the present values again succeed and write nothing; a new rule again is a second one
*/
CREATE OR ALTER PROCEDURE dbo.sp_SetValidationRule
    @RuleId int = NULL,
    @CouponCode nvarchar(200) = NULL,
    @CampaignId nvarchar(200) = NULL,
    @RuleType nvarchar(30),
    @ConfigJson nvarchar(max) = NULL,
    @IsActive bit = 1,
    @SortOrder smallint = 100,
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3), @ErrorCode nvarchar(50),
            @Message nvarchar(400), @CouponId bigint, @EntityType nvarchar(40),
            @EntityId nvarchar(120), @Needs nvarchar(10), @IsNew bit, @BeforeJson nvarchar(max),
            @AfterJson nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SET @Needs = IIF(@RuleId IS NULL, N'either', N'any');
    EXEC dbo.sp_i_CheckAdmin
        @Needs = @Needs, @CampaignId = @CampaignId OUTPUT, @CouponCode = @CouponCode OUTPUT,
        @Actor = @Actor OUTPUT, @CorrelationId = @CorrelationId;
    SELECT @RuleType = NULLIF(TRIM(@RuleType), N''), @ConfigJson = NULLIF(TRIM(@ConfigJson), N''),
           @IsActive = COALESCE(@IsActive, 1), @SortOrder = COALESCE(@SortOrder, 100),
           @IsNew = IIF(@RuleId IS NULL, 1, 0);
    IF @CampaignId IS NOT NULL AND @CouponCode IS NOT NULL
        THROW 50009, N'ARG_CONFLICT: @CampaignId excludes @CouponCode.', 1;
    IF @RuleType IS NULL THROW 50001, N'ARG_REQUIRED: @RuleType', 1;
    IF @RuleType COLLATE Latin1_General_100_BIN2 NOT IN (
           N'first_time_user_only', N'specific_email_domain', N'minimum_credit_balance',
           N'exclude_refunded_users', N'require_payment_method')
        THROW 50003, N'ARG_NOT_IN_LIST: @RuleType is no rule.', 1;
    EXEC dbo.sp_i_CheckRule @RuleType = @RuleType, @ConfigJson = @ConfigJson;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        -- A rule keeps its owner, which is locked before it.
        IF @RuleId IS NOT NULL AND @CampaignId IS NULL AND @CouponCode IS NULL
            SELECT @CampaignId = r.CampaignId, @CouponCode = k.CouponCode
            FROM dbo.CouponValidationRules AS r
            LEFT JOIN dbo.Coupons AS k ON k.CouponId = r.CouponId
            WHERE r.RuleId = @RuleId;
        IF @CampaignId IS NULL AND @CouponCode IS NULL
            SELECT @ErrorCode = N'RULE_NOT_FOUND',
                   @Message = CONCAT(N'Rule ', @RuleId, N' not found.');
        ELSE
            EXEC dbo.sp_i_LockOwner
                @CampaignId = @CampaignId, @CouponCode = @CouponCode,
                @CouponId = @CouponId OUTPUT, @EntityType = @EntityType OUTPUT,
                @EntityId = @EntityId OUTPUT, @ErrorCode = @ErrorCode OUTPUT,
                @Message = @Message OUTPUT;
        SET @Now = SYSUTCDATETIME();

        IF @ErrorCode IS NULL AND @IsNew = 0
        BEGIN
            EXEC dbo.sp_i_ShowRule
                @RuleId = @RuleId, @CampaignId = @CampaignId, @CouponId = @CouponId,
                @Json = @BeforeJson OUTPUT;
            IF @BeforeJson IS NULL
                SELECT @ErrorCode = N'RULE_NOT_FOUND',
                       @Message = CONCAT(N'Rule ', @RuleId, N' not found.');
        END;

        IF @ErrorCode IS NULL AND @IsNew = 1
        BEGIN
            INSERT INTO dbo.CouponValidationRules
                (CampaignId, CouponId, RuleType, ConfigJson, IsActive, SortOrder, CreatedAt,
                 CreatedBy, UpdatedAt, UpdatedBy)
            VALUES (@CampaignId, @CouponId, @RuleType, @ConfigJson, @IsActive, @SortOrder, @Now,
                    @Actor, @Now, @Actor);
            SET @RuleId = SCOPE_IDENTITY();
        END
        ELSE IF @ErrorCode IS NULL
            UPDATE r
            SET RuleType = @RuleType, ConfigJson = @ConfigJson, IsActive = @IsActive,
                SortOrder = @SortOrder, UpdatedAt = @Now, UpdatedBy = @Actor
            FROM dbo.CouponValidationRules AS r
            WHERE r.RuleId = @RuleId
              AND EXISTS (SELECT r.RuleType, r.ConfigJson COLLATE Latin1_General_100_BIN2,
                                 r.IsActive, r.SortOrder
                          EXCEPT
                          SELECT @RuleType, @ConfigJson COLLATE Latin1_General_100_BIN2, @IsActive,
                                 @SortOrder);

        IF @ErrorCode IS NULL
        BEGIN
            EXEC dbo.sp_i_ShowRule
                @RuleId = @RuleId, @CampaignId = @CampaignId, @CouponId = @CouponId,
                @Json = @AfterJson OUTPUT;
            SET @Message = N'Rule stored.';
        END;
        IF @ErrorCode IS NULL
           AND COALESCE(@BeforeJson, N'') <> @AfterJson COLLATE Latin1_General_100_BIN2
            EXEC dbo.sp_i_RecordChange
                @EntityType = @EntityType, @EntityId = @EntityId, @CouponId = @CouponId,
                @Verb = N'set_rule', @BeforeJson = @BeforeJson, @AfterJson = @AfterJson,
                @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
                @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message,
           IIF(@ErrorCode IS NULL, @RuleId, NULL) AS RuleId;
END;
