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
                WHEN l.WatchScore > s.Summed THEN l.WatchScore
                WHEN s.Summed > 1 THEN 1
                ELSE s.Summed
            END AS decimal(3, 2)
        ) AS RiskScore,
        CONCAT(
            N'{',
            CONCAT_WS(
                N',',
                N'"open_event":' + CAST(NULLIF(v.OpenEvent, 0) AS nvarchar(10)),
                N'"failures":' + CAST(NULLIF(v.Failures, 0) AS nvarchar(10)),
                N'"many_ips":' + CAST(NULLIF(v.ManyIps, 0) AS nvarchar(10)),
                N'"shared_ip":' + CAST(NULLIF(v.SharedIp, 0) AS nvarchar(10)),
                N'"shared_device":' + CAST(NULLIF(v.SharedDevice, 0) AS nvarchar(10)),
                N'"disposable_email":' + CAST(NULLIF(v.DisposableEmail, 0) AS nvarchar(10)),
                N'"unverified_email":' + CAST(NULLIF(v.UnverifiedEmail, 0) AS nvarchar(10)),
                N'"foreign_country":' + CAST(NULLIF(v.ForeignCountry, 0) AS nvarchar(10)),
                N'"new_profile":' + CAST(NULLIF(v.NewProfile, 0) AS nvarchar(10)),
                N'"vpn":' + CAST(NULLIF(v.Vpn, 0) AS nvarchar(10)),
                N'"bot_user_agent":' + CAST(NULLIF(v.BotUserAgent, 0) AS nvarchar(10)),
                N'"watch_list":' + CAST(NULLIF(l.WatchScore, 0) AS nvarchar(10))
            ),
            N'}'
        ) AS SignalsJson
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
            ISNULL(MAX(IIF(a.ListKind = N'watch', a.RiskScore, NULL)), 0) AS WatchScore,
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
            ISNULL(MAX(CASE e.Severity
                WHEN N'critical' THEN 1.00
                WHEN N'high' THEN 0.50
                WHEN N'medium' THEN 0.25
            END), 0.00) AS OpenEvent
        FROM dbo.FraudEvents AS e
        WHERE
            e.UserId = @UserId
            AND e.ReviewStatus = N'pending'
            AND e.DetectedAt >= DATEADD(DAY, -30, @Now)
    ) AS o
    CROSS APPLY (
        SELECT IIF(MIN(h.UserId) < MAX(h.UserId), 0.15, 0.00) AS SharedIp
        FROM dbo.RedemptionHistory AS h
        WHERE
            h.IpAddress = @IpAddress
            AND h.UserId <> @UserId
            AND h.AttemptedAt >= DATEADD(DAY, -1, @Now)
    ) AS i
    CROSS APPLY (
        SELECT IIF(COUNT(*) >= 2, 0.25, 0.00) AS SharedDevice
        FROM dbo.UserDevices AS d
        WHERE
            d.DeviceFingerprint = @DeviceFingerprint
            AND d.UserId <> @UserId
    ) AS d
    CROSS APPLY (
        SELECT
            o.OpenEvent,
            IIF(f.Failures > 10, 0.20, f.Failures * 0.02) AS Failures,
            IIF(f.OtherIps + IIF(@IpAddress IS NULL, 0, 1) > 5, 0.20, 0.00) AS ManyIps,
            i.SharedIp,
            d.SharedDevice,
            IIF(l.IsDisposable = 1, 0.20, 0.00) AS DisposableEmail,
            IIF(p.EmailVerified = 1, 0.00, 0.10) AS UnverifiedEmail,
            IIF(p.CountryCode <> @CountryCode, 0.10, 0.00) AS ForeignCountry,
            IIF(p.CreatedAt <= DATEADD(HOUR, -1, @Now), 0.00, 0.10) AS NewProfile,
            IIF(
                @IsVpn = 1 AND EXISTS (
                    SELECT 1 AS Found
                    FROM dbo.fn_Setting(N'vpn_detection_enabled') AS s
                    WHERE s.BitValue = 1
                ),
                0.30, 0.00
            ) AS Vpn,
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
                ELSE 0.00
            END AS BotUserAgent
    ) AS v
    CROSS APPLY (
        SELECT
            v.OpenEvent + v.Failures + v.ManyIps + v.SharedIp + v.SharedDevice
            + v.DisposableEmail + v.UnverifiedEmail + v.ForeignCountry + v.NewProfile + v.Vpn
            + v.BotUserAgent AS Summed
    ) AS s;
GO
