SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   The redemption that a caller means: by its number, or by order and, where the order has
           several codes, by code. Everything given has to fit. Of repeated uses of one code on one
           order the success is meant, else the latest; refused attempts are codes on no order.
Called by: sp_i_ReverseNamed.
Locks:     none.
Returns:   @FoundId; NULL when there is none.
Throws:    50009 the order has several codes, or several users, and nothing tells them apart.
Replay:    reads only.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_FindRedemption
    @RedemptionId bigint,
    @OrderId nvarchar(100),
    @CouponCode nvarchar(50),
    @FoundId bigint OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Codes int, @Users int;

    -- A number alone needs no search; whether it exists is seen where it is used.
    SET @FoundId = IIF(@OrderId IS NULL AND @CouponCode IS NULL, @RedemptionId, NULL);
    IF @FoundId IS NOT NULL
        RETURN;

    IF @RedemptionId IS NULL
    BEGIN
        SELECT @Codes = COUNT(DISTINCT h.CouponCode), @Users = COUNT(DISTINCT h.UserId)
        FROM dbo.RedemptionHistory AS h
        WHERE h.OrderId = @OrderId AND h.Status <> N'failed'
              AND (@CouponCode IS NULL OR h.CouponCode = @CouponCode);
        IF @Codes > 1
            THROW 50009, N'ARG_CONFLICT: @CouponCode is needed, the order has several codes.', 1;
        IF @Users > 1
            THROW 50009, N'ARG_CONFLICT: @RedemptionId is needed, the order has several users.', 1;
    END;

    SELECT TOP (1) @FoundId = h.RedemptionId
    FROM dbo.RedemptionHistory AS h
    WHERE (h.RedemptionId = @RedemptionId OR (@RedemptionId IS NULL AND h.OrderId = @OrderId))
          AND (@OrderId IS NULL OR h.OrderId = @OrderId)
          AND (@CouponCode IS NULL OR h.CouponCode = @CouponCode)
    ORDER BY CASE h.Status WHEN N'success' THEN 1 WHEN N'pending' THEN 2 WHEN N'reversed' THEN 3
                           ELSE 4 END, h.RedemptionId DESC
    OPTION (RECOMPILE);
END;
