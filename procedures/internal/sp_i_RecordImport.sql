SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Carries an import out: its coupons, one audit row for the campaign and, when asked, one
           event coupons_imported.
Called by: sp_ImportCoupons, inside its transaction
Locks:     L3 held by the caller; L11 inserts
Returns:   nothing
Throws:    by sp_i_Audit 50008, 50102
Replay:    none; the caller has claimed the key
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_RecordImport
    @CampaignId nvarchar(100),
    @ReadJson nvarchar(max),
    @PlanJson nvarchar(max),
    @ActivateImmediately bit,
    @SendNotifications bit,
    @Rows int,
    @Inserted int,
    @Updated int,
    @Skipped int,
    @Actor nvarchar(200),
    @IpAddress nvarchar(45),
    @UserAgent nvarchar(500),
    @Reason nvarchar(500),
    @CorrelationId nvarchar(200)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    -- Read anew: the locks may have been waited for.
    DECLARE @Now datetime2(3) = SYSUTCDATETIME(), @AfterJson nvarchar(max),
            @PayloadJson nvarchar(max);

    EXEC dbo.sp_i_WriteImport
        @CampaignId = @CampaignId, @ReadJson = @ReadJson, @PlanJson = @PlanJson,
        @ActivateImmediately = @ActivateImmediately, @Actor = @Actor, @IpAddress = @IpAddress,
        @UserAgent = @UserAgent, @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;

    SET @AfterJson = (
        SELECT @Rows AS [rows], @Inserted AS inserted, @Updated AS updated, @Skipped AS skipped,
               @ActivateImmediately AS activated
        FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
    EXEC dbo.sp_i_Audit @Action = N'campaign.import', @EntityType = N'campaign',
         @EntityId = @CampaignId, @AfterJson = @AfterJson, @Actor = @Actor,
         @IpAddress = @IpAddress, @UserAgent = @UserAgent, @Reason = @Reason,
         @CorrelationId = @CorrelationId, @Now = @Now;

    IF @SendNotifications = 0 RETURN;

    SET @PayloadJson = (
        SELECT @CampaignId AS id, N'import' AS action, @Actor AS actor, @Inserted AS inserted,
               @Updated AS updated, @Skipped AS skipped
        FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
    EXEC dbo.sp_i_Enqueue @EventType = N'coupons_imported', @EntityType = N'campaign',
         @EntityId = @CampaignId, @PayloadJson = @PayloadJson, @Now = @Now;
END;
