SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Stores one batch of generated codes, wholly or not at all, counts it and extends the
           worker's lease.
Called by: coupon_job
Locks:     L1 (the request), L3 (the codes, present or absent, ascending), L11 inserts
Returns:   SR + InsertedCount, CollisionCount, GeneratedAmount, RemainingAmount, NextBatchNo,
           IsReplay; RS2 CouponCode of the collisions
Throws:    50001, 50002, 50008, 50100, 50102; by sp_i_CheckJson and sp_i_StoreCodes 50002, 50004,
           50005, 50006, 50008
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
            @Message nvarchar(400), @LeaseSeconds int, @Received int, @Inserted int,
            @Collisions int, @Generated int, @Remaining int, @IsReplay bit,
            @CollidedJson nvarchar(max), @RequestHash varbinary(32);
    -- The template of the codes; it never changes after the request was made.
    DECLARE @CampaignId nvarchar(100), @ExpirationDate datetime2(3), @DefaultsJson nvarchar(max),
            @CouponType nvarchar(30), @DiscountType nvarchar(20), @DiscountValue decimal(10,2),
            @MaxDiscount decimal(10,2), @MinimumOrder decimal(10,2), @MaxUses int,
            @MaxUsesPerUser int, @ValidFrom datetime2(3), @ApplicableTo nvarchar(30),
            @InternalName nvarchar(200), @IsActive bit;

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

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        EXEC dbo.sp_i_StoreCodes
            @RequestId = @RequestId, @LeaseOwner = @LeaseOwner, @BatchNo = @BatchNo,
            @CouponsJson = @CouponsJson, @RequestHash = @RequestHash,
            @CampaignId = @CampaignId, @ExpirationDate = @ExpirationDate,
            @CouponType = @CouponType, @DiscountType = @DiscountType,
            @DiscountValue = @DiscountValue, @MaxDiscountAmount = @MaxDiscount,
            @MinimumOrderAmount = @MinimumOrder, @MaxUses = @MaxUses,
            @MaxUsesPerUser = @MaxUsesPerUser, @ValidFrom = @ValidFrom,
            @ApplicableTo = @ApplicableTo, @InternalName = @InternalName, @IsActive = @IsActive,
            @IsReplay = @IsReplay OUTPUT, @ReceivedCount = @Received OUTPUT,
            @InsertedCount = @Inserted OUTPUT, @CollisionCount = @Collisions OUTPUT,
            @GeneratedAmount = @Generated OUTPUT, @RemainingAmount = @Remaining OUTPUT,
            @CollidedJson = @CollidedJson OUTPUT, @ErrorCode = @ErrorCode OUTPUT,
            @Message = @Message OUTPUT;

        IF @ErrorCode IS NULL AND @IsReplay = 0
        BEGIN
            SELECT @Generated += @Inserted, @Remaining -= @Inserted, @Now = SYSUTCDATETIME();
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
    SELECT x.CouponCode COLLATE Latin1_General_100_BIN2 AS CouponCode
    FROM OPENJSON(@CollidedJson) WITH (CouponCode nvarchar(200) '$.code') AS x
    ORDER BY CouponCode;
END;
