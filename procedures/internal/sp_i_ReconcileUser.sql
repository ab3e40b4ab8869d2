SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Recounts what one user used and holds, by campaign and by coupon, from the ledger, live
           and archived, and the open reservations, and stores it. Limits per user bind new uses
           only and may be lowered below what was used, so the actual is stored as it is.
Called by: sp_ReconcileCounters.
Locks:     L2, L5, L6.
Returns:   @RowsJson as sp_i_ReconcileCoupon, with entity (user/campaign or user/coupon number).
Throws:    50102 no committable transaction.
Replay:    harmless.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ReconcileUser
    @UserId nvarchar(100),
    @Fix bit,
    @RowsJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Campaigns TABLE (
        CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
        Uses int NOT NULL,
        Discount decimal(10,2) NOT NULL,
        Held int NOT NULL,
        FirstAt datetime2(3) NULL,
        LastAt datetime2(3) NULL);
    DECLARE @Coupons TABLE (
        CouponId bigint NOT NULL PRIMARY KEY,
        Uses int NOT NULL,
        Held int NOT NULL,
        LastAt datetime2(3) NULL);

    SET @RowsJson = NULL;
    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_ReconcileUser needs a committable transaction.', 1;
    EXEC dbo.sp_i_LockUser @UserId = @UserId;

    INSERT INTO @Campaigns (CampaignId, Uses, Discount, Held, FirstAt, LastAt)
    SELECT u.CampaignId, SUM(u.Uses), SUM(u.Discount), SUM(u.Held), MIN(u.UsedAt), MAX(u.UsedAt)
    FROM (SELECT l.CampaignId, 1 AS Uses, l.DiscountAmount AS Discount, 0 AS Held,
                 l.CompletedAt AS UsedAt
          FROM dbo.vw_RedemptionLedger AS l
          WHERE l.UserId = @UserId AND l.IsCounted = 1 AND l.CampaignId IS NOT NULL
          UNION ALL
          SELECT r.CampaignId, 0, 0, 1, NULL
          FROM dbo.Reservations AS r
          WHERE r.UserId = @UserId AND r.Status = N'Reserved'
          UNION ALL
          SELECT s.CampaignId, 0, 0, 0, NULL
          FROM dbo.UserRedemptions AS s
          WHERE s.UserId = @UserId) AS u
    GROUP BY u.CampaignId;
    INSERT INTO @Coupons (CouponId, Uses, Held, LastAt)
    SELECT u.CouponId, SUM(u.Uses), SUM(u.Held), MAX(u.UsedAt)
    FROM (SELECT l.CouponId, 1 AS Uses, 0 AS Held, l.CompletedAt AS UsedAt
          FROM dbo.vw_RedemptionLedger AS l
          WHERE l.UserId = @UserId AND l.IsCounted = 1 AND l.CouponId IS NOT NULL
          UNION ALL
          SELECT r.CouponId, 0, 1, NULL
          FROM dbo.Reservations AS r
          WHERE r.UserId = @UserId AND r.Status = N'Reserved'
          UNION ALL
          SELECT s.CouponId, 0, 0, NULL
          FROM dbo.CouponUserUsage AS s
          WHERE s.UserId = @UserId) AS u
    GROUP BY u.CouponId;

    SET @RowsJson = (SELECT d.EntityId AS entity, d.CounterName AS [counter], d.Stored AS stored,
                            d.Actual AS actual, d.Actual AS kept
                     FROM (SELECT CONCAT(@UserId, N'/', a.CampaignId) AS EntityId, v.CounterName,
                                  v.Stored, v.Actual
                           FROM @Campaigns AS a
                           LEFT JOIN dbo.UserRedemptions AS s
                               ON s.UserId = @UserId AND s.CampaignId = a.CampaignId
                           CROSS APPLY (VALUES
                               (N'RedemptionCount',
                                CAST(COALESCE(s.RedemptionCount, 0) AS decimal(14,2)),
                                CAST(a.Uses AS decimal(14,2))),
                               (N'TotalDiscount', COALESCE(s.TotalDiscount, 0), a.Discount),
                               (N'ReservedCount', COALESCE(s.ReservedCount, 0), a.Held)
                               ) AS v(CounterName, Stored, Actual)
                           UNION ALL
                           SELECT CONCAT(@UserId, N'/', a.CouponId), v.CounterName, v.Stored,
                                  v.Actual
                           FROM @Coupons AS a
                           LEFT JOIN dbo.CouponUserUsage AS s
                               ON s.UserId = @UserId AND s.CouponId = a.CouponId
                           CROSS APPLY (VALUES
                               (N'UsedCount',
                                CAST(COALESCE(s.UsedCount, 0) AS decimal(14,2)),
                                CAST(a.Uses AS decimal(14,2))),
                               (N'ReservedCount of coupon', COALESCE(s.ReservedCount, 0), a.Held)
                               ) AS v(CounterName, Stored, Actual)) AS d
                     WHERE d.Stored <> d.Actual
                     FOR JSON PATH);
    IF @RowsJson IS NULL OR @Fix = 0
        RETURN;

    UPDATE s
    SET RedemptionCount = a.Uses, TotalDiscount = a.Discount, ReservedCount = a.Held
    FROM dbo.UserRedemptions AS s
    INNER JOIN @Campaigns AS a ON a.CampaignId = s.CampaignId
    WHERE s.UserId = @UserId
          AND (s.RedemptionCount <> a.Uses OR s.TotalDiscount <> a.Discount
               OR s.ReservedCount <> a.Held);
    INSERT INTO dbo.UserRedemptions
        (UserId, CampaignId, RedemptionCount, ReservedCount, TotalDiscount, FirstRedeemedAt,
         LastRedeemedAt)
    SELECT @UserId, a.CampaignId, a.Uses, a.Held, a.Discount, a.FirstAt, a.LastAt
    FROM @Campaigns AS a
    WHERE NOT EXISTS (SELECT 1
                      FROM dbo.UserRedemptions AS s
                      WHERE s.UserId = @UserId AND s.CampaignId = a.CampaignId);

    UPDATE s
    SET UsedCount = a.Uses, ReservedCount = a.Held
    FROM dbo.CouponUserUsage AS s
    INNER JOIN @Coupons AS a ON a.CouponId = s.CouponId
    WHERE s.UserId = @UserId AND (s.UsedCount <> a.Uses OR s.ReservedCount <> a.Held);
    INSERT INTO dbo.CouponUserUsage (CouponId, UserId, UsedCount, ReservedCount, LastUsedAt)
    SELECT a.CouponId, @UserId, a.Uses, a.Held, a.LastAt
    FROM @Coupons AS a
    WHERE NOT EXISTS (SELECT 1
                      FROM dbo.CouponUserUsage AS s
                      WHERE s.UserId = @UserId AND s.CouponId = a.CouponId);
END;
