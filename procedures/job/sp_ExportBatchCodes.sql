SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Hands out the codes of a generation request page by page, in the order they were made.
           The first page leaves a trace: who took the codes, and when.
Called by: coupon_job, coupon_ops
Locks:     first page: L1 (the request), L11 insert; else none
Returns:   SR + TotalCodes (of all pages); RS2 CouponId, CouponCode, ExpiresAt, IsRedeemed,
           AssignedTo
Throws:    50001, 50002, 50008, 50102
Replay:    the same page may be read again; reading the first page again is one more export
*/
CREATE OR ALTER PROCEDURE dbo.sp_ExportBatchCodes
    @RequestId nvarchar(200),
    @AfterCouponId bigint = 0,
    @PageSize int = 10000,
    @OnlyUnredeemed bit = 0
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3) = SYSUTCDATETIME(),
            @TotalCodes int, @AfterJson nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @RequestId = NULLIF(TRIM(@RequestId), N''),
           @AfterCouponId = COALESCE(@AfterCouponId, 0), @PageSize = COALESCE(@PageSize, 10000),
           @OnlyUnredeemed = COALESCE(@OnlyUnredeemed, 0);

    IF @RequestId IS NULL THROW 50001, N'ARG_REQUIRED: @RequestId', 1;
    IF LEN(@RequestId) > 100
        THROW 50008, N'ARG_TOO_LONG: @RequestId is longer than 100 characters.', 1;
    IF @AfterCouponId < 0
        THROW 50002, N'ARG_OUT_OF_RANGE: @AfterCouponId must not be negative.', 1;
    IF @PageSize NOT BETWEEN 1 AND 100000
        THROW 50002, N'ARG_OUT_OF_RANGE: @PageSize must be 1 to 100,000.', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        SELECT @TotalCodes = g.GeneratedAmount
        FROM dbo.GenerationRequests AS g
        WHERE g.RequestId = @RequestId;
        IF @TotalCodes > 0 AND @OnlyUnredeemed = 1
            SELECT @TotalCodes = COUNT(*)
            FROM dbo.Coupons AS k
            WHERE k.GenerationBatchId = @RequestId AND k.IsRedeemed = 0;

        IF @TotalCodes IS NOT NULL AND @AfterCouponId = 0
        BEGIN
            UPDATE dbo.GenerationRequests
            SET ExportedAt = @Now
            WHERE RequestId = @RequestId;
            SET @AfterJson = (SELECT @TotalCodes AS codes, @OnlyUnredeemed AS onlyUnredeemed
                              FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Audit @Action = N'generation.export',
                 @EntityType = N'generation_request', @EntityId = @RequestId,
                 @AfterJson = @AfterJson, @Now = @Now;
        END;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@TotalCodes IS NULL, 0, 1) AS bit) AS Success,
           IIF(@TotalCodes IS NULL, N'REQUEST_NOT_FOUND', NULL) AS ErrorCode,
           IIF(@TotalCodes IS NULL, CONCAT(N'Generation request ', @RequestId, N' not found.'),
               N'Codes of the request.') AS Message,
           @TotalCodes AS TotalCodes;

    SELECT TOP (@PageSize) k.CouponId, k.CouponCode, k.ExpiresAt, k.IsRedeemed, k.AssignedTo
    FROM dbo.Coupons AS k
    WHERE k.GenerationBatchId = @RequestId AND k.CouponId > @AfterCouponId
          AND (@OnlyUnredeemed = 0 OR k.IsRedeemed = 0)
    ORDER BY k.CouponId;
END;
