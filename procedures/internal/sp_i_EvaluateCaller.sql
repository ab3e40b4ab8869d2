SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Steps S00 to S03: may this caller try a code at all?
           White-listed users, addresses and devices skip S02 and the block entries of kinds ip,
           country and user_agent. Exceeding the hourly or daily limit locks the user out.
Called by: sp_i_Evaluate.
Locks:     none of its own.
Returns:   OUTPUT parameters only.
Throws:    nothing.
Replay:    not needed; nothing is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_EvaluateCaller
    @IsDryRun bit, @IsWellFormed bit, @UserId nvarchar(100), @IpAddress nvarchar(45),
    @UserAgent nvarchar(500), @DeviceFingerprint nvarchar(128), @Now datetime2(3),
    @CountryCode nchar(2) OUTPUT,        -- as given, else that of the profile
    @RedemptionsEnabled int, @ViewsPerMinute int, @AttemptsPerMinute int, @AttemptsPerHour int,
    @AttemptsPerDay int, @AttemptsPerIp int, @LockoutMinutes int, @VelocityMinutes int,
    @IpSwitchMinutes int, @GuessMinutes int, @BlockDisposable int, @RequireVerified int,
    @GeoBlocking int,
    @IsWhite bit OUTPUT, @IsAgentWatched bit OUTPUT, @HomeCountry nchar(2) OUTPUT,
    @HasContact bit OUTPUT,              -- the profile has an e-mail or a payment instrument
    @Attempts int OUTPUT, @CountedAttempts int OUTPUT, @Ips int OUTPUT, @Devices int OUTPUT,
    @Failures int OUTPUT, @Misses int OUTPUT,  -- these six: see sp_i_CountActivity
    @LockUntil datetime2(3) OUTPUT,      -- set when this attempt locks the user out
    @ErrorCode nvarchar(50) OUTPUT, @Detail nvarchar(200) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @LockedUntil datetime2(3), @IsVerified bit, @Block int, @BlockOfWhite int,
            @InMinute int, @InHour int, @InDay int, @OldestAttempt datetime2(3),
            @Views int, @IpViews int, @OldestView datetime2(3), @IpRows int, @Retry int;

    IF @RedemptionsEnabled = 0
    BEGIN
        SET @ErrorCode = N'SERVICE_PAUSED';
        RETURN;
    END;

    EXEC dbo.sp_i_CountActivity
         @UserId = @UserId, @IpAddress = @IpAddress, @DeviceFingerprint = @DeviceFingerprint,
         @Now = @Now, @AttemptsPerIp = @AttemptsPerIp, @VelocityMinutes = @VelocityMinutes,
         @IpSwitchMinutes = @IpSwitchMinutes, @GuessMinutes = @GuessMinutes,
         @InMinute = @InMinute OUTPUT, @InHour = @InHour OUTPUT, @InDay = @InDay OUTPUT,
         @OldestAttempt = @OldestAttempt OUTPUT, @Views = @Views OUTPUT,
         @IpViews = @IpViews OUTPUT, @OldestView = @OldestView OUTPUT, @IpRows = @IpRows OUTPUT,
         @Attempts = @Attempts OUTPUT, @CountedAttempts = @CountedAttempts OUTPUT,
         @Ips = @Ips OUTPUT, @Devices = @Devices OUTPUT,
         @Failures = @Failures OUTPUT, @Misses = @Misses OUTPUT;

    -- The profile, and what the lists say of everything that is known about the caller. The place
    -- is the order of the codes.
    SELECT @LockedUntil = p.LockedUntil, @IsVerified = p.EmailVerified,
           @HomeCountry = p.CountryCode, @CountryCode = COALESCE(@CountryCode, p.CountryCode),
           @HasContact = IIF(p.NormalisedEmail IS NULL AND p.PaymentFingerprint IS NULL, 0, 1),
           @IsWhite = COALESCE(l.IsWhite, 0), @IsAgentWatched = COALESCE(l.IsAgentWatched, 0),
           @Block = l.Block, @BlockOfWhite = l.BlockOfWhite
    FROM (VALUES (@UserId)) AS u (UserId)
    LEFT OUTER JOIN dbo.UserProfiles AS p ON p.UserId = u.UserId
    OUTER APPLY
        (SELECT MAX(IIF(m.ListKind = N'white' AND m.Place <= 3, 1, 0)) AS IsWhite,
                MAX(IIF(m.ListKind = N'watch' AND m.Place = 7, 1, 0)) AS IsAgentWatched,
                MIN(IIF(m.ListKind = N'block', m.Place, NULL)) AS Block,
                MIN(IIF(m.ListKind = N'block' AND m.Place NOT IN (2, 5, 7), m.Place, NULL))
                    AS BlockOfWhite
         FROM (SELECT a.ListKind, s.Place
               FROM (VALUES (1, N'user', @UserId), (2, N'ip', @IpAddress),
                            (3, N'device', @DeviceFingerprint),
                            (4, N'email_domain', p.EmailDomain),
                            (5, N'country', IIF(@GeoBlocking = 1,
                                                COALESCE(@CountryCode, p.CountryCode), NULL)),
                            (6, N'payment_method', p.PaymentFingerprint),
                            (8, N'disposable_domain', IIF(@BlockDisposable = 1,
                                                          p.EmailDomain, NULL))
                    ) AS s (Place, SubjectKind, SubjectValue)
               INNER JOIN dbo.AccessLists AS a
                   ON a.SubjectKind = s.SubjectKind AND a.SubjectValue = s.SubjectValue
                  AND a.IsActive = 1 AND (a.ExpiresAt IS NULL OR a.ExpiresAt > @Now)
               UNION ALL
               -- An entry for user agents is a part of their text.
               SELECT a.ListKind, 7
               FROM dbo.AccessLists AS a
               WHERE a.SubjectKind = N'user_agent'
                 AND a.IsActive = 1 AND (a.ExpiresAt IS NULL OR a.ExpiresAt > @Now)
                 AND CHARINDEX(LOWER(a.SubjectValue), LOWER(@UserAgent)) > 0) AS m
        ) AS l;

    IF @IsWhite = 1
        SET @Block = @BlockOfWhite;

    SET @ErrorCode = CASE
        WHEN @IsWellFormed = 0 THEN N'INVALID_CODE_FORMAT'
        WHEN @IsWhite = 0 AND @LockedUntil > @Now THEN N'LOCKED_OUT'
        WHEN @IsWhite = 0 AND @IsDryRun = 0
             AND (@InHour >= @AttemptsPerHour OR @InDay >= @AttemptsPerDay)
            THEN N'LOCKED_OUT'
        WHEN @IsWhite = 0 AND @IsDryRun = 0 AND @InMinute >= @AttemptsPerMinute
            THEN N'RATE_LIMITED'
        WHEN @IsWhite = 0 AND @IsDryRun = 1
             AND (@Views >= @ViewsPerMinute OR @IpViews >= @ViewsPerMinute)
            THEN N'RATE_LIMITED'
        WHEN @IsWhite = 0 AND @IpRows >= @AttemptsPerIp THEN N'RATE_LIMITED'
        WHEN @Block = 1 THEN N'USER_BLOCKED'
        WHEN @Block = 2 THEN N'IP_BLOCKED'
        WHEN @Block = 3 THEN N'DEVICE_BLOCKED'
        WHEN @Block = 4 THEN N'EMAIL_DOMAIN_BLOCKED'
        WHEN @Block = 5 THEN N'COUNTRY_BLOCKED'
        WHEN @Block = 6 THEN N'PAYMENT_METHOD_BLOCKED'
        WHEN @Block = 7 THEN N'USER_AGENT_BLOCKED'
        WHEN @Block = 8 THEN N'DISPOSABLE_EMAIL'
        WHEN @RequireVerified = 1 AND COALESCE(@IsVerified, 0) = 0
            THEN N'EMAIL_NOT_VERIFIED'
    END;
    IF @ErrorCode IS NULL
        RETURN;

    IF @ErrorCode = N'LOCKED_OUT' AND COALESCE(@LockedUntil, @Now) <= @Now
        SET @LockUntil = DATEADD(MINUTE, @LockoutMinutes, @Now);
    SET @Retry = IIF(@IpRows >= @AttemptsPerIp, 3600,
                     60 - DATEDIFF(SECOND, IIF(@IsDryRun = 1, @OldestView, @OldestAttempt), @Now));

    SET @Detail = CASE @ErrorCode
        WHEN N'LOCKED_OUT' THEN CONVERT(nvarchar(19), COALESCE(@LockUntil, @LockedUntil), 120)
        WHEN N'RATE_LIMITED' THEN CAST(IIF(@Retry < 1, 1, @Retry) AS nvarchar(10))
    END;
END;
