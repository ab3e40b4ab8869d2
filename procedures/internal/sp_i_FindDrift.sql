SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Counts the entities that a reconciliation looks at, and finds those that seem to differ
           from the ledger. An entity is named as for sp_ReconcileCounters.
Called by: sp_ReconcileCounters
Locks:     none; each entity is counted again under its own
Returns:   @Checked; @WorkJson, an array of {type, id}, NULL when there is none
Throws:    nothing
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_FindDrift
    @Scope nvarchar(10),
    @EntityId nvarchar(200),
    @Checked int OUTPUT,
    @WorkJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @CouponId nvarchar(20);

    SELECT @CouponId = CAST(c.CouponId AS nvarchar(20))
    FROM dbo.Coupons AS c
    WHERE c.CouponCode = @EntityId;
    SELECT @Checked = SUM(k.Entities)
    FROM (SELECT COUNT(*) AS Entities
          FROM dbo.Coupons AS c
          WHERE @Scope IN (N'all', N'coupon')
                AND (@EntityId IS NULL OR CAST(c.CouponId AS nvarchar(20))
                                          IN (@EntityId, @CouponId))
          UNION ALL
          SELECT COUNT(*)
          FROM dbo.Campaigns AS c
          WHERE @Scope IN (N'all', N'campaign')
                AND (@EntityId IS NULL OR c.CampaignId = @EntityId)
          UNION ALL
          SELECT COUNT(*)
          FROM dbo.UserRedemptions AS u
          WHERE @Scope IN (N'all', N'user')
                AND (@EntityId IS NULL OR u.UserId = @EntityId
                     OR CONCAT(u.UserId, N'/', u.CampaignId) = @EntityId)
          UNION ALL
          SELECT COUNT(*)
          FROM dbo.CouponUserUsage AS u
          WHERE @Scope IN (N'all', N'user')
                AND (@EntityId IS NULL OR u.UserId = @EntityId
                     OR CONCAT(u.UserId, N'/', u.CouponId) = @EntityId)
          UNION ALL
          SELECT COUNT(*)
          FROM dbo.UserCreditBalances AS b
          WHERE @Scope IN (N'all', N'credit')
                AND (@EntityId IS NULL OR b.UserId = @EntityId)) AS k;

    -- Candidates without lock; each is counted again under its own. The counters of one
    -- user are one piece of work: what precedes the last slash.
    SET @WorkJson = (
        SELECT DISTINCT d.EntityType AS [type], w.EntityId AS id
        FROM dbo.vw_CounterDrift AS d
        CROSS APPLY (SELECT IIF(d.EntityType = N'user',
                                LEFT(d.EntityId, LEN(d.EntityId)
                                                 - CHARINDEX(N'/', REVERSE(d.EntityId))),
                                d.EntityId) AS EntityId) AS w
        WHERE (@Scope = N'all' OR d.EntityType = @Scope)
              AND (@EntityId IS NULL OR @EntityId IN (d.EntityId, w.EntityId)
                   OR d.EntityType = N'coupon' AND d.EntityId = @CouponId)
        FOR JSON PATH);
END;
