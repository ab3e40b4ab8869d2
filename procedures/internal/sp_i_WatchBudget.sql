SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Looks at the budget of an unstriped campaign after it was moved: sends the alert once,
           and deactivates the campaign when the budget is used up.
Called by: sp_i_ClaimCampaign, sp_i_ShiftCampaign, both with the stripe just written.
Locks:     L4: the caller holds the Campaigns row. L11: OutboxEvents, AuditLog.
Returns:   nothing.
Throws:    nothing of its own.
Replay:    harmless; BudgetAlertSentAt and IsActive keep the events single.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_WatchBudget
    @CampaignId nvarchar(100),
    @BudgetAmount decimal(10,2),
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @IsAlert bit = 0, @IsExhausted bit = 0, @Taken decimal(10,2);

    SELECT @Taken = k.BudgetUsed + k.BudgetReserved,
           @IsAlert = IIF(g.BudgetAlertSentAt IS NULL
                          AND (k.BudgetUsed + k.BudgetReserved) * 100
                              >= @BudgetAmount * g.BudgetAlertPercent, 1, 0),
           -- A campaign that somebody switched off stays switched off for that reason.
           @IsExhausted = IIF(k.BudgetUsed >= @BudgetAmount AND g.IsActive = 1, 1, 0)
    FROM dbo.Campaigns AS g
    INNER JOIN dbo.CampaignCounterStripes AS k ON k.CampaignId = g.CampaignId AND k.StripeNo = 0
    WHERE g.CampaignId = @CampaignId;
    IF @IsAlert = 0 AND @IsExhausted = 0
        RETURN;

    UPDATE dbo.Campaigns
    SET BudgetAlertSentAt = IIF(@IsAlert = 1, @Now, BudgetAlertSentAt),
        IsActive = IIF(@IsExhausted = 1, 0, IsActive),
        DeactivationReason = IIF(@IsExhausted = 1, N'budget_exhausted', DeactivationReason),
        UpdatedAt = IIF(@IsExhausted = 1, @Now, UpdatedAt)
    WHERE CampaignId = @CampaignId;

    EXEC dbo.sp_i_AnnounceBudget
         @CampaignId = @CampaignId, @BudgetAmount = @BudgetAmount, @Taken = @Taken,
         @IsAlert = @IsAlert, @IsExhausted = @IsExhausted, @Now = @Now;
END;
