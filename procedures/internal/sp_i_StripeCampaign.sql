SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Gives a campaign another number of counter stripes; what is used and reserved stays, as a
           sum. A limit or budget that was changed in the same transaction is spread anew.
Called by: sp_SetCampaignStripes; procedures that change limit or budget of a campaign.
Locks:     L4: the Campaigns row, then all its stripes, ascending.
Returns:   nothing.
Throws:    50102 no committable transaction.
Replay:    harmless.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_StripeCampaign
    @CampaignId nvarchar(100),
    @StripeCount int = NULL         -- NULL: as many as before
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Limit int, @Budget decimal(10,2), @Used int, @Reserved int, @Spent decimal(10,2),
            @Held decimal(10,2);

    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_StripeCampaign needs a committable transaction.', 1;

    -- UPDLOCK: read now, written below.
    SELECT @StripeCount = COALESCE(@StripeCount, c.StripeCount), @Limit = c.MaxTotalRedemptions,
           @Budget = c.BudgetAmount
    FROM dbo.Campaigns AS c WITH (UPDLOCK, ROWLOCK)
    WHERE c.CampaignId = @CampaignId;
    EXEC dbo.sp_i_LockCampaignStripes @CampaignId = @CampaignId;

    SELECT @Used = COALESCE(SUM(s.UsedCount), 0), @Reserved = COALESCE(SUM(s.ReservedCount), 0),
           @Spent = COALESCE(SUM(s.BudgetUsed), 0), @Held = COALESCE(SUM(s.BudgetReserved), 0)
    FROM dbo.CampaignCounterStripes AS s
    WHERE s.CampaignId = @CampaignId;

    EXEC dbo.sp_i_SpreadCampaign
         @CampaignId = @CampaignId, @StripeCount = @StripeCount, @Limit = @Limit,
         @Budget = @Budget, @Used = @Used, @Reserved = @Reserved, @Spent = @Spent, @Held = @Held;
    UPDATE dbo.Campaigns
    SET StripeCount = @StripeCount, CurrentRedemptions = @Used
    WHERE CampaignId = @CampaignId;
END;
