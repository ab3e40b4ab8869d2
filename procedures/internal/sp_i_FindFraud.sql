SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   The fraud rules that look at many attempts or profiles at once. Hours are counted back
           from now, so the last one ends this moment. Left out are white-listed users and
           addresses, and whoever was reviewed for the same and has done nothing since.
Called by: sp_RunFraudScan.
Locks:     none
Returns:   @FoundJson: array of {type, severity, userId, ip, couponId, campaignId, details}; NULL
           when there is nothing.
Throws:    nothing.
Replay:    not needed; nothing is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_FindFraud
    @WindowMinutes int,
    @Now datetime2(3),
    @FoundJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @From datetime2(3) =
        DATEADD(MINUTE, -IIF(@WindowMinutes > 60, @WindowMinutes, 60), @Now);
    DECLARE @Found TABLE (
        DetectionType nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
        Severity nvarchar(10) NOT NULL,
        UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
        IpAddress nvarchar(45) COLLATE Latin1_General_100_BIN2 NULL,
        CouponId bigint NULL,
        CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
        Fact nvarchar(20) NOT NULL,
        Amount int NOT NULL,
        LastAt datetime2(3) NOT NULL);

    -- A machine keeps time: the gaps of ten minutes are all but equal.
    INSERT INTO @Found (DetectionType, Severity, UserId, Fact, Amount, LastAt)
    SELECT N'bot_pattern', IIF(MAX(r.Attempts) >= 20, N'high', N'medium'), r.UserId,
           N'attempts', MAX(r.Attempts), MAX(r.AttemptedAt)
    FROM dbo.fn_AttemptRuns(@From) AS r
    WHERE r.Attempts >= 8 AND r.Deviation < 0.1 * r.Mean
    GROUP BY r.UserId;

    INSERT INTO @Found (DetectionType, Severity, IpAddress, Fact, Amount, LastAt)
    SELECT N'ip_address_abuse', IIF(MAX(b.Users) >= 25, N'high', N'medium'), b.IpAddress,
           N'users', MAX(b.Users), MAX(b.LastAt)
    FROM (SELECT h.IpAddress, COUNT(DISTINCT h.UserId) AS Users, MAX(h.AttemptedAt) AS LastAt
          FROM dbo.RedemptionHistory AS h
          WHERE h.AttemptedAt > @From AND h.IpAddress IS NOT NULL
          GROUP BY h.IpAddress, DATEDIFF(SECOND, h.AttemptedAt, @Now) / 3600) AS b
    WHERE b.Users >= 10
    GROUP BY b.IpAddress;

    INSERT INTO @Found (DetectionType, Severity, CouponId, CampaignId, Fact, Amount, LastAt)
    SELECT N'unusual_usage_patterns', N'low', b.CouponId, MAX(k.CampaignId), N'attempts',
           MAX(b.Attempts), MAX(b.LastAt)
    FROM (SELECT h.CouponId, COUNT(*) AS Attempts, MAX(h.AttemptedAt) AS LastAt,
                 COUNT(CASE WHEN h.Status = N'failed' THEN 1 END) AS Failures
          FROM dbo.RedemptionHistory AS h
          WHERE h.AttemptedAt > @From AND h.CouponId IS NOT NULL
          GROUP BY h.CouponId, DATEDIFF(SECOND, h.AttemptedAt, @Now) / 3600) AS b
    INNER JOIN dbo.Coupons AS k ON k.CouponId = b.CouponId
    WHERE b.Attempts >= 20 AND b.Failures * 2 > b.Attempts
    GROUP BY b.CouponId;

    -- An event needs a coupon to point at: the one of the campaign that is tried most.
    INSERT INTO @Found (DetectionType, Severity, CouponId, CampaignId, Fact, Amount, LastAt)
    SELECT N'temporal_anomaly', N'low',
           (SELECT TOP (1) h.CouponId FROM dbo.RedemptionHistory AS h
            WHERE h.AttemptedAt > @From AND h.CampaignId = b.CampaignId AND h.CouponId IS NOT NULL
            GROUP BY h.CouponId ORDER BY COUNT(*) DESC, h.CouponId),
           b.CampaignId, N'attempts', MAX(b.Attempts), MAX(b.LastAt)
    FROM (SELECT h.CampaignId, DATEDIFF(SECOND, h.AttemptedAt, @Now) / 3600 AS HoursAgo,
                 COUNT(*) AS Attempts, MAX(h.AttemptedAt) AS LastAt
          FROM dbo.RedemptionHistory AS h
          WHERE h.AttemptedAt > @From AND h.CampaignId IS NOT NULL AND h.CouponId IS NOT NULL
          GROUP BY h.CampaignId, DATEDIFF(SECOND, h.AttemptedAt, @Now) / 3600) AS b
    CROSS APPLY (SELECT COUNT(*) AS Attempts
                 FROM dbo.RedemptionHistory AS h
                 WHERE h.CampaignId = b.CampaignId
                   AND h.AttemptedAt > DATEADD(DAY, -8, @Now)
                   AND DATEDIFF(SECOND, h.AttemptedAt, @Now) / 3600
                       IN (b.HoursAgo + 24, b.HoursAgo + 48, b.HoursAgo + 72, b.HoursAgo + 96,
                           b.HoursAgo + 120, b.HoursAgo + 144, b.HoursAgo + 168)) AS w
    WHERE b.Attempts >= 50 AND b.Attempts * 7 > 3 * w.Attempts
    GROUP BY b.CampaignId;

    WITH Shapes AS (
        SELECT p.UserId, p.CreatedAt,
               REPLACE(TRANSLATE(LOWER(p.Email), N'0123456789', N'0000000000'), N'0', N'') AS Shape
        FROM dbo.UserProfiles AS p
        WHERE p.CreatedAt > DATEADD(DAY, -1, @Now) AND p.Email IS NOT NULL
    )
    INSERT INTO @Found (DetectionType, Severity, UserId, Fact, Amount, LastAt)
    SELECT N'suspicious_email_patterns', N'medium', s.UserId, N'profiles', c.Profiles, c.LastAt
    FROM Shapes AS s
    INNER JOIN (SELECT x.Shape, COUNT(*) AS Profiles, MAX(x.CreatedAt) AS LastAt
                FROM Shapes AS x GROUP BY x.Shape HAVING COUNT(*) >= 5) AS c
        ON c.Shape = s.Shape;

    SET @FoundJson =
        (SELECT f.DetectionType AS type, f.Severity AS severity, f.UserId AS userId,
                f.IpAddress AS ip, f.CouponId AS couponId, f.CampaignId AS campaignId,
                CONCAT(N'{"', f.Fact, N'":', f.Amount, N'}') AS details
         FROM @Found AS f
         WHERE NOT EXISTS (SELECT 1 FROM dbo.AccessLists AS a
                           WHERE a.ListKind = N'white' AND a.IsActive = 1
                             AND (a.ExpiresAt IS NULL OR a.ExpiresAt > @Now)
                             AND ((a.SubjectKind = N'user' AND a.SubjectValue = f.UserId)
                                  OR (a.SubjectKind = N'ip' AND a.SubjectValue = f.IpAddress)))
           AND NOT EXISTS (SELECT 1 FROM dbo.FraudEvents AS e
                           WHERE e.DetectionType = f.DetectionType AND e.ReviewedAt >= f.LastAt
                             AND (e.UserId = f.UserId
                                  OR (e.UserId IS NULL
                                      AND (e.IpAddress COLLATE Latin1_General_100_BIN2
                                               = f.IpAddress
                                           OR (f.DetectionType = N'temporal_anomaly'
                                               AND e.CampaignId = f.CampaignId)
                                           OR (f.DetectionType = N'unusual_usage_patterns'
                                               AND e.CouponId = f.CouponId)))))
         ORDER BY f.DetectionType, f.UserId, f.IpAddress, f.CouponId
         FOR JSON PATH);
END;
