SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Decides what an import does with each row: insert, update, skip or error. With @Hold = 1
           what it decides on stays until the commit: coupons to be changed are locked one by one in
           ascending order, each with its stripes, and new codes are kept absent. The codes are
           probed in portions: one statement with thousands of key locks would lock the whole table.
Called by: sp_ImportCoupons; with @Hold = 1 inside its transaction
Locks:     with @Hold = 1: L3 (existing coupons ascending, each with its stripes; then the codes
           that are new, ascending)
Returns:   @PlanJson: the rows of @ReadJson with couponId and action; the five counts
Throws:    nothing of its own
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_PlanImport
    @CampaignId nvarchar(100),
    @ReadJson nvarchar(max),
    @SkipDuplicates bit,
    @UpdateExisting bit,
    @Hold bit,
    @PlanJson nvarchar(max) OUTPUT,
    @RowCount int OUTPUT,
    @Inserted int OUTPUT,
    @Updated int OUTPUT,
    @Skipped int OUTPUT,
    @Errors int OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Rows TABLE (
        RowNo int NOT NULL PRIMARY KEY,
        Code nvarchar(200) COLLATE Latin1_General_100_BIN2 NULL,
        Place int NOT NULL,                     -- in the order of the codes
        CouponId bigint NULL,
        IsLate bit NOT NULL,                    -- the code came into being since it was looked up
        DiscountType nvarchar(20) COLLATE Latin1_General_100_BIN2 NULL,
        DiscountValue decimal(10,2) NULL, MaxUses int NULL, ValidFrom datetime2(3) NULL,
        ExpiresAt datetime2(3) NULL, Action nvarchar(10) NULL, ErrorCode nvarchar(50) NULL,
        Message nvarchar(400) NULL,
        INDEX IX_Rows_Place (Place), INDEX IX_Rows_CouponId (CouponId));
    DECLARE @Found TABLE (
        Code nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY);
    DECLARE @CouponId bigint = 0, @Stripes tinyint, @Place int = 0;

    INSERT INTO @Rows
        (RowNo, Code, Place, CouponId, IsLate, DiscountType, DiscountValue, MaxUses, ValidFrom,
         ExpiresAt, ErrorCode, Message)
    -- In the order of the index that is probed below.
    SELECT j.RowNo, j.Code, ROW_NUMBER() OVER (ORDER BY j.Code, j.RowNo), k.CouponId, 0,
           j.DiscountType, j.DiscountValue, j.MaxUses, j.ValidFrom, j.ExpiresAt, j.ErrorCode,
           j.Message
    FROM dbo.fn_ImportLines(@ReadJson) AS j
    LEFT JOIN dbo.Coupons AS k ON k.CouponCode = j.Code;
    SELECT @RowCount = COUNT(*), @Hold = IIF(COUNT(r.ErrorCode) = 0, @Hold, 0) FROM @Rows AS r;

    WHILE @Hold = 1 AND @UpdateExisting = 1 AND @CouponId IS NOT NULL
    BEGIN
        SELECT @CouponId = MIN(r.CouponId) FROM @Rows AS r WHERE r.CouponId > @CouponId;
        -- UPDLOCK: what is decided below is what is written; claims wait, also those on stripes.
        SELECT @Stripes = k.StripeCount
        FROM dbo.Coupons AS k WITH (UPDLOCK, ROWLOCK)
        WHERE k.CouponId = @CouponId;
        IF @CouponId IS NOT NULL AND @Stripes > 1
            EXEC dbo.sp_i_LockCouponStripes @CouponId = @CouponId;
    END;

    WHILE @Hold = 1 AND @Place < @RowCount
    BEGIN
        -- HOLDLOCK keeps the free codes free until the commit, UPDLOCK lets one import at a time
        -- decide about a code, FORCESEEK locks the gaps of these codes and no others.
        INSERT INTO @Found (Code)
        SELECT r.Code
        FROM @Rows AS r
        WHERE r.Place > @Place AND r.Place <= @Place + 1000 AND r.CouponId IS NULL
          AND EXISTS (SELECT 1
                      FROM dbo.Coupons AS k WITH (UPDLOCK, HOLDLOCK, FORCESEEK)
                      WHERE k.CouponCode = r.Code);
        SET @Place += 1000;
    END;
    UPDATE r
    SET CouponId = k.CouponId, IsLate = 1
    FROM @Rows AS r
    INNER JOIN @Found AS f ON f.Code = r.Code
    INNER JOIN dbo.Coupons AS k ON k.CouponCode = f.Code;

    UPDATE r
    SET ErrorCode = x.ErrorCode,
        Message = CASE x.ErrorCode
            WHEN N'CODE_RETIRED'
                THEN CONCAT(N'Code ', r.Code, N' was deleted and is not issued again.')
            WHEN N'CODE_EXISTS'
                THEN CONCAT(N'Code ', r.Code, N' exists already in campaign ', k.CampaignId, N'.')
            WHEN N'COUPON_IN_USE'
                THEN CONCAT(n.UsedCount, N' used and ', n.ReservedCount,
                            N' reserved at the present discount.')
            WHEN N'LIMIT_BELOW_USAGE'
                THEN CONCAT(n.UsedCount, N' used and ', n.ReservedCount,
                            N' reserved: more than the new limit allows.')
            WHEN N'ARG_BAD_DATES' THEN N'valid_from is not before the end of the coupon.' END
    FROM @Rows AS r
    INNER JOIN dbo.Coupons AS k ON k.CouponId = r.CouponId
    CROSS APPLY dbo.fn_CouponCounters(k.CouponId) AS n
    CROSS APPLY (
        SELECT CASE
            WHEN k.DeletedAt IS NOT NULL THEN N'CODE_RETIRED'
            WHEN @SkipDuplicates = 1 THEN NULL
            WHEN @UpdateExisting = 0 OR r.IsLate = 1 OR k.CampaignId <> @CampaignId
                THEN N'CODE_EXISTS'
            WHEN n.UsedCount + n.ReservedCount > r.MaxUses THEN N'LIMIT_BELOW_USAGE'
            WHEN n.UsedCount + n.ReservedCount > 0
                 AND EXISTS (SELECT r.DiscountType, r.DiscountValue
                             EXCEPT
                             SELECT k.DiscountType, k.DiscountValue) THEN N'COUPON_IN_USE'
            WHEN r.ExpiresAt IS NULL AND k.ExpiresAt <= r.ValidFrom THEN N'ARG_BAD_DATES' END
            AS ErrorCode
    ) AS x
    WHERE r.ErrorCode IS NULL AND x.ErrorCode IS NOT NULL;

    UPDATE @Rows
    SET Action = CASE WHEN ErrorCode IS NOT NULL THEN N'error'
                      WHEN CouponId IS NULL THEN N'insert'
                      WHEN @SkipDuplicates = 1 THEN N'skip'
                      ELSE N'update' END;
    SELECT @Inserted = COUNT(IIF(r.Action = N'insert', 1, NULL)),
           @Updated = COUNT(IIF(r.Action = N'update', 1, NULL)),
           @Skipped = COUNT(IIF(r.Action = N'skip', 1, NULL)),
           @Errors = COUNT(IIF(r.Action = N'error', 1, NULL))
    FROM @Rows AS r;
    SET @PlanJson = (
        SELECT r.RowNo AS rowNo, r.Code AS code, r.CouponId AS couponId, r.Action AS action,
               r.ErrorCode AS errorCode, r.Message AS message
        FROM @Rows AS r
        ORDER BY r.RowNo
        FOR JSON PATH);
END;
