SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Stores one batch of generated codes. This is the throughput path: the text is parsed and
           checked before any lock is taken; then, for a portion of codes at a time, one probe for
           those that exist and one INSERT. In portions, because a statement that holds 5,000 locks
           on an index gets the whole table instead, and the shop would wait for the batch.
Called by: sp_BulkInsertCoupons, inside its transaction, after sp_i_CheckJson
Locks:     L1 (the request), L3 (the codes, present or absent, ascending), L11 inserts
Returns:   @ErrorCode (NULL: the batch is stored), @Message, the counts, and @CollidedJson, an
           array of the codes that existed (at a replay of those that belong to others)
Throws:    50002, 50004, 50005, 50006, 50008
Replay:    a batch number with the same text gives the stored counts
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_StoreCodes
    @RequestId nvarchar(100),
    @LeaseOwner nvarchar(100),
    @BatchNo int,
    @CouponsJson nvarchar(max),
    @RequestHash varbinary(32),
    @CampaignId nvarchar(100), @ExpirationDate datetime2(3), @CouponType nvarchar(30),
    @DiscountType nvarchar(20), @DiscountValue decimal(10,2), @MaxDiscountAmount decimal(10,2),
    @MinimumOrderAmount decimal(10,2), @MaxUses int, @MaxUsesPerUser int, @ValidFrom datetime2(3),
    @ApplicableTo nvarchar(30), @InternalName nvarchar(200), @IsActive bit,
    @IsReplay bit OUTPUT, @ReceivedCount int OUTPUT, @InsertedCount int OUTPUT,
    @CollisionCount int OUTPUT, @GeneratedAmount int OUTPUT, @RemainingAmount int OUTPUT,
    @CollidedJson nvarchar(max) OUTPUT, @ErrorCode nvarchar(50) OUTPUT,
    @Message nvarchar(400) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Portion int = 2000, @From int = 0, @Now datetime2(3), @Distinct int, @Flaw int;
    -- Numbered in the order of the codes: all batches lock in one direction and cannot deadlock.
    DECLARE @Codes TABLE (
        RowNo int NOT NULL PRIMARY KEY,
        CouponCode nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
        AssignedTo nvarchar(200) COLLATE Latin1_General_100_BIN2 NULL,
        ExpiresAt datetime2(3) NULL,
        Flaw int NULL);
    DECLARE @Collided TABLE (
        CouponCode nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY);

    INSERT INTO @Codes (RowNo, CouponCode, AssignedTo, ExpiresAt, Flaw)
    SELECT ROW_NUMBER() OVER (ORDER BY j.CouponCode), j.CouponCode, j.AssignedTo, j.ExpiresAt,
           j.Flaw
    FROM dbo.fn_BatchCodes(@CouponsJson, @ValidFrom) AS j;

    SELECT @ReceivedCount = COUNT(*), @Distinct = COUNT(DISTINCT c.CouponCode),
           @Flaw = MIN(c.Flaw)
    FROM @Codes AS c;
    IF @ReceivedCount > 20000
        THROW 50004, N'ARG_BAD_JSON: @CouponsJson holds more than 20,000 codes.', 1;
    IF @Flaw = 1 THROW 50004, N'ARG_BAD_JSON: @CouponsJson has an element without code.', 1;
    IF @Flaw = 2 THROW 50004, N'ARG_BAD_JSON: @CouponsJson has an unreadable expiresAt.', 1;
    IF @Flaw = 3 THROW 50005, N'ARG_BAD_CODE: @CouponsJson has a malformed code.', 1;
    IF @Flaw = 4 THROW 50008, N'ARG_TOO_LONG: @CouponsJson has an over-long assignedTo.', 1;
    IF @Flaw = 5
        THROW 50006, N'ARG_BAD_DATES: @CouponsJson has an expiresAt before the start.', 1;

    -- Workers send distinct codes. Of others the first occurrence counts, which takes a second
    -- parse: only OPENJSON without a schema tells the position.
    IF @Distinct < @ReceivedCount
    BEGIN
        DELETE FROM @Codes;
        INSERT INTO @Codes (RowNo, CouponCode, AssignedTo, ExpiresAt)
        SELECT ROW_NUMBER() OVER (ORDER BY f.CouponCode), f.CouponCode, f.AssignedTo, f.ExpiresAt
        FROM (SELECT j.CouponCode, j.AssignedTo, j.ExpiresAt,
                     ROW_NUMBER() OVER (PARTITION BY j.CouponCode
                                        ORDER BY CAST(e.[key] AS int)) AS Occurrence
              FROM OPENJSON(@CouponsJson) AS e
              CROSS APPLY dbo.fn_BatchCodes(CONCAT(N'[', e.[value], N']'), NULL) AS j) AS f
        WHERE f.Occurrence = 1;
    END;

    EXEC dbo.sp_i_AdmitBatch
        @RequestId = @RequestId, @LeaseOwner = @LeaseOwner, @BatchNo = @BatchNo,
        @RequestHash = @RequestHash, @IsReplay = @IsReplay OUTPUT,
        @InsertedCount = @InsertedCount OUTPUT, @CollisionCount = @CollisionCount OUTPUT,
        @GeneratedAmount = @GeneratedAmount OUTPUT, @RemainingAmount = @RemainingAmount OUTPUT,
        @ErrorCode = @ErrorCode OUTPUT, @Message = @Message OUTPUT;
    IF @ErrorCode IS NOT NULL RETURN;

    IF @IsReplay = 1
        INSERT INTO @Collided (CouponCode)
        SELECT k.CouponCode
        FROM @Codes AS c
        JOIN dbo.Coupons AS k
            ON k.CouponCode = c.CouponCode
        WHERE k.GenerationBatchId IS NULL OR k.GenerationBatchId <> @RequestId;
    ELSE
        SELECT @InsertedCount = 0, @CollisionCount = 0;

    WHILE @IsReplay = 0 AND @From < @Distinct
    BEGIN
        -- HOLDLOCK keeps the free codes free until the commit, UPDLOCK lets one batch at a time
        -- decide about a code, FORCESEEK locks the gaps of these codes and no others.
        INSERT INTO @Collided (CouponCode)
        SELECT c.CouponCode
        FROM @Codes AS c
        WHERE c.RowNo > @From AND c.RowNo <= @From + @Portion
          AND EXISTS (SELECT 1
                      FROM dbo.Coupons AS k WITH (UPDLOCK, HOLDLOCK, FORCESEEK)
                      WHERE k.CouponCode = c.CouponCode);
        SET @CollisionCount += @@ROWCOUNT;

        SET @Now = SYSUTCDATETIME();
        INSERT INTO dbo.Coupons
            (CouponCode, CampaignId, ExpiresAt, AssignedTo, GenerationBatchId, CreatedAt,
             CouponType, DiscountType, DiscountValue, MaxDiscountAmount, MinimumOrderAmount,
             MaxUses, MaxUsesPerUser, ValidFrom, IsActive, InternalName, ApplicableTo, CreatedBy,
             UpdatedAt)
        SELECT TOP (@RemainingAmount - @InsertedCount)
               c.CouponCode, @CampaignId, COALESCE(c.ExpiresAt, @ExpirationDate), c.AssignedTo,
               @RequestId, @Now, @CouponType, @DiscountType, @DiscountValue, @MaxDiscountAmount,
               @MinimumOrderAmount, @MaxUses, @MaxUsesPerUser, @ValidFrom, @IsActive,
               @InternalName, @ApplicableTo, @LeaseOwner, @Now
        FROM @Codes AS c
        WHERE c.RowNo > @From AND c.RowNo <= @From + @Portion
          AND NOT EXISTS (SELECT 1 FROM @Collided AS x WHERE x.CouponCode = c.CouponCode)
        ORDER BY c.RowNo;
        SET @InsertedCount += @@ROWCOUNT;

        SET @From += @Portion;
    END;
    SET @CollidedJson = (SELECT x.CouponCode AS code FROM @Collided AS x FOR JSON PATH);
END;
