SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Activates or deactivates a campaign; open reservations run on unless they are to end.
Called by: coupon_ops
Locks:     L4 (the campaign; when deactivating also its stripes, ascending), L7, L11 inserts
Returns:   SR + OpenReservations (still open after the call)
Throws:    50001, 50008, 50102
Replay:    the present state again succeeds and writes nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_SetCampaignStatus
    @CampaignId nvarchar(200),
    @IsActive bit,
    @ReleaseReservations bit = 0,
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
            @Message nvarchar(400), @WasActive bit, @WasReason nvarchar(30),
            @Released int = 0, @OpenReservations int, @Action nvarchar(60),
            @BeforeJson nvarchar(max), @AfterJson nvarchar(max), @PayloadJson nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @CampaignId = NULLIF(TRIM(@CampaignId), N''),
           @Actor = COALESCE(NULLIF(TRIM(@Actor), N''), LEFT(ORIGINAL_LOGIN(), 100));

    IF @CampaignId IS NULL THROW 50001, N'ARG_REQUIRED: @CampaignId', 1;
    IF @IsActive IS NULL THROW 50001, N'ARG_REQUIRED: @IsActive', 1;
    IF LEN(@CampaignId) > 100
        THROW 50008, N'ARG_TOO_LONG: @CampaignId is longer than 100 characters.', 1;
    IF LEN(@Actor) > 100 THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        -- UPDLOCK: what is read here is what the UPDATE below changes.
        SELECT @WasActive = c.IsActive, @WasReason = c.DeactivationReason
        FROM dbo.Campaigns AS c WITH (UPDLOCK, ROWLOCK)
        WHERE c.CampaignId = @CampaignId AND c.DeletedAt IS NULL;

        -- Redemptions of a striped campaign lock a stripe, not the campaign. Locking and writing
        -- all stripes, one after the other, waits for those under way, so that no success commits
        -- after the deactivation.
        IF @WasActive = 1 AND @IsActive = 0
            EXEC dbo.sp_i_StopCampaignStripes @CampaignId = @CampaignId;

        SET @Now = SYSUTCDATETIME();
        IF @WasActive IS NULL
            SELECT @ErrorCode = N'CAMPAIGN_NOT_FOUND',
                   @Message = CONCAT(N'Campaign ', @CampaignId, N' not found.');
        ELSE IF @WasActive <> @IsActive
            UPDATE dbo.Campaigns
            SET IsActive = @IsActive, DeactivationReason = IIF(@IsActive = 1, NULL, N'manual'),
                UpdatedAt = @Now, UpdatedBy = @Actor
            WHERE CampaignId = @CampaignId;

        IF @ErrorCode IS NULL AND @ReleaseReservations = 1
            EXEC dbo.sp_i_EndHolds
                @CampaignId = @CampaignId, @Now = @Now, @Ended = @Released OUTPUT;

        IF @ErrorCode IS NULL
        BEGIN
            SELECT @OpenReservations = COUNT(*)
            FROM dbo.Reservations AS r
            WHERE r.CampaignId = @CampaignId AND r.Status = N'Reserved' AND r.CloseReason IS NULL;
            SET @Message = IIF(@IsActive = 1, N'Campaign is active.', N'Campaign is not active.');
        END;

        IF @ErrorCode IS NULL AND (@WasActive <> @IsActive OR @Released > 0)
        BEGIN
            SET @Action = IIF(@IsActive = 1, N'activate', N'deactivate');
            SET @BeforeJson = (SELECT @WasActive AS isActive, @WasReason AS deactivationReason
                               FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            SET @AfterJson = (SELECT @IsActive AS isActive, @Released AS releasedReservations
                              FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            SET @PayloadJson = (SELECT @CampaignId AS id, @Action AS action, @Actor AS actor
                                FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            SET @Action = CONCAT(N'campaign.', @Action);
            EXEC dbo.sp_i_Audit @Action = @Action, @EntityType = N'campaign',
                 @EntityId = @CampaignId, @BeforeJson = @BeforeJson, @AfterJson = @AfterJson,
                 @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
                 @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;
            EXEC dbo.sp_i_Enqueue @EventType = N'campaign_changed', @EntityType = N'campaign',
                 @EntityId = @CampaignId, @PayloadJson = @PayloadJson, @Now = @Now;
        END;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, @OpenReservations AS OpenReservations;
END;
