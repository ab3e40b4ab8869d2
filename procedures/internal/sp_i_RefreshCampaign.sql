SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Brings the row of a striped campaign up to its stripes: redemptions, the budget alert,
           and the deactivation when the budget is used up.
Called by: sp_RefreshCampaignCounters.
Locks:     L4: the Campaigns row; when deactivating then all stripes. L11: OutboxEvents, AuditLog.
Returns:   @HasChanged: whether the row was behind.
Throws:    50102 no committable transaction.
Replay:    harmless; BudgetAlertSentAt and IsActive keep the events single.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_RefreshCampaign
    @CampaignId nvarchar(100),
    @HasChanged bit OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Now datetime2(3), @Stripes int, @Budget decimal(10,2), @AlertPercent int,
            @AlertSentAt datetime2(3), @IsActive bit, @Used int, @Spent decimal(10,2),
            @Held decimal(10,2), @Taken decimal(10,2), @IsAlert bit, @IsExhausted bit,
            @Limit int, @OldUsed int;

    SET @HasChanged = 0;
    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_RefreshCampaign needs a committable transaction.',
              1;

    -- UPDLOCK: read now, written below.
    SELECT @Stripes = c.StripeCount, @Budget = c.BudgetAmount,
           @AlertPercent = c.BudgetAlertPercent, @AlertSentAt = c.BudgetAlertSentAt,
           @IsActive = c.IsActive, @Limit = c.MaxTotalRedemptions,
           @OldUsed = c.CurrentRedemptions
    FROM dbo.Campaigns AS c WITH (UPDLOCK, ROWLOCK)
    WHERE c.CampaignId = @CampaignId AND c.DeletedAt IS NULL;
    IF COALESCE(@Stripes, 1) = 1
        RETURN;

    -- Read before the row is written: a claim that holds a stripe looks at the row.
    SELECT @Used = COALESCE(SUM(s.UsedCount), 0), @Spent = SUM(s.BudgetUsed),
           @Held = SUM(s.BudgetReserved)
    FROM dbo.CampaignCounterStripes AS s
    WHERE s.CampaignId = @CampaignId;
    SELECT @Now = SYSUTCDATETIME(),
           @IsAlert = IIF(@AlertSentAt IS NULL
                          AND (@Spent + @Held) * 100 >= @Budget * @AlertPercent, 1, 0),
           @IsExhausted = IIF(@IsActive = 1 AND @Spent >= @Budget, 1, 0);

    -- Stripes before row, as with every deactivation: waits for claims under way, and then knows.
    IF @IsExhausted = 1
    BEGIN
        EXEC dbo.sp_i_StopCampaignStripes @CampaignId = @CampaignId;
        SELECT @Used = SUM(s.UsedCount), @Spent = SUM(s.BudgetUsed),
               @Held = SUM(s.BudgetReserved)
        FROM dbo.CampaignCounterStripes AS s
        WHERE s.CampaignId = @CampaignId;
        SET @IsExhausted = IIF(@Spent >= @Budget, 1, 0);
    END;

    UPDATE dbo.Campaigns
    SET CurrentRedemptions = @Used,
        BudgetAlertSentAt = IIF(@IsAlert = 1, @Now, BudgetAlertSentAt),
        IsActive = IIF(@IsExhausted = 1, 0, IsActive),
        DeactivationReason = IIF(@IsExhausted = 1, N'budget_exhausted', DeactivationReason),
        UpdatedAt = IIF(@IsExhausted = 1, @Now, UpdatedAt)
    WHERE CampaignId = @CampaignId
          AND (CurrentRedemptions <> @Used OR @IsAlert = 1 OR @IsExhausted = 1);
    SET @HasChanged = @@ROWCOUNT;

    IF @OldUsed < @Limit AND @Used >= @Limit
        EXEC dbo.sp_i_AnnounceLimit @CampaignId = @CampaignId, @Now = @Now;
    SET @Taken = @Spent + @Held;
    IF @IsAlert = 1 OR @IsExhausted = 1
        EXEC dbo.sp_i_AnnounceBudget
             @CampaignId = @CampaignId, @BudgetAmount = @Budget, @Taken = @Taken,
             @IsAlert = @IsAlert, @IsExhausted = @IsExhausted, @Now = @Now;
END;
