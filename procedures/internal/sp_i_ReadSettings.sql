SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Reads all settings that an evaluation needs, in one query.
Called by: sp_i_Evaluate.
Locks:     none.
Returns:   OUTPUT parameters only.
Throws:    50100 a settings row is absent.
Replay:    not needed.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ReadSettings
    @RedemptionsEnabled int OUTPUT, @ViewsPerMinute int OUTPUT, @AttemptsPerMinute int OUTPUT,
    @AttemptsPerHour int OUTPUT, @AttemptsPerDay int OUTPUT, @AttemptsPerIp int OUTPUT,
    @LockoutMinutes int OUTPUT, @VelocityLimit int OUTPUT, @VelocityMinutes int OUTPUT,
    @IpSwitchLimit int OUTPUT, @IpSwitchMinutes int OUTPUT, @GuessLimit int OUTPUT,
    @GuessMinutes int OUTPUT, @UsersPerDevice int OUTPUT, @DevicesPerUser int OUTPUT,
    @RequireDevice int OUTPUT, @BlockLinked int OUTPUT, @BlockDisposable int OUTPUT,
    @RequireVerified int OUTPUT, @GeoBlocking int OUTPUT, @CaptchaAfter int OUTPUT,
    @CouponsPerOrder int OUTPUT, @CreditsPerUsd decimal(12,4) OUTPUT,
    @BlockScore decimal(3,2) OUTPUT, @ReviewScore decimal(3,2) OUTPUT,
    @FlagScore decimal(3,2) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Found int;

    SELECT @Found = COUNT(*),
           @RedemptionsEnabled = MAX(CASE s.Name WHEN N'redemptions_enabled' THEN s.Whole END),
           @ViewsPerMinute = MAX(CASE s.Name WHEN N'rate_validate_per_minute' THEN s.Whole END),
           @AttemptsPerMinute = MAX(CASE s.Name WHEN N'attempts_per_minute' THEN s.Whole END),
           @AttemptsPerHour = MAX(CASE s.Name WHEN N'attempts_per_hour' THEN s.Whole END),
           @AttemptsPerDay = MAX(CASE s.Name WHEN N'attempts_per_day' THEN s.Whole END),
           @AttemptsPerIp = MAX(CASE s.Name WHEN N'max_attempts_per_ip' THEN s.Whole END),
           @LockoutMinutes = MAX(CASE s.Name WHEN N'lockout_duration_minutes' THEN s.Whole END),
           @VelocityLimit = MAX(CASE s.Name WHEN N'velocity_limit_per_hour' THEN s.Whole END),
           @VelocityMinutes = MAX(CASE s.Name WHEN N'velocity_window_minutes' THEN s.Whole END),
           @IpSwitchLimit = MAX(CASE s.Name WHEN N'ip_switch_limit' THEN s.Whole END),
           @IpSwitchMinutes = MAX(CASE s.Name WHEN N'ip_switch_window_minutes' THEN s.Whole END),
           @GuessLimit = MAX(CASE s.Name WHEN N'guess_limit' THEN s.Whole END),
           @GuessMinutes = MAX(CASE s.Name WHEN N'guess_window_minutes' THEN s.Whole END),
           @UsersPerDevice = MAX(CASE s.Name WHEN N'max_accounts_per_device' THEN s.Whole END),
           @DevicesPerUser = MAX(CASE s.Name WHEN N'max_devices_per_user' THEN s.Whole END),
           @RequireDevice = MAX(CASE s.Name WHEN N'require_device_fingerprint' THEN s.Whole END),
           @BlockLinked = MAX(CASE s.Name WHEN N'block_linked_accounts' THEN s.Whole END),
           @BlockDisposable = MAX(CASE s.Name WHEN N'block_disposable_emails' THEN s.Whole END),
           @RequireVerified = MAX(CASE s.Name WHEN N'require_email_verification' THEN s.Whole END),
           @GeoBlocking = MAX(CASE s.Name WHEN N'geo_blocking_enabled' THEN s.Whole END),
           @CaptchaAfter = MAX(CASE s.Name WHEN N'captcha_after_failures' THEN s.Whole END),
           @CouponsPerOrder = MAX(CASE s.Name WHEN N'max_coupons_per_order' THEN s.Whole END),
           @CreditsPerUsd = MAX(CASE s.Name WHEN N'coupon_credits_per_usd' THEN s.Exact END),
           @BlockScore = MAX(CASE s.Name WHEN N'risk_score_block_threshold' THEN s.Exact END),
           @ReviewScore = MAX(CASE s.Name WHEN N'manual_review_threshold' THEN s.Exact END),
           @FlagScore = MAX(CASE s.Name WHEN N'auto_flag_threshold' THEN s.Exact END)
    FROM (SELECT SettingName AS Name,
                 TRY_CAST(SettingValue AS int) AS Whole,
                 TRY_CAST(SettingValue AS decimal(18,4)) AS Exact
          FROM dbo.Settings) AS s
    WHERE s.Name IN
        (N'redemptions_enabled', N'rate_validate_per_minute', N'attempts_per_minute',
         N'attempts_per_hour', N'attempts_per_day', N'max_attempts_per_ip',
         N'lockout_duration_minutes', N'velocity_limit_per_hour', N'velocity_window_minutes',
         N'ip_switch_limit', N'ip_switch_window_minutes', N'guess_limit', N'guess_window_minutes',
         N'max_accounts_per_device', N'max_devices_per_user', N'require_device_fingerprint',
         N'block_linked_accounts', N'block_disposable_emails', N'require_email_verification',
         N'geo_blocking_enabled', N'captcha_after_failures', N'max_coupons_per_order',
         N'coupon_credits_per_usd', N'risk_score_block_threshold', N'manual_review_threshold',
         N'auto_flag_threshold');

    IF @Found <> 26
        THROW 50100, N'SETTING_MISSING: a setting of the evaluation is absent.', 1;
END;
