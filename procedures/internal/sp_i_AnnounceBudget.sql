SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Tells the outside world that a campaign's budget passed its alert mark, or is used up
           (and the campaign therefore inactive, which is audited).
Called by: sp_i_ClaimCampaign.
Locks:     L11: OutboxEvents, AuditLog.
Returns:   nothing.
Throws:    nothing of its own.
Replay:    none; BudgetAlertSentAt and IsActive keep the events single.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_AnnounceBudget
    @CampaignId nvarchar(100),
    @BudgetAmount decimal(10,2),
    @Taken decimal(10,2),              -- read by the caller before it wrote the row
    @IsAlert bit,
    @IsExhausted bit,
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Payload nvarchar(max);

    -- Used is what is taken of the budget, spent or held, as the alert counts it.
    SET @Payload = (SELECT @CampaignId AS campaignId, @BudgetAmount AS budget, @Taken AS used,
                           CAST(@Taken * 100 / @BudgetAmount AS decimal(10,2)) AS [percent]
                    FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);

    IF @IsAlert = 1
        EXEC dbo.sp_i_Enqueue @EventType = N'budget_alert', @EntityType = N'campaign',
             @EntityId = @CampaignId, @PayloadJson = @Payload, @Now = @Now;

    IF @IsExhausted = 1
    BEGIN
        EXEC dbo.sp_i_Enqueue @EventType = N'budget_exhausted', @EntityType = N'campaign',
             @EntityId = @CampaignId, @PayloadJson = @Payload, @Now = @Now;
        EXEC dbo.sp_i_Audit
             @Action = N'campaign.budget_exhausted', @EntityType = N'campaign',
             @EntityId = @CampaignId, @BeforeJson = N'{"isActive":true}',
             @AfterJson = N'{"isActive":false,"deactivationReason":"budget_exhausted"}',
             @Now = @Now;
    END;
END;
