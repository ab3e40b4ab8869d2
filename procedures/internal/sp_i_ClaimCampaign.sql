SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Takes one use and its budget from a campaign, on the given or a random stripe, then on
           the next ones in ring order. A conditional update that does not qualify keeps no lock,
           so at most one stripe is held and nobody waits in a circle. When every stripe alone is
           too small, what is left is gathered into one; only when that does not cover the claim
           either it is refused. One stripe is a ring of one.
           Of a campaign that is not striped the row itself is kept exact as well, with the budget
           alert, the deactivation at the end of the budget, and the event of its last use.
Called by: sp_i_ClaimSlot.
Locks:     L4: the caller holds the Campaigns row unless the campaign is striped;
           CampaignCounterStripes, Campaigns. L11: OutboxEvents, AuditLog.
Returns:   @StripeNo, or @ErrorCode.
Throws:    50200 a gathered stripe refused its claim.
Replay:    none.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ClaimCampaign
    @CampaignId nvarchar(100), @StripeCount int, @Use int, @Hold int,
    @Spent decimal(10,2), @Held decimal(10,2),
    @UsesLimit int,                   -- NULL: no last use to announce
    @BudgetAmount decimal(10,2),      -- NULL: no budget to watch
    @MustBeActive bit, @Now datetime2(3),
    @StripeNo tinyint OUTPUT, @ErrorCode nvarchar(50) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Amount decimal(10,2) = @Spent + @Held, @Tries int = 0, @HasRetried bit = 0,
            @HasRow bit = 0, @Stripes int;

    SET @StripeNo = IIF(@StripeCount = 1, 0,
                        COALESCE(@StripeNo, CAST(CRYPT_GEN_RANDOM(2) AS int)) % @StripeCount);

    WHILE 1 = 1
    BEGIN
        UPDATE dbo.CampaignCounterStripes
        SET UsedCount = UsedCount + @Use, ReservedCount = ReservedCount + @Hold,
            BudgetUsed = BudgetUsed + @Spent, BudgetReserved = BudgetReserved + @Held
        WHERE CampaignId = @CampaignId AND StripeNo = @StripeNo
          AND (StripeLimit IS NULL OR UsedCount + ReservedCount < StripeLimit)
          AND (BudgetLimit IS NULL OR BudgetUsed + BudgetReserved + @Amount <= BudgetLimit);
        IF @@ROWCOUNT = 1
            BREAK;

        -- Nothing is held now. A campaign that became one row meanwhile is taken by its row first.
        IF @StripeCount > 1 AND @HasRow = 0
           AND EXISTS (SELECT 1 FROM dbo.Campaigns AS g
                       WHERE g.CampaignId = @CampaignId AND g.StripeCount = 1)
        BEGIN
            -- UPDLOCK: the row is written below.
            SELECT @HasRow = 1
            FROM dbo.Campaigns AS g WITH (UPDLOCK, ROWLOCK)
            WHERE g.CampaignId = @CampaignId;
            SELECT @Tries = 0, @StripeNo = 0;
            CONTINUE;
        END;
        SELECT @Tries += 1, @StripeNo = (@StripeNo + 1) % @StripeCount;
        IF @Tries < @StripeCount
            CONTINUE;

        -- Every stripe has refused. Once the rest is gathered the claim cannot fail again.
        EXEC dbo.sp_i_GatherCampaign
             @CampaignId = @CampaignId, @Amount = @Amount, @StripeNo = @StripeNo OUTPUT,
             @ErrorCode = @ErrorCode OUTPUT;
        IF @ErrorCode IS NOT NULL
            RETURN;
        IF @HasRetried = 1
            THROW 50200, N'INVARIANT_COUNTER: a gathered stripe refused its claim.', 1;
        SET @HasRetried = 1;
    END;

    IF @StripeCount > 1
    BEGIN
        -- The row was read without lock. A deactivation waits for this stripe before it commits;
        -- one that was faster is seen now. sp_RefreshCampaignCounters keeps the row's counter.
        -- A plain read: whoever changes the campaign holds the row's U lock and waits for stripes,
        -- so a call that holds a stripe must not ask for that lock.
        SELECT @Stripes = g.StripeCount,
               @ErrorCode = CASE WHEN @MustBeActive = 1
                                      AND (g.IsActive = 0 OR g.DeletedAt IS NOT NULL)
                                 THEN IIF(g.DeactivationReason = N'budget_exhausted',
                                          N'CAMPAIGN_BUDGET_EXHAUSTED', N'CAMPAIGN_INACTIVE') END
        FROM dbo.Campaigns AS g
        WHERE g.CampaignId = @CampaignId;
        IF @ErrorCode IS NOT NULL
            UPDATE dbo.CampaignCounterStripes
            SET UsedCount = UsedCount - @Use, ReservedCount = ReservedCount - @Hold,
                BudgetUsed = BudgetUsed - @Spent, BudgetReserved = BudgetReserved - @Held
            WHERE CampaignId = @CampaignId AND StripeNo = @StripeNo;
        ELSE IF @Stripes = 1 AND @Use = 1
            -- Became one row while this call waited for its stripe: then the row is to be exact.
            UPDATE dbo.Campaigns
            SET CurrentRedemptions = CurrentRedemptions + 1
            WHERE CampaignId = @CampaignId AND StripeCount = 1;
        RETURN;
    END;

    -- The campaign row is locked, so the stripe that was just written is the whole campaign.
    IF @Use = 1
        UPDATE dbo.Campaigns
        SET CurrentRedemptions = CurrentRedemptions + 1
        WHERE CampaignId = @CampaignId;
    IF @Use = 1 AND @UsesLimit IS NOT NULL
       AND EXISTS (SELECT 1 FROM dbo.Campaigns AS g
                   WHERE g.CampaignId = @CampaignId
                     AND g.CurrentRedemptions = g.MaxTotalRedemptions)
        EXEC dbo.sp_i_AnnounceLimit @CampaignId = @CampaignId, @Now = @Now;
    IF @BudgetAmount IS NOT NULL
        EXEC dbo.sp_i_WatchBudget
             @CampaignId = @CampaignId, @BudgetAmount = @BudgetAmount, @Now = @Now;
END;
