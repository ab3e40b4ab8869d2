SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Lists the settings. Services see neither limits nor thresholds that help an attacker:
           those names, listed here and nowhere else, are for operators, jobs and the owner.
Called by: coupon_service, coupon_job, coupon_ops
Locks:     none
Returns:   rows
Throws:    nothing
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_GetSettings
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @SeesAll bit = IIF(IS_ROLEMEMBER(N'coupon_ops') = 1 OR IS_ROLEMEMBER(N'coupon_job') = 1
                               OR IS_ROLEMEMBER(N'db_owner') = 1, 1, 0);

    SELECT s.SettingName, s.SettingValue, s.DefaultValue, s.ValueType, s.MinValue, s.MaxValue,
           s.Description, s.UpdatedAt, s.UpdatedBy, s.RowVer
    FROM dbo.Settings AS s
    WHERE @SeesAll = 1
          OR s.SettingName NOT IN (
              N'rate_validate_per_minute', N'attempts_per_minute', N'attempts_per_hour',
              N'attempts_per_day', N'max_attempts_per_ip', N'lockout_duration_minutes',
              N'velocity_limit_per_hour', N'velocity_window_minutes', N'ip_switch_limit',
              N'ip_switch_window_minutes', N'guess_limit', N'guess_window_minutes',
              N'max_accounts_per_device', N'max_devices_per_user', N'require_device_fingerprint',
              N'risk_score_block_threshold', N'manual_review_threshold', N'auto_flag_threshold',
              N'block_linked_accounts', N'block_disposable_emails', N'require_email_verification',
              N'geo_blocking_enabled', N'vpn_detection_enabled', N'captcha_after_failures',
              N'min_guess_bits')
    ORDER BY s.SettingName;
END;
