SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Keeps the figures of one UTC day, by default yesterday, for the system, each campaign and
           each coupon with which something happened.
Called by: coupon_job, coupon_ops
Locks:     application lock couponry:snapshot; L11: CouponAnalyticsSnapshots, in one transaction
Returns:   SR + Rows
Throws:    50006, 50102
Replay:    a repeat writes the same rows again
*/
CREATE OR ALTER PROCEDURE dbo.sp_CreateAnalyticsSnapshot
    @SnapshotDate date = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @JobRunId bigint, @IsBusy bit, @Rows int = 0,
            @Message nvarchar(400) = N'Snapshot written.', @Now datetime2(3) = SYSUTCDATETIME(),
            @From datetime2(3), @To datetime2(3), @Moment datetime2(3), @Error nvarchar(2000);
    DECLARE @Figures TABLE (
        ScopeKind nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
        ScopeId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
        Views int NOT NULL, Attempts int NOT NULL, Successes int NOT NULL, Failures int NOT NULL,
        Reversals int NOT NULL, UniqueUsers int NOT NULL, NewUsers int NOT NULL,
        FraudEvents int NOT NULL, BlockedAttempts int NOT NULL, ActiveCoupons int NOT NULL,
        DiscountTotal decimal(14,2) NOT NULL, RevenueTotal decimal(14,2) NOT NULL,
        CashTotal decimal(14,2) NOT NULL, AvgDiscount decimal(14,2) NULL,
        AvgRiskScore decimal(3,2) NULL, ConversionRate decimal(7,4) NULL,
        PRIMARY KEY (ScopeKind, ScopeId));

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;
    SET @SnapshotDate = COALESCE(@SnapshotDate, DATEADD(DAY, -1, CAST(@Now AS date)));
    IF @SnapshotDate > CAST(@Now AS date)
        THROW 50006, N'ARG_BAD_DATES: @SnapshotDate is in the future.', 1;
    -- Coupons count as active by the end of the day, or by now while it lasts.
    SELECT @From = @SnapshotDate, @To = DATEADD(DAY, 1, CAST(@SnapshotDate AS datetime2(3)));
    SET @Moment = IIF(@To > @Now, @Now, DATEADD(MILLISECOND, -1, @To));

    BEGIN TRY
        EXEC dbo.sp_i_StartJob @JobName = N'snapshot', @JobRunId = @JobRunId OUTPUT,
             @IsBusy = @IsBusy OUTPUT;

        IF @IsBusy = 1
            SET @Message = N'Skipped';
        ELSE
        BEGIN
            INSERT INTO @Figures
                (ScopeKind, ScopeId, Views, Attempts, Successes, Failures, Reversals, UniqueUsers,
                 NewUsers, FraudEvents, BlockedAttempts, ActiveCoupons, DiscountTotal,
                 RevenueTotal, CashTotal, AvgDiscount, AvgRiskScore, ConversionRate)
            SELECT f.ScopeKind, f.ScopeId, f.Views, f.Attempts, f.Successes, f.Failures,
                   f.Reversals, f.UniqueUsers, f.NewUsers, f.FraudEvents, f.BlockedAttempts,
                   f.ActiveCoupons, f.DiscountTotal, f.RevenueTotal, f.CashTotal, f.AvgDiscount,
                   f.AvgRiskScore, f.ConversionRate
            FROM dbo.fn_PeriodFigures(@From, @To, @Moment) AS f;
            SET @Rows = @@ROWCOUNT;

            IF @Own = 1 BEGIN TRANSACTION;

            UPDATE s
            SET Views = f.Views, Attempts = f.Attempts, Successes = f.Successes,
                Failures = f.Failures, Reversals = f.Reversals, UniqueUsers = f.UniqueUsers,
                NewUsers = f.NewUsers, FraudEvents = f.FraudEvents,
                BlockedAttempts = f.BlockedAttempts, ActiveCoupons = f.ActiveCoupons,
                DiscountTotal = f.DiscountTotal, RevenueTotal = f.RevenueTotal,
                CashTotal = f.CashTotal, AvgDiscount = f.AvgDiscount,
                AvgRiskScore = f.AvgRiskScore, ConversionRate = f.ConversionRate
            FROM dbo.CouponAnalyticsSnapshots AS s
            INNER JOIN @Figures AS f ON f.ScopeKind = s.ScopeKind AND f.ScopeId = s.ScopeId
            WHERE s.SnapshotDate = @SnapshotDate;

            INSERT INTO dbo.CouponAnalyticsSnapshots
                (SnapshotDate, ScopeKind, ScopeId, Views, Attempts, Successes, Failures,
                 Reversals, UniqueUsers, NewUsers, FraudEvents, BlockedAttempts, ActiveCoupons,
                 DiscountTotal, RevenueTotal, CashTotal, AvgDiscount, AvgRiskScore,
                 ConversionRate)
            SELECT @SnapshotDate, f.ScopeKind, f.ScopeId, f.Views, f.Attempts, f.Successes,
                   f.Failures, f.Reversals, f.UniqueUsers, f.NewUsers, f.FraudEvents,
                   f.BlockedAttempts, f.ActiveCoupons, f.DiscountTotal, f.RevenueTotal,
                   f.CashTotal, f.AvgDiscount, f.AvgRiskScore, f.ConversionRate
            FROM @Figures AS f
            WHERE NOT EXISTS (SELECT 1 AS Found
                              FROM dbo.CouponAnalyticsSnapshots AS s
                              WHERE s.SnapshotDate = @SnapshotDate
                                    AND s.ScopeKind = f.ScopeKind AND s.ScopeId = f.ScopeId);

            IF @Own = 1 COMMIT TRANSACTION;
            EXEC dbo.sp_i_EndJob
                 @JobName = N'snapshot', @JobRunId = @JobRunId, @ItemsProcessed = @Rows;
        END;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        SET @Error = CONCAT(ERROR_NUMBER(), N': ', ERROR_MESSAGE());
        EXEC dbo.sp_i_EndJob @JobName = N'snapshot', @JobRunId = @JobRunId, @Status = N'Failed',
             @Error = @Error;
        THROW;
    END CATCH;

    SELECT CAST(1 AS bit) AS Success, CAST(NULL AS nvarchar(50)) AS ErrorCode,
           @Message AS Message, @Rows AS Rows;
END;
