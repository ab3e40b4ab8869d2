SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Brings a deleted campaign back. It stays inactive until somebody activates it.
Called by: coupon_ops
Locks:     L4 (the campaign), L11 inserts
Returns:   SR. CAMPAIGN_NOT_FOUND
Throws:    50102; by its checks 50001, 50008
Replay:    a campaign that is not deleted succeeds and writes nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_RestoreCampaign
    @CampaignId nvarchar(200),
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3), @ErrorCode nvarchar(50),
            @Message nvarchar(400) = N'Campaign restored.', @Found bit, @DeletedAt datetime2(3),
            @BeforeJson nvarchar(max), @AfterJson nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAdmin
        @Needs = N'campaign', @CampaignId = @CampaignId OUTPUT, @Actor = @Actor OUTPUT,
        @CorrelationId = @CorrelationId;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        -- UPDLOCK: what is read here is what the UPDATE below changes.
        SELECT @Found = 1, @DeletedAt = c.DeletedAt
        FROM dbo.Campaigns AS c WITH (UPDLOCK, ROWLOCK)
        WHERE c.CampaignId = @CampaignId;

        IF @Found IS NULL
            SELECT @ErrorCode = N'CAMPAIGN_NOT_FOUND',
                   @Message = CONCAT(N'Campaign ', @CampaignId, N' not found.');
        ELSE IF @DeletedAt IS NOT NULL
        BEGIN
            SET @Now = SYSUTCDATETIME();
            EXEC dbo.sp_i_ShowCampaign @CampaignId = @CampaignId, @Json = @BeforeJson OUTPUT;
            UPDATE dbo.Campaigns
            SET DeletedAt = NULL, DeletedBy = NULL, UpdatedAt = @Now, UpdatedBy = @Actor
            WHERE CampaignId = @CampaignId;
            EXEC dbo.sp_i_ShowCampaign @CampaignId = @CampaignId, @Json = @AfterJson OUTPUT;
            EXEC dbo.sp_i_RecordChange
                @EntityType = N'campaign', @EntityId = @CampaignId, @Verb = N'restore',
                @BeforeJson = @BeforeJson, @AfterJson = @AfterJson, @Actor = @Actor,
                @IpAddress = @IpAddress, @UserAgent = @UserAgent, @Reason = @Reason,
                @CorrelationId = @CorrelationId, @Now = @Now;
        END;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message;
END;
