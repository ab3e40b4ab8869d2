SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Attaches a coupon to a campaign, or changes role and priority of one that is attached. A
           fallback is suggested when another code of the campaign is refused. Limits and budget of
           the coupon's home campaign alone are charged.
Called by: coupon_ops
Locks:     L3 (the coupon), L11 inserts; the campaign is only read
Returns:   SR. CAMPAIGN_NOT_FOUND, COUPON_NOT_FOUND, ALREADY_ATTACHED (with that role and priority)
Throws:    50003, 50102; by its checks 50001, 50008
Replay:    attaching again as it is ends as ALREADY_ATTACHED and writes nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_AttachCoupon
    @CampaignId nvarchar(200),
    @CouponCode nvarchar(200),
    @Role nvarchar(10) = N'secondary',
    @Priority smallint = 100,
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
            @Message nvarchar(400) = N'Coupon attached.', @CouponId bigint, @Found bigint,
            @OldRole nvarchar(10), @OldPriority smallint, @BeforeJson nvarchar(max),
            @AfterJson nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAdmin
        @Needs = N'both', @CampaignId = @CampaignId OUTPUT, @CouponCode = @CouponCode OUTPUT,
        @Actor = @Actor OUTPUT, @CorrelationId = @CorrelationId;
    SELECT @Role = COALESCE(NULLIF(TRIM(@Role), N''), N'secondary'),
           @Priority = COALESCE(@Priority, 100);
    IF @Role COLLATE Latin1_General_100_BIN2 NOT IN (N'primary', N'secondary', N'fallback')
        THROW 50003, N'ARG_NOT_IN_LIST: @Role must be primary, secondary or fallback.', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        -- Codes never change; the row is locked by its key. UPDLOCK: one attachment of a coupon
        -- at a time, so that what is read below is what is written.
        SELECT @Found = c.CouponId FROM dbo.Coupons AS c WHERE c.CouponCode = @CouponCode;
        SELECT @CouponId = c.CouponId
        FROM dbo.Coupons AS c WITH (UPDLOCK, ROWLOCK)
        WHERE c.CouponId = @Found AND c.DeletedAt IS NULL;
        SELECT @OldRole = a.Role, @OldPriority = a.Priority
        FROM dbo.CampaignCoupons AS a
        WHERE a.CampaignId = @CampaignId AND a.CouponId = @CouponId;
        SET @Now = SYSUTCDATETIME();

        IF NOT EXISTS (SELECT 1 FROM dbo.Campaigns AS g
                       WHERE g.CampaignId = @CampaignId AND g.DeletedAt IS NULL)
            SELECT @ErrorCode = N'CAMPAIGN_NOT_FOUND',
                   @Message = CONCAT(N'Campaign ', @CampaignId, N' not found.');
        ELSE IF @CouponId IS NULL
            SELECT @ErrorCode = N'COUPON_NOT_FOUND', @Message = N'Coupon code not found';
        ELSE IF @OldRole = @Role AND @OldPriority = @Priority
            SELECT @ErrorCode = N'ALREADY_ATTACHED',
                   @Message = CONCAT(N'Coupon ', @CouponCode, N' is attached as ', @Role,
                                     N' already.');
        ELSE IF @OldRole IS NULL
            INSERT INTO dbo.CampaignCoupons
                (CampaignId, CouponId, Role, Priority, AttachedAt, AttachedBy)
            VALUES (@CampaignId, @CouponId, @Role, @Priority, @Now, @Actor);
        ELSE
            UPDATE dbo.CampaignCoupons
            SET Role = @Role, Priority = @Priority
            WHERE CampaignId = @CampaignId AND CouponId = @CouponId;

        IF @ErrorCode IS NULL
        BEGIN
            SET @BeforeJson = IIF(@OldRole IS NULL, NULL, (
                SELECT @CouponCode AS couponCode, @OldRole AS role, @OldPriority AS priority
                FOR JSON PATH, WITHOUT_ARRAY_WRAPPER));
            SET @AfterJson = (
                SELECT @CouponCode AS couponCode, @Role AS role, @Priority AS priority
                FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_RecordChange
                @EntityType = N'campaign', @EntityId = @CampaignId, @Verb = N'attach',
                @BeforeJson = @BeforeJson, @AfterJson = @AfterJson,
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
