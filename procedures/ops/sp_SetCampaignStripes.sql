SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Spreads the counters of a campaign, and of its shared coupons, over so many rows, so that
           a flash sale does not queue on one; or gathers them again. Sums and limits stay.
Called by: coupon_ops
Locks:     L3 (the coupons, ascending), L4 (the campaign), then their stripes: L3 (ascending,
           coupon by coupon), L4; L11 inserts
Returns:   SR + StripeCount
Throws:    50001, 50002, 50008, 50102
Replay:    the present number again succeeds and writes nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_SetCampaignStripes
    @CampaignId nvarchar(200),
    @StripeCount tinyint,
    @CouponStripes bit = 1,
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
            @Message nvarchar(400), @Before tinyint, @CouponId bigint, @Coupons int = 0,
            @Next int = 1, @Last int,
            @BeforeJson nvarchar(max), @AfterJson nvarchar(max), @PayloadJson nvarchar(max);
    DECLARE @Work TABLE (WorkNo int IDENTITY (1, 1) NOT NULL PRIMARY KEY, CouponId bigint NOT NULL);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @CampaignId = NULLIF(TRIM(@CampaignId), N''),
           @CouponStripes = COALESCE(@CouponStripes, 1),
           @Actor = COALESCE(NULLIF(TRIM(@Actor), N''), LEFT(ORIGINAL_LOGIN(), 100));
    IF @CampaignId IS NULL THROW 50001, N'ARG_REQUIRED: @CampaignId', 1;
    IF @StripeCount IS NULL THROW 50001, N'ARG_REQUIRED: @StripeCount', 1;
    IF LEN(@CampaignId) > 100
        THROW 50008, N'ARG_TOO_LONG: @CampaignId is longer than 100 characters.', 1;
    IF LEN(@Actor) > 100 THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;
    IF @StripeCount NOT BETWEEN 1 AND 64
        THROW 50002, N'ARG_OUT_OF_RANGE: @StripeCount must be 1 to 64.', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;
        SET @Now = SYSUTCDATETIME();

        -- Rows before stripes, as attempts lock: one that holds the row of an unstriped campaign
        -- may want a stripe of its coupon. All shared coupons, whatever their number of stripes is
        -- now: two such calls at once meet at the first of them.
        INSERT INTO @Work (CouponId)
        SELECT k.CouponId
        FROM dbo.Coupons AS k
        WHERE @CouponStripes = 1 AND k.CampaignId = @CampaignId
          AND (k.StripeCount > 1 OR k.MaxUses IS NULL OR k.MaxUses > 100)
        ORDER BY k.CouponId;
        SET @Last = @@ROWCOUNT;
        WHILE @Next <= @Last
        BEGIN
            -- UPDLOCK: what is read here is what is changed below.
            SELECT @CouponId = k.CouponId
            FROM @Work AS w
            INNER JOIN dbo.Coupons AS k WITH (UPDLOCK, ROWLOCK) ON k.CouponId = w.CouponId
            WHERE w.WorkNo = @Next;
            SET @Next += 1;
        END;
        SELECT @Before = c.StripeCount
        FROM dbo.Campaigns AS c WITH (UPDLOCK, ROWLOCK)
        WHERE c.CampaignId = @CampaignId AND c.DeletedAt IS NULL;
        IF @Before IS NULL
            SELECT @ErrorCode = N'CAMPAIGN_NOT_FOUND',
                   @Message = CONCAT(N'Campaign ', @CampaignId, N' not found.');

        -- Stripes of coupons before those of the campaign, as redemptions claim. Going back to one
        -- row takes all striped coupons along, whatever their limit has become.
        SET @Next = IIF(@ErrorCode IS NULL, 1, @Last + 1);
        WHILE @Next <= @Last
        BEGIN
            SET @CouponId = NULL;
            SELECT @CouponId = k.CouponId
            FROM @Work AS w
            INNER JOIN dbo.Coupons AS k ON k.CouponId = w.CouponId
            WHERE w.WorkNo = @Next AND k.StripeCount <> @StripeCount
              AND (@StripeCount = 1 OR k.MaxUses IS NULL OR k.MaxUses > 100);
            SET @Next += 1;
            IF @CouponId IS NULL CONTINUE;
            EXEC dbo.sp_i_StripeCoupon
                 @CouponId = @CouponId, @StripeCount = @StripeCount, @Now = @Now;
            SET @Coupons += 1;
        END;

        IF @Before <> @StripeCount
            EXEC dbo.sp_i_StripeCampaign @CampaignId = @CampaignId, @StripeCount = @StripeCount;

        IF @Before <> @StripeCount OR @Coupons > 0
        BEGIN
            UPDATE dbo.Campaigns
            SET UpdatedAt = @Now, UpdatedBy = @Actor
            WHERE CampaignId = @CampaignId;

            SET @BeforeJson = (SELECT @Before AS stripeCount
                               FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            SET @AfterJson = (SELECT @StripeCount AS stripeCount, @Coupons AS coupons
                              FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            SET @PayloadJson = (SELECT @CampaignId AS id, N'stripes' AS action, @Actor AS actor
                                FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Audit @Action = N'campaign.stripes', @EntityType = N'campaign',
                 @EntityId = @CampaignId, @BeforeJson = @BeforeJson, @AfterJson = @AfterJson,
                 @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
                 @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;
            EXEC dbo.sp_i_Enqueue @EventType = N'campaign_changed', @EntityType = N'campaign',
                 @EntityId = @CampaignId, @PayloadJson = @PayloadJson, @Now = @Now;
        END;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           COALESCE(@Message, N'Stripes set.') AS Message,
           IIF(@ErrorCode IS NULL, @StripeCount, NULL) AS StripeCount;
END;
