SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Brings the rows of striped coupons and campaigns up to what their stripes say: used and
           reserved, the coupon's fill, the campaign's budget alert and its deactivation when the
           budget is used up. Of unstriped rows the redemptions themselves do this.
Called by: coupon_job, coupon_ops
Locks:     application lock couponry:refresh-counters; per coupon one transaction with L3 (the
           row), per campaign one with L4 (the row, when deactivating then all stripes), L11
Returns:   SR + Refreshed (rows that were behind)
Throws:    50008, 50102
Replay:    rows that are up to date are left alone
*/
CREATE OR ALTER PROCEDURE dbo.sp_RefreshCampaignCounters
    @CampaignId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @JobRunId bigint, @IsBusy bit,
            @ErrorCode nvarchar(50), @Message nvarchar(400) = N'Counters refreshed.',
            @Refreshed int = 0, @Next int = 1, @Last int, @CouponId bigint, @Id nvarchar(100),
            @HasChanged bit, @Error nvarchar(2000);
    DECLARE @Work TABLE (
        WorkNo int IDENTITY (1, 1) NOT NULL PRIMARY KEY,
        CouponId bigint NULL,
        CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SET @CampaignId = NULLIF(TRIM(@CampaignId), N'');
    IF LEN(@CampaignId) > 100
        THROW 50008, N'ARG_TOO_LONG: @CampaignId is longer than 100 characters.', 1;

    BEGIN TRY
        EXEC dbo.sp_i_StartJob @JobName = N'refresh-counters', @JobRunId = @JobRunId OUTPUT,
             @IsBusy = @IsBusy OUTPUT;

        IF @IsBusy = 0 AND @CampaignId IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM dbo.Campaigns AS c WHERE c.CampaignId = @CampaignId)
            SELECT @ErrorCode = N'CAMPAIGN_NOT_FOUND',
                   @Message = CONCAT(N'Campaign ', @CampaignId, N' not found.');

        -- A look without lock; each row is looked at again under its own.
        IF @IsBusy = 0
            INSERT INTO @Work (CouponId, CampaignId)
            SELECT w.CouponId, w.CampaignId
            FROM (SELECT 0 AS Kind, k.CouponId, k.CampaignId
                  -- By their stripes: striped coupons are few, coupons are many.
                  FROM dbo.CouponCounterStripes AS s
                  INNER JOIN dbo.Coupons AS k ON k.CouponId = s.CouponId
                  WHERE s.StripeNo = 0 AND k.StripeCount > 1
                  UNION ALL
                  SELECT 1, NULL, c.CampaignId
                  FROM dbo.Campaigns AS c
                  WHERE c.StripeCount > 1) AS w
            WHERE @CampaignId IS NULL OR w.CampaignId = @CampaignId
            ORDER BY w.Kind, w.CouponId, w.CampaignId;

        SELECT @Last = COUNT(*) FROM @Work;
        WHILE @Next <= @Last
        BEGIN
            SELECT @CouponId = w.CouponId, @Id = w.CampaignId
            FROM @Work AS w
            WHERE w.WorkNo = @Next;
            SELECT @Next += 1, @HasChanged = 0;

            IF @Own = 1 BEGIN TRANSACTION;
            IF @CouponId IS NOT NULL
                EXEC dbo.sp_i_RefreshCoupon
                     @CouponId = @CouponId, @HasChanged = @HasChanged OUTPUT;
            ELSE
                EXEC dbo.sp_i_RefreshCampaign
                     @CampaignId = @Id, @HasChanged = @HasChanged OUTPUT;
            IF @Own = 1 COMMIT TRANSACTION;

            SET @Refreshed += @HasChanged;
        END;

        IF @IsBusy = 1
            SELECT @Message = N'Skipped', @Refreshed = 0;
        ELSE
            EXEC dbo.sp_i_EndJob @JobName = N'refresh-counters', @JobRunId = @JobRunId,
                 @ItemsProcessed = @Refreshed;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        SET @Error = CONCAT(ERROR_NUMBER(), N': ', ERROR_MESSAGE());
        EXEC dbo.sp_i_EndJob @JobName = N'refresh-counters', @JobRunId = @JobRunId,
             @Status = N'Failed', @ItemsProcessed = @Refreshed, @Error = @Error;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, IIF(@ErrorCode IS NULL, @Refreshed, NULL) AS Refreshed;
END;
