SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Makes a new campaign like an old one: settings, limits, targets and rules, and its
           hand-made shared coupons with their descriptions, tiers, targets and rules, under new
           codes = old code + suffix. Generated, single-use and assigned codes are not copied. All
           counters are 0, the campaign is inactive; dates of coupons move by the days between both
           starts.
Called by: coupon_ops
Locks:     L3 (the new codes, whose absence is protected, ascending), L4 (the new id likewise), L11
           inserts; the old campaign is only read
Returns:   SR + CampaignId, CouponsCopied. CAMPAIGN_NOT_FOUND, CAMPAIGN_EXISTS, CODE_EXISTS (then
           nothing is written)
Throws:    50001, 50005, 50008, 50102; by its checks 50006
Replay:    cloning to an id again ends as CAMPAIGN_EXISTS and writes nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_CloneCampaign
    @SourceId nvarchar(200),
    @NewId nvarchar(200),
    @Name nvarchar(200),
    @StartDate datetime2(3),
    @EndDate datetime2(3) = NULL,
    @CodeSuffix nvarchar(200) = NULL,
    @IncludeCoupons bit = 1,
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
            @Message nvarchar(400) = N'Campaign cloned.', @CopiesJson nvarchar(max),
            @Copied int = 0, @OldStart datetime2(3), @AfterJson nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAdmin
        @Needs = N'none', @Actor = @Actor OUTPUT, @CorrelationId = @CorrelationId;
    SELECT @SourceId = NULLIF(TRIM(@SourceId), N''), @NewId = NULLIF(TRIM(@NewId), N''),
           @Name = NULLIF(TRIM(@Name), N''), @CodeSuffix = n.Code,
           @IncludeCoupons = COALESCE(@IncludeCoupons, 1)
    FROM dbo.fn_NormaliseCode(COALESCE(@CodeSuffix, N'')) AS n;
    IF @SourceId IS NULL THROW 50001, N'ARG_REQUIRED: @SourceId', 1;
    IF @NewId IS NULL THROW 50001, N'ARG_REQUIRED: @NewId', 1;
    IF LEN(@SourceId) > 100
        THROW 50008, N'ARG_TOO_LONG: @SourceId is longer than 100 characters.', 1;
    IF LEN(@NewId) > 100 THROW 50008, N'ARG_TOO_LONG: @NewId is longer than 100 characters.', 1;
    IF @NewId COLLATE Latin1_General_100_BIN2 LIKE N'%[^A-Za-z0-9._-]%'
        THROW 50005, N'ARG_BAD_CODE: @NewId takes A-Z, a-z, 0-9, dot, line and hyphen.', 1;
    IF @Name IS NULL THROW 50001, N'ARG_REQUIRED: @Name', 1;
    IF @StartDate IS NULL THROW 50001, N'ARG_REQUIRED: @StartDate', 1;
    IF @EndDate <= @StartDate
        THROW 50006, N'ARG_BAD_DATES: @EndDate must be after @StartDate.', 1;
    IF LEN(@CodeSuffix) > 10
        THROW 50008, N'ARG_TOO_LONG: @CodeSuffix is longer than 10 characters.', 1;
    IF @CodeSuffix COLLATE Latin1_General_100_BIN2 LIKE N'%[^A-Z0-9_-]%'
        THROW 50005, N'ARG_BAD_CODE: @CodeSuffix takes A-Z, 0-9, line and hyphen.', 1;
    IF @IncludeCoupons = 1
        EXEC dbo.sp_i_ListCopies
            @CampaignId = @SourceId, @CodeSuffix = @CodeSuffix, @CopiesJson = @CopiesJson OUTPUT,
            @Copies = @Copied OUTPUT;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        EXEC dbo.sp_i_AdmitCopies
            @CopiesJson = @CopiesJson, @ErrorCode = @ErrorCode OUTPUT, @Message = @Message OUTPUT;
        SELECT @OldStart = g.StartDate
        FROM dbo.Campaigns AS g
        WHERE g.CampaignId = @SourceId AND g.DeletedAt IS NULL;
        SET @Now = SYSUTCDATETIME();

        IF @OldStart IS NULL
            SELECT @ErrorCode = N'CAMPAIGN_NOT_FOUND',
                   @Message = CONCAT(N'Campaign ', @SourceId, N' not found.');
        -- HOLDLOCK keeps the id absent until the commit; UPDLOCK makes a second creator wait.
        ELSE IF EXISTS (SELECT 1 FROM dbo.Campaigns AS g WITH (UPDLOCK, HOLDLOCK)
                        WHERE g.CampaignId = @NewId)
            SELECT @ErrorCode = N'CAMPAIGN_EXISTS',
                   @Message = CONCAT(N'Campaign ', @NewId, N' exists already.');

        IF @ErrorCode IS NULL
        BEGIN
            EXEC dbo.sp_i_CopyCampaign
                @SourceId = @SourceId, @NewId = @NewId, @Name = @Name, @StartDate = @StartDate,
                @EndDate = @EndDate, @Actor = @Actor, @Now = @Now;
            EXEC dbo.sp_i_CopyCoupons
                @SourceId = @SourceId, @NewId = @NewId, @CopiesJson = @CopiesJson,
                @OldStart = @OldStart, @NewStart = @StartDate, @Actor = @Actor,
                @IpAddress = @IpAddress, @UserAgent = @UserAgent, @Reason = @Reason,
                @CorrelationId = @CorrelationId, @Now = @Now;

            EXEC dbo.sp_i_ShowCampaign @CampaignId = @NewId, @Json = @AfterJson OUTPUT;
            SET @AfterJson = JSON_MODIFY(JSON_MODIFY(@AfterJson, N'$.clonedFrom', @SourceId),
                                         N'$.couponsCopied', @Copied);
            SET @Message = N'Campaign cloned.';
            EXEC dbo.sp_i_RecordChange
                @EntityType = N'campaign', @EntityId = @NewId, @Verb = N'clone',
                @AfterJson = @AfterJson, @Actor = @Actor, @IpAddress = @IpAddress,
                @UserAgent = @UserAgent, @Reason = @Reason, @CorrelationId = @CorrelationId,
                @Now = @Now;
        END;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, IIF(@ErrorCode IS NULL, @NewId, NULL) AS CampaignId,
           IIF(@ErrorCode IS NULL, @Copied, NULL) AS CouponsCopied;
END;
