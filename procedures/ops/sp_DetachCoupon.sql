SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Detaches a coupon from a campaign that is not its home.
Called by: coupon_ops
Locks:     L3 (the coupon), L11 inserts
Returns:   SR. COUPON_NOT_FOUND, NOT_ATTACHED, HOME_CAMPAIGN
Throws:    50102; by its checks 50001, 50008
Replay:    detaching again ends as NOT_ATTACHED
*/
CREATE OR ALTER PROCEDURE dbo.sp_DetachCoupon
    @CampaignId nvarchar(200),
    @CouponCode nvarchar(200),
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
            @Message nvarchar(400) = N'Coupon detached.', @CouponId bigint, @Found bigint,
            @Home nvarchar(100), @Role nvarchar(10), @Priority smallint,
            @BeforeJson nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAdmin
        @Needs = N'both', @CampaignId = @CampaignId OUTPUT, @CouponCode = @CouponCode OUTPUT,
        @Actor = @Actor OUTPUT, @CorrelationId = @CorrelationId;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        -- As sp_AttachCoupon. A coupon that was deleted may still be detached.
        SELECT @Found = c.CouponId FROM dbo.Coupons AS c WHERE c.CouponCode = @CouponCode;
        SELECT @CouponId = c.CouponId,
               @Home = IIF(c.GenerationBatchId IS NULL, c.CampaignId, NULL)
        FROM dbo.Coupons AS c WITH (UPDLOCK, ROWLOCK)
        WHERE c.CouponId = @Found;
        SELECT @Role = a.Role, @Priority = a.Priority
        FROM dbo.CampaignCoupons AS a
        WHERE a.CampaignId = @CampaignId AND a.CouponId = @CouponId;
        SET @Now = SYSUTCDATETIME();

        IF @CouponId IS NULL
            SELECT @ErrorCode = N'COUPON_NOT_FOUND', @Message = N'Coupon code not found';
        ELSE IF @Home = @CampaignId COLLATE Latin1_General_100_BIN2
            SELECT @ErrorCode = N'HOME_CAMPAIGN',
                   @Message = CONCAT(N'Campaign ', @CampaignId, N' is the home of ', @CouponCode,
                                     N'.');
        ELSE IF @Role IS NULL
            SELECT @ErrorCode = N'NOT_ATTACHED',
                   @Message = CONCAT(N'Coupon ', @CouponCode, N' is not attached to ', @CampaignId,
                                     N'.');
        ELSE
        BEGIN
            DELETE FROM dbo.CampaignCoupons
            WHERE CampaignId = @CampaignId AND CouponId = @CouponId;
            SET @BeforeJson = (
                SELECT @CouponCode AS couponCode, @Role AS role, @Priority AS priority
                FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_RecordChange
                @EntityType = N'campaign', @EntityId = @CampaignId, @Verb = N'detach',
                @BeforeJson = @BeforeJson,
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
           @Message AS Message;
END;
