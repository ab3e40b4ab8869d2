SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Recounts one campaign and its budget from the ledger, live and archived, and its open
           reservations, and stores what it found, at most the limits.
Called by: sp_ReconcileCounters.
Locks:     L4: the Campaigns row, then all its stripes. L11: OutboxEvents, AuditLog.
Returns:   @RowsJson as sp_i_ReconcileCoupon.
Throws:    50102 no committable transaction.
Replay:    harmless.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ReconcileCampaign
    @CampaignId nvarchar(100),
    @Fix bit,
    @RowsJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Now datetime2(3), @Stripes int, @Limit int, @Budget decimal(10,2), @StoredRow int,
            @StoredUsed int, @StoredReserved int, @StoredSpent decimal(10,2),
            @StoredHeld decimal(10,2), @Used int, @Reserved int, @Spent decimal(10,2),
            @Held decimal(10,2), @KeptUsed int, @KeptReserved int, @KeptSpent decimal(10,2),
            @KeptHeld decimal(10,2);

    SET @RowsJson = NULL;
    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_ReconcileCampaign needs a committable transaction.',
              1;

    -- UPDLOCK: read now, written below.
    SELECT @Stripes = c.StripeCount
    FROM dbo.Campaigns AS c WITH (UPDLOCK, ROWLOCK)
    WHERE c.CampaignId = @CampaignId;
    IF @Stripes IS NULL
        RETURN;
    EXEC dbo.sp_i_LockCampaignStripes @CampaignId = @CampaignId;

    SELECT @Limit = c.MaxTotalRedemptions, @Budget = c.BudgetAmount,
           @StoredRow = c.CurrentRedemptions
    FROM dbo.Campaigns AS c
    WHERE c.CampaignId = @CampaignId;
    SELECT @StoredUsed = COALESCE(SUM(s.UsedCount), 0),
           @StoredReserved = COALESCE(SUM(s.ReservedCount), 0),
           @StoredSpent = COALESCE(SUM(s.BudgetUsed), 0),
           @StoredHeld = COALESCE(SUM(s.BudgetReserved), 0)
    FROM dbo.CampaignCounterStripes AS s
    WHERE s.CampaignId = @CampaignId;

    SELECT @Used = COUNT(*), @Spent = COALESCE(SUM(l.DiscountAmount), 0)
    FROM dbo.vw_RedemptionLedger AS l
    WHERE l.CampaignId = @CampaignId AND l.IsCounted = 1;
    SELECT @Reserved = COUNT(*), @Held = COALESCE(SUM(r.DiscountAmount), 0)
    FROM dbo.Reservations AS r
    WHERE r.CampaignId = @CampaignId AND r.Status = N'Reserved';

    SELECT @Now = SYSUTCDATETIME(), @KeptUsed = IIF(@Used > @Limit, @Limit, @Used),
           @KeptSpent = IIF(@Spent > @Budget, @Budget, @Spent);
    SELECT @KeptReserved = IIF(@Reserved > @Limit - @KeptUsed, @Limit - @KeptUsed, @Reserved),
           @KeptHeld = IIF(@Held > @Budget - @KeptSpent, @Budget - @KeptSpent, @Held);
    -- The row of a striped campaign follows its stripes once a minute: no drift.
    SET @RowsJson = (SELECT v.CounterName AS [counter], v.Stored AS stored, v.Actual AS actual,
                            v.Kept AS kept
                     FROM (VALUES
                         (N'UsedCount', CAST(@StoredUsed AS decimal(14,2)),
                          CAST(@Used AS decimal(14,2)), CAST(@KeptUsed AS decimal(14,2))),
                         (N'ReservedCount', @StoredReserved, @Reserved, @KeptReserved),
                         (N'BudgetUsed', @StoredSpent, @Spent, @KeptSpent),
                         (N'BudgetReserved', @StoredHeld, @Held, @KeptHeld),
                         (N'CurrentRedemptions', @StoredRow,
                          IIF(@Stripes = 1, @Used, @StoredRow),
                          IIF(@Stripes = 1, @KeptUsed, @StoredRow))
                         ) AS v(CounterName, Stored, Actual, Kept)
                     WHERE v.Stored <> v.Actual
                     FOR JSON PATH);
    IF @RowsJson IS NULL OR @Fix = 0
        RETURN;

    EXEC dbo.sp_i_SpreadCampaign
         @CampaignId = @CampaignId, @StripeCount = @Stripes, @Limit = @Limit, @Budget = @Budget,
         @Used = @KeptUsed, @Reserved = @KeptReserved, @Spent = @KeptSpent, @Held = @KeptHeld;
    UPDATE dbo.Campaigns
    SET CurrentRedemptions = @KeptUsed
    WHERE CampaignId = @CampaignId;
    -- The budget may turn out to be used up. Of striped campaigns the refresh finds out.
    IF @Stripes = 1 AND @Budget IS NOT NULL
        EXEC dbo.sp_i_WatchBudget @CampaignId = @CampaignId, @BudgetAmount = @Budget, @Now = @Now;
END;
