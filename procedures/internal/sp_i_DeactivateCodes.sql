SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Switches the codes of a generation request off, in portions in the order of their key:
           one statement with thousands of row locks would lock the table and stop the shop.
Called by: sp_CancelGenerationRequest, inside its transaction
Locks:     L3 (the codes that are active, ascending)
Returns:   @Deactivated, how many were active
Throws:    nothing of its own
Replay:    codes that are off already are left alone
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_DeactivateCodes
    @RequestId nvarchar(100),
    @Actor nvarchar(200),
    @Now datetime2(3),
    @Deactivated int OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @After bigint = 0, @Last bigint = 0;

    SET @Deactivated = 0;
    WHILE @Last IS NOT NULL
    BEGIN
        SELECT @Last = MAX(p.CouponId)
        FROM (SELECT TOP (2000) c.CouponId
              FROM dbo.Coupons AS c
              WHERE c.GenerationBatchId = @RequestId AND c.CouponId > @After
              ORDER BY c.CouponId) AS p;

        UPDATE dbo.Coupons
        SET IsActive = 0, UpdatedAt = @Now, UpdatedBy = @Actor
        WHERE GenerationBatchId = @RequestId AND CouponId > @After AND CouponId <= @Last
          AND IsActive = 1;
        SET @Deactivated += @@ROWCOUNT;
        SET @After = @Last;
    END;
END;
