SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Recounts one coupon from the ledger, live and archived, and its open reservations, and
           stores what it found, at most the limit.
Called by: sp_ReconcileCounters.
Locks:     L3: the Coupons row, then all its stripes. Claims on it wait, so the counts are exact.
Returns:   @RowsJson: counter, stored, actual and kept of each counter that differs; NULL if none.
Throws:    50102 no committable transaction.
Replay:    harmless.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ReconcileCoupon
    @CouponId bigint,
    @Fix bit,
    @RowsJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Now datetime2(3), @Stripes int, @MaxUses int, @LastUserId nvarchar(100),
            @StoredUsed int, @StoredReserved int, @StoredUsers int,
            @StoredDiscount decimal(10,2), @StoredLast datetime2(3), @Used int, @Reserved int,
            @Users int, @Discount decimal(10,2), @LastUsedAt datetime2(3), @KeptUsed int,
            @KeptReserved int;

    SET @RowsJson = NULL;
    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_ReconcileCoupon needs a committable transaction.',
              1;

    -- UPDLOCK: read now, written below.
    SELECT @Stripes = c.StripeCount
    FROM dbo.Coupons AS c WITH (UPDLOCK, ROWLOCK)
    WHERE c.CouponId = @CouponId;
    IF @Stripes IS NULL
        RETURN;
    EXEC dbo.sp_i_LockCouponStripes @CouponId = @CouponId;

    SELECT @MaxUses = c.MaxUses, @StoredUsed = c.UsedCount, @StoredReserved = c.ReservedCount,
           @StoredUsers = c.UniqueUsers, @StoredDiscount = c.TotalDiscountApplied,
           @StoredLast = c.LastUsedAt
    FROM dbo.Coupons AS c
    WHERE c.CouponId = @CouponId;
    IF @Stripes > 1
        SELECT @StoredUsed = COALESCE(SUM(s.UsedCount), 0),
               @StoredReserved = COALESCE(SUM(s.ReservedCount), 0),
               @StoredUsers = COALESCE(SUM(s.UniqueUsers), 0),
               @StoredDiscount = COALESCE(SUM(s.TotalDiscount), 0)
        FROM dbo.CouponCounterStripes AS s
        WHERE s.CouponId = @CouponId;

    SELECT @Used = COUNT(*), @Users = COUNT(DISTINCT l.UserId),
           @Discount = COALESCE(SUM(l.DiscountAmount), 0), @LastUsedAt = MAX(l.CompletedAt)
    FROM dbo.vw_RedemptionLedger AS l
    WHERE l.CouponId = @CouponId AND l.IsCounted = 1;
    SELECT @Reserved = COUNT(*)
    FROM dbo.Reservations AS r
    WHERE r.CouponId = @CouponId AND r.Status = N'Reserved';

    SELECT @Now = SYSUTCDATETIME(),
           @KeptUsed = IIF(@Used > @MaxUses, @MaxUses, @Used),
           @LastUsedAt = COALESCE(@StoredLast, @LastUsedAt);
    SET @KeptReserved = IIF(@Reserved > @MaxUses - @KeptUsed, @MaxUses - @KeptUsed, @Reserved);
    SET @RowsJson = (SELECT v.CounterName AS [counter], v.Stored AS stored, v.Actual AS actual,
                            v.Kept AS kept
                     FROM (VALUES
                         (N'UsedCount', CAST(@StoredUsed AS decimal(14,2)),
                          CAST(@Used AS decimal(14,2)), CAST(@KeptUsed AS decimal(14,2))),
                         (N'ReservedCount', @StoredReserved, @Reserved, @KeptReserved),
                         (N'UniqueUsers', @StoredUsers, @Users, @Users),
                         (N'TotalDiscountApplied', @StoredDiscount, @Discount, @Discount)
                         ) AS v(CounterName, Stored, Actual, Kept)
                     WHERE v.Stored <> v.Actual
                     FOR JSON PATH);
    IF @RowsJson IS NULL OR @Fix = 0
        RETURN;

    -- Who filled it, should it turn out to be full.
    SELECT TOP (1) @LastUserId = l.UserId
    FROM dbo.vw_RedemptionLedger AS l
    WHERE l.CouponId = @CouponId AND l.IsCounted = 1
    ORDER BY l.CompletedAt DESC, l.RedemptionId DESC;
    EXEC dbo.sp_i_SpreadCoupon
         @CouponId = @CouponId, @StripeCount = @Stripes, @MaxUses = @MaxUses, @Used = @KeptUsed,
         @Reserved = @KeptReserved, @Users = @Users, @Discount = @Discount,
         @LastUsedAt = @LastUsedAt, @LastUserId = @LastUserId, @Now = @Now;
END;
