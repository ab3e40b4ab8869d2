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
            ISNULL(SUM(IIF(v.Signal = N'watch_list', 0, v.Score)), 0) AS Summed,
            ISNULL(MAX(IIF(v.Signal = N'watch_list', v.Score, 0)), 0) AS Watched,
            STRING_AGG(CONCAT(N'"', v.Signal, N'":', CAST(v.Score AS decimal(3, 2))), N',')
                AS Signals
        FROM (VALUES (1)) AS one(Place)
        LEFT JOIN dbo.UserProfiles AS p
            ON p.UserId = @UserId
        CROSS APPLY (
            SELECT
                COUNT(IIF(h.Status = N'failed', 1, NULL)) AS Failures,
                COUNT(DISTINCT IIF(h.IpAddress <> ISNULL(@IpAddress, N''), h.IpAddress, NULL))
                    AS OtherIps
            FROM dbo.RedemptionHistory AS h
            WHERE
                h.UserId = @UserId
                AND h.AttemptedAt >= DATEADD(DAY, -1, @Now)
        ) AS f
        -- What the lists know of this user, address, device and mail domain.
        CROSS APPLY (
            SELECT
                MAX(IIF(a.ListKind = N'watch', ISNULL(a.RiskScore, 0), 0)) AS WatchScore,
                MAX(
                    IIF(a.ListKind = N'block' AND a.SubjectKind = N'disposable_domain', 1, 0)
                ) AS IsDisposable
            FROM (
                VALUES
                    (N'user', @UserId),
                    (N'ip', @IpAddress),
                    (N'device', @DeviceFingerprint),
                    (N'email_domain', p.EmailDomain),
                    (N'disposable_domain', p.EmailDomain)
            ) AS k(SubjectKind, SubjectValue)
            INNER JOIN dbo.AccessLists AS a
                ON a.SubjectKind = k.SubjectKind AND a.SubjectValue = k.SubjectValue
            WHERE
                a.IsActive = 1
                AND (a.ExpiresAt IS NULL OR a.ExpiresAt > @Now)
        ) AS l
        CROSS APPLY (
            SELECT
                MAX(CASE e.Severity
                    WHEN N'critical' THEN 1.00
                    WHEN N'high' THEN 0.50
                    WHEN N'medium' THEN 0.25
                    ELSE 0.00
                END) AS OpenEvent
            FROM dbo.FraudEvents AS e
            WHERE
                e.UserId = @UserId
                AND e.ReviewStatus = N'pending'
                AND e.DetectedAt >= DATEADD(DAY, -30, @Now)
        ) AS o
        CROSS APPLY (
            SELECT COUNT(DISTINCT h.UserId) AS OtherUsers
            FROM dbo.RedemptionHistory AS h
            WHERE
                h.IpAddress = @IpAddress
                AND h.UserId <> @UserId
                AND h.AttemptedAt >= DATEADD(DAY, -1, @Now)
        ) AS i
        CROSS APPLY (
            SELECT COUNT(*) AS OtherUsers
            FROM dbo.UserDevices AS d
            WHERE
                d.DeviceFingerprint = @DeviceFingerprint
                AND d.UserId <> @UserId
        ) AS d
        CROSS APPLY (
            VALUES
                (N'open_event', ISNULL(o.OpenEvent, 0)),
                (N'failures', IIF(f.Failures > 10, 0.20, f.Failures * 0.02)),
                (N'many_ips', IIF(f.OtherIps + IIF(@IpAddress IS NULL, 0, 1) > 5, 0.20, 0)),
                (N'shared_ip', IIF(i.OtherUsers >= 2, 0.15, 0)),
                (N'shared_device', IIF(d.OtherUsers >= 2, 0.25, 0)),
                (N'disposable_email', IIF(l.IsDisposable = 1, 0.20, 0)),
                (N'unverified_email', IIF(p.EmailVerified = 1, 0, 0.10)),
                (N'foreign_country', IIF(p.CountryCode <> @CountryCode, 0.10, 0)),
                (N'new_profile', IIF(p.CreatedAt <= DATEADD(HOUR, -1, @Now), 0, 0.10)),
                (
                    N'vpn',
                    IIF(
                        @IsVpn = 1 AND EXISTS (
                            SELECT 1 AS Found
                            FROM dbo.fn_Setting(N'vpn_detection_enabled') AS s
                            WHERE s.BitValue = 1
                        ),
                        0.30, 0
                    )
                ),
                (
                    N'bot_user_agent',
                    CASE
                        WHEN @IpAddress IS NOT NULL AND ISNULL(@UserAgent, N'') = N'' THEN 0.15
                        WHEN EXISTS (
                            SELECT 1 AS Found
                            FROM dbo.AccessLists AS a
                            WHERE
                                a.ListKind = N'watch'
                                AND a.SubjectKind = N'user_agent'
                                AND a.IsActive = 1
                                AND (a.ExpiresAt IS NULL OR a.ExpiresAt > @Now)
                                AND CHARINDEX(LOWER(a.SubjectValue), LOWER(@UserAgent)) > 0
                        ) THEN 0.15
                        ELSE 0
                    END
                ),
                (N'watch_list', ISNULL(l.WatchScore, 0))
        ) AS v(Signal, Score)
        WHERE v.Score > 0
    ) AS s;
GO
