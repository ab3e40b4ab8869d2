SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Marks a moment on the timelines of reports: of one campaign, or of all. @Label is
           declared wider than its column so that 50008 can be told.
Called by: coupon_ops
Locks:     L11 inserts; the campaign is only read
Returns:   SR + MarkerId. CAMPAIGN_NOT_FOUND
Throws:    50001, 50003, 50008, 50102
Replay:    none: the same moment again is a second marker
*/
CREATE OR ALTER PROCEDURE dbo.sp_AddMarker
    @CampaignId nvarchar(200) = NULL,
    @OccurredAt datetime2(3),
    @Kind nvarchar(12),
    @Label nvarchar(400),
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3) = SYSUTCDATETIME(),
            @ErrorCode nvarchar(50), @Message nvarchar(400) = N'Marker added.', @MarkerId int,
            @EntityId nvarchar(120), @AfterJson nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAdmin
        @Needs = N'any', @CampaignId = @CampaignId OUTPUT, @Actor = @Actor OUTPUT,
        @CorrelationId = @CorrelationId;
    SELECT @Kind = NULLIF(TRIM(@Kind), N''), @Label = NULLIF(TRIM(@Label), N'');
    IF @OccurredAt IS NULL THROW 50001, N'ARG_REQUIRED: @OccurredAt', 1;
    IF @Kind IS NULL THROW 50001, N'ARG_REQUIRED: @Kind', 1;
    IF @Label IS NULL THROW 50001, N'ARG_REQUIRED: @Label', 1;
    IF @Kind COLLATE Latin1_General_100_BIN2
            NOT IN (N'launch', N'email', N'social_post', N'press', N'other')
        THROW 50003, N'ARG_NOT_IN_LIST: @Kind is no kind of marker.', 1;
    IF LEN(@Label) > 200 THROW 50008, N'ARG_TOO_LONG: @Label is longer than 200 characters.', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        IF @CampaignId IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM dbo.Campaigns AS g
                           WHERE g.CampaignId = @CampaignId AND g.DeletedAt IS NULL)
            SELECT @ErrorCode = N'CAMPAIGN_NOT_FOUND',
                   @Message = CONCAT(N'Campaign ', @CampaignId, N' not found.');
        ELSE
        BEGIN
            INSERT INTO dbo.CampaignMarkers
                (CampaignId, OccurredAt, Kind, Label, CreatedAt, CreatedBy)
            VALUES (@CampaignId, @OccurredAt, @Kind, @Label, @Now, @Actor);
            SET @MarkerId = SCOPE_IDENTITY();

            SET @EntityId = CAST(@MarkerId AS nvarchar(20));
            SET @AfterJson = (
                SELECT @CampaignId AS campaignId, @OccurredAt AS occurredAt, @Kind AS kind,
                       @Label AS label
                FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES);
            EXEC dbo.sp_i_RecordChange
                @EntityType = N'marker', @EntityId = @EntityId, @Verb = N'create',
                @AfterJson = @AfterJson,
                @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
                @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;
        END;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message,
           @MarkerId AS MarkerId;
END;
