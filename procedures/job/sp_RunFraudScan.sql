SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Looks for fraud that no single attempt shows: machines that keep time, addresses of many
           users, coupons and campaigns under attack, series of e-mail addresses.
Called by: coupon_job, coupon_ops
Locks:     application lock couponry:fraud-scan; per finding one transaction with L2 of its user or
           L3 of its coupon, then L11 as sp_i_RaiseFraud
Returns:   SR + EventsRaised (new ones; those that were continued are not counted)
Throws:    50002, 50102
Replay:    a repeat within the window continues the events
*/
CREATE OR ALTER PROCEDURE dbo.sp_RunFraudScan
    @WindowMinutes int = 60
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @JobRunId bigint, @IsBusy bit,
            @Message nvarchar(400) = N'Fraud scan done.', @Raised int = 0, @Next int = 1,
            @Last int, @Merge int, @Now datetime2(3) = SYSUTCDATETIME(), @Found nvarchar(max),
            @Type nvarchar(30), @Severity nvarchar(10), @UserId nvarchar(100), @Ip nvarchar(45),
            @CouponId bigint, @Code nvarchar(50), @CampaignId nvarchar(100),
            @Details nvarchar(400), @WasMerged bit, @Error nvarchar(2000);
    DECLARE @Work TABLE (
        WorkNo int IDENTITY (1, 1) NOT NULL PRIMARY KEY,
        DetectionType nvarchar(30) NOT NULL, Severity nvarchar(10) NOT NULL,
        UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL, IpAddress nvarchar(45) NULL,
        CouponId bigint NULL, CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
        Details nvarchar(400) NOT NULL);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;
    SET @WindowMinutes = COALESCE(@WindowMinutes, 60);
    IF @WindowMinutes NOT BETWEEN 1 AND 1440
        THROW 50002, N'ARG_OUT_OF_RANGE: @WindowMinutes must be 1 to 1440.', 1;
    SET @Merge = IIF(@WindowMinutes > 60, @WindowMinutes, 60);

    BEGIN TRY
        EXEC dbo.sp_i_StartJob @JobName = N'fraud-scan', @JobRunId = @JobRunId OUTPUT,
             @IsBusy = @IsBusy OUTPUT;

        IF @IsBusy = 0
        BEGIN
            EXEC dbo.sp_i_FindFraud @WindowMinutes = @WindowMinutes, @Now = @Now,
                 @FoundJson = @Found OUTPUT;
            INSERT INTO @Work
                (DetectionType, Severity, UserId, IpAddress, CouponId, CampaignId, Details)
            SELECT j.type, j.severity, j.userId, j.ip, j.couponId, j.campaignId, j.details
            FROM OPENJSON(@Found) WITH (
                type nvarchar(30), severity nvarchar(10), userId nvarchar(100), ip nvarchar(45),
                couponId bigint, campaignId nvarchar(100), details nvarchar(400)) AS j;
        END;

        SELECT @Last = COUNT(*) FROM @Work;
        WHILE @Next <= @Last
        BEGIN
            SELECT @Type = w.DetectionType, @Severity = w.Severity, @UserId = w.UserId,
                   @Ip = w.IpAddress, @CouponId = w.CouponId, @CampaignId = w.CampaignId,
                   @Details = w.Details, @Code = NULL
            FROM @Work AS w
            WHERE w.WorkNo = @Next;
            SET @Next += 1;

            IF @Own = 1 BEGIN TRANSACTION;
            IF @UserId IS NOT NULL
                EXEC dbo.sp_i_LockUser @UserId = @UserId;
            IF @Type = N'unusual_usage_patterns'
                UPDATE dbo.Coupons SET IsFlagged = 1 WHERE CouponId = @CouponId AND IsFlagged = 0;
            SELECT @Code = k.CouponCode FROM dbo.Coupons AS k WHERE k.CouponId = @CouponId;
            SET @Now = SYSUTCDATETIME();
            EXEC dbo.sp_i_RaiseFraud
                 @DetectionType = @Type, @Severity = @Severity, @UserId = @UserId,
                 @IpAddress = @Ip, @CouponId = @CouponId, @CouponCode = @Code,
                 @CampaignId = @CampaignId, @DetailsJson = @Details, @Now = @Now,
                 @MergeMinutes = @Merge, @WasMerged = @WasMerged OUTPUT;
            IF @Own = 1 COMMIT TRANSACTION;

            SET @Raised += IIF(@WasMerged = 1, 0, 1);
        END;

        IF @IsBusy = 1
            SELECT @Message = N'Skipped';
        ELSE
            EXEC dbo.sp_i_EndJob @JobName = N'fraud-scan', @JobRunId = @JobRunId,
                 @ItemsProcessed = @Raised;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        SET @Error = CONCAT(ERROR_NUMBER(), N': ', ERROR_MESSAGE());
        EXEC dbo.sp_i_EndJob @JobName = N'fraud-scan', @JobRunId = @JobRunId,
             @Status = N'Failed', @ItemsProcessed = @Raised, @Error = @Error;
        THROW;
    END CATCH;

    SELECT CAST(1 AS bit) AS Success, CAST(NULL AS nvarchar(50)) AS ErrorCode,
           @Message AS Message, @Raised AS EventsRaised;
END;
