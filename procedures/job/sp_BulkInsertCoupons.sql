SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Stores one batch of generated codes, wholly or not at all. This is the throughput path:
           the text is parsed and checked before any lock is taken; then one probe for codes that
           exist, and one INSERT.
Called by: coupon_job
Locks:     L1 (the request), L3 (the codes, present or absent, ascending), L11 inserts
Returns:   SR + InsertedCount, CollisionCount, GeneratedAmount, RemainingAmount, NextBatchNo,
           IsReplay; RS2 CouponCode of the collisions
Throws:    50001, 50002, 50004, 50005, 50006, 50008, 50100, 50102
Replay:    a batch number with the same text returns the stored counts (RS2 then lists those of its
           codes that belong to others); with another text IDEMPOTENCY_KEY_REUSED
*/
CREATE OR ALTER PROCEDURE dbo.sp_BulkInsertCoupons
    @RequestId nvarchar(200),
    @LeaseOwner nvarchar(200),
    @BatchNo int,
    @CouponsJson nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3), @ErrorCode nvarchar(50),
            @Message nvarchar(400), @LeaseSeconds int, @RequestHash varbinary(32), @Received int,
            @Distinct int, @Nameless int, @Malformed int, @LongUsers int, @BadDates int,
            @EarlyEnds int, @Inserted int, @Collisions int, @Generated int, @Remaining int,
            @IsReplay bit;
    -- The template of the codes; it never changes after the request was made.
    DECLARE @CampaignId nvarchar(100), @ExpirationDate datetime2(3), @DefaultsJson nvarchar(max),
            @CouponType nvarchar(30), @DiscountType nvarchar(20), @DiscountValue decimal(10,2),
            @MaxDiscount decimal(10,2), @MinimumOrder decimal(10,2), @MaxUses int,
            @MaxUsesPerUser int, @ValidFrom datetime2(3), @ApplicableTo nvarchar(30),
            @InternalName nvarchar(200), @IsActive bit;
    -- In the order of the codes: all batches lock in one direction and cannot deadlock.
    DECLARE @Codes TABLE (
        CouponCode nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
        AssignedTo nvarchar(200) COLLATE Latin1_General_100_BIN2 NULL,
        ExpiresAt nvarchar(40) NULL,
        INDEX IX_Codes CLUSTERED (CouponCode));
    DECLARE @Collided TABLE (
        CouponCode nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @RequestId = NULLIF(TRIM(@RequestId), N''),
           @LeaseOwner = NULLIF(TRIM(@LeaseOwner), N'');
    SELECT @LeaseSeconds = s.IntValue FROM dbo.fn_Setting(N'generation_lease_seconds') AS s;

    IF @RequestId IS NULL THROW 50001, N'ARG_REQUIRED: @RequestId', 1;
    IF @LeaseOwner IS NULL THROW 50001, N'ARG_REQUIRED: @LeaseOwner', 1;
    IF @BatchNo IS NULL THROW 50001, N'ARG_REQUIRED: @BatchNo', 1;
    IF @CouponsJson IS NULL THROW 50001, N'ARG_REQUIRED: @CouponsJson', 1;
    IF LEN(@RequestId) > 100
        THROW 50008, N'ARG_TOO_LONG: @RequestId is longer than 100 characters.', 1;
    IF LEN(@LeaseOwner) > 100
        THROW 50008, N'ARG_TOO_LONG: @LeaseOwner is longer than 100 characters.', 1;
    IF @BatchNo < 1 THROW 50002, N'ARG_OUT_OF_RANGE: @BatchNo must be 1 or more.', 1;
    IF @LeaseSeconds IS NULL THROW 50100, N'SETTING_MISSING: generation_lease_seconds', 1;

    EXEC dbo.sp_i_CheckJson
        @Json = @CouponsJson, @Parameter = N'@CouponsJson', @Shape = N'array';
    SELECT @CampaignId = g.CampaignId, @ExpirationDate = g.ExpirationDate,
           @DefaultsJson = g.CouponDefaultsJson
    FROM dbo.GenerationRequests AS g
    WHERE g.RequestId = @RequestId;
    EXEC dbo.sp_i_ReadCouponDefaults
        @DefaultsJson = @DefaultsJson, @CouponType = @CouponType OUTPUT,
        @DiscountType = @DiscountType OUTPUT, @DiscountValue = @DiscountValue OUTPUT,
        @MaxDiscountAmount = @MaxDiscount OUTPUT, @MinimumOrderAmount = @MinimumOrder OUTPUT,
        @MaxUses = @MaxUses OUTPUT, @MaxUsesPerUser = @MaxUsesPerUser OUTPUT,
        @ValidFrom = @ValidFrom OUTPUT, @ApplicableTo = @ApplicableTo OUTPUT,
        @InternalName = @InternalName OUTPUT, @IsActive = @IsActive OUTPUT;

    SET @RequestHash = HASHBYTES(N'SHA2_256', @CouponsJson);
    INSERT INTO @Codes (CouponCode, AssignedTo, ExpiresAt)
    SELECT COALESCE(j.CouponCode, N''), NULLIF(TRIM(j.AssignedTo), N''), j.ExpiresAt
    FROM OPENJSON(@CouponsJson) WITH (
        CouponCode nvarchar(200) '$.code',
        AssignedTo nvarchar(200) '$.assignedTo',
        ExpiresAt nvarchar(40) '$.expiresAt') AS j;

    SELECT @Received = COUNT(*),
           @Distinct = COUNT(DISTINCT c.CouponCode),
           @Nameless = SUM(IIF(c.CouponCode = N'', 1, 0)),
           @Malformed = SUM(IIF(LEN(c.CouponCode) NOT BETWEEN 3 AND 50
                                OR c.CouponCode LIKE N'%[^A-Z0-9_-]%', 1, 0)),
           @LongUsers = SUM(IIF(LEN(c.AssignedTo) > 100, 1, 0)),
           @BadDates = SUM(IIF(c.ExpiresAt IS NOT NULL
                               AND TRY_CAST(c.ExpiresAt AS datetime2(3)) IS NULL, 1, 0)),
           @EarlyEnds = SUM(IIF(TRY_CAST(c.ExpiresAt AS datetime2(3)) <= @ValidFrom, 1, 0))
    FROM @Codes AS c;
    IF @Received > 20000
        THROW 50004, N'ARG_BAD_JSON: @CouponsJson holds more than 20,000 codes.', 1;
    IF @Nameless > 0 THROW 50004, N'ARG_BAD_JSON: @CouponsJson has an element without code.', 1;
    IF @BadDates > 0 THROW 50004, N'ARG_BAD_JSON: @CouponsJson has an unreadable expiresAt.', 1;
    IF @Malformed > 0 THROW 50005, N'ARG_BAD_CODE: @CouponsJson has a malformed code.', 1;
    IF @LongUsers > 0 THROW 50008, N'ARG_TOO_LONG: @CouponsJson has an over-long assignedTo.', 1;
    IF @EarlyEnds > 0
        THROW 50006, N'ARG_BAD_DATES: @CouponsJson has an expiresAt before the start.', 1;

    -- Workers send distinct codes. Of others the first occurrence counts, which takes a second
    -- parse: only OPENJSON without a schema tells the position.
    IF @Distinct < @Received
    BEGIN
        DELETE FROM @Codes;
        INSERT INTO @Codes (CouponCode, AssignedTo, ExpiresAt)
        SELECT f.CouponCode, NULLIF(TRIM(f.AssignedTo), N''), f.ExpiresAt
        FROM (SELECT j.CouponCode, j.AssignedTo, j.ExpiresAt,
                     ROW_NUMBER() OVER (PARTITION BY j.CouponCode
                                        ORDER BY CAST(e.[key] AS int)) AS Occurrence
              FROM OPENJSON(@CouponsJson) AS e
              CROSS APPLY OPENJSON(e.[value]) WITH (
                  CouponCode nvarchar(200) '$.code',
                  AssignedTo nvarchar(200) '$.assignedTo',
                  ExpiresAt nvarchar(40) '$.expiresAt') AS j) AS f
        WHERE f.Occurrence = 1;
    END;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        EXEC dbo.sp_i_AdmitBatch
            @RequestId = @RequestId, @LeaseOwner = @LeaseOwner, @BatchNo = @BatchNo,
            @RequestHash = @RequestHash, @IsReplay = @IsReplay OUTPUT,
            @InsertedCount = @Inserted OUTPUT, @CollisionCount = @Collisions OUTPUT,
            @GeneratedAmount = @Generated OUTPUT, @RemainingAmount = @Remaining OUTPUT,
            @ErrorCode = @ErrorCode OUTPUT, @Message = @Message OUTPUT;

        IF @IsReplay = 1
            INSERT INTO @Collided (CouponCode)
            SELECT k.CouponCode
            FROM @Codes AS c
            JOIN dbo.Coupons AS k
                ON k.CouponCode = c.CouponCode
            WHERE k.GenerationBatchId IS NULL OR k.GenerationBatchId <> @RequestId;
        ELSE IF @ErrorCode IS NULL
        BEGIN
            -- HOLDLOCK keeps the free codes free until the commit, UPDLOCK lets one batch at a
            -- time decide about a code, FORCESEEK locks the gaps of these codes and no others.
            INSERT INTO @Collided (CouponCode)
            SELECT c.CouponCode
            FROM @Codes AS c
            WHERE EXISTS (SELECT 1
                          FROM dbo.Coupons AS k WITH (UPDLOCK, HOLDLOCK, FORCESEEK)
                          WHERE k.CouponCode = c.CouponCode);
            SET @Collisions = @@ROWCOUNT;

            SET @Now = SYSUTCDATETIME();
            INSERT INTO dbo.Coupons
                (CouponCode, CampaignId, ExpiresAt, AssignedTo, GenerationBatchId, CreatedAt,
                 CouponType, DiscountType, DiscountValue, MaxDiscountAmount, MinimumOrderAmount,
                 MaxUses, MaxUsesPerUser, ValidFrom, IsActive, InternalName, ApplicableTo,
                 CreatedBy, UpdatedAt)
            SELECT TOP (@Remaining)
                   c.CouponCode, @CampaignId,
                   COALESCE(TRY_CAST(c.ExpiresAt AS datetime2(3)), @ExpirationDate), c.AssignedTo,
                   @RequestId, @Now, @CouponType, @DiscountType, @DiscountValue, @MaxDiscount,
                   @MinimumOrder, @MaxUses, @MaxUsesPerUser, @ValidFrom, @IsActive, @InternalName,
                   @ApplicableTo, @LeaseOwner, @Now
            FROM @Codes AS c
            WHERE NOT EXISTS (SELECT 1 FROM @Collided AS x WHERE x.CouponCode = c.CouponCode);
            SELECT @Inserted = @@ROWCOUNT;
            SELECT @Generated += @Inserted, @Remaining -= @Inserted;

            UPDATE dbo.GenerationRequests
            SET GeneratedAmount += @Inserted, CollisionCount += @Collisions,
                LastBatchNo = @BatchNo, LastProgressAt = @Now, UpdatedAt = @Now,
                LeaseExpiresAt = DATEADD(SECOND, @LeaseSeconds, @Now)
            WHERE RequestId = @RequestId;
            INSERT INTO dbo.GenerationBatches
                (RequestId, BatchNo, RequestHash, ReceivedCount, InsertedCount, CollisionCount,
                 CreatedAt)
            VALUES
                (@RequestId, @BatchNo, @RequestHash, @Received, @Inserted, @Collisions, @Now);
        END;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    IF @ErrorCode IS NOT NULL
        SELECT @Inserted = NULL, @Collisions = NULL, @Generated = NULL, @Remaining = NULL,
               @BatchNo = NULL, @IsReplay = NULL;
    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, @Inserted AS InsertedCount, @Collisions AS CollisionCount,
           @Generated AS GeneratedAmount, @Remaining AS RemainingAmount,
           @BatchNo + 1 AS NextBatchNo, @IsReplay AS IsReplay;
    SELECT x.CouponCode FROM @Collided AS x ORDER BY x.CouponCode;
END;
