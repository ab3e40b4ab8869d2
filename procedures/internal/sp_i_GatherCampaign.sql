SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Makes room for a claim that no single stripe of a campaign can take, although all
           together could: moves what is free, uses and budget, into one stripe. Missing stripes of
           a campaign are made. The sums stay what they were, so the limits stay exact.
Called by: sp_i_ClaimCampaign, holding no stripe.
Locks:     L4: all CampaignCounterStripes of the campaign, ascending.
Returns:   @StripeNo to claim on, or @ErrorCode when the campaign is used up.
Throws:    nothing.
Replay:    none; gathering twice changes nothing more.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_GatherCampaign
    @CampaignId nvarchar(100), @Amount decimal(10,2),
    @StripeNo tinyint OUTPUT, @ErrorCode nvarchar(50) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Stripes int, @FreeUses int, @FreeBudget decimal(10,2), @Count tinyint, @Limit int,
            @Budget decimal(10,2);

    -- A look without lock: a campaign that is used up is refused without disturbing anybody.
    SELECT @Stripes = COUNT(*), @FreeUses = SUM(StripeLimit - UsedCount - ReservedCount),
           @FreeBudget = SUM(BudgetLimit - BudgetUsed - BudgetReserved)
    FROM dbo.CampaignCounterStripes
    WHERE CampaignId = @CampaignId;

    IF @Stripes = 0
    BEGIN
        -- The lock keeps two first claims from making the stripes twice.
        SELECT @Count = g.StripeCount, @Limit = g.MaxTotalRedemptions, @Budget = g.BudgetAmount
        FROM dbo.Campaigns AS g WITH (UPDLOCK, ROWLOCK)
        WHERE g.CampaignId = @CampaignId;
        IF NOT EXISTS (SELECT 1 FROM dbo.CampaignCounterStripes WHERE CampaignId = @CampaignId)
            EXEC dbo.sp_i_MakeStripes @CampaignId = @CampaignId, @StripeCount = @Count,
                 @Limit = @Limit, @Budget = @Budget;
        SELECT @FreeUses = @Limit, @FreeBudget = @Budget;
    END;

    -- NULL means no limit, and is never short.
    SET @ErrorCode = CASE WHEN @FreeUses < 1 THEN N'CAMPAIGN_LIMIT_REACHED'
                          WHEN @FreeBudget < @Amount THEN N'CAMPAIGN_BUDGET_EXCEEDED' END;
    IF @ErrorCode IS NOT NULL
        RETURN;

    EXEC dbo.sp_i_LockCampaignStripes @CampaignId = @CampaignId;

    -- The number of stripes may have changed since the caller chose one.
    IF NOT EXISTS (SELECT 1
                   FROM dbo.CampaignCounterStripes AS k
                   WHERE k.CampaignId = @CampaignId AND k.StripeNo = @StripeNo)
        SET @StripeNo = 0;

    SELECT @FreeUses = SUM(StripeLimit - UsedCount - ReservedCount),
           @FreeBudget = SUM(BudgetLimit - BudgetUsed - BudgetReserved)
    FROM dbo.CampaignCounterStripes
    WHERE CampaignId = @CampaignId;
    SET @ErrorCode = CASE WHEN @FreeUses < 1 THEN N'CAMPAIGN_LIMIT_REACHED'
                          WHEN @FreeBudget < @Amount THEN N'CAMPAIGN_BUDGET_EXCEEDED' END;
    IF @ErrorCode IS NOT NULL
        RETURN;

    UPDATE dbo.CampaignCounterStripes
    SET StripeLimit = IIF(StripeLimit IS NULL, NULL,
                          UsedCount + ReservedCount + IIF(StripeNo = @StripeNo, @FreeUses, 0)),
        BudgetLimit = IIF(BudgetLimit IS NULL, NULL,
                          BudgetUsed + BudgetReserved + IIF(StripeNo = @StripeNo, @FreeBudget, 0))
    WHERE CampaignId = @CampaignId;
END;
