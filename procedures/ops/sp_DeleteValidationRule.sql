SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Takes a custom rule away from its campaign or coupon.
Called by: coupon_ops
Locks:     L3 (the coupon) or L4 (the campaign), the rule, L11 inserts
Returns:   SR + RuleId. RULE_NOT_FOUND
Throws:    50001, 50102; by its checks 50008
Replay:    deleting again ends as RULE_NOT_FOUND
*/
CREATE OR ALTER PROCEDURE dbo.sp_DeleteValidationRule
    @RuleId int,
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
            @Message nvarchar(400) = N'Rule deleted.', @CampaignId nvarchar(100),
            @CouponCode nvarchar(50), @CouponId bigint, @EntityType nvarchar(40),
            @EntityId nvarchar(120), @LockError nvarchar(50), @BeforeJson nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAdmin
        @Needs = N'none', @Actor = @Actor OUTPUT, @CorrelationId = @CorrelationId;
    IF @RuleId IS NULL THROW 50001, N'ARG_REQUIRED: @RuleId', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        -- A rule keeps its owner, which is locked before it. Rules of what was deleted stay.
        SELECT @CampaignId = r.CampaignId, @CouponCode = k.CouponCode
        FROM dbo.CouponValidationRules AS r
        LEFT JOIN dbo.Coupons AS k ON k.CouponId = r.CouponId
        WHERE r.RuleId = @RuleId;
        EXEC dbo.sp_i_LockOwner
            @CampaignId = @CampaignId, @CouponCode = @CouponCode, @CouponId = @CouponId OUTPUT,
            @EntityType = @EntityType OUTPUT, @EntityId = @EntityId OUTPUT,
            @ErrorCode = @LockError OUTPUT, @Message = @Message OUTPUT;
        SET @Now = SYSUTCDATETIME();
        EXEC dbo.sp_i_ShowRule
            @RuleId = @RuleId, @CampaignId = @CampaignId, @CouponId = @CouponId,
            @Json = @BeforeJson OUTPUT;

        IF @LockError IS NOT NULL OR @BeforeJson IS NULL
            SELECT @ErrorCode = N'RULE_NOT_FOUND',
                   @Message = CONCAT(N'Rule ', @RuleId, N' not found.');
        ELSE
        BEGIN
            SET @Message = N'Rule deleted.';
            DELETE FROM dbo.CouponValidationRules WHERE RuleId = @RuleId;
            EXEC dbo.sp_i_RecordChange
                @EntityType = @EntityType, @EntityId = @EntityId, @CouponId = @CouponId,
                @Verb = N'delete_rule', @BeforeJson = @BeforeJson,
                @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
                @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;
        END;

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
