/*
dbo.fn_RiskScore: how suspicious a call looks, 0.00 to 1.00, and why. The score is the sum of the
signals that apply, at most 1; an entry on the watch list is its floor. A user without a profile
counts as new and unverified, so that a dry run scores what the real call will, which makes the
profile. SignalsJson is an object of signal and score.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_RiskScore(
    @UserId nvarchar(100),
    @IpAddress nvarchar(45),
    @DeviceFingerprint nvarchar(128),
    @CountryCode nchar(2),
    @UserAgent nvarchar(500),
    @IsVpn bit,
    @Now datetime2(3)
)
RETURNS TABLE
AS
RETURN
    WITH Facts AS (
        SELECT
            (
                SELECT
                    MAX(CASE f.Severity
                        WHEN N'critical' THEN 1.00
                        WHEN N'high' THEN 0.50
                        WHEN N'medium' THEN 0.25
                        ELSE 0.00
                    END)
                FROM dbo.FraudEvents AS f
                WHERE
                    f.UserId = @UserId
                    AND f.ReviewStatus = N'pending'
                    AND f.DetectedAt >= DATEADD(DAY, -30, @Now)
            ) AS OpenEvent,
            (
                SELECT COUNT(*)
                FROM dbo.RedemptionHistory AS h
                WHERE
                    h.UserId = @UserId
                    AND h.Status = N'failed'
                    AND h.AttemptedAt >= DATEADD(DAY, -1, @Now)
            ) AS Failures,
            (
                SELECT COUNT(DISTINCT h.IpAddress)
                FROM dbo.RedemptionHistory AS h
                WHERE
                    h.UserId = @UserId
                    AND h.IpAddress <> ISNULL(@IpAddress, N'')
                    AND h.AttemptedAt >= DATEADD(DAY, -1, @Now)
            ) AS OtherIps,
            (
                SELECT COUNT(DISTINCT h.UserId)
                FROM dbo.RedemptionHistory AS h
                WHERE
                    h.IpAddress = @IpAddress
                    AND h.UserId <> @UserId
                    AND h.AttemptedAt >= DATEADD(DAY, -1, @Now)
            ) AS OtherUsersOnIp,
            (
                SELECT COUNT(*)
                FROM dbo.UserDevices AS d
                WHERE
                    d.DeviceFingerprint = @DeviceFingerprint
                    AND d.UserId <> @UserId
            ) AS OtherUsersOnDevice,
            (
                SELECT s.BitValue
                FROM dbo.fn_Setting(N'vpn_detection_enabled') AS s
            ) AS IsVpnDetected,
            CASE
                WHEN @IpAddress IS NOT NULL AND ISNULL(@UserAgent, N'') = N'' THEN 1
                WHEN EXISTS (
                    SELECT 1 AS Found
                    FROM dbo.AccessLists AS a
                    WHERE
                        a.ListKind = N'watch'
                        AND a.SubjectKind = N'user_agent'
                        AND a.IsActive = 1
                        AND (a.ExpiresAt IS NULL OR a.ExpiresAt > @Now)
                        AND CHARINDEX(LOWER(a.SubjectValue), LOWER(@UserAgent)) > 0
                ) THEN 1
                ELSE 0
            END AS IsBot
    ),

    Listed AS (
        -- What the lists know of this user, address, device and mail domain.
        SELECT
            MAX(IIF(a.ListKind = N'watch', ISNULL(a.RiskScore, 0), 0)) AS WatchScore,
            MAX(
                IIF(a.ListKind = N'block' AND a.SubjectKind = N'disposable_domain', 1, 0)
            ) AS IsDisposable
        FROM (
            SELECT
                (
                    SELECT p.EmailDomain
                    FROM dbo.UserProfiles AS p
                    WHERE p.UserId = @UserId
                ) AS EmailDomain
        ) AS m
        CROSS APPLY (
            VALUES
                (N'user', @UserId),
                (N'ip', @IpAddress),
                (N'device', @DeviceFingerprint),
                (N'email_domain', m.EmailDomain),
                (N'disposable_domain', m.EmailDomain)
        ) AS k(SubjectKind, SubjectValue)
        INNER JOIN dbo.AccessLists AS a
            ON a.SubjectKind = k.SubjectKind AND a.SubjectValue = k.SubjectValue
        WHERE
            a.IsActive = 1
            AND (a.ExpiresAt IS NULL OR a.ExpiresAt > @Now)
    ),

    Signals AS (
        SELECT
            v.Signal,
            v.Score
        FROM Facts AS f
        CROSS JOIN Listed AS l
        LEFT JOIN dbo.UserProfiles AS p
            ON p.UserId = @UserId
        CROSS APPLY (
            VALUES
                (N'open_event', ISNULL(f.OpenEvent, 0)),
                (N'failures', IIF(f.Failures > 10, 0.20, f.Failures * 0.02)),
                (N'many_ips', IIF(f.OtherIps + IIF(@IpAddress IS NULL, 0, 1) > 5, 0.20, 0)),
                (N'shared_ip', IIF(f.OtherUsersOnIp >= 2, 0.15, 0)),
                (N'shared_device', IIF(f.OtherUsersOnDevice >= 2, 0.25, 0)),
                (N'disposable_email', IIF(l.IsDisposable = 1, 0.20, 0)),
                (N'unverified_email', IIF(p.EmailVerified = 1, 0, 0.10)),
                (N'foreign_country', IIF(p.CountryCode <> @CountryCode, 0.10, 0)),
                (N'new_profile', IIF(p.CreatedAt <= DATEADD(HOUR, -1, @Now), 0, 0.10)),
                (N'vpn', IIF(@IsVpn = 1 AND f.IsVpnDetected = 1, 0.30, 0)),
                (N'bot_user_agent', IIF(f.IsBot = 1, 0.15, 0))
        ) AS v(Signal, Score)
        WHERE v.Score > 0
        UNION ALL
        SELECT
            N'watch_list' AS Signal,
            l.WatchScore AS Score
        FROM Listed AS l
        WHERE l.WatchScore > 0
    )

    SELECT
        CAST(
            CASE
                WHEN s.Watched > s.Summed THEN s.Watched
                WHEN s.Summed > 1 THEN 1
                ELSE s.Summed
            END AS decimal(3, 2)
        ) AS RiskScore,
        CONCAT(N'{', s.Signals, N'}') AS SignalsJson
    FROM (
        SELECT
            ISNULL(SUM(IIF(n.Signal = N'watch_list', 0, n.Score)), 0) AS Summed,
            ISNULL(MAX(IIF(n.Signal = N'watch_list', n.Score, 0)), 0) AS Watched,
            STRING_AGG(CONCAT(N'"', n.Signal, N'":', CAST(n.Score AS decimal(3, 2))), N',')
                AS Signals
        FROM Signals AS n
    ) AS s;
GO
