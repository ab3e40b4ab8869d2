SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Replaces the spending tiers of a coupon: an array of {minOrderAmount, discountType,
           discountValue}, percentage or fixed_amount, minimums distinct. An empty array leaves the
           coupon its own discount, or that of its campaign.
Called by: coupon_ops
Locks:     L3 (the coupon), L11 inserts
Returns:   SR + Tiers, how many there are now. COUPON_NOT_FOUND
Throws:    50001, 50102; by its checks 50002, 50003, 50004, 50007, 50008, 50009
Replay:    the present tiers again succeed and write nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_SetDiscountTiers
    @CouponCode nvarchar(200),
    @TiersJson nvarchar(max),
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
            @Message nvarchar(400), @CouponId bigint, @Tiers int, @BeforeJson nvarchar(max),
            @AfterJson nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAdmin
        @Needs = N'coupon', @CouponCode = @CouponCode OUTPUT, @Actor = @Actor OUTPUT,
        @CorrelationId = @CorrelationId;
    SET @TiersJson = NULLIF(TRIM(@TiersJson), N'');
    IF @TiersJson IS NULL THROW 50001, N'ARG_REQUIRED: @TiersJson', 1;
    EXEC dbo.sp_i_CheckTiers @TiersJson = @TiersJson;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        EXEC dbo.sp_i_LockOwner
            @CouponCode = @CouponCode, @CouponId = @CouponId OUTPUT,
            @ErrorCode = @ErrorCode OUTPUT, @Message = @Message OUTPUT;
        SET @Now = SYSUTCDATETIME();
        IF @ErrorCode IS NULL
        BEGIN
            SELECT @Tiers = COUNT(*), @Message = N'Tiers set.' FROM OPENJSON(@TiersJson) AS j;
            SET @BeforeJson = (
                SELECT d.MinOrderAmount AS minOrderAmount, d.DiscountType AS discountType,
                       d.DiscountValue AS discountValue
                FROM dbo.DiscountTiers AS d
                WHERE d.CouponId = @CouponId
                ORDER BY d.MinOrderAmount
                FOR JSON PATH);
            SET @AfterJson = (
                SELECT j.MinOrderAmount AS minOrderAmount, j.DiscountType AS discountType,
                       j.DiscountValue AS discountValue
                FROM OPENJSON(@TiersJson) WITH (
                    MinOrderAmount decimal(10,2) '$.minOrderAmount',
                    DiscountType nvarchar(20) '$.discountType',
                    DiscountValue decimal(10,2) '$.discountValue') AS j
                ORDER BY j.MinOrderAmount
                FOR JSON PATH);
        END;

        IF @ErrorCode IS NULL
           AND COALESCE(@BeforeJson, N'') <> COALESCE(@AfterJson, N'')
                                             COLLATE Latin1_General_100_BIN2
        BEGIN
            DELETE FROM dbo.DiscountTiers WHERE CouponId = @CouponId;
            INSERT INTO dbo.DiscountTiers (CouponId, MinOrderAmount, DiscountType, DiscountValue)
            SELECT @CouponId, j.MinOrderAmount, j.DiscountType, j.DiscountValue
            FROM OPENJSON(@TiersJson) WITH (
                MinOrderAmount decimal(10,2) '$.minOrderAmount',
                DiscountType nvarchar(20) '$.discountType',
                DiscountValue decimal(10,2) '$.discountValue') AS j;
            EXEC dbo.sp_i_RecordChange
                @EntityType = N'coupon', @EntityId = @CouponCode, @CouponId = @CouponId,
                @Verb = N'set_tiers', @BeforeJson = @BeforeJson, @AfterJson = @AfterJson,
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
           @Tiers AS Tiers;
END;
