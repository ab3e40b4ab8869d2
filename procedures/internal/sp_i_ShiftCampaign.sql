SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Moves counters and budget of a campaign that are taken already: a held slot becomes a
           use, a slot goes back, a quote changes. On the recorded stripe; where that does not fit
           (the campaign was re-striped, or a refused budget waits elsewhere) on the lowest stripe
           that does. A conditional update that does not qualify keeps no lock. When no stripe
           alone fits although all together do, everything is brought into the lowest one.
Called by: sp_i_ShiftSlot; sp_i_QuoteHold.
Locks:     L4: Campaigns unless it is striped, CampaignCounterStripes. L11: OutboxEvents, AuditLog.
Returns:   @StripeNo, the stripe that was written; @ErrorCode CAMPAIGN_BUDGET_EXCEEDED.
Throws:    50200 the slot is not in the counters.
Replay:    none; one call, one move.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ShiftCampaign
    @CampaignId nvarchar(100),
    @Use int, @Hold int,                                   -- -1, 0 or 1 each
    @Spent decimal(10,2), @Held decimal(10,2),             -- what is added to the budget columns
    @Now datetime2(3),
    @StripeNo tinyint OUTPUT,
    @ErrorCode nvarchar(50) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @StripeCount int, @BudgetAmount decimal(10,2), @Next int = -1, @Stripes int,
            @HasGathered bit = 0, @Free decimal(12,2),
            @At int = COALESCE(@StripeNo, 0);

    SELECT @ErrorCode = NULL;
    SELECT @StripeCount = g.StripeCount FROM dbo.Campaigns AS g WHERE g.CampaignId = @CampaignId;
    -- UPDLOCK: the row is written below, and stands for its one stripe.
    IF @StripeCount = 1
        SELECT @StripeCount = g.StripeCount
        FROM dbo.Campaigns AS g WITH (UPDLOCK, ROWLOCK)
        WHERE g.CampaignId = @CampaignId;
    SELECT @StripeCount = g.StripeCount, @BudgetAmount = g.BudgetAmount
    FROM dbo.Campaigns AS g
    WHERE g.CampaignId = @CampaignId;

    WHILE 1 = 1
    BEGIN
        UPDATE dbo.CampaignCounterStripes
        SET UsedCount = UsedCount + @Use, ReservedCount = ReservedCount + @Hold,
            BudgetUsed = BudgetUsed + @Spent, BudgetReserved = BudgetReserved + @Held
        WHERE CampaignId = @CampaignId AND StripeNo = @At
          AND UsedCount + @Use >= 0 AND ReservedCount + @Hold >= 0
          AND BudgetUsed + @Spent >= 0 AND BudgetReserved + @Held >= 0
          AND (@Use + @Hold <= 0 OR StripeLimit IS NULL
               OR UsedCount + ReservedCount + @Use + @Hold <= StripeLimit)
          AND (@Spent + @Held <= 0 OR BudgetLimit IS NULL
               OR BudgetUsed + BudgetReserved + @Spent + @Held <= BudgetLimit);
        IF @@ROWCOUNT = 1
            BREAK;

        -- Nothing is held now. A campaign that became one row meanwhile is taken by its row first.
        -- UPDLOCK: the row is written below.
        IF @StripeCount > 1 AND EXISTS (SELECT 1 FROM dbo.Campaigns AS g
                                        WHERE g.CampaignId = @CampaignId AND g.StripeCount = 1)
            SELECT @StripeCount = g.StripeCount
            FROM dbo.Campaigns AS g WITH (UPDLOCK, ROWLOCK)
            WHERE g.CampaignId = @CampaignId;

        -- The recorded stripe did not fit: from the lowest on.
        SELECT @Next += 1, @Stripes = COALESCE(@Stripes, @StripeCount);
        IF @Next < @Stripes
        BEGIN
            SET @At = @Next;
            CONTINUE;
        END;
        IF @HasGathered = 1
            THROW 50200, N'INVARIANT_COUNTER: a slot is missing in the counters of its campaign.',
                  1;

        EXEC dbo.sp_i_LockCampaignStripes @CampaignId = @CampaignId;
        SELECT @Free = SUM(k.BudgetLimit - k.BudgetUsed - k.BudgetReserved)
        FROM dbo.CampaignCounterStripes AS k
        WHERE k.CampaignId = @CampaignId;
        IF @Spent + @Held > 0 AND @Free < @Spent + @Held
        BEGIN
            SET @ErrorCode = N'CAMPAIGN_BUDGET_EXCEEDED';
            RETURN;
        END;

        UPDATE k
        SET StripeLimit = IIF(k.StripeLimit IS NULL, NULL, IIF(k.StripeNo = 0, t.Uses, 0)),
            BudgetLimit = IIF(k.BudgetLimit IS NULL, NULL, IIF(k.StripeNo = 0, t.Budget, 0)),
            UsedCount = IIF(k.StripeNo = 0, t.Used, 0),
            ReservedCount = IIF(k.StripeNo = 0, t.Reserved, 0),
            BudgetUsed = IIF(k.StripeNo = 0, t.Spent, 0),
            BudgetReserved = IIF(k.StripeNo = 0, t.Held, 0)
        FROM dbo.CampaignCounterStripes AS k
        CROSS JOIN (SELECT SUM(s.StripeLimit) AS Uses, SUM(s.BudgetLimit) AS Budget,
                           SUM(s.UsedCount) AS Used, SUM(s.ReservedCount) AS Reserved,
                           SUM(s.BudgetUsed) AS Spent, SUM(s.BudgetReserved) AS Held
                    FROM dbo.CampaignCounterStripes AS s
                    WHERE s.CampaignId = @CampaignId) AS t
        WHERE k.CampaignId = @CampaignId;
        SELECT @HasGathered = 1, @At = 0, @Next = @Stripes;
    END;
    SET @StripeNo = @At;

    -- Of a striped campaign sp_RefreshCampaignCounters keeps the row. One that became a single row
    -- while this call waited for its stripe is kept here, too. A plain read tells: whoever changes
    -- the campaign holds the row's U lock and waits for stripes, so a call that holds a stripe must
    -- not ask for that lock.
    IF @StripeCount > 1
    BEGIN
        SELECT @StripeCount = g.StripeCount
        FROM dbo.Campaigns AS g
        WHERE g.CampaignId = @CampaignId;
        IF @StripeCount = 1 AND @Use <> 0
            UPDATE dbo.Campaigns
            SET CurrentRedemptions = CurrentRedemptions + @Use
            WHERE CampaignId = @CampaignId AND StripeCount = 1;
        RETURN;
    END;

    IF @Use <> 0
        UPDATE dbo.Campaigns
        SET CurrentRedemptions = CurrentRedemptions + @Use
        WHERE CampaignId = @CampaignId;
    IF @Use = 1 AND EXISTS (SELECT 1 FROM dbo.Campaigns AS g
                            WHERE g.CampaignId = @CampaignId
                              AND g.CurrentRedemptions = g.MaxTotalRedemptions)
        EXEC dbo.sp_i_AnnounceLimit @CampaignId = @CampaignId, @Now = @Now;
    IF @BudgetAmount IS NOT NULL AND (@Spent > 0 OR @Held > 0)
        EXEC dbo.sp_i_WatchBudget
             @CampaignId = @CampaignId, @BudgetAmount = @BudgetAmount, @Now = @Now;
END;
