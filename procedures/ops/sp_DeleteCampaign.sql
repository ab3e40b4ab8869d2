SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Deletes a campaign softly: its codes stop, its ledger stays, its id is not given again.
           Without @Confirm it only tells what is concerned. Open reservations run on, or are
           marked for the next sweep to give their slots back.
Called by: coupon_ops
Locks:     L4 (the campaign, then all its stripes), L7, L11 inserts
Returns:   SR + Coupons, Redemptions (filled also with CONFIRMATION_REQUIRED). CAMPAIGN_NOT_FOUND
Throws:    50102; by its checks 50001, 50008
Replay:    a deleted campaign again succeeds and writes nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_DeleteCampaign
    @CampaignId nvarchar(200),
    @ReleaseReservations bit = 0,
    @Confirm bit = 0,
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
            @Message nvarchar(400) = N'Campaign deleted.', @Found bit, @DeletedAt datetime2(3),
            @Coupons int, @Redemptions int, @Ended int = 0, @BeforeJson nvarchar(max),
            @AfterJson nvarchar(max);

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
        ELSE
        BEGIN
            SELECT @Coupons = COUNT(*)
            FROM dbo.Coupons AS k
            WHERE k.CampaignId = @CampaignId AND k.DeletedAt IS NULL;
            SELECT @Redemptions = n.UsedCount FROM dbo.fn_CampaignCounters(@CampaignId) AS n;
        END;

        IF @ErrorCode IS NULL AND @DeletedAt IS NULL AND COALESCE(@Confirm, 0) = 0
            SELECT @ErrorCode = N'CONFIRMATION_REQUIRED',
                   @Message = CONCAT(@Coupons, N' coupons stop, ', @Redemptions,
                                     N' redemptions are kept. Repeat with @Confirm = 1.');
        ELSE IF @ErrorCode IS NULL AND @DeletedAt IS NULL
        BEGIN
            EXEC dbo.sp_i_ShowCampaign @CampaignId = @CampaignId, @Json = @BeforeJson OUTPUT;

            -- Stripes before the row, as in a deactivation: no success commits after this.
            EXEC dbo.sp_i_StopCampaignStripes @CampaignId = @CampaignId;
            SET @Now = SYSUTCDATETIME();
            UPDATE dbo.Campaigns
            SET DeletedAt = @Now, DeletedBy = @Actor, IsActive = 0,
                DeactivationReason = COALESCE(DeactivationReason, N'manual'), UpdatedAt = @Now,
                UpdatedBy = @Actor
            WHERE CampaignId = @CampaignId;
            IF @ReleaseReservations = 1
                EXEC dbo.sp_i_EndHolds
                    @CampaignId = @CampaignId, @Now = @Now, @Ended = @Ended OUTPUT;

            EXEC dbo.sp_i_ShowCampaign @CampaignId = @CampaignId, @Json = @AfterJson OUTPUT;
            SET @AfterJson = JSON_MODIFY(@AfterJson, N'$.releasedReservations', @Ended);
            EXEC dbo.sp_i_RecordChange
                @EntityType = N'campaign', @EntityId = @CampaignId, @Verb = N'delete',
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
           @Message AS Message, @Coupons AS Coupons, @Redemptions AS Redemptions;
END;
